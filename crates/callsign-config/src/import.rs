//! Configurations of other gateways, turned into Callsign's own. What cannot be carried over is told, key by key.

mod litellm;
mod notice;
mod section;
mod variables;
mod write;

use crate::diagnostic::Findings;
use crate::tree::Node;
use crate::{Loaded, Source, is_plain, not_utf8, secrets, tree};

pub use notice::{Notice, Standing};

/// A configuration made from another gateway's.
#[derive(Debug)]
pub struct Imported {
    /// Callsign's configuration, with every notice as a comment.
    pub text: String,
    /// What its reader has to know, in the order of the other gateway's text.
    pub notices: Vec<Notice>,
}

/// Why nothing came of a text.
#[derive(Debug)]
pub enum Unimported {
    /// It is no YAML.
    Unreadable(Box<Loaded>),
    /// It names no model that Callsign could ask.
    Nothing(Vec<Notice>),
}

/// Turns a configuration of the `LiteLLM` proxy into Callsign's. What comes out has no errors, once the environment variables that
/// it names are set. Values of keys are never part of it, nor of a notice.
pub fn litellm(source: &Source<'_>) -> Result<Imported, Unimported> {
    let bytes = source.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source.bytes);
    read(bytes).map_or_else(
        |mut loaded| {
            loaded.shift(source.bytes.len() - bytes.len());
            Err(Unimported::Unreadable(loaded))
        },
        |(text, root)| litellm::convert(source.name, text, &root),
    )
}

fn read(bytes: &[u8]) -> Result<(&str, Node), Box<Loaded>> {
    let text = std::str::from_utf8(bytes).map_err(|error| Box::new(not_utf8(bytes, error.valid_up_to())))?;
    let mut findings = Findings::new(text);
    let root = if is_plain(text, &mut findings) { tree::parse(text, &mut findings) } else { None };
    match root.filter(|_| !findings.has_errors()) {
        Some(root) => Ok((text, root)),
        None => Err(Box::new(Loaded {
            catalog: None,
            diagnostics: findings.finish(),
            secrets: secrets::find(text),
            environments: Vec::new(),
        })),
    }
}
