//! What a body may bring back of earlier answers that not every target may see: seals that only this gateway gave out, and
//! thoughts in members that not every server knows. Every request is searched for both, in one pass.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use memchr::memmem;

/// What a body may bring back. Both may be wrong in one direction: words of the user's may look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Brought {
    /// A packed seal, or the note that there was none: then the body must not pass as it is, whichever dialect the target speaks.
    pub seals: bool,
    /// Thoughts, or proofs of them, in members that OpenAI's own service does not know.
    pub thoughts: bool,
}

/// How packed seals begin, as they are and in base64 (Gemini's field of bytes).
const SEALS: [&[u8]; 5] =
    [b"callsign.anthropic", b"callsign.google", b"callsign.openai", b"callsign.none", b"Y2FsbHNpZ24u"];

/// The members in which OpenAI's chat brings thoughts back.
const THOUGHTS: [&[u8]; 3] = [br#""reasoning_content""#, br#""reasoning_details""#, br#""extra_content""#];

/// Looks for all of them at once; not on every processor.
static ALL: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(SEALS.iter().chain(&THOUGHTS)));

// === impl Brought ===

impl Brought {
    /// Looks through a body.
    pub fn by(body: &[u8]) -> Self {
        let Some(all) = &*ALL else { return Self::slowly(body) };
        let mut brought = Self::default();
        for found in all.find_iter(body) {
            if found.pattern().as_usize() < SEALS.len() {
                brought.seals = true;
            } else {
                brought.thoughts = true;
            }
            if brought.seals && brought.thoughts {
                break;
            }
        }
        brought
    }

    fn slowly(body: &[u8]) -> Self {
        let holds = |name: &[u8]| memmem::find(body, name).is_some();
        Self { seals: SEALS.into_iter().any(holds), thoughts: THOUGHTS.into_iter().any(holds) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOTH: Brought = Brought { seals: true, thoughts: true };
    const SEALED: Brought = Brought { seals: true, thoughts: false };
    const THOUGHTFUL: Brought = Brought { seals: false, thoughts: true };
    const NOTHING: Brought = Brought { seals: false, thoughts: false };

    #[test]
    fn what_is_brought_back_is_seen() {
        for (body, expected) in [
            (r#"{"signature":"callsign.google.EqQB"}"#, SEALED),
            (r#"{"signature":"callsign.none"}"#, SEALED),
            (r#"{"thoughtSignature":"Y2FsbHNpZ24uYW50aHJvcGljLlNJRz09"}"#, SEALED),
            (r#"{"content":"the callsign.of this plane"}"#, NOTHING),
            (r#"{"reasoning_effort":"low","content":"\"reasoning_content\""}"#, NOTHING),
            (r#"{"reasoning_content":"hm"}"#, THOUGHTFUL),
            (r#"{"extra_content":{"google":{}}}"#, THOUGHTFUL),
            (r#"{"reasoning_details":[{"signature":"callsign.anthropic.x"}]}"#, BOTH),
            ("", NOTHING),
        ] {
            assert_eq!(Brought::by(body.as_bytes()), expected, "{body}");
            assert_eq!(Brought::slowly(body.as_bytes()), expected, "{body}");
        }
    }

    proptest! {
        #[test]
        fn it_is_seen_wherever_it_stands(
            before in "[a-z\"{}:,.Yc_]{0,90}",
            which in 0..SEALS.len() + THOUGHTS.len(),
            after in "[a-z\"{}:,.Yc_]{0,90}",
        ) {
            let words = SEALS.iter().chain(&THOUGHTS).nth(which).unwrap();
            let body = [before.as_bytes(), words, after.as_bytes()].concat();
            let seen = Brought::by(&body);
            prop_assert_eq!(seen, Brought::slowly(&body));
            let is_seen = if which < SEALS.len() { seen.seals } else { seen.thoughts };
            prop_assert!(is_seen);
        }
    }
}
