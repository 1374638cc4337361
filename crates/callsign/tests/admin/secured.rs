//! The admin listener over TLS: who is let in by token or by certificate, and certificates that change.

use std::path::Path;

use callsign_testkit::client::{Answer, Client};
use callsign_testkit::deadline::soon;
use callsign_testkit::gateway::{Gateway, Launch};
use callsign_testkit::secure::{Authority, Trust};
use tempfile::TempDir;

use super::scene::{CONFIG, launch};

const TOKEN: &str = "an-operators-token";

/// A folder with a certificate of `authority`'s, its key, and what vouches for clients.
fn folder(authority: &Authority, clients: &Authority) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), authority.pem());
    std::fs::copy(clients.path(), folder.path().join("ca.pem")).expect("a file");
    folder
}

fn write(folder: &Path, (certificate, key): (String, String)) {
    std::fs::write(folder.join("tls.key"), key).expect("a file");
    std::fs::write(folder.join("tls.crt"), certificate).expect("a file");
}

/// `{files}` of what is written of the listener becomes the keys of its files.
fn secured(written: &str, folder: &TempDir) -> Launch {
    let folder = folder.path().display();
    let files = format!("cert: {folder}/tls.crt, key: {folder}/tls.key");
    let ca = format!("client_ca: {folder}/ca.pem");
    let admin = written.replace("FILES", &files).replace("CA", &ca);
    launch(&format!("{CONFIG}admin: {{port: 0, {admin}}}\n")).env("ADMIN_TOKEN", TOKEN)
}

/// The listener by loopback, wherever else it listens.
fn client(gateway: &Gateway) -> Client {
    let url = gateway.admin_url();
    assert!(url.starts_with("https://"), "{url}");
    let port = url.rsplit(':').next().expect("a port").parse::<u16>().expect("a port");
    Client::new(([127, 0, 0, 1], port).into())
}

async fn get(gateway: &Gateway, path: &str, trust: &Trust) -> Answer {
    client(gateway).get(path).over(trust).send().await
}

#[tokio::test]
async fn token_is_shown_over_tls() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let folder = folder(&authority, &clients);
    let gateway = secured("address: 0.0.0.0, token: $ADMIN_TOKEN, tls: {FILES}", &folder).start().await;
    let trust = authority.trust(None);
    assert_eq!(get(&gateway, "/healthz", &trust).await.status, 200);
    assert_eq!(get(&gateway, "/api/v1/config", &trust).await.status, 401);
    let bearer = format!("Bearer {TOKEN}");
    let call = client(&gateway).get("/api/v1/config").header("authorization", &bearer).over(&trust);
    assert_eq!(call.send().await.status, 200);
    // Nothing is told to those who speak plainly.
    assert!(client(&gateway).get("/healthz").try_send().await.is_err());
}

#[tokio::test]
async fn certificate_is_as_good_as_a_token() {
    let (authority, clients, others) = (Authority::new(), Authority::new(), Authority::new());
    let folder = folder(&authority, &clients);
    let (nothing, known) = (authority.trust(None), authority.trust(Some(&clients.pem())));
    let unknown = authority.trust(Some(&others.pem()));
    for (admin, bearer) in [
        ("address: 0.0.0.0, tls: {FILES, CA}", 401),
        ("address: 0.0.0.0, token: $ADMIN_TOKEN, tls: {FILES, CA}", 200),
        ("address: 127.0.0.1, tls: {FILES, CA}", 401),
    ] {
        let gateway = secured(admin, &folder).start().await;
        for (path, without) in [
            ("/healthz", 200),
            ("/readyz", 200),
            ("/ui/", 200),
            ("/metrics", 401),
            ("/api/v1/config", 401),
            ("/api/v1/live", 401),
        ] {
            assert_eq!(get(&gateway, path, &nothing).await.status, without, "{admin} {path}");
            assert_eq!(get(&gateway, path, &known).await.status, 200, "{admin} {path}");
            let unknown = client(&gateway).get(path).over(&unknown).try_send().await;
            assert!(unknown.is_err(), "{admin} {path} {unknown:?}");
        }
        let shown = format!("Bearer {TOKEN}");
        let call = client(&gateway).get("/metrics").header("authorization", &shown).over(&nothing);
        assert_eq!(call.send().await.status, bearer, "{admin}");
    }
}

#[tokio::test]
async fn playground_answers_over_tls() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let folder = folder(&authority, &clients);
    let gateway = secured("address: '::', tls: {FILES, CA}", &folder).start().await;
    let known = authority.trust(Some(&clients.pem()));
    let body = r#"{"model":"talk","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
    let played = client(&gateway).post("/api/v1/playground/v1/chat/completions", body).over(&known);
    assert!(played.send().await.text().await.contains("[DONE]"));
    // A browser shows its certificate for pages of others as well.
    let foreign = client(&gateway).post("/api/v1/drain", "").header("origin", "https://evil.example");
    assert_eq!(foreign.over(&known).send().await.status, 403);
}

#[tokio::test]
async fn files_that_are_of_no_use_stop_the_start() {
    let (authority, clients) = (Authority::new(), Authority::new());
    for (spoilt, content, told) in [
        ("tls.crt", None, "tls.crt` of `admin.tls.cert`"),
        ("tls.key", None, "tls.key` of `admin.tls.key`"),
        ("ca.pem", None, "ca.pem` of `admin.tls.client_ca`"),
        ("tls.crt", Some("nothing".to_owned()), "`admin.tls.cert` holds no certificate"),
        ("tls.key", Some("nothing".to_owned()), "`admin.tls.key` holds no private key"),
        ("ca.pem", Some(String::new()), "`admin.tls.client_ca` holds no certificate"),
        ("tls.key", Some(clients.pem().1), "is not that of the certificate in"),
    ] {
        let folder = folder(&authority, &clients);
        let path = folder.path().join(spoilt);
        match content {
            Some(content) => std::fs::write(path, content).expect("a file"),
            None => std::fs::remove_file(path).expect("a file"),
        }
        let ended = secured("tls: {FILES, CA}", &folder).ended().await;
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{spoilt}: {}", ended.stderr);
        assert!(!ended.stderr.contains("PRIVATE"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn certificates_are_renewed_while_it_serves() {
    let (authority, clients, next) = (Authority::new(), Authority::new(), Authority::new());
    let folder = folder(&authority, &clients);
    let gateway = secured("address: 0.0.0.0, tls: {FILES, CA}", &folder).start().await;
    let shown = clients.pem();
    let before = authority.trust(Some(&shown));
    let mut live = get(&gateway, "/api/v1/live", &before).await;
    // A key that is another's changes nothing, and is told.
    std::fs::write(folder.path().join("tls.key"), next.pem().1).expect("a file");
    gateway.logged("is not that of the certificate in").await;
    let config = get(&gateway, "/api/v1/config", &before).await.json().await;
    assert!(config["rejected"].as_str().is_some_and(|why| why.contains("admin.tls.key")), "{config}");
    assert_eq!(config["revision"], 1);
    write(folder.path(), next.pem());
    gateway.logged("reloaded (revision 2)").await;
    let config = get(&gateway, "/api/v1/config", &next.trust(Some(&shown))).await.json().await;
    assert_eq!((&config["rejected"], &config["revision"]), (&serde_json::Value::Null, &2.into()));
    // Who is connected stays so.
    soon("the next numbers", live.next()).await.expect("more").expect("a piece");
    // So do the authorities of clients.
    std::fs::copy(next.path(), folder.path().join("ca.pem")).expect("a file");
    gateway.logged("reloaded (revision 3)").await;
    let call = client(&gateway).get("/metrics").over(&next.trust(Some(&shown)));
    assert!(call.try_send().await.is_err());
    assert_eq!(get(&gateway, "/metrics", &next.trust(Some(&next.pem()))).await.status, 200);
}

#[tokio::test]
async fn plan_asks_over_tls() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let folder = folder(&authority, &clients);
    let gateway = secured("address: 0.0.0.0, tls: {FILES, CA}", &folder).start().await;
    let port = gateway.admin_url().rsplit(':').next().expect("a port").to_owned();
    // Not where the gateway has its own, which it follows.
    let own = tempfile::tempdir().expect("a folder");
    write(own.path(), clients.pem());
    for (shows, expected) in [(true, 0), (false, 1)] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_callsign"));
        command.arg("plan").arg(gateway.config_path()).env("ADMIN_TOKEN", TOKEN).env("OPENAI_API_KEY", "x");
        command.arg("--against").arg(format!("https://localhost:{port}")).arg("--ca").arg(authority.path());
        if shows {
            command.arg("--cert").arg(own.path().join("tls.crt"));
            command.arg("--key").arg(own.path().join("tls.key"));
        }
        let run = tokio::task::spawn_blocking(move || command.output()).await.expect("a thread");
        let told = run.expect("the binary runs");
        assert_eq!(told.status.code(), Some(expected), "{}", String::from_utf8_lossy(&told.stderr));
    }
}
