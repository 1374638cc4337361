//! What went wrong with an attempt, as routes see it: a set of conditions.

use crate::alias::Condition;

/// A set of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Conditions(u16);

/// The failure of one attempt, or of a target that was passed over.
///
/// One answer may stand for several conditions: a 429 is both `rate_limited` and `quota_exceeded`. The first is
/// the one that people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Failure {
    main: Option<Condition>,
    all: Conditions,
}

// === impl Conditions ===

impl Conditions {
    /// No condition.
    pub const NONE: Self = Self(0);

    /// This set with one more.
    #[must_use]
    pub const fn with(self, condition: Condition) -> Self {
        Self(self.0 | 1 << condition as u16)
    }

    /// Whether the condition is in the set.
    pub const fn contains(self, condition: Condition) -> bool {
        self.0 & (1 << condition as u16) != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Condition> for Conditions {
    fn from_iter<I: IntoIterator<Item = Condition>>(conditions: I) -> Self {
        conditions.into_iter().fold(Self::NONE, Self::with)
    }
}

// === impl Failure ===

impl Failure {
    /// A mistake of the client's: no other target would do better.
    pub const CLIENT: Self = Self { main: None, all: Conditions::NONE };

    /// A failure that is this.
    pub const fn of(condition: Condition) -> Self {
        Self { main: Some(condition), all: Conditions::NONE.with(condition) }
    }

    /// A failure that is this as well.
    #[must_use]
    pub const fn also(self, condition: Condition) -> Self {
        let main = match self.main {
            None => Some(condition),
            main => main,
        };
        Self { main, all: self.all.with(condition) }
    }

    /// What people are told; `None` for a mistake of the client's.
    pub const fn condition(self) -> Option<Condition> {
        self.main
    }

    /// Everything it stands for.
    pub const fn conditions(self) -> Conditions {
        self.all
    }

    /// Whether it is what `condition` asks for. Conditions about positions hold for no failure by itself.
    pub const fn is(self, condition: Condition) -> bool {
        match condition {
            Condition::Any => self.is_any(),
            condition => self.all.contains(condition),
        }
    }

    /// Whether it is a failure that moves a request on without being named: all but a mistake of the client's and
    /// a refusal on policy.
    pub const fn is_any(self) -> bool {
        self.main.is_some() && !self.all.contains(Condition::ContentFiltered)
    }
}
