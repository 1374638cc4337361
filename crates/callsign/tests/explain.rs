//! `callsign explain` through the real binary: the tree that it draws, the table, the data and the exit code.
#![expect(clippy::unwrap_used, reason = "tests report by panicking")]

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The document's advanced examples, and what can be built of them.
const ROUTES: &str = r#"
llm_providers:
  - model: openai/gpt-4o-mini
    access_key: $OPENAI_API_KEY
  - model: openai/gpt-4o
    access_key: $OPENAI_API_KEY
  - model: openai/o1-preview
    access_key: $OPENAI_API_KEY
  - model: anthropic/claude-3-haiku-20240307
    access_key: $ANTHROPIC_API_KEY
  - model: ollama/llama3.1
    base_url: http://host.docker.internal:11434
  - model: groq/*
    access_key: $GROQ_API_KEY
  - {model: openai/dear, access_key: $OPENAI_API_KEY, price: {input: 1000, output: 2000}}
  - {model: openai/priced, access_key: $OPENAI_API_KEY, price: {input: 10, output: 20}}
  - {model: anthropic/haiku, access_key: $ANTHROPIC_API_KEY, price: {input: 1, output: 2}}

model_aliases:
  arch.summarize.v1:
    target: gpt-4o-mini
    fallbacks:
      - target: llama3.1
        conditions: ["quota_exceeded", "timeout"]
      - target: claude-3-haiku-20240307
        conditions: ["primary_and_first_fallback_failed"]

  arch.v1:
    targets:
      - model: llama3.1
        weight: 80
      - model: gpt-4o-mini
        weight: 20

  arch.experimental.v1:
    targets:
      - model: gpt-4o
        weight: 95
      - model: o1-preview
        weight: 5

  high-throughput-chat:
    load_balance:
      algorithm: "round_robin"
    targets:
      - model: gpt-4o-mini
        endpoint: "https://api-1.example.com"
      - model: gpt-4o-mini
        endpoint: "https://api-2.example.com"
      - model: gpt-4o-mini
        endpoint: "https://api-3.example.com"

  retired:
    target: gpt-4o
    deprecated: {since: 2020-01-01, sunset: 2021-01-01, successor: arch.v1}

  robust:
    target: high-throughput-chat
    fallbacks:
      - target: retired
        conditions: [unavailable]
      - target: arch.summarize.v1

  composed:
    targets:
      - model: robust
        weight: 99.5
      - model: arch.v1
        weight: 0.5
    guardrails: {max_latency: 5s}

  patient:
    target: llama3.1
    retries: {attempts: 2, backoff: 200ms}
    timeouts: {total: 20s, first_token: 8s}
    fallbacks: [{target: gpt-4o}]

  hurried:
    target: llama3.1
    guardrails: {max_latency: 5s}
    timeouts: {total: 8s}
    fallbacks: [{target: gpt-4o}, {target: gpt-4o-mini}]

  by-user:
    targets: [{model: gpt-4o, weight: 50}, {model: llama3.1, weight: 50}]
    sticky: {by: user}

  by-header:
    targets: [{model: gpt-4o, weight: 50}, {model: llama3.1, weight: 50}]
    sticky: {by: header, name: x-team}

  cached:
    load_balance: {algorithm: consistent_hash}
    targets:
      - {model: gpt-4o, endpoint: "https://one.example.com"}
      - {model: gpt-4o, endpoint: "https://two.example.com"}

  thrifty:
    target: dear
    guardrails: {max_cost_per_request: 0.02, max_latency: 5s}
    fallbacks:
      - {target: priced, conditions: [cost_exceeded]}
      - target: haiku
      - target: llama3.1

  weighted:
    load_balance: {algorithm: weighted}
    targets: [{model: gpt-4o, weight: 10}, {model: llama3.1, weight: 2.5}]
"#;

/// What a command did.
struct Done {
    code: i32,
    stdout: String,
    stderr: String,
}

/// A directory with the routes, and every key but Groq's.
fn run_in(environment: &[(&str, &str)], arguments: &[&str]) -> Done {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("callsign.yaml"), ROUTES).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsign"));
    command.arg("explain").args(arguments).current_dir(directory.path());
    command.env_clear().envs(environment.iter().copied()).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    Done {
        code: status.code().unwrap(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

const KEYS: [(&str, &str); 2] = [("OPENAI_API_KEY", "sk-secret"), ("ANTHROPIC_API_KEY", "sk-secret")];

/// As typed into a shell: what is printed and the exit code.
fn shell(line: &str) -> String {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let Done { code, stdout, stderr } = run_in(&KEYS, &arguments);
    assert!(!format!("{stdout}{stderr}").contains("secret"), "{line}");
    format!("$ callsign explain {line}\n{stdout}{stderr}exit {code}\n")
}

fn data(line: &str) -> (i32, Value) {
    let arguments: Vec<&str> = line.split_whitespace().chain(["--format", "json"]).collect();
    let done = run_in(&KEYS, &arguments);
    (done.code, serde_json::from_str(&done.stdout).unwrap())
}

#[test]
fn way_of_a_request_is_drawn_in_the_order_of_its_walk() {
    for (name, lines) in [
        (
            "fallbacks",
            &[
                "arch.summarize.v1",
                "arch.summarize.v1 --fault rate_limited",
                "arch.summarize.v1 --fault timeout",
                "arch.summarize.v1 --stream --fault timeout --fault server_error",
                "arch.summarize.v1 --anthropic",
                "arch.summarize.v1 --fault unavailable",
                "arch.summarize.v1 --fault client_error",
            ][..],
        ),
        ("splits", &["arch.v1", "arch.v1 --turn 4", "arch.experimental.v1 --key alice --fault auth_failed"]),
        (
            "pools",
            &[
                "high-throughput-chat --turn 1 --fault unavailable --fault invalid_response",
                "weighted --fault model_not_found",
            ],
        ),
        (
            "composed",
            &["composed --fault timeout --fault timeout --fault unavailable --fault quota_exceeded"],
        ),
        ("retries", &["patient --stream --fault timeout --fault timeout --fault rate_limited"]),
        (
            "ceilings",
            &[
                "thrifty --prompt hello",
                "thrifty --prompt hello --max-tokens 50",
                "thrifty --prompt hello --fault timeout --fault timeout --fault timeout",
                "thrifty --anthropic --fault timeout --fault unavailable --fault timeout --fault unavailable",
            ],
        ),
        ("deadline", &["hurried --fault timeout --fault timeout"]),
        (
            "ejected",
            &[
                "robust --eject openai/gpt-4o-mini@api-1.example.com",
                "arch.v1 --eject ollama/llama3.1",
                "arch.v1 --eject openai/gpt-4o",
            ],
        ),
        ("retired", &["retired"]),
        ("plain_models", &["groq/llama-3.3-70b --fault timeout", "gpt-4o", "groq/x --eject groq/*"]),
        ("unknown", &["arch.v2", "arch.v1 --fault tiemout", "arch.v1 absent.yaml"]),
    ] {
        let told: Vec<String> = lines.iter().map(|line| shell(line)).collect();
        insta::assert_snapshot!(name, told.join("\n"));
    }
}

#[test]
fn many_requests_are_counted() {
    let told = [
        "arch.experimental.v1 --requests 10000",
        "high-throughput-chat --requests 999 --fault unavailable",
        "arch.summarize.v1 --requests 10 --fault unavailable",
        "arch.summarize.v1 --requests 1 --fault timeout --stream",
        "retired --requests 3",
    ]
    .map(shell);
    insta::assert_snapshot!("requests", told.join("\n"));
    let (code, table) = data("arch.v1 --requests 1000 --fault timeout");
    assert_eq!(code, 1);
    assert_eq!(
        table,
        json!({
            "asked": "arch.v1",
            "requests": 1000,
            "targets": [
                {"target": "ollama/llama3.1", "tried_first": 800, "served": 0},
                {"target": "openai/gpt-4o-mini", "tried_first": 200, "served": 0},
            ],
            "unserved": 1000,
        })
    );
}

#[test]
fn timeout_that_nothing_limits_uses_up_the_time_of_the_whole_exchange() {
    for (line, code, attempts) in [
        ("arch.summarize.v1 --fault timeout", 1, 1),
        ("arch.summarize.v1 --fault timeout --stream", 0, 2),
        ("hurried --fault timeout", 0, 2),
        ("patient --fault timeout", 1, 1),
        ("patient --fault timeout --stream", 0, 2),
    ] {
        let (exit, told) = data(line);
        assert_eq!((exit, told["attempts"].as_array().unwrap().len()), (code, attempts), "{line}");
    }
}

#[test]
fn ejected_pool_is_served_by_all_of_its_members_in_turn() {
    let ejected = ["api-1", "api-2", "api-3"].map(|host| format!("openai/gpt-4o-mini@{host}.example.com"));
    let (code, table) =
        data(&format!("high-throughput-chat --requests 999 --eject {}", ejected.join(" --eject ")));
    let served: Vec<_> = table["targets"].as_array().unwrap().iter().map(|row| &row["served"]).collect();
    assert_eq!((code, served), (0, vec![&json!(333); 3]));
}

#[test]
fn data_says_what_the_tree_says() {
    let (code, told) = data("arch.summarize.v1 --fault rate_limited --stream");
    assert_eq!(code, 0);
    let attempt = |target: &str, outcome: &str| {
        json!({
            "target": target, "outcome": outcome, "after_ms": 0,
            "max_latency_ms": null, "cost": null, "first_token_ms": 60_000, "left_ms": 300_000,
        })
    };
    assert_eq!(
        told,
        json!({
            "asked": "arch.summarize.v1",
            "decisions": [
                {"step": "alias", "name": "arch.summarize.v1", "depth": 0},
                {"step": "attempt", "name": "openai/gpt-4o-mini", "depth": 1},
                {
                    "step": "fallback", "number": 1, "name": "ollama/llama3.1",
                    "because": "quota_exceeded", "depth": 1,
                },
                {"step": "attempt", "name": "ollama/llama3.1", "depth": 1},
            ],
            "attempts": [
                attempt("openai/gpt-4o-mini", "rate_limited"),
                attempt("ollama/llama3.1", "answers"),
            ],
            "served": "ollama/llama3.1",
        })
    );
    let (code, told) = data("arch.summarize.v1 --fault unavailable");
    assert_eq!((code, &told["served"]), (1, &Value::Null));
}

#[test]
fn key_sticks_to_its_part_at_every_turn_whatever_it_is_taken_from() {
    for alias in ["by-user", "by-header", "arch.v1"] {
        let served = |key: &str, turn: u64| {
            let (code, told) = data(&format!("{alias} --key {key} --turn {turn}"));
            assert_eq!((code, &told["decisions"][1]["by"]), (0, &json!("key")), "{alias}");
            told["served"].as_str().unwrap().to_owned()
        };
        let parts = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"].map(|key| {
            let part = served(key, 0);
            assert_eq!((served(key, 1), served(key, 7)), (part.clone(), part.clone()), "{alias} {key}");
            part
        });
        let (_, table) = data(&format!("{alias} --key alice --requests 50"));
        let alices = table["targets"].as_array().unwrap().iter().find(|row| row["target"] == parts[0]);
        assert_eq!(alices.unwrap()["served"], 50);
        assert!(parts.iter().any(|part| *part != parts[0]), "{alias}: {parts:?}");
    }
}

#[test]
fn prompt_stays_with_one_member_of_a_consistent_hash_pool() {
    let served = |prompt: &str, turn: u64| {
        data(&format!("cached --prompt {prompt} --turn {turn}")).1["served"].clone()
    };
    let prompts = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
    let members = prompts.map(|prompt| {
        let member = served(prompt, 0);
        assert_eq!((served(prompt, 1), served(prompt, 2)), (member.clone(), member.clone()), "{prompt}");
        member
    });
    assert!(members.iter().any(|member| *member != members[0]), "{members:?}");
}

#[test]
fn keys_that_are_not_set_count_as_set_unless_they_shall_not() {
    let note = "note: `OPENAI_API_KEY` is not set here and counts as set; `--strict-keys` passes such targets over\n";
    let done = run_in(&[], &["arch.summarize.v1", "--stream", "--fault", "timeout"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, note));
    assert!(done.stdout.contains("attempt 1  openai/gpt-4o-mini  ✗ timeout"), "{}", done.stdout);
    let done = run_in(&[], &["high-throughput-chat", "--requests", "3"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, note));
    let done = run_in(&KEYS, &["arch.summarize.v1", "--stream", "--fault", "timeout"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    let done = run_in(&[], &["gpt-4o", "--strict-keys"]);
    assert_eq!((done.code, done.stderr.as_str()), (1, ""));
    assert!(done.stdout.starts_with("⊘ openai/gpt-4o: passed over, its key is not set"), "{}", done.stdout);
}

#[test]
fn every_fault_that_an_attempt_can_have_is_understood() {
    for fault in [
        "rate_limited",
        "quota_exceeded",
        "timeout",
        "unavailable",
        "auth_failed",
        "model_not_found",
        "context_length_exceeded",
        "invalid_response",
        "cost_exceeded",
        "content_filtered",
        "client_error",
    ] {
        let (code, told) = data(&format!("gpt-4o --fault {fault}"));
        assert_eq!((code, &told["attempts"][0]["outcome"]), (1, &json!(fault)));
    }
    for alias in ["server_error", "connection_error"] {
        assert_eq!(data(&format!("gpt-4o --fault {alias}")).1["attempts"][0]["outcome"], "unavailable");
    }
    for position in ["any", "primary_failed", "primary_and_first_fallback_failed", "all_previous_failed"] {
        assert_eq!(run_in(&KEYS, &["gpt-4o", "--fault", position]).code, 2, "{position}");
    }
}

#[test]
fn colours_are_for_those_who_see_them() {
    let plain = run_in(&KEYS, &["arch.v1", "--fault", "timeout"]);
    assert!(!plain.stdout.contains('\u{1b}'), "{}", plain.stdout);
    let forced = run_in(&[("CLICOLOR_FORCE", "1")], &["arch.v1", "--fault", "timeout"]);
    assert!(forced.stdout.contains("\u{1b}[31m✗ timeout"), "{}", forced.stdout);
    let data = run_in(&[("CLICOLOR_FORCE", "1")], &["arch.v1", "--format", "json"]);
    assert!(!data.stdout.contains('\u{1b}'), "{}", data.stdout);
}

#[test]
fn configuration_with_mistakes_is_not_played() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("bad.yaml");
    fs::write(&file, "model_providers: [{model: demo}]\n").unwrap();
    let done = run_in(&[], &["demo", file.to_str().unwrap()]);
    assert_eq!((done.code, done.stdout.as_str()), (1, ""));
    assert!(done.stderr.contains("bad.yaml:1:"), "{}", done.stderr);
}

#[test]
fn what_a_ceiling_leaves_is_told_as_data() {
    let (code, told) = data("thrifty --prompt hello --max-tokens 100000 --fault timeout --fault timeout");
    assert_eq!(code, 0, "{told:#}");
    let costs: Vec<&Value> =
        told["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["cost"]).collect();
    let verdicts: Vec<&Value> = costs.iter().map(|cost| &cost["verdict"]).collect();
    assert_eq!(verdicts, ["short", "lowered", "short", "free"], "{told:#}");
    assert_eq!(told["attempts"][0]["outcome"], "cost_exceeded");
    let number = |cost: &Value, name: &str| cost[name].as_u64().unwrap();
    let lowered = costs[1];
    // In whole tokens nearly all of the ceiling is used, and none beyond it.
    let most = number(lowered, "input_tokens") * 10_000 + number(lowered, "output_tokens") * 20_000;
    assert_eq!(number(lowered, "most_nanodollars"), most);
    assert!(most <= 20_000_000 && most + 20_000 > 20_000_000, "{lowered}");
    // What timed out may have been billed.
    assert_eq!(number(costs[2], "spent_nanodollars"), most);
}
