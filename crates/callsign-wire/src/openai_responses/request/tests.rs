//! What requests become in this dialect, and what its own become of it.

use serde_json::{Value, json};

use super::{decode, encode};
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::{Extras, Json};
use crate::hub::loss::Losses;
use crate::hub::part::{
    CacheHint, Citation, Media, MediaKind, Part, Piece, Reasoning, ReasoningForm, Source, Text, ToolCall,
    ToolResult,
};
use crate::hub::seal::{Maker, Seal};
use crate::hub::wish::{Effort, Format, Logprobs, Thinking, ThinkingMode, Tier, Tool, ToolChoice, ToolKind};
use crate::openai_responses::sealed;
use crate::translate::Terms;

const TERMS: Terms<'static> = Terms {
    model: "m",
    max_tokens: 4096,
    chat: crate::quirks::Chat::USUAL,
    thinking: crate::quirks::ThinkingForm::Usual,
    family: crate::quirks::Family::Claude,
};

fn written(conversation: &Conversation) -> (Value, String) {
    let mut losses = Losses::default();
    let written = encode(conversation, TERMS, &mut losses).unwrap();
    (serde_json::from_slice(&written).unwrap(), losses.header(1000))
}

/// Checks the members that `expected` names.
fn check(conversation: &Conversation, expected: &Value, losses: &str) {
    let (body, lost) = written(conversation);
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(body.get(name).unwrap_or(&Value::Null), value, "{name} of {body:#}");
    }
    assert_eq!(lost, losses, "{body:#}");
}

fn asked(dialect: Dialect, turns: Vec<(Role, Vec<Piece>)>) -> Conversation {
    let mut conversation = Conversation::new(dialect);
    let turns = turns.into_iter().enumerate();
    conversation.turns =
        turns.map(|(index, (role, pieces))| Turn { origin: Some(index), ..Turn::of(role, pieces) }).collect();
    conversation
}

fn call(id: &str, arguments: &str, custom: bool) -> Piece {
    let (id, name, arguments) = (id.to_owned(), "f".to_owned(), arguments.to_owned());
    Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom, seal: None }))
}

fn result(id: &str, pieces: Vec<Piece>, is_error: Option<bool>) -> Piece {
    let call = id.to_owned();
    Piece::of(Part::ToolResult(ToolResult { call, name: None, pieces, is_error, custom: false }))
}

fn media(kind: MediaKind, source: Source, media_type: Option<&str>) -> Piece {
    let media_type = media_type.map(str::to_owned);
    Piece::of(Part::Media(Media { kind, source, media_type, name: None, detail: None }))
}

fn thoughts(text: &str, seal: Option<Seal>) -> Piece {
    let paragraphs = vec![text.to_owned()];
    Piece::of(Part::Reasoning(Reasoning { paragraphs, seal, ..Reasoning::default() }))
}

fn function(name: &str, kind: ToolKind) -> Tool {
    let (name, extras) = (name.to_owned(), Extras::default());
    Tool { name, description: None, kind, strict: None, cache: None, extras }
}

#[test]
fn a_seal_goes_back_without_words_that_are_not_its_summary() {
    let sealed = |form| {
        let seal = Some(Seal::new(Maker::OpenAi, "gAAA").of_item(Some("rs_1")));
        let paragraphs = vec!["Paris it is.".to_owned()];
        Piece::of(Part::Reasoning(Reasoning { paragraphs, form, seal, redacted: false }))
    };
    let summary = json!([{"type": "summary_text", "text": "Paris it is."}]);
    for (dialect, form, expected) in [
        (Dialect::OpenAiChat, ReasoningForm::Summary, &summary),
        (Dialect::OpenAiChat, ReasoningForm::Full, &json!([])),
        (Dialect::Anthropic, ReasoningForm::Full, &summary),
    ] {
        let said = vec![sealed(form), Piece::text("Warm.")];
        let turns = vec![(Role::User, vec![Piece::text("And?")]), (Role::Assistant, said)];
        let (body, _) = written(&asked(dialect, turns));
        let item =
            json!({"type": "reasoning", "id": "rs_1", "summary": expected, "encrypted_content": "gAAA"});
        assert_eq!(body["input"][1], item, "{dialect:?} {form:?}");
    }
}

#[test]
fn what_others_say_becomes_items() {
    let mut conversation = asked(
        Dialect::Anthropic,
        vec![
            (Role::User, vec![Piece::text("Look both up.")]),
            (
                Role::Assistant,
                vec![
                    thoughts("Hm.", Some(Seal::new(Maker::Anthropic, "EqQB"))),
                    thoughts("So.", Some(Seal::new(Maker::OpenAi, "gAAA").of_item(Some("rs_1")))),
                    Piece::text("I do."),
                    Piece::text(""),
                    call("a", "{\"x\": 1}", false),
                    call("b", "", false),
                ],
            ),
            (
                Role::User,
                vec![
                    result("b", vec![Piece::text("one"), Piece::text("two")], None),
                    result("a", vec![Piece::text("no such town")], Some(true)),
                    Piece::text("Go on."),
                ],
            ),
            (Role::System, vec![Piece::text("Hurry.")]),
        ],
    );
    let system = vec![Piece::text("Be kind."), Piece::text("Be brief.")];
    conversation.turns.insert(0, Turn::of(Role::System, system));
    let expected = json!({
        "model": "m",
        "instructions": "Be kind.\n\nBe brief.",
        "store": false,
        "include": ["reasoning.encrypted_content"],
        "input": [
            {"type": "message", "role": "user", "content": "Look both up."},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "So."}], "encrypted_content": "gAAA"},
            {"type": "message", "role": "assistant", "content": [
                {"type": "output_text", "text": "I do.", "annotations": []},
            ]},
            {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{\"x\": 1}"},
            {"type": "function_call", "call_id": "b", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "b", "output": "one\ntwo"},
            {"type": "function_call_output", "call_id": "a", "output": "Error: no such town"},
            {"type": "message", "role": "user", "content": "Go on."},
            {"type": "message", "role": "system", "content": "Hurry."},
        ],
    });
    check(&conversation, &expected, "messages[1].content[0], messages[2].content[1].is_error;changed");
}

#[test]
fn media_become_parts() {
    let mut document = media(MediaKind::Document, Source::Base64("JVBE".to_owned()), Some("application/pdf"));
    document.cache = Some(CacheHint { ttl: Some("5m".to_owned()) });
    let text = media(MediaKind::Document, Source::Text("Dear all".to_owned()), Some("text/plain"));
    let image = |source| media(MediaKind::Image, source, Some("image/webp"));
    let shown = vec![Piece::text("see"), image(Source::Base64("UklG".to_owned()))];
    let conversation = asked(
        Dialect::Gemini,
        vec![
            (
                Role::User,
                vec![
                    document,
                    text,
                    image(Source::Url("https://example.org/a.webp".to_owned())),
                    image(Source::File("files/1".to_owned())),
                    media(MediaKind::Audio, Source::Base64("SUQz".to_owned()), Some("audio/mpeg")),
                ],
            ),
            (Role::Assistant, vec![image(Source::Base64("AAAA".to_owned())), call("a", "{}", false)]),
            (Role::User, vec![result("a", shown, Some(true))]),
        ],
    );
    let expected = json!({"input": [
        {"type": "message", "role": "user", "content": [
            {"type": "input_file", "filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBE"},
            {"type": "input_text", "text": "Dear all"},
            {"type": "input_image", "image_url": "https://example.org/a.webp"},
        ]},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": [
            {"type": "input_text", "text": "Error:"},
            {"type": "input_text", "text": "see"},
            {"type": "input_image", "image_url": "data:image/webp;base64,UklG"},
        ]},
    ]});
    let lost = "contents[0].parts[3], contents[0].parts[4], contents[0].parts[1];changed, contents[1].parts[0], \
        contents[2].parts[0].is_error;changed";
    check(&conversation, &expected, lost);
}

#[test]
fn chat_keeps_what_both_apis_have() {
    let mut said = Piece::text("Hi");
    said.cache = Some(CacheHint { ttl: None });
    let cited = Citation {
        url: Some("https://example.org".to_owned()),
        title: None,
        cited: None,
        range: None,
        spelled: (Dialect::OpenAiChat, Json::read("{}").unwrap()),
    };
    let text = Text { text: "Åh".to_owned(), citations: vec![cited] };
    let mut conversation = asked(
        Dialect::OpenAiChat,
        vec![
            (Role::Developer, vec![Piece::text("Be kind.")]),
            (Role::User, vec![said]),
            (
                Role::Assistant,
                vec![
                    Piece::of(Part::Text(text)),
                    Piece::of(Part::Refusal("No.".to_owned())),
                    call("c", "raw", true),
                ],
            ),
            (Role::Tool, vec![result("c", vec![Piece::text("done")], None)]),
        ],
    );
    conversation.turns[1].name = Some("ann".to_owned());
    conversation.extras.push("prompt_cache_retention", Json::read(r#""24h""#).unwrap());
    conversation.extras.push("logit_bias", Json::read(r#"{"1":2}"#).unwrap());
    conversation.extras.push_quiet("stream_options", Json::read("{}").unwrap());
    conversation.tier = Some(Tier::Other(Dialect::OpenAiChat, "scale".to_owned()));
    let nested = r#"{"type":"grammar","grammar":{"syntax":"lark","definition":"start: x"}}"#;
    conversation.tools = vec![function("f", ToolKind::Custom { format: Json::read(nested) })];
    conversation.tool_choice = Some(ToolChoice::Tool("f".to_owned()));
    let expected = json!({
        "prompt_cache_retention": "24h",
        "service_tier": "scale",
        "tools": [{"type": "custom", "name": "f", "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"}}],
        "tool_choice": {"type": "custom", "name": "f"},
        "input": [
            {"type": "message", "role": "developer", "content": "Be kind."},
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "prompt_cache_breakpoint": {"mode": "explicit"}, "text": "Hi"},
            ]},
            {"type": "message", "role": "assistant", "content": [
                {"type": "output_text", "text": "Åh", "annotations": [{
                    "type": "url_citation", "url": "https://example.org", "title": "https://example.org",
                    "start_index": 0, "end_index": 2,
                }]},
                {"type": "refusal", "refusal": "No."},
            ]},
            {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "raw"},
            {"type": "custom_tool_call_output", "call_id": "c", "output": "done"},
        ],
    });
    check(&conversation, &expected, "messages[1].name, logit_bias");
}

/// A question with every wish that there is.
fn demanding() -> Conversation {
    let mut conversation = asked(Dialect::Anthropic, vec![(Role::User, vec![Piece::text("Hi")])]);
    let schema = Json::read(r#"{"type":"object"}"#);
    conversation.tools = vec![
        function("a", ToolKind::Function { schema: schema.clone() }),
        function("b", ToolKind::Function { schema: None }),
        function(
            "web",
            ToolKind::BuiltIn {
                dialect: Dialect::Anthropic,
                kind: "web_search_20250305".to_owned(),
                json: schema.clone().unwrap(),
            },
        ),
    ];
    conversation.tool_choice = Some(ToolChoice::Required);
    conversation.parallel_tools = Some(false);
    let (name, description, strict) = (Some("a b".to_owned()), None, Some(true));
    conversation.format = Some(Format::JsonSchema { name, description, schema: schema.unwrap(), strict });
    conversation.verbosity = Some("low".to_owned());
    conversation.sampling.temperature = Some(2.5);
    conversation.sampling.top_k = Some(4);
    conversation.sampling.stop = vec!["END".to_owned()];
    conversation.sampling.logprobs = Some(Logprobs { top: Some(2) });
    conversation.max_tokens = Some(5);
    conversation.thinking =
        Some(Thinking { mode: Some(ThinkingMode::On), budget: Some(31_999), ..Thinking::default() });
    conversation.stream = true;
    conversation.user = Some("u".repeat(180));
    conversation.metadata = Json::read(r#"{"team":"blue"}"#);
    conversation.cache_key = Some("k".to_owned());
    conversation.tier = Some(Tier::Priority);
    conversation
}

#[test]
fn wishes_are_told_in_this_dialects_words() {
    let conversation = demanding();
    let (body, lost) = written(&conversation);
    let identifier = body["safety_identifier"].as_str().unwrap();
    assert!(identifier.len() == 32 && identifier == written(&conversation).0["safety_identifier"]);
    assert_eq!(
        body,
        json!({
            "model": "m",
            "input": "Hi",
            "tools": [
                {"type": "function", "name": "a", "parameters": {"type": "object", "properties": {}}, "strict": false},
                {"type": "function", "name": "b", "parameters": {"type": "object", "properties": {}}, "strict": false},
            ],
            "tool_choice": "required",
            "parallel_tool_calls": false,
            "text": {
                "format": {"type": "json_schema", "name": "a_b", "schema": {"type": "object"}, "strict": true},
                "verbosity": "low",
            },
            "reasoning": {"effort": "high", "summary": "auto"},
            "temperature": 2,
            "max_output_tokens": 16,
            "top_logprobs": 2,
            "stream": true,
            "store": false,
            "prompt_cache_key": "k",
            "metadata": {"team": "blue"},
            "service_tier": "priority",
            "safety_identifier": identifier,
            "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
        })
    );
    let expected = "tools[2], response_format.json_schema.name;changed, thinking;changed, temperature;changed, max_tokens;changed, \
        top_k, stop_sequences";
    assert_eq!(lost, expected);
}

#[test]
fn thinking_is_asked_for_as_others_mean_it() {
    let none = Thinking::default;
    for (dialect, thinking, expected, losses) in [
        (
            Dialect::Anthropic,
            Thinking { mode: Some(ThinkingMode::Off), ..none() },
            Value::Null,
            "thinking;changed",
        ),
        (
            Dialect::Gemini,
            Thinking { mode: Some(ThinkingMode::Off), budget: Some(0), ..none() },
            json!({"effort": "none"}),
            "",
        ),
        (
            Dialect::OpenAiChat,
            Thinking { effort: Some(Effort::XHigh), ..none() },
            json!({"effort": "xhigh"}),
            "",
        ),
        (
            Dialect::Anthropic,
            Thinking {
                mode: Some(ThinkingMode::Adaptive),
                effort: Some(Effort::Max),
                show: Some("omitted".to_owned()),
                ..none()
            },
            json!({"effort": "max"}),
            "",
        ),
        (
            Dialect::Bedrock,
            Thinking { mode: Some(ThinkingMode::On), budget: Some(1024), ..none() },
            json!({"effort": "low", "summary": "auto"}),
            "additionalModelRequestFields.thinking;changed",
        ),
    ] {
        let mut conversation = asked(dialect, vec![(Role::User, vec![Piece::text("Hi")])]);
        conversation.thinking = Some(thinking);
        check(&conversation, &json!({"reasoning": expected}), losses);
    }
}

#[test]
fn long_identifiers_fit_and_stay_pairs() {
    let id = "toolu_".repeat(20);
    let conversation = asked(
        Dialect::Anthropic,
        vec![
            (Role::Assistant, vec![call(&id, "{}", false)]),
            (Role::User, vec![result(&id, vec![Piece::text("x")], None)]),
        ],
    );
    let (body, _) = written(&conversation);
    let (called, answered) = (&body["input"][0]["call_id"], &body["input"][1]["call_id"]);
    assert_eq!(called, answered);
    assert!(called.as_str().unwrap().len() <= 64, "{called}");
}

#[test]
fn names_that_cannot_be_offered_are_refused() {
    let mut conversation = asked(Dialect::Gemini, vec![(Role::User, vec![Piece::text("Hi")])]);
    conversation.tools = vec![function("maps.find", ToolKind::Function { schema: None })];
    let error = encode(&conversation, TERMS, &mut Losses::default()).unwrap_err();
    assert_eq!(error.path, "tools[0].name");
    assert!(error.reason.contains("`maps.find`"), "{error}");
}

#[test]
fn seals_that_come_back_belong_to_what_they_sealed() {
    let sealed = |seal: &Seal| seal.packed(Some(Maker::OpenAi));
    let claude = sealed(&Seal::new(Maker::Anthropic, "EqQB"));
    let redacted = sealed(&Seal::new(Maker::Anthropic, "redacted.Ehid"));
    let of_call = sealed::of_call(&Seal::new(Maker::Google, "CiQB"));
    let body = json!({"input": [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": claude},
        {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": redacted},
        {"type": "reasoning", "id": "rs_3", "summary": [], "encrypted_content": of_call},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "f", "arguments": "{}"},
    ]});
    let read = decode(body.to_string().as_bytes()).unwrap();
    let parts: Vec<&Part> =
        read.turns.iter().flat_map(|turn| &turn.pieces).map(|piece| &piece.part).collect();
    let Part::Reasoning(first) = parts[0] else { panic!("{parts:?}") };
    assert_eq!((first.form, first.redacted), (ReasoningForm::Full, false));
    assert_eq!(first.seal, Some(Seal::new(Maker::Anthropic, "EqQB")));
    let Part::Reasoning(second) = parts[1] else { panic!("{parts:?}") };
    assert_eq!((second.redacted, &second.seal), (true, &Some(Seal::new(Maker::Anthropic, "Ehid"))));
    let Part::ToolCall(call) = parts[2] else { panic!("{parts:?}") };
    assert_eq!(call.seal, Some(Seal::new(Maker::Google, "CiQB")));
    let Part::ToolCall(call) = parts[3] else { panic!("{parts:?}") };
    assert_eq!(call.seal, None);
    // To OpenAI's own models none of them goes.
    let (body, lost) = written(&read);
    assert_eq!(body["input"].as_array().unwrap().len(), 2);
    assert_eq!(lost, "input[0], input[1], input[3].signature");
}

#[test]
fn what_nobody_would_miss_is_no_loss_elsewhere() {
    for (body, telling) in [
        (
            r#"{"include":["reasoning.encrypted_content"],"client_metadata":{"a":"b"},"truncation":"disabled"}"#,
            "",
        ),
        (r#"{"include":["reasoning.encrypted_content","file_search_call.results"]}"#, "include"),
        (r#"{"background":false,"conversation":null,"metadata":{},"text":{},"reasoning":{}}"#, ""),
        (
            r#"{"truncation":"auto","background":true,"conversation":"c"}"#,
            "truncation, background, conversation",
        ),
        (r#"{"reasoning":{"effort":"turbo","context":"auto"}}"#, "reasoning.effort, reasoning.context"),
        (r#"{"text":{"format":{"type":"grammar"},"x":1}}"#, "text.format, text.x"),
    ] {
        let read = decode(body.as_bytes()).unwrap();
        let mut losses = Losses::default();
        losses.extras("", &read.extras);
        assert_eq!(losses.header(1000), telling, "{body}");
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (body, expected) in [
        (r#"{"input":7}"#, "`input` must be a string or an array of items"),
        (
            r#"{"input":[{"role":"tool","content":"x"}]}"#,
            "`input[0].role` must be one of `user`, `assistant`, `system`, `developer`",
        ),
        (r#"{"input":["x"]}"#, "`input[0]` must be an object"),
        (r#"{"input":[{}]}"#, "`input[0].type` is required"),
        (r#"{"input":[{"type":5}]}"#, "`input[0].type` must be a string"),
        (
            r#"{"input":[{"role":"user","content":[{"type":"input_text"}]}]}"#,
            "`input[0].content[0].text` is required",
        ),
        (
            r#"{"input":[{"role":"user","content":[{"type":"input_image"}]}]}"#,
            "`input[0].content[0].image_url` is required",
        ),
        (
            r#"{"input":[{"role":"user","content":{}}]}"#,
            "`input[0].content` must be a string or an array of parts",
        ),
        (r#"{"input":[{"type":"function_call","arguments":"{}"}]}"#, "`input[0].call_id` is required"),
        (r#"{"input":[{"type":"function_call_output","output":"x"}]}"#, "`input[0].call_id` is required"),
        (r#"{"tools":[{"name":"f"}]}"#, "`tools[0].type` is required"),
        (r#"{"tools":[{"type":"function"}]}"#, "`tools[0].name` is required"),
        (r#"{"tool_choice":"any"}"#, "`tool_choice` must be `auto`, `none`, `required` or an object"),
        (r#"{"text":{"format":{"type":"json_schema"}}}"#, "`text.format.schema` is required"),
        (r#"{"reasoning":{"summary":1}}"#, "`reasoning.summary` must be a string"),
        (r#"{"temperature":"hot"}"#, "`temperature` must be a number"),
        (r#"{"user":1}"#, "`user` must be a string"),
        (r#"{"stream":"yes"}"#, "`stream` must be a boolean"),
    ] {
        assert_eq!(decode(body.as_bytes()).unwrap_err().to_string(), expected, "{body}");
    }
}

#[test]
fn odd_but_honest_bodies_are_read() {
    for body in [
        "{}",
        r#"{"input":null,"tools":null,"reasoning":null,"text":null,"user":null,"service_tier":null}"#,
        r#"{"input":[{"role":"assistant","content":null},{"id":"msg_1"}]}"#,
        r#"{"input":[{"type":"function_call","id":"fc_1","name":"f","arguments":{"a":1}}]}"#,
        r#"{"input":[{"role":"user","content":["plain",{"type":"text","text":"x"}]}]}"#,
        r#"{"input":[{"type":"reasoning","content":null,"encrypted_content":""}]}"#,
        r#"{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:text/plain,x"}]}]}"#,
    ] {
        let read = decode(body.as_bytes());
        assert!(read.is_ok(), "{body}: {read:?}");
        written(&read.unwrap());
    }
}
