//! What a prompt must pass before it goes on. Content checks are not served yet, so an alias that asks for one
//! is refused: a configured guard is never skipped.

use callsign_plan::catalog::Catalog;

use crate::ask::Ask;
use crate::refusal::{Code, Refusal};

/// An ask that may go to a target.
#[derive(Debug)]
pub(crate) struct Cleared(pub(crate) Ask);

/// Clears `ask` for every alias that it may lead to.
pub(crate) fn clear(catalog: &Catalog, ask: Ask) -> Result<Cleared, Refusal> {
    match catalog.aliases_of(ask.found).find(|alias| alias.guardrails.checks_content()) {
        None => Ok(Cleared(ask)),
        Some(alias) => Err(Refusal::new(
            Code::NotServed,
            format!("the guardrails of `{}` are not served yet, so it answers nothing", alias.name),
        )),
    }
}
