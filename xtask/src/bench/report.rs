//! The results as people and as programs read them.

use std::fmt::Write;

use serde_json::{Value, json};

use super::figure::{Bar, Figure, Load, figures, loads};
use super::rounds::{Contender, Findings};

/// Where and how it was measured; one `name: value` per line of the report.
pub(super) type Circumstances = Vec<(&'static str, String)>;

/// The results in Markdown.
pub(super) fn markdown(circumstances: &Circumstances, findings: &Findings) -> String {
    let mut text = String::new();
    for (name, value) in circumstances {
        line(&mut text, format_args!("- {name}: {value}"));
    }
    line(&mut text, format_args!("\n| figure | unit | nginx | Callsign | ratio | rounds' range | bar | |"));
    line(&mut text, format_args!("|---|---|--:|--:|--:|--:|---|---|"));
    for figure in figures(findings) {
        line(&mut text, format_args!("{}", row(&figure)));
    }
    line(
        &mut text,
        format_args!("\n| scenario | through | req/s | proxy's core | other core | events per read |"),
    );
    line(&mut text, format_args!("|---|---|--:|--:|--:|--:|"));
    for load in loads(findings) {
        line(&mut text, format_args!("{}", load_row(&load)));
    }
    text
}

/// The results with every sample, for programs.
pub(super) fn json(circumstances: &Circumstances, findings: &Findings) -> Value {
    let samples: Vec<Value> = findings
        .samples
        .iter()
        .map(|((scenario, contender), rounds)| json!({"scenario": scenario, "contender": contender, "rounds": rounds}))
        .collect();
    let circumstances: serde_json::Map<String, Value> =
        circumstances.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "circumstances": circumstances,
        "figures": figures(findings),
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
        number(figure.nginx),
        number(figure.callsign),
        figure.ratio,
        figure.bar.map(bar).unwrap_or_default(),
    )
}

fn load_row(load: &Load) -> String {
    let proxy = if load.contender == Contender::Direct { String::new() } else { percent(load.proxy_busy) };
    format!(
        "| {} | {} | {} | {proxy} | {} | {} |",
        load.scenario.name(),
        format!("{:?}", load.contender).to_lowercase(),
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
            nginx: 8.0,
            callsign: 123.45,
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
