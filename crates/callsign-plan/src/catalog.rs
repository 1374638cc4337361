//! The catalog: everything a configuration means, and the lookup of a name in it.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::FixedState;
use secrecy::SecretString;

use crate::alias::{Alias, Route};
use crate::history::History;
use crate::ids::{AliasId, TargetId};
use crate::price::PriceSource;
use crate::storage::Storage;
use crate::target::{Model, Target, Timeouts};
use crate::tracing::Tracing;

/// What a catalog is made of; [`Catalog::new`] adds the indexes.
#[derive(Debug, Default)]
pub struct Parts {
    /// Sockets that clients connect to; never empty in a finished catalog.
    pub listeners: Vec<Listener>,
    /// The operator's socket; `None` where it is switched off.
    pub admin: Option<Admin>,
    /// The entries of `model_providers`, in the order written.
    pub entries: Vec<Entry>,
    /// Every place that a request can be sent to, those of entries and those of routes.
    pub targets: Vec<Target>,
    /// The aliases, in the order written.
    pub aliases: Vec<Alias>,
    /// Defaults for all targets.
    pub timeouts: Timeouts,
    /// A CA bundle (PEM) trusted beside the system's for upstream TLS.
    pub upstream_ca: Option<PathBuf>,
    /// Where conversations are kept.
    pub storage: Storage,
    /// Where newer prices are read from.
    pub prices: PriceSource,
    /// What is remembered of exchanges that are over.
    pub history: History,
    /// Where traces are sent.
    pub tracing: Tracing,
}

/// One entry of `model_providers`.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The entry's further name.
    pub name: Option<Arc<str>>,
    /// Its target; that of a `provider/*` entry has [`crate::target::Model::Asked`].
    pub target: TargetId,
    /// Used for a request that names no model, and preferred for an ambiguous bare id.
    pub default: bool,
    /// For a wildcard: the bare ids that the provider is known to serve.
    pub known: Vec<Arc<str>>,
    /// Left out of `/v1/models`.
    pub hidden: bool,
}

/// A socket that clients connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// For logs.
    pub name: Arc<str>,
    /// Where it listens.
    pub address: IpAddr,
    /// 0 lets the system choose.
    pub port: u16,
    /// The longest a whole exchange may take.
    pub timeout: Duration,
    /// Sizes and counts.
    pub limits: Limits,
}

/// What a listener accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest request body in bytes.
    pub body: u64,
    /// Longest time for a request's head to arrive.
    pub head_time: Duration,
    /// Longest time for a request's body to arrive.
    pub body_time: Duration,
    /// Most connections at once.
    pub connections: u32,
    /// Most exchanges at once.
    pub in_flight: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 << 20,
            head_time: Duration::from_secs(15),
            body_time: Duration::from_mins(1),
            connections: 10_000,
            in_flight: 4_096,
        }
    }
}

/// The operator's socket.
#[derive(Clone)]
pub struct Admin {
    /// Where it listens.
    pub address: IpAddr,
    /// Its port; 0 lets the system choose.
    pub port: u16,
    /// Nobody wrote it: where its port is taken, the gateway does without.
    pub default: bool,
    /// What whoever asks has to show.
    pub token: Option<Token>,
    /// Names that it is reached by beside those of loopback.
    pub hosts: Vec<Arc<str>>,
    /// What it proves who it is with; it speaks plain HTTP without.
    pub tls: Option<Certificates>,
}

/// Files of a listener that speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates {
    /// Its certificate, and those between it and an authority that clients trust.
    pub chain: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authorities of clients that need no token.
    pub client_ca: Option<PathBuf>,
}

/// What the operator shows.
#[derive(Debug, Clone)]
pub enum Token {
    /// This.
    Is(SecretString),
    /// What stands in a variable that is not set.
    Missing {
        /// The variable.
        variable: Arc<str>,
    },
}

impl fmt::Debug for Admin {
    /// What nobody wrote is left out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = formatter.debug_struct("Admin");
        told.field("address", &self.address).field("port", &self.port).field("default", &self.default);
        if let Some(token) = &self.token {
            told.field("token", token);
        }
        if !self.hosts.is_empty() {
            told.field("hosts", &self.hosts);
        }
        if let Some(tls) = &self.tls {
            told.field("tls", tls);
        }
        told.finish()
    }
}

/// Everything a configuration means.
#[derive(Debug)]
pub struct Catalog {
    parts: Parts,
    names: Names<Found>,
    wildcards: Names<TargetId>,
    default: Option<TargetId>,
}

/// Names are looked up by what clients send, yet only what the operator wrote is ever inserted: a hash that an
/// outsider could force into collisions does no harm.
type Names<T> = HashMap<Arc<str>, T, FixedState>;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// An alias.
    Alias(AliasId),
    /// A target whose model is fixed.
    Target(TargetId),
    /// The target of a `provider/*` entry; the model is the part of the name from this byte on.
    Wildcard(TargetId, usize),
}

// === impl Catalog ===

impl Catalog {
    /// Indexes `parts`. Where two things have one name, the order of [`Catalog::find`] decides.
    pub fn new(parts: Parts) -> Self {
        let mut catalog = Self { names: Names::default(), wildcards: Names::default(), default: None, parts };
        catalog.index_aliases();
        catalog.index_entries();
        catalog
    }

    fn index_aliases(&mut self) {
        for (position, alias) in (0..).zip(&self.parts.aliases) {
            self.names.entry(Arc::clone(&alias.name)).or_insert(Found::Alias(AliasId(position)));
        }
    }

    fn index_entries(&mut self) {
        let mut layers: [Vec<(Arc<str>, Found)>; 4] = Default::default();
        let [named, full, bare, known] = &mut layers;
        // An entry marked `default` wins an ambiguous bare id, so it is indexed first.
        let (preferred, others): (Vec<_>, Vec<_>) =
            self.parts.entries.iter().partition(|entry| entry.default);
        for entry in preferred.into_iter().chain(others) {
            let Some(target) = self.parts.targets.get(entry.target.0 as usize) else { continue };
            let found = Found::Target(entry.target);
            if let Some(name) = &entry.name {
                named.push((Arc::clone(name), found));
            }
            if let Model::Fixed(id) = &target.model {
                full.push((format!("{}/{id}", target.provider).into(), found));
                bare.push((Arc::clone(id), found));
                if entry.default {
                    self.default = self.default.or(Some(entry.target));
                }
            } else {
                self.wildcards.entry(Arc::clone(&target.provider)).or_insert(entry.target);
                known.extend(entry.known.iter().map(|id| (Arc::clone(id), Found::Wildcard(entry.target, 0))));
            }
        }
        *known = only_once(known);
        for (name, found) in layers.into_iter().flatten() {
            self.names.entry(name).or_insert(found);
        }
    }

    /// What `name` stands for, looked up in this order: alias, entry name, full `provider/id`, bare id,
    /// `provider/*`, and a bare id that only one wildcard provider is known to serve.
    pub fn find(&self, name: &str) -> Option<Found> {
        let exact = self.names.get(name).copied();
        // A known id of a wildcard may itself hold a slash (`openrouter/*` knows `openai/gpt-4o`).
        if let Some(found) = exact.filter(|found| !matches!(found, Found::Wildcard(..))) {
            return Some(found);
        }
        let by_prefix = name.split_once('/').filter(|(_, id)| !id.is_empty()).and_then(|(provider, _)| {
            self.wildcards.get(provider).map(|target| Found::Wildcard(*target, provider.len() + 1))
        });
        by_prefix.or(exact)
    }

    /// The target of the entry marked `default: true`.
    pub fn default_target(&self) -> Option<TargetId> {
        self.default
    }

    /// The alias with this id.
    pub fn alias(&self, id: AliasId) -> Option<&Alias> {
        self.parts.aliases.get(id.0 as usize)
    }

    /// The target with this id.
    pub fn target(&self, id: TargetId) -> Option<&Target> {
        self.parts.targets.get(id.0 as usize)
    }

    /// The alias that was found, and those that it stands for without a choice.
    pub fn aliases_of(&self, found: Found) -> impl Iterator<Item = &Alias> {
        let first = match found {
            Found::Alias(id) => self.alias(id),
            Found::Target(_) | Found::Wildcard(..) => None,
        };
        let next = |alias: &&Alias| match alias.route {
            Route::Alias(id) => self.alias(id),
            _ => None,
        };
        std::iter::successors(first, next).take(self.parts.aliases.len())
    }

    /// The targets that a request for what was found may reach, each once.
    pub fn targets_of(&self, found: Found) -> Vec<TargetId> {
        self.reached(found).1
    }

    /// The aliases that a request for what was found may lead through, whichever way it takes; each once.
    pub fn aliases_within(&self, found: Found) -> Vec<AliasId> {
        self.reached(found).0
    }

    fn reached(&self, found: Found) -> (Vec<AliasId>, Vec<TargetId>) {
        let mut aliases = Vec::new();
        let mut targets = Vec::new();
        match found {
            Found::Target(id) | Found::Wildcard(id, _) => targets.push(id),
            Found::Alias(id) => self.add_alias(id, &mut aliases, &mut targets),
        }
        (aliases, targets)
    }

    fn add_alias(&self, id: AliasId, aliases: &mut Vec<AliasId>, targets: &mut Vec<TargetId>) {
        if aliases.contains(&id) {
            return;
        }
        aliases.push(id);
        let mut routes: Vec<&Route> = self.alias(id).map(|alias| &alias.route).into_iter().collect();
        while let Some(route) = routes.pop() {
            match route {
                Route::Target(target) if targets.contains(target) => {}
                Route::Target(target) => targets.push(*target),
                Route::Alias(id) => self.add_alias(*id, aliases, targets),
                Route::Split(split) => routes.extend(split.shares.iter().map(|share| &share.route)),
                Route::Pool(pool) => routes.extend(pool.members.iter().map(|member| &member.route)),
                Route::Chain(chain) => {
                    routes.extend(chain.fallbacks.iter().map(|fallback| &fallback.route));
                    routes.push(&chain.primary);
                }
            }
        }
    }

    /// What the catalog was made of.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }
}

fn only_once(known: &[(Arc<str>, Found)]) -> Vec<(Arc<str>, Found)> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for (name, _) in known {
        *counts.entry(name).or_default() += 1;
    }
    known.iter().filter(|(name, _)| counts.get(name.as_ref()) == Some(&1)).cloned().collect()
}
