//! Any body as a request of any dialect: read or refused, and written in every dialect as JSON that this one reads again.

#![no_main]

use callsign_wire::count::{self, Counter};
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::loss::Losses;
use callsign_wire::translate::{self, Terms};
use callsign_wire::{misplaced, quirks};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

const ALL: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini, Dialect::Bedrock];
const SERVERS: [quirks::Chat; 6] = [
    quirks::Chat::USUAL,
    quirks::Chat::OPENAI,
    quirks::Chat::MISTRAL,
    quirks::Chat::THINKING,
    quirks::Chat::OPENROUTER,
    quirks::Chat::GOOGLE,
];

const COUNTERS: [Counter; 5] =
    [Counter::Responses, Counter::Anthropic, Counter::Gemini, Counter::Vertex, Counter::Bedrock];

fuzz_target!(|body: &[u8]| {
    misplaced::shape_of(body);
    if !is_json(body) {
        return;
    }
    for client in ALL {
        count::tokens(client, body).ok();
        counted(client, body);
        let Ok(conversation) = translate::conversation(client, body) else { continue };
        for target in ALL {
            let servers = if target == Dialect::OpenAiChat { &SERVERS[..] } else { &SERVERS[..1] };
            for &chat in servers {
                let terms = Terms { model: "a/\"model\"", max_tokens: 4096, chat, thinking: quirks::ThinkingForm::Usual, family: quirks::Family::Claude };
                let mut losses = Losses::default();
                let Ok(written) = translate::request(target, &conversation, terms, &mut losses) else {
                    continue;
                };
                assert!(losses.header(1000).len() <= 1000);
                let again = translate::conversation(target, &written);
                assert!(
                    is_json(&written) && again.is_ok(),
                    "{client:?} to {target:?}: {again:?}\n{}",
                    text(&written)
                );
            }
        }
    }
});

fn counted(client: Dialect, body: &[u8]) {
    let Ok(conversation) = count::conversation(client, body) else { return };
    for counter in COUNTERS {
        let terms = Terms { model: "m", max_tokens: 4096, chat: quirks::Chat::USUAL, thinking: quirks::ThinkingForm::Usual, family: quirks::Family::Claude };
        let question = count::question(counter, &conversation, terms, &mut Losses::default());
        assert!(question.as_deref().map_or(true, is_json), "{client:?} to {counter:?}");
    }
}

fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
