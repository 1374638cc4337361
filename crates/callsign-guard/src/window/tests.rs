//! What is expected of it, case by case.

use proptest::prelude::*;

use super::*;
use crate::finding::{Category, Finding};
use crate::jailbreak::Verdict;
use crate::rules::{Rule, Rules, Side, Topic};
use crate::screen::{Detectors, Judge, Look};

/// Finds words of these letters and as long as this, between others.
#[derive(Debug)]
struct Runs {
    category: Category,
    kind: &'static str,
    letter: char,
    least: usize,
}

impl Look for Runs {
    fn find(&self, text: &str, found: &mut Vec<Finding>) {
        let mut start = None;
        for (at, letter) in text.char_indices().chain([(text.len(), '.')]) {
            match (letter == self.letter, start) {
                (true, None) => start = Some(at),
                (false, Some(begun)) => {
                    if at - begun >= self.least {
                        found.push(Finding { category: self.category, kind: self.kind, span: begun..at });
                    }
                    start = None;
                }
                _ => {}
            }
        }
    }

    fn settled(&self, text: &str) -> usize {
        text.trim_end_matches(self.letter).len()
    }
}

/// Finds nothing.
#[derive(Debug)]
struct Nobody;

impl Judge for Nobody {
    fn judge(&self, _text: &str) -> Verdict {
        Verdict { score: 0.0, hit: false }
    }
}

fn detectors() -> Detectors {
    let runs = |category, kind, letter, least| Box::new(Runs { category, kind, letter, least });
    Detectors {
        pii: runs(Category::Pii, "email", 'a', 3),
        secrets: runs(Category::Secrets, "bearer_token", 'k', 2),
        profanity: runs(Category::Profanity, "word", 'f', 4),
        jailbreak: Box::new(Nobody),
    }
}

fn rules(action: Action) -> Rules {
    let mut rules = Rules::default();
    rules.add(Side::Output, Topic::Pii, Rule { action: Action::Mask, restore: false });
    rules.add(Side::Output, Topic::Secrets, Rule { action, restore: false });
    rules.add(Side::Output, Topic::Profanity, Rule { action: Action::Flag, restore: false });
    rules
}

/// What comes of these pieces, and what was found.
fn passed(pieces: &[&str], action: Action) -> Result<(String, Vec<&'static str>), Stop> {
    let (detectors, rules) = (detectors(), rules(action));
    let screen = Screen { detectors: &detectors, rules: &rules, side: Side::Output, leak: None };
    let mut window = Window::default();
    let (mut out, mut kinds) = (String::new(), Vec::new());
    let pushed = pieces.iter().map(|piece| window.push(&screen, piece)).collect::<Vec<_>>();
    for released in pushed.into_iter().chain([window.finish(&screen)]) {
        let Released { text, hits, .. } = released?;
        out += &text;
        kinds.extend(hits.iter().map(|hit| hit.kind));
    }
    Ok((out, kinds))
}

#[test]
fn matches_split_over_pieces_are_masked() {
    for (pieces, expected) in [
        (&["x a", "a", "a y"][..], "x [EMAIL] y"),
        (&["aaa"], "[EMAIL]"),
        (&["aa", " b"], "aa b"),
        (&["xaaa", "kk", "aaax"], &format!("x[EMAIL]{}[EMAIL]x", crate::secrets::label("bearer_token"))),
        (&["\u{e9}aa", "aa\u{e9}"], "\u{e9}[EMAIL]\u{e9}"),
        (&[""], ""),
    ] {
        assert_eq!(passed(pieces, Action::Mask).unwrap().0, expected, "{pieces:?}");
    }
}

#[test]
fn each_finding_is_told_once() {
    let (text, kinds) = passed(&["ff", "ff", " aaa ", "x", " ffff"], Action::Mask).unwrap();
    assert_eq!((text.as_str(), kinds), ("ffff [EMAIL] x ffff", vec!["word", "email", "word"]));
}

#[test]
fn nothing_of_what_blocks_leaves() {
    let (detectors, rules) = (detectors(), rules(Action::Block));
    let screen = Screen { detectors: &detectors, rules: &rules, side: Side::Output, leak: None };
    let mut window = Window::default();
    assert_eq!(window.push(&screen, "text k").unwrap().text, "text ");
    assert_eq!(window.push(&screen, "kk").unwrap().text, "");
    let Err(Stop::Blocked(hits)) = window.push(&screen, " more") else { panic!("blocked") };
    assert_eq!(hits[0].kind, "bearer_token");
}

#[test]
fn what_never_settles_stops_and_does_not_leave() {
    let (detectors, rules) = (detectors(), rules(Action::Mask));
    let screen = Screen { detectors: &detectors, rules: &rules, side: Side::Output, leak: None };
    let mut window = Window::default();
    let piece = "k".repeat(1000);
    let mut out = window.push(&screen, "x").unwrap().text;
    let stopped = (0..100).find_map(|_| match window.push(&screen, &piece) {
        Ok(released) => {
            out += &released.text;
            None
        }
        Err(stop) => Some(stop),
    });
    assert_eq!((stopped, out.as_str()), (Some(Stop::Full), "x"));
}

#[test]
fn ordinary_text_waits_for_nothing_and_leaves_no_heap() {
    let (detectors, rules) = (detectors(), rules(Action::Mask));
    let screen = Screen { detectors: &detectors, rules: &rules, side: Side::Output, leak: None };
    let mut window = Window::default();
    for _ in 0..10_000 {
        assert_eq!(window.push(&screen, "word ").unwrap().text, "word ");
        assert_eq!(window.waiting(), 0);
    }
    assert!(window.text.len() <= 2 * CONTEXT + 8);
}

proptest! {
    /// However a text is cut, the same leaves as if it came at once, and nothing that matches.
    #[test]
    fn pieces_leave_as_the_whole_does(pieces in prop::collection::vec("[akf x\u{e9}]{0,5}", 0..40)) {
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let (out, kinds) = passed(&pieces, Action::Mask).unwrap();
        let (whole, all) = passed(&[&pieces.concat()], Action::Mask).unwrap();
        prop_assert_eq!(&out, &whole);
        prop_assert_eq!(kinds, all);
        prop_assert!(!out.contains("aaa") && !out.contains("kk"));
    }
}

/// What real detectors hold back of ordinary text that comes four letters at a time: a word or two.
#[test]
fn ordinary_text_waits_for_a_word_or_two() {
    let detectors = Detectors::new();
    let mut rules = Rules::default();
    for topic in [Topic::Pii, Topic::Secrets, Topic::Profanity, Topic::Financial] {
        rules.add(Side::Output, topic, Rule { action: Action::Mask, restore: false });
    }
    let screen = Screen { detectors: &detectors, rules: &rules, side: Side::Output, leak: None };
    let text: Vec<char> = include_str!("../../../../ARCHITECTURE.md").chars().take(12_000).collect();
    let mut window = Window::default();
    let mut waiting = Vec::new();
    let mut out = String::new();
    for piece in text.chunks(4) {
        out += &window.push(&screen, &piece.iter().collect::<String>()).unwrap().text;
        waiting.push(window.waiting());
    }
    out += &window.finish(&screen).unwrap().text;
    assert_eq!(out, text.iter().collect::<String>());
    waiting.sort_unstable();
    let (half, most) = (waiting[waiting.len() / 2], waiting[waiting.len() * 99 / 100]);
    assert!(half <= 12 && most <= 96, "half of the time {half} bytes wait, and {most} once in a hundred");
}

/// Whatever hides a value, and wherever the text is cut, the same leaves as of the whole.
#[test]
fn disguised_values_are_masked_however_they_are_cut() {
    let (detectors, rules) = (Detectors::new(), {
        let mut rules = Rules::default();
        for topic in [Topic::Pii, Topic::Secrets, Topic::Profanity] {
            rules.add(Side::Output, topic, Rule { action: Action::Mask, restore: false });
        }
        rules
    });
    let screen = Screen { detectors: &detectors, rules: &rules, side: Side::Output, leak: None };
    for (text, expected) in [
        ("to ja\u{200b}ne.doe@exa\u{ad}mple.com, now", "to [EMAIL], now"),
        ("to ｊａｎｅ．ｄｏｅ＠ｅｘａｍｐｌｅ．ｃｏｍ – now", "to [EMAIL] – now"),
        ("card 4111–1111–1111–1111–", "card [CREDIT_CARD]–"),
        ("card ４１１１　１１１１\u{a0}1111\u{202f}1111.", "card [CREDIT_CARD]."),
        ("a sh\u{2060}1t day – 5–6 – x", "a **** day – 5–6 – x"),
        ("é 4\u{336}1\u{336}1\u{336}1\u{336} 1111 1111 1111\u{336}!", "é [CREDIT_CARD]!"),
    ] {
        assert_eq!(mask::plain(text, &screen.hits(text)).as_deref(), Some(expected), "{text:?}");
        let letters: Vec<String> = text.chars().map(String::from).collect();
        for size in 1..=letters.len() {
            let mut window = Window::default();
            let mut out = String::new();
            for piece in letters.chunks(size) {
                out += &window.push(&screen, &piece.concat()).unwrap().text;
            }
            out += &window.finish(&screen).unwrap().text;
            assert_eq!(out, expected, "{text:?} in pieces of {size}");
        }
    }
}
