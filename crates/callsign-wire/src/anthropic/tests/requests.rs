//! Requests of other dialects, as the API takes them.

use serde_json::{Value, json};

use super::{told, value};
use crate::anthropic::{count, request};
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::{Extras, Json};
use crate::hub::loss::Losses;
use crate::hub::part::{CacheHint, Media, MediaKind, Part, Piece, Reasoning, Source, ToolCall, ToolResult};
use crate::hub::seal::{Maker, Seal};
use crate::hub::wish::{Effort, Format, Logprobs, Thinking, ThinkingMode, Tier, Tool, ToolChoice, ToolKind};
use crate::translate::Terms;

const TERMS: Terms<'static> = Terms {
    model: "m",
    max_tokens: 4096,
    chat: crate::quirks::Chat::USUAL,
    thinking: crate::quirks::ThinkingForm::Usual,
    family: crate::quirks::Family::Claude,
};

/// A conversation that begins with a question.
fn asked(dialect: Dialect) -> Conversation {
    let mut conversation = Conversation::new(dialect);
    conversation.turns = numbered(vec![Turn::of(Role::User, vec![Piece::text("Hi")])]);
    conversation
}

fn numbered(turns: Vec<Turn>) -> Vec<Turn> {
    turns.into_iter().enumerate().map(|(index, turn)| Turn { origin: Some(index), ..turn }).collect()
}

fn said(role: Role, text: &str) -> Turn {
    Turn::of(role, vec![Piece::text(text)])
}

fn call(id: &str, arguments: &str) -> Piece {
    let (id, name, arguments) = (id.to_owned(), "look".to_owned(), arguments.to_owned());
    Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None }))
}

fn result(id: &str, text: &str) -> Piece {
    let (call, pieces) = (id.to_owned(), vec![Piece::text(text)]);
    Piece::of(Part::ToolResult(ToolResult { call, name: None, pieces, is_error: None, custom: false }))
}

fn thought(text: &str, seal: Option<Seal>) -> Piece {
    let paragraphs = vec![text.to_owned()];
    Piece::of(Part::Reasoning(Reasoning { paragraphs, seal, ..Reasoning::default() }))
}

fn function(name: &str, schema: &str) -> Tool {
    let kind = ToolKind::Function { schema: Json::read(schema) };
    let (name, extras) = (name.to_owned(), Extras::default());
    Tool { name, description: None, kind, strict: None, cache: None, extras }
}

fn written(conversation: &Conversation) -> (Value, Vec<String>) {
    let mut losses = Losses::default();
    let written = request::encode(conversation, TERMS, &mut losses).unwrap();
    (value(&written), told(&losses))
}

/// Checks the members named in `expected` and all losses; the others are not looked at, but must be absent where `null`.
fn check(name: &str, conversation: &Conversation, expected: &Value, losses: &[&str]) {
    let (written, told) = written(conversation);
    for (key, expected) in expected.as_object().unwrap() {
        assert_eq!(written.get(key).unwrap_or(&Value::Null), expected, "{name}: {key} in {written:#}");
    }
    assert_eq!(told, losses, "{name}");
}

fn check_turns(name: &str, turns: Vec<Turn>, expected: &Value, losses: &[&str]) {
    let mut conversation = Conversation::new(Dialect::OpenAiChat);
    conversation.turns = numbered(turns);
    check(name, &conversation, expected, losses);
}

#[test]
fn turns_are_regrouped_as_the_api_demands() {
    use Role::{Assistant, Developer, System, Tool, User};
    let loop_of_two = vec![
        said(System, "Be brief."),
        said(Developer, "Use tools."),
        said(User, "one"),
        said(User, "two"),
        said(User, ""),
        Turn::of(Assistant, vec![Piece::text(" \n"), call("c1", r#"{"a": 1}"#)]),
        Turn::of(Assistant, vec![call("c2", "")]),
        said(User, "wait"),
        Turn::of(Tool, vec![result("c2", "second")]),
        Turn::of(Tool, vec![result("c1", "first")]),
        said(System, "Now answer."),
        said(Assistant, "It is: "),
    ];
    let reminder = "<system-reminder>\nNow answer.\n</system-reminder>";
    let expected = json!({
        "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Use tools."}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "c1", "name": "look", "input": {"a": 1}},
                {"type": "tool_use", "id": "c2", "name": "look", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "c2", "content": "second"},
                {"type": "tool_result", "tool_use_id": "c1", "content": "first"},
                {"type": "text", "text": "wait"},
                {"type": "text", "text": reminder},
            ]},
            {"role": "assistant", "content": "It is:"},
        ],
        "tools": [{"name": "look", "input_schema": {"type": "object", "properties": {}}}],
        "tool_choice": {"type": "none"},
    });
    check_turns("a loop", loop_of_two, &expected, &["messages[10]~", "messages[11]~"]);
}

#[test]
fn calls_have_identifiers_arguments_and_results_that_the_api_takes() {
    use Role::{Assistant, Tool, User};
    let turns = vec![
        said(User, "go"),
        Turn::of(Assistant, vec![call("functions.look:0", "{}")]),
        said(User, "stop"),
        Turn::of(Assistant, vec![call("x", "{}")]),
        Turn::of(Tool, vec![result("x", "1")]),
        Turn::of(Assistant, vec![call("x", "{}")]),
        Turn::of(Tool, vec![result("x", "2"), result("x", "3")]),
    ];
    let expected = json!({"messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "cs__functions_2Elook_3A0", "name": "look", "input": {}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "cs__functions_2Elook_3A0", "is_error": true,
             "content": "No result was given."},
            {"type": "text", "text": "stop"},
        ]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "x", "name": "look", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": "1"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "x_2", "name": "look", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x_2", "content": "2"}]},
    ]});
    let losses = ["messages[6]", "messages[1].tool_calls[0]~"];
    check_turns("identifiers", turns, &expected, &losses);
}

#[test]
fn nothing_is_asked_that_the_api_refuses() {
    use Role::{Assistant, System, Tool, User};
    for (name, turns, expected, losses) in [
        (
            "only the system speaks",
            vec![said(System, "You are a poet."), said(System, "Write a line.")],
            json!({"system": "You are a poet.", "messages": [{"role": "user", "content": "Write a line."}]}),
            vec!["messages[1]~"],
        ),
        (
            "arguments that are no object",
            vec![
                said(User, "go"),
                Turn::of(Assistant, vec![call("a", "{\"cut"), call("b", "[1]")]),
                Turn::of(Tool, vec![result("a", "1"), result("b", "2")]),
            ],
            json!({"messages": [
                {"role": "user", "content": "go"},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "a", "name": "look", "input": {"arguments": "{\"cut"}},
                    {"type": "tool_use", "id": "b", "name": "look", "input": {"arguments": "[1]"}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": "1"},
                    {"type": "tool_result", "tool_use_id": "b", "content": "2"},
                ]},
            ]}),
            vec!["messages[1].tool_calls[0].arguments~", "messages[1].tool_calls[1].arguments~"],
        ),
    ] {
        check_turns(name, turns, &expected, &losses);
    }
}

#[test]
fn thoughts_go_back_to_their_maker_only() {
    let own = Seal::new(Maker::Anthropic, "EqQB");
    let mut sealed = call("c", "{}");
    if let Part::ToolCall(call) = &mut sealed.part {
        call.seal = Some(Seal::new(Maker::Google, "G"));
    }
    let mut conversation = asked(Dialect::OpenAiChat);
    let redacted = Reasoning { seal: Some(own.clone()), redacted: true, ..Reasoning::default() };
    conversation.turns.extend([
        Turn::of(
            Role::Assistant,
            vec![
                thought("mine", Some(own)),
                Piece::of(Part::Reasoning(redacted)),
                thought("another's", Some(Seal::new(Maker::OpenAi, "x"))),
                thought("nobody's", None),
                sealed,
            ],
        ),
        Turn::of(Role::Tool, vec![result("c", "ok")]),
    ]);
    conversation.turns = numbered(std::mem::take(&mut conversation.turns));
    let expected = json!([
        {"type": "thinking", "thinking": "mine", "signature": "EqQB"},
        {"type": "redacted_thinking", "data": "EqQB"},
        {"type": "tool_use", "id": "c", "name": "look", "input": {}},
    ]);
    for dialect in [Dialect::OpenAiChat, Dialect::Anthropic] {
        conversation.dialect = dialect;
        let (written, losses) = written(&conversation);
        assert_eq!(written["messages"][1]["content"], expected);
        let call = if dialect == Dialect::OpenAiChat { "tool_calls[0]" } else { "content[4]" };
        let call = format!("messages[1].{call}.signature");
        let lost = ["messages[1].content[2]", "messages[1].content[3]", call.as_str()];
        assert_eq!(losses, lost, "{dialect:?}");
    }
}

/// What is set, what comes of it, and what is lost.
type Setting = (&'static str, fn(&mut Conversation), Value, Vec<&'static str>);

fn check_settings(dialect: Dialect, settings: Vec<Setting>) {
    for (name, set, expected, losses) in settings {
        let mut conversation = asked(dialect);
        set(&mut conversation);
        check(name, &conversation, &expected, &losses);
    }
}

#[test]
fn sampling_moves_into_the_ranges_of_the_api() {
    check_settings(
        Dialect::OpenAiChat,
        vec![
            (
                "nothing said",
                |_| {},
                json!({"max_tokens": 4096, "temperature": null, "thinking": null}),
                vec![],
            ),
            (
                "too hot",
                |all| all.sampling.temperature = Some(1.7),
                json!({"temperature": 1}),
                vec!["temperature~"],
            ),
            (
                "defaults say nothing",
                |all| (all.sampling.temperature, all.sampling.top_p) = (Some(1.0), Some(1.0)),
                json!({"temperature": 1, "top_p": null}),
                vec![],
            ),
            (
                "one of two",
                |all| (all.sampling.temperature, all.sampling.top_p) = (Some(0.2), Some(0.9)),
                json!({"temperature": 0.2, "top_p": null}),
                vec!["top_p"],
            ),
            (
                "the telling one of two",
                |all| (all.sampling.temperature, all.sampling.top_p) = (Some(1.0), Some(0.9)),
                json!({"temperature": null, "top_p": 0.9}),
                vec![],
            ),
            (
                "stop sequences without a word",
                |all| all.sampling.stop = vec!["\n".to_owned(), "END".to_owned()],
                json!({"stop_sequences": ["END"]}),
                vec!["stop[0]"],
            ),
        ],
    );
}

#[test]
fn settings_without_a_place_are_noted() {
    check_settings(
        Dialect::OpenAiChat,
        vec![
            (
                "what the api does not know",
                |all| {
                    all.sampling.frequency_penalty = Some(0.5);
                    all.sampling.presence_penalty = Some(0.0);
                    all.sampling.seed = Some(7);
                    all.sampling.candidates = Some(2);
                    all.sampling.logprobs = Some(Logprobs { top: None });
                    all.verbosity = Some("low".to_owned());
                    all.metadata = Json::read(r#"{"a":"b"}"#);
                    all.store = Some(false);
                },
                json!({"metadata": null}),
                vec!["frequency_penalty", "seed", "n", "logprobs", "verbosity", "metadata"],
            ),
            (
                "who asks, and how fast",
                |all| (all.user, all.tier) = (Some("u1".to_owned()), Some(Tier::Standard)),
                json!({"metadata": {"user_id": "u1"}, "service_tier": "standard_only"}),
                vec![],
            ),
            ("flex", |all| all.tier = Some(Tier::Flex), json!({"service_tier": null}), vec!["service_tier"]),
        ],
    );
}

fn thinking(mode: Option<ThinkingMode>, effort: Option<Effort>, budget: Option<u64>) -> Thinking {
    Thinking { mode, effort, budget, show: None }
}

#[test]
fn thinking_is_asked_for_as_the_api_takes_it() {
    check_settings(
        Dialect::OpenAiResponses,
        vec![
            (
                "effort",
                |all| all.thinking = Some(thinking(None, Some(Effort::XHigh), None)),
                json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "xhigh"}}),
                vec![],
            ),
            (
                "the least effort",
                |all| all.thinking = Some(thinking(None, Some(Effort::Minimal), None)),
                json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
                vec!["reasoning.effort~"],
            ),
            (
                "none",
                |all| all.thinking = Some(thinking(None, Some(Effort::None), None)),
                json!({"thinking": {"type": "disabled"}, "output_config": null}),
                vec![],
            ),
            (
                "a summary",
                |all| {
                    let effort = Some(Effort::Low);
                    all.thinking =
                        Some(Thinking { effort, show: Some("auto".to_owned()), ..Thinking::default() });
                },
                json!({"thinking": {"type": "adaptive", "display": "summarized"}}),
                vec![],
            ),
        ],
    );
}

#[test]
fn budgets_fit_into_the_answer() {
    check_settings(
        Dialect::OpenAiResponses,
        vec![
            (
                "a budget that fits",
                |all| all.thinking = Some(thinking(Some(ThinkingMode::On), None, Some(2000))),
                json!({"thinking": {"type": "enabled", "budget_tokens": 2000}, "max_tokens": 4096}),
                vec![],
            ),
            (
                "a budget that is too small",
                |all| all.thinking = Some(thinking(None, None, Some(512))),
                json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
                vec!["reasoning~"],
            ),
            (
                "a budget that leaves no answer",
                |all| all.thinking = Some(thinking(None, None, Some(24_576))),
                json!({"thinking": {"type": "enabled", "budget_tokens": 3072}, "max_tokens": 4096}),
                vec!["reasoning~"],
            ),
            (
                "an answer too small for any budget",
                |all| (all.max_tokens, all.thinking) = (Some(800), Some(thinking(None, None, Some(2048)))),
                json!({"thinking": null, "max_tokens": 800}),
                vec!["reasoning"],
            ),
        ],
    );
}

#[test]
fn thinking_keeps_peace_with_the_other_settings() {
    let hot: fn(&mut Conversation) = |all| {
        all.thinking = Some(thinking(None, Some(Effort::High), None));
        (all.sampling.temperature, all.sampling.top_k, all.sampling.top_p) = (Some(0.2), Some(5), Some(0.5));
    };
    check_settings(
        Dialect::OpenAiResponses,
        vec![
            (
                "beside sampling",
                hot,
                json!({"temperature": null, "top_k": null, "top_p": 0.95}),
                vec!["top_p~", "top_k", "temperature"],
            ),
            (
                "beside a forced tool",
                |all| {
                    all.thinking = Some(thinking(None, Some(Effort::High), None));
                    all.tools = vec![function("f", "{}")];
                    all.tool_choice = Some(ToolChoice::Required);
                },
                json!({"thinking": null, "tool_choice": {"type": "any"}, "output_config": {"effort": "high"}}),
                vec!["reasoning"],
            ),
        ],
    );
}

#[test]
fn budgets_end_where_a_turn_goes_on_without_its_thoughts() {
    let signed = Seal::new(Maker::Anthropic, "EqQB");
    for (name, first, wish, expected, losses) in [
        ("lost thoughts", None, (Some(ThinkingMode::On), Some(2000)), Value::Null, vec!["reasoning_effort"]),
        (
            "kept thoughts",
            Some(signed.clone()),
            (Some(ThinkingMode::On), Some(2000)),
            json!({"type": "enabled", "budget_tokens": 2000}),
            vec![],
        ),
        ("adaptive", None, (Some(ThinkingMode::Adaptive), None), json!({"type": "adaptive"}), vec![]),
    ] {
        let mut conversation = asked(Dialect::OpenAiChat);
        let thoughts = first.map(|seal| thought("hm", Some(seal)));
        let more = [
            Turn::of(Role::Assistant, thoughts.into_iter().chain([call("a", "{}")]).collect()),
            Turn::of(Role::Tool, vec![result("a", "1")]),
            Turn::of(Role::Assistant, vec![call("b", "{}")]),
            Turn::of(Role::Tool, vec![result("b", "2")]),
        ];
        conversation.turns.extend(more);
        conversation.turns = numbered(conversation.turns);
        conversation.tools = vec![function("look", "{}")];
        conversation.thinking = Some(thinking(wish.0, None, wish.1));
        check(name, &conversation, &json!({"thinking": expected.clone()}), &losses);
        conversation.turns.extend([said(Role::Assistant, "Done."), said(Role::User, "Go on.")]);
        let (written, _) = written(&conversation);
        assert!(written["thinking"].is_object(), "{name}: another turn begins");
    }
}

#[test]
fn tools_are_told_as_the_api_takes_them() {
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"],"additionalProperties":false}"#;
    let mut strict = function("strict", schema);
    strict.strict = Some(true);
    let mut open = function("open", r#"{"type":"object","additionalProperties":{"type":"string"}}"#);
    open.strict = Some(true);
    let custom = Tool { kind: ToolKind::Custom { format: None }, ..function("patch", "{}") };
    let json = Json::read(r#"{"type":"web_search"}"#).unwrap();
    let kind = ToolKind::BuiltIn { dialect: Dialect::OpenAiResponses, kind: "web_search".to_owned(), json };
    let built_in = Tool { kind, ..function("", "{}") };
    let mut conversation = asked(Dialect::OpenAiChat);
    conversation.tools = vec![
        function("files.read", r#"{"properties":{"p":{"type":"string"}}}"#),
        strict,
        open,
        custom,
        built_in,
        function("union", r#"{"type":"object","anyOf":[{"required":["a"]}],"properties":{"a":{}}}"#),
        Tool { kind: ToolKind::Function { schema: None }, ..function("bare", "{}") },
    ];
    conversation.tool_choice = Some(ToolChoice::Tool("files.read".to_owned()));
    conversation.parallel_tools = Some(false);
    let expected = json!({
        "tools": [
            {"name": "cs__files_2Eread", "input_schema": {"type": "object", "properties": {"p": {"type": "string"}}}},
            {"name": "strict", "strict": true, "input_schema": {
                "type": "object",
                "properties": {"n": {"type": "integer", "description": "{minimum: 1}"}},
                "required": ["n"],
                "additionalProperties": false,
            }},
            {"name": "open", "input_schema": {"type": "object", "additionalProperties": {"type": "string"}}},
            {"name": "patch", "input_schema": {"type": "object", "properties": {"input": {
                "type": "string", "description": "The whole input of the tool, as plain text."}},
                "required": ["input"], "additionalProperties": false}},
            {"name": "union", "input_schema": {"type": "object", "properties": {"a": {}}}},
            {"name": "bare", "input_schema": {"type": "object", "properties": {}}},
        ],
        "tool_choice": {"type": "tool", "name": "cs__files_2Eread", "disable_parallel_tool_use": true},
    });
    let losses =
        ["tools[1].parameters~", "tools[2].strict~", "tools[3]~", "tools[4]", "tools[5].parameters~"];
    check("tools", &conversation, &expected, &losses);
}

#[test]
fn strictness_ends_where_the_api_has_enough_of_it() {
    let schema = r#"{"type":"object","properties":{"n":{"type":["string","null"]}},"required":["n"]}"#;
    let mut conversation = asked(Dialect::OpenAiChat);
    let tool = |index: usize| Tool { strict: Some(true), ..function(&format!("f{index}"), schema) };
    conversation.tools = (0..18).map(tool).collect();
    let (written, losses) = written(&conversation);
    let strict = written["tools"].as_array().unwrap().iter().filter(|tool| tool["strict"] == true).count();
    assert_eq!(strict, 16);
    assert_eq!(losses, ["tools[16].strict~", "tools[17].strict~"]);
}

#[test]
fn forms_of_answers_use_the_means_of_the_api() {
    fn schema(schema: &str) -> Format {
        let (name, description) = (Some("x".to_owned()), None);
        let schema = Json::read(schema).unwrap();
        Format::JsonSchema { name, description, schema, strict: Some(true) }
    }
    let words = "Answer with a single JSON object and with nothing else: no words around it, no code fence.";
    let circle = r##"{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}},"$defs":{"n":{"type":"object","properties":{"n":{"$ref":"#/$defs/n"}}}}}"##;
    let said = format!("{words} It follows this JSON schema:\n{circle}");
    for (name, format, system, schema, lossy) in [
        ("any", Format::Text, Value::Null, Value::Null, false),
        ("json", Format::JsonObject, json!(words), Value::Null, true),
        (
            "schema",
            schema(
                r##"{"$schema":"s","type":"object","properties":{"a":{"$ref":"#/$defs/a"},"b":{"oneOf":[{"type":"null"},{"type":"array","items":{"type":"string","format":"uuid"},"minItems":1}]}},"required":["a","b"],"$defs":{"a":{"enum":["x","y"]}}}"##,
            ),
            Value::Null,
            json!({
                "type": "object",
                "properties": {
                    "a": {"$ref": "#/$defs/a"},
                    "b": {"anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 1}]},
                },
                "required": ["a", "b"],
                "$defs": {"a": {"enum": ["x", "y"]}},
                "additionalProperties": false,
            }),
            false,
        ),
        (
            "bounds are told in words",
            schema(
                r#"{"type":"object","properties":{"a":{"type":"string","description":"A.","maxLength":3,"format":"phone"}}}"#,
            ),
            Value::Null,
            json!({
                "type": "object",
                "properties": {"a": {"type": "string", "description": "A.\n\n{maxLength: 3, format: \"phone\"}"}},
                "additionalProperties": false,
            }),
            true,
        ),
        ("a circle", schema(circle), json!(said), Value::Null, true),
    ] {
        let mut conversation = asked(Dialect::OpenAiChat);
        conversation.format = Some(format);
        let (written, losses) = written(&conversation);
        let lost: &[&str] = if lossy { &["response_format~"] } else { &[] };
        assert_eq!(written["system"], system, "{name}");
        assert_eq!(written["output_config"]["format"]["schema"], schema, "{name}");
        assert_eq!(losses, lost, "{name}");
    }
}

fn media(kind: MediaKind, source: Source, media_type: Option<&str>) -> Piece {
    let media_type = media_type.map(str::to_owned);
    Piece::of(Part::Media(Media { kind, source, media_type, name: Some("n".to_owned()), detail: None }))
}

#[test]
fn media_are_taken_where_the_api_can() {
    use MediaKind::{Audio, Document, Image};
    let base64 = |data: &str| Source::Base64(data.to_owned());
    let url = |url: &str| Source::Url(url.to_owned());
    for (piece, expected) in [
        (
            media(Image, base64("iVBORw0KGgoAAA"), Some("image/jpeg")),
            Some(
                json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgoAAA"}}),
            ),
        ),
        (
            media(Image, base64("AAAA"), Some("image/jpg")),
            Some(
                json!({"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AAAA"}}),
            ),
        ),
        (media(Image, base64("AAAA"), Some("image/heic")), None),
        (
            media(Image, url("https://a.example/b.png"), None),
            Some(json!({"type": "image", "source": {"type": "url", "url": "https://a.example/b.png"}})),
        ),
        (media(Image, Source::File("file-1".to_owned()), None), None),
        (
            media(Document, base64("JVBERi0xLjQK"), Some("application/octet-stream")),
            Some(
                json!({"type": "document", "title": "n", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}}),
            ),
        ),
        (
            media(Document, base64("YSxiCjEsMsOk"), Some("text/csv")),
            Some(
                json!({"type": "document", "title": "n", "source": {"type": "text", "media_type": "text/plain", "data": "a,b\n1,2ä"}}),
            ),
        ),
        (media(Document, base64("UEsDBA"), Some("application/zip")), None),
        (media(Audio, base64("UklG"), Some("audio/wav")), None),
    ] {
        let mut conversation = asked(Dialect::Gemini);
        conversation.turns[0].pieces.push(piece.clone());
        let (written, losses) = written(&conversation);
        match expected {
            Some(expected) => {
                assert_eq!(written["messages"][0]["content"][1], expected);
                assert!(losses.is_empty(), "{losses:?}");
            }
            None => assert_eq!(losses, ["contents[0].parts[1]"], "{piece:?}"),
        }
    }
}

#[test]
fn cache_hints_are_four_and_the_long_ones_come_first() {
    let hint = |ttl: Option<&str>| Some(CacheHint { ttl: ttl.map(str::to_owned) });
    let mut conversation = asked(Dialect::Bedrock);
    let texts = [None, Some("1h"), Some("5m"), Some("1h"), Some("24h")];
    let pieces = texts.map(|ttl| Piece { cache: hint(ttl), ..Piece::text("t") });
    conversation.turns = numbered(vec![Turn::of(Role::User, pieces.to_vec())]);
    let (written, losses) = written(&conversation);
    let each = written["messages"][0]["content"].as_array().unwrap().iter();
    let controls: Vec<Value> = each.map(|block| block["cache_control"].clone()).collect();
    let minutes = json!({"type": "ephemeral"});
    let expected = [
        Value::Null,
        json!({"type": "ephemeral", "ttl": "1h"}),
        json!({"type": "ephemeral", "ttl": "5m"}),
        minutes.clone(),
        minutes,
    ];
    assert_eq!(controls, expected);
    let places = [0, 3, 4]
        .map(|at| format!("messages[0].content[{at}].cache_control{}", if at == 0 { "" } else { "~" }));
    assert_eq!(losses, places);
}

#[test]
fn cache_keys_ask_for_the_cache() {
    let mut conversation = asked(Dialect::OpenAiResponses);
    conversation.cache_key = Some("thread-1".to_owned());
    conversation.turns.insert(0, said(Role::System, "Long instructions."));
    let control = json!({"type": "ephemeral"});
    let expected = json!({
        "system": [{"type": "text", "text": "Long instructions.", "cache_control": control}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": control}]}],
    });
    check("key", &conversation, &expected, &[]);
}

#[test]
fn what_cannot_be_asked_is_refused_with_the_place() {
    let mut silent = asked(Dialect::OpenAiChat);
    silent.turns = vec![said(Role::User, " ")];
    let mut long = asked(Dialect::OpenAiChat);
    long.tools = vec![function(&".".repeat(60), "{}")];
    for (conversation, path) in [(silent, "messages"), (long, "tools[0].name")] {
        let refused = request::encode(&conversation, TERMS, &mut Losses::default()).unwrap_err();
        assert_eq!(refused.path, path, "{refused}");
    }
}

#[test]
fn errors_of_bodies_name_the_place() {
    for (body, expected) in [
        ("{", "the body is not valid json"),
        ("[]", "the body must be an object"),
        (r#"{"model":"m"}"#, "`messages` is required"),
        (r#"{"messages":{}}"#, "`messages` must be an array"),
        (r#"{"messages":[{"content":"x"}]}"#, "`messages[0].role` is required"),
        (
            r#"{"messages":[{"role":"tool","content":"x"}]}"#,
            "`messages[0].role` must be `user`, `assistant` or `system`",
        ),
        (r#"{"messages":[{"role":"user"}]}"#, "`messages[0].content` is required"),
        (
            r#"{"messages":[{"role":"user","content":[{"text":"x"}]}]}"#,
            "`messages[0].content[0].type` is required",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"text"}]}]}]}"#,
            "`messages[0].content[0].content[0].text` is required",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64"}}]}]}"#,
            "`messages[0].content[0].source.data` is required",
        ),
        (r#"{"messages":[],"system":7}"#, "`system` must be a string or an array"),
        (r#"{"messages":[],"tools":[{"input_schema":{}}]}"#, "`tools[0].name` is required"),
        (r#"{"messages":[],"tool_choice":{"type":"tool"}}"#, "`tool_choice.name` is required"),
        (
            r#"{"messages":[],"thinking":{"type":"enabled","budget_tokens":"x"}}"#,
            "`thinking.budget_tokens` must be an integer of at least 0",
        ),
        (
            r#"{"messages":[],"output_config":{"effort":"huge"}}"#,
            "`output_config.effort` must be `low`, `medium`, `high`, `xhigh` or `max`",
        ),
        (r#"{"messages":[],"max_tokens":-1}"#, "`max_tokens` must be an integer of at least 0"),
        (r#"{"messages":[],"stream":"yes"}"#, "`stream` must be a boolean"),
    ] {
        assert_eq!(request::decode(body.as_bytes()).unwrap_err().to_string(), expected, "{body}");
    }
}

#[test]
fn what_a_client_brings_back_is_bound_again() {
    let body = json!({"messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "t", "signature": "callsign.openai.gAAA"},
            {"type": "thinking", "thinking": "u", "signature": "callsign.none"},
            {"type": "redacted_thinking", "data": "callsign.openai.hidden"},
            {"type": "thinking", "thinking": "", "signature": "call.callsign.google.CiQB"},
            {"type": "tool_use", "id": "cs__a_3A0", "name": "cs__b_2Ec", "input": {"x": 1}},
            {"type": "thinking", "thinking": "", "signature": "call.callsign.google.lost"},
            {"type": "text", "text": "end"},
        ]},
    ]});
    let conversation = request::decode(body.to_string().as_bytes()).unwrap();
    let google = |text: &str| Some(Seal::new(Maker::Google, text));
    let id = "a:0".to_owned();
    let (name, arguments) = ("b.c".to_owned(), r#"{"x":1}"#.to_owned());
    let hidden = Some(Seal::new(Maker::OpenAi, "hidden"));
    let expected = vec![
        thought("t", Some(Seal::new(Maker::OpenAi, "gAAA"))),
        thought("u", None),
        Piece::of(Part::Reasoning(Reasoning { seal: hidden, redacted: true, ..Reasoning::default() })),
        Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: google("CiQB") })),
        Piece::of(Part::Reasoning(Reasoning { seal: google("lost"), ..Reasoning::default() })),
        Piece::text("end"),
    ];
    assert_eq!(conversation.turns[1].pieces, expected);
}

#[test]
fn counts_are_asked_for_without_what_only_answers_need() {
    let body = r#"{"model":"m","system":"s","messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"max_tokens":9,"temperature":1,"stream":true,"metadata":{"user_id":"u"},"speed":"fast"}"#;
    let conversation = request::decode(body.as_bytes()).unwrap();
    let asked = request::encode_count(&conversation, TERMS, &mut Losses::default()).unwrap();
    let expected = json!({"model": "m", "system": "s", "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}}]});
    assert_eq!(value(&asked), expected);
    assert_eq!(count::decode(&count::encode(1234)), Ok(1234));
    assert!(count::decode(b"{}").is_err());
}
