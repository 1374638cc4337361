//! Exchanges as they come, for tests and for measuring.

use std::time::Duration;

use callsign_plan::units::Money;
use callsign_telemetry::exchange::{Asked, Attempt, Ended, Exchange, Spent};
use callsign_telemetry::trace::{Share, Trace};
use callsign_wire::dialect::Operation;
use callsign_wire::hub::usage::Usage;

/// A stream that a target served.
pub(crate) fn served() -> Exchange {
    let usage = Usage {
        input: 1_000,
        cache_read: Some(600),
        cache_write: Some(100),
        cache_write_hour: None,
        output: 101,
        reasoning: Some(40),
    };
    let spent = Spent { usage, cost: Some(Money(1_500_000)), is_estimate: false };
    Exchange {
        id: "0193d5b0-0000-7000-8000-000000000001".into(),
        began_ms: 1_764_000_000_000,
        took: Duration::from_millis(2_300),
        first: Some(Duration::from_millis(300)),
        own: Some(Duration::from_micros(180)),
        asked: Some(Asked {
            name: "fast".into(),
            alias: Some("fast".into()),
            operation: Operation::ChatCompletions,
            stream: true,
        }),
        status: 200,
        error: None,
        ended: Ended::Complete,
        model: Some("openai/gpt-4o-mini".into()),
        losses: None,
        bytes: 4_096,
        resumed: None,
        attempts: vec![attempt("openai/gpt-4o-mini", None, Some(spent))],
        checks: Vec::new(),
        findings: Vec::new(),
        trace: Some(Trace::begin(None, (0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 7), Share::ALL)),
        labels: Vec::new(),
        content: None,
    }
}

/// An attempt at a target.
pub(crate) fn attempt(target: &str, condition: Option<&'static str>, spent: Option<Spent>) -> Attempt {
    Attempt {
        target: target.into(),
        after: Duration::from_millis(1),
        took: Duration::from_millis(299),
        condition,
        status: Some(if condition.is_some() { 503 } else { 200 }),
        spent,
    }
}
