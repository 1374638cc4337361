//! `callsign check`: what it says on stderr, and the exit code that scripts look at.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

const GOOD: &str = "model_providers:\n  - model: demo/echo\nmodel_aliases:\n  fast: {target: echo}\n  faster: {target: fast}\n";
const WRONG: &str = "model_providers:\n  - modell: demo/echo\n";
const WARNS: &str = "model_providers:\n  - model: demo/echo\nsystem_prompt: hi\n";
const UNSERVED: &str = "model_providers:\n  - model: demo/echo\nmodel_aliases:\n  fast: {target: echo, params: {drop: [temperature]}}\n";
const KEYLESS: &str = "model_providers:\n  - model: openai/gpt-4o\n    access_key: $OPENAI_API_KEY\n";

fn check(folder: &Path, files: &[&str]) -> (i32, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_callsign"))
        .arg("check")
        .args(files)
        .current_dir(folder)
        .env_remove("OPENAI_API_KEY")
        .output()
        .unwrap();
    assert!(output.stdout.is_empty(), "stdout is left to what other programs read");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let texts = [
        ("good.yaml", GOOD),
        ("wrong.yaml", WRONG),
        ("warns.yaml", WARNS),
        ("unserved.yaml", UNSERVED),
        ("keyless.yaml", KEYLESS),
        ("empty.yaml", ""),
    ];
    for (name, text) in texts {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let retired = "model_providers:\n  - model: demo/echo\nmodel_aliases:\n  old: {target: echo, deprecated: {sunset: 2024-01-01}}\n  new: {target: echo, fallbacks: [{target: old}]}\n";
    std::fs::write(folder.path().join("retired.yaml"), retired).unwrap();
    std::fs::create_dir(folder.path().join("directory")).unwrap();
    let large = std::fs::File::create(folder.path().join("large.yaml")).unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    folder
}

#[test]
fn exit_codes_and_closing_lines_tell_how_files_fared() {
    let folder = folder();
    for (files, code, last) in [
        (&["good.yaml"][..], 0, "good.yaml: ok, 2 aliases, 1 model"),
        (&["warns.yaml"], 0, "warns.yaml: ok, 0 aliases, 1 model"),
        (&["unserved.yaml"], 0, "unserved.yaml: ok, 1 alias, 1 model"),
        (&["keyless.yaml"], 0, "keyless.yaml: ok, 0 aliases, 1 model"),
        (&["wrong.yaml"], 1, "wrong.yaml: 1 error"),
        (&["empty.yaml"], 1, "empty.yaml: 1 error"),
        (&["none.yaml"], 2, "none.yaml: there is no such file; `callsign init` writes one"),
        (&["directory"], 2, "directory: it is a directory; name the file in it"),
        (&["large.yaml"], 2, "large.yaml: it has more than 16 MiB; is it a configuration?"),
        (&["good.yaml", "wrong.yaml"], 1, "wrong.yaml: 1 error"),
        (&["none.yaml", "wrong.yaml", "good.yaml"], 2, "good.yaml: ok, 2 aliases, 1 model"),
    ] {
        let (found, told) = check(folder.path(), files);
        assert_eq!(found, code, "{files:?}:\n{told}");
        assert_eq!(told.lines().rfind(|line| !line.is_empty()), Some(last), "{told}");
    }
}

#[test]
fn today_tells_which_aliases_are_switched_off() {
    let folder = folder();
    let (code, told) = check(folder.path(), &["retired.yaml"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("warning[retired-alias]: the alias `old` is past its `sunset`"), "{told}");
}

#[test]
fn each_environment_is_checked_and_told_apart() {
    let folder = folder();
    let text = "model_providers:\n  - model: demo/echo\nmodel_aliases:\n  a: {target: echo, env: {dev: {target: ehco}, prod: {hidden: true}}}\n";
    std::fs::write(folder.path().join("several.yaml"), text).unwrap();
    let (code, told) = check(folder.path(), &["several.yaml"]);
    assert_eq!(code, 1, "{told}");
    for part in [
        "several.yaml: ok, 1 alias, 1 model\n",
        "several.yaml (env dev): 1 error\n",
        "--> several.yaml (env dev):4:",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    assert!(told.contains("several.yaml (env prod): ok, 1 alias, 1 model\n"), "{told}");
    assert_eq!(told.matches("error[").count(), 1, "{told}");
}

#[test]
fn a_mistake_is_shown_in_its_line_without_colour_in_a_pipe() {
    let folder = folder();
    let (_, told) = check(folder.path(), &["wrong.yaml"]);
    for part in ["error[unknown-key]", "--> wrong.yaml:2:5", "^^^^^^ not known here", "did you mean `model`?"]
    {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn configuration_of_the_manifests_is_usable() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/kubernetes"));
    let (code, said) = check(folder, &["gateway.yaml"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("ok, 1 alias, 2 models"), "{said}");
}
