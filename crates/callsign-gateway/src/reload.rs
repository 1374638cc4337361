//! The configuration in force and what takes its place: one new configuration at a time, checked before it counts. A bad one
//! changes nothing and is remembered until a good one comes.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use callsign_plan::catalog::{Admin, Catalog, Parts, Token};
use callsign_plan::change::{Change, READ_AT_START};
use callsign_plan::outline::Outline;
use callsign_plan::storage::{Engine, Storage};
use callsign_plan::tracing::Tracing;
use callsign_telemetry::metrics::Reloads;
use secrecy::ExposeSecret;

use crate::admin::Rings;
use crate::admin::lock::Lock;
use crate::listen::unix_milliseconds;
use crate::state::books::prepare;
use crate::state::reach::CompileError;
use crate::state::world::World;

/// Where configurations come from.
pub trait Supply: fmt::Debug + Send + Sync {
    /// The configuration as it is written now.
    fn read(&self) -> Result<Written, Rejected>;

    /// The SHA-256 of its text, as in [`Written`]; `None` where that cannot be told sooner than by reading all of it.
    fn digest(&self) -> Option<String> {
        None
    }

    /// What would come of this text in the place of what is in force.
    fn draft(&self, text: &[u8], in_force: &Outline) -> Draft;
}

/// What would come of a text, if it were the configuration. No secret is in it.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// What there is to say about it, in the order of the text.
    pub remarks: Vec<Remark>,
    /// What would change; `None` where it may not be put in force.
    pub changes: Option<Vec<Change>>,
    /// What variables held that it names, and their names, for [`Draft::veil`].
    pub variables: Variables,
}

/// Values of variables and the names that stand for them where they would be shown.
#[derive(Clone, Default)]
pub struct Variables(pub Vec<(String, String)>);

/// One thing to say about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// `error`, `unserved` or `warning`.
    pub severity: &'static str,
    /// What kind it is.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The line, from 1 on.
    pub line: usize,
    /// The column, from 1 on.
    pub column: usize,
    /// What to write instead.
    pub help: Option<String>,
}

/// A configuration that may be put in force.
#[derive(Debug)]
pub struct Written {
    /// What it means.
    pub catalog: Catalog,
    /// The SHA-256 of its text, in hexadecimal digits: two of the same text are the same configuration.
    pub digest: String,
    /// Where it stands, for people.
    pub place: String,
    /// What is odd about it, for people; no secret is in it.
    pub remarks: String,
}

/// A configuration that may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// What is wrong with it, for people; no secret is in it.
    pub report: String,
}

/// What came of looking at the configuration anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is the one in force.
    Unchanged(Standing),
    /// It is in force now.
    Installed(Standing),
    /// Another may not be put in force: nothing has changed.
    Rejected(Standing, Rejected),
}

/// The configuration in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Counts from 1 since the start of the process.
    pub revision: u64,
    /// The SHA-256 of its text, in hexadecimal digits.
    pub digest: String,
    /// Where it stands, for people.
    pub place: String,
    /// What is odd about it, for people; no secret is in it.
    pub remarks: String,
    /// Since when: milliseconds since 1970-01-01 UTC.
    pub since_ms: u64,
    /// What changed in the text and counts only after a restart, as keys of the file.
    pub needs_restart: Vec<&'static str>,
    /// Why the text as it is now is not in force, if it is not.
    pub rejected: Option<Rejected>,
}

/// Puts one configuration after another in force.
#[derive(Debug)]
pub struct Reloader {
    supply: Arc<dyn Supply>,
    world: Arc<ArcSwap<World>>,
    rings: Rings,
    /// The certificates of the operator's listener, which are renewed with the configuration.
    lock: Option<Arc<Lock>>,
    /// What only a start can change, as it was then.
    started: Fixed,
    standing: Mutex<Standing>,
    counted: Mutex<Reloads>,
    /// Whoever reads the configuration holds it, so that an older text never follows a newer one.
    turn: Mutex<()>,
}

/// What of a configuration counts at the start alone, each with its key in the file.
#[derive(Debug, PartialEq, Eq)]
struct Fixed([String; READ_AT_START.len()]);

// === impl Reloader ===

impl Reloader {
    /// The configuration in force, compiled.
    pub(crate) fn in_force(&self) -> Arc<World> {
        self.world.load_full()
    }

    pub(crate) fn new(
        supply: Arc<dyn Supply>,
        (world, rings): (Arc<ArcSwap<World>>, Rings),
        first: Standing,
        lock: Option<Arc<Lock>>,
    ) -> Self {
        let started = Fixed::of(world.load().catalog.parts());
        Self {
            supply,
            world,
            rings,
            lock,
            started,
            standing: Mutex::new(first),
            counted: Mutex::default(),
            turn: Mutex::default(),
        }
    }

    /// The configuration in force.
    pub fn standing(&self) -> Standing {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is in force, compiled.
    pub(crate) fn world(&self) -> Arc<World> {
        self.world.load_full()
    }

    /// What would come of this text in the place of what is in force. Nothing is put in force. Takes a while: not for a
    /// thread that serves.
    pub(crate) fn draft(&self, text: &[u8]) -> Draft {
        self.supply.draft(text, &Outline::of(&self.world.load().catalog))
    }

    /// Reads the configuration as it is written now and puts it in force if it is another and nothing is wrong with it.
    /// Requests under way end on the one they began with; listeners stay, and so does the place where conversations are
    /// kept. Reads a file: not for a thread that serves.
    pub fn reload(&self) -> Outcome {
        let outcome = self.look();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Installed(_) => counted.installed += 1,
            Outcome::Unchanged(_) => counted.unchanged += 1,
            Outcome::Rejected(..) => counted.rejected += 1,
        }
        outcome
    }

    /// How often looking came to what.
    pub(crate) fn counted(&self) -> Reloads {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Files that are read anew beside the configuration itself.
    pub fn files(&self) -> Vec<PathBuf> {
        self.lock.as_deref().map_or_else(Vec::new, Lock::files)
    }

    fn look(&self) -> Outcome {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let renewed = self.lock.as_ref().map_or(Ok(false), |lock| lock.renew());
        match (self.look_at_text(), renewed) {
            (Outcome::Unchanged(_), Ok(true)) => Outcome::Installed(self.note(|standing| {
                standing.revision += 1;
                standing.since_ms = unix_milliseconds();
            })),
            (outcome, Ok(_)) => outcome,
            // The configuration counts; its certificates do not yet.
            (Outcome::Unchanged(_) | Outcome::Installed(_), Err(error)) => {
                self.reject(Rejected { report: format!("{error}\n") })
            }
            (Outcome::Rejected(_, why), Err(error)) => {
                self.reject(Rejected { report: format!("{}{error}\n", why.report) })
            }
        }
    }

    fn look_at_text(&self) -> Outcome {
        let standing = self.standing();
        if standing.rejected.is_none() && self.supply.digest().is_some_and(|now| now == standing.digest) {
            return Outcome::Unchanged(standing);
        }
        let written = match self.supply.read() {
            Ok(written) => written,
            Err(rejected) => return self.reject(rejected),
        };
        if written.digest == standing.digest {
            return Outcome::Unchanged(self.note(|standing| standing.rejected = None));
        }
        let Written { catalog, digest, place, remarks } = written;
        let needs_restart = self.started.changed_in(catalog.parts());
        if let Err(error) = self.install(catalog) {
            return self.reject(Rejected { report: error.to_string() });
        }
        Outcome::Installed(self.note(|standing| {
            let revision = standing.revision + 1;
            *standing = Standing { revision, needs_restart, ..Standing::first(digest, place, remarks) };
        }))
    }

    fn install(&self, catalog: Catalog) -> Result<(), CompileError> {
        let before = self.world.load_full();
        let books = Arc::clone(&before.books);
        books.install(&catalog.parts().prices)?;
        let world = Arc::new(World::compile(catalog, (before.clock(), books), Some(&before))?);
        self.world.store(Arc::clone(&world));
        prepare(&world);
        self.rings.iter().for_each(|ring| ring.settle(&world));
        Ok(())
    }

    fn reject(&self, rejected: Rejected) -> Outcome {
        let standing = self.note(|standing| standing.rejected = Some(rejected.clone()));
        Outcome::Rejected(standing, rejected)
    }

    fn note(&self, change: impl FnOnce(&mut Standing)) -> Standing {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut standing);
        standing.clone()
    }
}

// === impl Draft ===

impl Draft {
    /// `text` with the names of variables where their values stood, in whatever case.
    pub fn veil(&self, text: &str) -> String {
        let Variables(variables) = &self.variables;
        variables.iter().fold(text.to_owned(), |text, (value, name)| veiled(&text, value, name))
    }
}

fn veiled(text: &str, value: &str, name: &str) -> String {
    // Lower case by ASCII keeps every byte in its place.
    let (lower, value) = (text.to_ascii_lowercase(), value.to_ascii_lowercase());
    if value.is_empty() || !lower.contains(&value) {
        return text.to_owned();
    }
    let (mut veiled, mut from) = (String::new(), 0);
    for (at, _) in lower.match_indices(&value) {
        veiled.push_str(text.get(from..at).unwrap_or_default());
        veiled.push('$');
        veiled.push_str(name);
        from = at + value.len();
    }
    veiled.push_str(text.get(from..).unwrap_or_default());
    veiled
}

impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|(_, name)| name)).finish()
    }
}

// === impl Outcome ===

impl Outcome {
    /// What is in force after it.
    pub fn standing(&self) -> &Standing {
        match self {
            Self::Unchanged(standing) | Self::Installed(standing) | Self::Rejected(standing, _) => standing,
        }
    }
}

// === impl Standing ===

impl Standing {
    /// That of the start.
    pub(crate) fn first(digest: String, place: String, remarks: String) -> Self {
        let since_ms = unix_milliseconds();
        Self { revision: 1, digest, place, remarks, since_ms, needs_restart: Vec::new(), rejected: None }
    }
}

// === impl Fixed ===

impl Fixed {
    fn of(parts: &Parts) -> Self {
        Self(READ_AT_START.map(|key| match key {
            "listeners" => format!("{:?}", parts.listeners),
            "admin" => told_admin(parts.admin.as_ref()),
            "history" => format!("{:?}", parts.history),
            "state_storage" => told(&parts.storage),
            "tracing" => traced(&parts.tracing),
            "overrides.upstream_tls_ca_path" => format!("{:?}", parts.upstream_ca),
            other => unreachable!("`{other}` is compared with nothing"),
        }))
    }

    /// The keys whose values are others in `parts`.
    fn changed_in(&self, parts: &Parts) -> Vec<&'static str> {
        let now = Self::of(parts);
        let pairs = READ_AT_START.into_iter().zip(self.0.iter().zip(&now.0));
        pairs.filter(|(_, (before, now))| before != now).map(|(key, _)| key).collect()
    }
}

/// A text that is another where the operator's listener is another, without its token.
fn told_admin(admin: Option<&Admin>) -> String {
    let mut hash = DefaultHasher::new();
    if let Some(Token::Is(token)) = admin.and_then(|admin| admin.token.as_ref()) {
        token.expose_secret().hash(&mut hash);
    }
    format!("{admin:?} {}", hash.finish())
}

/// A text that is another where the storage is, without what is secret of it.
fn told(storage: &Storage) -> String {
    let mut hash = DefaultHasher::new();
    if let Engine::Postgres { connection } = &storage.engine {
        connection.expose_secret().hash(&mut hash);
    }
    format!("{storage:?} {}", hash.finish())
}

/// A text that is another where traces are sent elsewhere or otherwise, without what is secret of it.
fn traced(tracing: &Tracing) -> String {
    let mut hash = DefaultHasher::new();
    let collectors = tracing.collector.iter().chain(&tracing.exporters);
    let headers = collectors.flat_map(|collector| &collector.headers);
    headers.for_each(|(_, value)| value.expose_secret().hash(&mut hash));
    format!("{tracing:?} {}", hash.finish())
}
