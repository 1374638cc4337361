//! Leaves one group of sources out after another: what a model makes of attacks of people it has learnt nothing from.

use std::path::{Path, PathBuf};

use callsign_guard::jailbreak::lab::Laboratory;

use crate::corpus::{self, Corpus, Example, Without};
use crate::disguise;
use crate::learner::{Learner, Manner, lessons};
use crate::measure::{above, threshold};

/// Name, sources and disguises left out.
type Fold = (&'static str, &'static [&'static str], &'static [&'static str]);

const FOLDS: [Fold; 6] = [
    ("s-labs", &["s-labs"], &[]),
    ("neuralchemy", &["neuralchemy"], &[]),
    ("yanismiraoui", &["yanismiraoui"], &[]),
    (
        "narratives",
        &[
            "prompt-armor:jackhhao",
            "prompt-armor:trustai",
            "prompt-armor:jailbreakchat",
            "giskard",
            "walledeval",
        ],
        &[],
    ),
    ("mails", &["prompt-armor:llmail", "prompt-armor:satml"], &[]),
    (
        "mixed",
        &["prompt-armor:safeguard", "prompt-armor:protectai", "prompt-armor:deepset", "prompt-armor:lakera"],
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
/// Documents that no fold learns from: their false alarms are those of texts of other kinds.
const APART: [&str; 6] = [
    "debian:debian-policy",
    "debian:fortunes-de",
    "debian:manpages-fr",
    "debian:wordnet",
    "crates:text",
    "debian:debian-reference-zh",
];

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
    let corpus = Corpus::read(data)?;
    let mut doubtful = Vec::new();
    for (name, sources, _) in FOLDS.iter().filter(|fold| fold.0 != "yanismiraoui") {
        let held =
            Without { sources: sources.iter().map(ToString::to_string).collect(), disguises: Vec::new() };
        let mut learner = Learner::new(manner.clone());
        learner.learn(&lessons(&corpus.examples(&held, manner.seed), manner));
        let laboratory = Laboratory::new(manner.bits);
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
    let held = Without { sources: sources.iter().map(ToString::to_string).collect(), disguises: Vec::new() };
    let mut without = held.clone();
    without.sources.extend(APART.map(str::to_owned));
    without.disguises.extend(disguises.iter().map(ToString::to_string));
    let examples = corpus.examples(&without, manner.seed);
    let mut learner = Learner::new(manner.clone());
    learner.learn(&lessons(&examples, manner));
    let laboratory = Laboratory::new(manner.bits);
    let score = |rows: &mut dyn Iterator<Item = &Example>| {
        rows.map(|row| learner.worst(&laboratory.read(&row.text))).collect::<Vec<_>>()
    };
    let apart = Without { sources: APART.iter().map(ToString::to_string).collect(), disguises: Vec::new() };
    let mut prompts = score(&mut corpus.rows.iter().filter(|row| !row.attack && held.source(&row.source)));
    let documents = score(&mut corpus.documents.iter().filter(|row| apart.source(&row.source)).step_by(4));
    let hard = score(&mut dev.iter().filter(|row| !row.attack && row.source.starts_with("NotInject")));
    prompts.extend(score(&mut dev.iter().filter(|row| !row.attack && !row.source.starts_with("NotInject"))));
    let mut harmless = documents.clone();
    harmless.extend(&prompts);
    harmless.extend(&hard);
    let (one, three) = (threshold(&harmless, 0.01), threshold(&hard, 0.03));
    println!("== {name}: learnt from {}; thresholds: 1 % {one:.2}, 3 % of hard {three:.2}", examples.len());
    println!(
        "   alarms at 1 %: documents {} prompts {} hard {}",
        above(&documents, one),
        above(&prompts, one),
        above(&hard, one)
    );
    for source in *sources {
        let attacks =
            score(&mut corpus.rows.iter().filter(|row| row.attack && row.source.starts_with(source)));
        let sure = score(
            &mut corpus
                .rows
                .iter()
                .filter(|row| row.attack && row.source.starts_with(source) && !corpus.doubts(row)),
        );
        let sure = above(&sure, one);
        println!(
            "   {source}: at 1 % {}; at 3 % of hard {:.3}; not doubtful at 1 % {sure}",
            above(&attacks, one),
            above(&attacks, three).value
        );
    }
    strangers(dev, &|text| learner.worst(&laboratory.read(text)), [one, three]);
    if std::env::args().any(|word| word == "--list") {
        list(
            dev.iter().chain(corpus.rows.iter().filter(|row| held.source(&row.source)).step_by(3)),
            &learner,
            &laboratory,
        );
    }
    let attacks: Vec<_> = corpus.rows.iter().filter(|row| row.attack && held.source(&row.source)).collect();
    disguised(disguises, &attacks, &|text| learner.worst(&laboratory.read(text)), one);
}

/// Attacks of the development files, by family.
fn strangers(dev: &[Example], judge: &dyn Fn(&str) -> f32, [one, three]: [f32; 2]) {
    for source in ["InjecGuard valid:BIPIA", "InjecGuard valid:PINT"] {
        let rows = dev.iter().filter(|row| row.attack && row.source.starts_with(source));
        let scores: Vec<f32> = rows.map(|row| judge(&row.text)).collect();
        let at_three = above(&scores, three).value;
        println!("   {source}: at 1 % {}; at 3 % of hard {at_three:.3}", above(&scores, one));
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
    let mut rows: Vec<_> = rows.map(|row| (learner.worst(&laboratory.read(&row.text)), row)).collect();
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    for (score, row) in rows {
        println!(
            "@ {score:.2} {} {} {}",
            u8::from(row.attack),
            row.source,
            row.text.replace('\n', " ").chars().take(160).collect::<String>()
        );
    }
}
