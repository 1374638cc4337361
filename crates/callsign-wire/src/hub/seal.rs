//! Opaque proof of a model's reasoning: signatures and encrypted thoughts. It goes back to its maker only, and never
//! becomes text.
//!
//! A client of another dialect keeps a seal where that dialect keeps its own (a thinking block's `signature`, an item's
//! `encrypted_content`). So that it is known again it is packed: `callsign.MAKER.SEAL`, or `callsign.openai.ITEM@SEAL`.

/// Who can read a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Maker {
    /// Claude, at any provider: a thinking block's `signature`, or the `data` of a redacted one.
    Anthropic,
    /// Gemini: `thoughtSignature`.
    Google,
    /// OpenAI: a reasoning item's `encrypted_content`.
    OpenAi,
}

/// A proof of reasoning, with the one who can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Who made it.
    pub maker: Maker,
    /// What it is, as its maker spelled it.
    pub text: String,
    /// The `id` of the item that it seals: OpenAI reads a seal only together with the item's own.
    pub item: Option<String>,
}

const MARK: &str = "callsign.";

/// Stands between an item's name and its seal: neither names nor base64 have it.
const BEHIND_ITEM: char = '@';

/// What stands where a dialect wants a proof of thoughts and there is none.
pub const NONE: &str = "callsign.none";

// === impl Maker ===

impl Maker {
    const ALL: [Self; 3] = [Self::Anthropic, Self::Google, Self::OpenAi];

    /// The name in packed seals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Google => "google",
            Self::OpenAi => "openai",
        }
    }
}

// === impl Seal ===

impl Seal {
    /// A seal of this maker's own.
    pub fn new(maker: Maker, text: impl Into<String>) -> Self {
        Self { maker, text: text.into(), item: None }
    }

    /// The same as the seal of the item of this name, where its maker cares.
    #[must_use]
    pub fn of_item(mut self, item: Option<&str>) -> Self {
        let told =
            |item: &&str| self.maker == Maker::OpenAi && !item.is_empty() && !item.contains(BEHIND_ITEM);
        self.item = item.filter(told).map(str::to_owned);
        self
    }

    /// The seal as a client gets it whose dialect's own seals are `native`'s: those as they are, others packed.
    pub fn packed(&self, native: Option<Maker>) -> String {
        if native == Some(self.maker) {
            return self.text.clone();
        }
        let item = self.item.as_ref().map(|item| format!("{item}{BEHIND_ITEM}")).unwrap_or_default();
        format!("{MARK}{}.{item}{}", self.maker.name(), self.text)
    }

    /// The same for clients of dialects that say beside a seal whose it is: packed, so that it is known when it comes back
    /// which target it must not reach.
    #[must_use]
    pub fn sealed_up(&self) -> Self {
        Self { text: self.packed(None), ..self.clone() }
    }

    /// What a client brings back: packed or, where it is not, `native`'s own.
    pub fn unpacked(text: &str, native: Option<Maker>) -> Option<Self> {
        let packed = text.strip_prefix(MARK).and_then(|rest| {
            let (maker, seal) = rest.split_once('.')?;
            let maker = Maker::ALL.into_iter().find(|known| known.name() == maker)?;
            let (item, seal) = match seal.split_once(BEHIND_ITEM) {
                Some((item, seal)) if maker == Maker::OpenAi => (Some(item), seal),
                _ => (None, seal),
            };
            Some(Self::new(maker, seal).of_item(item))
        });
        packed.or_else(|| native.map(|maker| Self::new(maker, text)))
    }

    /// The seal as its maker spelled it, for a target whose model is `maker`'s.
    pub fn for_maker(&self, maker: Maker) -> Option<&str> {
        (self.maker == maker).then_some(self.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_come_back_as_they_were() {
        for maker in Maker::ALL {
            for native in [None, Some(Maker::Anthropic), Some(Maker::Google), Some(Maker::OpenAi)] {
                let seal = Seal::new(maker, "EqQB.ab/c+d==");
                assert_eq!(Seal::unpacked(&seal.packed(native), native), Some(seal.clone()), "{native:?}");
            }
        }
        let of_item = Seal::new(Maker::OpenAi, "gAAA_-==").of_item(Some("rs_0a1"));
        for native in [None, Some(Maker::Anthropic), Some(Maker::Google)] {
            let packed = of_item.packed(native);
            assert_eq!(packed, "callsign.openai.rs_0a1@gAAA_-==");
            assert_eq!(Seal::unpacked(&packed, native), Some(of_item.clone()), "{native:?}");
        }
        assert_eq!(of_item.packed(Some(Maker::OpenAi)), "gAAA_-==", "the item itself says its name");
        assert_eq!(Seal::new(Maker::Google, "s").of_item(Some("rs_0a1")).item, None);
        assert_eq!(Seal::unpacked("EqQB", None), None);
        assert_eq!(Seal::unpacked("callsign.nobody.x", None), None);
    }
}
