//! Where conversations are kept: files, databases, memory; and what happens when they are away.

use std::path::Path;

use callsign_testkit::deadline::soon;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::postgres::Postgres;
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;

use super::scene::{ANN, answering, ask, body, config, id, launch, look_up, refused, response, told, turn};

const TARGET: Dialect = Dialect::Anthropic;
const EXPECTED: [&str; 3] = ["user: I am Ann.", "assistant: Answer 0.", "user: Who am I?"];

#[tokio::test]
async fn conversation_survives_an_orderly_and_a_sudden_end() {
    for sudden in [false, true] {
        for stream in [false, true] {
            let folder = tempfile::tempdir().expect("a folder");
            let storage = format!("{{type: sqlite, path: '{}'}}", folder.path().join("state.db").display());
            let upstream = answering(TARGET).await;
            let config = config(&[(TARGET, &upstream)], &storage);
            let gateway = launch(&config).start().await;
            let first = turn(&gateway.client(), "I am Ann.", None, stream).await;
            end(gateway, sudden).await;
            let gateway = launch(&config).start().await;
            assert_eq!(look_up(&gateway.client(), id(&first)).await.json().await, first);
            turn(&gateway.client(), "Who am I?", Some(id(&first)), stream).await;
            assert_eq!(told(TARGET, &upstream.received()[1]), EXPECTED);
        }
    }
}

async fn end(gateway: Gateway, sudden: bool) {
    if !sudden {
        assert!(gateway.terminate().await.status.success());
    }
}

#[tokio::test]
async fn gateways_share_a_database_and_live_without_it() {
    let mut server = Postgres::start();
    let storage = format!("{{type: postgres, connection_string: \"{}\"}}", server.database("callsign"));
    let upstream = answering(TARGET).await;
    let config = config(&[(TARGET, &upstream)], &storage);
    let (one, other) = (launch(&config).start().await, launch(&config).start().await);
    let first = turn(&one.client(), "I am Ann.", None, true).await;
    let second = turn(&other.client(), "Who am I?", Some(id(&first)), false).await;
    assert_eq!(told(TARGET, &upstream.received()[1]), EXPECTED);
    assert_eq!(look_up(&one.client(), id(&second)).await.json().await, second);

    server.stop();
    let without = turn(&one.client(), "I am Ann.", None, false).await;
    assert_eq!(
        without["output"][0]["content"][0]["text"], "Answer 2.",
        "the answer is not lost with the database"
    );
    one.logged("was not kept").await;
    let answer = ask(&one.client(), ANN, &body("Who am I?", Some(id(&second)), false)).await;
    refused(answer, 503, "state_unavailable").await;
    refused(look_up(&one.client(), id(&second)).await, 503, "state_unavailable").await;
    assert_eq!(upstream.received().len(), 3);

    server.run();
    // As the SDKs do, which try again after a 503: the store looks for its database about once a second.
    let patient = async {
        loop {
            let answer = ask(&one.client(), ANN, &body("Sure?", Some(id(&second)), false)).await;
            if answer.status != 503 {
                return response(answer).await;
            }
        }
    };
    assert_eq!(soon("the database to be back", patient).await["status"], "completed");
    assert_eq!(told(TARGET, &upstream.received()[3]).len(), 5);
    assert!(!one.stderr().contains("s3cret"), "{}", one.stderr());
}

#[tokio::test]
async fn database_that_is_away_at_the_start_is_told_and_waited_for() {
    let upstream = answering(TARGET).await;
    let folder = tempfile::tempdir().expect("a folder");
    let storage = format!(
        "{{type: postgres, connection_string: \"host={} user=u dbname=d\"}}",
        folder.path().display()
    );
    let gateway = launch(&config(&[(TARGET, &upstream)], &storage)).start().await;
    gateway.logged("does not answer").await;
    let answer = ask(&gateway.client(), ANN, &body("I am Ann.", None, false)).await;
    assert_eq!(response(answer).await["status"], "completed");
}

#[tokio::test]
async fn place_that_cannot_be_used_stops_the_start_where_it_was_written() {
    let upstream = answering(TARGET).await;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "no folder").expect("a file");
    let file = folder.path().join("file/state.db");
    for (storage, expected) in [
        (format!("{{type: sqlite, path: '{}'}}", file.display()), "write another `path`"),
        (
            "{type: postgres, connection_string: 'mysql://u:s3cret@h/d'}".to_owned(),
            "`connection_string` cannot be read",
        ),
    ] {
        let ended = launch(&config(&[(TARGET, &upstream)], &storage)).ended().await;
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected) && !ended.stderr.contains("s3cret"), "{}", ended.stderr);
    }
}

/// Nobody wrote where.
fn unwritten(upstream: &Upstream) -> String {
    config(&[(TARGET, upstream)], "{}").replace("state_storage: {}\n", "")
}

#[tokio::test]
async fn usual_place_is_opened_by_the_first_who_needs_it() {
    let upstream = answering(TARGET).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("callsign/state.db");
    let gateway = start_at(&unwritten(&upstream), folder.path()).await;
    let message = r#"{"model":"fast","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#;
    assert_eq!(gateway.client().post("/v1/messages", message).send().await.status, 200);
    assert!(!file.exists(), "nothing is there for those who do not ask for it");
    let first = turn(&gateway.client(), "I am Ann.", None, false).await;
    assert!(file.exists());
    assert!(gateway.terminate().await.status.success());
    let gateway = start_at(&unwritten(&upstream), folder.path()).await;
    assert_eq!(look_up(&gateway.client(), id(&first)).await.json().await, first);
}

#[tokio::test]
async fn without_a_usual_place_conversations_are_in_memory() {
    let upstream = answering(TARGET).await;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("callsign"), "no folder").expect("a file");
    let gateway = start_at(&unwritten(&upstream), folder.path()).await;
    let first = turn(&gateway.client(), "I am Ann.", None, true).await;
    turn(&gateway.client(), "Who am I?", Some(id(&first)), true).await;
    assert_eq!(told(TARGET, &upstream.received()[1]), EXPECTED);
    gateway.logged("kept in memory").await;
}

async fn start_at(config: &str, folder: &Path) -> Gateway {
    launch(config).env("XDG_STATE_HOME", &folder.display().to_string()).start().await
}
