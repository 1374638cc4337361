//! Requests as clients send them that are less than strict, and those that cannot be understood.

use serde_json::{Value, json};

use super::value;
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role};
use crate::hub::loss::Losses;
use crate::hub::part::{MediaKind, Part, Source};
use crate::hub::wish::{Effort, Format, Thinking, ThinkingMode, ToolChoice, ToolKind};
use crate::openai_chat::request;
use crate::quirks;
use crate::translate::Terms;

fn read(body: &Value) -> Conversation {
    request::decode(body.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// What a request becomes that is read and written again.
fn again(body: &Value) -> Value {
    let terms = Terms {
        model: "m",
        max_tokens: 1,
        chat: quirks::Chat::USUAL,
        thinking: crate::quirks::ThinkingForm::Usual,
        family: crate::quirks::Family::Claude,
    };
    value(&request::encode(&read(body), terms, &mut Losses::default()).unwrap())
}

fn with(members: Value) -> Value {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    let Value::Object(members) = members else { panic!("members") };
    body.as_object_mut().unwrap().extend(members);
    body
}

#[test]
fn errors_name_the_place_and_what_is_right() {
    let user = json!({"role": "user", "content": "hi"});
    for (body, expected) in [
        (json!([]), "the body must be an object"),
        (json!({"model": "m"}), "`messages` is required"),
        (json!({"messages": "hi"}), "`messages` must be an array"),
        (json!({"messages": ["hi"]}), "`messages[0]` must be an object"),
        (json!({"messages": [{"content": "hi"}]}), "`messages[0].role` is required"),
        (
            json!({"messages": [user, {"role": "robot", "content": "x"}]}),
            "`messages[1].role` must be `system`, `developer`, `user`, `assistant` or `tool`",
        ),
        (
            json!({"messages": [{"role": "user", "content": 7}]}),
            "`messages[0].content` must be a string or a list of parts",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "text"}]}]}),
            "`messages[0].content[0].text` is required",
        ),
        (
            json!({"messages": [{"role": "user", "content": ["x", {"type": "image_url", "image_url": {}}]}]}),
            "`messages[0].content[1].image_url.url` is required",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]}),
            "`messages[0].content[0].file` needs `file_data` or `file_id`",
        ),
        (json!({"messages": [{"role": "tool", "content": "x"}]}), "`messages[0].tool_call_id` is required"),
        (
            json!({"messages": [{"role": "tool", "tool_call_id": "a", "content": "x"}]}),
            "`messages[0]` holds the result of a tool call that stands nowhere before it, send the assistant's turn with \
             that call first",
        ),
        (
            json!({"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "type": "function"}]}]}),
            "`messages[0].tool_calls[0].function` is required",
        ),
        (
            json!({"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": 3}}]}]}),
            "`messages[0].tool_calls[0].function.name` must be a string",
        ),
    ] {
        let error = request::decode(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{body}");
    }
}

#[test]
fn errors_of_wishes_name_the_member() {
    for (body, expected) in [
        (with(json!({"temperature": "hot"})), "`temperature` must be a number"),
        (with(json!({"max_tokens": -1})), "`max_tokens` must be an integer of at least 0"),
        (with(json!({"stop": [1]})), "`stop[0]` must be a string"),
        (with(json!({"tools": [{"type": "function"}]})), "`tools[0].function` is required"),
        (
            with(json!({"tools": [{"type": "function", "function": {}}]})),
            "`tools[0].function.name` is required",
        ),
        (
            with(json!({"tool_choice": "maybe"})),
            "`tool_choice` must be `auto`, `none`, `required` or an object",
        ),
        (with(json!({"response_format": {}})), "`response_format.type` is required"),
        (
            with(json!({"response_format": {"type": "json_schema"}})),
            "`response_format.json_schema` is required",
        ),
        (
            with(json!({"stream_options": {"include_usage": 1}})),
            "`stream_options.include_usage` must be a boolean",
        ),
    ] {
        let error = request::decode(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{body}");
    }
}

#[test]
fn contents_are_read_in_every_form() {
    let png = "data:image/png;base64,iVBORw==";
    for (part, kind, source, media_type) in [
        (
            json!({"type": "image_url", "image_url": "https://example.com/a.png"}),
            MediaKind::Image,
            Source::Url("https://example.com/a.png".to_owned()),
            None,
        ),
        (
            json!({"type": "input_image", "image_url": png, "detail": "low"}),
            MediaKind::Image,
            Source::Base64("iVBORw==".to_owned()),
            Some("image/png"),
        ),
        (
            json!({"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}}),
            MediaKind::Video,
            Source::Url("https://example.com/a.mp4".to_owned()),
            None,
        ),
        (
            json!({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}),
            MediaKind::Audio,
            Source::Base64("AAAA".to_owned()),
            Some("audio/mpeg"),
        ),
        (
            json!({"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.PDF"}}),
            MediaKind::Document,
            Source::Base64("JVBERi0=".to_owned()),
            Some("application/pdf"),
        ),
        (
            json!({"type": "file", "file": {"file_data": "https://example.com/a.pdf"}}),
            MediaKind::Document,
            Source::Url("https://example.com/a.pdf".to_owned()),
            None,
        ),
    ] {
        let conversation = read(&json!({"messages": [{"role": "user", "content": [part]}]}));
        let Part::Media(media) = &conversation.turns[0].pieces[0].part else { panic!("{part}") };
        let found = (media.kind, media.source.clone(), media.media_type.as_deref());
        assert_eq!(found, (kind, source, media_type), "{part}");
    }
}

#[test]
fn words_are_read_in_every_form() {
    for (content, expected) in [
        (json!("hi"), vec!["hi"]),
        (json!(""), vec![]),
        (json!(null), vec![]),
        (
            json!(["a", {"type": "text", "text": "b"}, {"type": "input_text", "text": "c"}]),
            vec!["a", "b", "c"],
        ),
        (json!({"type": "text", "text": "a"}), vec!["a"]),
        (json!([{"text": "a"}]), vec!["a"]),
    ] {
        let conversation = read(&json!({"messages": [{"role": "user", "content": content}]}));
        let texts: Vec<&str> = conversation.turns[0]
            .pieces
            .iter()
            .map(|piece| match &piece.part {
                Part::Text(text) => text.text.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(texts, expected, "{content}");
    }
}

#[test]
fn parts_that_nobody_knows_are_kept_whole() {
    let part = json!({"type": "hologram", "depth": 3});
    let body = json!({"model": "m", "messages": [{"role": "user", "content": [part.clone()]}]});
    let conversation = read(&body);
    let Part::Opaque(opaque) = &conversation.turns[0].pieces[0].part else { panic!("no opaque part") };
    assert_eq!((opaque.dialect, opaque.kind.as_str()), (Dialect::OpenAiChat, "hologram"));
    assert_eq!(again(&body), body);
}

#[test]
fn functions_of_2023_become_tools() {
    let body = json!({
        "model": "m",
        "messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": null, "function_call": {"name": "sky", "arguments": "{}"}},
            {"role": "function", "name": "sky", "content": "grey"},
        ],
        "functions": [{"name": "sky", "parameters": {"type": "object", "properties": {}}}],
        "function_call": {"name": "sky"},
    });
    let expected = json!({
        "model": "m",
        "messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "sky", "arguments": "{}"}},
            ]},
            {"role": "tool", "tool_call_id": "call_1", "name": "sky", "content": "grey"},
        ],
        "tools": [
            {"type": "function", "function": {"name": "sky", "parameters": {"type": "object", "properties": {}}}},
        ],
        "tool_choice": {"type": "function", "function": {"name": "sky"}},
    });
    assert_eq!(again(&body), expected);
}

#[test]
fn tools_are_read_in_the_forms_of_other_dialects() {
    let schema = json!({"type": "object", "properties": {}});
    for tool in [
        json!({"type": "function", "name": "f", "parameters": schema}),
        json!({"name": "f", "input_schema": schema}),
        json!({"type": "function", "function": {"name": "f", "parameters": schema}}),
    ] {
        let conversation = read(&with(json!({"tools": [tool]})));
        let ToolKind::Function { schema: Some(found) } = &conversation.tools[0].kind else {
            panic!("{tool}")
        };
        assert_eq!(
            (conversation.tools[0].name.as_str(), value(found.as_str().as_bytes())),
            ("f", schema.clone())
        );
    }
}

#[test]
fn grammars_are_flat_in_the_hub() {
    let grammar = json!({"type": "grammar", "grammar": {"syntax": "regex", "definition": "a+"}});
    let tool = json!({"type": "custom", "custom": {"name": "f", "format": grammar}});
    let body = with(json!({"tools": [tool]}));
    let conversation = read(&body);
    let ToolKind::Custom { format: Some(format) } = &conversation.tools[0].kind else {
        panic!("no custom tool")
    };
    let flat = json!({"type": "grammar", "syntax": "regex", "definition": "a+"});
    assert_eq!(value(format.as_str().as_bytes()), flat);
    assert_eq!(again(&body), body);
}

#[test]
fn choices_of_tools_are_understood() {
    for (choice, expected) in [
        (json!("auto"), Some(ToolChoice::Auto)),
        (json!("none"), Some(ToolChoice::None)),
        (json!("required"), Some(ToolChoice::Required)),
        (json!("any"), Some(ToolChoice::Required)),
        (json!(null), None),
        (json!({"type": "function", "function": {"name": "f"}}), Some(ToolChoice::Tool("f".to_owned()))),
        (json!({"type": "function", "name": "f"}), Some(ToolChoice::Tool("f".to_owned()))),
        (json!({"type": "custom", "custom": {"name": "g"}}), Some(ToolChoice::Tool("g".to_owned()))),
    ] {
        assert_eq!(read(&with(json!({"tool_choice": choice}))).tool_choice, expected, "{choice}");
    }
}

#[test]
fn thinking_is_understood_in_every_form() {
    let effort = |effort| Thinking { effort: Some(effort), ..Thinking::default() };
    let on = Thinking { mode: Some(ThinkingMode::On), ..Thinking::default() };
    for (members, expected) in [
        (json!({}), None),
        (json!({"reasoning_effort": "minimal"}), Some(effort(Effort::Minimal))),
        (
            json!({"reasoning_effort": "none"}),
            Some(Thinking { mode: Some(ThinkingMode::Off), ..effort(Effort::None) }),
        ),
        // Groq's word, which is no effort: it stays as it is.
        (json!({"reasoning_effort": "default"}), None),
        (json!({"reasoning": {"effort": "high"}}), Some(effort(Effort::High))),
        (
            json!({"reasoning": {"max_tokens": 2000}}),
            Some(Thinking { budget: Some(2000), ..Thinking::default() }),
        ),
        (json!({"thinking": {"type": "enabled"}}), Some(on.clone())),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 4000}}),
            Some(Thinking { budget: Some(4000), ..on }),
        ),
    ] {
        let body = with(members);
        assert_eq!(read(&body).thinking, expected, "{body}");
        assert_eq!(again(&body), body);
    }
}

#[test]
fn wishes_find_their_place() {
    let conversation = read(&with(json!({
        "max_tokens": 10, "max_completion_tokens": 20, "n": 1, "logprobs": false, "modalities": ["text"],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}, "strict": true}},
        "user": "ada", "stop": "x", "top_k": -1, "stream_options": {"include_usage": true},
    })));
    assert_eq!(conversation.max_tokens, Some(20));
    assert_eq!(conversation.sampling.candidates, None);
    assert_eq!(conversation.sampling.logprobs, None);
    assert_eq!(conversation.sampling.stop, ["x"]);
    assert_eq!(conversation.sampling.top_k, None);
    assert_eq!(conversation.user.as_deref(), Some("ada"));
    assert_eq!(conversation.include_usage, Some(true));
    assert!(matches!(conversation.format, Some(Format::JsonSchema { strict: Some(true), .. })));
    assert!(conversation.extras.is_empty(), "{:?}", conversation.extras);
}

#[test]
fn calls_without_identifiers_get_one() {
    let conversation = read(&json!({"messages": [
        {"role": "assistant", "tool_calls": [
            {"function": {"name": "f", "arguments": {"a": 1}}},
            {"id": "", "type": "function", "function": {"name": "g", "arguments": ""}},
        ]},
    ]}));
    let calls: Vec<(&str, &str)> = conversation.turns[0]
        .pieces
        .iter()
        .map(|piece| match &piece.part {
            Part::ToolCall(call) => (call.id.as_str(), call.arguments.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(calls, [("call_0_1", r#"{"a":1}"#), ("call_0_2", "")]);
}

#[test]
fn hints_on_a_message_are_hints_on_its_end() {
    let conversation = read(&json!({"messages": [
        {"role": "system", "content": "long", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    ]}));
    assert_eq!(conversation.turns[0].role, Role::System);
    let hint = conversation.turns[0].pieces[0].cache.as_ref().unwrap();
    assert_eq!(hint.ttl.as_deref(), Some("1h"));
}
