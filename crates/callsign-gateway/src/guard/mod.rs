//! What a prompt must pass before it goes on. Content checks are not served yet, so an alias that asks for one
//! is refused: a configured guard is never skipped.

use callsign_plan::catalog::Catalog;
use callsign_plan::chart::Course;

use crate::ask::Ask;
use crate::refusal::{Code, Refusal};

/// An ask that may go to a target.
#[derive(Debug)]
pub(crate) struct Cleared(pub(crate) Ask);

/// Clears `ask` for every alias on its course.
pub(crate) fn clear(catalog: &Catalog, course: &Course, ask: Ask) -> Result<Cleared, Refusal> {
    let mut aliases = course.aliases.iter().filter_map(|id| catalog.alias(*id));
    match aliases.find(|alias| !alias.guardrails.is_empty()) {
        None => Ok(Cleared(ask)),
        Some(alias) => Err(Refusal::new(
            Code::NotServed,
            format!("the guardrails of `{}` are not served yet, so it answers nothing", alias.name),
        )),
    }
}
