//! What names mean, on small catalogs built by hand.

use callsign_wire::dialect::{Dialect, Dialects};
use callsign_wire::quirks;
use callsign_wire::resume::Prefill;

use crate::alias::{
    Algorithm, Alias, Chain, Condition, Fallback, Member, OnLoss, Pool, ResponseModel, Route, Share, Split,
};
use crate::catalog::{Catalog, Entry, Found, Parts};
use crate::guard::{CostLimit, Guardrails, OnCost};
use crate::ids::{AliasId, TargetId};
use crate::nearest::nearest;
use crate::target::{Credential, Model, Place, Simulation, Target, Timeouts};
use crate::units::{Money, Weight};

pub(crate) fn target(full: &str) -> Target {
    let (provider, id) = full.split_once('/').unwrap();
    Target {
        name: full.into(),
        provider: provider.into(),
        model: if id == "*" { Model::Asked } else { Model::Fixed(id.into()) },
        place: Place::Simulated(Simulation::default()),
        dialects: Dialects::NONE.with(Dialect::OpenAiChat),
        prefill: Prefill::Asked,
        chat: quirks::Chat::USUAL,
        thinking: quirks::ThinkingForm::Usual,
        families: quirks::Families::default(),
        embedding: quirks::Embedding::Titan,
        credential: Credential::None,
        headers: Vec::new(),
        http_host: None,
        timeouts: Timeouts::default(),
        max_latency: None,
        context: None,
        price: None,
    }
}

pub(crate) fn alias(name: &str, route: Route) -> Alias {
    Alias {
        name: name.into(),
        route,
        guardrails: Guardrails::default(),
        timeouts: Timeouts::default(),
        retries: None,
        mid_stream: None,
        response_model: ResponseModel::default(),
        on_loss: OnLoss::default(),
        description: None,
        hidden: false,
        deprecated: None,
    }
}

pub(crate) fn entry(position: u32) -> Entry {
    Entry { name: None, target: TargetId(position), default: false, known: Vec::new(), hidden: false }
}

/// One entry for each of `models`, in order.
pub(crate) fn parts(models: &[&str]) -> Parts {
    Parts {
        entries: (0..).zip(models).map(|(position, _)| entry(position)).collect(),
        targets: models.iter().map(|model| target(model)).collect(),
        ..Parts::default()
    }
}

pub(crate) fn to_target(id: u32) -> Route {
    Route::Target(TargetId(id))
}

#[test]
fn a_name_is_looked_up_in_the_documented_order() {
    let mut parts =
        parts(&["openai/gpt-4o", "azure_openai/gpt-4o", "openrouter/*", "groq/llama/70b", "together_ai/*"]);
    parts.entries[1].name = Some("mine".into());
    parts.entries[2].known = vec!["openai/gpt-5".into(), "shared".into()];
    parts.entries[4].known = vec!["only-here".into(), "shared".into()];
    parts.aliases = vec![alias("openai/o1", to_target(1)), alias("mine", to_target(0))];
    let catalog = Catalog::new(parts);
    let cases = [
        ("mine", Some(Found::Alias(AliasId(1)))),
        ("openai/o1", Some(Found::Alias(AliasId(0)))),
        ("openai/gpt-4o", Some(Found::Target(TargetId(0)))),
        ("azure_openai/gpt-4o", Some(Found::Target(TargetId(1)))),
        ("gpt-4o", Some(Found::Target(TargetId(0)))),
        ("llama/70b", Some(Found::Target(TargetId(3)))),
        ("groq/llama/70b", Some(Found::Target(TargetId(3)))),
        ("openrouter/anything/at:all", Some(Found::Wildcard(TargetId(2), "openrouter/".len()))),
        ("openai/gpt-5", Some(Found::Wildcard(TargetId(2), 0))),
        ("only-here", Some(Found::Wildcard(TargetId(4), 0))),
        ("shared", None),
        ("openrouter/", None),
        ("openai/gpt-4o-mini", None),
        ("wrong/gpt-4o", None),
        ("GPT-4o", None),
        ("", None),
    ];
    for (name, expected) in cases {
        assert_eq!(catalog.find(name), expected, "{name}");
    }
}

#[test]
fn the_default_entry_wins_an_ambiguous_bare_id() {
    let mut parts = parts(&["openai/gpt-4o", "azure_openai/gpt-4o"]);
    parts.entries[1].default = true;
    let catalog = Catalog::new(parts);
    assert_eq!(catalog.find("gpt-4o"), Some(Found::Target(TargetId(1))));
    assert_eq!(catalog.default_target(), Some(TargetId(1)));
}

#[test]
fn near_names_are_told_and_hidden_ones_are_not() {
    let mut parts = parts(&["openai/gpt-4o-mini", "openai/gpt-4o", "anthropic/claude-sonnet-4-5"]);
    parts.aliases = vec![alias("fast-model", to_target(0)), alias("fast-models", to_target(0))];
    parts.aliases[1].hidden = true;
    let catalog = Catalog::new(parts);
    assert_eq!(nearest(&catalog, "fastmodel"), ["fast-model"]);
    assert_eq!(nearest(&catalog, "gpt-4o-mimi"), ["gpt-4o-mini"]);
    assert_eq!(nearest(&catalog, "nothing-like-it"), Vec::<&str>::new());
    assert_eq!(nearest(&catalog, &"x".repeat(1 << 20)), Vec::<&str>::new());
}

#[test]
fn targets_that_a_name_may_reach_are_each_told_once() {
    let chain = |primary: Route, spare: Route| {
        let conditions = vec![Condition::Any];
        Route::Chain(Chain {
            primary: Box::new(primary),
            fallbacks: vec![Fallback { route: spare, conditions }],
        })
    };
    let pool = Route::Pool(Pool {
        algorithm: Algorithm::RoundRobin,
        members: [0, 1].map(|id| Member { route: to_target(id), weight: Weight::ONE }).into(),
    });
    let split = Route::Split(Split {
        shares: vec![Share { route: Route::Alias(AliasId(0)), weight: Weight::WHOLE }],
        sticky: None,
    });
    let mut parts = parts(&["openai/a", "openai/b", "openai/c", "groq/*"]);
    parts.aliases = vec![
        alias("pool", pool),
        alias("chain", chain(to_target(2), Route::Alias(AliasId(0)))),
        alias("split", split),
        alias("same", chain(to_target(1), to_target(1))),
        alias("circle", chain(to_target(0), Route::Alias(AliasId(4)))),
    ];
    let catalog = Catalog::new(parts);
    for (name, expected) in [
        ("pool", vec![0, 1]),
        ("chain", vec![0, 1, 2]),
        ("split", vec![0, 1]),
        ("same", vec![1]),
        ("circle", vec![0]),
        ("openai/c", vec![2]),
        ("groq/anything", vec![3]),
    ] {
        let mut found: Vec<u32> =
            catalog.targets_of(catalog.find(name).unwrap()).into_iter().map(|id| id.0).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn money_is_told_with_all_its_decimals() {
    for (nano, expected) in [
        (0, "$0.00"),
        (1, "$0.000000001"),
        (100_000_000, "$0.10"),
        (12_345_600_000, "$12.3456"),
        (2_000_000_000, "$2.00"),
    ] {
        assert_eq!(Money(nano).to_string(), expected);
    }
}

#[test]
fn stricter_of_two_ceilings_holds_in_every_respect() {
    let one = CostLimit { ceiling: Money(5), on_cost: OnCost::Clamp, min_output_tokens: 100 };
    let other = CostLimit { ceiling: Money(9), on_cost: OnCost::Refuse, min_output_tokens: 16 };
    let both = CostLimit { ceiling: Money(5), on_cost: OnCost::Refuse, min_output_tokens: 100 };
    assert_eq!((one.and(other), other.and(one)), (both, both));
}
