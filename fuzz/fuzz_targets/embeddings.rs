//! Any body as a request for embeddings, and as an answer, in any form: read or refused, and written in every form as JSON.

#![no_main]

use callsign_wire::dialect::Dialect;
use callsign_wire::embedding::{self, Encoding, Form, Request};
use callsign_wire::hub::loss::Losses;
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

const FORMS: [Form; 5] = [Form::OpenAi, Form::Gemini, Form::GeminiBatch, Form::Titan, Form::Cohere];

fuzz_target!(|body: &[u8]| {
    for from in FORMS {
        if is_json(body)
            && let Ok(request) = embedding::request(from, body)
        {
            asked(from, &request);
        }
        if let Ok(answer) = embedding::answer(from, &[body, body]) {
            for (to, encoding) in
                FORMS.into_iter().flat_map(|to| [(to, Encoding::Float), (to, Encoding::Base64)])
            {
                let request = Request { encoding, ..Request::of(Dialect::OpenAiChat, Vec::new()) };
                assert!(is_json(&embedding::write_answer(to, &answer, &request, "m")), "{from:?} to {to:?}");
            }
        }
    }
});

/// What is written can be read, and asks for as many vectors.
fn asked(from: Form, request: &Request) {
    // The forms of Bedrock's models share a dialect and no member: nobody asks in the one for the other.
    for to in FORMS
        .into_iter()
        .filter(|to| *to == from || from.dialect() != Dialect::Bedrock || to.dialect() != Dialect::Bedrock)
    {
        let mut losses = Losses::default();
        let Ok(written) = embedding::requests(to, request, "m", &mut losses) else { continue };
        assert!(losses.header(1000).len() <= 1000);
        let texts = written.iter().map(|body| {
            assert!(is_json(body), "{from:?} to {to:?}");
            embedding::request(to, body).map(|again| again.inputs.len())
        });
        assert_eq!(texts.sum::<Result<usize, _>>(), Ok(request.inputs.len()), "{from:?} to {to:?}");
    }
}

fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}
