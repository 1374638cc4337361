//! Exchanges and minutes outlive the ring and the process, without anything that was said and without any key.

use std::path::Path;

use callsign_testkit::gateway::{Gateway, Launch};
use serde_json::{Value, json};

use super::scene::{CONFIG, SECRET, ask, get, launch, try_get};

fn remembering(folder: &Path, more: &str) -> Launch {
    let path = folder.join("history.db");
    launch(&format!("{CONFIG}history: {{path: '{}'{more}}}\n", path.display()))
}

async fn ids(gateway: &Gateway, query: &str) -> Vec<String> {
    let told = get(gateway, &format!("/api/v1/exchanges?{query}")).await;
    let exchanges = told["exchanges"].as_array().expect("a list");
    exchanges.iter().filter_map(|exchange| Some(exchange["id"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn exchanges_and_minutes_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = remembering(folder.path(), "").start().await;
    let (fell, died, went) =
        (ask(&first, "safe").await, ask(&first, "dead").await, ask(&first, "talk").await);
    first.terminate().await;
    let second = remembering(folder.path(), "").start().await;
    let later = ask(&second, "talk").await;
    assert_eq!(ids(&second, "").await, [&*later, &went, &died, &fell]);
    assert_eq!(ids(&second, "alias=safe").await, [&*fell]);
    assert_eq!(ids(&second, "ended=complete&target=demo%2Flimited").await, [&*died, &*fell]);
    assert_eq!(ids(&second, "ended=broken").await, Vec::<String>::new());
    let refused = try_get(&second, "/api/v1/exchanges?ended=badly").await;
    assert_eq!(refused.status, 400);
    let refused: Value = refused.json().await;
    assert!(refused["error"]["message"].as_str().is_some_and(|told| told.contains("`broken`")), "{refused}");
    assert_eq!(ids(&second, "target=demo%2Flimited&limit=1").await, [&*died]);
    assert_eq!(ids(&second, &format!("limit=2&before={went}")).await, [&*died, &*fell]);
    let page = get(&second, "/api/v1/exchanges?limit=2").await;
    assert_eq!(page["next"], went);
    assert_eq!(get(&second, &format!("/api/v1/exchanges?limit=5&before={went}")).await["next"], Value::Null);
    let told = get(&second, &format!("/api/v1/exchanges/{fell}")).await;
    assert_eq!(
        (&told["attempts"][0]["condition"], &told["decisions"][0]["step"]),
        (&json!("rate_limited"), &json!("alias"))
    );
    let history = get(&second, "/api/v1/history?alias=safe").await;
    assert_eq!(
        history["requests"].as_array().map(|all| all.iter().filter_map(Value::as_u64).sum::<u64>()),
        Some(1)
    );
    assert_eq!(history["conditions"]["rate_limited"].as_array().map(Vec::len), Some(60));
}

#[tokio::test]
async fn what_ended_well_is_kept_as_far_as_it_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = remembering(folder.path(), ", exchanges_per_second: 0").start().await;
    ask(&first, "talk").await;
    let died = ask(&first, "dead").await;
    first.terminate().await;
    let second = remembering(folder.path(), "").start().await;
    assert_eq!(ids(&second, "").await, [died]);
    let history = get(&second, "/api/v1/history").await;
    assert_eq!(
        history["requests"].as_array().map(|all| all.iter().filter_map(Value::as_u64).sum::<u64>()),
        Some(2)
    );
}

#[tokio::test]
async fn gateway_serves_without_a_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "").expect("a file");
    let gateway = remembering(&folder.path().join("file"), "").start().await;
    gateway.logged("history cannot be written").await;
    let id = ask(&gateway, "dead").await;
    assert_eq!(ids(&gateway, "").await, [id]);
    assert_eq!(gateway.terminate().await.status.code(), Some(0));
}

#[tokio::test]
async fn nothing_that_was_said_and_no_key_is_kept_or_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = remembering(folder.path(), "").start().await;
    let hostile = "<script>alert(1)</script>\\u0000\\n";
    for model in ["dead", "safe", "paid", hostile] {
        let body = format!(
            r#"{{"model":"{model}","user":"ann@example.com","messages":[{{"role":"user","content":"whispered words, ann@example.com"}}]}}"#
        );
        let call = gateway
            .client()
            .post("/v1/chat/completions", body)
            .header("authorization", "Bearer sk-of-the-client");
        call.send().await.text().await;
    }
    ask(&gateway, "dead").await;
    let mut told = String::new();
    for path in ["aliases", "targets", "history", "exchanges", "config", "outline"] {
        told += &try_get(&gateway, &format!("/api/v1/{path}")).await.text().await;
    }
    gateway.terminate().await;
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        told += &String::from_utf8_lossy(&bytes);
    }
    assert!(told.contains("rate_limited"), "something is told");
    for never in [SECRET, "sk-of-the-client", "whispered", "ann@example.com"] {
        assert!(!told.contains(never), "`{never}` is told");
    }
}
