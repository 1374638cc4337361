//! The compiled world: a catalog, and everything that can be worked out from it before a request comes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arc_swap::ArcSwap;
use callsign_plan::catalog::{Catalog, Entry, Found};
use callsign_plan::course::Leg;
use callsign_plan::grant::Grant;
use callsign_plan::ids::{AliasId, TargetId};
use callsign_plan::target::{Model, Target};
use callsign_wire::models::ModelRow;
use http::HeaderValue;
use tokio::time::Instant;
use uuid::Uuid;

use super::books::Books;
use super::clock::Clock;
use super::policies::Policies;
use super::prices::{Priced, Prices};
use super::reach::{CompileError, Reach};
use super::shortfall::Shortfall;
use super::vitals::{Sight, Trial, Ward};
use crate::upstream::grants::{Holder, Holders};

/// Whose aliases are.
const OWN: &str = "callsign";

/// One line of `/v1/models`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    id: Arc<str>,
    owner: Arc<str>,
}

/// One configuration, compiled. A request takes it once and never sees another.
#[derive(Debug)]
pub(crate) struct World {
    /// What the configuration means.
    pub(crate) catalog: Catalog,
    /// What its guardrails ask for.
    pub(crate) policies: Policies,
    listed: Vec<Listed>,
    reaches: Vec<Reach>,
    holders: HashMap<Arc<Grant>, Arc<Holder>>,
    alias_names: Vec<HeaderValue>,
    ward: Ward,
    clock: Clock,
    /// What the targets cost; replaced where newer prices come in.
    pub(crate) prices: ArcSwap<Prices>,
    /// Where prices come from; the same for every configuration.
    pub(crate) books: Arc<Books>,
}

// === impl World ===

impl World {
    /// Compiles `catalog`, to follow `before`.
    pub(crate) fn compile(
        catalog: Catalog,
        (clock, books): (Clock, Arc<Books>),
        before: Option<&Self>,
    ) -> Result<Self, CompileError> {
        let mut holders = Holders::after(before.map(|world| &world.holders));
        let mut holder = |grant: &Arc<Grant>| holders.of(grant);
        let targets = catalog.parts().targets.iter();
        let reaches = targets.map(|target| Reach::compile(target, &mut holder)).collect::<Result<_, _>>()?;
        let alias_names = catalog
            .parts()
            .aliases
            .iter()
            .map(|alias| HeaderValue::from_str(&alias.name).map_err(|_| CompileError::header(&alias.name)))
            .collect::<Result<_, _>>()?;
        let known = before.map(|world| (&world.ward, &world.catalog));
        let ward = Ward::new(&catalog, known, || Uuid::now_v7().as_u64_pair().1);
        Ok(Self {
            policies: Policies::compile(&catalog, before.map(|world| &world.policies)),
            listed: list(&catalog),
            reaches,
            holders: holders.settled(),
            alias_names,
            ward,
            clock,
            prices: ArcSwap::from_pointee(Prices::new(books.current())),
            books,
            catalog,
        })
    }

    /// What `/v1/models` lists.
    pub(crate) fn models(&self) -> impl Iterator<Item = ModelRow<'_>> {
        self.listed.iter().map(|listed| ModelRow { id: &listed.id, owned_by: &listed.owner })
    }

    /// Who owns what a name stands for.
    pub(crate) fn owner(&self, found: Found) -> &str {
        match found {
            Found::Alias(_) => OWN,
            Found::Target(id) | Found::Wildcard(id, _) => {
                self.catalog.target(id).map_or(OWN, |target| &target.provider)
            }
        }
    }

    /// A target together with its compiled form.
    pub(crate) fn reach(&self, id: TargetId) -> Option<(&Target, &Reach)> {
        Some((self.catalog.target(id)?, self.reaches.get(id.0 as usize)?))
    }

    /// `provider/id` of every target whose id is fixed.
    pub(crate) fn fixed_names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.reaches.iter().filter_map(|reach| reach.name.as_ref())
    }

    /// What `model` of a target costs, where that is known; `now` in seconds since 1970-01-01 UTC.
    pub(crate) fn priced(&self, id: TargetId, model: &Arc<str>, now: u64) -> Option<Arc<Priced>> {
        self.prices.load().of((id, self.catalog.target(id)?), model, now)
    }

    /// What a target counts beyond the estimates of its questions.
    pub(crate) fn shortfall(&self, id: TargetId) -> Option<&Shortfall> {
        self.ward.shortfall(id)
    }

    /// The process's clock.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// How targets are doing.
    pub(crate) fn sight(&self, now: Instant) -> Sight<'_> {
        Sight { ward: &self.ward, now: self.clock.moment(now) }
    }

    /// How a target's breaker stands now, and how many attempts are under way.
    pub(crate) fn standing(&self, id: TargetId) -> (&'static str, u32) {
        self.ward.standing(id, self.clock.now())
    }

    /// Counts an attempt at a target that begins now.
    pub(crate) fn begin(&self, leg: &Leg, alias: Option<AliasId>, now: Instant) -> Trial {
        self.ward.begin((leg, alias), self.clock, now)
    }

    /// `provider/id` of a target, where the id is fixed; else its name.
    pub(crate) fn name_of(&self, id: TargetId) -> Arc<str> {
        let named = self.reaches.get(id.0 as usize).and_then(|reach| reach.name.clone());
        named.or_else(|| Some(Arc::clone(&self.catalog.target(id)?.name))).unwrap_or_default()
    }

    /// An alias's name as a header value.
    pub(crate) fn alias_name(&self, id: AliasId) -> Option<HeaderValue> {
        self.alias_names.get(id.0 as usize).cloned()
    }
}

/// Aliases first, then models, each sorted by name.
fn list(catalog: &Catalog) -> Vec<Listed> {
    let aliases = catalog.parts().aliases.iter().filter(|alias| !alias.hidden);
    let aliases: BTreeSet<_> = aliases.map(|alias| Listed::new(&alias.name, OWN)).collect();
    let entries = catalog.parts().entries.iter().filter(|entry| !entry.hidden);
    let models: BTreeSet<_> = entries.flat_map(|entry| served(catalog, entry)).collect();
    aliases.into_iter().chain(models).collect()
}

fn served(catalog: &Catalog, entry: &Entry) -> Vec<Listed> {
    let Some(target) = catalog.target(entry.target) else { return Vec::new() };
    let fixed = match &target.model {
        Model::Fixed(id) => Some(id),
        Model::Asked => None,
    };
    let ids = fixed.into_iter().chain(&entry.known);
    ids.map(|id| Listed::new(&format!("{}/{id}", target.provider), &target.provider)).collect()
}

// === impl Listed ===

impl Listed {
    fn new(id: &str, owner: &str) -> Self {
        Self { id: id.into(), owner: owner.into() }
    }
}
