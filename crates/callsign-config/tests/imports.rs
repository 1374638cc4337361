//! Configurations of `LiteLLM` as people write them, and what each becomes; what comes out has no errors, and holds no secret.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use callsign_config::diagnostic::Severity;
use callsign_config::import::{self, Imported, Unimported};
use callsign_config::{Loaded, MissingKeys, Setting, Source};
use proptest::prelude::*;

/// Written into every place of a secret.
const SECRET: &str = "hunter2";

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() > 5, "the folder is read");
    files
}

fn import(text: &str) -> Result<Imported, Unimported> {
    import::litellm(&Source { name: "config.yaml", bytes: text.as_bytes() })
}

/// Every variable is set: addresses to one, everything else to a word.
fn load(text: &str) -> Loaded {
    let environment = |name: &str| {
        let is_address = name.ends_with("BASE");
        Some(if is_address { "https://server.example.com" } else { "a-value" }.to_owned())
    };
    let source = Source { name: "callsign.yaml", bytes: text.as_bytes() };
    callsign_config::load(
        &source,
        &Setting { environment: &environment, keys: MissingKeys::Refuse, chosen: None, date: 0 },
    )
}

fn told(imported: &Imported) -> String {
    let loaded = load(&imported.text);
    let mut told = String::new();
    for diagnostic in &loaded.diagnostics {
        assert_ne!(
            diagnostic.severity(),
            Severity::Error,
            "{}: {}\n{}",
            diagnostic.label.line,
            diagnostic.message,
            imported.text
        );
        assert_ne!(diagnostic.severity(), Severity::Unserved, "{}", diagnostic.message);
        let (code, line) = (diagnostic.code.slug(), diagnostic.label.line);
        writeln!(told, "{code} {line}: {}", diagnostic.message).unwrap();
    }
    told
}

#[test]
fn every_file_becomes_its_configuration() {
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let imported = import(&text).unwrap_or_else(|why| panic!("{}: {why:?}", file.display()));
        for notice in &imported.notices {
            let line = text.lines().nth(notice.line - 1).unwrap();
            let key = notice.path.rsplit(['.', '[']).next().unwrap().trim_end_matches(']');
            let near = line.contains(key) || key.parse::<u32>().is_ok() || line.contains("model");
            assert!(near, "{}:{}: {notice}", file.display(), notice.line);
        }
        let shown = format!("{}\n{:?}", imported.text, imported.notices);
        assert!(!shown.contains(SECRET) && !shown.contains("sk-"), "{shown}");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("imports");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let told = told(&imported);
        settings.bind(|| insta::assert_snapshot!(stem, format!("{}\n# check:\n{told}", imported.text)));
    }
}

#[test]
fn text_that_names_no_model_is_refused() {
    for text in ["a: 1", "model_list: []", "model_list: [{model_name: a}]", "[]", "just words"] {
        assert!(matches!(import(text), Err(Unimported::Nothing(notices)) if !notices.is_empty()), "{text}");
    }
    for text in ["", "# nothing", "{", "a: [1", "a: b\na: c", "\u{0}"] {
        assert!(
            matches!(import(text), Err(Unimported::Unreadable(loaded)) if !loaded.diagnostics.is_empty()),
            "{text}"
        );
    }
    assert!(matches!(import::litellm(&Source { name: "a", bytes: b"\xff" }), Err(Unimported::Unreadable(_))));
    let Err(Unimported::Unreadable(loaded)) = import("\u{feff}a: 1\na: 2") else {
        panic!("a key is there twice")
    };
    assert_eq!(
        loaded.diagnostics.first().unwrap().label.span,
        8..9,
        "places count from the file's first byte"
    );
}

/// A value for the key, often of the right kind.
fn value(key: &'static str) -> BoxedStrategy<String> {
    let odd = prop::sample::select(vec![
        "null",
        "[]",
        "{}",
        "''",
        "0",
        "-1",
        "1e-7",
        "true",
        "[a, b]",
        "{a: b}",
        "'a b'",
        "'$x'",
        "'${'",
        "'é\\n'",
        "x/y",
        "'*'",
        "\"a\\u0085\\\"b\"",
        "\"\\x07\"",
    ]);
    let names =
        prop::sample::select(vec!["a", "b", "c", "openai/gpt-4o", "team/x y", "'openai/*'", "gpt-4o", "a-2"]);
    let models = prop::sample::select(vec![
        "openai/gpt-4o",
        "openai/gpt-4o",
        "gpt-4o",
        "azure/x",
        "bedrock/m",
        "bedrock/us-w;est-2/m",
        "vertex_ai/claude-x",
        "ollama/l",
        "'openai/*'",
        "'*'",
        "who",
        "new/m",
        "azure_ai/claude",
        "anthropic/claude-x",
        "openai/a$b",
        "openai/$HOME",
    ]);
    let lists =
        prop::collection::vec(names.clone(), 0..3).prop_map(|names| format!("[{}]", names.join(", ")));
    let usual: BoxedStrategy<String> = match key {
        "model" => models.prop_map(str::to_owned).boxed(),
        "model_name" => names.prop_map(str::to_owned).boxed(),
        "api_base" => prop::sample::select(vec![
            "https://a.example",
            "http://b.example:1/v1/",
            "http://u:hunter2@c?hunter2",
            "nowhere",
        ])
        .prop_map(str::to_owned)
        .boxed(),
        "fallbacks" | "context_window_fallbacks" | "model_group_alias" => {
            prop::collection::vec((names.clone(), lists), 0..4)
                .prop_map(move |pairs| {
                    let mut seen = std::collections::HashSet::new();
                    let pairs = pairs.into_iter().filter(|(from, _)| seen.insert(*from));
                    let pairs: Vec<_> = pairs
                        .map(|(from, to)| {
                            let single =
                                to.trim_matches(['[', ']']).split(", ").next().unwrap_or_default().to_owned();
                            if key == "model_group_alias" {
                                format!("{from}: {single}")
                            } else {
                                format!("{from}: {to}")
                            }
                        })
                        .collect();
                    format!("{{{}}}", pairs.join(", "))
                })
                .boxed()
        }
        "default_fallbacks" => lists.boxed(),
        "api_key" | "aws_secret_access_key" | "azure_ad_token" | "vertex_credentials" | "master_key" => {
            prop::sample::select(vec!["hunter2", "'{hunter2}'", "'$hunter2'"])
                .prop_map(move |text| {
                    if key == "vertex_credentials" { "'{hunter2}'".to_owned() } else { text.to_owned() }
                })
                .boxed()
        }
        "extra_headers" => Just("{authorization: hunter2, x-y: z, X-Token: '$hunter2'}".to_owned()).boxed(),
        _ => prop::sample::select(vec!["1", "2", "30", "0.5", "1.5e-7", "word", "eu-west-1"])
            .prop_map(str::to_owned)
            .boxed(),
    };
    prop_oneof![8 => usual, 1 => odd.prop_map(str::to_owned)].boxed()
}

fn mapping(keys: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::subsequence(keys, 0..=keys.len()).prop_flat_map(|keys| {
        let pairs: Vec<_> =
            keys.into_iter().map(|key| value(key).prop_map(move |value| format!("{key}: {value}"))).collect();
        pairs.prop_map(|pairs| format!("{{{}}}", pairs.join(", ")))
    })
}

const PARAMS: &[&str] = &[
    "api_key",
    "api_base",
    "api_version",
    "rpm",
    "tpm",
    "weight",
    "order",
    "timeout",
    "max_retries",
    "aws_region_name",
    "aws_secret_access_key",
    "aws_role_name",
    "vertex_project",
    "vertex_location",
    "vertex_credentials",
    "azure_ad_token",
    "tenant_id",
    "input_cost_per_token",
    "output_cost_per_token",
    "extra_headers",
    "temperature",
    "novelty",
];
const SETTINGS: &[&str] = &[
    "fallbacks",
    "context_window_fallbacks",
    "default_fallbacks",
    "model_group_alias",
    "num_retries",
    "timeout",
    "request_timeout",
    "routing_strategy",
    "drop_params",
    "cache",
];
const GENERAL: &[&str] = &["master_key", "completion_model", "max_request_size_mb", "database_url"];

fn configurations() -> impl Strategy<Value = String> {
    let model = (value("model_name"), value("model"), mapping(PARAMS)).prop_map(|(name, model, params)| {
        let params = params.trim_start_matches('{').to_owned();
        let comma = if params == "}" { "" } else { ", " };
        format!("  - {{model_name: {name}, litellm_params: {{model: {model}{comma}{params}}}\n")
    });
    let models = prop::collection::vec(model, 0..8);
    (models, mapping(SETTINGS), mapping(SETTINGS), mapping(GENERAL)).prop_map(|(models, router, library, general)| {
        format!("model_list:\n{}router_settings: {router}\nlitellm_settings: {library}\ngeneral_settings: {general}\n", models.concat())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_comes_out_is_in_order(text in configurations()) {
        match import(&text) {
            Ok(imported) => {
                told(&imported);
                let shown = format!("{}{:?}", imported.text, imported.notices);
                prop_assert!(!shown.contains(SECRET), "{}\n{}", text, shown);
            }
            Err(Unimported::Nothing(notices)) => prop_assert!(!notices.is_empty()),
            Err(Unimported::Unreadable(loaded)) => prop_assert!(!loaded.diagnostics.is_empty()),
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), lines in prop::collection::vec(".{0,20}", 0..8)) {
        drop(import(&text));
        drop(import(&format!("model_list:\n{}", lines.join("\n"))));
    }
}
