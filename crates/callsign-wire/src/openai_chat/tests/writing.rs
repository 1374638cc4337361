//! Requests of other dialects' clients, written by the rules of this one.

use serde_json::{Value, json};

use super::{told, value};
use crate::dialect::Dialect;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::extras::{Extras, Json};
use crate::hub::loss::Losses;
use crate::hub::part::{
    CacheHint, Media, MediaKind, Opaque, Part, Piece, Reasoning, Source, ToolCall, ToolResult,
};
use crate::hub::seal::{Maker, Seal};
use crate::hub::wish::{Effort, Format, Thinking, ThinkingMode, Tier, Tool, ToolChoice, ToolKind};
use crate::openai_chat::request;
use crate::quirks::{self, Chat};
use crate::translate::Terms;

fn conversation(dialect: Dialect, turns: Vec<(Role, Vec<Piece>)>) -> Conversation {
    let mut conversation = Conversation::new(dialect);
    for (index, (role, pieces)) in turns.into_iter().enumerate() {
        conversation.turns.push(Turn { origin: Some(index), ..Turn::of(role, pieces) });
    }
    conversation
}

fn written(conversation: &Conversation, chat: Chat) -> (Value, Vec<String>) {
    let mut losses = Losses::default();
    let terms = Terms {
        model: "m",
        max_tokens: 1,
        chat,
        thinking: crate::quirks::ThinkingForm::Usual,
        family: crate::quirks::Family::Claude,
    };
    let body = request::encode(conversation, terms, &mut losses).unwrap();
    (value(&body), told(&losses))
}

fn text(text: &str) -> Piece {
    Piece::text(text)
}

fn call(id: &str) -> Piece {
    let (id, name, arguments) = (id.to_owned(), "f".to_owned(), r#"{"a": 1}"#.to_owned());
    Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None }))
}

fn result(id: &str, pieces: Vec<Piece>) -> Piece {
    let (call, name) = (id.to_owned(), None);
    Piece::of(Part::ToolResult(ToolResult { call, name, pieces, is_error: None, custom: false }))
}

fn image() -> Piece {
    let (source, media_type) = (Source::Base64("iVBORw==".to_owned()), Some("image/png".to_owned()));
    Piece::of(Part::Media(Media { kind: MediaKind::Image, source, media_type, name: None, detail: None }))
}

fn thought(text: &str, seal: Option<Seal>) -> Piece {
    let paragraphs = vec![text.to_owned()];
    Piece::of(Part::Reasoning(Reasoning { paragraphs, seal, ..Reasoning::default() }))
}

fn written_call(id: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}})
}

#[test]
fn results_stand_behind_their_calls_and_their_pictures_behind_them() {
    let conversation = conversation(
        Dialect::Anthropic,
        vec![
            (Role::User, vec![text("go")]),
            (Role::Assistant, vec![text("I look."), call("a"), call("b")]),
            (
                Role::User,
                vec![result("b", vec![image()]), result("a", vec![text("x"), text("y")]), text("and?")],
            ),
        ],
    );
    let (body, losses) = written(&conversation, Chat::USUAL);
    let expected = json!([
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": "I look.", "tool_calls": [written_call("a"), written_call("b")]},
        {"role": "tool", "tool_call_id": "b", "content": "The result is attached to the user's next message."},
        {"role": "tool", "tool_call_id": "a", "content": "x\n\ny"},
        {"role": "user", "content": [
            {"type": "text", "text": "Attached to the result of the tool call b:"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
            {"type": "text", "text": "and?"},
        ]},
    ]);
    assert_eq!(body["messages"], expected);
    assert_eq!(losses, ["messages[2].content[0].content[0]~"]);
}

#[test]
fn pictures_of_the_last_results_get_a_message_of_their_own() {
    let turns = vec![
        (Role::Assistant, vec![call("a")]),
        (Role::Tool, vec![result("a", vec![text("see"), image()])]),
        (Role::Assistant, vec![text("I see.")]),
    ];
    let (body, _) = written(&conversation(Dialect::OpenAiResponses, turns), Chat::USUAL);
    let roles: Vec<&str> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["assistant", "tool", "user", "assistant"]);
}

#[test]
fn items_of_one_answer_are_one_message_and_late_results_move_up() {
    let turns = vec![
        (Role::Developer, vec![text("one")]),
        (Role::System, vec![text("two")]),
        (Role::User, vec![text("go")]),
        (Role::Assistant, vec![text("so")]),
        (Role::Assistant, vec![call("a")]),
        (Role::Assistant, vec![call("b")]),
        (Role::Tool, vec![result("a", vec![text("1")])]),
        (Role::User, vec![text("hurry")]),
        (Role::Tool, vec![result("b", vec![text("2")])]),
    ];
    let (body, losses) = written(&conversation(Dialect::OpenAiResponses, turns), Chat::USUAL);
    let expected = json!([
        {"role": "system", "content": "one\n\ntwo"},
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": "so", "tool_calls": [written_call("a"), written_call("b")]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": "2"},
        {"role": "user", "content": "hurry"},
    ]);
    assert_eq!(body["messages"], expected);
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn failed_results_say_so_in_words() {
    let mut failed = result("a", vec![text("exit code 3")]);
    let Part::ToolResult(inside) = &mut failed.part else { panic!("no result") };
    inside.is_error = Some(true);
    let turns = vec![(Role::Assistant, vec![call("a")]), (Role::User, vec![failed])];
    let (body, losses) = written(&conversation(Dialect::Anthropic, turns), Chat::USUAL);
    assert_eq!(body["messages"][1]["content"], "Error: exit code 3");
    assert_eq!(losses, ["messages[1].content[0].is_error~"]);
}

#[test]
fn thoughts_go_back_as_the_server_wants_them() {
    let seal = |maker| Some(Seal::new(maker, "s1"));
    let sealed = || thought("mine", seal(Maker::Anthropic));
    let open = || thought("open", None);
    let entry = |text: &str| json!({"type": "reasoning.text", "text": text, "index": 0});
    for (chat, thoughts, member, expected, losses) in [
        (Chat::USUAL, open(), "reasoning_content", Value::Null, vec!["messages[0].content[0]"]),
        (Chat::THINKING, open(), "reasoning_content", json!("open"), vec![]),
        (Chat::THINKING, sealed(), "reasoning_content", Value::Null, vec!["messages[0].content[0]"]),
        (Chat::OPENROUTER, open(), "reasoning_details", json!([entry("open")]), vec![]),
        (
            Chat::OPENROUTER,
            sealed(),
            "reasoning_details",
            json!([{"type": "reasoning.text", "text": "mine", "signature": "s1", "format": "anthropic-claude-v1",
                "index": 0}]),
            vec![],
        ),
    ] {
        let turns = vec![(Role::Assistant, vec![thoughts, text("so")]), (Role::User, vec![text("why?")])];
        let (body, found) = written(&conversation(Dialect::Anthropic, turns), chat);
        assert_eq!(body["messages"][0][member], expected, "{chat:?}");
        assert_eq!(found, losses, "{chat:?}");
    }
}

#[test]
fn seals_of_gemini_go_to_google_alone() {
    let mut sealed = call("a");
    let Part::ToolCall(inside) = &mut sealed.part else { panic!("no call") };
    inside.seal = Some(Seal::new(Maker::Google, "CrIC"));
    let proof = Reasoning { seal: Some(Seal::new(Maker::Google, "EgQB")), ..Reasoning::default() };
    let said = vec![text("so"), Piece::of(Part::Reasoning(proof)), sealed];
    let conversation = conversation(Dialect::Gemini, vec![(Role::Assistant, said)]);
    let (body, losses) = written(&conversation, Chat::GOOGLE);
    assert_eq!(body["messages"][0]["extra_content"], json!({"google": {"thought_signature": "EgQB"}}));
    let extra = &body["messages"][0]["tool_calls"][0]["extra_content"];
    assert_eq!(extra["google"]["thought_signature"], "CrIC");
    assert!(losses.is_empty(), "{losses:?}");
    let (body, losses) = written(&conversation, Chat::USUAL);
    assert_eq!(body["messages"][0]["tool_calls"], json!([written_call("a")]));
    assert_eq!(losses, ["contents[0].parts[1]", "contents[0].parts[2].thoughtSignature"]);
}

#[test]
fn identifiers_of_calls_fit_and_stay_pairs() {
    let long = "toolu_vrtx_01AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
    for (chat, id, kept) in [
        (Chat::USUAL, "call_1", true),
        (Chat::USUAL, long, false),
        (Chat::MISTRAL, "AbC123xyz", true),
        (Chat::MISTRAL, "call_1", false),
    ] {
        let turns = vec![(Role::Assistant, vec![call(id)]), (Role::User, vec![result(id, vec![text("x")])])];
        let (body, _) = written(&conversation(Dialect::Anthropic, turns), chat);
        let called = body["messages"][0]["tool_calls"][0]["id"].as_str().unwrap();
        assert_eq!(body["messages"][1]["tool_call_id"], called);
        assert_eq!(called == id, kept, "{called}");
        assert!(called.len() <= 40, "{called}");
        if chat == Chat::MISTRAL {
            assert_eq!(called.len(), 9, "{called}");
        }
    }
}

#[test]
fn what_the_system_says_late_becomes_the_users_where_it_must() {
    let turns = vec![
        (Role::System, vec![text("first")]),
        (Role::User, vec![text("hi")]),
        (Role::System, vec![text("late")]),
    ];
    let conversation = conversation(Dialect::Anthropic, turns);
    let (body, losses) = written(&conversation, Chat::USUAL);
    assert_eq!(body["messages"][2], json!({"role": "system", "content": "late"}));
    assert!(losses.is_empty());
    let (body, losses) = written(&conversation, Chat { system: quirks::System::First, ..Chat::USUAL });
    assert_eq!(body["messages"][2], json!({"role": "user", "content": "late"}));
    assert_eq!(losses, ["messages[2]~"]);
}

#[test]
fn limits_and_wishes_go_by_the_servers_names() {
    let mut conversation = conversation(Dialect::OpenAiResponses, vec![(Role::User, vec![text("hi")])]);
    conversation.max_tokens = Some(9);
    conversation.stream = true;
    conversation.user = Some("ada".to_owned());
    conversation.cache_key = Some("k".to_owned());
    conversation.verbosity = Some("low".to_owned());
    conversation.tier = Some(Tier::Flex);
    conversation.extras = Extras::of([("prompt_cache_retention".to_owned(), Json::read("\"24h\"").unwrap())]);
    let messages = json!([{"role": "user", "content": "hi"}]);
    let usage = json!({"include_usage": true});
    for (chat, expected, losses) in [
        (
            Chat::OPENAI,
            json!({"model": "m", "messages": messages, "max_completion_tokens": 9, "user": "ada",
                "verbosity": "low", "service_tier": "flex", "prompt_cache_key": "k", "stream": true,
                "stream_options": usage, "prompt_cache_retention": "24h"}),
            vec![],
        ),
        (
            Chat::USUAL,
            json!({"model": "m", "messages": messages, "max_tokens": 9, "user": "ada", "stream": true,
                "stream_options": usage}),
            vec!["text.verbosity", "service_tier", "prompt_cache_retention"],
        ),
        (
            Chat::MISTRAL,
            json!({"model": "m", "messages": messages, "max_tokens": 9, "stream": true}),
            vec!["text.verbosity", "service_tier", "prompt_cache_retention"],
        ),
    ] {
        assert_eq!(written(&conversation, chat), (expected, losses.into_iter().map(str::to_owned).collect()));
    }
}

#[test]
fn numbers_move_into_range_and_stops_are_four() {
    let mut conversation = conversation(Dialect::Gemini, vec![(Role::User, vec![text("hi")])]);
    conversation.sampling.temperature = Some(2.5);
    conversation.sampling.top_p = Some(0.5);
    conversation.sampling.top_k = Some(40);
    conversation.sampling.presence_penalty = Some(-3.0);
    conversation.sampling.stop = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
    let (body, losses) = written(&conversation, Chat::USUAL);
    assert_eq!(body["temperature"], 2.0);
    assert_eq!(body["top_p"], 0.5);
    assert_eq!(body["presence_penalty"], -2.0);
    assert_eq!(body["stop"], json!(["a", "b", "c", "d"]));
    let expected = [
        "generationConfig.temperature~",
        "generationConfig.presencePenalty~",
        "generationConfig.topK",
        "generationConfig.stopSequences~",
    ];
    assert_eq!(losses, expected);
}

#[test]
fn thinking_becomes_an_effort() {
    let thinking = |mode, effort, budget| Some(Thinking { mode, effort, budget, show: None });
    for (wish, expected) in [
        (None, Value::Null),
        (thinking(Some(ThinkingMode::Adaptive), Some(Effort::High), None), json!("high")),
        (thinking(Some(ThinkingMode::On), None, Some(1024)), json!("low")),
        (thinking(Some(ThinkingMode::On), None, Some(31_999)), json!("high")),
        (thinking(Some(ThinkingMode::Off), Some(Effort::None), None), json!("none")),
        (thinking(Some(ThinkingMode::Off), None, None), Value::Null),
        (thinking(Some(ThinkingMode::Adaptive), None, None), Value::Null),
    ] {
        let mut conversation = conversation(Dialect::Anthropic, vec![(Role::User, vec![text("hi")])]);
        conversation.thinking = wish.clone();
        let (body, losses) = written(&conversation, Chat::USUAL);
        assert_eq!(body["reasoning_effort"], expected, "{wish:?}");
        let budget = wish.as_ref().is_some_and(|wish| wish.budget.is_some());
        assert_eq!(losses, if budget { vec!["thinking~"] } else { vec![] }, "{wish:?}");
        let (body, losses) = written(&conversation, Chat { effort: quirks::Effort::Untold, ..Chat::USUAL });
        assert_eq!(body["reasoning_effort"], Value::Null);
        assert_eq!(losses.is_empty(), expected.is_null(), "{wish:?}");
    }
}

#[test]
fn schemas_are_whole_enough_for_every_server() {
    for (schema, expected) in [
        (None, json!({"type": "object", "properties": {}})),
        (Some(r#"{"type":"object"}"#), json!({"type": "object", "properties": {}})),
        (Some(r#"{"$schema":"x"}"#), json!({"$schema": "x", "type": "object", "properties": {}})),
        (Some(r#"{"anyOf":[{"type":"object"}]}"#), json!({"anyOf": [{"type": "object"}]})),
        (
            Some(r#"{"type":"object","properties":{"a":{}}}"#),
            json!({"type": "object", "properties": {"a": {}}}),
        ),
    ] {
        let mut conversation = conversation(Dialect::Anthropic, vec![(Role::User, vec![text("hi")])]);
        let kind = ToolKind::Function { schema: schema.and_then(Json::read) };
        conversation.tools = vec![tool("f", kind)];
        let (body, _) = written(&conversation, Chat::USUAL);
        assert_eq!(body["tools"][0]["function"]["parameters"], expected, "{schema:?}");
    }
}

fn tool(name: &str, kind: ToolKind) -> Tool {
    let (name, extras) = (name.to_owned(), Extras::default());
    Tool { name, description: None, kind, strict: None, cache: None, extras }
}

#[test]
fn tools_of_the_responses_api_keep_what_both_have() {
    let mut conversation = conversation(Dialect::OpenAiResponses, vec![(Role::User, vec![text("hi")])]);
    let grammar = r#"{"type":"grammar","syntax":"lark","definition":"start: /a/"}"#;
    let web = r#"{"type":"web_search"}"#;
    let (dialect, kind) = (Dialect::OpenAiResponses, "web_search".to_owned());
    conversation.tools = vec![
        tool("patch", ToolKind::Custom { format: Json::read(grammar) }),
        tool("", ToolKind::BuiltIn { dialect, kind, json: Json::read(web).unwrap() }),
    ];
    let allowed = r#"{"type":"allowed_tools","mode":"required","tools":[{"type":"custom","name":"patch"}]}"#;
    conversation.tool_choice = Some(ToolChoice::Opaque(dialect, Json::read(allowed).unwrap()));
    conversation.parallel_tools = Some(false);
    let (body, losses) = written(&conversation, Chat::OPENAI);
    let format = json!({"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: /a/"}});
    assert_eq!(body["tools"], json!([{"type": "custom", "custom": {"name": "patch", "format": format}}]));
    let choice = json!({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [
        {"type": "custom", "custom": {"name": "patch"}},
    ]}});
    assert_eq!(body["tool_choice"], choice);
    assert_eq!(body["parallel_tool_calls"], false);
    assert_eq!(losses, ["tools[1]"]);
}

#[test]
fn choices_without_tools_are_not_written() {
    let mut conversation = conversation(Dialect::Anthropic, vec![(Role::User, vec![text("hi")])]);
    conversation.tool_choice = Some(ToolChoice::Auto);
    conversation.parallel_tools = Some(false);
    let (body, _) = written(&conversation, Chat::OPENAI);
    assert_eq!(body, json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}));
}

#[test]
fn json_is_spoken_of_where_it_is_asked_for() {
    for (said, expected) in [("List them.", 2), ("List them as Json.", 1)] {
        let mut conversation = conversation(Dialect::Gemini, vec![(Role::User, vec![text(said)])]);
        conversation.format = Some(Format::JsonObject);
        let (body, _) = written(&conversation, Chat::OPENAI);
        assert_eq!(body["messages"].as_array().unwrap().len(), expected, "{said}");
        assert_eq!(body["response_format"], json!({"type": "json_object"}));
    }
}

#[test]
fn long_names_of_users_are_shortened_to_the_same() {
    let long = "u".repeat(65);
    let users: Vec<String> = [long.as_str(), long.as_str(), "short"]
        .map(|user| {
            let mut conversation = conversation(Dialect::Anthropic, vec![(Role::User, vec![text("hi")])]);
            conversation.user = Some(user.to_owned());
            let (body, losses) = written(&conversation, Chat::OPENAI);
            assert!(losses.is_empty(), "{losses:?}");
            body["user"].as_str().unwrap().to_owned()
        })
        .to_vec();
    assert_eq!(users[0], users[1]);
    assert!(users[0].len() <= 64, "{}", users[0]);
    assert_eq!(users[2], "short");
}

#[test]
fn hints_go_where_they_are_understood() {
    let mut piece = text("long");
    piece.cache = Some(CacheHint { ttl: Some("1h".to_owned()) });
    let conversation = conversation(Dialect::Anthropic, vec![(Role::System, vec![text("a"), piece])]);
    let (body, losses) = written(&conversation, Chat::USUAL);
    assert_eq!(body["messages"][0]["content"], "a\n\nlong");
    assert!(losses.is_empty(), "{losses:?}");
    let (body, _) = written(&conversation, Chat::OPENROUTER);
    let expected = json!([
        {"type": "text", "text": "a"},
        {"type": "text", "text": "long", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    ]);
    assert_eq!(body["messages"][0]["content"], expected);
}

#[test]
fn documents_are_carried_as_far_as_they_can_be() {
    let document = |source, media_type: Option<&str>, name: Option<&str>| {
        let (media_type, name) = (media_type.map(str::to_owned), name.map(str::to_owned));
        Piece::of(Part::Media(Media { kind: MediaKind::Document, source, media_type, name, detail: None }))
    };
    let file = json!({"file_data": "data:text/csv;base64,YQ==", "filename": "document.csv"});
    for (piece, expected, losses) in [
        (
            document(Source::Base64("YQ==".to_owned()), Some("text/csv"), None),
            json!([{"type": "file", "file": file}, {"type": "text", "text": "?"}]),
            vec![],
        ),
        (
            document(Source::Base64("YQ==".to_owned()), Some("text/csv"), Some("Prices")),
            json!([{"type": "file", "file": {"file_data": "data:text/csv;base64,YQ==", "filename": "Prices.csv"}},
                {"type": "text", "text": "?"}]),
            vec![],
        ),
        (
            document(Source::Text("plain".to_owned()), Some("text/plain"), Some("Notes")),
            json!([{"type": "text", "text": "Notes\n\nplain"}, {"type": "text", "text": "?"}]),
            vec!["messages[0].content[0]~"],
        ),
        (
            document(Source::Url("https://example.com/a.pdf".to_owned()), None, None),
            json!([{"type": "text", "text": "?"}]),
            vec!["messages[0].content[0]"],
        ),
        (
            document(Source::File("file_011".to_owned()), None, None),
            json!([{"type": "text", "text": "?"}]),
            vec!["messages[0].content[0]"],
        ),
    ] {
        let turns = vec![(Role::User, vec![piece, text("?")])];
        let (body, found) = written(&conversation(Dialect::Anthropic, turns), Chat::OPENAI);
        assert_eq!((&body["messages"][0]["content"], found), (&expected, owned(&losses)));
    }
}

fn owned(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[test]
fn what_only_another_dialect_knows_is_named() {
    let opaque = Opaque {
        dialect: Dialect::Anthropic,
        kind: "server_tool_use".to_owned(),
        json: Json::read("{}").unwrap(),
    };
    let mut said = text("so");
    said.extras.push("mood", Json::read("\"calm\"").unwrap());
    let turns =
        vec![(Role::Assistant, vec![Piece::of(Part::Opaque(opaque)), said]), (Role::User, vec![text("?")])];
    let mut conversation = conversation(Dialect::Anthropic, turns);
    conversation.turns[0].extras.push("weight", Json::read("3").unwrap());
    conversation.extras.push("container", Json::read("\"c\"").unwrap());
    conversation.metadata = Json::read(r#"{"a":"b"}"#);
    let (body, losses) = written(&conversation, Chat::OPENAI);
    assert_eq!(body["messages"][0], json!({"role": "assistant", "content": "so"}));
    let expected = [
        "messages[0].content[1].mood",
        "messages[0].content[0]",
        "messages[0].weight",
        "metadata",
        "container",
    ];
    assert_eq!(losses, expected);
}

#[test]
fn messages_that_would_be_empty_are_left_out() {
    let turns = vec![
        (Role::User, vec![text("hi")]),
        (Role::Assistant, vec![thought("hm", None)]),
        (Role::User, vec![text("so?")]),
    ];
    let (body, losses) = written(&conversation(Dialect::Anthropic, turns), Chat::USUAL);
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": "hi"}, {"role": "user", "content": "so?"}])
    );
    assert_eq!(losses, ["messages[1].content[0]"]);
}

#[test]
fn a_conversation_without_a_word_is_refused() {
    let terms = Terms {
        model: "m",
        max_tokens: 1,
        chat: Chat::USUAL,
        thinking: crate::quirks::ThinkingForm::Usual,
        family: crate::quirks::Family::Claude,
    };
    let error = request::encode(&conversation(Dialect::Anthropic, vec![]), terms, &mut Losses::default());
    assert!(error.unwrap_err().to_string().contains("at least one message"));
}

#[test]
fn custom_tools_are_functions_where_nothing_else_is_known() {
    let (id, name, arguments) = ("c".to_owned(), "patch".to_owned(), "+a".to_owned());
    let called = Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: true, seal: None }));
    let turns = vec![(Role::Assistant, vec![called]), (Role::Tool, vec![result("c", vec![text("ok")])])];
    let mut conversation = conversation(Dialect::OpenAiResponses, turns);
    conversation.tools = vec![tool("patch", ToolKind::Custom { format: None })];
    conversation.tool_choice = Some(ToolChoice::Tool("patch".to_owned()));
    for (chat, kind, call, losses) in [
        (Chat::OPENAI, "custom", json!({"name": "patch", "input": "+a"}), vec![]),
        (
            Chat::USUAL,
            "function",
            json!({"name": "patch", "arguments": "{\"input\":\"+a\"}"}),
            vec!["tools[0]~"],
        ),
    ] {
        let (body, found) = written(&conversation, chat);
        assert_eq!(body["messages"][0]["tool_calls"][0][kind], call);
        assert_eq!(body["tools"][0]["type"], kind);
        assert_eq!(body["tool_choice"], json!({"type": kind, kind: {"name": "patch"}}));
        assert_eq!(found, losses);
    }
}

#[test]
fn beginnings_of_answers_are_no_beginnings_here() {
    for (dialect, expected) in
        [(Dialect::Anthropic, vec!["messages[1]~"]), (Dialect::OpenAiResponses, vec![])]
    {
        let turns = vec![(Role::User, vec![text("count")]), (Role::Assistant, vec![text("one, ")])];
        let (body, losses) = written(&conversation(dialect, turns), Chat::USUAL);
        assert_eq!(body["messages"][1], json!({"role": "assistant", "content": "one, "}));
        assert_eq!(losses, expected);
    }
}
