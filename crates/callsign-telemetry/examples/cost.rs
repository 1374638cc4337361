//! What one exchange costs the thread aside: `cargo run --release --example cost -p callsign-telemetry`.
#![expect(clippy::print_stdout, reason = "it reports to whoever runs it")]

#[path = "../tests/exposition/sample.rs"]
mod sample;

use std::hint::black_box;

use callsign_telemetry::metrics;
use callsign_telemetry::otlp::Teller;
use callsign_telemetry::spans::{Phases, Weaver};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: u32 = 1_000_000;

fn main() {
    let (mut meter, _exposition) = metrics::start();
    let served = sample::served();
    let untraced = callsign_telemetry::exchange::Exchange { trace: None, ..served.clone() };
    report("metrics", || meter.saw(black_box(&untraced), &|_| true));
    report("metrics with exemplars", || meter.saw(black_box(&served), &|_| true));
    let (weaver, teller) = (Weaver::new(&[], Phases::Untold), Teller::new(&[], "0"));
    report("spans (two)", || {
        let mut batch = teller.open(0);
        weaver.weave(black_box(&served), &mut batch);
        drop(black_box(batch));
    });
}

fn report(what: &str, mut work: impl FnMut()) {
    let began = seconds();
    (0..ROUNDS).for_each(|_| work());
    let nanoseconds = (seconds() - began) * 1e9 / f64::from(ROUNDS);
    println!("{what}: {nanoseconds:.0} ns of CPU");
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a short run")]
fn seconds() -> f64 {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}
