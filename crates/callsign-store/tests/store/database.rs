//! What can happen to a database, and on the way to it.

use std::time::Duration;

use callsign_plan::storage::{Engine, Storage};
use callsign_store::{Store, StoreError};
use callsign_testkit::postgres::{PASSWORD, Postgres};
use callsign_testkit::secure::Authority;

use crate::scene::{Scene, day, keep, limits, owner, response, turns};

fn store(connection: &str) -> Store {
    try_store(connection).unwrap()
}

fn try_store(connection: &str) -> Result<Store, StoreError> {
    let engine = Engine::Postgres { connection: connection.into() };
    let storage = Storage { engine, limits: limits() };
    assert!(!format!("{storage:?}").contains(PASSWORD));
    Store::open(&storage, None).map(|opened| opened.store)
}

#[tokio::test]
async fn store_outlives_a_crash_of_its_database() {
    let mut server = Postgres::start();
    let store = store(&server.database("a"));
    keep(&store, &[response("a", None)], day(0)).await;
    server.stop();
    let lost = store.put(response("lost", Some("a")), day(0)).written().await;
    assert!(matches!(lost, Err(StoreError::Unreachable(_))), "{lost:?}");
    let read = store.get("a", owner("ann"), day(0)).await;
    assert!(matches!(read, Err(StoreError::Unreachable(_))), "{read:?}");
    server.run();
    // Each thread holds back for a moment after it was refused.
    while store.check().await.is_err() || store.flush_of("b").await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(turns(&store, "b", day(0)).await, ["a", "b"]);
    // And while nobody looks, a restart is not even noticed.
    server.stop();
    server.run();
    keep(&store, &[response("c", Some("b"))], day(0)).await;
    assert_eq!(turns(&store, "c", day(0)).await, ["a", "b", "c"]);
}

/// Writes in a store that may be cut off.
trait Attempt {
    async fn flush_of(&self, id: &str) -> Result<(), StoreError>;
}

impl Attempt for Store {
    async fn flush_of(&self, id: &str) -> Result<(), StoreError> {
        self.put(response(id, Some("a")), day(0)).written().await
    }
}

#[tokio::test]
async fn no_error_tells_the_password() {
    let server = Postgres::start();
    let good = server.database("a");
    let wrong = good.replace("user=callsign", "user=nobody");
    for connection in [
        wrong.clone(),
        good.replace("dbname=a", "dbname=missing"),
        good.replace("dbname=a", &format!("dbname={PASSWORD}")),
        good.replace("port=5432", "port=1"),
        format!("postgresql://callsign:{PASSWORD}@127.0.0.1:1/a"),
        format!("{good} sslmode=require"),
    ] {
        let store = store(&connection);
        let checked = store.check().await.expect_err(&connection);
        let written = store.put(response("a", None), day(0)).written().await.expect_err(&connection);
        for error in [checked, written] {
            assert!(matches!(error, StoreError::Unreachable(_)), "{error:?}");
            assert!(!format!("{error} {error:?}").contains(PASSWORD), "{error}");
        }
    }
    let malformed = try_store(&format!("postgresql://callsign:{PASSWORD}@127.0.0.1:x/a"));
    assert_eq!(malformed.map(drop), Err(StoreError::ConnectionString));
    let missing = try_store(&format!("{good} sslmode=verify-full sslrootcert=/nowhere.pem")).map(drop);
    assert!(matches!(missing, Err(StoreError::Certificates { .. })), "{missing:?}");
}

#[tokio::test]
async fn tls_is_used_as_far_as_sslmode_asks() {
    let authority = Authority::new();
    let stranger = Authority::new();
    let server = Postgres::start_with_tls(&authority);
    server.database("a");
    let (trusted, other) = (authority.path().display(), stranger.path().display());
    let whole = server.tls_authority();
    let by_address = whole.replace("localhost", "127.0.0.2");
    for (authority, options, expected) in [
        (&whole, "sslmode=require".to_owned(), true),
        (&whole, "sslmode=require&channel_binding=require".to_owned(), true),
        (&whole, format!("sslmode=verify-full&sslrootcert={trusted}&channel_binding=require"), true),
        (&whole, format!("sslmode=verify-full&sslrootcert={other}"), false),
        (&whole, "sslmode=verify-full".to_owned(), false),
        (&whole, format!("sslmode=require&sslrootcert={other}"), false),
        (&by_address, format!("sslmode=verify-full&sslrootcert={trusted}&hostaddr=127.0.0.1"), false),
        (&by_address, format!("sslmode=verify-ca&sslrootcert={trusted}&hostaddr=127.0.0.1"), true),
        (&by_address, format!("sslmode=verify-ca&sslrootcert={other}&hostaddr=127.0.0.1"), false),
        (&whole, "sslmode=disable&channel_binding=require".to_owned(), false),
        (&whole, "sslmode=disable".to_owned(), true),
    ] {
        let checked = store(&format!("postgresql://{authority}/a?{options}")).check().await;
        assert_eq!(checked.is_ok(), expected, "{options}: {checked:?}");
    }
}

#[tokio::test]
async fn gateways_that_start_together_share_a_new_database() {
    let server = Postgres::start();
    let connection = server.database("a");
    let stores: Vec<_> = (0..6).map(|_| store(&connection)).collect();
    let mut checks = tokio::task::JoinSet::new();
    for store in stores {
        checks.spawn(async move { store.check().await });
    }
    for checked in checks.join_all().await {
        assert_eq!(checked, Ok(()));
    }
}

#[tokio::test]
async fn later_form_is_refused_and_nothing_is_changed() {
    let server = Postgres::start();
    let connection = server.database("a");
    keep(&store(&connection), &[response("a", None)], day(0)).await;
    let (client, wire) = tokio_postgres::connect(&connection, tokio_postgres::NoTls).await.unwrap();
    let mut wires = tokio::task::JoinSet::new();
    wires.spawn(wire);
    client.batch_execute("INSERT INTO callsign_schema (form) VALUES (7)").await.unwrap();
    let later = StoreError::Later { found: 7, known: 1 };
    assert_eq!(store(&connection).check().await, Err(later));
    client.batch_execute("DELETE FROM callsign_schema WHERE form = 7").await.unwrap();
    assert_eq!(turns(&Scene::database(connection).open(limits()), "a", day(0)).await, ["a"]);
}

#[tokio::test]
async fn database_that_hangs_does_not_hang_the_gateway() {
    let server = Postgres::start();
    let connection = server.database("a");
    let store = store(&connection);
    keep(&store, &[response("a", None)], day(0)).await;
    let (client, wire) = tokio_postgres::connect(&connection, tokio_postgres::NoTls).await.unwrap();
    let mut wires = tokio::task::JoinSet::new();
    wires.spawn(wire);
    client.batch_execute("BEGIN; LOCK TABLE callsign_responses").await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(9), store.get("a", owner("ann"), day(0))).await;
    assert_eq!(read.expect("an end"), Err(StoreError::Late));
    client.batch_execute("ROLLBACK").await.unwrap();
    assert!(store.get("a", owner("ann"), day(0)).await.unwrap().is_some());
}
