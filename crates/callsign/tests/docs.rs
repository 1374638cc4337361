//! The manual keeps its word: its configurations are in order, and every error and every diagnostic has its entry.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use callsign_config::diagnostic::{Code, Severity};

/// Put before an example that shows aliases alone.
const MODELS: &str = "model_providers:
  - {model: openai/gpt-4o-mini, access_key: k}
  - {model: openai/gpt-4o, access_key: k}
  - {model: anthropic/claude-3-5-sonnet-20241022, access_key: k}
  - {model: anthropic/claude-sonnet-4-5, access_key: k}
  - {model: ollama/llama3.1}
";

/// The section of the manual for each weight.
const SECTIONS: [(&str, Severity); 3] = [
    ("## Errors", Severity::Error),
    ("## Not served yet", Severity::Unserved),
    ("## Warnings", Severity::Warning),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
}

/// An example, and what its fence says of it: `yaml`, `yaml,warns` or `yaml,litellm`.
struct Example {
    page: String,
    fence: String,
    text: String,
}

fn examples() -> Vec<Example> {
    let mut files = vec![root().join("README.md")];
    pages(&root().join("docs"), &mut files);
    let mut examples = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for block in text.split("\n```yaml").skip(1) {
            let (kind, rest) = block.split_once('\n').unwrap();
            let text = rest.split("\n```").next().unwrap().to_owned();
            examples.push(Example { page: file.display().to_string(), fence: format!("yaml{kind}"), text });
        }
    }
    examples
}

/// Runs the binary with every variable that `text` names.
fn run(arguments: &[&str], text: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsign"));
    command.args(arguments).env_clear().env("AWS_BEARER_TOKEN_BEDROCK", "a-value");
    for name in text.split('$').skip(1) {
        let name = name.trim_start_matches('{');
        let end =
            name.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(name.len());
        let name = name.get(..end).unwrap();
        if !name.is_empty() {
            command.env(name, "a-value");
        }
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn check(text: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("callsign.yaml");
    let has_models = ["model_providers:", "llm_providers:"].iter().any(|key| text.contains(key));
    let whole = if has_models { text.to_owned() } else { format!("{MODELS}{text}") };
    std::fs::write(&file, &whole).unwrap();
    let (code, _, told) = run(&["check", file.to_str().unwrap()], &whole);
    (code, told)
}

#[test]
fn every_example_is_in_order() {
    let examples = examples();
    let here = |part: &str| examples.iter().filter(|example| example.page.ends_with(part)).count();
    assert!(examples.len() > 25 && here("README.md") > 0 && here("clouds.md") == 6, "the pages are read");
    for Example { page, fence, text } in &examples {
        if fence == "yaml,litellm" {
            continue;
        }
        let (code, told) = check(text);
        assert_eq!(code, 0, "{page}:\n{text}\n{told}");
        assert!(fence == "yaml" || fence == "yaml,warns", "{page}: `{fence}`");
        // Examples of conditions name a few of them, and leave the others to the reader.
        let warns = told.replace("warning[uncaught-failure]", "").contains("warning[");
        assert_eq!(warns, fence == "yaml,warns", "{page}:\n{text}\n{told}");
        assert!(!told.contains("unserved["), "{page}:\n{text}\n{told}");
    }
}

#[test]
fn example_of_litellm_becomes_the_one_below_it() {
    let examples = examples();
    let at = examples.iter().position(|example| example.fence == "yaml,litellm").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    std::fs::write(&file, &examples.get(at).unwrap().text).unwrap();
    let (code, made, told) = run(&["import", "litellm", file.to_str().unwrap()], "");
    assert_eq!((code, told.as_str()), (0, ""), "{made}");
    let made: Vec<&str> = made.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(made.join("\n"), examples.get(at + 1).unwrap().text);
}

/// The rows of a page's tables that begin with a code, their cells without the code.
fn rows(page: &str) -> Vec<(String, Vec<String>)> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = page.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|mut cells| (cells.remove(0).trim_matches('`').to_owned(), cells)).collect()
}

#[test]
fn every_error_has_its_entry() {
    let source = read("crates/callsign-gateway/src/refusal.rs");
    let codes: BTreeSet<(String, String)> = source
        .lines()
        .filter(|line| line.trim_start().starts_with("Self::") && line.contains("Sort::"))
        .filter_map(|line| {
            let (_, row) = line.split_once("=> (")?;
            Some((row.split('"').nth(1)?.to_owned(), row.split(',').next()?.to_owned()))
        })
        .collect();
    assert!(codes.len() > 20, "the table of codes is read: {codes:?}");
    let entries = rows(&read("docs/errors.md"));
    for (code, cells) in &entries {
        assert!(cells.len() == 3 && cells.iter().all(|cell| !cell.is_empty()), "{code}: {cells:?}");
    }
    let told: Vec<(String, String)> =
        entries.into_iter().map(|(code, cells)| (code, cells.first().unwrap().clone())).collect();
    assert_eq!(told.len(), told.iter().collect::<BTreeSet<_>>().len(), "each code has one entry");
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), codes);
}

#[test]
fn every_diagnostic_has_its_entry() {
    let page = read("docs/diagnostics.md");
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    for (heading, severity) in SECTIONS {
        let name = heading.trim_start_matches("## ");
        let section = sections.iter().find(|section| section.starts_with(name)).unwrap();
        let entries = rows(section);
        for (slug, cells) in &entries {
            assert!(cells.len() == 2 && cells.iter().all(|cell| !cell.is_empty()), "{slug}: {cells:?}");
        }
        let told: Vec<String> = entries.into_iter().map(|(slug, _)| slug).collect();
        let of_weight = Code::ALL.iter().filter(|code| code.severity() == severity);
        let codes: BTreeSet<String> = of_weight.map(|code| code.slug().to_owned()).collect();
        assert_eq!(told.len(), told.iter().collect::<BTreeSet<_>>().len(), "each has one entry");
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), codes, "{heading}");
    }
}
