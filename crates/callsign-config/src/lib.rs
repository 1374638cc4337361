//! From YAML text to a catalog, with every mistake reported where it stands.
//!
//! Pure: files, the environment and the terminal belong to the binary. The way of a configuration: [`load`] reads the
//! text into a tree with places (`tree`), holds it against the shape of `document` (`conform`), and turns what is
//! left into the catalog (`lower`). A mistake never hides another one, except where there is no YAML at all.

mod lower;

mod conform;
mod document;
mod schema;
mod shape;

mod nearest;
mod overlay;
mod quantity;
mod secrets;
mod tree;
mod variables;

pub mod builtin;
pub mod diagnostic;
pub mod import;

use std::ops::Range;
use std::sync::Arc;

use callsign_plan::catalog::Catalog;

use diagnostic::{Code, Diagnostic, Findings, Severity, Span};

pub use builtin::{ProviderFacts, Usual, providers};
pub use schema::schema;

/// A configuration's text.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file's name as the user wrote it.
    pub name: &'a str,
    /// What the file holds.
    pub bytes: &'a [u8],
}

/// What happens to an entry whose key is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingKeys {
    /// It is an error.
    Refuse,
    /// Its targets are unavailable.
    Allow,
}

/// What a configuration came to.
#[derive(Debug)]
pub struct Loaded {
    /// What it means; `None` if there is any error.
    pub catalog: Option<Catalog>,
    /// Everything there is to say about it, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Places that hold a secret in plain text, and must be masked wherever the text is shown.
    pub secrets: Vec<Range<usize>>,
    /// The environments that it has overlays for, by name.
    pub environments: Vec<Arc<str>>,
}

impl Loaded {
    /// How many diagnostics weigh this much.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity() == severity).count()
    }
}

/// What surrounds a configuration.
#[derive(Clone, Copy)]
pub struct Setting<'s> {
    /// The values of environment variables.
    pub environment: &'s dyn Fn(&str) -> Option<String>,
    /// What happens to an entry whose key is not set.
    pub keys: MissingKeys,
    /// The environment whose overlays hold, where one was chosen.
    pub chosen: Option<&'s str>,
    /// The day: seconds since 1970-01-01 UTC.
    pub date: u64,
}

/// More than any configuration; what is larger is something else.
const LARGEST: usize = 16 << 20;

/// Reads a configuration and reports everything that is wrong with it.
pub fn load(source: &Source<'_>, setting: &Setting<'_>) -> Loaded {
    let bytes = source.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source.bytes);
    // Places count from the file's first byte, so a byte order mark is read as a space would be.
    let skipped = source.bytes.len() - bytes.len();
    let mut loaded = match std::str::from_utf8(bytes) {
        Ok(text) => load_text(text, setting),
        Err(error) => not_utf8(bytes, error.valid_up_to()),
    };
    if skipped > 0 {
        loaded.shift(skipped);
    }
    loaded
}

fn load_text(text: &str, setting: &Setting<'_>) -> Loaded {
    let mut findings = Findings::new(text);
    let mut environments = Vec::new();
    let parts = read(text, setting, (&mut environments, &mut findings));
    let catalog = parts.filter(|_| !findings.has_errors()).map(Catalog::new);
    let mut secrets = findings.take_secrets();
    let diagnostics = findings.finish();
    // Only what is shown has to be masked, and a text without diagnostics is never shown.
    if !diagnostics.is_empty() {
        secrets.append(&mut secrets::find(text));
    }
    Loaded { catalog, diagnostics, secrets, environments }
}

fn read(
    text: &str,
    setting: &Setting<'_>,
    (environments, findings): (&mut Vec<Arc<str>>, &mut Findings<'_>),
) -> Option<callsign_plan::catalog::Parts> {
    if !is_plain(text, findings) {
        return None;
    }
    let mut root = tree::parse(text, findings)?;
    if matches!(root.value, tree::Value::Null) {
        report_empty(findings);
        return None;
    }
    *environments = overlay::apply(&mut root, setting.chosen, findings);
    conform::conform(&mut root, setting, findings);
    Some(lower::lower(&root, setting, findings))
}

/// Whether the text can be YAML at all.
fn is_plain(text: &str, findings: &mut Findings<'_>) -> bool {
    if text.len() > LARGEST {
        let message = format!("the file has {} bytes, more than {LARGEST}", text.len());
        findings.report(Code::TooLarge, Span::default(), message).help("is it a configuration?");
        return false;
    }
    if let Some((place, letter)) = control_character(text) {
        let span = Span::new(place..place + letter.len_utf8());
        let message = format!("the file holds the control character U+{:04X}", u32::from(letter));
        findings
            .report(Code::ControlCharacter, span, message)
            .label("here")
            .help("remove it; is the file text at all?");
        return false;
    }
    let blank = |line: &str| matches!(line.trim(), "" | "---" | "...") || line.trim_start().starts_with('#');
    if text.lines().all(blank) {
        report_empty(findings);
        return false;
    }
    true
}

/// The first character that no text holds, and where it stands.
fn control_character(text: &str) -> Option<(usize, char)> {
    let control = |letter: &char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\u{85}');
    // Bytes are quicker to look through: these characters are single bytes, or begin with 0xC2.
    let suspect = |byte: u8| matches!(byte, 0..b' ' | 0x7f | 0xc2) && !matches!(byte, b'\n' | b'\r' | b'\t');
    text.bytes().enumerate().filter(|(_, byte)| suspect(*byte)).find_map(|(place, _)| {
        let letter = text.get(place..)?.chars().next().filter(control)?;
        Some((place, letter))
    })
}

fn report_empty(findings: &mut Findings<'_>) {
    findings
        .report(Code::EmptyFile, Span::default(), "the file configures nothing")
        .help("begin with `model_providers:` and `- model: openai/gpt-4o-mini`, or run `callsign init`");
}

fn not_utf8(bytes: &[u8], valid: usize) -> Loaded {
    // What comes before the mistake is text, so its line and column can be told.
    let text = bytes.get(..valid).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let mut findings = Findings::new(text);
    findings
        .report(Code::NotUtf8, Span::new(valid..valid), "the file is not UTF-8 text")
        .label("the first byte that is not")
        .help("save it as UTF-8");
    Loaded {
        catalog: None,
        diagnostics: findings.finish(),
        secrets: secrets::find(text),
        environments: Vec::new(),
    }
}

// === impl Loaded ===

impl Loaded {
    /// Moves every place by a byte order mark that was skipped.
    fn shift(&mut self, bytes: usize) {
        let labels = self
            .diagnostics
            .iter_mut()
            .flat_map(|found| std::iter::once(&mut found.label).chain(&mut found.others));
        for span in labels.map(|label| &mut label.span).chain(&mut self.secrets) {
            *span = span.start + bytes..span.end + bytes;
        }
    }
}
