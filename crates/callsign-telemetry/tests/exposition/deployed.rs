//! The manual, the dashboard and the alerts name the metrics that there are; `promtool` of Debian's `prometheus` finds no mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use callsign_telemetry::metrics::Format;
use serde_json::Value;

use super::families::everything;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn exposition() -> String {
    let (exposition, now) = everything();
    exposition.tell(&now, Format::Plain).expect("a text")
}

/// Each family with its type.
fn families() -> BTreeMap<String, String> {
    let text = exposition();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

/// Each name of a series.
fn samples() -> BTreeSet<String> {
    let text = exposition();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(['{', ' ']).next()).map(str::to_owned).collect()
}

/// Each word of a text that is the name of a metric of ours.
fn named(text: &str) -> BTreeSet<String> {
    let words =
        text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == ':'));
    let of_label =
        ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model"];
    let ours =
        words.filter(|word| ["callsign_", "gen_ai_", "process_"].iter().any(|of| word.starts_with(of)));
    ours.filter(|word| !of_label.contains(word)).map(str::to_owned).collect()
}

fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(text) if name == "expr" || name == "query" => found.push(text.to_owned()),
                    _ => expressions(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        _ => {}
    }
}

#[test]
fn dashboard_and_alerts_name_metrics_that_there_are() {
    let samples = samples();
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/callsign.json")).expect("JSON");
    let mut found = Vec::new();
    expressions(&dashboard, &mut found);
    assert!(found.len() > 15, "{found:#?}");
    found.push(
        read("deploy/prometheus/alerts.yaml").lines().filter(|line| !line.contains("alert:")).collect(),
    );
    for expression in found {
        let unknown: Vec<_> = named(&expression).difference(&samples).cloned().collect();
        assert!(unknown.is_empty(), "{unknown:?} of `{expression}`");
    }
}

#[test]
fn manual_lists_exactly_the_metrics_that_there_are() {
    let page = read("docs/observability.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let listed: BTreeMap<String, String> = rows
        .filter(|(name, _)| !named(name).is_empty())
        .map(|(name, rest)| (name.to_owned(), rest.split(" |").next().unwrap_or_default().to_owned()))
        .collect();
    assert_eq!(listed, families());
}

fn promtool(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new("promtool")
        .args(arguments)
        .current_dir(root().join("deploy/prometheus"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("`promtool` of Debian's `prometheus` is installed; scripts/prerequisites.sh does that");
    child.stdin.take().expect("standard input is piped").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

#[test]
fn promtool_finds_no_mistake() {
    let metrics = exposition();
    let cases: [(&[&str], &str); 3] = [
        (&["check", "metrics"], &metrics),
        (&["check", "rules", "alerts.yaml"], ""),
        (&["test", "rules", "alerts_test.yaml"], ""),
    ];
    for (arguments, input) in cases {
        let Output { status, stdout, stderr } = promtool(arguments, input);
        let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "promtool {arguments:?}:\n{out}{err}");
        assert!(!arguments.contains(&"metrics") || (out.is_empty() && err.is_empty()), "{out}{err}");
    }
}
