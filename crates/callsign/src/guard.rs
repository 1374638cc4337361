//! `callsign guard`: what the detectors make of texts.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufWriter, Write as _};
use std::process::ExitCode;

use callsign_guard::finding::{Category, Finding, disjoint};
use callsign_guard::jailbreak::Verdict;
use callsign_guard::{jailbreak, pii, profanity, secrets};
use serde_json::{Value, json};

use crate::cli::Guard;
use crate::output;

/// Why texts cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A line is not what it should be.
    #[error("line {0} of standard input is not `{{\"text\": …}}`: {1}")]
    Line(usize, serde_json::Error),
    /// Standard input cannot be read.
    #[error("standard input cannot be read: {0}")]
    Input(io::Error),
    /// Nothing can be printed.
    #[error("the verdicts cannot be printed: {0}")]
    Output(io::Error),
}

/// Every detector there is.
struct Detectors {
    jailbreak: jailbreak::Detector,
    pii: pii::Detector,
    secrets: secrets::Detector,
    profanity: profanity::Detector,
}

/// What they make of one text.
struct Report {
    verdict: jailbreak::Verdict,
    findings: Vec<Finding>,
}

/// Where the characters of a text begin; empty where each is one byte.
struct CodePoints {
    starts: Vec<usize>,
}

/// Judges the texts named, or standard input's.
pub(crate) fn run(options: &Guard) -> Result<ExitCode, Failure> {
    let detectors = Detectors::new();
    if options.text.is_empty() {
        return lines(&detectors, &mut io::stdin().lock());
    }
    let mut told = String::new();
    for text in &options.text {
        let report = detectors.judge(text);
        told += &if options.json { report.json(text).to_string() + "\n" } else { report.draw(text) };
    }
    output::print(&told).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

/// One line of standard input.
#[derive(serde::Deserialize)]
struct Line {
    text: String,
}

/// One JSON line for each of `input`, in order.
fn lines(detectors: &Detectors, input: &mut dyn BufRead) -> Result<ExitCode, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, line) in input.lines().enumerate() {
        let line = line.map_err(Failure::Input)?;
        let Line { text } = serde_json::from_str(&line).map_err(|why| Failure::Line(number + 1, why))?;
        writeln!(out, "{}", detectors.judge(&text).json(&text)).map_err(Failure::Output)?;
    }
    out.flush().map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

// === impl Detectors ===

impl Detectors {
    fn new() -> Self {
        Self {
            jailbreak: jailbreak::Detector::new(),
            pii: pii::Detector::new(),
            secrets: secrets::Detector::new(),
            profanity: profanity::Detector::new(),
        }
    }

    fn judge(&self, text: &str) -> Report {
        let mut findings = Vec::new();
        for category in [Category::Pii, Category::Secrets, Category::Profanity] {
            let mut found = Vec::new();
            match category {
                Category::Pii => self.pii.find(text, &mut found),
                Category::Secrets => self.secrets.find(text, &mut found),
                Category::Profanity => self.profanity.find(text, &mut found),
            }
            disjoint(&mut found);
            findings.append(&mut found);
        }
        findings.sort_by_key(|finding| (finding.span.start, finding.category));
        Report { verdict: self.jailbreak.judge(text), findings }
    }
}

// === impl Report ===

impl Report {
    /// For programs; places in Unicode code points.
    fn json(&self, text: &str) -> Value {
        let points = CodePoints::of(text);
        let findings: Vec<_> = self
            .findings
            .iter()
            .map(|Finding { category, kind, span }| {
                json!({
                    "category": category.name(),
                    "kind": kind,
                    "start": points.before(span.start),
                    "end": points.before(span.end),
                })
            })
            .collect();
        let Verdict { score, hit } = self.verdict;
        json!({"jailbreak": {"score": score, "hit": hit}, "findings": findings})
    }

    /// For people; places in Unicode code points.
    fn draw(&self, text: &str) -> String {
        let points = CodePoints::of(text);
        let Verdict { score, hit } = self.verdict;
        let mut told = format!("jailbreak  {score:.3}  {}\n", if hit { "hit" } else { "no hit" });
        for Finding { category, kind, span } in &self.findings {
            let (start, end) = (points.before(span.start), points.before(span.end));
            let _infallible = writeln!(told, "{:<9}  {kind}  {start}..{end}", category.name());
        }
        told
    }
}

// === impl CodePoints ===

impl CodePoints {
    fn of(text: &str) -> Self {
        let wide = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        Self { starts: wide }
    }

    /// How many stand before `byte`.
    fn before(&self, byte: usize) -> usize {
        if self.starts.is_empty() { byte } else { self.starts.partition_point(|&start| start < byte) }
    }
}
