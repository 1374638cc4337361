//! The links of the documentation: each leads to a file and a heading that are there, and the manual's summary names every page.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Pages outside of the manual.
const PAGES: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
const MANUAL: &str = "docs";
const SUMMARY: &str = "docs/SUMMARY.md";

/// What is wrong with the links of all pages below `root`.
pub(super) fn review(root: &Path) -> Result<Vec<String>> {
    let mut pages: Vec<PathBuf> = PAGES.iter().map(|page| root.join(page)).collect();
    super::collect(&root.join(MANUAL), "md", &mut pages)?;
    let mut breaches = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).with_context(|| format!("cannot read `{}`", page.display()))?;
        let name = page.strip_prefix(root).unwrap_or(page).display().to_string();
        let broken = links(&text).into_iter().filter_map(|(line, link)| Some((line, complaint(page, link)?)));
        breaches.extend(broken.map(|(line, complaint)| format!("{name}:{line}: {complaint}")));
    }
    let summary = root.join(SUMMARY);
    let listed = fs::read_to_string(&summary).context("cannot read the manual's summary")?;
    let listed: Vec<PathBuf> = links(&listed)
        .iter()
        .filter_map(|(_, link)| root.join(MANUAL).join(link).canonicalize().ok())
        .collect();
    let manual = pages.iter().filter(|page| page.starts_with(root.join(MANUAL)) && **page != summary);
    for page in manual.filter(|page| !page.canonicalize().is_ok_and(|page| listed.contains(&page))) {
        let name = page.strip_prefix(root).unwrap_or(page).display();
        breaches.push(format!("{SUMMARY}: name the page `{name}` in it"));
    }
    Ok(breaches)
}

/// The links of a page with their lines, outside of code.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        // Code is what stands between two backticks.
        for plain in line.split('`').step_by(2) {
            let targets = plain.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            found.extend(targets.map(|target| (number, target)));
        }
    }
    found
}

/// The lines outside of fences, with their numbers.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push((number, line));
        }
    }
    lines
}

/// What is wrong with a link of `page`.
fn complaint(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
    let target = if path.is_empty() { page.to_owned() } else { page.parent()?.join(path) };
    if !target.exists() {
        return Some(format!("`{link}` leads to no file"));
    }
    let heading = heading?;
    let text = fs::read_to_string(&target).unwrap_or_default();
    let known = prose(&text).into_iter().any(|(_, line)| line.starts_with('#') && anchor(line) == heading);
    (!known).then(|| format!("`{link}` leads to no heading of that page"))
}

/// The anchor of a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[cfg(test)]
#[test]
fn broken_links_are_told_and_code_is_left_alone() {
    let folder = std::env::temp_dir().join(format!("callsign-links-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let page = folder.join("a.md");
    fs::write(&page, "# A b, `c`\n").expect("a page");
    let text = "[x](a.md) and [`x`](b.md)\n```\n[x](c.md)\n```\n`[x](d.md)` [x](#a-b-c) [x](a.md#a-b-c) [x](a.md#b)\n[x](https://d.example)\n";
    let broken: Vec<_> =
        links(text).into_iter().filter_map(|(line, link)| Some((line, complaint(&page, link)?))).collect();
    fs::remove_dir_all(&folder).expect("the folder goes");
    let expected = [
        (1, "`b.md` leads to no file".to_owned()),
        (5, "`a.md#b` leads to no heading of that page".to_owned()),
    ];
    assert_eq!(broken, expected);
}
