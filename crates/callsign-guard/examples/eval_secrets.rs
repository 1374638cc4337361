//! How well secrets are found in the texts of a file of JSON lines `{text, label, entities: [{type, start, end}]}`, places in code points.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::time::Instant;
use std::{env, fs, io};

use callsign_guard::finding::{Finding, disjoint};
use callsign_guard::secrets::Detector;

/// A text of the file.
#[derive(serde::Deserialize)]
struct Row {
    text: String,
    label: u8,
    #[serde(default)]
    entities: Vec<Entity>,
}

/// What it holds.
#[derive(serde::Deserialize)]
struct Entity {
    r#type: String,
    start: usize,
    end: usize,
}

/// How many of a type there are, how many were touched, and how many exactly met.
#[derive(Default, Clone, Copy)]
struct Score {
    all: usize,
    touched: usize,
    exact: usize,
}

fn main() -> io::Result<()> {
    let path = env::args().nth(1).ok_or_else(|| io::Error::other("name a file of JSON lines"))?;
    let file = fs::read_to_string(path)?;
    let rows: Vec<Row> = file.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let detector = Detector::new();
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let (mut hits, mut alarms, mut told) = (Vec::new(), Vec::new(), String::new());
    for (number, row) in rows.iter().enumerate() {
        let found = places(&detector, &row.text);
        if row.label == 0 {
            alarms.push(!found.is_empty());
            if let Some((kind, span)) = found.first() {
                let _infallible = writeln!(told, "alarm {kind} {span:?} row {number}: {:.160?}", row.text);
            }
        }
        for entity in row.entities.iter().filter(|_| row.label == 1) {
            let score = scores.entry(&entity.r#type).or_default();
            let touched = found.iter().any(|(_, span)| span.start < entity.end && entity.start < span.end);
            let exact = found.iter().any(|(_, span)| *span == (entity.start..entity.end));
            *score = Score {
                all: score.all + 1,
                touched: score.touched + usize::from(touched),
                exact: score.exact + usize::from(exact),
            };
            hits.push(touched);
            if !touched {
                let _infallible = writeln!(told, "missed {}: {:.200?}", entity.r#type, row.text);
            }
        }
    }
    for (kind, Score { all, touched, exact }) in &scores {
        let _infallible = writeln!(told, "{kind:<28} {touched:>4} of {all:<4} exactly {exact}");
    }
    let _infallible = writeln!(
        told,
        "recall       {}\nfalse alarms {}\n{}",
        share(&hits),
        share(&alarms),
        speed(&detector)
    );
    io::stdout().lock().write_all(told.as_bytes())
}

/// What is found in `text`, in code points.
fn places(detector: &Detector, text: &str) -> Vec<(&'static str, Range<usize>)> {
    let mut found: Vec<Finding> = Vec::new();
    detector.find(text, &mut found);
    disjoint(&mut found);
    let points = |byte: usize| text.char_indices().take_while(|(at, _)| *at < byte).count();
    found
        .into_iter()
        .map(|finding| (finding.kind, points(finding.span.start)..points(finding.span.end)))
        .collect()
}

/// How many of `outcomes` are true, with the middle 95 % of what drawing as many of them again gives.
fn share(outcomes: &[bool]) -> String {
    if outcomes.is_empty() {
        return "none".to_owned();
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draws: Vec<usize> = (0..2000)
        .map(|_| {
            (0..outcomes.len())
                .filter(|_| outcomes.get(index(&mut state, outcomes.len())) == Some(&true))
                .count()
        })
        .collect();
    draws.sort_unstable();
    let part = |count: usize| format!("{:.3}", ratio(count, outcomes.len()));
    let (low, high) = (draws.get(50).copied().unwrap_or(0), draws.get(1949).copied().unwrap_or(0));
    let count = outcomes.iter().filter(|outcome| **outcome).count();
    format!("{count} of {}: {} [{}, {}]", outcomes.len(), part(count), part(low), part(high))
}

fn ratio(count: usize, all: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / f64::from(u32::try_from(all).unwrap_or(u32::MAX))
}

fn index(state: &mut u64, length: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state % u64::try_from(length).unwrap_or(1)).unwrap_or(0)
}

/// How long a KB of prose takes, and how long it takes to tell what of it is settled.
fn speed(detector: &Detector) -> String {
    let prose = "The committee met on Tuesday to discuss the author's proposal; a key question was whether the budget \
        would pass, and the answer, after some debate, was that it would, provided that access to the archive is kept. ";
    let mut told = String::new();
    for kilobytes in [1, 100, 5000] {
        let text: String = prose.chars().cycle().take(kilobytes << 10).collect();
        let mut found = Vec::new();
        let find = quickest(|| {
            found.clear();
            detector.find(&text, &mut found);
        }) / kilobytes as u128;
        let settle = quickest(|| {
            std::hint::black_box(detector.settled(&text));
        });
        let held = text.len() - detector.settled(&text);
        let _infallible = writeln!(
            told,
            "prose of {kilobytes} KB: {find} ns a KB; settled in {settle} ns, {held} bytes held back"
        );
    }
    told
}

/// The nanoseconds of the quickest of many runs: others work on the machine too.
#[expect(clippy::disallowed_methods, reason = "a measurement, not the detector")]
fn quickest(mut run: impl FnMut()) -> u128 {
    let begin = Instant::now();
    let mut least = u128::MAX;
    while begin.elapsed().as_millis() < 700 {
        let start = Instant::now();
        run();
        least = least.min(start.elapsed().as_nanos());
    }
    least
}
