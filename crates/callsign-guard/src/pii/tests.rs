//! What is found, what is not, and that streams may rely on `settled`.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::finding::disjoint;

mod values;

static DETECTOR: LazyLock<Detector> = LazyLock::new(Detector::new);

/// What stands in `text`, without overlaps.
fn found(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    DETECTOR.find(text, &mut found);
    disjoint(&mut found);
    found
}

/// Every finding that begins before `end`, in order.
fn raw(text: &str, end: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    DETECTOR.find(text, &mut found);
    found.retain(|finding| finding.span.start < end);
    found
}

/// Checks that `text`, where braces mark one value, holds that value as `kind` and nothing else.
fn check(kind: &str, marked: &str) {
    let (before, rest) = marked.split_once('{').expect("a brace opens");
    let (value, after) = rest.split_once('}').expect("a brace closes");
    let text = format!("{before}{value}{after}");
    let told: Vec<_> = found(&text)
        .into_iter()
        .map(|finding| (finding.kind, text.get(finding.span).unwrap_or_default().to_owned()))
        .collect();
    assert_eq!(told, [(kind, value.to_owned())], "in {text:?}");
}

/// How many bytes of `text` are seen, at the least.
fn seen(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii).count()
}

/// `value` in disguise: what hides it, by name.
fn disguised(value: &str) -> [(&'static str, String); 7] {
    let each = |made: &dyn Fn(char) -> char| value.chars().map(made).collect::<String>();
    let within = |hidden: &str| value.split_inclusive(|_| true).collect::<Vec<_>>().join(hidden);
    let wide = |character: char| char::from_u32(u32::from(character) + 0xfee0).unwrap_or(character);
    let shifted = |digit: char, zero: char| {
        char::from_u32(u32::from(zero) + u32::from(digit) - u32::from('0')).unwrap_or(digit)
    };
    [
        ("zero-width spaces", within("\u{200b}")),
        ("soft hyphens and joiners", within("\u{ad}\u{2060}")),
        ("strokes", within("\u{336}")),
        ("wide", each(&|character| if character.is_ascii_graphic() { wide(character) } else { character })),
        ("wide spaces", each(&|character| if character == ' ' { '\u{a0}' } else { character })),
        ("hyphens", each(&|character| if character == '-' { '\u{2011}' } else { character })),
        (
            "mathematical digits",
            each(&|character| {
                if character.is_ascii_digit() { shifted(character, '\u{1d7f6}') } else { character }
            }),
        ),
    ]
}

/// Checks that nothing stands in `text`.
fn check_nothing(text: &str) {
    assert_eq!(found(text), [], "in {text:?}");
}

/// Checks that every finding that a prefix of `text` has settled is the whole's.
fn check_settled(text: &str) {
    for (cut, _) in text.char_indices() {
        let (prefix, rest) = text.split_at(cut);
        let settled = DETECTOR.settled(prefix);
        assert!(prefix.is_char_boundary(settled), "{settled} is amid a character of {prefix:?}");
        let waiting = prefix.get(settled..).unwrap_or_default();
        assert!(seen(waiting) <= REACH, "{} bytes of {prefix:?} wait", waiting.len());
        assert_eq!(
            raw(prefix, settled),
            raw(text, settled),
            "settled {settled} of {prefix:?}, which goes on as {rest:?}"
        );
    }
}

#[test]
fn values_are_found_as_what_they_are() {
    for (kind, marked) in values::FOUND {
        check(kind, marked);
    }
}

#[test]
fn values_are_found_whole_through_every_disguise() {
    for (kind, marked) in values::FOUND {
        let (before, rest) = marked.split_once('{').expect("a brace opens");
        let (value, after) = rest.split_once('}').expect("a brace closes");
        if !value.is_ascii() {
            continue;
        }
        for (how, hidden) in disguised(value) {
            let text = format!("{before}{hidden}{after}");
            let told: Vec<_> = found(&text).into_iter().map(|finding| (finding.kind, finding.span)).collect();
            let end = before.len() + hidden.len();
            assert_eq!(told, [(*kind, before.len()..end)], "{how} in {text:?}");
        }
    }
}

#[test]
fn groups_may_be_parted_by_any_dash() {
    for dash in ["\u{2010}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}", "\u{ff0d}", "\u{b7}", "\u{30fc}"]
    {
        let card = ["4111", "1111", "1111", "1111"].join(dash);
        check(CREDIT_CARD, &format!("pay with {{{card}}} today"));
        check_settled(&format!("pay with {card} today"));
    }
    for text in ["the years 1939–1945", "pages 4111–1111", "it was so — 4 of 10 — that day", "§ 312–316 BGB"]
    {
        check_nothing(text);
    }
}

#[test]
fn disguised_values_in_a_stream_settle_as_they_were() {
    for (_, marked) in values::FOUND.iter().step_by(7) {
        let value = marked.replace(['{', '}'], "");
        for (_, text) in disguised(&value) {
            check_settled(&format!("{text}– x"));
        }
    }
}

#[test]
fn look_alikes_are_left_alone() {
    for text in values::NOTHING {
        check_nothing(text);
    }
}

#[test]
fn every_kind_has_an_example_and_a_label() {
    for kind in KINDS {
        assert!(values::FOUND.iter().any(|(known, _)| *known == kind.name), "no example of {}", kind.name);
        assert!(label(kind.name).starts_with('[') && label(kind.name).ends_with(']'));
    }
    assert_eq!((label(EMAIL), label(PHONE), label(CREDIT_CARD)), ("[EMAIL]", "[PHONE]", "[CREDIT_CARD]"));
    assert_eq!(label("of another guard"), "[PII]");
}

#[test]
fn a_wrong_check_digit_is_no_number() {
    for (_, marked) in values::CHECKED {
        let value = marked.replace(['{', '}'], "");
        let mut others = 0;
        for digit in b'0'..=b'9' {
            let mut bytes = value.clone().into_bytes();
            let Some(place) = bytes.iter().rposition(u8::is_ascii_digit) else { continue };
            bytes[place] = digit;
            let other = String::from_utf8(bytes).expect("digits are ASCII");
            others += usize::from(other != value && !found(&other).is_empty());
        }
        assert!(others <= 2, "{others} of nine other check digits of {value:?} are believed");
    }
}

#[test]
fn values_in_a_stream_settle_as_they_were() {
    for (_, marked) in values::FOUND {
        let text = marked.replace(['{', '}'], "");
        check_settled(&text);
        check_settled(&format!("{text} 12, Main Street. And then."));
    }
}

#[test]
fn plain_prose_waits_for_its_last_word_only() {
    for text in ["the quick brown fox jum", "und dann kam ein", "it is what it is and noth"] {
        let last = text.rfind(' ').expect("there are words") + 1;
        assert!(DETECTOR.settled(text) >= last, "{text:?} waits from {}", DETECTOR.settled(text));
    }
    assert_eq!(DETECTOR.settled("the quick brown fox "), 20);
}

#[test]
fn places_are_bytes_of_the_text() {
    let text = "für €5 – schreib an müller@example.com, bitte";
    let [finding] = found(text).try_into().expect("one finding");
    assert_eq!(text.get(finding.span), Some("müller@example.com"));
}

#[test]
fn a_long_text_takes_linear_time() {
    for piece in
        ["1234 ", "a.b", "a@", "Anna ", "1-", "+1", "((", "0x", "ab:", "12 Main ", "名前", "é", "\"id\": 1,"]
    {
        let text = piece.repeat(40_000);
        let mut found = Vec::new();
        DETECTOR.find(&text, &mut found);
        assert!(DETECTOR.settled(&text) + REACH >= text.len());
    }
}

#[test]
fn hostile_texts_are_asked_for_a_bounded_number_of_bytes() {
    for piece in [
        "1",
        "1 ",
        "1-",
        "4111 ",
        "12.",
        "@",
        "a@",
        "a@b.",
        "a.",
        ".",
        "+1",
        "((",
        "Anna ",
        "Anna",
        "A1 ",
        "12 Main ",
        "0x",
        "a:",
        "1:",
        "DE89 ",
        "名前",
        "名 ",
        "é",
        "1\u{200b}",
        "１２",
        "1–",
        "\u{200b}",
        "My name is ",
        "born ",
        "St. ",
    ] {
        let text = piece.repeat(20_000 / piece.len());
        reader::ASKED.with(|asked| asked.set(0));
        DETECTOR.find(&text, &mut Vec::new());
        let each = reader::ASKED.with(std::cell::Cell::get) / text.len();
        assert!(each <= 600, "{each} bytes for one of {piece:?}…");
    }
}

/// A piece of text that some recogniser looks at.
fn piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "my",
        "order",
        "SSN",
        "passport",
        "phone",
        "Anna",
        "Smith",
        "Dr.",
        "Dear",
        "street",
        "Street",
        "rue",
        "Hauptstraße",
        "Flat",
        "x",
        "ext.",
        "+",
        "(",
        ")",
        "@",
        "example.com",
        "born",
        "May",
        "IBAN",
        "DE",
        "de",
        "van",
        "invoice",
        "for me",
        "number",
        "is",
        "name:",
        "address:",
        "PO Box",
        "München",
        "市",
        "路",
        "号",
        "東京都",
        "0x",
        "::",
        "fe80",
        "00:1a",
        "AB12CDE",
        "CA",
        "90210",
        "T",
        "K",
        "\"id\":",
        "#",
    ]);
    prop_oneof![
        4 => words.prop_map(str::to_owned),
        4 => "[0-9]{1,9}",
        1 => "[A-Z]{1,4}[0-9]{1,9}[A-Z]{0,2}",
        1 => "[a-zA-Z0-9.+-]{1,12}@[a-z0-9-]{1,8}\\.[a-z]{2,4}",
        1 => "[0-9a-f:.]{1,20}",
        1 => prop_oneof!["\\PC{0,4}", "[０-９４–－\u{200b}\u{301}\u{a0}1A]{1,9}"],
    ]
}

fn text() -> impl Strategy<Value = String> {
    let separator =
        prop::sample::select(vec!["", " ", " ", " ", "-", ".", ", ", "\n", ": ", ". ", "/", " (", ") "]);
    prop::collection::vec((piece(), separator), 1..14)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, separator)| piece + separator).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_settled_stays_as_it_is(text in text()) {
        check_settled(&text);
    }

    #[test]
    fn findings_lie_within_any_text(text in "\\PC{0,200}") {
        for finding in raw(&text, usize::MAX) {
            prop_assert!(text.get(finding.span.clone()).is_some_and(|value| !value.is_empty()));
        }
    }

    #[test]
    fn any_ending_of_any_text_settles_within_reach(text in "[ -~é市]{0,600}") {
        let settled = DETECTOR.settled(&text);
        prop_assert!(text.is_char_boundary(settled) && text.len() - settled <= REACH);
    }
}
