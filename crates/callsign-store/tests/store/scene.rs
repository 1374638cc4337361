//! A place that a case has for itself, and what is kept there.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use callsign_plan::storage::{Engine, Limits, Storage};
use callsign_store::{Owner, Store, StoredResponse};
use tempfile::TempDir;

/// Where the stores of one case keep what they keep.
pub(crate) struct Scene {
    engine: Engine,
    _folder: Option<TempDir>,
    first: Option<Store>,
}

/// A day in the year 2026.
pub(crate) fn day(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(24 * (20_600 + number))
}

pub(crate) fn owner(name: &str) -> Owner {
    Owner::of(name.as_bytes())
}

/// A response of Ann's, with texts that only this one has.
pub(crate) fn response(id: &str, previous: Option<&str>) -> StoredResponse {
    StoredResponse {
        id: id.to_owned(),
        previous: previous.map(str::to_owned),
        owner: owner("ann"),
        created_unix: 1_780_000_000,
        model: "fast".to_owned(),
        input: format!(r#"[{{"role":"user","content":"to {id}"}}]"#),
        output: format!(r#"[{{"type":"message","text":"from {id}"}}]"#),
        response: format!(r#"{{"id":"{id}","temperature":1.0}}"#),
    }
}

pub(crate) fn limits() -> Limits {
    Limits::default()
}

// === impl Scene ===

impl Scene {
    pub(crate) fn memory() -> Self {
        Self { engine: Engine::Memory, _folder: None, first: None }
    }

    pub(crate) fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        Self { engine: Engine::Sqlite { path: Some(path) }, _folder: Some(folder), first: None }
    }

    pub(crate) fn database(connection: String) -> Self {
        let engine = Engine::Postgres { connection: connection.into() };
        Self { engine, _folder: None, first: None }
    }

    /// Whether what is kept outlives a store.
    pub(crate) fn lasts(&self) -> bool {
        !matches!(self.engine, Engine::Memory)
    }

    pub(crate) fn path(&self) -> PathBuf {
        match &self.engine {
            Engine::Sqlite { path } => path.clone().unwrap(),
            other => panic!("{other:?} is no file"),
        }
    }

    /// A further store on the same place; in memory there is but one.
    pub(crate) fn open(&mut self, limits: Limits) -> Store {
        if let Some(store) = self.first.as_ref().filter(|_| !self.lasts()) {
            return store.clone();
        }
        let store = open(&self.engine, limits);
        self.first.get_or_insert(store).clone()
    }

    /// Like [`Scene::open`], where whatever opened it before is gone.
    pub(crate) fn reopen(&mut self, limits: Limits) -> Store {
        if self.lasts() {
            self.first = None;
        }
        self.open(limits)
    }

    /// A store of its own, as another gateway has.
    pub(crate) fn another(&mut self, limits: Limits) -> Store {
        if self.lasts() { open(&self.engine, limits) } else { self.open(limits) }
    }
}

fn open(engine: &Engine, limits: Limits) -> Store {
    let opened = Store::open(&Storage { engine: engine.clone(), limits }, None).unwrap();
    assert_eq!(opened.warning, None);
    opened.store
}

/// Keeps responses, and waits until they are written.
pub(crate) async fn keep(store: &Store, responses: &[StoredResponse], now: SystemTime) {
    for response in responses {
        store.put(response.clone(), now).written().await.unwrap();
    }
}

/// The ids of a conversation's turns.
pub(crate) async fn turns(store: &Store, id: &str, now: SystemTime) -> Vec<String> {
    let conversation = store.conversation(id, owner("ann"), now).await;
    conversation
        .unwrap_or_else(|error| panic!("{id}: {error}"))
        .turns
        .into_iter()
        .map(|turn| turn.id)
        .collect()
}
