//! The store against a model of it: whatever is done, both show the same.

use std::collections::HashMap;
use std::time::Duration;

use callsign_plan::storage::Limits;
use callsign_store::{ConversationError, Store};
use callsign_testkit::postgres::Postgres;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::scene::{Scene, day, owner, response};

#[derive(Debug, Clone)]
enum Step {
    /// A new response that goes on from an earlier one.
    Put {
        owner: usize,
        after: Option<usize>,
        wait: bool,
    },
    Delete {
        owner: usize,
        which: usize,
    },
    Get {
        owner: usize,
        which: usize,
    },
    Conversation {
        owner: usize,
        which: usize,
    },
    Days(u64),
    Sweep,
}

const OWNERS: [&str; 2] = ["ann", "bob"];
const TTL: u64 = 10;

/// What should be there: id to previous, root and the turns up to it, and when each root was last touched.
#[derive(Default)]
struct Model {
    kept: HashMap<(usize, String), Kept>,
    touched: HashMap<(usize, String), u64>,
    puts: usize,
    today: u64,
}

#[derive(Clone)]
struct Kept {
    previous: Option<String>,
    root: String,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (owner, which) = (0..OWNERS.len(), 0..30_usize);
    let pair = (owner, which);
    let step = prop_oneof![
        6 => (0..OWNERS.len(), proptest::option::weighted(0.8, 0..30_usize), any::<bool>())
            .prop_map(|(owner, after, wait)| Step::Put { owner, after, wait }),
        1 => pair.clone().prop_map(|(owner, which)| Step::Delete { owner, which }),
        2 => pair.clone().prop_map(|(owner, which)| Step::Get { owner, which }),
        3 => pair.prop_map(|(owner, which)| Step::Conversation { owner, which }),
        1 => (1..4_u64).prop_map(Step::Days),
        1 => Just(Step::Sweep),
    ];
    proptest::collection::vec(step, 1..60)
}

// === impl Model ===

impl Model {
    fn id(&self, which: usize) -> String {
        // The latest are the likeliest to be gone on from.
        format!("r{}", self.puts.saturating_sub(which + 1))
    }

    fn expire(&mut self) {
        let today = self.today;
        self.touched.retain(|_, touched| *touched + TTL > today);
        let touched = &self.touched;
        self.kept.retain(|(owner, _), kept| touched.contains_key(&(*owner, kept.root.clone())));
    }

    fn put(&mut self, owner: usize, id: String, previous: Option<String>) {
        let before = previous.as_ref().and_then(|previous| self.kept.get(&(owner, previous.clone())));
        let root = before.map_or_else(|| id.clone(), |before| before.root.clone());
        self.touched.insert((owner, root.clone()), self.today);
        self.kept.insert((owner, id), Kept { previous, root });
        self.puts += 1;
    }

    /// The turns up to a response; `None` if it is not there, `Err` if an earlier one is not.
    fn chain(&self, owner: usize, id: &str) -> Option<Result<Vec<String>, ()>> {
        let mut turns = vec![id.to_owned()];
        let mut kept = self.kept.get(&(owner, id.to_owned()))?;
        while let Some(previous) = &kept.previous {
            let Some(before) = self.kept.get(&(owner, previous.clone())) else { return Some(Err(())) };
            turns.insert(0, previous.clone());
            kept = before;
        }
        Some(Ok(turns))
    }
}

async fn act(store: &Store, model: &mut Model, step: Step) {
    let now = day(model.today);
    match step {
        Step::Put { owner: who, after, wait } => {
            let previous = after.filter(|_| model.puts > 0).map(|after| model.id(after));
            let id = format!("r{}", model.puts);
            let mut new = response(&id, previous.as_deref());
            new.owner = owner(OWNERS[who]);
            let receipt = store.put(new, now);
            if wait {
                receipt.written().await.unwrap();
            }
            model.put(who, id, previous);
        }
        Step::Delete { owner: who, which } => {
            let id = model.id(which);
            let deleted = store.delete(&id, owner(OWNERS[who]), now).await.unwrap();
            assert_eq!(deleted, model.kept.remove(&(who, id)).is_some());
        }
        Step::Get { owner: who, which } => {
            let id = model.id(which);
            let found = store.get(&id, owner(OWNERS[who]), now).await.unwrap();
            let previous = found.map(|found| found.previous);
            assert_eq!(previous, model.kept.get(&(who, id)).map(|kept| kept.previous.clone()));
        }
        Step::Conversation { owner: who, which } => {
            let id = model.id(which);
            let found = store.conversation(&id, owner(OWNERS[who]), now).await;
            let turns = match found {
                Ok(found) => Some(Ok(found.turns.into_iter().map(|turn| turn.id).collect())),
                Err(ConversationError::Broken { .. }) => Some(Err(())),
                Err(ConversationError::Missing { .. }) => None,
                Err(other) => panic!("{other}"),
            };
            assert_eq!(turns, model.chain(who, &id));
        }
        Step::Days(days) => {
            // Time is the caller's: what is on its way must not see another day than its own.
            store.flush().await.unwrap();
            model.today += days;
            model.expire();
        }
        Step::Sweep => {
            store.sweep(now).await.unwrap();
        }
    }
}

fn agree(cases: u32, mut scene: impl FnMut() -> Scene) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limits = Limits { ttl: Duration::from_hours(24 * TTL), ..Limits::default() };
    let scene = std::cell::RefCell::new(&mut scene);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&steps(), |steps| {
            let mut scene = (scene.borrow_mut())();
            let store = scene.open(limits);
            runtime.block_on(async {
                let mut model = Model::default();
                for step in steps {
                    act(&store, &mut model, step).await;
                }
            });
            Ok(())
        })
        .unwrap();
}

#[test]
fn memory_agrees_with_the_model() {
    agree(40, Scene::memory);
}

#[test]
fn file_agrees_with_the_model() {
    agree(10, Scene::file);
}

#[test]
fn postgres_agrees_with_the_model() {
    let server = Postgres::start();
    let mut number = 0;
    agree(10, || {
        number += 1;
        Scene::database(server.database(&format!("m{number}")))
    });
}
