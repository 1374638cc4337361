//! What the profanity detector finds in labelled texts: recall and false alarms by category, with 95 % bootstrap intervals.
//!
//! `cargo run -p callsign-guard --release --example eval_profanity -- FILE…` reads JSON lines `{"text", "label", "category"}`; a text
//! of label 1 holds a swear word, one of label 0 does not. `--misses` lists what is judged wrongly instead.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use callsign_guard::profanity::Detector;

/// How often the texts of a category are drawn anew.
const DRAWS: usize = 1000;

#[derive(serde::Deserialize)]
struct Row {
    text: String,
    label: u8,
    category: String,
}

/// The texts of one category: whether something was found in each.
type Outcomes = BTreeMap<(u8, String), Vec<bool>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _unheard = writeln!(std::io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let (flags, files): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument == "--misses");
    let detector = Detector::new();
    let mut outcomes = Outcomes::new();
    let mut out = std::io::stdout().lock();
    for file in files {
        for line in std::fs::read_to_string(&file)?.lines() {
            let row: Row = serde_json::from_str(line)?;
            let mut found = Vec::new();
            detector.find(&row.text, &mut found);
            if !flags.is_empty() && found.is_empty() == (row.label == 1) {
                writeln!(out, "{}\t{}\t{}\t{found:?}", row.label, row.category, row.text)?;
            }
            for category in [row.category, "all".to_owned()] {
                outcomes.entry((row.label, category)).or_default().push(!found.is_empty());
            }
        }
    }
    for ((label, category), hits) in outcomes.iter().filter(|_| flags.is_empty()) {
        writeln!(out, "{}", line(*label, category, hits))?;
    }
    Ok(())
}

/// One line of the report.
fn line(label: u8, category: &str, hits: &[bool]) -> String {
    let count = hits.iter().filter(|&&hit| hit).count();
    let (low, high) = interval(hits);
    let measure = if label == 1 { "recall" } else { "false alarms" };
    format!(
        "{measure:<12}  {category:<14} {count:>5} of {:<5} {:.3} ({low:.3} to {high:.3})",
        hits.len(),
        share(count, hits.len())
    )
}

/// The 95 % bootstrap interval of the share of hits.
fn interval(hits: &[bool]) -> (f64, f64) {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut shares: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..hits.len()).filter(|_| hits.get(draw(&mut seed, hits.len())) == Some(&true));
            share(drawn.count(), hits.len())
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    let at = |place: usize| shares.get(place).copied().unwrap_or_default();
    (at(DRAWS / 40), at(DRAWS - 1 - DRAWS / 40))
}

/// A number below `count`, from a xorshift: the report is the same each time.
fn draw(seed: &mut u64, count: usize) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    usize::try_from(*seed >> 33).unwrap_or_default() % count.max(1)
}

fn share(part: usize, whole: usize) -> f64 {
    let number = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
    number(part) / number(whole.max(1))
}
