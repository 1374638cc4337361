//! Any stream as one of any dialect, cut anywhere: the same events, which keep the grammar, and what is said of them in every
//! dialect can be heard there.

#![no_main]

#[path = "../../crates/callsign-wire/tests/laws/grammar.rs"]
mod grammar;

use bytes::Bytes;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::event::Event;
use callsign_wire::hub::fold::Fold;
use callsign_wire::translate::{self, StreamError, Voice};
use libfuzzer_sys::fuzz_target;

const ALL: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini, Dialect::Bedrock];

fuzz_target!(|input: &[u8]| {
    // The last byte says how large the pieces are.
    let size = usize::from(*input.last().unwrap_or(&1)).max(1);
    for target in ALL {
        let stream = if target == Dialect::Bedrock { checksummed(input) } else { input.to_vec() };
        let (events, ended) = heard(target, stream.chunks(stream.len().max(1)));
        assert_eq!(
            heard(target, stream.chunks(size)),
            (events.clone(), ended.clone()),
            "{target:?} in pieces of {size}"
        );
        grammar::check_beginning(&events, &format!("{target:?}"));
        if ended.is_ok() {
            grammar::check(&events, &format!("{target:?}"));
        }
        fold(&events);
        // A stream in the client's own dialect passes as it is.
        for client in ALL.into_iter().filter(|client| *client != target) {
            retold(target, client, &events, ended.is_ok());
        }
    }
});

/// Whatever came of the stream before it broke can be said and heard.
fn retold(target: Dialect, client: Dialect, events: &[Event], whole: bool) {
    let voice = Voice { id: "0199".to_owned(), now: 1 << 30, include_usage: true, ..Voice::default() };
    let mut speaker = translate::speaker(client, voice);
    let mut said = Vec::new();
    events.iter().for_each(|event| speaker.say(event.clone(), &mut said));
    let whose = format!("{target:?} to {client:?}");
    let (again, ended) = heard(client, [said.as_slice()]);
    grammar::check_beginning(&again, &whose);
    assert!(!matches!(ended, Err(StreamError::Malformed(_) | StreamError::Frames(_))), "{whose}: {ended:?}");
    let failed = events.iter().any(|event| matches!(event, Event::Failed(_)));
    assert!(!whole || failed || ended.is_ok(), "{whose}: {ended:?}");
}

fn heard<'a>(
    dialect: Dialect,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Event>, Result<(), StreamError>) {
    let mut listener = translate::listener(dialect);
    let mut events = Vec::new();
    for piece in pieces {
        if let Err(error) = listener.push(Bytes::copy_from_slice(piece), &mut events) {
            return (events, Err(error));
        }
    }
    let ended = listener.end(&mut events);
    (events, ended)
}

fn fold(events: &[Event]) {
    let Some((Event::Start(start), rest)) = events.split_first() else { return };
    let mut fold = Fold::new(start.clone());
    rest.iter().for_each(|event| fold.push(event.clone()));
    fold.finish().ok();
}

/// The frames with the checksums that they should have: no fuzzer guesses those.
fn checksummed(input: &[u8]) -> Vec<u8> {
    let mut frames = input.to_vec();
    let mut rest = frames.as_mut_slice();
    while let Some(total) = rest.first_chunk().map(|total| u32::from_be_bytes(*total) as usize) {
        if total < 16 || total > rest.len() {
            break;
        }
        let (frame, others) = rest.split_at_mut(total);
        let prelude = crc32fast::hash(&frame[..8]).to_be_bytes();
        frame[8..12].copy_from_slice(&prelude);
        let whole = crc32fast::hash(&frame[..total - 4]).to_be_bytes();
        frame[total - 4..].copy_from_slice(&whole);
        rest = others;
    }
    frames
}
