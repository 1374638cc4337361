//! The laws of translation, held against every fixture in `tests/speech`.
//!
//! Identity: what is read and written in one dialect is the same. Fold: a stream says what the whole answer says.
//! Chunking: however a stream is cut, it says the same. Matrix: what each fixture becomes in each dialect, and what is
//! lost, stands in a snapshot.
#![expect(clippy::disallowed_types, reason = "bodies are compared as values")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a fixture that cannot be read fails the test")]

mod laws {
    pub(crate) mod fixtures;
    pub(crate) mod grammar;
    pub(crate) mod sameness;
}

use std::fmt::Write as _;

use bytes::Bytes;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::event::Event;
use callsign_wire::hub::extras::{Extras, Json};
use callsign_wire::hub::fold::{Fold, unfold};
use callsign_wire::hub::loss::{Fate, Losses};
use callsign_wire::hub::reply::Reply;
use callsign_wire::quirks;
use callsign_wire::translate::{self, StreamError, Terms, Voice};
use laws::fixtures::{ALL, Fixture, fixtures, sibling};
use laws::{grammar, sameness};
use serde_json::Value;

const TERMS: Terms<'static> = Terms {
    model: "target-model",
    max_tokens: 4096,
    chat: quirks::Chat::USUAL,
    thinking: quirks::ThinkingForm::Usual,
    family: quirks::Family::Claude,
};

fn voice() -> Voice {
    Voice { id: "0199-fixture".to_owned(), now: 1_760_000_000, input_tokens: 42, ..Voice::default() }
}

fn value(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(text)))
}

fn heard(dialect: Dialect, pieces: impl IntoIterator<Item = Bytes>) -> Result<Vec<Event>, StreamError> {
    let mut listener = translate::listener(dialect);
    let mut events = Vec::new();
    for piece in pieces {
        listener.push(piece, &mut events)?;
    }
    listener.end(&mut events)?;
    Ok(events)
}

fn folded(events: Vec<Event>) -> Option<Reply> {
    let mut events = events.into_iter();
    let Some(Event::Start(start)) = events.next() else { return None };
    let mut fold = Fold::new(start);
    events.for_each(|event| fold.push(event));
    fold.finish().ok()
}

fn spoken(dialect: Dialect, events: Vec<Event>, voice: Voice) -> (Vec<u8>, Losses) {
    let mut speaker = translate::speaker(dialect, voice);
    let mut out = Vec::new();
    for event in events {
        speaker.say(event, &mut out);
    }
    let losses = speaker.losses().clone();
    (out, losses)
}

/// What a reply says, without what only its own dialect knows and what it is called.
fn essence(mut reply: Reply) -> Reply {
    reply.extras = Extras::default();
    (reply.id, reply.created, reply.model) = (None, None, None);
    for choice in &mut reply.choices {
        choice.extras = Extras::default();
        choice.finish = Some(choice.finish());
        for piece in &mut choice.pieces {
            piece.extras = Extras::default();
        }
    }
    reply
}

#[test]
fn requests_are_the_same_after_reading_and_writing() {
    for Fixture { dialect, name, bytes } in fixtures("requests") {
        let read = translate::conversation(dialect, &bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut losses = Losses::default();
        let model = value(&bytes).get("model").and_then(Value::as_str).unwrap_or_default().to_owned();
        let terms = Terms { model: &model, ..TERMS };
        let written = translate::request(dialect, &read, terms, &mut losses).unwrap();
        assert!(losses.is_empty(), "{dialect:?} {name}: {}", losses.header(1000));
        sameness::assert_same(dialect, &name, &value(&written), &value(&bytes));
    }
}

#[test]
fn replies_are_the_same_after_reading_and_writing() {
    for Fixture { dialect, name, bytes } in fixtures("replies") {
        let read = translate::reply(dialect, &bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut losses = Losses::default();
        let written = translate::answer(dialect, &read, &voice(), &mut losses);
        assert!(losses.is_empty(), "{dialect:?} {name}: {}", losses.header(1000));
        sameness::assert_same(dialect, &name, &value(&written), &value(&bytes));
    }
}

#[test]
fn streams_fold_into_the_whole_answer_of_the_same_name() {
    let mut compared = 0;
    for Fixture { dialect, name, bytes } in fixtures("streams") {
        let Some(whole) = sibling(dialect, "replies", &name) else { continue };
        let events =
            heard(dialect, [bytes.clone()]).unwrap_or_else(|error| panic!("{dialect:?} {name}: {error}"));
        let folded = folded(events).unwrap_or_else(|| panic!("{dialect:?} {name}: it failed"));
        let read = translate::reply(dialect, &whole).unwrap();
        assert_eq!(essence(folded), essence(read), "{dialect:?} {name}");
        compared += 1;
    }
    assert!(compared >= 5 * 4, "only {compared} streams have a whole answer beside them");
}

#[test]
fn what_only_its_own_dialect_knows_of_an_answer_survives_hearing_and_speaking() {
    let late = late_streams().into_iter().map(|(dialect, text, _)| {
        let bytes = Bytes::from_static(text.as_bytes());
        Fixture { dialect, name: "late".to_owned(), bytes }
    });
    let left = |reply: Reply| {
        let choices: Vec<Extras> = reply.choices.into_iter().map(|choice| choice.extras).collect();
        (reply.tier, reply.extras, choices)
    };
    for Fixture { dialect, name, bytes } in fixtures("streams").chain(late) {
        let Some(first) = heard(dialect, [bytes]).ok().and_then(folded) else { continue };
        let voice = Voice { include_usage: true, ..voice() };
        let (stream, losses) = spoken(dialect, unfold(first.clone()), voice);
        let again = folded(heard(dialect, [Bytes::from(stream)]).unwrap());
        assert_eq!(again.map(left), Some(left(first)), "{dialect:?} {name}");
        assert!(losses.is_empty(), "{dialect:?} {name}: {}", losses.header(1000));
    }
}

/// Streams of which more is known at the end than at the beginning, and what other dialects lose of that.
fn late_streams() -> [(Dialect, &'static str, &'static str); 4] {
    [
        (
            Dialect::OpenAiChat,
            "data: {\"id\":\"c\",\"model\":\"m\",\"service_tier\":\"auto\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"content_filter_results\":{}}]}\n\n\
             data: {\"id\":\"c\",\"model\":\"m\",\"service_tier\":\"priority\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\",\"content_filter_results\":{\"hate\":{\"filtered\":false}}}]}\n\n\
             data: [DONE]\n\n",
            "choices[0].content_filter_results",
        ),
        (
            Dialect::Anthropic,
            "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"m\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n\
             data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"Hi\"}}\n\n\
             data: {\"type\":\"content_block_stop\",\"index\":0}\n\n\
             data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\",\"stop_details\":{\"type\":\"refusal\",\"category\":\"cyber\"}},\"usage\":{\"output_tokens\":2,\"service_tier\":\"priority\"},\"context_management\":{\"applied_edits\":[1]}}\n\n\
             data: {\"type\":\"message_stop\"}\n\n",
            "stop_details",
        ),
        (
            Dialect::Gemini,
            "data: {\"candidates\":[{\"index\":0,\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Hi\"}]},\"novelty\":1}]}\n\n\
             data: {\"candidates\":[{\"index\":0,\"finishReason\":\"STOP\",\"novelty\":2}]}\n\n",
            "candidates[0].novelty",
        ),
        (
            Dialect::OpenAiResponses,
            "data: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"model\":\"m\",\"status\":\"in_progress\",\"service_tier\":\"auto\",\"output\":[]}}\n\n\
             data: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"model\":\"m\",\"status\":\"completed\",\"service_tier\":\"priority\",\"output\":[{\"type\":\"message\",\"id\":\"msg_1\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hi\",\"annotations\":[]}]}]}}\n\n",
            "",
        ),
    ]
}

#[test]
fn what_a_stream_tells_late_is_told_or_named() {
    for (dialect, text, lost) in late_streams() {
        for client in ALL.into_iter().filter(|client| *client != dialect) {
            let events = heard(dialect, [Bytes::from_static(text.as_bytes())]).unwrap();
            let tier = folded(events.clone()).unwrap().tier;
            let (stream, losses) = spoken(client, events, Voice { include_usage: true, ..voice() });
            assert_eq!(spelled(&losses), lost, "{dialect:?} to {client:?}");
            let has_a_place =
                matches!(client, Dialect::OpenAiChat | Dialect::OpenAiResponses | Dialect::Anthropic);
            if has_a_place {
                let again = folded(heard(client, [Bytes::from(stream)]).unwrap()).unwrap();
                assert_eq!(again.tier, tier, "{dialect:?} to {client:?}");
            }
        }
    }
}

#[test]
fn replies_unfold_and_fold() {
    for Fixture { dialect, name, bytes } in fixtures("replies") {
        let reply = translate::reply(dialect, &bytes).unwrap();
        assert_eq!(folded(unfold(reply.clone())), Some(reply), "{dialect:?} {name}");
    }
}

#[test]
fn streams_say_what_whole_answers_say_in_every_dialect() {
    for Fixture { dialect, name, bytes } in fixtures("replies") {
        for client in ALL {
            let reply = translate::reply(dialect, &bytes).unwrap();
            let whole = translate::answer(client, &reply, &voice(), &mut Losses::default());
            let whole =
                translate::reply(client, &whole).unwrap_or_else(|error| panic!("{client:?} {name}: {error}"));
            let voice = Voice { include_usage: true, ..voice() };
            let (stream, _) = spoken(client, unfold(reply), voice);
            let events = heard(client, [Bytes::from(stream.clone())]).unwrap_or_else(|error| {
                panic!("{dialect:?} {name} to {client:?}: {error}\n{}", String::from_utf8_lossy(&stream))
            });
            grammar::check(&events, &format!("{dialect:?} {name} to {client:?}"));
            assert_eq!(folded(events).map(essence), Some(essence(whole)), "{dialect:?} {name} to {client:?}");
        }
    }
}

/// Every stream of a dialect in two parts, wherever it is cut, and in single bytes. One test for each dialect, as that is most of the work
/// of all.
fn cut_everywhere(of: Dialect) {
    let streams = fixtures("streams").filter(|fixture| fixture.dialect == of);
    for Fixture { dialect, name, bytes } in streams {
        let whole = heard(dialect, [bytes.clone()]);
        if let Ok(events) = &whole {
            grammar::check(events, &format!("{dialect:?} {name}"));
        }
        let single = (0..bytes.len()).map(|at| bytes.slice(at..=at));
        assert_eq!(heard(dialect, single), whole, "{dialect:?} {name} byte by byte");
        for at in 1..bytes.len() {
            let halves = [bytes.slice(..at), bytes.slice(at..)];
            assert_eq!(heard(dialect, halves), whole, "{dialect:?} {name} cut at {at}");
        }
    }
}

#[test]
fn streams_of_chat_say_the_same_however_they_are_cut() {
    cut_everywhere(Dialect::OpenAiChat);
}

#[test]
fn streams_of_responses_say_the_same_however_they_are_cut() {
    cut_everywhere(Dialect::OpenAiResponses);
}

#[test]
fn streams_of_anthropic_say_the_same_however_they_are_cut() {
    cut_everywhere(Dialect::Anthropic);
}

#[test]
fn streams_of_gemini_say_the_same_however_they_are_cut() {
    cut_everywhere(Dialect::Gemini);
}

#[test]
fn streams_of_bedrock_say_the_same_however_they_are_cut() {
    cut_everywhere(Dialect::Bedrock);
}

#[test]
fn streams_that_are_cut_short_never_end() {
    for Fixture { dialect, name, bytes } in fixtures("streams") {
        for at in cuts(bytes.len() * 3 / 4) {
            let events = heard(dialect, [bytes.slice(..at)]).unwrap_or_default();
            let failed = events.iter().any(|event| matches!(event, Event::Failed(_)));
            assert!(failed || !events.contains(&Event::End), "{dialect:?} {name} cut at {at}");
        }
    }
}

#[test]
fn matrix_of_requests() {
    for Fixture { dialect, name, bytes } in fixtures("requests") {
        let read = translate::conversation(dialect, &bytes).unwrap();
        let mut told = String::new();
        for target in ALL.into_iter().filter(|target| *target != dialect) {
            let mut losses = Losses::default();
            let written = translate::request(target, &read, TERMS, &mut losses);
            let written =
                written.map_or_else(|error| format!("refused: {error}"), |written| pretty(&written));
            writeln!(told, "=== {}\nlosses: {}\n{written}", target.name(), spelled(&losses)).unwrap();
        }
        insta::assert_snapshot!(format!("request_{}_{name}", dialect.name()), told);
    }
}

#[test]
fn matrix_of_replies() {
    for Fixture { dialect, name, bytes } in fixtures("replies") {
        let read = translate::reply(dialect, &bytes).unwrap();
        let mut told = String::new();
        for client in ALL.into_iter().filter(|client| *client != dialect && *client != Dialect::Bedrock) {
            let mut losses = Losses::default();
            let written = translate::answer(client, &read, &voice(), &mut losses);
            writeln!(told, "=== {}\nlosses: {}\n{}", client.name(), spelled(&losses), pretty(&written))
                .unwrap();
        }
        insta::assert_snapshot!(format!("reply_{}_{name}", dialect.name()), told);
    }
}

#[test]
fn matrix_of_streams() {
    for Fixture { dialect, name, bytes } in fixtures("streams") {
        let mut events = Vec::new();
        let mut listener = translate::listener(dialect);
        let ended = listener.push(bytes, &mut events).and_then(|()| listener.end(&mut events));
        let mut told = format!("{ended:?}\n");
        for client in ALL.into_iter().filter(|client| *client != dialect && *client != Dialect::Bedrock) {
            let voice = Voice { include_usage: true, ..voice() };
            let (written, losses) = spoken(client, events.clone(), voice);
            let written = String::from_utf8(written).unwrap();
            writeln!(told, "=== {}\nlosses: {}\n{written}", client.name(), spelled(&losses)).unwrap();
        }
        insta::assert_snapshot!(format!("stream_{}_{name}", dialect.name()), told);
    }
}

#[test]
fn every_dialect_has_fixtures() {
    for (kind, least) in [("requests", 10), ("replies", 6), ("streams", 6)] {
        for dialect in ALL {
            let count = fixtures(kind).filter(|fixture| fixture.dialect == dialect).count();
            assert!(count >= least, "{dialect:?} has {count} {kind}");
        }
    }
}

#[test]
fn responses_repeat_the_request_that_they_answer() {
    let request = r#"{"model":"fast","input":"hi","temperature":0.5,"tools":[],"metadata":{"a":"b"}}"#;
    let voice = Voice { request: Json::read(request), ..voice() };
    let fixture = fixtures("replies").find(|fixture| fixture.dialect == Dialect::Anthropic).unwrap();
    let reply = translate::reply(Dialect::Anthropic, &fixture.bytes).unwrap();
    let written = value(&translate::answer(Dialect::OpenAiResponses, &reply, &voice, &mut Losses::default()));
    assert_eq!(written["temperature"], 0.5);
    assert_eq!(written["metadata"]["a"], "b");
}

/// Where a stream of this length is cut short: everywhere, or of a long one everywhere near its ends and often between.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    const EVERYWHERE: usize = 600;
    (1..length).filter(move |at| *at < EVERYWHERE || at + EVERYWHERE / 3 > length || at % 97 == 0)
}

fn spelled(losses: &Losses) -> String {
    let each = losses.iter().map(|loss| {
        let mark = if loss.fate == Fate::Changed { " (changed)" } else { "" };
        format!("{}{mark}", loss.path)
    });
    each.collect::<Vec<_>>().join(", ")
}

fn pretty(body: &[u8]) -> String {
    serde_json::to_string_pretty(&value(body)).unwrap()
}
