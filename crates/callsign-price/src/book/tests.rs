//! What must hold of the prices that are compiled in.

use super::*;

/// 2026-11-20.
const DAY: u64 = 1_795_132_800;

fn tariff(provider: &str, model: &str, tier: Option<&str>) -> Option<Tariff> {
    Book::bundled().shelf(provider)?.tariff(model, tier, DAY)
}

#[test]
fn bundled_prices_can_be_read_in_full() {
    let book = Book::read(BUNDLED).unwrap();
    assert!(book.pages.len() > 40, "{book:?}");
    for provider in Book::bundled().pages.keys() {
        assert!(Book::bundled().shelf(provider).is_some(), "{provider}");
    }
}

#[test]
fn prices_come_out_to_the_last_digit() {
    for (provider, model, tier, [input, cached, written, output]) in [
        ("openai", "gpt-4o", None, [2_500_000_000, 1_250_000_000, 2_500_000_000, 10_000_000_000]),
        ("openai", "gpt-4o-mini", None, [150_000_000, 75_000_000, 150_000_000, 600_000_000]),
        ("openai", "gpt-4o", Some("priority"), [4_250_000_000, 2_125_000_000, 4_250_000_000, 17_000_000_000]),
        ("openai", "gpt-5", Some("flex"), [625_000_000, 62_500_000, 625_000_000, 5_000_000_000]),
        ("anthropic", "claude-sonnet-4-5", None, [3_000_000_000, 300_000_000, 3_750_000_000, 15_000_000_000]),
        (
            "claude",
            "claude-sonnet-4-5-20250929",
            None,
            [3_000_000_000, 300_000_000, 3_750_000_000, 15_000_000_000],
        ),
        (
            "together_ai",
            "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            None,
            [880_000_000, 880_000_000, 880_000_000, 880_000_000],
        ),
        ("openai", "text-embedding-3-small", None, [20_000_000, 20_000_000, 20_000_000, 0]),
    ] {
        let rates = tariff(provider, model, tier).unwrap_or_else(|| panic!("{model}")).rates(1);
        assert_eq!(
            [rates.input, rates.cached, rates.written, rates.output],
            [input, cached, written, output],
            "{model}"
        );
    }
}

#[test]
fn long_contexts_are_found_where_they_begin() {
    let tariff = tariff("anthropic", "claude-sonnet-4-5", None).unwrap();
    assert_eq!(tariff.rates(200_000).input, 3_000_000_000);
    assert_eq!(tariff.rates(200_001).input, 6_000_000_000);
    assert_eq!(tariff.rates(200_001).written_hour, 12_000_000_000);
    assert_eq!(tariff.rates(900_000).output, 22_500_000_000);
}

#[test]
fn what_is_not_known_or_not_paid_by_tokens_has_no_price() {
    for (provider, model) in [
        ("openai", "no-such-model"),
        ("no_such_provider", "gpt-4o"),
        ("openai", "whisper-1"),
        ("openai", "tts-1"),
        ("mistral", "voxtral-small-24b-2507"),
        ("openai", "omni-moderation-latest"),
        ("perplexity", "sonar-deep-research"),
        ("openai", "gpt-4o-search-preview"),
    ] {
        assert_eq!(tariff(provider, model, None), None, "{provider}/{model}");
    }
}

#[test]
fn prices_follow_the_date() {
    let shelf = Book::bundled().shelf("openai").unwrap();
    let input = |at| shelf.tariff("o3", None, at).unwrap().rates(1).input;
    // Since 2025-06-10.
    assert_eq!((input(1_749_500_000), input(1_749_600_000)), (10_000_000_000, 2_000_000_000));
}

#[test]
fn contexts_and_tiers_are_known() {
    let shelf = Book::bundled().shelf("openai").unwrap();
    assert_eq!(shelf.context("gpt-4o"), Some(128_000));
    assert!(shelf.has_tier("gpt-4o", "priority", DAY));
    assert!(!shelf.has_tier("gpt-4o", "no-such-tier", DAY));
}

#[test]
fn broken_prices_are_refused_as_a_whole() {
    for (text, expected) in [
        ("{}", "not a list of providers"),
        ("[{}]", "not a list of providers: missing field `id`"),
        (r#"[{"id":"a"}]"#, "`a`: "),
        (
            r#"[{"id":"a","name":"A","api_pattern":"a","models":[{"id":"m","match":{"equals":"m"},"prices":{"input_mtok":-1}}]}]"#,
            "`a`: ",
        ),
    ] {
        let error = Book::read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
