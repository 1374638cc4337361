//! Callsign beside itself: what routing, a long file or the other runtime add to a plain alias, and what a plain alias
//! costs beside an older binary.

use clap::ValueEnum;

use super::config::{Observers, Routes};
use super::figure::{Bar, Figure, by_round, cpu_ms_per_1000, start_up};
use super::proxy::Runtime;
use super::rounds::{Contender, Findings};
use super::scenario::Scenario;

/// What is measured beside a plain alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Variant {
    /// An alias that is a split, of which one part is a pool, with a fallback that is not used.
    Routed,
    /// A plain alias in a file with 10,000 others of ten targets each.
    Crowded,
    /// A plain alias on the runtime whose workers share their work.
    Shared,
    /// A plain alias without history and admin listener.
    Unobserved,
    /// A plain alias with everything that looks at exchanges.
    Observed,
}

/// Where routing could cost something.
pub(super) const SCENARIOS: &[Scenario] = &[Scenario::Small, Scenario::Large];
/// What routing may add to a request.
const ROUTED: f64 = 1.10;
/// What a plain alias may cost more than before there were routes; also what this bench can tell from nothing.
const PLAIN: f64 = 1.03;
/// What all observation together may add to a request.
const OBSERVED: f64 = 1.15;
/// How long ten thousand aliases may take to load, in milliseconds.
const LOAD: f64 = 1000.0;

// === impl Variant ===

impl Variant {
    /// Its name among the contenders.
    pub(super) const fn contender(self) -> Contender {
        match self {
            Self::Routed => Contender::Routed,
            Self::Crowded => Contender::Crowded,
            Self::Shared => Contender::Shared,
            Self::Unobserved => Contender::Unobserved,
            Self::Observed => Contender::Observed,
        }
    }

    /// The name of its files.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Routed => "routed",
            Self::Crowded => "crowded",
            Self::Shared => "shared",
            Self::Unobserved => "unobserved",
            Self::Observed => "observed",
        }
    }

    /// What its aliases mean.
    pub(super) const fn routes(self) -> Routes {
        match self {
            Self::Routed => Routes::Routed,
            Self::Crowded => Routes::Crowded,
            Self::Shared | Self::Unobserved | Self::Observed => Routes::Plain,
        }
    }

    /// Who looks at its exchanges.
    pub(super) const fn observers(self) -> Observers {
        match self {
            Self::Routed | Self::Crowded | Self::Shared => Observers::Usual,
            Self::Unobserved => Observers::None,
            Self::Observed => Observers::All,
        }
    }

    /// How its workers share the work.
    pub(super) const fn runtime(self) -> Runtime {
        match self {
            Self::Routed | Self::Crowded | Self::Unobserved | Self::Observed => Runtime::PerCore,
            Self::Shared => Runtime::Shared,
        }
    }
}

/// The table's lines: of everything that was measured, and nothing else.
pub(super) fn figures(findings: &Findings) -> Vec<Figure> {
    let has = |contender| findings.weights.contains_key(&contender);
    let before = if has(Contender::Baseline) { Contender::Baseline } else { Contender::Callsign };
    let comparisons = [
        ("plain alias, by the older binary", Contender::Baseline, Contender::Callsign, Some(PLAIN)),
        ("split, pool and fallback", before, Contender::Routed, Some(ROUTED)),
        ("beside 10,000 aliases", Contender::Callsign, Contender::Crowded, Some(PLAIN)),
        ("everything observed", Contender::Unobserved, Contender::Observed, Some(OBSERVED)),
        ("everything observed, by the older binary", Contender::Baseline, Contender::Observed, None),
        ("shared runtime", Contender::Callsign, Contender::Shared, None),
    ];
    let measured = comparisons.iter().filter(|(_, before, after, _)| has(*before) && has(*after));
    let mut table = Vec::new();
    for (name, before, after, most) in measured {
        for (scenario, size) in [(Scenario::Small, "1 KB"), (Scenario::Large, "100 KB")] {
            let name = format!("{size}, {name}: CPU per 1,000 requests");
            let figure = by_round(findings, scenario, (*before, *after), (&name, "ms"), cpu_ms_per_1000);
            table.push(match most {
                Some(most) => figure.held_to(Bar::RatioAtMost(*most)),
                None => figure,
            });
        }
    }
    table.extend(load_time(findings));
    table
}

/// From the start to the first answer, with the long file.
fn load_time(findings: &Findings) -> Option<Figure> {
    let of = |contender| findings.weights.get(&contender).map(start_up);
    let times = (of(Contender::Callsign)?, of(Contender::Crowded)?);
    Some(Figure::new("10,000 aliases of ten targets: start-up", "ms", times).held_to(Bar::Below(LOAD)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bench::load::Seen;
    use crate::bench::rounds::{Sample, Weight};

    fn findings(costs: &[(Contender, f64)]) -> Findings {
        let mut findings = Findings::default();
        for (contender, proxy_cpu) in costs {
            let seen = Seen {
                requests: 1000,
                seconds: 1.0,
                p50_us: 1.0,
                p99_us: 1.0,
                reads: 1000,
                cpu_seconds: 0.1,
            };
            for scenario in SCENARIOS {
                let sample = Sample { seen: seen.clone(), proxy_cpu: *proxy_cpu, others_cpu: 0.1 };
                findings.samples.insert((*scenario, *contender), vec![sample]);
            }
            let weight = Weight { ready_after: vec![Duration::from_secs(2)], ..Weight::default() };
            findings.weights.insert(*contender, weight);
        }
        findings
    }

    fn verdicts(costs: &[(Contender, f64)]) -> Vec<(String, Option<bool>)> {
        figures(&findings(costs)).into_iter().map(|figure| (figure.name, figure.met)).collect()
    }

    #[test]
    fn only_what_was_measured_is_told() {
        assert_eq!(verdicts(&[(Contender::Callsign, 1.0)]), []);
        let shared = verdicts(&[(Contender::Callsign, 1.0), (Contender::Shared, 9.0)]);
        assert_eq!(shared.len(), 2);
        assert!(shared.iter().all(|(name, met)| name.contains("shared runtime") && met.is_none()));
    }

    #[test]
    fn routes_are_held_to_the_older_binary_where_there_is_one() {
        let after = [(Contender::Callsign, 1.02), (Contender::Routed, 1.11)];
        assert!(verdicts(&after).iter().all(|(_, met)| *met == Some(true)), "1.11 / 1.02 is below the bar");
        let verdicts = verdicts(&[after.as_slice(), &[(Contender::Baseline, 1.0)]].concat());
        let met: Vec<_> = verdicts.iter().map(|(_, met)| *met).collect();
        assert_eq!(met, [Some(true), Some(true), Some(false), Some(false)], "{verdicts:?}");
    }

    #[test]
    fn long_file_is_held_to_its_time_to_load() {
        let verdicts = verdicts(&[(Contender::Callsign, 1.0), (Contender::Crowded, 1.0)]);
        let last = verdicts.last().unwrap();
        assert_eq!((last.0.as_str(), last.1), ("10,000 aliases of ten targets: start-up", Some(false)));
    }
}
