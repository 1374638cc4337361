//! What it costs to count an exchange: `cargo run --release -p callsign-telemetry --example rollup_cost`.

use std::hint::black_box;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callsign_plan::units::Money;
use callsign_telemetry::exchange::{Asked, Attempt, Ended, Exchange, Spent};
use callsign_telemetry::rollup::Rollups;
use callsign_wire::dialect::Operation;
use callsign_wire::hub::usage::Usage;

const MANY: u64 = 1_000_000;
/// 2026-01-01 00:00 UTC, in milliseconds.
const START: u64 = 1_767_225_600_000;

fn exchange(alias: &Arc<str>, target: &Arc<str>) -> Exchange {
    let usage = Usage { input: 900, output: 300, ..Usage::default() };
    let spent = Some(Spent { usage, cost: Some(Money(1_250_000)), is_estimate: false });
    let (after, took, condition) = (Duration::ZERO, Duration::from_millis(340), None);
    Exchange {
        id: "0198c0de-0000-7000-8000-000000000000".into(),
        began_ms: START,
        took: Duration::from_millis(2100),
        first: Some(Duration::from_millis(350)),
        own: None,
        asked: Some(Asked {
            name: alias.as_ref().into(),
            alias: Some(Arc::clone(alias)),
            operation: Operation::ChatCompletions,
            stream: true,
        }),
        status: 200,
        error: None,
        ended: Ended::Complete,
        model: None,
        losses: None,
        bytes: 5000,
        resumed: None,
        attempts: vec![Attempt {
            target: Arc::clone(target),
            after,
            took,
            condition,
            status: Some(200),
            spent,
        }],
        checks: Vec::new(),
        findings: Vec::new(),
        trace: None,
        labels: Vec::new(),
        content: None,
    }
}

fn main() -> std::io::Result<()> {
    for (names, per_second) in [(1, 5000), (100, 5000), (10_000, 5000)] {
        let name = |number: usize| -> (Arc<str>, Arc<str>) {
            (format!("alias.{number}").into(), format!("provider/model-{}", number % 200).into())
        };
        let mut exchanges: Vec<Exchange> =
            (0..names).map(name).map(|(alias, target)| exchange(&alias, &target)).collect();
        let (mut rollups, began) = (Rollups::new(START), Instant::now());
        for number in 0..MANY {
            // Names come in an order of no order, and times in some hundred lengths.
            let place = usize::try_from(number.wrapping_mul(0x9E37_79B9) >> 7).unwrap_or(0) % names;
            if let Some(exchange) = exchanges.get_mut(place) {
                exchange.began_ms = START + number * 1000 / per_second;
                exchange.took = Duration::from_millis(500 + number.wrapping_mul(7919) % 4000);
                rollups.saw(black_box(exchange));
            }
        }
        let each = began.elapsed().as_nanos() / u128::from(MANY);
        writeln!(
            std::io::stdout(),
            "{names} aliases, {per_second} exchanges a second: {each} ns for each exchange"
        )?;
    }
    Ok(())
}
