//! What can happen to a file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use callsign_plan::storage::{Engine, Storage};
use callsign_store::{Store, StoreError};

use crate::scene::{Scene, day, keep, limits, owner, response, turns};

fn try_open(path: &Path) -> Result<Store, StoreError> {
    let engine = Engine::Sqlite { path: Some(path.to_owned()) };
    Store::open(&Storage { engine, limits: limits() }, None).map(|opened| opened.store)
}

/// How many of `r0`, `r1`, … are there, and that no later one is.
async fn prefix(store: &Store, most: usize) -> usize {
    let mut found = Vec::new();
    for number in 0..most {
        found.push(store.get(&format!("r{number}"), owner("ann"), day(0)).await.unwrap().is_some());
    }
    let length = found.iter().take_while(|found| **found).count();
    assert!(found[length..].iter().all(|found| !found), "a later write without an earlier one: {found:?}");
    length
}

#[tokio::test]
async fn file_cut_anywhere_holds_a_prefix_of_what_was_written() {
    let mut scene = Scene::file();
    let store = scene.open(limits());
    for number in 0..12 {
        keep(&store, &[response(&format!("r{number}"), None)], day(0)).await;
    }
    // As a killed process leaves them: the log was never copied into the file.
    let file = fs::read(scene.path()).unwrap();
    let log = fs::read(scene.path().with_extension("db-wal")).unwrap();
    assert!(log.len() > 12 * 4096, "the log holds the writes");
    let mut lengths = Vec::new();
    for part in 0..=24 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        fs::write(&path, &file).unwrap();
        fs::write(path.with_extension("db-wal"), &log[..log.len() * part / 24]).unwrap();
        let store = try_open(&path).unwrap();
        lengths.push(prefix(&store, 12).await);
        keep(&store, &[response("after", None)], day(0)).await;
        assert_eq!(turns(&store, "after", day(0)).await, ["after"]);
    }
    assert!(lengths.is_sorted(), "{lengths:?}");
    assert_eq!((lengths.first(), lengths.last()), (Some(&0), Some(&12)), "{lengths:?}");
}

#[tokio::test]
async fn unusable_files_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.db");
    fs::write(&garbage, "no database at all ".repeat(1000)).unwrap();
    let directory = folder.path().to_owned();
    let below_a_file = garbage.join("state.db");
    for path in [&garbage, &directory, &below_a_file] {
        let Err(error) = try_open(path) else { panic!("{} is used", path.display()) };
        assert!(matches!(&error, StoreError::File { path: told, .. } if told == path), "{error}");
        assert!(error.to_string().contains("write another `path`"), "{error}");
    }
    assert_eq!(fs::read_to_string(&garbage).unwrap(), "no database at all ".repeat(1000));
}

#[tokio::test]
async fn tables_of_somebody_else_and_of_later_versions_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    assert_eq!(try_open(&path).map(drop), Err(StoreError::Foreign));
    let path = folder.path().join("state.db");
    drop(try_open(&path).unwrap());
    let ours = rusqlite::Connection::open(&path).unwrap();
    ours.execute_batch("INSERT INTO callsign_schema (form) VALUES (9)").unwrap();
    assert_eq!(try_open(&path).map(drop), Err(StoreError::Later { found: 9, known: 1 }));
}

#[tokio::test]
async fn file_that_breaks_later_fails_writes_with_an_error() {
    let mut scene = Scene::file();
    let store = scene.open(limits());
    keep(&store, &[response("a", None)], day(0)).await;
    let thief = rusqlite::Connection::open(scene.path()).unwrap();
    thief.execute_batch("DROP TABLE callsign_responses").unwrap();
    let written = store.put(response("b", None), day(0)).written().await;
    assert!(matches!(written, Err(StoreError::Failed(_))), "{written:?}");
    let read = store.get("a", owner("ann"), day(0)).await;
    assert!(matches!(read, Err(StoreError::Failed(_))), "{read:?}");
    assert!(matches!(store.get("b", owner("ann"), day(0)).await, Err(StoreError::Failed(_))));
}

#[tokio::test]
async fn more_than_may_wait_is_refused_at_once() {
    let mut scene = Scene::file();
    let store = scene.open(limits());
    let other = rusqlite::Connection::open(scene.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let receipts: Vec<_> =
        (0..5_000).map(|number| store.put(response(&format!("r{number}"), None), day(0))).collect();
    other.execute_batch("COMMIT").unwrap();
    let mut written = 0;
    for receipt in receipts {
        match receipt.written().await {
            Ok(()) => written += 1,
            Err(error) => assert_eq!(error, StoreError::Busy),
        }
    }
    assert!((4_096..4_200).contains(&written), "{written} of 5000 were written");
    assert_eq!(prefix(&store, 5_000).await, written);
}

#[test]
fn gateways_that_start_together_share_a_new_file() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/below/state.db");
        let starts: Vec<_> = (0..4)
            .map(|_| {
                let path = path.clone();
                thread::spawn(move || try_open(&path).map(drop))
            })
            .collect();
        for start in starts {
            assert_eq!(start.join().unwrap(), Ok(()));
        }
    }
}

#[tokio::test]
async fn only_its_owner_can_read_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/state.db");
    let store = try_open(&path).unwrap();
    keep(&store, &[response("a", None)], day(0)).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for path in [path.clone(), path.with_extension("db-wal"), path.with_extension("db-shm")] {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn nobody_chose_means_a_file_or_else_memory_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callsign/state.db");
    let automatic = Storage::default();
    let opened = Store::open(&automatic, Some(&path)).unwrap();
    assert_eq!(opened.warning, None);
    assert!(path.exists());
    let blocked = path.join("state.db");
    for (usual, expected) in [(None, "no folder"), (Some(blocked.as_path()), "cannot be used")] {
        let opened = Store::open(&automatic, usual).unwrap();
        let warning = opened.warning.expect("a warning").to_string();
        assert!(warning.contains(expected), "{warning}");
        keep(&opened.store, &[response("a", None)], day(0)).await;
        assert_eq!(turns(&opened.store, "a", day(0)).await, ["a"]);
        let written = Storage { engine: Engine::Sqlite { path: None }, ..Storage::default() };
        assert!(Store::open(&written, usual).is_err(), "who asks for a file gets one or an error");
    }
    let memory = Storage { engine: Engine::Sqlite { path: Some(":memory:".into()) }, ..Storage::default() };
    drop(Store::open(&memory, None).unwrap());
    assert!(!Path::new(":memory:").exists());
}

#[tokio::test]
async fn deleted_words_are_wiped_from_the_file() {
    let mut scene = Scene::file();
    let store = scene.open(limits());
    let mut secret = response("a", None);
    secret.input = format!("[\"{}\"]", "whispered ".repeat(2_000));
    keep(&store, &[secret], day(0)).await;
    assert_eq!(store.delete("a", owner("ann"), day(0)).await, Ok(true));
    let connection = rusqlite::Connection::open(scene.path()).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let file = fs::read(scene.path()).unwrap();
    assert!(!file.windows(9).any(|window| window == b"whispered"), "the words are still there");
}
