//! From samples to figures: medians, ratios to nginx, and whether each meets its bar. Pure.

use serde::Serialize;

use super::rounds::{Contender, Findings, Sample, Weight};
use super::scenario::Scenario;

/// One line of the table.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) unit: &'static str,
    pub(super) reference: f64,
    pub(super) measured: f64,
    /// The measured figure as a multiple of the reference.
    pub(super) ratio: f64,
    /// The least and the greatest ratio of a single round.
    pub(super) range: Option<(f64, f64)>,
    pub(super) bar: Option<Bar>,
    /// Whether the bar is met; nothing where there is none.
    pub(super) met: Option<bool>,
}

/// What a figure has to meet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Bar {
    /// At most this multiple of the reference.
    RatioAtMost(f64),
    /// At least this multiple of the reference.
    RatioAtLeast(f64),
    /// Less than this, whatever the reference is.
    Below(f64),
}

/// What the cores did: where the proxy's is full, requests per second measure the proxy and not the clients.
#[derive(Debug, Serialize)]
pub(super) struct Load {
    pub(super) scenario: Scenario,
    pub(super) contender: Contender,
    pub(super) requests_per_second: f64,
    /// The share of the run that the proxy was on its core.
    pub(super) proxy_busy: f64,
    /// The same for the clients and the model server together.
    pub(super) others_busy: f64,
    /// Events per read of a client.
    pub(super) together: f64,
}

/// One number of one round.
type Reading = fn(&Sample) -> f64;

// === impl Bar ===

impl Bar {
    fn is_met(self, figure: f64, ratio: f64) -> bool {
        match self {
            Self::RatioAtMost(most) => ratio <= most,
            Self::RatioAtLeast(least) => ratio >= least,
            Self::Below(limit) => figure < limit,
        }
    }
}

// === impl Figure ===

impl Figure {
    pub(super) fn new(
        name: impl Into<String>,
        unit: &'static str,
        (reference, measured): (f64, f64),
    ) -> Self {
        let ratio = measured / reference;
        Self { name: name.into(), unit, reference, measured, ratio, range: None, bar: None, met: None }
    }

    pub(super) fn held_to(self, bar: Bar) -> Self {
        Self { met: Some(bar.is_met(self.measured, self.ratio)), bar: Some(bar), ..self }
    }
}

/// The table's lines.
pub(super) fn figures(findings: &Findings) -> Vec<Figure> {
    let rounds =
        |scenario, name: &str, unit, reading| by_round(findings, scenario, TO_NGINX, (name, unit), reading);
    let mut table = Vec::new();
    for (scenario, size, most) in [(Scenario::Small, "1 KB", 1.25), (Scenario::Large, "100 KB", 1.15)] {
        let name = |what| format!("{size}: {what}");
        table.push(
            rounds(scenario, &name("CPU per 1,000 requests"), "ms", cpu_ms_per_1000)
                .held_to(Bar::RatioAtMost(most)),
        );
        table.push(
            rounds(scenario, &name("throughput"), "req/s", requests_per_second)
                .held_to(Bar::RatioAtLeast(0.8)),
        );
        table.push(rounds(scenario, &name("p50 of 32 connections"), "µs", |sample| sample.seen.p50_us));
        table.push(rounds(scenario, &name("p99 of 32 connections"), "µs", |sample| sample.seen.p99_us));
    }
    for (scenario, name, most) in [
        (Scenario::Burst, "burst stream", 1.5),
        (Scenario::Brisk, "burst of single events", 1.5),
        (Scenario::Paced, "paced stream", 1.15),
    ] {
        let events = scenario.events();
        let name = format!("{name}: CPU per 1,000 events");
        let mut figure = rounds(scenario, &name, "ms", cpu_ms_per_1000);
        (figure.reference, figure.measured) = (per(figure.reference, events), per(figure.measured, events));
        table.push(figure.held_to(Bar::RatioAtMost(most)));
    }
    table.extend(latency(findings));
    table.extend(weight(findings));
    table
}

/// What the cores did in each scenario.
pub(super) fn loads(findings: &Findings) -> Vec<Load> {
    let load =
        |(&(scenario, contender), samples): (&(Scenario, Contender), &Vec<Sample>)| Load {
            scenario,
            contender,
            requests_per_second: median(samples.iter().map(requests_per_second)),
            proxy_busy: median(samples.iter().map(|sample| sample.proxy_cpu / sample.seen.seconds)),
            others_busy: median(samples.iter().map(|sample| sample.others_cpu / sample.seen.seconds)),
            together: median(samples.iter().map(|sample| {
                float(sample.seen.requests * scenario.events().max(1)) / float(sample.seen.reads)
            })),
        };
    findings.samples.iter().map(load).collect()
}

fn latency(findings: &Findings) -> Vec<Figure> {
    let one = |name: &str, reading| by_round(findings, Scenario::Single, TO_NGINX, (name, "µs"), reading);
    let p50 = one("one connection: p50", |sample| sample.seen.p50_us).held_to(Bar::RatioAtMost(1.2));
    let p99 = one("one connection: p99", |sample| sample.seen.p99_us).held_to(Bar::Below(1000.0));
    let direct = |reading: Reading| median(readings(findings, Scenario::Single, Contender::Direct, reading));
    let (bare_p50, bare_p99) = (direct(|sample| sample.seen.p50_us), direct(|sample| sample.seen.p99_us));
    let added = |name: &str, figure: &Figure, bare: f64| {
        Figure::new(name, "µs", (figure.reference - bare, figure.measured - bare))
    };
    let added_p50 = added("one connection: p50 added to a direct one", &p50, bare_p50);
    let added_p99 = added("one connection: p99 added to a direct one", &p99, bare_p99);
    vec![p50, p99, added_p50, added_p99]
}

fn weight(findings: &Findings) -> Vec<Figure> {
    let both = |name: &str, unit, reading: fn(&Weight) -> f64| {
        let of = |contender| findings.weights.get(&contender).map_or(f64::NAN, reading);
        Figure::new(name, unit, (of(Contender::Nginx), of(Contender::Callsign)))
    };
    vec![
        both("idle memory", "MB", |weight| megabytes(weight.idle.resident)).held_to(Bar::Below(15.0)),
        both("peak memory", "MB", |weight| megabytes(weight.busy.peak)),
        both("start-up", "ms", start_up).held_to(Bar::Below(50.0)),
    ]
}

/// The reference, and what is measured by it.
const TO_NGINX: (Contender, Contender) = (Contender::Nginx, Contender::Callsign);

/// Medians of the rounds, and the ratios of each.
pub(super) fn by_round(
    findings: &Findings,
    scenario: Scenario,
    (reference, measured): (Contender, Contender),
    (name, unit): (&str, &'static str),
    reading: Reading,
) -> Figure {
    let reference = readings(findings, scenario, reference, reading);
    let measured = readings(findings, scenario, measured, reading);
    let ratios = reference.iter().zip(&measured).map(|(reference, measured)| measured / reference);
    let range = ratios.clone().reduce(f64::min).zip(ratios.reduce(f64::max));
    Figure { range, ..Figure::new(name, unit, (median(reference), median(measured))) }
}

fn readings(findings: &Findings, scenario: Scenario, contender: Contender, reading: Reading) -> Vec<f64> {
    findings.samples.get(&(scenario, contender)).into_iter().flatten().map(reading).collect()
}

/// Milliseconds from the start to the first answer.
pub(super) fn start_up(weight: &Weight) -> f64 {
    median(weight.ready_after.iter().map(|ready_after| ready_after.as_secs_f64() * 1e3))
}

/// Processor time of the proxy.
pub(super) fn cpu_ms_per_1000(sample: &Sample) -> f64 {
    per(sample.proxy_cpu * 1e6, sample.seen.requests)
}

fn requests_per_second(sample: &Sample) -> f64 {
    float(sample.seen.requests) / sample.seen.seconds
}

fn per(sum: f64, count: usize) -> f64 {
    sum / float(count)
}

fn megabytes(kibibytes: u64) -> f64 {
    float(usize::try_from(kibibytes).unwrap_or(usize::MAX)) * 1024.0 / 1e6
}

/// A count as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^52")]
pub(super) fn float(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// The middle value; of an even number the mean of the two in the middle.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let at = |rank: usize| values.get(rank).copied().unwrap_or(f64::NAN);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    f64::midpoint(at(low), at(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::load::Seen;

    #[test]
    fn a_median_ignores_the_odd_one_out() {
        for (values, expected) in
            [(vec![3.0], 3.0), (vec![9.0, 1.0, 2.0], 2.0), (vec![4.0, 1.0, 2.0, 90.0], 3.0)]
        {
            assert!((median(values.clone()) - expected).abs() < 1e-9, "{values:?}");
        }
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn a_bar_is_met_up_to_its_edge_and_never_by_what_was_not_measured() {
        for (bar, figure, ratio, expected) in [
            (Bar::RatioAtMost(1.25), 9.0, 1.25, true),
            (Bar::RatioAtMost(1.25), 9.0, 1.26, false),
            (Bar::RatioAtLeast(0.8), 9.0, 0.8, true),
            (Bar::RatioAtLeast(0.8), 9.0, 0.79, false),
            (Bar::Below(15.0), 14.9, 9.0, true),
            (Bar::Below(15.0), 15.0, 0.1, false),
            (Bar::RatioAtMost(1.25), f64::NAN, f64::NAN, false),
            (Bar::RatioAtLeast(0.8), f64::NAN, f64::NAN, false),
            (Bar::Below(15.0), f64::NAN, f64::NAN, false),
        ] {
            assert_eq!(bar.is_met(figure, ratio), expected, "{bar:?} {figure} {ratio}");
        }
    }

    fn sample(proxy_cpu: f64, p50_us: f64) -> Sample {
        let seen =
            Seen { requests: 100, seconds: 0.5, p50_us, p99_us: 2.0 * p50_us, reads: 100, cpu_seconds: 0.1 };
        Sample { seen, proxy_cpu, others_cpu: 0.2 }
    }

    #[test]
    fn figures_are_medians_and_ratios_to_nginx() {
        let mut findings = Findings::default();
        for scenario in Scenario::ALL {
            findings.samples.insert((scenario, Contender::Direct), vec![sample(0.0, 10.0)]);
            findings.samples.insert(
                (scenario, Contender::Nginx),
                vec![sample(0.1, 40.0), sample(0.2, 40.0), sample(0.9, 40.0)],
            );
            findings.samples.insert((scenario, Contender::Callsign), vec![sample(0.3, 55.0); 3]);
        }
        let table = figures(&findings);
        let find = |name: &str| table.iter().find(|figure| figure.name == name).unwrap();
        let near =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");

        let small = find("1 KB: CPU per 1,000 requests");
        near(small.reference, 2000.0);
        near(small.measured, 3000.0);
        near(small.ratio, 1.5);
        near(small.range.unwrap().0, 1.0 / 3.0);
        near(small.range.unwrap().1, 3.0);
        assert_eq!(small.met, Some(false));
        near(find("burst stream: CPU per 1,000 events").measured, 6.0);
        near(find("1 KB: throughput").reference, 200.0);
        near(find("one connection: p50 added to a direct one").measured, 45.0);
        near(find("one connection: p99").measured, 110.0);
        assert_eq!(find("one connection: p99").met, Some(true));
        assert_eq!(find("idle memory").met, Some(false));
    }
}
