//! What a body may bring back of earlier answers that not every target may see: seals that only this gateway gave out, and
//! thoughts in members that not every server knows. They are seen by how strings begin, as the body is checked.

use crate::json::Heed;

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

/// The members in which OpenAI's chat brings thoughts back, with the quote behind them.
const THOUGHTS: [&[u8]; 3] = [br#"reasoning_content""#, br#"reasoning_details""#, br#"extra_content""#];

// === impl Brought ===

impl Brought {
    #[cold]
    fn note(&mut self, rest: &[u8]) {
        let begins = |beginnings: &[&[u8]]| beginnings.iter().any(|beginning| rest.starts_with(beginning));
        self.seals |= begins(&SEALS);
        self.thoughts |= begins(&THOUGHTS);
    }
}

impl Heed for Brought {
    #[inline]
    fn string(&mut self, rest: &[u8]) {
        if matches!(rest, [b'c', b'a', ..] | [b'Y', b'2', ..] | [b'r', b'e', ..] | [b'e', b'x', ..]) {
            self.note(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::peek;

    const BOTH: Brought = Brought { seals: true, thoughts: true };
    const SEALED: Brought = Brought { seals: true, thoughts: false };
    const THOUGHTFUL: Brought = Brought { seals: false, thoughts: true };
    const NOTHING: Brought = Brought { seals: false, thoughts: false };

    fn brought(body: &str) -> Brought {
        peek::json(body.as_bytes()).unwrap().brought
    }

    #[test]
    fn what_is_brought_back_is_seen() {
        for (body, expected) in [
            (r#"{"signature":"callsign.google.EqQB"}"#, SEALED),
            (r#"{"messages":[{"content":[{"signature":"callsign.none"}]}]}"#, SEALED),
            (r#"{"thoughtSignature":"Y2FsbHNpZ24uYW50aHJvcGljLlNJRz09"}"#, SEALED),
            (r#"{"content":"callsign.of this plane"}"#, NOTHING),
            (r#"{"reasoning_effort":"low","content":"\"reasoning_content\""}"#, NOTHING),
            (r#"{"reasoning_content":"hm"}"#, THOUGHTFUL),
            (r#"{"extra_content":{"google":{}}}"#, THOUGHTFUL),
            (r#"{"reasoning_details":[{"signature":"callsign.anthropic.x"}]}"#, BOTH),
            ("{}", NOTHING),
        ] {
            assert_eq!(brought(body), expected, "{body}");
        }
    }

    #[test]
    fn bodies_whose_path_names_the_model_are_looked_through_too() {
        let body = br#"{"contents":[{"parts":[{"thoughtSignature":"callsign.openai.x"}]}]}"#;
        let peeked = peek::beside_path(body, "m".to_owned(), false).unwrap();
        assert_eq!(peeked.brought, SEALED);
    }

    proptest! {
        #[test]
        fn it_is_seen_wherever_it_stands(
            before in "[a-z.Yc_]{0,40}",
            which in 0..SEALS.len() + THOUGHTS.len(),
            after in "[a-z.Yc_]{0,40}",
            depth in 0..70_usize,
        ) {
            let seal = SEALS.get(which).map(|seal| String::from_utf8_lossy(seal));
            let said = match (&seal, which.checked_sub(SEALS.len())) {
                (None, Some(which)) => format!(r#"{{"{}:null}}"#, String::from_utf8_lossy(THOUGHTS[which])),
                (seal, _) => format!(r#"["{}{after}"]"#, seal.as_deref().unwrap_or_default()),
            };
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            let body = format!(r#"{{"a{before}":{open}"{before}",{said},"{after}"{close}}}"#);
            let body = if depth == 0 { format!(r#"{{"a":{said},"b":"{before}{after}"}}"#) } else { body };
            let seen = brought(&body);
            prop_assert!(if seal.is_some() { seen.seals } else { seen.thoughts }, "{body}");
        }
    }
}
