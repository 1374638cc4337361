//! Texts that are made to hurt: each gets a clear answer, and none takes the memory or the stack.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use callsign_config::diagnostic::{Code, Severity};
use callsign_config::{Loaded, MissingKeys, Setting, Source};
use callsign_plan::alias::Route;

const MODELS: &str = "model_providers:\n  - model: demo/a\n  - model: demo/b\n";

fn load(text: impl AsRef<[u8]>) -> Loaded {
    let environment = |_: &str| None;
    let setting = Setting { environment: &environment, keys: MissingKeys::Refuse, chosen: None, date: 0 };
    callsign_config::load(&Source { name: "a.yaml", bytes: text.as_ref() }, &setting)
}

fn codes(loaded: &Loaded) -> Vec<Code> {
    let mut codes: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    codes.dedup();
    codes
}

fn check(what: &str, text: impl AsRef<[u8]>, expected: &[Code]) {
    let loaded = load(text);
    assert_eq!(codes(&loaded), expected, "{what}");
    let is_error = expected.iter().any(|code| code.severity() == Severity::Error);
    assert_eq!(loaded.catalog.is_none(), is_error, "{what}");
}

/// Each level repeats the one before ten times.
fn laughs(levels: usize) -> String {
    let mut text = "a0: &a0 [lol, lol]\n".to_owned();
    for level in 1..=levels {
        let repeated = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{repeated}]").unwrap();
    }
    text
}

#[test]
fn bombs_are_defused() {
    check("billion laughs", laughs(30), &[Code::TooManyValues]);
    let merges: String = (1..40).fold("a0: &a0 {x: 1}\n".to_owned(), |mut text, level| {
        let before = level - 1;
        writeln!(text, "a{level}: &a{level} {{l: *a{before}, r: *a{before}}}").unwrap();
        text
    });
    check("a tree of mappings", merges, &[Code::TooManyValues]);
    let nested = (0..60).fold(String::new(), |mut text, level| {
        writeln!(text, "{}k: &a{level}", " ".repeat(level)).unwrap();
        text
    });
    let wide = format!("{nested}{}[{}]\n", " ".repeat(60), "x, ".repeat(50_000));
    check("anchors around a large list", wide, &[Code::TooManyValues]);
}

#[test]
fn depth_is_bounded() {
    check("10,000 brackets", "[".repeat(10_000), &[Code::TooDeep]);
    check("10,000 braces", "{a: ".repeat(10_000), &[Code::TooDeep]);
    check("10,000 dashes", "- ".repeat(10_000), &[Code::TooDeep]);
    let chained: String = (0..70).fold("a0: &a0 [x]\n".to_owned(), |mut text, level| {
        writeln!(text, "a{}: &a{} [*a{level}]", level + 1, level + 1).unwrap();
        text
    });
    check("depth by aliases", chained, &[Code::TooDeep]);
}

/// Whoever looked back to the beginning at each of so many bytes would not be done today; ten times as many prove no more.
const LARGE: usize = 1_000_000;

#[test]
fn size_is_bounded() {
    check("over 16 MiB", " ".repeat((16 << 20) + 1), &[Code::TooLarge]);
    check("a long list", format!("model_aliases:\n{}", "- a\n".repeat(LARGE + 1)), &[Code::TooManyValues]);
    check("a large comment", format!("{MODELS}# {}\n", "x".repeat(LARGE)), &[]);
    let description =
        format!("{MODELS}model_aliases: {{c: {{target: a, description: {}}}}}\n", "x".repeat(LARGE));
    check("a large text", description, &[]);
    check("one large word", "x".repeat(LARGE), &[Code::WrongType, Code::NoModels]);
    // On one line, so that looking for secrets must not look back to its beginning again and again.
    check("a line of colons", ":".repeat(LARGE), &[Code::Syntax]);
    check("nothing but NUL", "\0".repeat(LARGE), &[Code::ControlCharacter]);
}

#[test]
fn a_flood_of_mistakes_is_counted_not_listed() {
    let text: String = (0..20_000).fold(format!("{MODELS}model_aliases:\n"), |mut text, alias| {
        writeln!(text, "  alias-{alias}: {{target: a-{alias}}}").unwrap();
        text
    });
    let loaded = load(text);
    assert_eq!(codes(&loaded), [Code::UnknownTarget, Code::More]);
    assert_eq!(loaded.diagnostics.len(), 501);
    assert_eq!(loaded.diagnostics.last().unwrap().message, "19500 more findings are not listed");
}

/// Ten thousand aliases of ten targets: a third of them splits, a third pools, a third chains.
fn many_routes() -> String {
    let mut text = MODELS.to_owned();
    for model in 0..100 {
        writeln!(text, "  - model: demo/m{model}").unwrap();
    }
    text.push_str("model_aliases:\n");
    for alias in 0..10_000 {
        let model = |target: usize| (alias + target) % 100;
        writeln!(text, "  alias-{alias}:").unwrap();
        match alias % 3 {
            0 => text.push_str("    sticky: {by: user}\n    targets:\n"),
            1 => text.push_str("    load_balance: {algorithm: least_connections}\n    targets:\n"),
            _ => writeln!(text, "    target: m{}\n    fallbacks:", model(0)).unwrap(),
        }
        for target in 0..10 {
            match alias % 3 {
                2 if target == 0 => {}
                2 => writeln!(text, "      - target: m{}", model(target)).unwrap(),
                _ => writeln!(text, "      - model: m{}\n        weight: 10", model(target)).unwrap(),
            }
        }
    }
    text
}

#[test]
fn ten_thousand_aliases_of_ten_targets_load() {
    let loaded = load(many_routes());
    assert_eq!(loaded.diagnostics, []);
    let catalog = loaded.catalog.expect("a catalog");
    let (mut splits, mut pools, mut chains) = (0, 0, 0);
    for alias in &catalog.parts().aliases {
        match &alias.route {
            Route::Split(split) if split.shares.len() == 10 => splits += 1,
            Route::Pool(pool) if pool.members.len() == 10 => pools += 1,
            Route::Chain(chain) if chain.fallbacks.len() == 9 => chains += 1,
            route => panic!("{route:?}"),
        }
    }
    assert_eq!((splits, pools, chains), (3334, 3333, 3333));
    assert_eq!(catalog.parts().targets.len(), 102);
}

#[test]
fn one_chain_of_very_many_fallbacks_loads() {
    let mut text = format!("{MODELS}model_aliases:\n  long:\n    target: a\n    fallbacks:\n");
    for _ in 0..20_000 {
        writeln!(text, "      - {{target: b, conditions: [timeout, all_previous_failed]}}").unwrap();
    }
    let loaded = load(text);
    let Route::Chain(chain) = &loaded.catalog.as_ref().expect("a catalog").parts().aliases[0].route else {
        panic!("no chain")
    };
    assert_eq!(chain.fallbacks.len(), 20_000);
    assert_eq!(codes(&loaded), [Code::LongAttempts, Code::UnreachableFallback]);
}

#[test]
fn a_long_chain_of_aliases_loads_and_its_circle_is_found() {
    let chain = |last: &str| {
        let mut text = format!("{MODELS}model_aliases:\n");
        for alias in 0..50_000 {
            writeln!(text, "  x{alias}: {{target: x{}}}", alias + 1).unwrap();
        }
        writeln!(text, "  x50000: {{target: {last}}}").unwrap();
        text
    };
    check("no circle", chain("a"), &[]);
    let circle = load(chain("x0"));
    assert_eq!(codes(&circle), [Code::AliasCycle]);
    assert!(circle.diagnostics[0].message.len() < 200, "{}", circle.diagnostics[0].message);
}
