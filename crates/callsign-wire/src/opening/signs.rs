//! What a quick look at a whole answer goes by: how strings begin, keys and values alike.

use crate::dialect::Operation;

/// What to look for in the answer to an operation. Words include the quote that ends them.
#[derive(Debug)]
pub(super) struct Signs {
    /// The key of what the answer's clients read first.
    answer: &'static [u8],
    /// Words of answers that are errors or refusals. Elsewhere they cost a closer look.
    doubts: &'static [&'static [u8]],
    /// How all these begin, a bit for each: most strings begin otherwise.
    beginnings: u64,
}

/// What one string of an answer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// There is something for the answer's clients.
    Answer,
    /// It has to be looked at more closely.
    Doubt,
}

static CHOICES: Signs = Signs::new(b"choices\"", &[b"error\"", b"content_filter\""]);
static MESSAGE: Signs = Signs::new(b"content\"", &[b"error\"", b"refusal\""]);
static RESPONSE: Signs = Signs::new(b"output\"", &[b"error\"", b"failed\"", b"incomplete\""]);
static EMBEDDINGS: Signs = Signs::new(b"data\"", &[b"error\""]);
static COUNT: Signs = Signs::new(b"input_tokens\"", &[b"error\""]);
static ANYTHING: Signs = Signs::new(b"", &[b"error\""]);

// === impl Signs ===

impl Signs {
    const fn new(answer: &'static [u8], doubts: &'static [&'static [u8]]) -> Self {
        let mut beginnings = beginning(answer);
        let mut words = doubts;
        while let [word, rest @ ..] = words {
            beginnings |= beginning(word);
            words = rest;
        }
        Self { answer, doubts, beginnings }
    }

    /// What to look for in the answer to `operation`.
    pub(super) fn of(operation: Operation) -> &'static Self {
        match operation {
            Operation::ChatCompletions | Operation::Completions => &CHOICES,
            Operation::Messages => &MESSAGE,
            Operation::Responses => &RESPONSE,
            Operation::Embeddings => &EMBEDDINGS,
            Operation::CountTokens | Operation::CountInputTokens => &COUNT,
            _ => &ANYTHING,
        }
    }

    /// What a string tells; `text` begins behind its opening quote and goes on to the answer's end.
    #[inline]
    pub(super) fn read(&self, text: &[u8]) -> Option<Sign> {
        if self.beginnings & beginning(text) == 0 { None } else { self.compare(text) }
    }

    fn compare(&self, text: &[u8]) -> Option<Sign> {
        // A member that is null says nothing.
        let is_doubt = |word: &&[u8]| text.strip_prefix(*word).is_some_and(|rest| !is(rest, is_null));
        if self.doubts.iter().any(is_doubt) {
            return Some(Sign::Doubt);
        }
        text.strip_prefix(self.answer).filter(|rest| is(rest, is_filled)).map(|_| Sign::Answer)
    }
}

/// A bit for how a text begins: by its first and its third letter, which set apart what stands in an answer.
const fn beginning(text: &[u8]) -> u64 {
    match text {
        [first, _, third, ..] => 1 << ((*first ^ third.rotate_left(3)) % 64),
        _ => 0,
    }
}

/// Whether `text` goes on from a key with a value that is like this.
fn is(text: &[u8], like: fn(&[u8]) -> bool) -> bool {
    text.trim_ascii_start().strip_prefix(b":").is_some_and(|value| like(value.trim_ascii_start()))
}

fn is_null(value: &[u8]) -> bool {
    value.starts_with(b"null")
}

/// A list that is not empty, or a number.
fn is_filled(value: &[u8]) -> bool {
    match value {
        [b'[', rest @ ..] => rest.trim_ascii_start().first() != Some(&b']'),
        [first, ..] => first.is_ascii_digit(),
        [] => false,
    }
}
