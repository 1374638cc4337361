//! The commands through the real binary: what they print, where, and with which exit code.
#![expect(clippy::unwrap_used, reason = "tests report by panicking")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

const COMMANDS: [&str; 8] =
    ["serve", "check", "resolve", "explain", "init", "import", "schema", "completions"];

const DEMO: &str = "
model_providers:
  - model: demo/fast
model_aliases:
  fast-model: {target: demo/fast}
  smart-model: {target: fast-model}
";

/// A directory of its own, and nothing of this machine's environment.
struct Place {
    directory: TempDir,
}

/// What a command did.
struct Done {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    fn with(file: &str, text: &str) -> Self {
        let place = Self::new();
        fs::write(place.path(file), text).unwrap();
        place
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsign"));
        command.args(arguments).current_dir(self.directory.path()).env_clear().stdin(Stdio::null());
        // Not a place where an Ollama could be.
        command.env("OLLAMA_HOST", "https://none.invalid");
        command
    }

    fn run(&self, arguments: &[&str]) -> Done {
        Done::from(self.command(arguments).output().unwrap())
    }

    fn run_in(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Done {
        Done::from(self.command(arguments).envs(environment.iter().copied()).output().unwrap())
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn examples() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut files: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "yaml"));
    files.sort();
    files
}

#[test]
fn help_teaches_every_command() {
    let place = Place::new();
    let help = place.run(&["--help"]);
    assert_eq!(help.code, 0);
    for command in COMMANDS {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "{command}: {}", help.stdout);
        let own = place.run(&[command, "--help"]);
        assert_eq!(own.code, 0);
        assert!(own.stdout.contains("Examples:\n  callsign "), "{command}: {}", own.stdout);
    }
    let serve = place.run(&["serve", "--help"]).stdout;
    for said in ["--drain-timeout", "--allow-missing-keys", "CALLSIGN_CONFIG", "CALLSIGN_LOG", "SIGTERM"] {
        assert!(serve.contains(said), "{said}: {serve}");
    }
}

#[test]
fn version_is_the_packages() {
    let version = Place::new().run(&["--version"]);
    assert_eq!(
        (version.code, version.stdout.as_str()),
        (0, concat!("callsign ", env!("CARGO_PKG_VERSION"), "\n"))
    );
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &[][..],
        &["fly"],
        &["check"],
        &["resolve"],
        &["explain"],
        &["explain", "fast-model", "--fault", "any"],
        &["explain", "fast-model", "--requests", "0"],
        &["completions", "tcsh"],
        &["serve", "--workers", "0"],
        &["serve", "--drain-timeout", "soon"],
        &["init", "--stdout", "--force"],
        &["import", "litellm"],
        &["import", "plano", "config.yaml"],
        &["import", "litellm", "config.yaml", "--force"],
    ] {
        let done = Place::new().run(arguments);
        assert_eq!(done.code, 2, "{arguments:?}");
        assert!(
            done.stderr.contains("Usage:") || done.stderr.contains("For more information"),
            "{}",
            done.stderr
        );
    }
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let done = Place::new().run(&["completions", shell]);
        assert_eq!((done.code, done.stderr.as_str()), (0, ""));
        for command in COMMANDS {
            assert!(done.stdout.contains(command), "{shell} {command}");
        }
    }
}

#[test]
fn schema_is_a_json_schema() {
    let done = Place::new().run(&["schema"]);
    assert_eq!(done.code, 0);
    let schema: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(done.stdout.contains("model_aliases"));
}

#[test]
fn reader_that_goes_away_is_no_error() {
    let mut child =
        Place::new().command(&["schema"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = Done::from(child.wait_with_output().unwrap());
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
}

#[test]
fn examples_load_without_a_word_and_their_aliases_resolve() {
    let keys = [("OPENAI_API_KEY", "sk-fake"), ("ANTHROPIC_API_KEY", "sk-fake")];
    let place = Place::new();
    assert!(examples().len() >= 5);
    for file in examples() {
        let file = file.to_str().unwrap();
        let done = place.run_in(&keys, &["check", file]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
        assert!(done.stderr.contains(": ok, "), "{}", done.stderr);
        let fast = if file.ends_with("plano.yaml") { "arch.summarize.v1" } else { "fast-model" };
        let done = place.run_in(&keys, &["resolve", fast, "-c", file]);
        assert_eq!((done.code, done.stderr.as_str()), (0, ""));
        assert!(done.stdout.contains("/gpt-4o-mini (model)") || done.stdout.contains("demo/fast (model)"));
    }
}

#[test]
fn check_exits_with_what_the_worst_file_deserves() {
    let place = Place::with("good.yaml", DEMO);
    fs::write(place.path("bad.yaml"), DEMO.replace("target: demo/fast", "target: demo/fats")).unwrap();
    for (files, code) in [
        (&["good.yaml"][..], 0),
        (&["good.yaml", "bad.yaml"], 1),
        (&["bad.yaml", "absent.yaml", "good.yaml"], 2),
        (&["."], 2),
    ] {
        let done = place.run(&[&["check"], files].concat());
        assert_eq!(done.code, code, "{files:?} {}", done.stderr);
    }
    let done = place.run(&["check", "bad.yaml"]);
    assert!(done.stderr.contains("demo/fast"), "{}", done.stderr);
}

/// Every kind of route, provider and credential.
const ROUTES: &str = "
model_providers:
  - model: openai/gpt-4o-mini
    access_key: sk-a-very-secret-key
    headers: {x-team: also-secret}
  - model: azure_openai/gpt-4o
    access_key: $AZURE_OPENAI_API_KEY
    base_url: https://mine.openai.azure.com
  - model: anthropic/*
    passthrough_auth: true
  - model: ollama/llama3.1
    timeouts: {connect: 500ms}
  - model: demo/slow
    simulate: {delay: 2s, token_delay: 30ms, fault: 429}
model_aliases:
  split:
    description: a canary
    targets:
      - {model: openai/gpt-4o-mini, weight: 99.5}
      - {model: local, weight: 0.5}
    sticky: {by: user}
  local:
    target: ollama/llama3.1
    timeouts: {first_token: 10s, total: 20s}
    retries: {attempts: 2, backoff: 100ms}
  pool:
    load_balance: {algorithm: weighted}
    targets:
      - {model: demo/slow, weight: 3, timeout: 4s}
      - {model: gpt-4o-mini, endpoint: \"https://api-1.example.com\", weight: 1}
  chain:
    target: split
    mid_stream: resume
    guardrails: {max_latency: 5s}
    fallbacks:
      - {target: pool, conditions: [quota_exceeded, timeout]}
      - {target: azure_openai/gpt-4o}
";

#[test]
fn resolve_draws_every_kind_of_route() {
    let place = Place::with("callsign.yaml", ROUTES);
    let done = place.run(&["resolve", "chain"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("resolve_chain", done.stdout);
    let done = place.run(&["resolve", "anthropic/claude-sonnet-4-5"]);
    insta::assert_snapshot!("resolve_wildcard", done.stdout);
}

#[test]
fn resolve_writes_json() {
    let place = Place::with("callsign.yaml", ROUTES);
    let done = place.run(&["resolve", "split", "--json"]);
    let tree: Value = serde_json::from_str(&done.stdout).unwrap();
    let local = json!({
        "name": "ollama/llama3.1",
        "kind": "model",
        "provider": "ollama",
        "model": "llama3.1",
        "chat_url": "http://localhost:11434/v1/chat/completions",
        "responses_url": "http://localhost:11434/v1/responses",
        "dialects": "openai_chat, openai_responses",
        "key": "none needed",
        "timeouts": {"connect": "500ms", "first_token": "10s", "idle": "60s", "total": "20s"},
    });
    assert_eq!(tree["routes"][0]["routes"][1]["routes"], json!([local]));
    assert_eq!(tree["routes"][0]["routes"][1]["when"], "0.5 %");
}

#[test]
fn resolve_never_shows_a_key() {
    let place = Place::with("callsign.yaml", ROUTES);
    for name in ["chain", "split", "pool", "gpt-4o-mini", "nothing"] {
        for json in [&[][..], &["--json"]] {
            let done = place.run_in(
                &[("AZURE_OPENAI_API_KEY", "az-very-secret-key")],
                &[&["resolve", name], json].concat(),
            );
            assert!(!format!("{}{}", done.stdout, done.stderr).contains("secret"), "{name}");
        }
    }
}

#[test]
fn resolve_finds_the_file_as_serve_does() {
    let place = Place::with("plano_config.yaml", DEMO);
    assert_eq!(place.run(&["resolve", "smart-model"]).code, 0);
    fs::write(place.path("config.yaml"), DEMO.replace("fast-model", "quick")).unwrap();
    assert_eq!(place.run(&["resolve", "quick"]).code, 0);
    fs::write(place.path("callsign.yaml"), DEMO.replace("fast-model", "swift")).unwrap();
    assert_eq!(place.run(&["resolve", "swift"]).code, 0);
    assert_eq!(place.run_in(&[("CALLSIGN_CONFIG", "config.yaml")], &["resolve", "quick"]).code, 0);
    let both =
        place.run_in(&[("CALLSIGN_CONFIG", "config.yaml")], &["resolve", "swift", "-c", "callsign.yaml"]);
    assert_eq!(both.code, 0);
}

#[test]
fn resolve_tells_the_nearest_names_of_an_unknown_one() {
    let place = Place::with("callsign.yaml", DEMO);
    for (name, hint) in [
        ("fast-modle", "did you mean `fast-model`"),
        ("demo/fasst", "did you mean `demo/fast`"),
        ("something-else-entirely", "its aliases are `fast-model`, `smart-model`"),
        ("", "its aliases are"),
    ] {
        let done = place.run(&["resolve", name]);
        assert_eq!((done.code, done.stdout.as_str()), (1, ""));
        let expected = format!("error: `{name}` means nothing in `callsign.yaml`; {hint}");
        assert!(done.stderr.starts_with(&expected), "{}", done.stderr);
    }
}

#[test]
fn resolve_of_a_wrong_file_tells_its_mistakes() {
    let place = Place::with("callsign.yaml", "model_providers: [{model: demo}]\n");
    let done = place.run(&["resolve", "demo"]);
    assert_eq!((done.code, done.stdout.as_str()), (1, ""));
    assert!(done.stderr.contains("callsign.yaml:1:"), "{}", done.stderr);
}

#[test]
fn missing_configuration_leads_to_init() {
    for command in [&["serve"][..], &["resolve", "fast-model"]] {
        let place = Place::new();
        let done = place.run(command);
        assert_eq!(done.code, 1);
        assert!(done.stderr.contains("callsign init"), "{}", done.stderr);
        let absent = place.run(&[command, &["-c", "absent.yaml"]].concat());
        assert_eq!(absent.code, 1);
        let expected = "error: `absent.yaml` cannot be read: there is no such file";
        assert!(absent.stderr.starts_with(expected), "{}", absent.stderr);
        let directory = place.run(&[command, &["-c", "."]].concat());
        assert_eq!(directory.code, 1);
        assert!(directory.stderr.contains("it is a directory"), "{}", directory.stderr);
    }
}

#[test]
fn serve_refuses_a_level_that_is_none() {
    let place = Place::with("callsign.yaml", DEMO);
    let done = place.run(&["serve", "--log", "callsign=loud"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.starts_with("error: `--log callsign=loud` is not a level"), "{}", done.stderr);
}

#[test]
fn init_without_keys_leads_every_alias_to_the_demo() {
    let place = Place::new();
    let done = place.run(&["init"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, ""));
    assert_eq!(
        done.stderr,
        "found: no keys, no Ollama\nwrote `callsign.yaml`; start the gateway with `callsign serve`\n"
    );
    let check = place.run(&["check", "callsign.yaml"]);
    assert_eq!((check.code, check.stderr.as_str()), (0, "callsign.yaml: ok, 7 aliases, 1 model\n"));
    for alias in seed_aliases() {
        let done = place.run(&["resolve", alias]);
        assert!(done.stdout.contains("demo/echo (model)"), "{alias}: {}", done.stdout);
    }
}

const fn seed_aliases() -> [&'static str; 7] {
    [
        "arch.summarize.v1",
        "arch.reasoning.v1",
        "arch.creative.v1",
        "fast-model",
        "smart-model",
        "creative-model",
        "local-chat",
    ]
}

#[test]
fn init_with_keys_writes_their_names_and_never_their_values() {
    let place = Place::new();
    let keys = [
        ("OPENAI_API_KEY", "sk-proj-hush"),
        ("ANTHROPIC_API_KEY", "sk-ant-hush"),
        ("AZURE_OPENAI_API_KEY", "az-hush"),
        ("GROQ_API_KEY", ""),
    ];
    let done = place.run_in(&keys, &["init", "--output", "prod.yaml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let text = fs::read_to_string(place.path("prod.yaml")).unwrap();
    assert!(!format!("{text}{}", done.stderr).contains("hush"));
    assert!(
        done.stderr.contains("openai ($OPENAI_API_KEY), anthropic ($ANTHROPIC_API_KEY)"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("`callsign serve prod.yaml`"), "{}", done.stderr);
    assert!(!text.contains("groq"), "an empty variable is no key");
    let check = place.run_in(&keys, &["check", "prod.yaml"]);
    assert_eq!((check.code, check.stderr.lines().count()), (0, 1), "{}", check.stderr);
    for (alias, target) in [
        ("fast-model", "openai/gpt-4o-mini (model)"),
        ("arch.reasoning.v1", "openai/gpt-4o (model)"),
        ("creative-model", "anthropic/claude-sonnet-4-5 (model)"),
        ("local-chat", "demo/echo (model)"),
    ] {
        let done = place.run_in(&keys, &["resolve", alias, "-c", "prod.yaml"]);
        assert!(done.stdout.contains(target), "{alias}: {}", done.stdout);
    }
}

#[test]
fn init_writes_over_nothing_unless_forced() {
    let place = Place::with("callsign.yaml", "mine");
    let done = place.run(&["init"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.starts_with("error: `callsign.yaml` is there already"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(place.path("callsign.yaml")).unwrap(), "mine");
    assert_eq!(place.run(&["init", "--force"]).code, 0);
    assert!(
        fs::read_to_string(place.path("callsign.yaml")).unwrap().starts_with("# Callsign's configuration")
    );
    let done = place.run(&["init", "--output", "absent/callsign.yaml"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.starts_with("error: `absent/callsign.yaml` cannot be written"), "{}", done.stderr);
}

#[test]
fn init_prints_what_it_would_write() {
    let place = Place::with("callsign.yaml", "mine");
    let done = place.run(&["init", "--stdout"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("init_without_keys", done.stdout);
    assert_eq!(fs::read_to_string(place.path("callsign.yaml")).unwrap(), "mine");
}

/// Answers one request as an Ollama would, and hands back what was asked.
fn fake_ollama(body: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
            head.extend(byte);
        }
        let length = body.len();
        write!(stream, "HTTP/1.0 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        String::from_utf8(head).unwrap()
    });
    (host, asked)
}

#[test]
fn init_finds_the_ollama_and_its_models() {
    let (host, asked) = fake_ollama(
        r#"{"models": [{"name": "nomic-embed-text:latest", "details": {"family": "nomic-bert"}},
            {"name": "llama3.1:latest", "details": {"family": "llama"}}, {"name": "qwen3:8b"}]}"#,
    );
    let place = Place::new();
    let done = place.run_in(&[("OLLAMA_HOST", &host)], &["init"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(asked.join().unwrap().starts_with("GET /api/tags HTTP/1.0\r\n"));
    assert!(
        done.stderr.starts_with(&format!("found: ollama at http://{host} (3 models)")),
        "{}",
        done.stderr
    );
    let check = place.run(&["check", "callsign.yaml"]);
    assert_eq!(check.stderr, "callsign.yaml: ok, 7 aliases, 4 models\n");
    for alias in ["local-chat", "fast-model"] {
        let done = place.run(&["resolve", alias]);
        assert!(done.stdout.contains("ollama/llama3.1 (model)"), "{}", done.stdout);
        assert!(done.stdout.contains(&format!("http://{host}/v1/chat/completions")), "{}", done.stdout);
    }
}

#[test]
fn init_takes_no_notice_of_what_is_no_ollama() {
    let (host, asked) = fake_ollama("<html>hello</html>");
    let place = Place::new();
    let done = place.run_in(&[("OLLAMA_HOST", &host)], &["init"]);
    asked.join().unwrap();
    assert!(done.stderr.starts_with("found: no keys, no Ollama\n"), "{}", done.stderr);
    assert_eq!(done.code, 0);
}

const FOREIGN: &str = "model_list:
  - model_name: fast
    litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/OPENAI_API_KEY}
";

#[test]
fn import_tells_by_its_exit_code_what_is_left_to_do() {
    let place = Place::with("config.yaml", FOREIGN);
    let secret = FOREIGN.replace("os.environ/OPENAI_API_KEY", "sk-written-out");
    fs::write(place.path("secret.yaml"), secret).unwrap();
    fs::write(place.path("lost.yaml"), format!("{FOREIGN}litellm_settings:\n  cache: true\n")).unwrap();
    fs::write(place.path("differs.yaml"), format!("{FOREIGN}litellm_settings: {{drop_params: true}}\n"))
        .unwrap();
    fs::write(place.path("nothing.yaml"), "model_list: []\n").unwrap();
    fs::write(place.path("broken.yaml"), "model_list: [\n").unwrap();
    for (file, code, said) in [
        ("config.yaml", 0, ""),
        ("differs.yaml", 0, "differs.yaml:4: differs: `litellm_settings.drop_params`: "),
        ("secret.yaml", 3, "secret.yaml:3: to do: `model_list[0].litellm_params.api_key`: "),
        ("lost.yaml", 3, "lost.yaml:5: not taken over: `litellm_settings.cache`: "),
        ("nothing.yaml", 1, "`nothing.yaml` has nothing that could be carried over; nothing is written"),
        ("broken.yaml", 1, "error[syntax]"),
        ("absent.yaml", 1, "`absent.yaml` cannot be read: there is no such file"),
    ] {
        let done = place.run(&["import", "litellm", file]);
        assert_eq!(done.code, code, "{file}: {}", done.stderr);
        assert!(done.stderr.contains(said), "{file}: {}", done.stderr);
        assert_eq!(done.stdout.contains("model: openai/gpt-4o-mini"), code != 1, "{file}: {}", done.stdout);
        assert!(!(done.stdout + &done.stderr).contains("sk-written-out"), "{file}");
    }
}

#[test]
fn import_writes_over_nothing_unless_forced() {
    let place = Place::with("config.yaml", FOREIGN);
    let arguments = ["import", "litellm", "config.yaml", "--output", "callsign.yaml"];
    let done = place.run(&arguments);
    assert_eq!((done.code, done.stdout.as_str()), (0, ""), "{}", done.stderr);
    assert!(done.stderr.contains("wrote `callsign.yaml`"), "{}", done.stderr);
    assert_eq!(place.run_in(&[("OPENAI_API_KEY", "k")], &["check", "callsign.yaml"]).code, 0);
    let written = fs::read_to_string(place.path("callsign.yaml")).unwrap();
    fs::write(place.path("callsign.yaml"), "mine").unwrap();
    let done = place.run(&arguments);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("`callsign.yaml` is there already"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(place.path("callsign.yaml")).unwrap(), "mine");
    assert_eq!(place.run(&[&arguments[..], &["--force"]].concat()).code, 0);
    assert_eq!(fs::read_to_string(place.path("callsign.yaml")).unwrap(), written);
}
