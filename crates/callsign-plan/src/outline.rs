//! A catalog in outline: what every name means, in the words of the configuration, as data that can be sent and compared.
//!
//! No secret is in it: of a credential it says only what kind it is.

mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use callsign_wire::calendar::civil;
use callsign_wire::dialect::Operation;
use serde::{Deserialize, Serialize};

use crate::alias::{Alias, Chain, MidStream, OnLoss, Pool, ResponseModel, Route, Split, Sticky};
use crate::catalog::Catalog;
use crate::guard::{Action, ApplyTo, Category, Filter, Form, Guardrails, OnCost, OnFailure, Referee, Who};
use crate::layout::{Delivery, Layout};
use crate::target::{Credential, Model, Place, Price, Target, Timeouts};
use crate::units::{Money, Weight};

/// Everything that names mean.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outline {
    /// The aliases by name.
    pub aliases: BTreeMap<String, AliasOutline>,
    /// The targets by name: those of entries and those of routes.
    pub targets: BTreeMap<String, TargetOutline>,
    /// The further names of entries, and what they stand for.
    pub names: BTreeMap<String, String>,
    /// The target of requests that name none.
    pub default: Option<String>,
    /// What is written of the gateway as a whole, by the configuration's key; `None` where it is not told.
    #[serde(default)]
    pub settings: Option<BTreeMap<String, String>>,
}

/// One alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasOutline {
    /// What it means.
    pub route: RouteOutline,
    /// What is checked.
    pub guardrails: GuardOutline,
    /// Everything else that is written, by the configuration's key.
    pub settings: BTreeMap<String, String>,
}

/// What an alias means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteOutline {
    /// A target or another alias, by name.
    To(String),
    /// Shares of traffic.
    Split {
        /// What makes a caller stay with one part.
        sticky: Option<String>,
        /// The parts; their weights sum to 100 in millionths.
        parts: Vec<PartOutline>,
    },
    /// Equal members.
    Pool {
        /// How the next one is picked.
        algorithm: String,
        /// The members.
        members: Vec<PartOutline>,
    },
    /// One after another.
    Chain {
        /// Tried first.
        primary: Box<RouteOutline>,
        /// Tried in order, where their conditions hold.
        fallbacks: Vec<FallbackOutline>,
    },
}

/// One part of a split or pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOutline {
    /// Where it leads.
    pub route: RouteOutline,
    /// Its weight, in millionths.
    pub weight: u64,
}

/// One fallback of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallbackOutline {
    /// Where it leads.
    pub route: RouteOutline,
    /// What must have happened.
    pub conditions: Vec<String>,
}

/// What is checked on the way in and out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GuardOutline {
    /// In milliseconds.
    pub max_latency_ms: Option<u64>,
    /// In nano-dollars.
    pub max_cost_per_request: Option<u64>,
    /// `clamp` or `refuse`, where there is a ceiling.
    pub on_cost: Option<String>,
    /// What refuses.
    pub block_categories: BTreeSet<String>,
    /// What is looked for, each with what is done about it and where: `mask, both`.
    pub content_filters: BTreeMap<String, FilterOutline>,
    /// Who is asked about texts, by a name such as `model guard`.
    #[serde(default)]
    pub referees: BTreeMap<String, FilterOutline>,
    /// Whether a request goes on where a guard itself fails.
    pub on_failure: String,
}

/// What a filter does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FilterOutline {
    /// `flag`, `mask` or `block`.
    pub action: String,
    /// `input`, `output` or `both`.
    pub apply_to: String,
    /// Whether masked values are put back into the answer.
    pub restore: bool,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetOutline {
    /// Its price, in nano-dollars for a million tokens; `None` where nobody wrote one.
    pub price: Option<PriceOutline>,
    /// Everything else, by the configuration's key.
    pub settings: BTreeMap<String, String>,
}

/// What a million tokens cost, in nano-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceOutline {
    /// Of input.
    pub input: u64,
    /// Of output.
    pub output: u64,
    /// Of input that comes out of a cache.
    #[serde(default)]
    pub cached_input: Option<u64>,
    /// Of input that goes into a cache.
    #[serde(default)]
    pub cache_write: Option<u64>,
    /// Of output that is reasoning.
    #[serde(default)]
    pub reasoning: Option<u64>,
    /// Of each request, not of a million.
    #[serde(default)]
    pub request: Option<u64>,
}

// === impl Outline ===

impl Outline {
    /// The outline of `catalog`.
    pub fn of(catalog: &Catalog) -> Self {
        let parts = catalog.parts();
        let name = |id| catalog.target(id).map(|target| target.name.to_string());
        let named =
            |entry: &crate::catalog::Entry| Some((entry.name.as_ref()?.to_string(), name(entry.target)?));
        Self {
            aliases: parts
                .aliases
                .iter()
                .map(|alias| (alias.name.to_string(), AliasOutline::of(catalog, alias)))
                .collect(),
            targets: parts
                .targets
                .iter()
                .map(|target| (target.name.to_string(), TargetOutline::of(target)))
                .collect(),
            names: parts.entries.iter().filter_map(named).collect(),
            default: catalog.default_target().and_then(name),
            settings: Some(settings::of(parts)),
        }
    }
}

// === impl AliasOutline ===

impl AliasOutline {
    fn of(catalog: &Catalog, alias: &Alias) -> Self {
        let mut settings = BTreeMap::new();
        let mut write = |key: &str, value: Option<String>| {
            settings.extend(value.map(|value| (key.to_owned(), value)));
        };
        timeouts(&alias.timeouts, &mut write);
        if let Some(retries) = alias.retries {
            write("retries.attempts", Some(retries.attempts.to_string()));
            write("retries.backoff", Some(time(retries.backoff)));
        }
        write("mid_stream", alias.mid_stream.map(mid_stream));
        write("response_model", (alias.response_model == ResponseModel::Alias).then(|| "alias".to_owned()));
        write("on_loss", (alias.on_loss == OnLoss::Refuse).then(|| "refuse".to_owned()));
        write("description", alias.description.as_ref().map(ToString::to_string));
        write("hidden", alias.hidden.then(|| "true".to_owned()));
        if let Some(deprecation) = &alias.deprecated {
            write("deprecated.since", deprecation.since.map(date));
            write("deprecated.sunset", deprecation.sunset.map(date));
            write("deprecated.successor", deprecation.successor.as_ref().map(ToString::to_string));
        }
        Self {
            route: RouteOutline::of(catalog, &alias.route),
            guardrails: GuardOutline::of(catalog, &alias.guardrails),
            settings,
        }
    }
}

fn mid_stream(mid_stream: MidStream) -> String {
    match mid_stream {
        MidStream::Error => "error",
        MidStream::Resume => "resume",
    }
    .to_owned()
}

fn timeouts(timeouts: &Timeouts, write: &mut impl FnMut(&str, Option<String>)) {
    write("timeouts.connect", timeouts.connect.map(time));
    write("timeouts.first_token", timeouts.first_token.map(time));
    write("timeouts.idle", timeouts.idle.map(time));
    write("timeouts.total", timeouts.total.map(time));
}

/// Seconds since 1970-01-01 UTC as the day that was written.
fn date(seconds: u64) -> String {
    let (year, month, day) = civil(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

fn time(duration: Duration) -> String {
    format!("{duration:?}")
}

// === impl RouteOutline ===

impl RouteOutline {
    fn of(catalog: &Catalog, route: &Route) -> Self {
        match route {
            Route::Target(id) => {
                Self::To(catalog.target(*id).map(|target| target.name.to_string()).unwrap_or_default())
            }
            Route::Alias(id) => {
                Self::To(catalog.alias(*id).map(|alias| alias.name.to_string()).unwrap_or_default())
            }
            Route::Split(split) => Self::split(catalog, split),
            Route::Pool(pool) => Self::pool(catalog, pool),
            Route::Chain(chain) => Self::chain(catalog, chain),
        }
    }

    fn split(catalog: &Catalog, split: &Split) -> Self {
        let sticky = split.sticky.as_ref().map(|sticky| match sticky {
            Sticky::User => "user".to_owned(),
            Sticky::Header(name) => format!("header {name}"),
        });
        let part = |share: &crate::alias::Share| PartOutline::of(catalog, &share.route, share.weight);
        Self::Split { sticky, parts: split.shares.iter().map(part).collect() }
    }

    fn pool(catalog: &Catalog, pool: &Pool) -> Self {
        let member = |member: &crate::alias::Member| PartOutline::of(catalog, &member.route, member.weight);
        Self::Pool {
            algorithm: pool.algorithm.name().to_owned(),
            members: pool.members.iter().map(member).collect(),
        }
    }

    fn chain(catalog: &Catalog, chain: &Chain) -> Self {
        let fallback = |fallback: &crate::alias::Fallback| FallbackOutline {
            route: Self::of(catalog, &fallback.route),
            conditions: fallback.conditions.iter().map(|condition| condition.name().to_owned()).collect(),
        };
        Self::Chain {
            primary: Box::new(Self::of(catalog, &chain.primary)),
            fallbacks: chain.fallbacks.iter().map(fallback).collect(),
        }
    }
}

impl PartOutline {
    fn of(catalog: &Catalog, route: &Route, weight: Weight) -> Self {
        Self { route: RouteOutline::of(catalog, route), weight: weight.0 }
    }
}

// === impl GuardOutline ===

impl GuardOutline {
    /// The outline of an alias's rules.
    pub fn of(catalog: &Catalog, guardrails: &Guardrails) -> Self {
        let milliseconds = |latency: Duration| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        Self {
            max_latency_ms: guardrails.max_latency.map(milliseconds),
            max_cost_per_request: guardrails.max_cost.map(|limit| limit.ceiling.0),
            on_cost: guardrails.max_cost.map(|limit| {
                match limit.on_cost {
                    OnCost::Clamp => "clamp",
                    OnCost::Refuse => "refuse",
                }
                .to_owned()
            }),
            block_categories: guardrails.block.iter().map(|one| category(*one).to_owned()).collect(),
            content_filters: guardrails.filters.iter().copied().map(filter).collect(),
            referees: guardrails.referees.iter().map(|one| referee(catalog, one)).collect(),
            on_failure: match guardrails.on_failure {
                OnFailure::Refuse => "refuse".to_owned(),
                OnFailure::Allow => "allow".to_owned(),
            },
        }
    }
}

fn category(category: Category) -> &'static str {
    match category {
        Category::Jailbreak => "jailbreak",
        Category::Pii => "pii",
        Category::Secrets => "secrets",
        Category::Profanity => "profanity",
        Category::PromptLeak => "prompt_leak",
        Category::SensitiveData => "sensitive_data",
    }
}

fn filter(filter: Filter) -> (String, FilterOutline) {
    let outline = FilterOutline::new(filter.action, filter.apply_to, filter.restore);
    (category(filter.category).to_owned(), outline)
}

fn referee(catalog: &Catalog, referee: &Referee) -> (String, FilterOutline) {
    let name = match &referee.who {
        // What stands behind the path may be a secret.
        Who::Webhook { url, form, .. } => {
            let place = url.split(['?', '#']).next().unwrap_or_default();
            match form {
                Form::Json => format!("webhook {place}"),
                Form::OpenAiModeration => format!("webhook {place} (openai_moderation)"),
            }
        }
        Who::Model { alias, .. } => {
            let alias = catalog.alias(*alias).map(|alias| alias.name.as_ref()).unwrap_or_default();
            format!("model {alias}")
        }
    };
    (name, FilterOutline::new(referee.action, referee.apply_to, false))
}

impl FilterOutline {
    fn new(action: Action, apply_to: ApplyTo, restore: bool) -> Self {
        let action = match action {
            Action::Mask => "mask",
            Action::Block => "block",
            Action::Flag => "flag",
        };
        let apply_to = match apply_to {
            ApplyTo::Input => "input",
            ApplyTo::Output => "output",
            ApplyTo::Both => "both",
        };
        Self { action: action.to_owned(), apply_to: apply_to.to_owned(), restore }
    }
}

// === impl TargetOutline ===

impl TargetOutline {
    fn of(target: &Target) -> Self {
        let mut settings = BTreeMap::new();
        let mut write = |key: &str, value: Option<String>| {
            settings.extend(value.map(|value| (key.to_owned(), value)));
        };
        write("provider", Some(target.provider.to_string()));
        write(
            "model",
            match &target.model {
                Model::Fixed(id) => Some(id.to_string()),
                Model::Asked => None,
            },
        );
        write(
            "base_url",
            match &target.place {
                Place::Server { origin, layout } => Some(format!("{origin}{}", path(layout))),
                Place::Simulated(simulation) => Some(format!("simulated {simulation:?}")),
            },
        );
        write("access_key", Some(credential(&target.credential)));
        write("headers", Some(header_names(target)).filter(|names| !names.is_empty()));
        write("http_host", target.http_host.as_ref().map(ToString::to_string));
        write("max_latency", target.max_latency.map(time));
        write("context", target.context.map(|context| context.to_string()));
        timeouts(&target.timeouts, &mut write);
        let price = target.price.map(PriceOutline::of);
        Self { price, settings }
    }
}

impl PriceOutline {
    fn of(price: Price) -> Self {
        let nanos = |money: Option<Money>| money.map(|money| money.0);
        Self {
            input: price.input.0,
            output: price.output.0,
            cached_input: nanos(price.cached_input),
            cache_write: nanos(price.cache_write),
            reasoning: nanos(price.reasoning),
            request: nanos(price.request),
        }
    }
}

/// Where it answers what is asked most often.
fn path(layout: &Layout) -> String {
    let asked =
        [Operation::ChatCompletions, Operation::Messages, Operation::GenerateContent, Operation::Converse];
    let path = |operation| layout.path(operation, Delivery::Whole, "MODEL");
    asked.into_iter().find_map(path).unwrap_or_default()
}

/// What kind of credential it is, never the credential.
fn credential(credential: &Credential) -> String {
    match credential {
        Credential::None => "none",
        // Whether its variable is set is the environment's business, not the configuration's.
        Credential::Key { .. } | Credential::Missing { .. } => "a key",
        Credential::Passthrough { .. } => "the client's own",
        Credential::Granted(_) => "granted by a cloud",
    }
    .to_owned()
}

fn header_names(target: &Target) -> String {
    let names: Vec<&str> = target.headers.iter().map(|(name, _)| name.as_ref()).collect();
    names.join(", ")
}
