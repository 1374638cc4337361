//! Who is let in: nobody from the network without the token, and no page of somebody else's.

use callsign_testkit::client::Client;
use callsign_testkit::raw::Raw;
use serde_json::json;

use super::scene::{CONFIG, get, launch};

const TOKEN: &str = "an-operators-token";

#[tokio::test]
async fn open_listener_beyond_loopback_does_not_start() {
    for admin in ["admin: {address: 0.0.0.0, port: 0}", "admin: {address: '::', port: 0}"] {
        let ended = launch(&format!("{CONFIG}{admin}\n")).ended().await;
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains("error[open-admin]"), "{}", ended.stderr);
    }
    let lacking = format!("{CONFIG}admin: {{address: 0.0.0.0, port: 0, token: $NOT_SET}}\n");
    let ended = launch(&lacking).arg("--allow-missing-keys").ended().await;
    assert!(
        !ended.status.success() && ended.stderr.contains("`NOT_SET` of `admin.token` is not set"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn token_is_asked_for_but_for_health() {
    for address in ["0.0.0.0", "127.0.0.1"] {
        let config = format!("{CONFIG}admin: {{address: {address}, port: 0, token: $ADMIN_TOKEN}}\n");
        let gateway = launch(&config).env("ADMIN_TOKEN", TOKEN).start().await;
        let port = gateway.admin_url().rsplit(':').next().expect("a port").parse::<u16>().expect("a port");
        let client = Client::new(([127, 0, 0, 1], port).into());
        for (path, status) in [
            ("/healthz", 200),
            ("/readyz", 200),
            ("/api/v1/config", 401),
            ("/api/v1/live", 401),
            ("/metrics", 401),
        ] {
            assert_eq!(client.get(path).send().await.status, status, "{path}");
        }
        let wrong =
            client.get("/api/v1/config").header("authorization", "Bearer an-operators-tokem").send().await;
        assert_eq!((wrong.status, wrong.header("www-authenticate")), (401, Some("Bearer")));
        assert_eq!(wrong.json().await["error"]["code"], "unauthorized");
        let bearer = format!("Bearer {TOKEN}");
        let told = client.get("/api/v1/config").header("authorization", &bearer).send().await;
        assert_eq!(told.status, 200);
        assert!(!told.text().await.contains(TOKEN));
        let body = r#"{"model":"talk","messages":[{"role":"user","content":"Hi"}]}"#;
        let played =
            client.post("/api/v1/playground/v1/chat/completions", body).header("authorization", &bearer);
        assert_eq!(played.send().await.status, 200);
        assert!(!gateway.stderr().contains(TOKEN));
    }
}

#[tokio::test]
async fn pages_of_others_are_kept_out() {
    let gateway = launch(CONFIG).start().await;
    let url = gateway.admin_url();
    let authority = url.trim_start_matches("http://");
    let address = authority.parse::<std::net::SocketAddr>().expect("an address");
    for (host, status) in [("rebound.example", 403), ("localhost", 200)] {
        let mut raw = Raw::connect(address).await;
        raw.send(format!("GET /api/v1/config HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")).await;
        assert_eq!(raw.response().await.status, status, "{host}");
    }
    let foreign =
        gateway.admin().post("/api/v1/drain", "").header("origin", "http://evil.example").send().await;
    assert_eq!((foreign.status, &foreign.json().await["error"]["code"]), (403, &json!("forbidden")));
    get(&gateway, "/readyz").await;
}
