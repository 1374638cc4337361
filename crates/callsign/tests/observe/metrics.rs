//! `GET /metrics`: what was served shows, in the format that is asked for, and nothing that was said.

use callsign_testkit::deadline::soon;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::reply::Reply;

use super::scene::{Scene, completion, read, tells_nothing};

async fn metrics(gateway: &Gateway, accept: &str) -> (String, String) {
    let answer = gateway.admin().get("/metrics").header("accept", accept).send().await;
    assert_eq!(answer.status, 200);
    let kind = answer.header("content-type").expect("a media type").to_owned();
    (kind, answer.text().await)
}

/// The metrics once they hold this line: exchanges are counted a moment after they end.
async fn once(gateway: &Gateway, line: &str) -> String {
    let looking = async {
        loop {
            let (_, told) = metrics(gateway, "*/*").await;
            if told.lines().any(|found| found == line) {
                return told;
            }
        }
    };
    soon(line, looking).await
}

#[tokio::test]
async fn what_was_served_shows() {
    let scene = Scene::of(Reply::json(503, "{}"), "").await;
    scene.chat().await;
    scene.chat().await;
    let served =
        r#"callsign_exchanges_total{alias="fast",operation="chat",ended="complete",status="2xx",error=""} 2"#;
    let mut told = once(&scene.gateway, served).await;
    let lines = [
        r#"callsign_attempts_total{alias="fast",target="openai/first",condition="unavailable"} 2"#,
        r#"callsign_attempts_total{alias="fast",target="groq/second",condition=""} 2"#,
        r#"callsign_tokens_total{alias="fast",target="groq/second",kind="cache_read"} 10"#,
        r#"gen_ai_client_inference_usage_output_tokens_total{gen_ai_operation_name="chat",gen_ai_provider_name="groq",gen_ai_request_model="fast",gen_ai_response_model="second"} 14"#,
        r#"callsign_breaker_state{target="groq/second",state="closed"} 1"#,
        r#"callsign_own_seconds_count{alias="fast"} 2"#,
        "callsign_exchanges_in_flight 0",
        "callsign_configuration_generation 1",
        "callsign_configuration_rejected 0",
        "callsign_records_missed_total 0",
    ];
    for line in lines {
        // A look may come between one number of an exchange and the next.
        if told.lines().all(|found| found != line) {
            told = once(&scene.gateway, line).await;
        }
    }
    let cost = r#"callsign_cost_dollars_total{alias="fast",target="groq/second"} "#;
    let cost: f64 =
        told.lines().find_map(|line| line.strip_prefix(cost)).expect("a cost").parse().expect("a number");
    assert!(cost > 0.0);
    tells_nothing(&told);
}

#[tokio::test]
async fn names_that_clients_invent_are_no_labels() {
    let scene = Scene::of(completion(), "").await;
    read(scene.ask("mistral/invented-1").send().await).await;
    read(scene.ask("mistral/invented-2").send().await).await;
    assert_eq!(scene.ask("invented-3").send().await.status, 404);
    let told =
        once(&scene.gateway, r#"callsign_attempts_total{alias="",target="mistral/*",condition=""} 2"#).await;
    let refused = r#"callsign_exchanges_total{alias="",operation="chat",ended="refused",status="4xx",error="model_not_found"} 1"#;
    let told = if told.contains(refused) { told } else { once(&scene.gateway, refused).await };
    assert!(!told.contains("invented"), "{told}");
}

#[tokio::test]
async fn format_is_the_one_that_is_asked_for() {
    let scene = Scene::of(completion(), "").await;
    let prometheus =
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
    let (kind, told) = metrics(&scene.gateway, prometheus).await;
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(told.ends_with("# EOF\n"));
    let (kind, told) = metrics(&scene.gateway, "text/plain").await;
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    assert!(!told.contains("# EOF"));
}

#[tokio::test]
async fn looks_at_the_configuration_are_counted() {
    let scene = Scene::of(completion(), "").await;
    let admin = scene.gateway.admin();
    assert_eq!(admin.post("/api/v1/reload", "").send().await.status, 200);
    once(&scene.gateway, r#"callsign_reloads_total{outcome="unchanged"} 1"#).await;
    scene.gateway.rewrite("model_providers: 7");
    admin.post("/api/v1/reload", "").send().await;
    once(&scene.gateway, "callsign_configuration_rejected 1").await;
}
