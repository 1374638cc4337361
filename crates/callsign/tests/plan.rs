//! `callsign plan` as its users run it: two files, or one and a gateway that serves.
#![expect(clippy::expect_used, reason = "tests report by panicking")]

use std::path::Path;
use std::process::Command;

use callsign_testkit::gateway::Launch;
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_callsign");

const BEFORE: &str = "listeners: [{type: model, name: main, port: 0}]
admin: {port: 0}
model_providers:
  - {model: openai/gpt-4o, access_key: sk-in-plain-text-1a2b3c}
  - {model: openai/o1-preview, access_key: $SOMEBODYS_KEY}
model_aliases:
  arch.v1:
    targets: [{model: gpt-4o, weight: 95}, {model: o1-preview, weight: 5}]
    sticky: {by: user}
    guardrails: {max_latency: 5s, block_categories: [jailbreak]}
  old-name: {target: gpt-4o}
";

const AFTER: &str = "listeners: [{type: model, name: main, port: 0}]
admin: {port: 0}
model_providers:
  - {model: openai/gpt-4o, access_key: sk-in-plain-text-4d5e6f, price: {input: 2.50, output: 10}}
  - {model: openai/o1-preview, access_key: $SOMEBODYS_KEY}
model_aliases:
  arch.v1:
    targets: [{model: gpt-4o, weight: 90}, {model: o1-preview, weight: 10}]
    sticky: {by: user}
    guardrails: {max_latency: 8s}
  new-name: {target: arch.v1}
";

/// What `callsign plan` says, and its exit code.
fn plan(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let output = Command::new(BINARY)
        .arg("plan")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("the binary runs");
    let told = String::from_utf8(output.stdout).expect("text") + &String::from_utf8_lossy(&output.stderr);
    (told, output.status.code().expect("an exit code"))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

#[test]
fn what_would_move_is_told_for_people() {
    let folder = folder(&[("old.yaml", BEFORE), ("new.yaml", AFTER)]);
    let (told, code) = plan(folder.path(), &["old.yaml", "new.yaml"]);
    insta::assert_snapshot!("plan_text", told);
    assert_eq!(code, 3);
    assert!(!told.contains("sk-in-plain-text"), "{told}");
}

#[test]
fn what_would_move_is_told_for_a_pull_request() {
    let folder = folder(&[("old.yaml", BEFORE), ("new.yaml", AFTER)]);
    let (told, _) = plan(folder.path(), &["old.yaml", "new.yaml", "--format", "markdown"]);
    insta::assert_snapshot!("plan_markdown", told);
}

#[test]
fn what_would_move_is_told_for_programs() {
    let folder = folder(&[("old.yaml", BEFORE), ("new.yaml", AFTER)]);
    let (told, _) = plan(folder.path(), &["old.yaml", "new.yaml", "--format", "json"]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let changes = told["changes"].as_array().expect("changes");
    let moved = changes.iter().find(|change| change["change"] == "moved").expect("keys that move");
    assert_eq!(moved["from"], "openai/gpt-4o");
    assert_eq!(moved["whose"], "keys");
    assert_eq!(moved["share_millionths"], 50_000, "{moved}");
    assert!(changes.iter().any(|change| change["change"] == "guardrail" && change["look_twice"] == true));
}

#[test]
fn exit_code_says_how_much_would_change() {
    let more = BEFORE.replace("  old-name", "  further: {target: gpt-4o}\n  old-name");
    let bad = BEFORE.replace("target: gpt-4o}", "target: gpt-5}");
    let unserved = more.replace("further: {target: gpt-4o}", "further: {target: gpt-4o, requires: [tools]}");
    let elsewhere = BEFORE.replace("name: main, port: 0", "name: main, port: 12999");
    let folder = folder(&[
        ("old.yaml", BEFORE),
        ("more.yaml", &more),
        ("bad.yaml", &bad),
        ("unserved.yaml", &unserved),
        ("elsewhere.yaml", &elsewhere),
    ]);
    let cases = [
        (vec!["old.yaml", "old.yaml"], 0),
        (vec!["old.yaml", "more.yaml"], 2),
        (vec!["more.yaml", "old.yaml"], 3),
        (vec!["old.yaml", "elsewhere.yaml"], 2),
        (vec!["old.yaml", "bad.yaml"], 1),
        (vec!["old.yaml", "unserved.yaml"], 1),
        (vec!["old.yaml", "missing.yaml"], 1),
        (vec!["old.yaml", "--against", "http://127.0.0.1:1"], 1),
    ];
    for (arguments, expected) in cases {
        let (told, code) = plan(folder.path(), &arguments);
        assert_eq!(code, expected, "{arguments:?}: {told}");
        assert!(!told.contains("sk-in-plain-text"), "{told}");
    }
}

#[test]
fn what_counts_after_a_restart_alone_is_marked() {
    let other = BEFORE.replace("admin: {port: 0}", "admin: {port: 12999}").replace("5s", "6s");
    let folder = folder(&[("old.yaml", BEFORE), ("new.yaml", &other)]);
    let (told, _) = plan(folder.path(), &["old.yaml", "new.yaml"]);
    let marked: Vec<_> = told.lines().filter(|line| line.ends_with("(counts after a restart)")).collect();
    assert_eq!(marked.len(), 1, "{told}");
    assert!(marked[0].contains("admin") && marked[0].contains("12999"), "{told}");
    let (told, _) = plan(folder.path(), &["old.yaml", "new.yaml", "--format", "json"]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let late = |change: &&Value| change["needs_restart"] == true;
    let late: Vec<_> = told["changes"].as_array().expect("changes").iter().filter(late).collect();
    assert_eq!((late.len(), &late[0]["key"]), (1, &"admin".into()), "{told}");
}

#[tokio::test]
async fn gateway_that_serves_is_compared_with() {
    let before = BEFORE.replace(", block_categories: [jailbreak]", "");
    let gateway = Launch::new(BINARY, before.as_str()).env("SOMEBODYS_KEY", "sk-of-somebody").start().await;
    let outline = gateway.admin().get("/api/v1/outline").send().await.text().await;
    assert!(outline.contains("arch.v1"), "{outline}");
    assert!(!outline.contains("sk-"), "{outline}");
    let folder = folder(&[("same.yaml", &before), ("new.yaml", AFTER)]);
    let url = gateway.admin_url();
    for (file, expected) in [("same.yaml", 0), ("new.yaml", 3)] {
        let arguments = [file.to_owned(), "--against".to_owned(), url.clone()];
        let path = folder.path().to_owned();
        let run = move || plan(&path, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let (told, code) = tokio::task::spawn_blocking(run).await.expect("a plan");
        assert_eq!(code, expected, "{told}");
    }
}
