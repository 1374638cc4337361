//! What the clients ask and what the model server answers, byte for byte. It knows no sockets.

use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

const EVENTS: usize = 500;
const PACE: Duration = Duration::from_millis(2);
const CONNECTIONS: usize = 32;

/// One kind of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Scenario {
    /// 1 KB asked, 1 KB answered.
    Small,
    /// 100 KB asked, 1 KB answered.
    Large,
    /// 1 KB asked, a stream of events as fast as they can be written: many of them arrive together.
    Burst,
    /// The same, but the streams take turns: each event passes by itself.
    Brisk,
    /// 1 KB asked, a stream of one event every 2 ms.
    Paced,
    /// Like `Small`, one request at a time.
    Single,
}

/// One kind of answer; the model server has a port for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// A JSON document of 1 KB.
    Plain,
    /// Events without a pause.
    Burst,
    /// Events one by one, in turn with the other streams.
    Brisk,
    /// Events at a steady pace.
    Paced,
}

/// One value per kind of answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PerAnswer<T> {
    plain: T,
    burst: T,
    brisk: T,
    paced: T,
}

/// How one event follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gait {
    /// At once.
    Rush,
    /// After the other streams had their turn.
    Turns,
    /// When its time has come.
    Pace(Duration),
}

/// What the model server writes: an opening, events one by one, a closing.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) opening: Vec<u8>,
    pub(super) event: Vec<u8>,
    pub(super) events: usize,
    pub(super) gait: Gait,
    pub(super) closing: Vec<u8>,
    /// What a client has in hand in the end, without framing.
    pub(super) content: Vec<u8>,
}

// === impl Scenario ===

impl Scenario {
    /// All of them, in the order they are run and shown.
    pub(super) const ALL: [Self; 6] =
        [Self::Small, Self::Large, Self::Burst, Self::Brisk, Self::Paced, Self::Single];

    /// Its name on the command line and in the results.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
            Self::Burst => "burst",
            Self::Brisk => "brisk",
            Self::Paced => "paced",
            Self::Single => "single",
        }
    }

    /// The answer it asks for.
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Small | Self::Large | Self::Single => Answer::Plain,
            Self::Burst => Answer::Burst,
            Self::Brisk => Answer::Brisk,
            Self::Paced => Answer::Paced,
        }
    }

    /// How many clients ask at once.
    pub(super) fn connections(self) -> usize {
        if self == Self::Single { 1 } else { CONNECTIONS }
    }

    /// How many requests make one round: about two seconds on one core of 2026.
    pub(super) fn requests(self) -> usize {
        match self {
            Self::Small => 40_000,
            Self::Large => 16_000,
            Self::Burst => 640,
            Self::Brisk => 128,
            Self::Paced => 64,
            Self::Single => 6_000,
        }
    }

    /// How many events come in one answer; none for a plain one.
    pub(super) fn events(self) -> usize {
        if self.answer() == Answer::Plain { 0 } else { EVENTS }
    }

    /// The request's bytes. As in the SDKs the messages come first, so that a proxy has to read past them to find the model.
    pub(super) fn request(self, model: &str) -> Vec<u8> {
        let length = if self == Self::Large { 100 * 1024 } else { 1024 };
        let stream = if self.events() > 0 { r#","stream":true"# } else { "" };
        let opening = r#"{"messages":[{"role":"user","content":""#;
        let closing = format!(r#""}}]{stream},"model":"{model}"}}"#);
        let padding = words(length - opening.len() - closing.len());
        let body = format!("{opening}{padding}{closing}");
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: bench.local\r\nAccept: application/json\r\n\
             Accept-Encoding: gzip, deflate\r\nAuthorization: Bearer bench\r\nContent-Type: application/json\r\n\
             User-Agent: OpenAI/Python 2.8.1\r\nX-Stainless-Lang: python\r\nX-Stainless-Os: Linux\r\n\
             X-Stainless-Retry-Count: 0\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.into_bytes(), body.into_bytes()].concat()
    }
}

// === impl Answer ===

impl Answer {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Plain, Self::Burst, Self::Brisk, Self::Paced];

    /// The model that gives this answer.
    pub(super) fn model(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Burst => "burst",
            Self::Brisk => "brisk",
            Self::Paced => "paced",
        }
    }

    /// What the model server writes.
    pub(super) fn script(self) -> Script {
        match self {
            Self::Plain => Script::plain(),
            Self::Burst => Script::stream(Gait::Rush),
            Self::Brisk => Script::stream(Gait::Turns),
            Self::Paced => Script::stream(Gait::Pace(PACE)),
        }
    }
}

// === impl PerAnswer ===

impl<T> PerAnswer<T> {
    /// Makes each value; the first failure ends it.
    pub(super) fn try_new<E>(mut make: impl FnMut(Answer) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self {
            plain: make(Answer::Plain)?,
            burst: make(Answer::Burst)?,
            brisk: make(Answer::Brisk)?,
            paced: make(Answer::Paced)?,
        })
    }

    /// The value for `answer`.
    pub(super) fn of(&self, answer: Answer) -> &T {
        match answer {
            Answer::Plain => &self.plain,
            Answer::Burst => &self.burst,
            Answer::Brisk => &self.brisk,
            Answer::Paced => &self.paced,
        }
    }
}

// === impl Script ===

impl Script {
    fn plain() -> Self {
        let opening = r#"{"id":"chatcmpl-bench","object":"chat.completion","created":1790000000,"model":"plain","choices":[{"index":0,"message":{"role":"assistant","content":""#;
        let closing = r#"","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":200,"completion_tokens":150,"total_tokens":350}}"#;
        let body = format!("{opening}{}{closing}", words(1024 - opening.len() - closing.len()));
        let head = head("application/json", &format!("Content-Length: {}", body.len()));
        Self {
            opening: (head + &body).into_bytes(),
            content: body.into_bytes(),
            event: Vec::new(),
            events: 0,
            gait: Gait::Rush,
            closing: Vec::new(),
        }
    }

    fn stream(gait: Gait) -> Self {
        let event = concat!(
            r#"data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1790000000,"model":"plain","#,
            r#""choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}"#,
            "\n\n"
        );
        let done = "data: [DONE]\n\n";
        Self {
            opening: head("text/event-stream", "Transfer-Encoding: chunked").into_bytes(),
            event: chunk(event),
            events: EVENTS,
            gait,
            closing: [chunk(done), chunk("")].concat(),
            content: (event.repeat(EVENTS) + done).into_bytes(),
        }
    }
}

fn head(content_type: &str, framing: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 08:00:00 GMT\r\nContent-Type: {content_type}\r\n{framing}\r\n\
         X-Request-Id: req_0123456789abcdef\r\nOpenai-Processing-Ms: 12\r\nX-Ratelimit-Remaining-Requests: 9999\r\n\r\n"
    )
}

fn chunk(content: &str) -> Vec<u8> {
    format!("{:x}\r\n{content}\r\n", content.len()).into_bytes()
}

/// Text of exactly `length` bytes.
fn words(length: usize) -> String {
    "the quick brown fox jumps over the lazy dog ".chars().cycle().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::http1::Reader;

    #[test]
    fn each_request_has_the_size_its_name_promises() {
        for (scenario, expected) in
            [(Scenario::Small, 1024), (Scenario::Large, 102_400), (Scenario::Burst, 1024)]
        {
            let request = scenario.request("bench-plain");
            let mut reader = Reader::new(request.as_slice());
            let head = reader.head().unwrap().unwrap();
            let mut body = Vec::new();
            reader.body(head.framing, &mut |part| body.extend_from_slice(part)).unwrap();
            assert_eq!(body.len(), expected);
            let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(document["model"], "bench-plain");
            assert_eq!(document["stream"].as_bool().unwrap_or_default(), scenario.events() > 0);
        }
    }

    #[test]
    fn each_script_is_one_whole_reply_of_the_length_it_states() {
        for answer in Answer::ALL {
            let script = answer.script();
            let bytes = [script.opening, script.event.repeat(script.events), script.closing].concat();
            let mut reader = Reader::new(bytes.as_slice());
            let head = reader.head().unwrap().unwrap();
            let mut content = Vec::new();
            reader.body(head.framing, &mut |part| content.extend_from_slice(part)).unwrap();
            assert_eq!((head.status, content), (Some(200), script.content), "{answer:?}");
            assert_eq!(reader.head().unwrap(), None);
        }
    }
}
