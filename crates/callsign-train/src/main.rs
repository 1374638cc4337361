//! Makes the jailbreak model of `callsign-guard`, and measures it: `train`, `folds`, `eval`.
#![forbid(unsafe_code)]
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "a tool that its authors run: it may stop at a mistake, and it prints figures"
)]

mod corpus;
mod dice;
mod disguise;
mod folds;
mod grammar;
mod learner;
mod measure;
mod vocabulary;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, Subcommand};

use callsign_guard::jailbreak::Detector;
use corpus::{Corpus, Without};
use learner::{Learner, Manner, lessons};

/// Makes and measures the jailbreak model.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Learn from everything, and write the weights.
    Train {
        #[command(flatten)]
        manner: Manner,
        /// Where `scripts/guard-data.py` left the texts.
        #[arg(long)]
        data: PathBuf,
        /// Harmless texts that the threshold is set by, besides those held out: files of JSON lines.
        #[arg(long)]
        dev: Vec<PathBuf>,
        /// The share of them that may pass for attacks.
        #[arg(long, default_value_t = 0.008)]
        alarms: f32,
        /// The file to write.
        #[arg(long, default_value = "crates/callsign-guard/src/jailbreak/weights.bin")]
        out: PathBuf,
    },
    /// Leave out one group of sources after another, and measure on it.
    Folds {
        #[command(flatten)]
        manner: Manner,
        /// Where `scripts/guard-data.py` left the texts.
        #[arg(long)]
        data: PathBuf,
        /// Files of JSON lines that are measured in each fold, never learnt from.
        #[arg(long)]
        dev: Vec<PathBuf>,
        /// Only the fold of this name.
        #[arg(long)]
        only: Option<String>,
        /// Also list the development texts by score.
        #[arg(long)]
        list: bool,
    },
    /// Leave out one group of sources after another, and list what is called an attack there but looks like none.
    Doubt {
        #[command(flatten)]
        manner: Manner,
        /// Where `scripts/guard-data.py` left the texts.
        #[arg(long)]
        data: PathBuf,
        /// The file to write.
        #[arg(long, default_value = "crates/callsign-train/doubtful.txt")]
        out: PathBuf,
    },
    /// Measure how long the built-in model takes for a text of a thousand and of a hundred thousand bytes, out of these files.
    Time {
        /// The files: JSON lines with a `text`.
        files: Vec<PathBuf>,
    },
    /// Measure the weights that are built in on files of JSON lines: `{"text", "label", "source"}`.
    Eval {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// Write what is learnt from, for reading: so many lines of each source.
    Show {
        /// Where `scripts/guard-data.py` left the texts.
        #[arg(long)]
        data: PathBuf,
        /// Lines of each source.
        #[arg(long, default_value_t = 3)]
        each: usize,
        /// Only sources whose name begins so.
        #[arg(long, default_value = "")]
        only: String,
    },
}

/// Harmless texts that the shipped model does not learn from either: its threshold is set by them.
const STRANGERS: [&str; 5] =
    ["evals:b", "promptbench", "inspect:work", "debian:debian-policy", "debian:fortunes-de"];

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Train { manner, data, dev, alarms, out } => train(&manner, &data, &dev, (alarms, &out)),
        Task::Folds { manner, data, dev, only, list: _ } => folds::run(&manner, &data, &dev, only.as_deref()),
        Task::Doubt { manner, data, out } => folds::doubt(&manner, &data, &out),
        Task::Time { files } => time(&files),
        Task::Eval { files } => eval(&files),
        Task::Show { data, each, only } => show(&data, each, &only),
    }
}

fn train(manner: &Manner, data: &Path, dev: &[PathBuf], (share, out): (f32, &Path)) -> anyhow::Result<()> {
    let corpus = Corpus::read(data)?;
    let apart = Without { sources: STRANGERS.map(str::to_owned).to_vec(), disguises: Vec::new() };
    let examples = corpus.examples(&apart, manner.seed);
    println!("{} texts", examples.len());
    let mut learner = Learner::new(manner.clone());
    let (laboratory, lessons) = lessons(&examples, manner);
    learner.learn(&lessons);
    let mut strangers: Vec<_> = corpus
        .rows
        .iter()
        .chain(&corpus.documents)
        .filter(|row| apart.source(&row.source))
        .cloned()
        .collect();
    for file in dev {
        strangers.extend(corpus::rows(file)?);
    }
    let harmless: Vec<f32> = strangers
        .iter()
        .filter(|row| !row.attack)
        .map(|row| learner.worst(&laboratory.read(&row.text)))
        .collect();
    let threshold = measure::threshold(&harmless, share);
    println!("threshold {threshold} by {} harmless texts", harmless.len());
    fs::write(out, learner.finish(&laboratory, threshold))?;
    Ok(())
}

fn eval(files: &[PathBuf]) -> anyhow::Result<()> {
    let detector = Detector::new();
    let mut scores: BTreeMap<(bool, String), Vec<f32>> = BTreeMap::new();
    for file in files {
        for row in corpus::rows(file)? {
            let score = detector.judge(&row.text).score;
            scores.entry((row.attack, row.source)).or_default().push(score);
        }
    }
    let side = |attack: bool| {
        scores
            .iter()
            .filter(|((side, _), _)| *side == attack)
            .flat_map(|(_, scores)| scores)
            .copied()
            .collect::<Vec<_>>()
    };
    let (harmless, attacks) = (side(false), side(true));
    let one = measure::threshold(&harmless, 0.01);
    println!("recall at 1 % false alarms (score {one:.3}): {}", measure::above(&attacks, one));
    println!("recall as shipped:          {}", measure::above(&attacks, 0.5));
    println!("false alarms as shipped:    {}", measure::above(&harmless, 0.5));
    for ((attack, source), scores) in &scores {
        let kind = if *attack { "recall" } else { "alarms" };
        println!(
            "{kind}  shipped {}  at 1 % {:.3}  {source}",
            measure::above(scores, 0.5),
            measure::above(scores, one).value
        );
    }
    Ok(())
}

fn time(files: &[PathBuf]) -> anyhow::Result<()> {
    let detector = Detector::new();
    let mut all = String::new();
    for file in files {
        for row in corpus::rows(file)? {
            all += &row.text;
            all.push('\n');
        }
    }
    for size in [1000, 100_000] {
        let mut times = Vec::new();
        let mut rest = all.as_str();
        while rest.len() > size && times.len() < 4000 {
            let (text, after) = rest.split_at(rest.floor_char_boundary(size));
            let start = busy();
            std::hint::black_box(detector.judge(text));
            times.push(busy().saturating_sub(start));
            rest = after;
        }
        times.sort();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        println!(
            "{size} bytes: least {:?}, p50 {:?}, p90 {:?}, p99 {:?} of {}",
            at(0),
            at(50),
            at(90),
            at(99),
            times.len()
        );
    }
    Ok(())
}

/// How long this thread has been computing: others on the machine do not count.
fn busy() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

fn show(data: &Path, each: usize, only: &str) -> anyhow::Result<()> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for example in Corpus::read(data)?.examples(&Without::default(), 1) {
        let count = seen.entry(example.source.clone()).or_default();
        *count += 1;
        if *count <= each && example.source.starts_with(only) {
            println!(
                "{} {} | {}",
                u8::from(example.attack),
                example.source,
                example.text.replace('\n', "\\n")
            );
        }
    }
    for (source, count) in seen {
        println!("{count}\t{source}");
    }
    Ok(())
}
