//! What the two kinds of clients and their providers say to each other, as text.

use callsign_testkit::reply::Reply;
use serde_json::{Value, json};

/// Whose API is spoken, by the client and by its provider alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speech {
    /// Chat completions.
    OpenAi,
    /// Messages.
    Anthropic,
}

/// How the answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// In one piece.
    Whole,
    /// Event by event.
    Stream,
}

/// Every way in which a client asks.
pub(crate) const WAYS: [(Speech, Mode); 4] = [
    (Speech::OpenAi, Mode::Whole),
    (Speech::OpenAi, Mode::Stream),
    (Speech::Anthropic, Mode::Whole),
    (Speech::Anthropic, Mode::Stream),
];

// === impl Speech ===

impl Speech {
    /// The provider's name in a configuration.
    pub(crate) fn provider(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// Where the client asks.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1/chat/completions",
            Self::Anthropic => "/v1/messages",
        }
    }

    /// A request of an ordinary kind.
    pub(crate) fn ask(self, model: &str, mode: Mode) -> String {
        let mut body = json!({"model": model, "messages": [{"role": "user", "content": "Hi"}]});
        if self == Self::Anthropic {
            body["max_tokens"] = 16.into();
        }
        if mode == Mode::Stream {
            body["stream"] = true.into();
        }
        body.to_string()
    }

    /// An answer that says `text`.
    pub(crate) fn says(self, mode: Mode, text: &str) -> Reply {
        match mode {
            Mode::Whole => Reply::json(200, self.whole(text)),
            Mode::Stream => Reply::sse([self.opening(), self.token(text), self.closing()]),
        }
    }

    /// The body of an answer in one piece.
    pub(crate) fn whole(self, text: &str) -> String {
        let body = match self {
            Self::OpenAi => json!({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }),
            Self::Anthropic => json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": null,
                "usage": {"input_tokens": 1, "output_tokens": 1},
            }),
        };
        body.to_string()
    }

    /// What a stream begins with before it says anything.
    pub(crate) fn opening(self) -> String {
        match self {
            Self::OpenAi => chunk(&json!({"role": "assistant", "content": ""}), &Value::Null),
            Self::Anthropic => {
                let message = json!({
                    "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
                    "stop_reason": null, "usage": {"input_tokens": 1, "output_tokens": 1},
                });
                let start = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
                event("message_start", &json!({"type": "message_start", "message": message}))
                    + &event("content_block_start", &start)
            }
        }
    }

    /// One piece of a stream's text.
    pub(crate) fn token(self, text: &str) -> String {
        match self {
            Self::OpenAi => chunk(&json!({"content": text}), &Value::Null),
            Self::Anthropic => {
                let delta = json!({"type": "text_delta", "text": text});
                event(
                    "content_block_delta",
                    &json!({"type": "content_block_delta", "index": 0, "delta": delta}),
                )
            }
        }
    }

    /// The proper end of a stream.
    pub(crate) fn closing(self) -> String {
        match self {
            Self::OpenAi => chunk(&json!({}), &"stop".into()) + "data: [DONE]\n\n",
            Self::Anthropic => {
                let end = json!({
                    "type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
                    "usage": {"output_tokens": 1},
                });
                event("content_block_stop", &json!({"type": "content_block_stop", "index": 0}))
                    + &event("message_delta", &end)
                    + &event("message_stop", &json!({"type": "message_stop"}))
            }
        }
    }

    /// The body of a provider's error.
    pub(crate) fn error(self, message: &str) -> String {
        let body = match self {
            Self::OpenAi => json!({"error": {"message": message, "type": "t", "param": null, "code": "c"}}),
            Self::Anthropic => json!({"type": "error", "error": {"type": "t", "message": message}}),
        };
        body.to_string()
    }

    /// A provider's error as an event of its stream.
    pub(crate) fn error_event(self, message: &str) -> String {
        let body = self.error(message);
        match self {
            Self::OpenAi => format!("data: {body}\n\n"),
            Self::Anthropic => format!("event: error\ndata: {body}\n\n"),
        }
    }

    /// The text of an answer that must have come to its proper end.
    pub(crate) fn text(self, mode: Mode, body: &str) -> String {
        match (self, mode) {
            (Self::OpenAi, Mode::Whole) => string(&parse(body)["choices"][0]["message"]["content"]),
            (Self::Anthropic, Mode::Whole) => string(&parse(body)["content"][0]["text"]),
            (_, Mode::Stream) => {
                assert!(self.is_finished(body), "the stream has no proper end: {body}");
                self.said(body)
            }
        }
    }

    /// The text in a stream, finished or not.
    pub(crate) fn said(self, body: &str) -> String {
        let piece = |event: &Value| match self {
            Self::OpenAi => event["choices"][0]["delta"]["content"].as_str().map(str::to_owned),
            Self::Anthropic => event["delta"]["text"].as_str().map(str::to_owned),
        };
        events(body).iter().filter_map(piece).collect()
    }

    /// Whether anything in a stream looks like its proper end.
    pub(crate) fn is_finished(self, body: &str) -> bool {
        match self {
            Self::OpenAi => body.contains("[DONE]") || body.contains(r#""finish_reason":"stop""#),
            Self::Anthropic => body.contains("message_stop") || body.contains("end_turn"),
        }
    }

    /// The error that a stream ended with, which must not look finished.
    pub(crate) fn broken(self, body: &str) -> Value {
        assert!(!self.is_finished(body), "a broken stream looks finished: {body}");
        assert!(body.ends_with("\n\n"), "{body:?}");
        let last = body.trim_end().rsplit("\n\n").next().expect("an event");
        let error = events(body).pop().expect("an event with data");
        assert!(error["error"]["message"].is_string(), "{body}");
        if self == Self::Anthropic {
            assert!(last.starts_with("event: error\n") && error["type"] == "error", "{body}");
        }
        error["error"].clone()
    }
}

fn chunk(delta: &Value, finish: &Value) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
    let chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]});
    format!("data: {chunk}\n\n")
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// The data of every event of a stream, but for `[DONE]`.
pub(crate) fn events(body: &str) -> Vec<Value> {
    let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(parse).collect()
}

/// JSON, or a panic that shows what is none.
pub(crate) fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text but {value}")).to_owned()
}
