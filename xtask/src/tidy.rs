//! `cargo xtask tidy`: the house rules that neither rustfmt nor clippy knows. It reads lines, not syntax, and relies
//! on rustfmt for where a block ends.

mod links;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const SOURCES: [&str; 2] = ["crates", "xtask/src"];
const FILE_LINES: usize = 500;
/// Tables, where each row looks the same, may be longer.
const TABLES: [&str; 1] = ["crates/callsign-config/src/document.rs"];
const FUNCTION_LINES: usize = 60;
const BANNED_FILES: [&str; 5] = ["utils.rs", "common.rs", "types.rs", "helpers.rs", "misc.rs"];
const BANNED_WORDS: [&str; 10] =
    ["Manager", "Helper", "Util", "Common", "Inner", "Context", "Processor", "Handler", "Data", "Info"];
const TYPE_KEYWORDS: [&str; 3] = ["struct ", "enum ", "trait "];
const NOTES: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// Reads every source file and reports all breaches at once.
pub(crate) fn run() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in no workspace")?;
    let mut files = Vec::new();
    for folder in SOURCES {
        collect(&root.join(folder), "rs", &mut files)?;
    }
    let mut breaches = links::review(root)?;
    for file in &files {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        let path = file.strip_prefix(root).unwrap_or(file);
        breaches
            .extend(review(path, &text).into_iter().map(|breach| format!("{}: {breach}", path.display())));
    }
    if !breaches.is_empty() {
        bail!("{} breaches of CONTRIBUTING.md\n{}", breaches.len(), breaches.join("\n"));
    }
    Ok(())
}

/// Adds the files below `folder` that end in `.kind`.
fn collect(folder: &Path, kind: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, kind, files)?;
        } else if path.extension().is_some_and(|extension| extension == kind) {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// What is wrong with one file.
fn review(path: &Path, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut breaches = Vec::new();
    if !text.starts_with("//! ") {
        breaches.push("1: open the file with one sentence (`//!`) that says what it holds".to_owned());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if BANNED_FILES.contains(&name.as_ref()) {
        breaches.push(format!("1: name the file after what it holds, not `{name}`"));
    }
    breaches.extend(unnumbered_notes(&lines));
    breaches.extend(banned_types(&lines));
    if !is_test_file(path) {
        let product = before_tests(&lines);
        if product.len() > FILE_LINES && !TABLES.iter().any(|table| path == Path::new(table)) {
            breaches
                .push(format!("{}: a file has at most {FILE_LINES} lines without its tests", product.len()));
        }
        breaches.extend(long_functions(product));
    }
    breaches
}

fn is_test_file(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

fn before_tests<'a, 'b>(lines: &'a [&'b str]) -> &'a [&'b str] {
    let end = lines.iter().position(|line| *line == "#[cfg(test)]").unwrap_or(lines.len());
    lines.get(..end).unwrap_or(lines)
}

fn unnumbered_notes(lines: &[&str]) -> Vec<String> {
    let is_unnumbered = |line: &str| {
        let Some((_, comment)) = line.split_once("//") else { return false };
        let note = NOTES.iter().find_map(|note| Some((note, comment.trim_start().strip_prefix(note)?)));
        note.is_some_and(|(_, rest)| {
            !rest.strip_prefix("(#").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    };
    let noted = lines.iter().enumerate().filter(|(_, line)| is_unnumbered(line));
    noted.map(|(at, _)| format!("{}: write `TODO(#123)` with the issue's number", at + 1)).collect()
}

fn banned_types(lines: &[&str]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = type_name(line) else { continue };
        if let Some(word) = BANNED_WORDS.iter().find(|word| name.ends_with(**word)) {
            breaches.push(format!("{}: `{name}` says nothing by `{word}`; name the thing", at + 1));
        }
    }
    breaches
}

fn type_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("pub").map_or(line, |rest| {
        let scope_end = if rest.starts_with('(') { rest.find(") ").map_or(0, |at| at + 1) } else { 0 };
        rest.get(scope_end..).unwrap_or(rest).trim_start()
    });
    let rest = TYPE_KEYWORDS.iter().find_map(|keyword| line.strip_prefix(keyword))?;
    rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

fn long_functions(lines: &[&str]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| opens_function(line)) {
        let indent = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        let body = lines.get(at..).unwrap_or_default();
        let length = body.iter().position(|line| *line == closing).map_or(1, |end| end + 1);
        if length > FUNCTION_LINES {
            breaches.push(format!("{}: a function of {length} lines; {FUNCTION_LINES} is the wall", at + 1));
        }
    }
    breaches
}

/// Whether a function with a body begins here; one whose signature ends in `;` or `}` on its own line has none to measure.
fn opens_function(line: &str) -> bool {
    let trimmed = line.trim_start();
    let words = trimmed.split(' ').take_while(|word| !word.starts_with("//"));
    let is_function = words.take(5).any(|word| word == "fn");
    is_function && !trimmed.ends_with(';') && !trimmed.ends_with('}')
}

#[cfg(test)]
mod tests;
