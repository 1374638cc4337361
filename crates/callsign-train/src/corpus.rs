//! The texts that are learnt from: those of packages, those of the grammar, and both woven into documents and written in disguise.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use crate::dice::Dice;
use crate::disguise::{CODED, VISIBLE, Way};
use crate::grammar::{Grammar, Root};

/// A text and what it is.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    pub(crate) text: String,
    pub(crate) attack: bool,
    pub(crate) source: String,
}

/// A row of a file.
#[derive(Debug, Deserialize)]
struct Row {
    text: String,
    label: u8,
    #[serde(default)]
    source: String,
}

/// What to leave out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Without {
    /// Sources whose name begins so.
    pub(crate) sources: Vec<String>,
    /// Disguises.
    pub(crate) disguises: Vec<String>,
}

/// Everything that texts are made of.
pub(crate) struct Corpus {
    pub(crate) rows: Vec<Example>,
    pub(crate) documents: Vec<Example>,
    pub(crate) grammar: Grammar,
    doubtful: BTreeSet<&'static str>,
}

/// A text's name in a list.
pub(crate) fn fingerprint(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    format!("{hash:016x}")
}

const GRAMMAR: [&str; 8] = [
    include_str!("../grammar/attacks.txt"),
    include_str!("../grammar/narratives.txt"),
    include_str!("../grammar/languages.txt"),
    include_str!("../grammar/harmless.txt"),
    include_str!("../grammar/planted.txt"),
    include_str!("../grammar/orders.txt"),
    include_str!("../grammar/persuasion.txt"),
    include_str!("../grammar/tongues.txt"),
];
/// Rows that are no attack though they are called one.
const NOISE: [&str; 2] = ["neuralchemy/harmbench", "neuralchemy/wildguard_judgecomp"];
/// Fingerprints of rows whose label those who know nothing but the other sources find hard to believe: `doubt` writes them.
const DOUBTFUL: &str = include_str!("../doubtful.txt");

/// The rows of a file of JSON lines.
pub(crate) fn rows(path: &Path) -> anyhow::Result<Vec<Example>> {
    let file = fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let mut examples = Vec::new();
    for line in file.lines() {
        let Row { text, label, source } = serde_json::from_str(line)?;
        examples.push(Example { text, attack: label == 1, source });
    }
    Ok(examples)
}

// === impl Without ===

impl Without {
    pub(crate) fn source(&self, source: &str) -> bool {
        self.sources.iter().any(|out| source.starts_with(out.as_str()))
    }

    fn disguise(&self, name: &str) -> bool {
        self.disguises.iter().any(|out| out == name)
    }
}

// === impl Corpus ===

impl Corpus {
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut grammar = Grammar::default();
        for file in GRAMMAR {
            grammar.add(file);
        }
        let mut found = rows(&folder.join("attacks.jsonl"))?;
        found.extend(rows(&folder.join("prompts.jsonl"))?);
        found.retain(|row| !NOISE.contains(&row.source.as_str()));
        let doubtful = DOUBTFUL.lines().collect();
        Ok(Self { rows: found, documents: rows(&folder.join("documents.jsonl"))?, grammar, doubtful })
    }

    /// The same, with every label believed.
    pub(crate) fn trusting(self) -> Self {
        Self { doubtful: BTreeSet::new(), ..self }
    }

    /// All examples but those left out.
    pub(crate) fn examples(&self, without: &Without, seed: u64) -> Vec<Example> {
        let mut dice = Dice::new(seed);
        let kept = |rows: &[Example]| {
            rows.iter().filter(|row| !without.source(&row.source)).cloned().collect::<Vec<_>>()
        };
        let mut examples = kept(&self.rows);
        examples.retain(|row| !self.doubts(row));
        let documents = kept(&self.documents);
        for root in &self.grammar.roots {
            if !without.source(&format!("grammar:{}", root.name)) {
                examples.extend(self.grown(root, &mut dice));
            }
        }
        let woven = self.woven(&examples, &documents, &mut dice);
        let disguised = disguised(&examples, without, &mut dice);
        examples.extend(documents);
        examples.extend(woven);
        examples.extend(disguised);
        examples.retain(|example| !example.text.trim().is_empty());
        dice.shuffle(&mut examples);
        examples
    }

    /// Whether a row is called an attack but hardly is one.
    pub(crate) fn doubts(&self, row: &Example) -> bool {
        row.attack && self.doubtful.contains(fingerprint(&row.text).as_str())
    }

    fn grown(&self, root: &Root, dice: &mut Dice) -> Vec<Example> {
        let mut texts = BTreeSet::new();
        for _ in 0..root.count {
            let text = varied(self.grammar.write(&root.name, dice), dice);
            texts.insert(text);
        }
        let source = format!("grammar:{}", root.name);
        texts.into_iter().map(|text| Example { text, attack: root.attack, source: source.clone() }).collect()
    }

    /// Documents with an attack somewhere in them, and with a harmless sentence at such places.
    fn woven(&self, examples: &[Example], documents: &[Example], dice: &mut Dice) -> Vec<Example> {
        const COUNT: usize = 9000;
        let fits = |example: &&Example| (20..500).contains(&example.text.len());
        let wordy = |example: &&Example| example.text.split_whitespace().count() > 4;
        let attacks: Vec<_> = examples.iter().filter(|row| row.attack).filter(fits).filter(wordy).collect();
        let harmless: Vec<_> = examples.iter().filter(|row| !row.attack).filter(fits).collect();
        let mut woven = Vec::new();
        for turn in 0..COUNT {
            let attack = turn % 2 == 0;
            let inserted = match (attack, dice.below(3)) {
                (true, 0) => dice.pick(&attacks).map(|row| row.text.clone()).unwrap_or_default(),
                (true, _) => self.grammar.write("injection", dice),
                (false, 0) => dice.pick(&harmless).map(|row| row.text.clone()).unwrap_or_default(),
                (false, _) => self.grammar.write("remark", dice),
            };
            let host = if dice.often(0.55) {
                self.grammar.write("document", dice)
            } else {
                dice.pick(documents).map(|row| row.text.clone()).unwrap_or_default()
            };
            let text = insert(&host, &inserted, dice);
            let source = if attack { "woven:attack" } else { "woven:harmless" };
            woven.push(Example { text, attack, source: source.to_owned() });
        }
        woven
    }
}

/// A text as hasty people write it, now and then.
fn varied(text: String, dice: &mut Dice) -> String {
    match dice.below(20) {
        0 | 1 => text.to_lowercase(),
        2 => text.to_uppercase(),
        3 => text.trim_end_matches(['.', '!', '?']).to_owned(),
        4 => text.replace(['.', ',', '\''], ""),
        _ => text,
    }
}

/// `inserted` at a border of lines or sentences of `host`.
fn insert(host: &str, inserted: &str, dice: &mut Dice) -> String {
    let borders: Vec<usize> = host
        .char_indices()
        .zip(host.chars().skip(1))
        .filter(|((_, letter), next)| {
            *letter == '\n' || matches!(letter, '.' | '!' | '?' | '。') && next.is_whitespace()
        })
        .map(|((place, letter), _)| place + letter.len_utf8())
        .collect();
    let place = match dice.below(6) {
        0 => 0,
        1 | 2 => host.len(),
        _ => dice.pick(&borders).copied().unwrap_or(host.len()),
    };
    let (before, after) = host.split_at(place);
    let (opening, closing) = [
        (" ", " "),
        (" ", " "),
        ("\n", "\n"),
        ("\n\n", "\n\n"),
        ("<!-- ", " -->"),
        ("\n---\n", "\n---\n"),
        (" \"", "\" "),
        ("\n# ", "\n"),
        ("\n// ", "\n"),
        ("<span style=\"display:none\">", "</span>"),
        ("\n> ", "\n"),
        (" (", ") "),
        ("\n- ", "\n"),
    ][dice.below(13)];
    format!("{before}{opening}{inserted}{closing}{after}")
}

/// Some of the examples in each disguise; those that have to be decoded sometimes with a request to do so.
fn disguised(examples: &[Example], without: &Without, dice: &mut Dice) -> Vec<Example> {
    const EACH: usize = 240;
    let short = |example: &&Example| (12..400).contains(&example.text.len());
    let latin = |example: &&Example| {
        example.text.chars().filter(char::is_ascii_alphabetic).count() * 2 > example.text.len()
    };
    let pool = |attack: bool| {
        examples.iter().filter(|row| row.attack == attack).filter(short).filter(latin).collect::<Vec<_>>()
    };
    let (attacks, harmless) = (pool(true), pool(false));
    let mut made = Vec::new();
    for (name, way) in VISIBLE.iter().chain(&CODED).filter(|(name, _)| !without.disguise(name)) {
        for turn in 0..EACH {
            let attack = turn % 3 > 0;
            if let Some(row) = dice.pick(if attack { &attacks } else { &harmless }) {
                made.push(disguise(row, name, *way, dice));
            }
        }
    }
    made
}

/// One text in one disguise.
pub(crate) fn disguise(row: &Example, name: &str, way: Way, dice: &mut Dice) -> Example {
    const OPENINGS: [&str; 8] =
        ["", "", "", "Decode this: ", "", "Here is a message: ", "Read this: ", "Q: "];
    let coded = CODED.iter().any(|(coded, _)| *coded == name);
    let opening = if coded { OPENINGS[dice.below(OPENINGS.len())] } else { "" };
    let text = format!("{opening}{}", way(&row.text, dice));
    Example { text, attack: row.attack, source: format!("disguised:{name}") }
}
