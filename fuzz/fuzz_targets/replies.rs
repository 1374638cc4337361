//! Any body as a whole answer of any dialect: read or refused, and told in every dialect, whole and as a stream that keeps the
//! grammar.

#![no_main]

#[path = "../../crates/callsign-wire/tests/laws/grammar.rs"]
mod grammar;

use bytes::Bytes;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::fold::unfold;
use callsign_wire::hub::loss::Losses;
use callsign_wire::translate::{self, Voice};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

const ALL: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini, Dialect::Bedrock];

fuzz_target!(|body: &[u8]| {
    for target in ALL {
        let Ok(reply) = translate::reply(target, body) else { continue };
        let events = unfold(reply.clone());
        grammar::check(&events, "an unfolded answer");
        // An answer in the client's own dialect passes as it is.
        for client in ALL.into_iter().filter(|client| *client != target) {
            let mut losses = Losses::default();
            let told = translate::answer(client, &reply, &voice(), &mut losses);
            assert!(losses.header(1000).len() <= 1000);
            assert!(is_json(&told), "{target:?} to {client:?}: {}", String::from_utf8_lossy(&told));
            let again = translate::reply(client, &told);
            assert!(again.is_ok(), "{target:?} to {client:?}: {again:?}\n{}", String::from_utf8_lossy(&told));
            let mut speaker = translate::speaker(client, voice());
            let mut stream = Vec::new();
            events.iter().for_each(|event| speaker.say(event.clone(), &mut stream));
            let whose = format!("{target:?} to {client:?}");
            let (mut heard, mut listener) = (Vec::new(), translate::listener(client));
            let ended =
                listener.push(Bytes::from(stream), &mut heard).and_then(|()| listener.end(&mut heard));
            assert_eq!(ended, Ok(()), "{whose}");
            grammar::check(&heard, &whose);
        }
    }
});

fn voice() -> Voice {
    Voice { id: "0199".to_owned(), now: 1 << 30, include_usage: true, ..Voice::default() }
}

fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}
