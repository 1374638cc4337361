//! Configurations that load, and the catalog that each of them means.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use callsign_config::diagnostic::Severity;
use callsign_config::{Loaded, MissingKeys, Setting, Source};
use callsign_plan::catalog::Catalog;
use callsign_plan::history::History;
use callsign_plan::storage::Engine;
use callsign_wire::quirks::{Embedding, ThinkingForm};
use callsign_wire::resume::Prefill;
use secrecy::ExposeSecret;

/// 2026-01-01.
const DATE: u64 = 1_767_225_600;

fn environment(name: &str) -> Option<String> {
    match name {
        "OPENAI_API_KEY" | "ANTHROPIC_API_KEY" | "OTHER_KEY" | "TEAM" => Some(format!("value-of-{name}")),
        "AWS_REGION" => Some("us-west-2".to_owned()),
        "GOOGLE_CLOUD_PROJECT" => Some("the-project".to_owned()),
        "AZURE_TENANT_ID" => Some("the-tenant".to_owned()),
        "HOME" => Some("/home/me".to_owned()),
        _ => None,
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accepts");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() > 15, "the folder is read");
    files
}

fn load(text: &str) -> Loaded {
    callsign_config::load(
        &Source { name: "a.yaml", bytes: text.as_bytes() },
        &Setting { environment: &environment, keys: MissingKeys::Refuse, chosen: None, date: DATE },
    )
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_file_means_its_catalog() {
    for file in files() {
        let loaded = load(&std::fs::read_to_string(&file).unwrap());
        let mut text = String::new();
        for diagnostic in &loaded.diagnostics {
            let (line, code) = (diagnostic.label.line, diagnostic.code.slug());
            assert_ne!(
                diagnostic.severity(),
                Severity::Error,
                "{}:{line}: {}",
                file.display(),
                diagnostic.message
            );
            writeln!(text, "{code} {line}: {}", diagnostic.message).unwrap();
        }
        describe(loaded.catalog.as_ref().expect("a catalog without errors"), &mut text);
        assert!(!text.contains("value-of-OPENAI"), "{} shows a key", file.display());
        assert!(!text.contains("value-of-OTHER"), "{} shows a key", file.display());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("accepts");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(stem(&file), text));
    }
}

fn describe(catalog: &Catalog, text: &mut String) {
    let parts = catalog.parts();
    for listener in &parts.listeners {
        writeln!(text, "{listener:?}").unwrap();
    }
    writeln!(text, "{:?} upstream {:?} {:?}", parts.admin, parts.timeouts, parts.upstream_ca).unwrap();
    if !matches!(parts.storage.engine, Engine::Automatic) {
        writeln!(text, "{:?}", parts.storage).unwrap();
    }
    if parts.history != History::default() {
        writeln!(text, "{:?}", parts.history).unwrap();
    }
    if parts.tracing.collector.is_some() || parts.tracing.share.is_some() {
        writeln!(text, "{:?}", parts.tracing).unwrap();
    }
    for entry in &parts.entries {
        let known = entry.known.len();
        writeln!(
            text,
            "{:?} name {:?} default {} hidden {} known {known}",
            entry.target, entry.name, entry.default, entry.hidden
        )
        .unwrap();
    }
    for (id, target) in parts.targets.iter().enumerate() {
        writeln!(
            text,
            "\n{id} {} {:?}\n  {:?} {:?}",
            target.name, target.model, target.place, target.credential
        )
        .unwrap();
        writeln!(text, "  {:?} headers {:?} host {:?}", target.timeouts, target.headers, target.http_host)
            .unwrap();
        writeln!(text, "  {:?} {:?}", target.dialects, target.price).unwrap();
        if target.prefill != Prefill::Asked {
            writeln!(text, "  prefill {:?}", target.prefill).unwrap();
        }
        if target.embedding != Embedding::Titan {
            writeln!(text, "  embedding {:?}", target.embedding).unwrap();
        }
        if target.thinking != ThinkingForm::Usual {
            writeln!(text, "  thinking {:?}", target.thinking).unwrap();
        }
        if target.context.is_some() || target.max_latency.is_some() {
            writeln!(text, "  context {:?} max_latency {:?}", target.context, target.max_latency).unwrap();
        }
    }
    for alias in &parts.aliases {
        writeln!(text, "\n{alias:?}").unwrap();
    }
}

/// What `credential` becomes where the environment holds `variables` and nothing else.
fn credential(entry: &str, variables: &[(&str, &str)]) -> String {
    let text = format!("model_providers: [{{{entry}}}]");
    let environment =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let source = Source { name: "a.yaml", bytes: text.as_bytes() };
    let setting = Setting { environment: &environment, keys: MissingKeys::Refuse, chosen: None, date: DATE };
    let loaded = callsign_config::load(&source, &setting);
    assert_eq!(loaded.diagnostics, [], "{entry}");
    let catalog = loaded.catalog.unwrap();
    format!("{:?}", catalog.parts().targets.first().unwrap().credential)
}

/// An entry, the environment, and parts of the credential.
type Shown<'c> = (&'c str, &'c [(&'c str, &'c str)], &'c [&'c str]);

fn shown(cases: &[Shown<'_>]) {
    for (entry, variables, expected) in cases {
        let found = credential(entry, variables);
        for part in *expected {
            assert!(found.contains(part), "{entry} {variables:?}: {part} is not in {found}");
        }
    }
}

#[test]
fn aws_is_shown_what_its_own_tools_would_show() {
    let bedrock = "model: bedrock/m, region: us-east-1";
    let signed = "model: bedrock/m, region: us-east-1, auth: {type: aws_sigv4}";
    let id = ("AWS_ACCESS_KEY_ID", "AKID");
    let secret = ("AWS_SECRET_ACCESS_KEY", "s");
    shown(&[
        (bedrock, &[("AWS_BEARER_TOKEN_BEDROCK", "b"), id, secret], &["Key { scheme: Bearer"]),
        (bedrock, &[id, secret], &["service: \"bedrock\"", "Given(Keys { id: \"AKID\"", "session: None"]),
        (bedrock, &[id, secret, ("AWS_SESSION_TOKEN", "t")], &["session: Some("]),
        (
            bedrock,
            &[("AWS_PROFILE", "team"), ("HOME", "/h")],
            &["\"team\"", "/h/.aws/credentials", "/h/.aws/config"],
        ),
        (
            bedrock,
            &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:r")],
            &["WebIdentity", "arn:r", "https://sts.us-east-1.amazonaws.com/", "Instance"],
        ),
        (
            signed,
            &[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x")],
            &["Container { url: \"http://169.254.170.2/v2/x\"", "Instance { url: \"http://169.254.169.254\""],
        ),
        (
            signed,
            &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[::1]:1/")],
            &["Instance { url: \"http://[::1]:1\""],
        ),
    ]);
}

#[test]
fn google_is_shown_what_its_own_tools_would_show() {
    let vertex = "model: vertex_ai/m, project: p";
    shown(&[
        (vertex, &[("GOOGLE_APPLICATION_CREDENTIALS", "/k.json")], &["[File(\"/k.json\")]"]),
        (
            vertex,
            &[("HOME", "/h")],
            &[
                "MaybeFile(\"/h/.config/gcloud/application_default_credentials.json\")",
                "Metadata { url: \"http://metadata.google.internal\"",
            ],
        ),
    ]);
}

#[test]
fn azure_is_shown_what_its_own_tools_would_show() {
    let azure = "model: azure_openai/m, base_url: 'https://a.example.com'";
    let entra = "model: azure_openai/m, base_url: 'https://a.example.com', auth: {type: entra}";
    shown(&[
        (azure, &[("AZURE_OPENAI_API_KEY", "k"), ("AZURE_CLIENT_SECRET", "s")], &["Key { scheme: ApiKey"]),
        (
            azure,
            &[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "s")],
            &["Secret { url: \"https://login.microsoftonline.com/t/oauth2/v2.0/token\", client_id: \"c\""],
        ),
        (
            entra,
            &[
                ("AZURE_TENANT_ID", "t"),
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_FEDERATED_TOKEN_FILE", "/f"),
                ("AZURE_AUTHORITY_HOST", "https://a.us/"),
            ],
            &["Federated { url: \"https://a.us/t/oauth2/v2.0/token\"", "token_file: \"/f\""],
        ),
        (
            entra,
            &[("IDENTITY_ENDPOINT", "http://i"), ("IDENTITY_HEADER", "h")],
            &["Service { url: \"http://i\""],
        ),
        (entra, &[], &["Machine { url: \"http://169.254.169.254/metadata/identity/oauth2/token\""]),
    ]);
}

#[test]
fn no_clouds_credential_goes_to_another_server_unasked() {
    let vertex = "model: vertex_ai/m, project: p, base_url: 'http://elsewhere.example.com'";
    assert_eq!(credential(vertex, &[("GOOGLE_APPLICATION_CREDENTIALS", "/k")]), "None");
    let bedrock = "model: bedrock/m, region: r, base_url: 'http://elsewhere.example.com'";
    assert_eq!(credential(bedrock, &[("AWS_BEARER_TOKEN_BEDROCK", "b")]), "None");
}

#[test]
fn variables_of_a_connection_string_are_replaced() {
    let text = std::fs::read_to_string(
        files().into_iter().find(|file| stem(file) == "state_postgres").expect("the file"),
    );
    let catalog = load(&text.unwrap()).catalog.unwrap();
    let Engine::Postgres { connection } = &catalog.parts().storage.engine else { panic!("not PostgreSQL") };
    let expected =
        "postgresql://callsign:value-of-OPENAI_API_KEY@db.example.com:5432/callsign?sslmode=require";
    assert_eq!(connection.expose_secret(), expected);
}

#[test]
fn names_resolve_as_written() {
    use callsign_plan::catalog::Found;
    let text =
        std::fs::read_to_string(files().into_iter().find(|file| stem(file) == "plano_wildcards").unwrap())
            .unwrap();
    let catalog = load(&text).catalog.unwrap();
    let name = |name: &str| match catalog.find(name) {
        Some(Found::Target(id)) => catalog.target(id).unwrap().name.to_string(),
        Some(Found::Alias(id)) => format!("alias {}", catalog.alias(id).unwrap().name),
        Some(Found::Wildcard(id, from)) => {
            format!("{} for {}", catalog.target(id).unwrap().name, name.get(from..).unwrap())
        }
        None => "nothing".to_owned(),
    };
    for (asked, expected) in [
        ("full", "alias full"),
        ("gpt-4o", "openai/gpt-4o"),
        ("openai/gpt-4o", "openai/gpt-4o"),
        ("openai/gpt-9", "openai/* for gpt-9"),
        ("o4-mini", "openai/* for o4-mini"),
        ("groq", "nothing"),
        ("gpt-9", "nothing"),
    ] {
        assert_eq!(name(asked), expected, "{asked}");
    }
    assert_eq!(&*catalog.target(catalog.default_target().unwrap()).unwrap().name, "openai/gpt-4o");
}

#[test]
fn every_file_fits_the_schema() {
    let validator = jsonschema::validator_for(&callsign_config::schema()).expect("a schema");
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        if stem(&file) == "anchors_and_merges" {
            // Editors resolve merge keys themselves before they validate; this reader of YAML does not.
            continue;
        }
        let value: serde_json::Value =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let complaints: Vec<_> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(complaints.is_empty(), "{}: {complaints:#?}", file.display());
    }
}

#[test]
fn the_schema_refuses_what_the_check_refuses() {
    let validator = jsonschema::validator_for(&callsign_config::schema()).expect("a schema");
    for text in [
        "model_provider: []",
        "model_providers: [{name: x}]",
        "model_aliases: {a: {taget: x}}",
        "model_aliases: {a: {target: [x]}}",
        "listeners: [{port: 70000}]",
        "model_aliases: {a: {target: x, fallbacks: [{target: y, conditions: [rate_limit]}]}}",
        "model_aliases: {a: {target: x, guardrails: {max_latency: 5}}}",
        "model_providers: [{model: demo/x, context: large}]",
        "model_providers: [{model: demo/x, context: 0}]",
    ] {
        let value: serde_json::Value = serde_saphyr::from_str(text).unwrap();
        assert!(!validator.is_valid(&value), "{text}");
        assert!(load(text).catalog.is_none(), "{text}");
    }
}

#[test]
fn the_schema_describes_every_key() {
    let schema = callsign_config::schema();
    let mut keys = 0;
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        assert!(definition["description"].is_string(), "{name}");
        for (key, property) in definition["properties"].as_object().unwrap() {
            keys += 1;
            let described = property["description"].as_str().is_some_and(|text| text.ends_with(['.', ')']));
            assert!(described, "{name}.{key}");
        }
    }
    assert!(keys > 120, "{keys} keys are described");
}
