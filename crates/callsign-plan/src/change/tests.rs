//! Two configurations, and what is said of their difference.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::alias::{Chain, Condition, Fallback, Route, Share, Split, Sticky};
use crate::catalog::{Catalog, Limits, Listener, Parts};
use crate::guard::{Action, ApplyTo, Category, CostLimit, Filter, Guardrails, OnCost};
use crate::history::Kept;
use crate::ids::AliasId;
use crate::target::Price;
use crate::tests::{alias, parts, to_target};
use crate::units::Money;

const MODELS: [&str; 3] = ["openai/gpt-4o", "openai/o1-preview", "demo/small"];

fn split(weights: &[u64], sticky: Option<Sticky>) -> Route {
    let share =
        |(id, weight): (u32, &u64)| Share { route: to_target(id), weight: Weight(weight * 1_000_000) };
    Route::Split(Split { shares: (0..).zip(weights).map(share).collect(), sticky })
}

fn catalog(route: Route, change: impl FnOnce(&mut Parts)) -> Catalog {
    let mut parts = parts(&MODELS);
    parts.aliases = vec![alias("arch.v1", route)];
    change(&mut parts);
    Catalog::new(parts)
}

fn outline(route: Route, change: impl FnOnce(&mut Parts)) -> Outline {
    Outline::of(&catalog(route, change))
}

fn plain(route: Route) -> Outline {
    outline(route, |_| {})
}

fn moved(changes: &[Change]) -> Vec<(&str, &str, Whose, u32)> {
    let way = |change: &'_ Change| match change {
        Change::Moved { whose, share, .. } => Some((*whose, *share)),
        _ => None,
    };
    changes
        .iter()
        .filter_map(|change| {
            let (whose, share) = way(change)?;
            let Change::Moved { from, to, .. } = change else { return None };
            Some((from.as_str(), to.as_str(), whose, share))
        })
        .collect()
}

#[test]
fn same_configuration_changes_nothing() {
    let one = plain(split(&[95, 5], Some(Sticky::User)));
    assert_eq!(changes(&one, &one.clone()), []);
}

#[test]
fn shares_that_change_are_requests_that_move() {
    let before = plain(split(&[95, 5, 0], None));
    let changes = changes(&before, &plain(split(&[80, 10, 10], None)));
    let expected = [
        ("openai/gpt-4o", "demo/small", Whose::Anybody, 100_000),
        ("openai/gpt-4o", "openai/o1-preview", Whose::Anybody, 50_000),
    ];
    assert_eq!(moved(&changes), expected);
    assert!(
        matches!(&changes[0], Change::Retargeted { before, .. } if before == "split (95 % openai/gpt-4o, 5 % openai/o1-preview, 0 % demo/small)"),
        "{changes:?}"
    );
}

#[test]
fn callers_of_a_sticky_split_move_as_the_course_moves_them() {
    let sticky = || Some(Sticky::User);
    let changes = changes(&plain(split(&[95, 5], sticky())), &plain(split(&[90, 10], sticky())));
    let [(from, to, Whose::Callers, share)] = moved(&changes)[..] else { panic!("{changes:?}") };
    assert_eq!((from, to), ("openai/gpt-4o", "openai/o1-preview"));
    assert_eq!(share, 50_000, "as many as a sample can tell");
}

#[test]
fn nested_aliases_are_followed_to_where_requests_end() {
    let nested = |inner: u32| {
        outline(split(&[50, 50], None), |parts| {
            parts.aliases.push(alias("inner", to_target(inner)));
            parts.aliases[0].route = Route::Split(Split {
                shares: vec![
                    Share { route: to_target(0), weight: Weight(75_000_000) },
                    Share { route: Route::Alias(AliasId(1)), weight: Weight(25_000_000) },
                ],
                sticky: None,
            });
        })
    };
    let changes = changes(&nested(1), &nested(2));
    let expected = [
        ("openai/o1-preview", "demo/small", Whose::Anybody, 250_000),
        ("openai/o1-preview", "demo/small", Whose::Anybody, 1_000_000),
    ];
    assert_eq!(moved(&changes), expected);
}

#[test]
fn fallback_that_changes_moves_no_first_attempt() {
    let chain = |conditions: Vec<Condition>| {
        let fallbacks = vec![Fallback { route: to_target(1), conditions }];
        plain(Route::Chain(Chain { primary: Box::new(to_target(0)), fallbacks }))
    };
    let found = changes(&chain(vec![Condition::Timeout]), &chain(vec![Condition::Any]));
    let [Change::Retargeted { before, after, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(before, "openai/gpt-4o, then openai/o1-preview on timeout");
    assert_eq!(after, "openai/gpt-4o, then openai/o1-preview on any");
}

#[test]
fn names_that_come_and_go_are_told() {
    let empty = outline(to_target(0), |parts| parts.aliases.clear());
    let full = outline(to_target(0), |parts| parts.aliases.push(alias("gpt-4o", to_target(2))));
    let added = changes(&empty, &full);
    assert!(
        matches!(&added[0], Change::AliasAdded { alias, route } if alias == "arch.v1" && route == MODELS[0])
    );
    assert!(!added.iter().any(Change::is_risky));
    let removed = changes(&full, &empty);
    let Change::AliasRemoved { alias, instead } = &removed[1] else { panic!("{removed:?}") };
    assert_eq!((alias.as_str(), instead.as_deref()), ("gpt-4o", Some(MODELS[0])));
    assert!(removed.iter().all(Change::is_risky), "{removed:?}");
}

fn guarded(guardrails: Guardrails) -> Outline {
    outline(to_target(0), |parts| parts.aliases[0].guardrails = guardrails)
}

#[test]
fn guardrails_lean_one_way_or_the_other() {
    let filter = |action, apply_to| Filter { category: Category::Pii, action, apply_to, restore: false };
    let cost = |ceiling| Some(CostLimit { ceiling, on_cost: OnCost::Clamp, min_output_tokens: 16 });
    let money = |cents: u64| crate::units::Money(cents * 10_000_000);
    let none = Guardrails::default;
    let cases = [
        ("max_latency", Guardrails { max_latency: Some(Duration::from_secs(5)), ..none() }, none()),
        (
            "max_cost_per_request",
            Guardrails { max_cost: cost(money(5)), ..none() },
            Guardrails { max_cost: cost(money(6)), ..none() },
        ),
        ("block_categories.jailbreak", Guardrails { block: vec![Category::Jailbreak], ..none() }, none()),
        (
            "content_filters.pii",
            Guardrails { filters: vec![filter(Action::Mask, ApplyTo::Both)], ..none() },
            Guardrails { filters: vec![filter(Action::Flag, ApplyTo::Both)], ..none() },
        ),
        (
            "content_filters.pii",
            Guardrails { filters: vec![filter(Action::Mask, ApplyTo::Both)], ..none() },
            Guardrails { filters: vec![filter(Action::Mask, ApplyTo::Input)], ..none() },
        ),
        ("on_failure", none(), Guardrails { on_failure: crate::guard::OnFailure::Allow, ..none() }),
    ];
    for (expected, strict, loose) in cases {
        let (strict, loose) = (guarded(strict), guarded(loose));
        for (before, after, leans) in
            [(&strict, &loose, Leaning::Looser), (&loose, &strict, Leaning::Stricter)]
        {
            let found = changes(before, after);
            let [Change::Guard { key, leaning, .. }] = &found[..] else { panic!("{expected}: {found:?}") };
            assert_eq!((key.as_str(), *leaning), (expected, leans));
        }
    }
}

#[test]
fn prices_and_settings_are_told_as_they_are_written() {
    let money = crate::units::Money;
    let before = plain(to_target(0));
    let after = outline(to_target(0), |parts| {
        parts.targets[0].price =
            Some(Price { input: money(2_500_000_000), output: money(10_000_000_000), ..Price::FREE });
        parts.targets[1].context = Some(8192);
    });
    let expected = [
        Change::Price {
            target: MODELS[0].to_owned(),
            values: Values { before: None, after: Some("$2.50 in, $10.00 out".to_owned()) },
        },
        Change::Setting {
            subject: Subject::Target(MODELS[1].to_owned()),
            key: "context".to_owned(),
            values: Values { before: None, after: Some("8192".to_owned()) },
        },
    ];
    assert_eq!(changes(&before, &after), expected);
}

proptest! {
    #[test]
    fn shares_that_leave_are_shares_that_arrive(old in 0u64..=100, new in 0u64..=100) {
        let (before, after) = (plain(split(&[old, 100 - old], None)), plain(split(&[new, 100 - new], None)));
        let left: u32 = moved(&changes(&before, &after)).iter().map(|(.., share)| share).sum();
        prop_assert_eq!(u64::from(left), old.abs_diff(new) * 10_000);
    }
}

#[test]
fn what_is_written_of_the_whole_gateway_is_told() {
    let before = plain(to_target(0));
    let listener = |port| Listener {
        name: "main".into(),
        address: std::net::Ipv4Addr::LOCALHOST.into(),
        port,
        timeout: Duration::from_mins(5),
        limits: Limits::default(),
    };
    let after = outline(to_target(0), |parts| {
        parts.history.kept = Kept::At("/var/lib/h.db".into());
        parts.listeners = vec![listener(13_000)];
        parts.prices.url = Some("https://me:secret@prices.example.com/list?key=secret".into());
        parts.targets[0].price = Some(Price { cached_input: Some(Money(5)), ..Price::FREE });
    });
    let told = format!("{:?}", changes(&before, &after));
    for expected in [
        "listeners.main\"",
        "127.0.0.1:13000",
        "history.path",
        "/var/lib/h.db",
        "https://prices.example.com/list\"",
        "$0.000000005 cached",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(!told.contains("secret"), "{told}");
    let late = changes(&before, &after).into_iter().filter(Change::needs_restart);
    let key = |change| match change {
        Change::Setting { key, .. } => Some(key),
        _ => None,
    };
    let keys: Vec<_> = late.filter_map(key).collect();
    assert_eq!(keys, ["history.path", "listeners.main", "listeners.main.timeout"]);
    let elsewhere = Outline { settings: None, ..before.clone() };
    assert_eq!(changes(&elsewhere, &before), [], "a gateway that tells nothing of the whole");
}
