//! An answer before time enters: a status, headers, and the pieces of a body.

use bytes::Bytes;
use serde_json::Value;

/// A whole answer, or the events of a streamed one.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) pieces: Vec<Piece>,
}

/// One write.
pub(super) struct Piece {
    pub(super) bytes: Bytes,
    /// Whether it carries a token, hence is paced by `token_delay`.
    pub(super) token: bool,
}

/// The events of a streamed answer.
#[derive(Default)]
pub(super) struct Reel(Vec<Piece>);

// === impl Answer ===

impl Answer {
    /// A JSON document.
    pub(super) fn json(status: u16, document: &Value) -> Self {
        let bytes = Bytes::from(document.to_string());
        Self {
            status,
            content_type: "application/json",
            headers: Vec::new(),
            pieces: vec![Piece { bytes, token: true }],
        }
    }

    /// A stream of server-sent events.
    pub(super) fn stream(reel: Reel) -> Self {
        Self {
            status: 200,
            content_type: "text/event-stream; charset=utf-8",
            headers: Vec::new(),
            pieces: reel.0,
        }
    }

    /// The same with a header more.
    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

// === impl Reel ===

impl Reel {
    /// An event without a name, as in chat completions.
    pub(super) fn data(&mut self, document: &Value) {
        self.push(format!("data: {document}\n\n"), false);
    }

    /// The same, carrying a token.
    pub(super) fn token(&mut self, document: &Value) {
        self.push(format!("data: {document}\n\n"), true);
    }

    /// The end mark of chat completions.
    pub(super) fn done(&mut self) {
        self.push("data: [DONE]\n\n".to_owned(), false);
    }

    /// An event named by its `type`, as in the Responses and Messages dialects.
    pub(super) fn typed(&mut self, kind: &str, document: &Value) {
        self.push(format!("event: {kind}\ndata: {document}\n\n"), false);
    }

    /// The same, carrying a token.
    pub(super) fn typed_token(&mut self, kind: &str, document: &Value) {
        self.push(format!("event: {kind}\ndata: {document}\n\n"), true);
    }

    fn push(&mut self, text: String, token: bool) {
        self.0.push(Piece { bytes: Bytes::from(text), token });
    }
}
