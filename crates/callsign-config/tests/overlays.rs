//! What a file means in an environment is what it would mean with the environment's overlays written out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callsign_config::diagnostic::{Code, Severity};
use callsign_config::{Loaded, MissingKeys, Setting, Source};

const MODELS: &str = "model_providers:
  - {model: openai/gpt-4o, access_key: $OPENAI_API_KEY}
  - {model: openai/gpt-4o-mini, access_key: $OPENAI_API_KEY}
  - model: ollama/llama3.1
";

fn load(text: &str, chosen: Option<&str>) -> Loaded {
    let environment = |name: &str| (name == "OPENAI_API_KEY").then(|| "k".to_owned());
    let setting = Setting { environment: &environment, keys: MissingKeys::Refuse, chosen, date: 0 };
    callsign_config::load(&Source { name: "a.yaml", bytes: format!("{MODELS}{text}").as_bytes() }, &setting)
}

/// What `text` means.
fn meaning(text: &str, chosen: Option<&str>) -> String {
    let loaded = load(text, chosen);
    assert_eq!(loaded.count(Severity::Error), 0, "{text}: {:?}", loaded.diagnostics);
    format!("{:#?}", loaded.catalog.unwrap().parts())
}

#[test]
fn an_overlay_is_put_over_the_alias() {
    for (text, written_out) in [
        (
            "model_aliases: {a: {target: gpt-4o, env: {dev: {target: llama3.1}, prod: {hidden: true}}}}",
            "model_aliases: {a: {target: llama3.1}}",
        ),
        (
            "model_aliases: {a: {target: gpt-4o}}\nenv: {dev: {model_aliases: {a: {target: llama3.1}}}}",
            "model_aliases: {a: {target: llama3.1}}",
        ),
        // The file's own comes last.
        (
            "model_aliases: {a: {target: gpt-4o, env: {dev: {target: gpt-4o-mini, hidden: true}}}}\nenv: {dev: {model_aliases: {a: {target: llama3.1}}}}",
            "model_aliases: {a: {target: llama3.1, hidden: true}}",
        ),
        // Mappings merge, lists are replaced.
        (
            "model_aliases: {a: {target: gpt-4o, fallbacks: [{target: gpt-4o-mini}], guardrails: {max_latency: 5s, block_categories: [jailbreak]}, env: {dev: {guardrails: {max_latency: 60s}, fallbacks: [{target: llama3.1}]}}}}",
            "model_aliases: {a: {target: gpt-4o, fallbacks: [{target: llama3.1}], guardrails: {max_latency: 60s, block_categories: [jailbreak]}}}",
        ),
        // One way to answer takes the place of the other.
        (
            "model_aliases: {a: {targets: [{model: gpt-4o, weight: 90}, {model: gpt-4o-mini, weight: 10}], sticky: {by: user}, env: {dev: {target: llama3.1}}}}",
            "model_aliases: {a: {target: llama3.1}}",
        ),
        (
            "model_aliases: {a: {target: gpt-4o, env: {dev: {targets: [{model: gpt-4o, weight: 90}, {model: gpt-4o-mini, weight: 10}]}}}}",
            "model_aliases: {a: {targets: [{model: gpt-4o, weight: 90}, {model: gpt-4o-mini, weight: 10}]}}",
        ),
        // Aliases that only this environment has.
        (
            "model_aliases: {a: {target: gpt-4o}}\nenv: {dev: {model_aliases: {b: {target: a}}}}",
            "model_aliases: {a: {target: gpt-4o}, b: {target: a}}",
        ),
        ("env: {dev: {model_aliases: {b: {target: gpt-4o}}}}", "model_aliases: {b: {target: gpt-4o}}"),
        ("model_aliases: {a: {target: gpt-4o}}\nenv: {dev: {}}", "model_aliases: {a: {target: gpt-4o}}"),
    ] {
        assert_eq!(meaning(text, Some("dev")), meaning(written_out, None), "{text}");
    }
}

#[test]
fn without_a_choice_overlays_mean_nothing() {
    let text = "model_aliases: {a: {target: gpt-4o, env: {dev: {target: llama3.1}}}}\nenv: {prod: {model_aliases: {b: {target: a}}}}";
    assert_eq!(meaning(text, None), meaning("model_aliases: {a: {target: gpt-4o}}", None));
    let names: Vec<_> = load(text, None).environments.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["dev", "prod"]);
}

#[test]
fn a_file_without_environments_is_the_same_in_each() {
    let text = "model_aliases: {a: {target: gpt-4o}}";
    assert_eq!(meaning(text, Some("dev")), meaning(text, None));
}

#[test]
fn variables_of_another_environment_need_not_be_set() {
    let targets = "targets: [{model: gpt-4o, weight: 100, access_key: $DEV_KEY}]";
    let text = format!("model_aliases: {{a: {{target: gpt-4o, env: {{dev: {{{targets}}}, prod: {{}}}}}}}}");
    assert_eq!(load(&text, None).diagnostics, []);
    assert_eq!(load(&text, Some("prod")).diagnostics, []);
    let codes: Vec<_> = load(&text, Some("dev")).diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(codes, [Code::MissingVariable]);
}

#[test]
fn mistakes_of_other_environments_are_told() {
    let text = "model_aliases: {a: {target: gpt-4o, env: {dev: {targt: llama3.1}}}}";
    for chosen in [None, Some("dev")] {
        let codes: Vec<_> = load(text, chosen).diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(codes, [Code::UnknownKey], "{chosen:?}");
    }
}
