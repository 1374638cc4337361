//! What must hold of requests that come in other dialects.
#![expect(clippy::disallowed_types, reason = "bodies are compared as values")]

use serde_json::{Value, json};

use super::*;
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::{Extras, Json};
use crate::hub::loss::{Fate, Losses};
use crate::hub::part::{Media, MediaKind, Part, Piece, Reasoning, Source, ToolCall, ToolResult};
use crate::hub::seal::{Maker, Seal};
use crate::hub::wish::{Effort, Format, Thinking, ThinkingMode, Tier, Tool, ToolChoice, ToolKind};
use crate::translate::Terms;

fn conversation(turns: Vec<Turn>) -> Conversation {
    let turns = turns.into_iter().enumerate();
    let turns = turns.map(|(index, turn)| Turn { origin: Some(index), ..turn });
    Conversation { turns: turns.collect(), ..Conversation::new(Dialect::OpenAiChat) }
}

fn user(text: &str) -> Turn {
    Turn::of(Role::User, vec![Piece::text(text)])
}

fn model(pieces: Vec<Piece>) -> Turn {
    Turn::of(Role::Assistant, pieces)
}

fn call(id: &str, name: &str, arguments: &str) -> Piece {
    let (id, name, arguments) = (id.to_owned(), name.to_owned(), arguments.to_owned());
    Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None }))
}

fn sealed(piece: Piece, text: &str) -> Piece {
    let Part::ToolCall(call) = piece.part else { panic!("only calls have seals") };
    Piece::of(Part::ToolCall(ToolCall { seal: Some(Seal::new(Maker::Google, text)), ..call }))
}

fn result(call: &str, pieces: Vec<Piece>) -> Turn {
    let (call, is_error) = (call.to_owned(), None);
    let result = ToolResult { call, name: None, pieces, is_error, custom: false };
    Turn::of(Role::Tool, vec![Piece::of(Part::ToolResult(result))])
}

fn failed(call: &str, text: &str) -> Turn {
    let mut turn = result(call, vec![Piece::text(text)]);
    if let Part::ToolResult(result) = &mut turn.pieces[0].part {
        result.is_error = Some(true);
    }
    turn
}

fn thoughts(text: &str, seal: Option<Seal>) -> Piece {
    let paragraphs = if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    Piece::of(Part::Reasoning(Reasoning { paragraphs, seal, ..Reasoning::default() }))
}

fn image(source: Source) -> Piece {
    let media_type = matches!(source, Source::Base64(_)).then(|| "image/png".to_owned());
    let kind = MediaKind::Image;
    Piece::of(Part::Media(Media { kind, source, media_type, name: None, detail: None }))
}

fn function(name: &str, strict: Option<bool>) -> Tool {
    let schema = Json::read(r#"{"type":"object","properties":{}}"#);
    let (name, kind) = (name.to_owned(), ToolKind::Function { schema });
    Tool { name, description: None, kind, strict, cache: None, extras: Extras::default() }
}

fn written(conversation: &Conversation) -> (Value, Vec<String>) {
    let mut losses = Losses::default();
    let terms = Terms {
        model: "m",
        max_tokens: 1,
        chat: crate::quirks::Chat::USUAL,
        thinking: crate::quirks::ThinkingForm::Usual,
        family: crate::quirks::Family::Claude,
    };
    let body = encode(conversation, terms, &mut losses).unwrap();
    let told = losses.iter().map(|loss| {
        let mark = if loss.fate == Fate::Changed { "~" } else { "" };
        format!("{mark}{}", loss.path)
    });
    (serde_json::from_slice(&body).unwrap(), told.collect())
}

/// Checks the contents that turns become, and what is lost of them.
fn check(turns: Vec<Turn>, contents: &Value, losses: &[&str]) {
    let (body, told) = written(&conversation(turns));
    assert_eq!(body["contents"], *contents);
    assert_eq!(told, losses);
}

#[test]
fn neighbours_of_one_role_are_one_content() {
    check(
        vec![user("a"), user("b"), model(vec![Piece::text("c")]), model(vec![Piece::text("d")]), user("e")],
        &json!([
            {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
            {"role": "model", "parts": [{"text": "c"}, {"text": "d"}]},
            {"role": "user", "parts": [{"text": "e"}]},
        ]),
        &[],
    );
}

#[test]
fn turns_that_say_nothing_leave_no_gap() {
    check(
        vec![user("a"), model(vec![Piece::text("")]), user("b")],
        &json!([{"role": "user", "parts": [{"text": "a"}, {"text": "b"}]}]),
        &[],
    );
}

#[test]
fn the_first_turn_is_the_users() {
    check(
        vec![model(vec![Piece::text("hello")]), user("hi")],
        &json!([
            {"role": "user", "parts": [{"text": "."}]},
            {"role": "model", "parts": [{"text": "hello"}]},
            {"role": "user", "parts": [{"text": "hi"}]},
        ]),
        &["~messages[0]"],
    );
}

#[test]
fn what_the_system_says_first_is_the_instruction() {
    let system = |text| Turn::of(Role::Developer, vec![Piece::text(text)]);
    let (body, losses) =
        written(&conversation(vec![system("one"), system("two"), user("a"), system("three")]));
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "one"}, {"text": "two"}]}));
    assert_eq!(body["contents"], json!([{"role": "user", "parts": [{"text": "a"}, {"text": "three"}]}]));
    assert_eq!(losses, ["~messages[3]"]);
    let (body, losses) = written(&conversation(vec![system("alone")]));
    assert_eq!(body, json!({"contents": [{"role": "user", "parts": [{"text": "alone"}]}]}));
    assert_eq!(losses, ["~messages[0]"]);
}

#[test]
fn nothing_said_is_refused() {
    let terms = Terms {
        model: "m",
        max_tokens: 1,
        chat: crate::quirks::Chat::USUAL,
        thinking: crate::quirks::ThinkingForm::Usual,
        family: crate::quirks::Family::Claude,
    };
    let refused = encode(&conversation(vec![user("")]), terms, &mut Losses::default());
    assert!(refused.unwrap_err().reason.contains("at least one message"));
}

#[test]
fn results_stand_behind_their_calls_one_for_each() {
    check(
        vec![
            user("go"),
            model(vec![call("1", "f", r#"{"a": 1}"#), call("2", "g", "")]),
            user("hurry"),
            failed("2", "broken"),
            result("1", vec![Piece::text("x"), Piece::text("y")]),
        ],
        &json!([
            {"role": "user", "parts": [{"text": "go"}]},
            {"role": "model", "parts": [
                {"functionCall": {"id": "1", "name": "f", "args": {"a": 1}}, "thoughtSignature": "skip_thought_signature_validator"},
                {"functionCall": {"id": "2", "name": "g", "args": {}}},
            ]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "1", "name": "f", "response": {"output": "x\ny"}}},
                {"functionResponse": {"id": "2", "name": "g", "response": {"error": "broken"}}},
                {"text": "hurry"},
            ]},
        ]),
        &[],
    );
}

#[test]
fn objects_are_results_as_they_are() {
    for (text, is_error, expected) in [
        (r#"{"sky":"clear"}"#, false, json!({"sky": "clear"})),
        (r#"{"code":1}"#, true, json!({"error": {"code": 1}})),
        ("[1,2]", false, json!({"output": "[1,2]"})),
        ("{not json}", false, json!({"output": "{not json}"})),
        ("", false, json!({"output": ""})),
    ] {
        let answer = if is_error { failed("1", text) } else { result("1", vec![Piece::text(text)]) };
        let (body, _) = written(&conversation(vec![user("go"), model(vec![call("1", "f", "{}")]), answer]));
        assert_eq!(body["contents"][2]["parts"][0]["functionResponse"]["response"], expected, "{text}");
    }
}

#[test]
fn calls_without_result_get_one() {
    check(
        vec![
            user("go"),
            model(vec![call("1", "f", "{}")]),
            user("never mind"),
            model(vec![call("2", "g", "{}")]),
        ],
        &json!([
            {"role": "user", "parts": [{"text": "go"}]},
            {"role": "model", "parts": [{
                "functionCall": {"id": "1", "name": "f", "args": {}},
                "thoughtSignature": "skip_thought_signature_validator",
            }]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "1", "name": "f", "response": {"error": "no result: the call was not carried out"}}},
                {"text": "never mind"},
            ]},
            {"role": "model", "parts": [{
                "functionCall": {"id": "2", "name": "g", "args": {}},
                "thoughtSignature": "skip_thought_signature_validator",
            }]},
        ]),
        &["~messages[1].tool_calls[0]"],
    );
}

#[test]
fn pictures_in_results_stand_behind_all_results() {
    let shown = vec![Piece::text("done"), image(Source::Base64("aGk=".to_owned()))];
    let turns = vec![
        user("go"),
        model(vec![sealed(call("1", "f", "{}"), "s1"), call("2", "f", "{}")]),
        result("1", shown),
        result("2", vec![]),
    ];
    let (body, losses) = written(&conversation(turns));
    assert_eq!(
        body["contents"][2]["parts"],
        json!([
            {"functionResponse": {"id": "1", "name": "f", "response": {"output": "done"}}},
            {"functionResponse": {"id": "2", "name": "f", "response": {"output": ""}}},
            {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
        ])
    );
    assert_eq!(losses, ["~messages[2].content[1]"]);
}

#[test]
fn signatures_go_back_to_their_calls_and_unknown_ones_are_named_so_since_the_user_spoke() {
    let turns = vec![
        user("one"),
        model(vec![call("1", "f", "{}")]),
        result("1", vec![]),
        model(vec![Piece::text("done")]),
        user("two"),
        model(vec![sealed(call("2", "f", "{}"), "s2"), call("3", "f", "{}")]),
        result("2", vec![]),
        result("3", vec![]),
        model(vec![call("4", "f", "{}"), call("5", "f", "{}")]),
        result("4", vec![]),
        result("5", vec![]),
    ];
    let (body, losses) = written(&conversation(turns));
    let parts =
        body["contents"].as_array().unwrap().iter().flat_map(|content| content["parts"].as_array().unwrap());
    let calls = parts.filter(|part| part.get("functionCall").is_some());
    let signatures: Vec<_> = calls.map(|part| part["thoughtSignature"].as_str()).collect();
    assert_eq!(signatures, [None, Some("s2"), None, Some("skip_thought_signature_validator"), None]);
    assert!(losses.is_empty());
}

#[test]
fn thoughts_of_others_are_left_out_whole() {
    let seal = |maker| Some(Seal::new(maker, "s"));
    check(
        vec![
            user("a"),
            model(vec![
                thoughts("claude's", seal(Maker::Anthropic)),
                thoughts("", seal(Maker::OpenAi)),
                thoughts("nobody's", None),
                thoughts("gemini's", seal(Maker::Google)),
                Piece::text("b"),
                thoughts("", seal(Maker::Google)),
            ]),
            user("c"),
        ],
        &json!([
            {"role": "user", "parts": [{"text": "a"}]},
            {"role": "model", "parts": [
                {"text": "nobody's", "thought": true},
                {"text": "gemini's", "thought": true, "thoughtSignature": "s"},
                {"text": "b", "thoughtSignature": "s"},
            ]},
            {"role": "user", "parts": [{"text": "c"}]},
        ]),
        &["messages[1].content[0]", "messages[1].content[1]"],
    );
}

#[test]
fn thoughts_that_a_stream_told_in_parts_are_one_where_another_maker_sealed_them() {
    let seal = |maker| Seal::new(maker, "Eq+8/w==");
    let sign = |maker| crate::gemini::proof::written(&seal(maker), false).into_owned();
    let told = |seal: String| {
        let parts = json!([
            {"text": "Pa", "thought": true},
            {"text": "ris", "thought": true},
            {"text": "\n\nit is.", "thought": true},
            {"text": "", "thought": true, "thoughtSignature": seal},
            {"text": "Well.", "thought": true},
            {"text": "So."},
        ]);
        let body = json!({"contents": [{"role": "model", "parts": parts}]}).to_string();
        let pieces = decode(body.as_bytes()).unwrap().turns.remove(0).pieces;
        let thoughts = pieces.into_iter().filter_map(|piece| match piece.part {
            Part::Reasoning(reasoning) => Some((reasoning.paragraphs.concat(), reasoning.seal)),
            _ => None,
        });
        thoughts.collect::<Vec<_>>()
    };
    let whole = |maker| vec![("Paris\n\nit is.".to_owned(), Some(seal(maker))), ("Well.".to_owned(), None)];
    assert_eq!(told(sign(Maker::Anthropic)), whole(Maker::Anthropic));
    assert_eq!(told(sign(Maker::OpenAi)), whole(Maker::OpenAi));
    let own: Vec<_> = told(sign(Maker::Google)).into_iter().map(|(said, _)| said).collect();
    assert_eq!(own, ["Pa", "ris", "\n\nit is.", "", "Well."], "Google's own stay as they came");
}

#[test]
fn arguments_that_are_no_object_are_put_into_one() {
    let mut custom = call("1", "patch", "*** Begin");
    if let Part::ToolCall(call) = &mut custom.part {
        call.custom = true;
    }
    let (body, losses) = written(&conversation(vec![user("a"), model(vec![custom, call("2", "f", "[1]")])]));
    let args = |index: usize| body["contents"][1]["parts"][index]["functionCall"]["args"].clone();
    assert_eq!((args(0), args(1)), (json!({"input": "*** Begin"}), json!({"arguments": "[1]"})));
    assert_eq!(losses, ["~messages[1].tool_calls[1].arguments"]);
}

#[test]
fn media_are_told_with_their_type() {
    let document = |source, name: Option<&str>| {
        let (kind, name) = (MediaKind::Document, name.map(str::to_owned));
        Piece::of(Part::Media(Media { kind, source, media_type: None, name, detail: None }))
    };
    check(
        vec![Turn::of(
            Role::User,
            vec![
                image(Source::Url("https://x.example/a.PNG?size=1".to_owned())),
                image(Source::Url("https://x.example/a".to_owned())),
                document(Source::Text("hi".to_owned()), Some("note")),
                document(Source::File("file-1".to_owned()), None),
            ],
        )],
        &json!([{"role": "user", "parts": [
            {"fileData": {"mimeType": "image/png", "fileUri": "https://x.example/a.PNG?size=1"}},
            {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://x.example/a"}},
            {"inlineData": {"mimeType": "text/plain", "data": "aGk="}},
        ]}]),
        &["messages[0].content[2].name", "messages[0].content[3]"],
    );
}

#[test]
fn wishes_are_told_within_geminis_ranges() {
    let mut asked = conversation(vec![user("a")]);
    asked.max_tokens = Some(9);
    asked.sampling.temperature = Some(2.5);
    asked.sampling.seed = Some(i64::MAX);
    asked.sampling.stop = (0..7).map(|number| number.to_string()).collect();
    asked.sampling.logprobs = Some(crate::hub::wish::Logprobs { top: Some(30) });
    asked.format = Some(Format::JsonObject);
    asked.tier = Some(Tier::Flex);
    asked.verbosity = Some("low".to_owned());
    asked.store = Some(true);
    asked.metadata = Json::read(r#"{"a":"b"}"#);
    let (body, losses) = written(&asked);
    let seed = body["generationConfig"]["seed"].as_i64().unwrap();
    assert_eq!(
        body["generationConfig"],
        json!({
            "temperature": 2, "maxOutputTokens": 9, "seed": seed, "stopSequences": ["0", "1", "2", "3", "4"],
            "responseLogprobs": true, "logprobs": 20, "responseMimeType": "application/json",
        })
    );
    assert!(i32::try_from(seed).is_ok());
    assert_eq!(body["serviceTier"], "flex");
    let expected = ["~temperature", "~seed", "~stop", "~top_logprobs", "metadata", "verbosity", "store"];
    assert_eq!(losses, expected);
}

#[test]
fn thinking_is_told_as_a_number_of_tokens() {
    let thinking = |mode, effort, budget, show: Option<&str>| {
        Some(Thinking { mode, effort, budget, show: show.map(str::to_owned) })
    };
    for (wished, expected, losses) in [
        (thinking(Some(ThinkingMode::Off), None, None, None), json!({"thinkingBudget": 0}), vec![]),
        (
            thinking(Some(ThinkingMode::On), None, Some(2000), None),
            json!({"thinkingBudget": 2000, "includeThoughts": true}),
            vec![],
        ),
        (
            thinking(Some(ThinkingMode::On), None, Some(60_000), Some("omitted")),
            json!({"thinkingBudget": 24_576, "includeThoughts": false}),
            vec!["~reasoning_effort"],
        ),
        (
            thinking(Some(ThinkingMode::Adaptive), None, None, None),
            json!({"thinkingBudget": -1, "includeThoughts": true}),
            vec![],
        ),
        (thinking(None, Some(Effort::Medium), None, None), json!({"thinkingBudget": 8192}), vec![]),
        (thinking(None, Some(Effort::Max), None, None), json!({"thinkingBudget": 24_576}), vec![]),
        (thinking(None, Some(Effort::None), None, None), json!({"thinkingBudget": 0}), vec![]),
        (thinking(None, None, None, Some("auto")), json!({"includeThoughts": true}), vec![]),
    ] {
        let mut asked = conversation(vec![user("a")]);
        asked.thinking.clone_from(&wished);
        let (body, told) = written(&asked);
        assert_eq!(body["generationConfig"]["thinkingConfig"], expected, "{wished:?}");
        assert_eq!(told, losses, "{wished:?}");
    }
}

#[test]
fn tools_are_told_as_functions_and_others_are_lost() {
    let mut asked = conversation(vec![user("a")]);
    let custom = Tool { kind: ToolKind::Custom { format: None }, ..function("patch", None) };
    let json = Json::read(r#"{"type":"web_search"}"#).unwrap();
    let kind = ToolKind::BuiltIn { dialect: Dialect::OpenAiResponses, kind: "web_search".to_owned(), json };
    let search = Tool { kind, ..function("", None) };
    asked.tools = vec![function("f", None), custom, search, function("g", None)];
    asked.parallel_tools = Some(false);
    let (mut body, losses) = written(&asked);
    let patch = body["tools"][0]["functionDeclarations"].as_array_mut().unwrap().remove(1);
    assert_eq!(patch["name"], "patch");
    assert_eq!(patch["parametersJsonSchema"]["required"], json!(["input"]));
    let schema = json!({"type": "object", "properties": {}});
    assert_eq!(
        body["tools"],
        json!([{"functionDeclarations": [
            {"name": "f", "parametersJsonSchema": schema}, {"name": "g", "parametersJsonSchema": schema},
        ]}])
    );
    assert_eq!(losses, ["~tools[1]", "tools[2]", "parallel_tool_calls"]);
}

#[test]
fn choices_of_tools_are_told_in_geminis_words() {
    let allowed = r#"{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}"#;
    let hosted = r#"{"type":"web_search"}"#;
    let opaque = |text| Some(ToolChoice::Opaque(Dialect::OpenAiResponses, Json::read(text).unwrap()));
    for (choice, strict, expected, losses) in [
        (None, None, Value::Null, vec![]),
        (None, Some(true), json!({"mode": "VALIDATED"}), vec![]),
        (Some(ToolChoice::Auto), None, json!({"mode": "AUTO"}), vec![]),
        (Some(ToolChoice::None), None, json!({"mode": "NONE"}), vec![]),
        (Some(ToolChoice::Required), Some(true), json!({"mode": "ANY"}), vec![]),
        (
            Some(ToolChoice::Tool("f".to_owned())),
            None,
            json!({"mode": "ANY", "allowedFunctionNames": ["f"]}),
            vec![],
        ),
        (opaque(allowed), None, json!({"mode": "VALIDATED", "allowedFunctionNames": ["f"]}), vec![]),
        (opaque(hosted), None, Value::Null, vec!["tool_choice"]),
    ] {
        let mut asked = conversation(vec![user("a")]);
        asked.tools = vec![function("f", strict)];
        asked.tool_choice.clone_from(&choice);
        let (body, told) = written(&asked);
        assert_eq!(body["toolConfig"]["functionCallingConfig"], expected, "{choice:?}");
        assert_eq!(told, losses, "{choice:?}");
    }
}

#[test]
fn calls_without_ids_are_told_apart_and_answered_in_order() {
    let body = r#"{"contents":[{"role":"user","parts":["hi"]},
        {"role":"model","parts":[{"function_call":{"name":"f","args":{}}},{"functionCall":{"name":"g"}},{"functionCall":{"name":"f","args":{}}}]},
        {"parts":[{"functionResponse":{"name":"f","response":{"output":"1"}}},{"function_response":{"name":"f","response":{}}},{"functionResponse":{"name":"g"}}]}]}"#;
    let read = decode(body.as_bytes()).unwrap();
    let ids = read.turns.iter().flat_map(|turn| &turn.pieces).filter_map(|piece| match &piece.part {
        Part::ToolCall(call) => Some(call.id.as_str()),
        Part::ToolResult(result) => Some(result.call.as_str()),
        _ => None,
    });
    let ids: Vec<_> = ids.collect();
    assert_eq!(ids[3..], [ids[0], ids[2], ids[1]]);
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    assert_eq!(decode(body.as_bytes()).unwrap(), read);
}

#[test]
fn system_instructions_come_in_three_forms() {
    for form in [r#""be brief""#, r#"{"parts":[{"text":"be brief"}]}"#, r#"[{"text":"be brief"}]"#] {
        for name in ["systemInstruction", "system_instruction"] {
            let body =
                format!(r#"{{"{name}":{form},"contents":[{{"role":"user","parts":[{{"text":"a"}}]}}]}}"#);
            let read = decode(body.as_bytes()).unwrap();
            assert_eq!(read.turns[0], Turn::of(Role::System, vec![Piece::text("be brief")]), "{body}");
        }
    }
}

#[test]
fn mistakes_are_named() {
    for (body, expected) in [
        ("{", "the body is not valid json"),
        ("[]", "the body must be an object"),
        ("{}", "`contents` is required"),
        (r#"{"contents":[]}"#, "`contents` must be an array of at least one content"),
        (r#"{"contents":"hi"}"#, "`contents` must be an array"),
        (r#"{"contents":[{"role":"assistant"}]}"#, "`contents[0].role` must be `user` or `model`"),
        (r#"{"contents":[{"parts":[3]}]}"#, "`contents[0].parts[0]` must be an object"),
        (
            r#"{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":[]}}]}]}"#,
            "`contents[0].parts[0].functionCall.args` must be an object",
        ),
        (
            r#"{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png"}}]}]}"#,
            "`contents[0].parts[0].inlineData.data` is required",
        ),
        (
            r#"{"contents":[{"parts":["a"]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":"x"}}}"#,
            "`generationConfig.thinkingConfig.thinkingBudget` must be an integer",
        ),
        (
            r#"{"contents":[{"parts":["a"]}],"tools":[{"functionDeclarations":[{}]}]}"#,
            "`tools[0].functionDeclarations[0].name` is required",
        ),
    ] {
        assert_eq!(decode(body.as_bytes()).unwrap_err().to_string(), expected);
    }
    let orphan = r#"{"contents":[{"parts":[{"functionResponse":{"name":"f","response":{}}}]}]}"#;
    assert!(decode(orphan.as_bytes()).unwrap_err().to_string().starts_with("`contents[0]` holds the result"));
}

#[test]
fn questions_of_size_hold_all_that_counts() {
    let mut asked = conversation(vec![Turn::of(Role::System, vec![Piece::text("s")]), user("a")]);
    asked.tools = vec![function("f", None)];
    asked.max_tokens = Some(1);
    let body = crate::gemini::count::encode(&asked, "gemini-9").unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let whole = &body["generateContentRequest"];
    assert_eq!(whole["model"], "models/gemini-9");
    let keys: Vec<_> = whole.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["contents", "model", "systemInstruction", "tools"]);
    for body in [
        r#"{"contents":[{"parts":["a"]}]}"#,
        r#"{"generate_content_request":{"model":"models/m","contents":[{"parts":["a"]}]}}"#,
    ] {
        assert_eq!(crate::gemini::count::decode(body.as_bytes()).unwrap().turns.len(), 1);
    }
    assert_eq!(crate::gemini::count::read_answer(br#"{"totalTokens":31}"#).unwrap(), 31);
    assert_eq!(crate::gemini::count::write_answer(31), br#"{"totalTokens":31}"#);
}
