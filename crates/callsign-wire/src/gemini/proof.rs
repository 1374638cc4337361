//! `thoughtSignature`: Google's own seals as they are, others' packed. The field holds bytes, so what is packed stands
//! there in base64: SDKs refuse anything else.

use std::borrow::Cow;

use crate::base64;
use crate::hub::seal::{Maker, Seal};

/// A seal that came back, and what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proof {
    /// The seal.
    pub(super) seal: Seal,
    /// Whether the thoughts are hidden by their provider.
    pub(super) redacted: bool,
}

/// What stands for a signature that was never there: calls that another model made, or that lost theirs.
/// <https://ai.google.dev/gemini-api/docs/thought-signatures#faqs>
pub(crate) const UNKNOWN: &str = "skip_thought_signature_validator";

const MARK: &str = "callsign.";
const REDACTED: &str = "callsign.redacted.";

/// The field for a client.
pub(super) fn written(seal: &Seal, redacted: bool) -> Cow<'_, str> {
    if let Some(own) = seal.for_maker(Maker::Google) {
        return Cow::Borrowed(own);
    }
    let packed = seal.packed(Some(Maker::Google));
    let marked = if redacted { packed.replacen(MARK, REDACTED, 1) } else { packed };
    Cow::Owned(base64::encode(marked.as_bytes()))
}

/// What a field holds; nothing where it says that there is nothing.
pub(super) fn read(text: &str) -> Option<Proof> {
    if text.is_empty() || text == UNKNOWN {
        return None;
    }
    let packed = base64::decode(text).and_then(|bytes| String::from_utf8(bytes).ok());
    let packed = packed.filter(|packed| packed.starts_with(MARK));
    let redacted = packed.as_deref().is_some_and(|packed| packed.starts_with(REDACTED));
    let packed = packed.map(|packed| packed.replacen(REDACTED, MARK, 1));
    let seal = packed.and_then(|packed| Seal::unpacked(&packed, None));
    Some(Proof { seal: seal.unwrap_or_else(|| Seal::new(Maker::Google, text)), redacted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_come_back_to_their_maker() {
        for (maker, redacted) in [
            (Maker::Google, false),
            (Maker::Anthropic, false),
            (Maker::Anthropic, true),
            (Maker::OpenAi, false),
        ] {
            let seal = Seal::new(maker, "Eq+8/w==");
            let field = written(&seal, redacted).into_owned();
            assert!(base64::decode(&field).is_some(), "{field}");
            assert_eq!(read(&field), Some(Proof { seal, redacted }));
        }
        assert_eq!(written(&Seal::new(Maker::Google, "Eq+8"), false), "Eq+8");
        assert_eq!(read(UNKNOWN), None);
    }
}
