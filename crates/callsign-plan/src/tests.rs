//! What names mean, on small catalogs built by hand.

use std::sync::Arc;
use std::time::Duration;

use callsign_wire::dialect::Dialects;
use proptest::prelude::*;

use crate::alias::{Alias, MidStream, OnLoss, ResponseModel, Retries, Route};
use crate::catalog::{Catalog, Entry, Found, Parts};
use crate::chart::{ChartError, chart};
use crate::guard::Guardrails;
use crate::ids::{AliasId, TargetId};
use crate::nearest::nearest;
use crate::target::{Credential, Model, Place, Simulation, Target, Timeouts};

fn target(full: &str) -> Target {
    let (provider, id) = full.split_once('/').unwrap();
    Target {
        name: full.into(),
        provider: provider.into(),
        model: if id == "*" { Model::Asked } else { Model::Fixed(id.into()) },
        place: Place::Simulated(Simulation::default()),
        dialects: Dialects::NONE,
        credential: Credential::None,
        headers: Vec::new(),
        http_host: None,
        timeouts: Timeouts::default(),
        max_latency: None,
        context: None,
        price: None,
    }
}

fn alias(name: &str, route: Route) -> Alias {
    Alias {
        name: name.into(),
        route,
        guardrails: Guardrails::default(),
        timeouts: Timeouts::default(),
        retries: Retries::default(),
        mid_stream: MidStream::default(),
        response_model: ResponseModel::default(),
        on_loss: OnLoss::default(),
        description: None,
        hidden: false,
        deprecated: None,
    }
}

fn entry(position: u32) -> Entry {
    Entry { name: None, target: TargetId(position), default: false, known: Vec::new(), hidden: false }
}

/// One entry for each of `models`, in order.
fn parts(models: &[&str]) -> Parts {
    Parts {
        entries: (0..).zip(models).map(|(position, _)| entry(position)).collect(),
        targets: models.iter().map(|model| target(model)).collect(),
        ..Parts::default()
    }
}

fn to_target(id: u32) -> Route {
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
fn an_alias_of_an_alias_leads_to_its_target_and_remembers_the_way() {
    let mut parts = parts(&["openai/gpt-4o"]);
    parts.aliases = vec![alias("outer", Route::Alias(AliasId(1))), alias("inner", to_target(0))];
    let catalog = Catalog::new(parts);
    let mut course = chart(&catalog, Found::Alias(AliasId(0)), "outer").unwrap();
    assert_eq!(course.aliases.as_slice(), [AliasId(0), AliasId(1)]);
    let leg = course.next_leg().unwrap();
    assert_eq!((leg.target, leg.model.as_ref()), (TargetId(0), "gpt-4o"));
    assert_eq!(course.next_leg(), None);
}

#[test]
fn a_wildcard_serves_the_model_that_was_asked_for() {
    let catalog = Catalog::new(parts(&["openai/*"]));
    let name = "openai/ft:gpt-4o:team::1";
    let mut course = chart(&catalog, catalog.find(name).unwrap(), name).unwrap();
    assert_eq!(course.next_leg().unwrap().model.as_ref(), "ft:gpt-4o:team::1");
}

#[test]
fn a_circle_of_aliases_ends() {
    let mut parts = parts(&[]);
    parts.aliases = vec![alias("a", Route::Alias(AliasId(1))), alias("b", Route::Alias(AliasId(0)))];
    let catalog = Catalog::new(parts);
    assert_eq!(chart(&catalog, Found::Alias(AliasId(0)), "a"), Err(ChartError::Broken));
}

#[test]
fn the_nearest_scope_sets_a_limit() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let mut parts = parts(&["openai/gpt-4o"]);
    parts.timeouts = Timeouts { connect: seconds(1), idle: seconds(1), ..Timeouts::default() };
    parts.targets[0].timeouts = Timeouts { first_token: seconds(2), ..Timeouts::default() };
    let inner = Timeouts { first_token: seconds(3), idle: seconds(3), ..Timeouts::default() };
    let outer = Timeouts { idle: seconds(4), total: seconds(4), ..Timeouts::default() };
    parts.aliases = vec![alias("outer", Route::Alias(AliasId(1))), alias("inner", to_target(0))];
    parts.aliases[0].timeouts = outer;
    parts.aliases[1].timeouts = inner;
    let catalog = Catalog::new(parts);
    let course = chart(&catalog, Found::Alias(AliasId(0)), "outer").unwrap();
    let limits = course.limits(&catalog, catalog.target(TargetId(0)).unwrap(), Duration::from_secs(9));
    let found = [limits.connect, limits.first_token, limits.idle, limits.total];
    assert_eq!(found.map(|limit| limit.as_secs()), [1, 2, 3, 4]);
}

#[test]
fn a_limit_nobody_wrote_has_its_default() {
    let catalog = Catalog::new(parts(&["openai/gpt-4o"]));
    let course = chart(&catalog, Found::Target(TargetId(0)), "gpt-4o").unwrap();
    let limits = course.limits(&catalog, catalog.target(TargetId(0)).unwrap(), Duration::from_mins(5));
    let found = [limits.connect, limits.first_token, limits.idle, limits.total];
    assert_eq!(found.map(|limit| limit.as_secs()), [5, 60, 60, 300]);
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

proptest! {
    /// What is found leads to a leg, whatever the name: the two halves agree about where a wildcard's model begins.
    #[test]
    fn whatever_is_found_can_be_charted(name in "[a-z/*:é]{0,12}") {
        let mut parts = parts(&["a/*", "b/c", "a/b"]);
        parts.entries[0].known = vec!["c/d".into(), Arc::from("e")];
        let catalog = Catalog::new(parts);
        if let Some(found) = catalog.find(&name) {
            let leg = chart(&catalog, found, &name).unwrap().next_leg().unwrap();
            prop_assert!(!leg.model.is_empty());
            prop_assert!(name.ends_with(leg.model.as_ref()));
        }
    }
}
