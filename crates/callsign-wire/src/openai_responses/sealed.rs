//! How seals of other makers travel in a reasoning item's `encrypted_content`, and how what else must be known of them
//! comes back.

use crate::hub::part::Reasoning;
use crate::hub::seal::{Maker, Seal};

/// Before a seal whose thoughts are hidden: Anthropic tells `redacted_thinking` from thoughts that are merely not shown.
const REDACTED: &str = "redacted.";

/// Before a seal that belongs to the call behind the item.
const OF_CALL: &str = "call.";

/// What a seal that came back belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sealed {
    /// The thoughts beside it.
    Thoughts(Seal),
    /// Thoughts that are hidden.
    Redacted(Seal),
    /// The call that follows.
    Call(Seal),
}

/// `encrypted_content` for these thoughts.
pub(super) fn packed(reasoning: &Reasoning) -> Option<String> {
    let seal = reasoning.seal.as_ref()?;
    Some(if reasoning.redacted { marked(REDACTED, seal) } else { seal.packed(Some(Maker::OpenAi)) })
}

/// `encrypted_content` of an item before a call that has a seal.
pub(super) fn of_call(seal: &Seal) -> String {
    marked(OF_CALL, seal)
}

/// What a client brings back.
pub(super) fn unpacked(text: &str) -> Option<Sealed> {
    let seal = Seal::unpacked(text, Some(Maker::OpenAi))?;
    if seal.maker == Maker::OpenAi {
        return Some(Sealed::Thoughts(seal));
    }
    let without = |mark| seal.text.strip_prefix(mark).map(|text| Seal::new(seal.maker, text));
    Some(match (without(REDACTED), without(OF_CALL)) {
        (Some(seal), _) => Sealed::Redacted(seal),
        (None, Some(seal)) => Sealed::Call(seal),
        (None, None) => Sealed::Thoughts(seal),
    })
}

fn marked(mark: &str, seal: &Seal) -> String {
    if seal.maker == Maker::OpenAi {
        return seal.text.clone();
    }
    Seal::new(seal.maker, format!("{mark}{}", seal.text)).packed(Some(Maker::OpenAi))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_come_back_for_what_they_belong_to() {
        let seal = Seal::new(Maker::Anthropic, "EqQB/+==");
        let thoughts = |redacted| Reasoning { seal: Some(seal.clone()), redacted, ..Reasoning::default() };
        let back = |text: Option<String>| unpacked(&text.unwrap()).unwrap();
        assert_eq!(back(packed(&thoughts(false))), Sealed::Thoughts(seal.clone()));
        assert_eq!(back(packed(&thoughts(true))), Sealed::Redacted(seal.clone()));
        assert_eq!(back(Some(of_call(&seal))), Sealed::Call(seal.clone()));
        let own = Seal::new(Maker::OpenAi, "gAAAAABcall.x");
        assert_eq!(back(Some(own.text.clone())), Sealed::Thoughts(own));
    }
}
