//! Measures the detector of personal data on JSON lines `{"text", "label", "entities": [{"type", "start", "end"}]}`, places in code
//! points: `cargo run -p callsign-guard --release --example eval_pii [--show] FILE…`.
//!
//! A labelled span counts as found where a finding overlaps it, as exact where one has the same ends. Rows of label 0 count as false
//! alarms where anything is found. Intervals are 95 % bootstrap intervals over rows. `--show` lists what was missed and what was not.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it prints figures and times them")]

use std::collections::BTreeMap;
use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use callsign_guard::finding::{Finding, disjoint};
use callsign_guard::pii::Detector;

/// Labels of things that are no personal data by themselves: they are counted, but not in the sum.
const NOT_PERSONAL: &[&str] =
    &["ORGANIZATION", "GPE", "DATE_TIME", "NRP", "TITLE", "AGE", "DOMAIN_NAME", "ZIP_CODE"];
/// How often rows are drawn anew.
const DRAWS: usize = 2000;

/// A labelled text.
#[derive(serde::Deserialize)]
struct Row {
    text: String,
    label: u8,
    #[serde(default)]
    entities: Vec<Entity>,
}

/// A labelled span, in code points.
#[derive(serde::Deserialize)]
struct Entity {
    #[serde(rename = "type")]
    kind: String,
    start: usize,
    end: usize,
}

/// How many there are, how many were found, how many with the same ends.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    all: usize,
    found: usize,
    exact: usize,
}

/// What was made of one row.
struct Outcome {
    /// Of the spans that count.
    spans: Tally,
    /// Whether a row without personal data raised an alarm.
    alarm: Option<bool>,
}

fn main() -> ExitCode {
    let (options, files): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let show = options.iter().any(|option| option == "--show");
    for file in files {
        let rows = match read(&file) {
            Ok(rows) => rows,
            Err(why) => {
                println!("`{file}` cannot be read: {why}");
                return ExitCode::FAILURE;
            }
        };
        println!("## {file}");
        evaluate(&rows, show);
    }
    ExitCode::SUCCESS
}

fn read(file: &str) -> Result<Vec<Row>, std::io::Error> {
    let lines = std::fs::read_to_string(file)?;
    lines.lines().map(|line| serde_json::from_str(line).map_err(std::io::Error::other)).collect()
}

fn evaluate(rows: &[Row], show: bool) {
    let detector = Detector::new();
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    let started = Instant::now();
    let findings: Vec<_> = rows.iter().map(|row| find(&detector, &row.text)).collect();
    let took = started.elapsed();
    let outcomes: Vec<_> =
        rows.iter().zip(&findings).map(|(row, found)| judge(row, found, &mut kinds, show)).collect();
    for (kind, tally) in &kinds {
        let mark = if NOT_PERSONAL.contains(kind) { "(not counted)" } else { "" };
        println!(
            "{kind:<24} {:>4} of {:>4}  {:.3}  exact {:.3}  {mark}",
            tally.found,
            tally.all,
            share(tally.found, tally.all),
            share(tally.exact, tally.all)
        );
    }
    let recall = interval(&outcomes, |sum| share(sum.0.found, sum.0.all));
    let exact = interval(&outcomes, |sum| share(sum.0.exact, sum.0.all));
    let alarms = interval(&outcomes, |sum| share(sum.1, sum.2));
    println!("recall       {recall}\nexact        {exact}\nfalse alarms {alarms}");
    let bytes: usize = rows.iter().map(|row| row.text.len()).sum();
    println!("{bytes} bytes in {took:?}");
}

fn find(detector: &Detector, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    detector.find(text, &mut found);
    disjoint(&mut found);
    found
}

fn judge<'r>(row: &'r Row, found: &[Finding], kinds: &mut BTreeMap<&'r str, Tally>, show: bool) -> Outcome {
    let mut spans = Tally::default();
    for entity in &row.entities {
        let span = bytes(&row.text, entity);
        let hit = found.iter().any(|finding| finding.span.start < span.end && span.start < finding.span.end);
        let exact = found.iter().any(|finding| finding.span == span);
        let kind = kinds.entry(entity.kind.as_str()).or_default();
        let counted = !NOT_PERSONAL.contains(&entity.kind.as_str());
        for tally in [Some(kind), counted.then_some(&mut spans)].into_iter().flatten() {
            tally.all += 1;
            tally.found += usize::from(hit);
            tally.exact += usize::from(exact);
        }
        if show && counted && !hit {
            println!("missed {} {:?} in {:?}", entity.kind, row.text.get(span).unwrap_or_default(), row.text);
        }
    }
    let alarm = (row.label == 0 && row.entities.is_empty()).then_some(!found.is_empty());
    if show && alarm == Some(true) {
        let what: Vec<_> =
            found.iter().map(|finding| (finding.kind, row.text.get(finding.span.clone()))).collect();
        println!("alarm {what:?} in {:?}", row.text);
    }
    Outcome { spans, alarm }
}

/// The bytes that an entity's code points are.
fn bytes(text: &str, entity: &Entity) -> Range<usize> {
    let place = |point: usize| text.char_indices().nth(point).map_or(text.len(), |(at, _)| at);
    place(entity.start)..place(entity.end)
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are small")]
fn share(part: usize, all: usize) -> f64 {
    if all == 0 { f64::NAN } else { part as f64 / all as f64 }
}

/// A figure, and between what bounds it lies when rows are drawn anew.
fn interval(outcomes: &[Outcome], figure: impl Fn((Tally, usize, usize)) -> f64) -> String {
    let sum = |outcomes: &mut dyn Iterator<Item = &Outcome>| {
        let mut sum = (Tally::default(), 0, 0);
        for outcome in outcomes {
            sum.0.all += outcome.spans.all;
            sum.0.found += outcome.spans.found;
            sum.0.exact += outcome.spans.exact;
            sum.1 += usize::from(outcome.alarm == Some(true));
            sum.2 += usize::from(outcome.alarm.is_some());
        }
        sum
    };
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).ok().and_then(|drawn| outcomes.get(drawn % outcomes.len().max(1)))
    };
    let mut figures: Vec<f64> = (0..DRAWS)
        .map(|_| figure(sum(&mut (0..outcomes.len()).filter_map(|_| draw()).collect::<Vec<_>>().into_iter())))
        .collect();
    figures.sort_by(f64::total_cmp);
    let bound = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
    let whole = sum(&mut outcomes.iter());
    format!(
        "{:.4} [{:.4}, {:.4}]  ({} of {} spans, {} of {} look-alikes)",
        figure(whole),
        bound(DRAWS / 40),
        bound(DRAWS - DRAWS / 40),
        whole.0.found,
        whole.0.all,
        whole.1,
        whole.2
    )
}
