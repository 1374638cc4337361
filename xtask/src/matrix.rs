//! `cargo xtask matrix`: what survives the way from one dialect to another, asked of the encoders themselves and written
//! between the marks in `docs/translation.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::loss::{Fate, Losses};
use callsign_wire::quirks;
use callsign_wire::translate::{self, Terms, Voice};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Clients speak the first four of them.
const ALL: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini, Dialect::Bedrock];
const CLIENTS: &[Dialect] = ALL.split_at(4).0;

const REQUESTS: Probes = Probes {
    features: include_str!("matrix/requests.json"),
    smallest: [
        r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#,
        r#"{"model":"m","input":"Hi"}"#,
        r#"{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Hi"}]}"#,
        r#"{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}"#,
    ],
};
const ANSWERS: Probes = Probes {
    features: include_str!("matrix/answers.json"),
    smallest: [
        r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#,
        r#"{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}"#,
        r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}"#,
        r#"{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}"#,
        r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#,
    ],
};

/// Bodies that each show one feature.
struct Probes {
    /// The features, with the members by which they are shown in each dialect that has them.
    features: &'static str,
    /// A body of each dialect without any of them.
    smallest: [&'static str; 5],
}

/// One feature.
#[derive(Deserialize)]
struct Feature {
    feature: String,
    #[serde(flatten)]
    shown: BTreeMap<String, Map<String, Value>>,
}

/// What becomes of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Survival {
    Whole,
    Changed,
    Lost,
    Refused,
}

/// Writes the tables into the page.
pub(crate) fn run() -> Result<()> {
    let path = page();
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    fs::write(&path, renewed(&text)?)?;
    Ok(())
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/translation.md")
}

/// The page with the tables of today.
fn renewed(page: &str) -> Result<String> {
    let page = between(page, "requests", &tables(&REQUESTS, CLIENTS, &ALL, request)?)?;
    between(&page, "answers", &tables(&ANSWERS, &ALL, CLIENTS, answer)?)
}

/// The page with `text` between the marks of this name.
fn between(page: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {name}: cargo xtask matrix -->\n"), format!("<!-- {name} end -->"));
    let (before, rest) = page.split_once(&begin).with_context(|| format!("the page has no `{begin}`"))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("the page has no `{end}`"))?;
    Ok(format!("{before}{begin}\n{text}{end}{after}"))
}

/// A table for each dialect in which something is said, with a column for each in which it is told.
fn tables(
    probes: &Probes,
    from: &[Dialect],
    to: &[Dialect],
    translate: fn(Dialect, Dialect, &[u8]) -> Result<Survival>,
) -> Result<String> {
    let features: Vec<Feature> = serde_json::from_str(probes.features)?;
    let mut text = String::new();
    for &from in from {
        let to: Vec<Dialect> = to.iter().copied().filter(|to| *to != from).collect();
        writeln!(text, "#### {}\n", title(from))?;
        let titles: Vec<&str> = to.iter().map(|to| title(*to)).collect();
        writeln!(text, "| | {} |\n|---|{}", titles.join(" | "), ":-:|".repeat(to.len()))?;
        for feature in &features {
            let Some(body) = probes.body(from, feature)? else { continue };
            let cells = to.iter().map(|to| {
                let survival = translate(from, *to, &body);
                survival
                    .map(Survival::mark)
                    .with_context(|| format!("{}, {from:?} to {to:?}", feature.feature))
            });
            writeln!(text, "| {} | {} |", feature.feature, cells.collect::<Result<Vec<_>>>()?.join(" | "))?;
        }
        text.push('\n');
    }
    Ok(text)
}

fn request(client: Dialect, target: Dialect, body: &[u8]) -> Result<Survival> {
    let conversation = translate::conversation(client, body)?;
    // A server that takes all that OpenAI's own reference lists.
    let terms = Terms {
        model: "m",
        max_tokens: 4096,
        chat: quirks::Chat::OPENAI,
        thinking: quirks::ThinkingForm::Usual,
        family: quirks::Family::Claude,
    };
    let mut losses = Losses::default();
    let written = translate::request(target, &conversation, terms, &mut losses);
    Ok(if written.is_ok() { Survival::of(&losses) } else { Survival::Refused })
}

fn answer(target: Dialect, client: Dialect, body: &[u8]) -> Result<Survival> {
    let reply = translate::reply(target, body)?;
    let mut losses = Losses::default();
    translate::answer(client, &reply, &Voice::default(), &mut losses);
    Ok(Survival::of(&losses))
}

const fn title(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAiChat => "OpenAI chat",
        Dialect::OpenAiResponses => "OpenAI Responses",
        Dialect::Anthropic => "Anthropic",
        Dialect::Gemini => "Gemini",
        Dialect::Bedrock => "Bedrock",
    }
}

// === impl Probes ===

impl Probes {
    /// The body that shows a feature, where the dialect has it.
    fn body(&self, dialect: Dialect, feature: &Feature) -> Result<Option<Vec<u8>>> {
        let Some(members) = feature.shown.get(dialect.name()) else { return Ok(None) };
        ensure!(!members.is_empty(), "`{}` shows nothing in {dialect:?}", feature.feature);
        let mut body: Map<String, Value> = serde_json::from_str(self.smallest(dialect))?;
        body.extend(members.clone());
        Ok(Some(serde_json::to_vec(&body)?))
    }

    fn smallest(&self, dialect: Dialect) -> &'static str {
        let each = ALL.iter().zip(self.smallest);
        each.into_iter().find(|(own, _)| **own == dialect).map_or("{}", |(_, body)| body)
    }
}

// === impl Survival ===

impl Survival {
    fn of(losses: &Losses) -> Self {
        match (losses.is_empty(), losses.iter().all(|loss| loss.fate == Fate::Changed)) {
            (true, _) => Self::Whole,
            (false, true) => Self::Changed,
            (false, false) => Self::Lost,
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Whole => "✓",
            Self::Changed => "changed",
            Self::Lost => "—",
            Self::Refused => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_what_the_encoders_do() {
        let text = fs::read_to_string(page()).unwrap();
        assert!(
            renewed(&text).unwrap() == text,
            "docs/translation.md is out of date: run `cargo xtask matrix`"
        );
    }

    /// What a cell says is said of its feature alone.
    #[test]
    fn bodies_without_features_lose_nothing() {
        for dialect in ALL {
            for other in ALL.into_iter().filter(|other| *other != dialect) {
                let asked = request(dialect, other, REQUESTS.smallest(dialect).as_bytes()).unwrap();
                let answered = answer(dialect, other, ANSWERS.smallest(dialect).as_bytes()).unwrap();
                assert_eq!((asked, answered), (Survival::Whole, Survival::Whole), "{dialect:?} to {other:?}");
            }
        }
    }

    #[test]
    fn every_dialect_of_a_probe_is_one() {
        for probes in [REQUESTS, ANSWERS] {
            let features: Vec<Feature> = serde_json::from_str(probes.features).unwrap();
            for name in features.iter().flat_map(|feature| feature.shown.keys()) {
                assert!(ALL.iter().any(|dialect| dialect.name() == name), "{name}");
            }
        }
    }
}
