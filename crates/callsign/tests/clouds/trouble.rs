//! Identity services that fail, providers that repeat what they were shown.

use callsign_testkit::gateway::{Gateway, Launch};
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::Value;

use super::scene::{CHAT, COMPLETION, SECRET, TOKEN, launch, token};

/// A target behind an identity service, one without, and an alias that falls back from the first to the second.
fn config(identity: &str, models: &str, fallbacks: &str) -> Launch {
    let text = format!(
        "listeners: [{{type: model, name: main, port: 0}}]
model_providers:
  - model: azure_openai/the-model
    base_url: {models}
    auth: {{type: entra, client_id: app, client_secret: $CLOUD_SECRET, token_url: {identity}/token}}
  - {{model: ollama/local, base_url: '{models}/local'}}
model_aliases:
  m: {{target: the-model{fallbacks}}}
  other: {{target: local}}
"
    );
    Launch::new(env!("CARGO_BIN_EXE_callsign"), text).env("CLOUD_SECRET", SECRET)
}

async fn models() -> Upstream {
    Upstream::always(Reply::json(200, COMPLETION)).await
}

async fn ask(gateway: &Gateway, alias: &str) -> (u16, Option<String>, Value) {
    let body = CHAT.replace("\"m\"", &format!("\"{alias}\""));
    let answer = gateway.client().post("/v1/chat/completions", body).send().await;
    let served = answer.header("x-callsign-model").map(str::to_owned);
    (answer.status, served, answer.json().await)
}

#[tokio::test]
async fn dead_identity_service_counts_as_auth_failed_and_falls_back() {
    let gone = Upstream::always(Reply::abort()).await.kill().await;
    let refusing = Upstream::always(Reply::json(401, r#"{"error":"invalid_client"}"#)).await;
    let aborting = Upstream::always(Reply::abort()).await;
    for identity in [format!("http://{gone}"), refusing.url(), aborting.url()] {
        let models = models().await;
        let fallbacks = ", fallbacks: [{target: local, conditions: [auth_failed]}]";
        let gateway = config(&identity, &models.url(), fallbacks).start().await;
        let (status, served, body) = ask(&gateway, "m").await;
        assert_eq!((status, served.as_deref()), (200, Some("ollama/local")), "{body}");
        let received = models.only();
        assert!(received.target.starts_with("/local"), "nothing goes out without a token: {received:?}");
        assert_eq!(received.header("authorization"), None);
    }
}

#[tokio::test]
async fn without_a_fallback_the_client_hears_which_service_failed() {
    let identity = Upstream::always(Reply::json(
        400,
        r#"{"error":"invalid_client","error_description":"REPEATED"}"#.replace("REPEATED", SECRET),
    ))
    .await;
    let models = models().await;
    let gateway = config(&identity.url(), &models.url(), "").start().await;
    let (status, _, body) = ask(&gateway, "m").await;
    assert_eq!(status, 502, "{body}");
    let message = body["error"]["message"].as_str().expect("a message");
    let host = identity.address();
    assert_eq!(
        message,
        format!(
            "`azure_openai/the-model` cannot be asked: the identity service at `{host}` answered with status 400 (invalid_client)"
        )
    );
    assert_eq!(body["error"]["attempts"][0]["condition"], "auth_failed");
    assert!(models.received().is_empty());
}

#[tokio::test]
async fn identity_service_that_hangs_holds_up_nobody_else() {
    let identity = Upstream::always(Reply::silence()).await;
    let models = models().await;
    let gateway = config(&identity.url(), &models.url(), "").start().await;
    let waiting = gateway.client().post("/v1/chat/completions", CHAT).send();
    let others = async {
        identity.request(0).await;
        for _ in 0..5 {
            assert_eq!(ask(&gateway, "other").await.0, 200);
        }
    };
    tokio::select! {
        answer = waiting => panic!("it was answered with {}", answer.status),
        () = others => {}
    }
    assert_eq!(models.received().len(), 5);
}

#[tokio::test]
async fn what_is_shown_to_clouds_is_never_told() {
    let said = format!("{{\"error\":{{\"message\":\"bad {TOKEN} and {SECRET}\",\"type\":\"x\"}}}}");
    let upstream = Upstream::scripted(move |request| {
        if request.target.starts_with("/identity") {
            token()
        } else {
            Reply::json(401, said.clone()).header("x-said", TOKEN)
        }
    })
    .await;
    let entry = "{model: azure_openai/the-model, base_url: URL, auth: {type: entra, tenant_id: t, client_id: app, \
                 client_secret: $CLOUD_SECRET, token_url: URL/identity/token}}";
    let gateway = launch(&entry.replace("URL", &upstream.url())).arg("--log").arg("trace").start().await;
    let answer = gateway.client().post("/v1/chat/completions", CHAT).send().await;
    assert_eq!(answer.status, 401);
    let id = answer.header("x-callsign-request-id").expect("an id").to_owned();
    let headers = format!("{:?}", answer.headers);
    let shown = headers + &answer.text().await;
    let record = gateway.admin().get(&format!("/api/v1/exchanges/{id}")).send().await;
    assert_eq!(record.status, 200);
    let record = record.text().await;
    let log = gateway.terminate().await.stderr;
    assert!(log.contains("TRACE"));
    for secret in [TOKEN, SECRET] {
        assert!(!shown.contains(secret), "{shown}");
        assert!(!record.contains(secret), "{record}");
        assert_eq!(log.lines().find(|line| line.contains(secret)), None);
    }
}

#[tokio::test]
async fn signed_requests_tell_no_secret_either() {
    let upstream = Upstream::scripted(|request| {
        let said = format!("{{\"message\":\"{:?}\"}}", request.header("x-amz-security-token"));
        Reply::json(403, said.replace("\\\"", "").replace("Some(\"", "").replace("\")", ""))
    })
    .await;
    let entry = "{model: bedrock/the-model, provider_interface: openai, region: r-1, base_url: URL, \
                 auth: {type: aws_sigv4, access_key_id: AKID, secret_access_key: $CLOUD_SECRET, session_token: $SESSION}}";
    let launch =
        launch(&entry.replace("URL", &upstream.url())).env("SESSION", TOKEN).arg("--log").arg("trace");
    let gateway = launch.start().await;
    let answer = gateway.client().post("/v1/chat/completions", CHAT).send().await;
    let shown = answer.text().await;
    assert!(shown.contains("[redacted]"), "{shown}");
    let log = gateway.terminate().await.stderr;
    for secret in [TOKEN, SECRET] {
        assert!(!shown.contains(secret), "{shown}");
        assert_eq!(log.lines().find(|line| line.contains(secret)), None);
    }
}
