//! `callsign init`: a first configuration for the keys and local models found here.

mod compose;
mod models;
mod ollama;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use callsign_config::ProviderFacts;

use crate::cli::Init;
use crate::output::{Existing, Unwritten};
use crate::{environment, output};

/// Why no configuration is written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The file is not written.
    #[error(transparent)]
    Unwritten(#[from] Unwritten),
    /// Nothing can be printed.
    #[error("the configuration cannot be printed: {0}")]
    Output(#[from] io::Error),
}

/// What this machine offers.
pub(crate) struct Surroundings {
    /// Providers whose key is set, and the variable's name.
    pub(crate) keyed: Vec<Keyed>,
    /// The Ollama that answers here.
    pub(crate) ollama: Option<ollama::Ollama>,
}

/// A provider whose key is set.
pub(crate) struct Keyed {
    /// The provider.
    pub(crate) facts: &'static ProviderFacts,
    /// The variable that holds its key.
    pub(crate) variable: &'static str,
}

/// Looks around and writes what was found.
pub(crate) fn run(options: &Init) -> Result<ExitCode, Failure> {
    // Before the search, so that a refusal comes at once.
    if !options.stdout && !options.force && options.output.exists() {
        return Err(Unwritten::Exists(options.output.clone()).into());
    }
    let surroundings = Surroundings::search();
    let text = compose::compose(&surroundings);
    if options.stdout {
        output::print(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::save(&options.output, &text, Existing::from(options.force))?;
    anstream::eprintln!("{}", surroundings.summary(&options.output));
    Ok(ExitCode::SUCCESS)
}

// === impl Surroundings ===

impl Surroundings {
    fn search() -> Self {
        let mut keyed: Vec<Keyed> = Vec::new();
        for facts in callsign_config::providers() {
            let Some(variable) = facts.key_variable else { continue };
            // Some providers have two names and one variable; the first name is the usual one.
            let known = keyed.iter().any(|other| other.variable == variable);
            if !known && environment::variable(variable).is_some() {
                keyed.push(Keyed { facts, variable });
            }
        }
        Self { keyed, ollama: ollama::find(environment::variable("OLLAMA_HOST").as_deref()) }
    }

    fn summary(&self, path: &Path) -> String {
        let mut found: Vec<String> =
            self.keyed.iter().map(|one| format!("{} (${})", one.facts.name, one.variable)).collect();
        if let Some(ollama) = &self.ollama {
            found.push(format!("ollama at {} ({} models)", ollama.base_url, ollama.models.len()));
        }
        let found = if found.is_empty() { "no keys, no Ollama".to_owned() } else { found.join(", ") };
        let serve = match path.to_str() {
            Some("callsign.yaml") => "callsign serve".to_owned(),
            _ => format!("callsign serve {}", path.display()),
        };
        format!("found: {found}\nwrote `{}`; start the gateway with `{serve}`", path.display())
    }
}
