//! Who may come in: at the moment, as many exchanges at once as the listener allows.

use callsign_plan::catalog::Limits;

use crate::refusal::{Code, Refusal};
use crate::state::tally::{Counted, Tally};

/// The right to be served; it ends with the exchange.
#[derive(Debug)]
pub(crate) struct Permit(#[expect(dead_code, reason = "held for its drop")] Counted);

/// Lets an exchange in, or says when to come back.
pub(crate) fn admit(exchanges: &Tally, limits: &Limits) -> Result<Permit, Refusal> {
    exchanges.enter(limits.in_flight).map(Permit).ok_or_else(|| {
        let message = format!("{} requests are under way already, try again shortly", limits.in_flight);
        Refusal::new(Code::Overloaded, message).retry_after(1)
    })
}
