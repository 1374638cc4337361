//! The first configuration of the documentation starts as written, and its aliases lead where it says.

use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;

use super::scene::{COMPLETION, launch};

const BASIC: &str = include_str!("../../../../tests/seed/basic.yaml");

#[tokio::test]
async fn basic_configuration_starts_and_lists_its_aliases() {
    let gateway = launch(BASIC).start().await;
    let list = gateway.client().get("/v1/models").send().await.text().await;
    for alias in [
        "arch.summarize.v1",
        "arch.reasoning.v1",
        "arch.creative.v1",
        "fast-model",
        "smart-model",
        "creative-model",
        "local-chat",
    ] {
        assert!(list.contains(&format!("\"{alias}\"")), "{alias} is missing in {list}");
    }
}

#[tokio::test]
async fn local_alias_reaches_its_server() {
    let upstream = Upstream::always(Reply::json(200, COMPLETION)).await;
    let gateway = launch(&BASIC.replace("http://host.docker.internal:11434", &upstream.url())).start().await;
    let answer =
        gateway.client().post("/chat/completions", r#"{"model":"local-chat","messages":[]}"#).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-callsign-model"), Some("ollama/llama3.1"));
    let request = upstream.only();
    assert_eq!((request.target.as_str(), request.header("authorization")), ("/v1/chat/completions", None));
    assert_eq!(request.json()["model"], "llama3.1");
}

#[tokio::test]
async fn each_example_starts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let mut started = 0;
    for entry in std::fs::read_dir(folder).expect("a folder of examples") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("an example");
        let lines = text.lines().map(|line| match line.split_once("port: ") {
            Some((before, _)) => format!("{before}port: 0\n"),
            None => format!("{line}\n"),
        });
        let config: String = lines.collect();
        let listeners = config.matches("port: 0").count().max(1);
        let gateway = launch(&config).listeners(listeners).start().await;
        assert_eq!(gateway.client().get("/v1/models").send().await.status, 200, "{text}");
        started += 1;
    }
    assert!(started >= 5, "{started}");
}
