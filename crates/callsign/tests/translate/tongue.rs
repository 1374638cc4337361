//! The dialects as clients and targets speak them. Bodies come of the wire crate, whose own tests hold them against the
//! fixtures; here it matters what goes where.

use bytes::Bytes;
use callsign_testkit::client::{Answer, Call, Client};
use callsign_testkit::gateway::{Gateway, Launch};
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::{Framing, Reply};
use callsign_wire::dialect::{Dialect, Operation};
use callsign_wire::error_body::{self, ErrorBody, ErrorKind};
use callsign_wire::hub::conversation::{Conversation, Role, Turn};
use callsign_wire::hub::event::Event;
use callsign_wire::hub::fold::{Fold, unfold};
use callsign_wire::hub::loss::Losses;
use callsign_wire::hub::part::{Part, Piece, ToolCall};
use callsign_wire::hub::reply::{Choice, Finish, Reply as Said};
use callsign_wire::hub::usage::Usage;
use callsign_wire::quirks::{Chat, Family, ThinkingForm};
use callsign_wire::translate::{self, Terms, Voice};

/// The dialects of clients.
pub(crate) const CLIENTS: [Dialect; 4] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini];

/// The dialects of targets.
pub(crate) const TARGETS: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini, Dialect::Bedrock];

/// The key that every target is shown.
pub(crate) const KEY: &str = "sk-upstream-7a6b5c4d3e2f";

/// The entry of a target that speaks nothing but this.
pub(crate) fn entry(dialect: Dialect, id: &str, url: &str) -> String {
    let more = match dialect {
        Dialect::Bedrock => ", region: eu-north-1",
        Dialect::Gemini => ", project: p-1, location: global",
        _ => "",
    };
    format!("  - {{model: '{}/{id}', access_key: '{KEY}', base_url: '{url}'{more}}}\n", own(dialect))
}

/// The name of a provider that only speaks this.
pub(crate) const fn own(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAiChat => "together_ai",
        Dialect::OpenAiResponses => "chatgpt",
        Dialect::Anthropic => "anthropic",
        Dialect::Gemini => "vertex_ai",
        Dialect::Bedrock => "amazon_bedrock",
    }
}

/// A gateway with these entries and aliases (lines of YAML).
pub(crate) async fn gateway(entries: &str, aliases: &str) -> Gateway {
    let listener = "listeners: [{type: model, name: main, port: 0}]";
    let text = format!("{listener}\nmodel_providers:\n{entries}model_aliases:\n{aliases}");
    Launch::new(env!("CARGO_BIN_EXE_callsign"), text).env("CALLSIGN_LOG", "warn,access=info").start().await
}

/// What a client of `dialect` sends to ask `conversation` of `model`.
pub(crate) fn call(client: &Client, dialect: Dialect, model: &str, conversation: &Conversation) -> Call {
    let terms = Terms {
        model,
        max_tokens: 64,
        chat: Chat::default(),
        thinking: ThinkingForm::Usual,
        family: Family::Claude,
    };
    let body = translate::request(dialect, conversation, terms, &mut Losses::default()).expect("a request");
    let mut path = operation(dialect, conversation.stream).path().replace("{model}", model);
    let prefix = if dialect == Dialect::Gemini { "/v1beta" } else { "/v1" };
    if dialect == Dialect::Gemini && conversation.stream {
        path.push_str("?alt=sse");
    }
    client.post(&format!("{prefix}{path}"), body)
}

/// A question of one line.
pub(crate) fn question(text: &str, stream: bool) -> Conversation {
    let mut conversation = Conversation::new(Dialect::OpenAiChat);
    conversation.turns.push(Turn { origin: Some(0), ..Turn::of(Role::User, vec![Piece::text(text)]) });
    conversation.max_tokens = Some(64);
    conversation.stream = stream;
    conversation.include_usage = stream.then_some(true);
    conversation
}

/// An answer of one line.
pub(crate) fn line(text: &str) -> Said {
    said(vec![Piece::text(text)], Finish::Stop)
}

/// An answer that calls two tools.
pub(crate) fn calls() -> Said {
    let call = |id: &str, city: &str| {
        let (id, name, arguments) =
            (id.to_owned(), "get_weather".to_owned(), format!("{{\"city\":\"{city}\"}}"));
        Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None }))
    };
    let pieces = vec![Piece::text("Let me see."), call("call_1", "Bergen"), call("call_2", "Oslo")];
    said(pieces, Finish::ToolCalls)
}

fn said(pieces: Vec<Piece>, finish: Finish) -> Said {
    let choice = Choice { pieces, finish: Some(finish), ..Choice::default() };
    let usage = Usage { input: 11, output: 7, ..Usage::default() };
    let (id, model) = (Some("made-up-1".to_owned()), Some("the-model".to_owned()));
    Said {
        id,
        model,
        created: Some(1_760_000_000),
        choices: vec![choice],
        usage: Some(usage),
        ..Said::new(Dialect::OpenAiChat)
    }
}

/// The reply of a target that says this, in the way it was asked.
pub(crate) fn reply(dialect: Dialect, said: &Said, stream: bool) -> Reply {
    if !stream {
        let body = translate::answer(dialect, said, &voice(), &mut Losses::default());
        return Reply::json(200, body);
    }
    events(dialect, unfold(said.clone()))
}

/// The stream of a target that says these events, each in a piece of its own.
pub(crate) fn events(dialect: Dialect, events: Vec<Event>) -> Reply {
    let mut speaker = translate::speaker(dialect, voice());
    let start = Reply::body(200, content_type(dialect), "").framed(Framing::Chunked);
    events.into_iter().fold(start, |reply, event| {
        let mut out = Vec::new();
        speaker.say(event, &mut out);
        if out.is_empty() { reply } else { reply.data(out) }
    })
}

/// An error as a target tells it.
pub(crate) fn error(dialect: Dialect, status: u16, kind: ErrorKind, message: &str) -> Reply {
    let error =
        ErrorBody { status, kind, code: "the_code", message, param: None, request_id: "", attempts: &[] };
    Reply::json(status, error_body::render(dialect, &error))
}

/// What a client of `dialect` understood of an answer.
pub(crate) async fn understood(dialect: Dialect, answer: Answer, stream: bool) -> Said {
    let status = answer.status;
    let kind = answer.header("content-type").expect("a content type").to_owned();
    let (body, end) = answer.drain().await;
    end.expect("a whole answer");
    let text = String::from_utf8_lossy(&body).into_owned();
    assert_eq!(status, 200, "{dialect:?}: {text}");
    if !stream {
        assert!(kind.starts_with("application/json"), "{kind}");
        return translate::reply(dialect, &body)
            .unwrap_or_else(|error| panic!("{dialect:?}: {error}: {text}"));
    }
    assert!(kind.starts_with("text/event-stream"), "{kind}");
    let mut listener = translate::listener(dialect);
    let mut heard = Vec::new();
    let whole = listener.push(body, &mut heard).and_then(|()| listener.end(&mut heard));
    whole.unwrap_or_else(|error| panic!("{dialect:?}: {error}: {text}"));
    folded(heard).unwrap_or_else(|| panic!("{dialect:?}: {text}"))
}

/// The answer that a stream's events add up to.
pub(crate) fn folded(heard: Vec<Event>) -> Option<Said> {
    let mut heard = heard.into_iter();
    let Some(Event::Start(start)) = heard.next() else { return None };
    let mut fold = Fold::new(start);
    heard.for_each(|event| fold.push(event));
    fold.finish().ok()
}

/// What a target understood of a request.
pub(crate) fn asked(dialect: Dialect, request: &Received) -> Conversation {
    translate::conversation(dialect, &request.body)
        .unwrap_or_else(|error| panic!("{dialect:?}: {error}: {}", request.text()))
}

/// The text of an answer.
pub(crate) fn text(said: &Said) -> String {
    let pieces = said.choices.iter().flat_map(|choice| &choice.pieces);
    let texts = pieces.filter_map(|piece| match &piece.part {
        Part::Text(text) => Some(text.text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// The tool calls of an answer: name and arguments.
pub(crate) fn called(said: &Said) -> Vec<(&str, serde_json::Value)> {
    let pieces = said.choices.iter().flat_map(|choice| &choice.pieces);
    let calls = pieces.filter_map(|piece| match &piece.part {
        Part::ToolCall(call) => {
            Some((call.name.as_str(), serde_json::from_str(&call.arguments).expect("arguments of JSON")))
        }
        _ => None,
    });
    calls.collect()
}

/// The operation by which a conversation is asked for.
pub(crate) const fn operation(dialect: Dialect, stream: bool) -> Operation {
    match dialect {
        Dialect::OpenAiChat => Operation::ChatCompletions,
        Dialect::OpenAiResponses => Operation::Responses,
        Dialect::Anthropic => Operation::Messages,
        Dialect::Gemini if stream => Operation::StreamGenerateContent,
        Dialect::Gemini => Operation::GenerateContent,
        Dialect::Bedrock if stream => Operation::ConverseStream,
        Dialect::Bedrock => Operation::Converse,
    }
}

/// Whether a request asks for a stream.
pub(crate) fn streams(dialect: Dialect, request: &Received) -> bool {
    match dialect {
        Dialect::Gemini => request.target.contains(":streamGenerateContent?alt=sse"),
        Dialect::Bedrock => request.target.ends_with("/converse-stream"),
        _ => request.json()["stream"] == true,
    }
}

fn content_type(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Bedrock { "application/vnd.amazon.eventstream" } else { "text/event-stream" }
}

fn voice() -> Voice {
    Voice { id: "0199".to_owned(), now: 1_760_000_000, include_usage: true, ..Voice::default() }
}

/// Bytes that break a stream of this dialect off.
pub(crate) fn beginning(dialect: Dialect, words: &str) -> Vec<Bytes> {
    let mut speaker = translate::speaker(dialect, voice());
    let mut pieces = Vec::new();
    for event in unfold(line(words)).into_iter().take_while(|event| !matches!(event, Event::Close { .. })) {
        let mut out = Vec::new();
        speaker.say(event, &mut out);
        pieces.push(Bytes::from(out));
    }
    pieces
}
