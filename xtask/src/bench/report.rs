//! The results as people and as programs read them.

use std::fmt::Write;

use serde_json::{Value, json};

use super::figure::{Bar, Figure, Load, loads};
use super::rounds::{Contender, Findings};

/// Where and how it was measured.
#[derive(Debug)]
pub(super) struct Circumstances {
    /// What each column holds: the reference, and what is measured by it.
    pub(super) columns: (&'static str, &'static str),
    /// One `name: value` each.
    pub(super) remarks: Vec<(&'static str, String)>,
}

/// The results in Markdown.
pub(super) fn markdown(circumstances: &Circumstances, figures: &[Figure], findings: &Findings) -> String {
    let (reference, measured) = circumstances.columns;
    let mut text = String::new();
    for (name, value) in &circumstances.remarks {
        line(&mut text, format_args!("- {name}: {value}"));
    }
    line(
        &mut text,
        format_args!("\n| figure | unit | {reference} | {measured} | ratio | rounds' range | bar | |"),
    );
    line(&mut text, format_args!("|---|---|--:|--:|--:|--:|---|---|"));
    for figure in figures {
        line(&mut text, format_args!("{}", row(figure)));
    }
    line(
        &mut text,
        format_args!("\n| scenario | through | req/s | proxy's core | other core | events per read |"),
    );
    line(&mut text, format_args!("|---|---|--:|--:|--:|--:|"));
    for load in loads(findings) {
        line(&mut text, format_args!("{}", load_row(&load, measured)));
    }
    text
}

/// The results with every sample, for programs.
pub(super) fn json(circumstances: &Circumstances, figures: &[Figure], findings: &Findings) -> Value {
    let samples: Vec<Value> = findings
        .samples
        .iter()
        .map(|((scenario, contender), rounds)| json!({"scenario": scenario, "contender": contender, "rounds": rounds}))
        .collect();
    let circumstances: serde_json::Map<String, Value> =
        circumstances.remarks.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "circumstances": circumstances,
        "figures": figures,
        "loads": loads(findings),
        "samples": samples,
    })
}

fn row(figure: &Figure) -> String {
    let range = figure.range.map(|(least, most)| format!("{least:.2}–{most:.2}")).unwrap_or_default();
    let verdict = match figure.met {
        Some(true) => "pass",
        Some(false) => "**falls short**",
        None => "",
    };
    format!(
        "| {} | {} | {} | {} | {:.2} | {range} | {} | {verdict} |",
        figure.name,
        figure.unit,
        number(figure.reference),
        number(figure.measured),
        figure.ratio,
        figure.bar.map(bar).unwrap_or_default(),
    )
}

fn load_row(load: &Load, candidate: &str) -> String {
    let (through, proxy) = match load.contender {
        Contender::Direct => ("nothing", String::new()),
        Contender::Nginx => ("nginx", percent(load.proxy_busy)),
        Contender::Callsign => (candidate, percent(load.proxy_busy)),
        Contender::Baseline => ("older binary", percent(load.proxy_busy)),
        Contender::Routed => ("split, pool, fallback", percent(load.proxy_busy)),
        Contender::Crowded => ("beside 10,000 aliases", percent(load.proxy_busy)),
        Contender::Shared => ("shared runtime", percent(load.proxy_busy)),
        Contender::Unobserved => ("nothing observed", percent(load.proxy_busy)),
        Contender::Observed => ("everything observed", percent(load.proxy_busy)),
    };
    format!(
        "| {} | {through} | {} | {proxy} | {} | {} |",
        load.scenario.name(),
        number(load.requests_per_second),
        percent(load.others_busy),
        if load.scenario.events() > 0 { number(load.together) } else { String::new() },
    )
}

fn bar(bar: Bar) -> String {
    match bar {
        Bar::RatioAtMost(most) => format!("≤ {most} ×"),
        Bar::RatioAtLeast(least) => format!("≥ {least} ×"),
        Bar::Below(limit) => format!("< {limit}"),
    }
}

/// About three digits that mean something.
fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    writeln!(text, "{content}").ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_the_bar_and_whether_it_is_met() {
        let figure = Figure {
            name: "idle memory".into(),
            unit: "MB",
            reference: 8.0,
            measured: 123.45,
            ratio: 15.43,
            range: Some((15.0, 16.0)),
            bar: Some(Bar::Below(15.0)),
            met: Some(false),
        };
        assert_eq!(
            row(&figure),
            "| idle memory | MB | 8.00 | 123 | 15.43 | 15.00–16.00 | < 15 | **falls short** |"
        );
    }
}
