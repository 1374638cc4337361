//! Every file of `assets/` is served, as what it is; the page loads nothing else, and nothing but files may run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{find, headers};
use crate::files::FILES;

fn walk(folder: &Path, found: &mut Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

fn text(path: &str) -> &'static str {
    str::from_utf8(find(path).unwrap().bytes).unwrap()
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    let mut there = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets"), &mut there);
    let embedded: BTreeSet<_> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(embedded, there.into_iter().collect());
    assert_eq!(embedded.len(), FILES.len(), "a path stands twice");
}

#[test]
fn file_is_found_by_its_path_alone() {
    assert_eq!(find(""), find("index.html"));
    for (path, kind) in [
        ("index.html", "text/html; charset=utf-8"),
        ("style/tokens.css", "text/css; charset=utf-8"),
        ("app/main.js", "text/javascript; charset=utf-8"),
        ("vendor/preact/preact.mjs", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("vendor/NOTICE", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(find(path).map(|asset| asset.content_type), Some(kind), "{path}");
    }
    for path in ["/", "app", "app/", "/index.html", "../headers.txt", "app/../index.html", "INDEX.HTML"] {
        assert_eq!(find(path), None, "{path}");
    }
}

#[test]
fn tag_tells_files_apart() {
    let tags: BTreeSet<_> = FILES.iter().map(|(path, _)| find(path).unwrap().etag).collect();
    // The licences of two packages by the same people may be one text.
    let texts: BTreeSet<_> = FILES.iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(tags.len(), texts.len());
    assert!(tags.iter().all(|tag| tag.len() == 26 && tag.starts_with('"') && tag.ends_with('"')), "{tags:?}");
}

#[test]
fn nothing_is_loaded_from_elsewhere_and_nothing_stands_inline() {
    let page = text("");
    for inline in ["<style", " style=", " onload=", " onclick=", "javascript:", "http://", "https://"] {
        assert!(!page.contains(inline), "{inline}");
    }
    for tag in page.split("<script").skip(1) {
        assert!(tag.contains(" src=\"") && tag.contains("></script>"), "{tag}");
    }
    let own = FILES.iter().filter(|(path, _)| path.starts_with("app/"));
    for (path, _) in own {
        for banned in ["innerHTML", "dangerouslySetInnerHTML", "insertAdjacentHTML", "eval(", "new Function"]
        {
            assert!(!text(path).contains(banned), "{banned} in {path}");
        }
    }
}

#[test]
fn policy_lets_only_files_of_the_gateway_run() {
    let policy = headers().find(|(name, _)| *name == "content-security-policy").unwrap().1;
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.split("; ").any(|one| one == directive), "{directive} is not in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(headers().any(|header| header == ("x-content-type-options", "nosniff")));
    assert!(headers().all(|(name, value)| name == name.to_lowercase() && !value.is_empty()));
}
