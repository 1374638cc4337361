//! Every case on every engine.

use callsign_testkit::postgres::Postgres;
use futures_util::future::join_all;

use crate::cases::cases;
use crate::scene::Scene;

async fn run(mut scene: impl FnMut(&str) -> Scene) {
    for (name, case) in cases() {
        eprintln!("case: {name}");
        case(scene(name)).await;
    }
}

#[tokio::test]
async fn memory_passes_every_case() {
    run(|_| Scene::memory()).await;
}

#[tokio::test]
async fn file_passes_every_case() {
    run(|_| Scene::file()).await;
}

#[tokio::test]
async fn postgres_passes_every_case() {
    let server = Postgres::start();
    // Side by side, since most of the time is waiting for the server.
    let all = cases().into_iter().map(|(name, case)| case(Scene::database(server.database(name))));
    join_all(all).await;
}
