//! The text of a first configuration: a pure function of what was found. It holds names of variables, never values.

use callsign_config::Usual;

use super::models::{DEMO, Role};
use super::ollama::Ollama;
use super::{Keyed, Surroundings};

/// The aliases of a first configuration, in groups with a comment each.
const ALIASES: &[(&str, &[(&str, Role)])] = &[
    (
        "By task and version: clients keep the name while the model behind it changes.",
        &[
            ("arch.summarize.v1", Role::Fast),
            ("arch.reasoning.v1", Role::Smart),
            ("arch.creative.v1", Role::Creative),
        ],
    ),
    (
        "By purpose.",
        &[("fast-model", Role::Fast), ("smart-model", Role::Smart), ("creative-model", Role::Creative)],
    ),
    ("On this machine, if an Ollama is there.", &[("local-chat", Role::Local)]),
];

const HEAD: &str = "\
# Callsign's configuration, written by `callsign init`.
#
#   callsign serve                  serves it on http://127.0.0.1:12000
#   callsign check callsign.yaml    tells everything that is wrong with it
#   callsign resolve fast-model     shows what a name means
#
# Keys stay in the environment: `$NAME` is replaced by the variable NAME when the file is loaded.

model_providers:";

const NO_KEYS: &str = "  \
  # No key was found. To use a real model set its key, remove the # signs, and point aliases at it:
  # - model: openai/gpt-4o-mini
  #   access_key: $OPENAI_API_KEY
";

const DEMO_COMMENT: &str =
    "  # The built-in simulated model: always answers, needs no key and costs nothing.";

const DEMO_SETTINGS: &str = "    \
    # It can be slow, and it can fail:
    # simulate: {delay: 200ms, token_delay: 20ms, fault: 429}
";

/// The configuration for what was found.
pub(super) fn compose(surroundings: &Surroundings) -> String {
    let mut page = Page { lines: vec![HEAD.to_owned()], default: Role::Fast.model(surroundings) };
    if surroundings.keyed.is_empty() {
        page.line(NO_KEYS);
    }
    for one in &surroundings.keyed {
        if one.facts.base_url.is_some() { page.provider(one, surroundings) } else { page.unplaced(one) }
    }
    if let Some(ollama) = &surroundings.ollama {
        page.ollama(ollama);
    }
    page.line(DEMO_COMMENT);
    page.entry(DEMO, None);
    page.line(DEMO_SETTINGS);
    page.line("# What clients ask for, and which model answers.\nmodel_aliases:");
    for (number, (comment, names)) in ALIASES.iter().enumerate() {
        if number > 0 {
            page.line("");
        }
        page.line(format!("  # {comment}"));
        for (name, role) in *names {
            page.line(format!("  {name}:\n    target: {}", role.model(surroundings)));
        }
    }
    page.lines.join("\n") + "\n"
}

/// The configuration while it is written.
struct Page {
    lines: Vec<String>,
    /// The model that is used where a request names none.
    default: String,
}

// === impl Page ===

impl Page {
    fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn entry(&mut self, model: &str, setting: Option<&str>) {
        self.line(format!("  - model: {model}"));
        if let Some(setting) = setting {
            self.line(format!("    {setting}"));
        }
        if model == self.default {
            self.line("    default: true");
        }
    }

    /// The models that aliases lead to, and the rest of the provider's.
    fn provider(&mut self, one: &Keyed, surroundings: &Surroundings) {
        let (name, key) = (one.facts.name, format!("access_key: ${}", one.variable));
        self.line(format!("  # {name}, with the key in {}.", one.variable));
        let mut written: Vec<String> = Vec::new();
        for model in [Role::Fast, Role::Smart, Role::Creative].map(|role| role.model(surroundings)) {
            let is_own = model.split_once('/').is_some_and(|(provider, _)| provider == name);
            if is_own && !written.contains(&model) {
                self.entry(&model, Some(&key));
                written.push(model);
            }
        }
        self.line("  # Its other models, as `provider/id`.");
        self.entry(&format!("{name}/*"), Some(&key));
        self.line("");
    }

    /// A provider whose customers have an address each.
    fn unplaced(&mut self, one: &Keyed) {
        let (name, variable) = (one.facts.name, one.variable);
        self.line(format!("  # {variable} is set; to use {name} fill in your own model and place:"));
        self.line(format!("  # - model: {name}/MODEL"));
        match one.facts.usual {
            Usual::Grant(kind) => self.line(format!("  #   auth: {{type: {}}}", kind.name())),
            Usual::Key | Usual::KeyOr(_) => self.line(format!("  #   access_key: ${variable}")),
        }
        for need in one.facts.needs {
            self.line(format!("  #   {need}"));
        }
        self.line("");
    }

    fn ollama(&mut self, ollama: &Ollama) {
        let place = format!("base_url: {}", ollama.base_url);
        if ollama.models.is_empty() {
            self.line("  # The Ollama here has no models yet. After `ollama pull llama3.1`:");
            self.line(format!("  # - model: ollama/llama3.1\n  #   {place}"));
        } else {
            self.line("  # The Ollama on this machine.");
        }
        for model in &ollama.models {
            self.entry(&format!("ollama/{}", model.name), Some(&place));
        }
        self.line("");
    }
}

#[cfg(test)]
mod tests {
    use super::super::ollama::Model;
    use super::*;

    fn surroundings(providers: &[&str], models: Option<&[&str]>) -> Surroundings {
        let keyed = callsign_config::providers().filter(|facts| providers.contains(&facts.name));
        let ollama = models.map(|models| Ollama {
            base_url: "http://127.0.0.1:11434".to_owned(),
            models: models.iter().map(|name| Model { name: (*name).to_owned(), chats: true }).collect(),
        });
        let keyed = keyed.map(|facts| Keyed { facts, variable: facts.key_variable.unwrap() });
        Surroundings { keyed: keyed.collect(), ollama }
    }

    #[test]
    fn every_set_of_findings_gives_a_configuration_that_loads_without_a_word() {
        let every: Vec<&str> = callsign_config::providers()
            .filter(|facts| facts.key_variable.is_some())
            .map(|facts| facts.name)
            .collect();
        let mut cases: Vec<Vec<&str>> = every.iter().map(|name| vec![*name]).collect();
        cases.extend([vec![], vec!["openai", "anthropic"], every]);
        for providers in cases {
            for models in [None, Some(&[][..]), Some(&["llama3.1", "qwen3:8b"][..])] {
                let text = compose(&surroundings(&providers, models));
                let source = callsign_config::Source { name: "callsign.yaml", bytes: text.as_bytes() };
                let environment = &|_: &str| Some("a-key".to_owned());
                let keys = callsign_config::MissingKeys::Refuse;
                let setting = callsign_config::Setting { environment, keys, chosen: None, date: 0 };
                let loaded = callsign_config::load(&source, &setting);
                assert_eq!(loaded.diagnostics, [], "{providers:?} {models:?}\n{text}");
                let catalog = loaded.catalog.unwrap();
                assert_eq!(catalog.parts().aliases.len(), 7);
                assert!(catalog.default_target().is_some(), "{text}");
            }
        }
    }

    #[test]
    fn aliases_lead_to_the_best_of_what_is_there() {
        type Case<'c> = (&'c [&'c str], Option<&'c [&'c str]>, [&'c str; 4]);
        let cases: [Case<'_>; 6] = [
            (&[], None, [DEMO, DEMO, DEMO, DEMO]),
            (&["openai"], None, ["openai/gpt-4o-mini", "openai/gpt-4o", "openai/gpt-4o", DEMO]),
            (
                &["openai", "anthropic"],
                Some(&["llama3.1"]),
                ["openai/gpt-4o-mini", "openai/gpt-4o", "anthropic/claude-sonnet-4-5", "ollama/llama3.1"],
            ),
            (&[], Some(&["llama3.1"]), ["ollama/llama3.1"; 4]),
            (
                &["cerebras"],
                None,
                ["cerebras/llama-3.3-70b", "cerebras/llama-3.3-70b", "cerebras/llama-3.3-70b", DEMO],
            ),
            (&["azure_openai"], Some(&[]), [DEMO; 4]),
        ];
        for (providers, models, expected) in cases {
            let surroundings = surroundings(providers, models);
            let found =
                [Role::Fast, Role::Smart, Role::Creative, Role::Local].map(|role| role.model(&surroundings));
            assert_eq!(found, expected, "{providers:?}");
        }
    }
}
