//! Requests of other dialects, as the API takes them.

use serde_json::{Value, json};

use super::{told, value};
use crate::bedrock::{count, request};
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::{Extras, Json};
use crate::hub::loss::Losses;
use crate::hub::part::{CacheHint, Media, MediaKind, Part, Piece, Reasoning, Source, ToolCall, ToolResult};
use crate::hub::seal::{Maker, Seal};
use crate::hub::wish::{Effort, Format, Thinking, ThinkingMode, Tier, Tool, ToolChoice, ToolKind};
use crate::quirks::{Chat, Families, Family, ThinkingForm};
use crate::translate::Terms;

const TERMS: Terms<'static> = Terms {
    model: "m",
    max_tokens: 4096,
    chat: Chat::USUAL,
    thinking: ThinkingForm::Usual,
    family: Family::Claude,
};

const PNG: &str = "iVBORw0KGgoAAAAN";

fn numbered(dialect: Dialect, turns: Vec<Turn>) -> Conversation {
    let mut conversation = Conversation::new(dialect);
    let turns = turns.into_iter().enumerate();
    conversation.turns = turns.map(|(index, turn)| Turn { origin: Some(index), ..turn }).collect();
    conversation
}

/// A conversation that begins with a question.
fn asked(dialect: Dialect) -> Conversation {
    numbered(dialect, vec![said(Role::User, "Hi")])
}

fn said(role: Role, text: &str) -> Turn {
    Turn::of(role, vec![Piece::text(text)])
}

fn call(id: &str, arguments: &str) -> Piece {
    let (id, name, arguments) = (id.to_owned(), "look".to_owned(), arguments.to_owned());
    Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None }))
}

fn result(id: &str, pieces: Vec<Piece>) -> Piece {
    let call = id.to_owned();
    Piece::of(Part::ToolResult(ToolResult { call, name: None, pieces, is_error: None, custom: false }))
}

fn thought(text: &str, seal: Option<Seal>) -> Piece {
    let paragraphs = vec![text.to_owned()];
    Piece::of(Part::Reasoning(Reasoning { paragraphs, seal, ..Reasoning::default() }))
}

fn media(kind: MediaKind, source: Source, media_type: &str, name: Option<&str>) -> Piece {
    let media_type = Some(media_type.to_owned()).filter(|said| !said.is_empty());
    Piece::of(Part::Media(Media { kind, source, media_type, name: name.map(str::to_owned), detail: None }))
}

fn function(name: &str, schema: &str) -> Tool {
    let kind = ToolKind::Function { schema: Json::read(schema) };
    let (name, extras) = (name.to_owned(), Extras::default());
    Tool { name, description: None, kind, strict: None, cache: None, extras }
}

fn cached(piece: Piece, ttl: Option<&str>) -> Piece {
    Piece { cache: Some(CacheHint { ttl: ttl.map(str::to_owned) }), ..piece }
}

fn written(conversation: &Conversation) -> (Value, Vec<String>) {
    let mut losses = Losses::default();
    let written = request::encode(conversation, TERMS, &mut losses).unwrap();
    (value(&written), told(&losses))
}

/// Checks the members named in `expected` and all losses; a member that is `null` there must be absent.
fn check(conversation: &Conversation, expected: &Value, losses: &[&str]) {
    let (written, told) = written(conversation);
    for (name, expected) in expected.as_object().unwrap() {
        assert_eq!(written.get(name).unwrap_or(&Value::Null), expected, "`{name}` of {written:#}");
    }
    assert_eq!(told, losses, "{written:#}");
}

#[test]
fn turns_alternate_and_results_stand_right_behind_their_calls() {
    let turns = vec![
        said(Role::System, "Be brief."),
        said(Role::User, "A?"),
        said(Role::User, "B?"),
        Turn::of(Role::Assistant, vec![Piece::text("  "), call("c 1", "{\"x\":1}"), call("c 1", "")]),
        said(Role::User, "Wait."),
        Turn::of(Role::Tool, vec![result("c 1", vec![Piece::text("one")])]),
        said(Role::System, "Be kind."),
    ];
    let conversation = numbered(Dialect::OpenAiChat, turns);
    let expected = json!({
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "A?"}, {"text": "B?"}]},
            {"role": "assistant", "content": [
                {"toolUse": {"toolUseId": "c_1", "name": "look", "input": {"x": 1}}},
                {"toolUse": {"toolUseId": "c1_1", "name": "look", "input": {}}},
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "c_1", "content": [{"text": "one"}]}},
                {"toolResult": {
                    "toolUseId": "c1_1", "content": [{"text": "No result was given."}], "status": "error",
                }},
                {"text": "Wait."},
                {"text": "<system-reminder>\nBe kind.\n</system-reminder>"},
            ]},
        ],
        "toolConfig": {"tools": [
            {"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object", "properties": {}}}}},
        ]},
        "inferenceConfig": null,
    });
    check(&conversation, &expected, &["messages[6]~", "messages[3].tool_calls[1]~", "tools~"]);
}

#[test]
fn a_user_begins_and_an_answer_that_is_begun_ends_in_a_word() {
    let turns =
        vec![said(Role::Assistant, "Hello."), said(Role::User, "Go on."), said(Role::Assistant, "Well \n")];
    let conversation = numbered(Dialect::Anthropic, turns);
    let expected = json!({"messages": [
        {"role": "user", "content": [{"text": "(The conversation begins with the following turn.)"}]},
        {"role": "assistant", "content": [{"text": "Hello."}]},
        {"role": "user", "content": [{"text": "Go on."}]},
        {"role": "assistant", "content": [{"text": "Well"}]},
    ]});
    check(&conversation, &expected, &["messages[0]~", "messages[2]~"]);
}

#[test]
fn media_go_as_bytes_or_from_storage() {
    let base64 = |data: &str| Source::Base64(data.to_owned());
    let url = |url: &str| Source::Url(url.to_owned());
    for (piece, expected, losses) in [
        (
            media(MediaKind::Image, base64(PNG), "image/jpeg", None),
            json!([{"image": {"format": "png", "source": {"bytes": PNG}}}]),
            vec![],
        ),
        (
            media(MediaKind::Image, url("s3://pictures/a.JPG"), "", None),
            json!([{"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://pictures/a.JPG"}}}}]),
            vec![],
        ),
        (
            media(MediaKind::Image, base64("Qk02"), "image/bmp", None),
            Value::Null,
            vec!["messages[0].content[1]"],
        ),
        (
            media(MediaKind::Document, base64("JVBERi0x"), "application/pdf", Some("a/b_c  d.pdf")),
            json!([{"document": {"format": "pdf", "name": "a b c d", "source": {"bytes": "JVBERi0x"}}}]),
            vec!["messages[0].content[1].name~"],
        ),
        (
            media(MediaKind::Document, Source::Text("Rain.".to_owned()), "text/plain", None),
            json!([{"document": {"format": "txt", "name": "document", "source": {"bytes": "UmFpbi4="}}}]),
            vec![],
        ),
        (
            media(MediaKind::Document, base64("UEsDBAo_"), "", Some("sheet.xlsx")),
            json!([{"document": {"format": "xlsx", "name": "sheet", "source": {"bytes": "UEsDBAo/"}}}]),
            vec![],
        ),
        (
            media(MediaKind::Document, Source::File("file-1".to_owned()), "", None),
            Value::Null,
            vec!["messages[0].content[1]"],
        ),
        (
            media(MediaKind::Audio, base64("SUQz"), "audio/mp3", None),
            json!([{"audio": {"format": "mp3", "source": {"bytes": "SUQz"}}}]),
            vec![],
        ),
    ] {
        let conversation =
            numbered(Dialect::OpenAiChat, vec![Turn::of(Role::User, vec![Piece::text("See."), piece])]);
        let mut content = vec![json!({"text": "See."})];
        content.extend(expected.as_array().into_iter().flatten().cloned());
        check(&conversation, &json!({"messages": [{"role": "user", "content": content}]}), &losses);
    }
}

#[test]
fn documents_have_words_beside_them_and_names_of_their_own() {
    let document = || media(MediaKind::Document, Source::Base64("JVBERi0x".to_owned()), "", Some("a.pdf"));
    let turns = vec![Turn::of(Role::User, vec![document(), document()])];
    let (written, told) = written(&numbered(Dialect::OpenAiChat, turns));
    assert_eq!(written.pointer("/messages/0/content/0/text").unwrap(), "(Documents are attached.)");
    assert_eq!(written.pointer("/messages/0/content/1/document/name").unwrap(), "a");
    assert_eq!(written.pointer("/messages/0/content/2/document/name").unwrap(), "a 2");
    assert_eq!(told, ["messages[0].content[1].name~", "messages[0]~"]);
}

#[test]
fn results_say_something_and_hold_no_cache_points() {
    let picture = media(MediaKind::Image, Source::Base64(PNG.to_owned()), "image/png", None);
    let turns = vec![
        said(Role::User, "Look."),
        Turn::of(Role::Assistant, vec![call("a", "{}"), call("b", "[1]")]),
        Turn::of(
            Role::User,
            vec![result("a", vec![]), result("b", vec![cached(Piece::text("x"), Some("5m")), picture])],
        ),
    ];
    let mut conversation = numbered(Dialect::Anthropic, turns);
    conversation.tools = vec![function("look", "{}")];
    let (written, told) = written(&conversation);
    let expected = json!([
        {"toolResult": {"toolUseId": "a", "content": [{"text": "(no output)"}]}},
        {"toolResult": {"toolUseId": "b", "content": [
            {"text": "x"}, {"image": {"format": "png", "source": {"bytes": PNG}}},
        ]}},
        {"cachePoint": {"type": "default"}},
    ]);
    assert_eq!(written.pointer("/messages/2/content").unwrap(), &expected);
    let input = written.pointer("/messages/1/content/1/toolUse/input").unwrap();
    assert_eq!(input, &json!({"arguments": "[1]"}));
    assert_eq!(told, ["messages[1].content[1].arguments~", "messages[2].content[0]~"]);
}

#[test]
fn at_most_four_cache_points_are_set_and_hours_come_first() {
    let hinted = |text: &str, ttl| Turn::of(Role::User, vec![cached(Piece::text(text), ttl)]);
    let turns = vec![
        hinted("a", None),
        hinted("b", Some("1h")),
        hinted("c", Some("5m")),
        hinted("d", Some("1h")),
        hinted("e", Some("2d")),
    ];
    let conversation = numbered(Dialect::Anthropic, turns);
    let expected = json!({"messages": [{"role": "user", "content": [
        {"text": "a"},
        {"text": "b"}, {"cachePoint": {"type": "default", "ttl": "1h"}},
        {"text": "c"}, {"cachePoint": {"type": "default"}},
        {"text": "d"}, {"cachePoint": {"type": "default"}},
        {"text": "e"}, {"cachePoint": {"type": "default"}},
    ]}]});
    let losses = [
        "messages[0].content[0].cache_control",
        "messages[3].content[0].cache_control~",
        "messages[4].content[0].cache_control~",
    ];
    check(&conversation, &expected, &losses);
}

#[test]
fn thoughts_go_back_to_their_maker_only() {
    let sealed = |maker| Some(Seal::new(maker, "RXJjQg=="));
    let hidden = |maker, text: &str| {
        let seal = Some(Seal::new(maker, text));
        Piece::of(Part::Reasoning(Reasoning { seal, redacted: true, ..Reasoning::default() }))
    };
    let pieces = vec![
        thought("one", sealed(Maker::Anthropic)),
        hidden(Maker::Anthropic, "RW13"),
        hidden(Maker::Anthropic, "no base64!"),
        hidden(Maker::OpenAi, "gAAA"),
        thought("two", sealed(Maker::OpenAi)),
        thought("three", None),
        Piece::text("So."),
    ];
    let turns = vec![said(Role::User, "?"), Turn::of(Role::Assistant, pieces), said(Role::User, "!")];
    let (written, told) = written(&numbered(Dialect::Anthropic, turns));
    let expected = json!([
        {"reasoningContent": {"reasoningText": {"text": "one", "signature": "RXJjQg=="}}},
        {"reasoningContent": {"redactedContent": "RW13"}},
        {"text": "So."},
    ]);
    assert_eq!(written.pointer("/messages/1/content").unwrap(), &expected);
    assert_eq!(told, [2, 3, 4, 5].map(|at| format!("messages[1].content[{at}]")));
}

fn thinking(mode: Option<ThinkingMode>, effort: Option<Effort>, budget: Option<u64>) -> Thinking {
    Thinking { mode, effort, budget, show: None }
}

/// Checks what becomes of a wish to think: the thinking, the effort, and the losses.
fn check_thinking(
    (dialect, max_tokens): (Dialect, Option<u64>),
    wish: Thinking,
    (expected, effort): (&Value, &Value),
    losses: &[&str],
) {
    let mut conversation = asked(dialect);
    (conversation.thinking, conversation.max_tokens) = (Some(wish), max_tokens);
    let (written, told) = written(&conversation);
    let found = |path: &str| written.pointer(path).cloned().unwrap_or_default();
    assert_eq!(&found("/additionalModelRequestFields/thinking"), expected, "{written:#}");
    assert_eq!(&found("/outputConfig/effort"), effort, "{written:#}");
    assert_eq!(told, losses, "{written:#}");
}

#[test]
fn effort_becomes_a_budget() {
    let budget = |tokens: u64| json!({"type": "enabled", "budget_tokens": tokens});
    for (effort, max_tokens, expected, losses) in [
        (Effort::High, None, budget(24_576), vec!["reasoning_effort~"]),
        (Effort::High, Some(8_000), budget(6_000), vec!["reasoning_effort~"]),
        (Effort::Low, Some(1_000), Value::Null, vec!["reasoning_effort~", "reasoning_effort"]),
        (Effort::None, None, Value::Null, vec![]),
    ] {
        let wish = thinking(None, Some(effort), None);
        check_thinking((Dialect::OpenAiChat, max_tokens), wish, (&expected, &Value::Null), &losses);
    }
}

#[test]
fn the_wishes_of_claudes_clients_stay_as_they_are() {
    let budget = |tokens: u64| json!({"type": "enabled", "budget_tokens": tokens});
    let (on, adaptive) = (Some(ThinkingMode::On), Some(ThinkingMode::Adaptive));
    let none = Value::Null;
    for (wish, expected, effort, losses) in [
        (thinking(on, None, Some(2_000)), budget(2_000), none.clone(), vec![]),
        (thinking(on, None, Some(10)), budget(1_024), none.clone(), vec!["thinking~"]),
        (thinking(None, Some(Effort::Max), None), none.clone(), json!("max"), vec![]),
        (thinking(adaptive, Some(Effort::XHigh), None), json!({"type": "adaptive"}), json!("xhigh"), vec![]),
        (thinking(Some(ThinkingMode::Off), None, None), none.clone(), none.clone(), vec![]),
    ] {
        check_thinking((Dialect::Anthropic, Some(4_000)), wish, (&expected, &effort), &losses);
    }
}

#[test]
fn documents_keep_what_anthropics_clients_say_beside_them() {
    let document = media(MediaKind::Document, Source::Text("Rain.".to_owned()), "text/plain", None);
    let json = |text| Json::read(text).unwrap();
    let members = [
        ("citations".to_owned(), json(r#"{"enabled":true}"#)),
        ("context".to_owned(), json(r#""From the board.""#)),
        ("odd".to_owned(), json("1")),
    ];
    let document = Piece { extras: Extras::of(members), ..document };
    for (dialect, kept, losses) in [
        (Dialect::Anthropic, true, vec!["odd"]),
        (Dialect::OpenAiChat, false, vec!["citations", "context", "odd"]),
    ] {
        let pieces = vec![Piece::text("See."), document.clone()];
        let (written, told) = written(&numbered(dialect, vec![Turn::of(Role::User, pieces)]));
        let found = written.pointer("/messages/0/content/1/document/citations/enabled");
        assert_eq!(found.is_some(), kept, "{written:#}");
        assert_eq!(
            told,
            losses.iter().map(|name| format!("messages[0].content[1].{name}")).collect::<Vec<_>>()
        );
    }
}

#[test]
fn thinking_is_left_out_where_it_would_be_refused() {
    let looked = |thoughts: Vec<Piece>| {
        let pieces = thoughts.into_iter().chain([call("a", "{}")]).collect();
        let answer = Turn::of(Role::User, vec![result("a", vec![Piece::text("x")])]);
        vec![said(Role::User, "?"), Turn::of(Role::Assistant, pieces), answer]
    };
    let sealed = || thought("I look.", Some(Seal::new(Maker::Anthropic, "RXJj")));
    for (turns, choice, thinks) in [
        (looked(vec![sealed()]), None, true),
        (looked(vec![]), None, false),
        (vec![said(Role::User, "?")], Some(ToolChoice::Required), false),
        (vec![said(Role::User, "?"), said(Role::Assistant, "I")], None, false),
    ] {
        let mut conversation = numbered(Dialect::Anthropic, turns);
        let budget = Some(2_000);
        conversation.thinking =
            Some(Thinking { mode: Some(ThinkingMode::On), effort: None, budget, show: None });
        conversation.tools = vec![function("look", "{}")];
        conversation.tool_choice = choice;
        let (written, told) = written(&conversation);
        let found = written.pointer("/additionalModelRequestFields/thinking");
        assert_eq!(found.is_some(), thinks, "{written:#}");
        assert_eq!(told.contains(&"thinking".to_owned()), !thinks, "{told:?}");
    }
}

#[test]
fn settings_are_moved_into_what_the_api_takes() {
    let mut conversation = asked(Dialect::OpenAiChat);
    conversation.sampling.temperature = Some(1.7);
    conversation.sampling.top_k = Some(40);
    conversation.sampling.seed = Some(7);
    conversation.sampling.stop = vec!["END".to_owned(), "\n".to_owned()];
    conversation.max_tokens = Some(0);
    conversation.tier = Some(Tier::Priority);
    conversation.parallel_tools = Some(false);
    conversation.tools = vec![function("look", "{}")];
    conversation.user = Some("ann|e".to_owned());
    conversation.metadata = Json::read(r#"{"team":"a b","deep":{},"odd":"{}"}"#);
    conversation.extras = Extras::of([("logit_bias".to_owned(), Json::read("{}").unwrap())]);
    let expected = json!({
        "inferenceConfig": {"maxTokens": 1, "temperature": 1, "stopSequences": ["END"]},
        "additionalModelRequestFields": {"top_k": 40},
        "serviceTier": {"type": "priority"},
        "requestMetadata": {"user": "ann_e", "team": "a b"},
    });
    let losses = [
        "logit_bias",
        "max_tokens~",
        "temperature~",
        "stop[1]",
        "seed",
        "parallel_tool_calls",
        "metadata.deep",
        "metadata.odd",
    ];
    check(&conversation, &expected, &losses);
}

#[test]
fn tools_that_are_not_to_be_used_are_left_out_unless_they_were_used() {
    let used = vec![
        said(Role::User, "?"),
        Turn::of(Role::Assistant, vec![call("a", "{}")]),
        Turn::of(Role::User, vec![result("a", vec![Piece::text("x")])]),
    ];
    let specified = json!({"tools": [
        {"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object", "properties": {}}}}},
    ]});
    for (turns, expected, losses) in
        [(vec![said(Role::User, "?")], Value::Null, vec![]), (used, specified, vec!["tool_choice"])]
    {
        let mut conversation = numbered(Dialect::OpenAiChat, turns);
        conversation.tools = vec![function("look", "{}")];
        conversation.tool_choice = Some(ToolChoice::None);
        check(&conversation, &json!({"toolConfig": expected}), &losses);
    }
}

#[test]
fn tools_are_specified() {
    let strict = |tool: Tool| Tool { strict: Some(true), ..tool };
    let custom = Tool {
        kind: ToolKind::Custom { format: None },
        description: Some("Edits.".to_owned()),
        ..function("edit", "{}")
    };
    let native = ToolKind::BuiltIn {
        dialect: Dialect::OpenAiResponses,
        kind: "web_search".to_owned(),
        json: Json::read("{}").unwrap(),
    };
    let mut conversation = asked(Dialect::OpenAiResponses);
    conversation.tools = vec![
        strict(function("a.b", r#"{"type":"object","properties":{"x":{"type":"string","minLength":2}}}"#)),
        strict(function("open", r#"{"type":"object"}"#)),
        custom,
        Tool { kind: native, ..function("", "{}") },
    ];
    conversation.tool_choice = Some(ToolChoice::Tool("a.b".to_owned()));
    let (written, told) = written(&conversation);
    let name = written.pointer("/toolConfig/tools/0/toolSpec/name").unwrap();
    assert_eq!(written.pointer("/toolConfig/toolChoice/tool/name").unwrap(), name);
    assert_eq!(written.pointer("/toolConfig/tools/0/toolSpec/strict").unwrap(), true);
    assert_eq!(written.pointer("/toolConfig/tools/1/toolSpec/strict"), None);
    let required = written.pointer("/toolConfig/tools/2/toolSpec/inputSchema/json/required").unwrap();
    assert_eq!(required, &json!(["input"]));
    assert_eq!(told, ["tools[0].parameters~", "tools[1].strict~", "tools[2]~", "tools[3]"]);
}

#[test]
fn answers_are_held_to_schemas_or_asked_to_follow_them() {
    let schema = |schema: &str| Format::JsonSchema {
        name: Some("person".to_owned()),
        description: None,
        schema: Json::read(schema).unwrap(),
        strict: Some(true),
    };
    let mut conversation = asked(Dialect::OpenAiChat);
    conversation.format =
        Some(schema(r#"{"type":"object","properties":{"x":{"type":"string"}},"required":["x"]}"#));
    let (held, told) = written(&conversation);
    let told_schema = held.pointer("/outputConfig/textFormat/structure/jsonSchema/schema").unwrap();
    let told_schema: Value = serde_json::from_str(told_schema.as_str().unwrap()).unwrap();
    assert_eq!(told_schema["additionalProperties"], false);
    assert_eq!(held.pointer("/outputConfig/textFormat/structure/jsonSchema/name").unwrap(), "person");
    assert!(told.is_empty(), "{told:?}");
    for format in [schema(r##"{"$ref":"#"}"##), Format::JsonObject] {
        conversation.format = Some(format);
        let (asked, told) = written(&conversation);
        assert_eq!(asked.get("outputConfig"), None);
        assert!(asked.pointer("/system/0/text").unwrap().as_str().unwrap().contains("JSON"));
        assert_eq!(told, ["response_format~"]);
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let silent = numbered(Dialect::OpenAiChat, vec![said(Role::User, " ")]);
    let mut long = asked(Dialect::OpenAiChat);
    long.tools = vec![function(&"x".repeat(65), "{}")];
    for (conversation, path) in [(silent, "messages"), (long, "tools[0].name")] {
        let error = request::encode(&conversation, TERMS, &mut Losses::default()).unwrap_err();
        assert_eq!(error.path, path, "{error}");
    }
}

#[test]
fn malformed_requests_name_the_place() {
    for (body, expected) in [
        ("[]", "the body must be an object"),
        (
            r#"{"messages":[{"role":"tool","content":[]}]}"#,
            "`messages[0].role` must be `user`, `assistant` or `system`",
        ),
        (r#"{"messages":[{"role":"user"}]}"#, "`messages[0].content` is required"),
        (
            r#"{"messages":[{"role":"user","content":[{}]}]}"#,
            "`messages[0].content[0]` must have exactly one member",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"text":1}]}]}"#,
            "`messages[0].content[0].text` must be a string",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"image":{"format":"png"}}]}]}"#,
            "`messages[0].content[0].image.source` is required",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"toolResult":{"toolUseId":"a","status":"odd"}}]}]}"#,
            "`messages[0].content[0].toolResult.status` must be `success` or `error`",
        ),
        (r#"{"toolConfig":{"tools":[{"toolSpec":{}}]}}"#, "`toolConfig.tools[0].toolSpec.name` is required"),
        (
            r#"{"inferenceConfig":{"maxTokens":-1}}"#,
            "`inferenceConfig.maxTokens` must be an integer of at least 0",
        ),
    ] {
        assert_eq!(request::decode(body.as_bytes()).unwrap_err().to_string(), expected, "{body}");
    }
}

#[test]
fn counts_are_asked_without_settings() {
    let mut conversation = asked(Dialect::Anthropic);
    conversation.max_tokens = Some(10);
    conversation.turns.insert(0, said(Role::System, "Be brief."));
    conversation.sampling.temperature = Some(0.5);
    let asked = request::encode_count(&conversation, TERMS, &mut Losses::default()).unwrap();
    let expected = json!({"input": {"converse": {
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
        "system": [{"text": "Be brief."}],
    }}});
    assert_eq!(value(&asked), expected);
    assert_eq!(count::decode_question(&asked).unwrap().turns.len(), 2);
    assert_eq!(count::decode(&count::encode(42)), Ok(42));
    assert!(count::decode(b"{}").is_err());
}

/// As the table of providers has it.
const FAMILIES: Families = Families::ByMaker(&[
    ("anthropic", Family::Claude),
    ("amazon", Family::Nova),
    ("mistral", Family::Mistral),
]);

/// What a model of this id is asked beyond the common settings, where the client is Anthropic's.
fn beyond(model: &str, body: &Value, betas: &[&str]) -> (Value, Vec<String>) {
    let body = serde_json::to_vec(body).unwrap();
    let mut conversation = crate::translate::conversation(Dialect::Anthropic, &body).unwrap();
    conversation.betas = betas.iter().map(|beta| (*beta).to_owned()).collect();
    let mut losses = Losses::default();
    let written =
        request::encode(&conversation, Terms { family: FAMILIES.of(model), ..TERMS }, &mut losses).unwrap();
    (value(&written), told(&losses))
}

#[test]
fn models_of_other_makers_are_asked_in_their_words() {
    let body = json!({
        "model": "m", "max_tokens": 9000, "top_k": 200, "temperature": 0.5, "top_p": 0.9,
        "messages": [{"role": "user", "content": "Hi"}],
    });
    let thinking = json!({"type": "enabled", "budget_tokens": 2048});
    let mut thoughtful = body.clone();
    thoughtful["thinking"] = thinking.clone();
    let nova = "us.amazon.nova-pro-v1:0";
    let claude = "us.anthropic.claude-sonnet-4-5-v1:0";
    for (model, body, expected, losses) in [
        (nova, &body, json!({"inferenceConfig": {"topK": 128}}), vec!["top_k~".to_owned()]),
        ("mistral.mistral-large-2407-v1:0", &body, json!({"top_k": 200}), vec![]),
        ("meta.llama3-70b-instruct-v1:0", &body, Value::Null, vec!["top_k".to_owned()]),
        (claude, &body, json!({"top_k": 200}), vec!["top_p".to_owned()]),
        (
            nova,
            &thoughtful,
            json!({"inferenceConfig": {"topK": 128}}),
            vec!["thinking".to_owned(), "top_k~".to_owned()],
        ),
    ] {
        let (written, told) = beyond(model, body, &[]);
        assert_eq!(written["additionalModelRequestFields"], expected, "{model}");
        assert_eq!(told, losses, "{model}");
        let both = written["inferenceConfig"].get("topP").is_some();
        assert_eq!(both, model != claude, "{model}: {written}");
    }
}

#[test]
fn nova_thinks_as_hard_as_is_wished() {
    let bounded =
        json!({"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 900, "temperature": 0.5});
    let mut free = bounded.clone();
    free.as_object_mut().unwrap().remove("max_tokens");
    let terms = Terms { family: Family::Nova, thinking: ThinkingForm::Effort, ..TERMS };
    for (body, effort, told_of, losses) in [
        (&bounded, "low", Some("low"), vec![]),
        (&bounded, "minimal", Some("low"), vec!["reasoning_effort~"]),
        (&bounded, "medium", Some("medium"), vec![]),
        (&bounded, "high", Some("medium"), vec!["reasoning_effort~"]),
        (&bounded, "none", None, vec![]),
        (&free, "high", Some("high"), vec!["temperature"]),
        (&free, "xhigh", Some("high"), vec!["reasoning_effort~", "temperature"]),
        (&free, "low", Some("low"), vec![]),
    ] {
        let mut body = body.clone();
        body["reasoning_effort"] = json!(effort);
        let conversation =
            crate::translate::conversation(Dialect::OpenAiChat, &serde_json::to_vec(&body).unwrap()).unwrap();
        let mut lost = Losses::default();
        let written =
            value(&crate::translate::request(Dialect::Bedrock, &conversation, terms, &mut lost).unwrap());
        let said = &written["additionalModelRequestFields"]["reasoningConfig"];
        let expected = told_of.map(|effort| json!({"type": "enabled", "maxReasoningEffort": effort}));
        assert_eq!(said, &expected.unwrap_or_default(), "{effort}");
        assert_eq!(written["inferenceConfig"]["maxTokens"], body["max_tokens"], "{effort}");
        let chosen = said["maxReasoningEffort"] == "high";
        assert_eq!(written["inferenceConfig"].get("temperature").is_none(), chosen, "{effort}: {written}");
        assert_eq!(written.get("outputConfig"), None, "{effort}: {written}");
        assert_eq!(told(&lost), losses, "{effort}");
    }
}

#[test]
fn only_claude_gets_its_proofs_back() {
    let body = json!({
        "model": "m", "max_tokens": 9,
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "SIG"},
                {"type": "redacted_thinking", "data": "UkVE"},
                {"type": "text", "text": "Yes?"},
            ]},
            {"role": "user", "content": "So?"},
        ],
    });
    let (written, told) = beyond("amazon.nova-pro-v1:0", &body, &[]);
    assert_eq!(written["messages"][1]["content"], json!([{"text": "Yes?"}]));
    assert_eq!(told, ["messages[1].content[0]", "messages[1].content[1]"]);
    let (written, told) = beyond("anthropic.claude-sonnet-4-5-v1:0", &body, &[]);
    assert_eq!(written["messages"][1]["content"].as_array().map(Vec::len), Some(3));
    assert_eq!(told, [""; 0]);
}

#[test]
fn features_of_claude_are_switched_on_in_the_body() {
    let body = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
    let betas = [
        "claude-code-20250219",
        "interleaved-thinking-2025-05-14",
        "advanced-tool-use-2025-11-20",
        "tool-search-tool-2025-10-19",
        "files-api-2025-04-14",
    ];
    let (written, losses) = beyond("m", &body, &betas);
    let told = json!(["interleaved-thinking-2025-05-14", "tool-search-tool-2025-10-19"]);
    assert_eq!(written["additionalModelRequestFields"], json!({"anthropic_beta": told}));
    assert_eq!(losses, ["anthropic-beta.files-api-2025-04-14"]);
    let (written, losses) = beyond("amazon.nova-pro-v1:0", &body, &betas[..2]);
    assert_eq!(written.get("additionalModelRequestFields"), None);
    assert_eq!(losses, ["anthropic-beta.interleaved-thinking-2025-05-14"]);
}

#[test]
fn a_user_who_is_told_as_an_object_is_one_user() {
    let body = json!({
        "model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}],
        "metadata": {"user_id": r#"{"device_id":"d1","account_uuid":"a-1","session_id":"s1"}"#},
    });
    let (written, losses) = beyond("m", &body, &[]);
    assert_eq!(written["requestMetadata"], json!({"user": "a-1"}));
    assert_eq!(losses, [""; 0]);
}
