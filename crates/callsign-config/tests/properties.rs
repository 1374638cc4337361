//! What holds for every text: no panic, places inside the text, no secret in a report, no loop.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fmt::Write as _;

use callsign_config::diagnostic::Severity;
use callsign_config::{Loaded, MissingKeys, Setting, Source};
use proptest::prelude::*;

const SECRET: &str = "zq7-s3cr3t-zq7";

fn load(text: &str) -> Loaded {
    let environment = |name: &str| (name == "S").then(|| SECRET.to_owned());
    callsign_config::load(
        &Source { name: "a.yaml", bytes: text.as_bytes() },
        &Setting { environment: &environment, keys: MissingKeys::Refuse, chosen: None, date: 0 },
    )
}

fn is_sound(text: &str, loaded: &Loaded) {
    assert_eq!(
        loaded.catalog.is_none(),
        loaded.count(Severity::Error) > 0,
        "a catalog exactly without errors"
    );
    for diagnostic in &loaded.diagnostics {
        for label in std::iter::once(&diagnostic.label).chain(&diagnostic.others) {
            assert!(text.get(label.span.clone()).is_some(), "{diagnostic:?} points outside of the text");
            assert_eq!(label.line, text[..label.span.start].matches('\n').count() + 1, "{diagnostic:?}");
        }
    }
    let told = format!("{:?}", loaded.diagnostics);
    assert!(!told.contains(SECRET), "{told}");
    if let Some(catalog) = &loaded.catalog {
        let shown = catalog
            .parts()
            .targets
            .iter()
            .map(|target| format!("{:?}{:?}", target.credential, target.headers));
        assert!(!shown.collect::<String>().contains(SECRET));
    }
}

/// Text that is often nearly a configuration.
fn nearly_yaml() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "model_providers:",
        "model_aliases:",
        "listeners:",
        "guardrails:",
        "\n",
        "\n  ",
        "\n    ",
        "\n  - ",
        "- ",
        ": ",
        "a",
        "b",
        "model: ",
        "demo/a",
        "demo/*",
        "target: ",
        "targets: ",
        "fallbacks: ",
        "weight: ",
        "50",
        "100",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "*a",
        "&a ",
        "<<: ",
        "$S",
        "${S}",
        "${S",
        "$$",
        "'",
        "\"",
        "!!str ",
        "!x ",
        "# ",
        "|",
        ">",
        "---",
        "...",
        "\t",
        "\r",
        "\u{feff}",
        "ü",
        "🦀",
        "\0",
        "null",
        "~",
        "%YAML",
        "?",
        "name: ",
        "default: true",
        "5s",
        "0.1",
        "type: ",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// The files of `tests/accepts`, whose values are replaced one after another.
fn accepted() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/accepts");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn a_secret_in_any_place_is_never_told() {
    for text in accepted() {
        for (place, _) in text.match_indices(": ") {
            let end =
                text[place + 2..].find(['\n', ',', '}']).map_or(text.len(), |length| place + 2 + length);
            for value in ["$S", "\"${S}\"", "x/$S", "https://$S", "[$S]"] {
                let text = format!("{}: {value}{}", &text[..place], &text[end..]);
                is_sound(&text, &load(&text));
            }
        }
    }
}

#[test]
fn every_cut_of_a_file_is_answered() {
    for text in accepted() {
        for (end, _) in text.char_indices().step_by(7) {
            is_sound(&text[..end], &load(&text[..end]));
        }
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_loading(text in "\\PC*") {
        is_sound(&text, &load(&text));
    }

    #[test]
    fn no_bytes_break_the_loading(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let environment = |_: &str| None;
        let setting = Setting { environment: &environment, keys: MissingKeys::Allow, chosen: None, date: 0 };
        let loaded = callsign_config::load(&Source { name: "a", bytes: &bytes }, &setting);
        prop_assert!(loaded.catalog.is_none());
    }

    #[test]
    fn nearly_configurations_are_sound(text in nearly_yaml()) {
        is_sound(&text, &load(&text));
        let text = format!("model_providers:\n  - model: demo/a\n{text}");
        is_sound(&text, &load(&text));
    }

    #[test]
    fn alias_graphs_load_exactly_without_circles(edges in prop::collection::vec((0usize..8, 0usize..8, 0usize..8), 1..8)) {
        let mut text = "model_providers:\n  - model: demo/m\nmodel_aliases:\n".to_owned();
        let exists = |name: usize| name < edges.len();
        let reference = |name: usize| if exists(name) { format!("a{name}") } else { "m".to_owned() };
        for (name, (first, second, third)) in edges.iter().enumerate() {
            let (first, second, third) = (reference(*first), reference(*second), reference(*third));
            let targets = [first, second].map(|model| format!("{{model: {model}, weight: 50}}")).join(", ");
            writeln!(text, "  a{name}:\n    targets: [{targets}]\n    fallbacks: [{{target: {third}}}]").unwrap();
        }
        let loaded = load(&text);
        prop_assert_eq!(loaded.catalog.is_some(), !has_circle(&edges), "{}", text);
    }
}

/// Takes away, again and again, the aliases that lead to none of those left.
fn has_circle(edges: &[(usize, usize, usize)]) -> bool {
    let mut left: Vec<usize> = (0..edges.len()).collect();
    loop {
        let before = left.len();
        let leads_on = |name: &usize| {
            let (first, second, third) = edges[*name];
            [first, second, third].iter().any(|next| left.contains(next))
        };
        left = left.iter().copied().filter(leads_on).collect();
        if left.len() == before {
            return before > 0;
        }
    }
}
