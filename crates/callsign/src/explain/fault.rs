//! How an attempt of a dry run fails, as it is written on the command line.

use callsign_plan::alias::Condition;
use callsign_plan::fault::Failure;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// A failure with the name it goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// A condition's own name, or [`CLIENT`].
    pub(crate) name: &'static str,
    /// What the walk is told.
    pub(crate) failure: Failure,
}

/// The name of a mistake of the client's.
const CLIENT: &str = "client_error";

/// Reads a fault, and tells which there are.
pub(crate) fn parser() -> impl TypedValueParser<Value = Fault> {
    let conditions = written().map(|(_, names)| {
        let (own, others) = names.split_first().unwrap_or((&"", &[]));
        PossibleValue::new(*own).aliases(others.iter().copied())
    });
    let values: Vec<PossibleValue> = conditions.chain([PossibleValue::new(CLIENT)]).collect();
    PossibleValuesParser::new(values).map(|name| Fault::named(&name))
}

/// The conditions that the failure of one attempt can be.
fn written() -> impl Iterator<Item = (Condition, &'static [&'static str])> {
    use Condition::{AllPreviousFailed, Any, PrimaryAndFirstFallbackFailed, PrimaryFailed};
    let several = [Any, PrimaryFailed, PrimaryAndFirstFallbackFailed, AllPreviousFailed];
    Condition::NAMES.into_iter().filter(move |(condition, _)| !several.contains(condition))
}

// === impl Fault ===

impl Fault {
    /// The fault of this name; of [`parser`]'s names only [`CLIENT`] is no condition's.
    fn named(name: &str) -> Self {
        match written().find(|(_, names)| names.contains(&name)) {
            Some((condition, _)) => Self { name: condition.name(), failure: failure(condition) },
            None => Self { name: CLIENT, failure: Failure::CLIENT },
        }
    }
}

/// A 429 is both: it does not say whether the rate or the quota is meant.
const fn failure(condition: Condition) -> Failure {
    match condition {
        Condition::RateLimited => Failure::of(Condition::RateLimited).also(Condition::QuotaExceeded),
        condition => Failure::of(condition),
    }
}
