//! Every mistake and what is said of it: a folder of files, each with the report that users read.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../callsign/src/report.rs"]
#[expect(dead_code, reason = "printing is the binary's; here only the text is looked at")]
mod report;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use annotate_snippets::Renderer;
use callsign_config::diagnostic::Code;
use callsign_config::{Loaded, MissingKeys, Setting, Source};

/// A secret that must not be seen in any report.
const SECRET: &str = "s3cr3t-value";

/// 2026-01-01.
const DATE: u64 = 1_767_225_600;

fn environment(name: &str) -> Option<String> {
    match name {
        "OPENAI_API_KEY" | "ANTHROPIC_API_KEY" | "SECRET" => Some(SECRET.to_owned()),
        "BROKEN_KEY" => Some(format!("{SECRET}\n{SECRET}")),
        _ => None,
    }
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

fn load(file: &Path) -> (Vec<u8>, Loaded) {
    let bytes = std::fs::read(file).unwrap();
    let keys =
        if file.to_string_lossy().contains("allowed") { MissingKeys::Allow } else { MissingKeys::Refuse };
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let chosen = name.starts_with("environment").then_some("dev");
    let setting = Setting { environment: &environment, keys, chosen, date: DATE };
    let loaded = callsign_config::load(&Source { name: &name, bytes: &bytes }, &setting);
    (bytes, loaded)
}

#[test]
fn every_mistake_is_told_with_its_place_and_a_way_out() {
    for file in files("rejects") {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let (bytes, loaded) = load(&file);
        let report = report::render(&format!("{name}.yaml"), &bytes, &loaded, &Renderer::plain());
        assert!(!report.contains(SECRET), "{name} shows a secret:\n{report}");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("rejects");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, report));
    }
}

/// Codes whose files would be too large to keep; `limits.rs` makes them.
const ELSEWHERE: &[Code] = &[Code::TooLarge, Code::TooManyValues, Code::More];

#[test]
fn every_code_has_a_case() {
    let found: BTreeSet<Code> = files("rejects")
        .iter()
        .flat_map(|file| load(file).1.diagnostics)
        .map(|diagnostic| diagnostic.code)
        .collect();
    let missing: Vec<_> =
        Code::ALL.iter().filter(|code| !found.contains(code) && !ELSEWHERE.contains(code)).collect();
    assert!(missing.is_empty(), "no file in tests/rejects for {missing:?}");
}

#[test]
fn codes_and_files_agree() {
    for file in files("rejects") {
        let (_, loaded) = load(&file);
        assert!(!loaded.diagnostics.is_empty(), "{} is not rejected", file.display());
        for diagnostic in &loaded.diagnostics {
            let has_way_out = diagnostic.help.is_some()
                || matches!(diagnostic.code, Code::TooDeep | Code::WrongType | Code::BadAnchor);
            assert!(
                has_way_out,
                "{}: `{}` does not say what to write instead",
                file.display(),
                diagnostic.message
            );
        }
    }
}
