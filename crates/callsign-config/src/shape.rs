//! What a table of the configuration may hold: one description for checking, for "did you mean" and for the schema.

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name in the schema and in messages ("a provider entry").
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) fields: &'static [Field],
}

/// One known key.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) standing: Standing,
}

/// What this version does with something written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standing {
    Served,
    /// Served where another environment is chosen.
    Elsewhere,
    /// Lowered, but not served yet.
    Unserved,
    /// Plano's; named in a warning and not looked into. The text says what to do about it.
    Ignored(&'static str),
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// A text that is never shown.
    Secret,
    /// `true` or `false`.
    Flag,
    Whole {
        least: u64,
        most: u64,
    },
    /// A decimal of at least 0 with so many places.
    Decimal {
        places: usize,
    },
    /// A duration above 0.
    Duration,
    /// A duration that may be 0.
    Delay,
    Money,
    Size,
    /// A number of tokens above 0.
    Tokens,
    Date,
    Words(&'static [Word]),
    List(&'static Kind),
    Table(&'static Table),
    /// Free keys, each with a value of this kind.
    Named(&'static Kind),
    ListOrTable(&'static Kind, &'static Table),
    /// Whatever YAML can hold.
    Any,
}

/// A word that may stand as a value.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
}

/// An optional key.
pub(crate) const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, about, kind, required: false, standing: Standing::Served }
}

/// A word and what it means.
pub(crate) const fn word(name: &'static str, about: &'static str) -> Word {
    Word { name, about }
}

// === impl Field ===

impl Field {
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(crate) const fn elsewhere(self) -> Self {
        Self { standing: Standing::Elsewhere, ..self }
    }

    pub(crate) const fn unserved(self) -> Self {
        Self { standing: Standing::Unserved, ..self }
    }
}

/// A key of Plano that Callsign does not act on.
pub(crate) const fn ignored(name: &'static str, about: &'static str) -> Field {
    Field { name, about, kind: Kind::Any, required: false, standing: Standing::Ignored(about) }
}

// === impl Table ===

impl Table {
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
