//! Google: service accounts, users and machines, Vertex AI's paths and bodies.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use callsign_testkit::reply::Reply;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::scene::{
    ANSWER, CHAT, COMPLETION, MESSAGE, SECRET, Scene, TOKEN, form, launch, to_the_model, to_the_service,
};

/// A service account's key file, and the key that proves its signatures.
fn service_account() -> (NamedTempFile, RsaKeyPair) {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a new key");
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = key.as_der().expect("a key as PKCS #8");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let file = written(&json!({
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "key-1",
        "private_key": pem,
        "client_email": "gateway@p.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }));
    (file, key)
}

fn written(credentials: &Value) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), credentials.to_string()).expect("a writable file");
    file
}

fn vertex(rest: &str, file: &NamedTempFile) -> String {
    format!(
        "{{model: vertex_ai/the-model, project: p, location: eu, base_url: URL, {rest}, \
         auth: {{type: google, credentials_file: '{}', token_url: URL/identity/token}}}}",
        file.path().display()
    )
}

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("json")
}

#[tokio::test]
async fn service_account_signs_for_itself_and_anthropics_models_are_asked_on_vertex() {
    let (file, key) = service_account();
    let events = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let entry = vertex("provider_interface: anthropic", &file);
    let upstream = callsign_testkit::upstream::Upstream::scripted(move |request| {
        if request.target.starts_with("/identity") {
            super::scene::token()
        } else if request.target.ends_with(":streamRawPredict") {
            Reply::sse([events])
        } else {
            Reply::json(200, ANSWER)
        }
    })
    .await;
    let gateway = launch(&entry.replace("URL", &upstream.url())).start().await;
    let scene = Scene { upstream, gateway };
    scene.asks("/v1/messages", MESSAGE).await;
    scene.asks("/v1/messages", &MESSAGE.replace("\"model\"", "\"stream\":true,\"model\"")).await;
    scene.asks("/v1/messages/count_tokens", MESSAGE).await;

    let asked = to_the_service(&scene.upstream);
    assert_eq!(asked.len(), 1);
    let form = form(&asked[0]);
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (unsigned, signature) = form["assertion"].rsplit_once('.').expect("three parts");
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    public.verify(unsigned.as_bytes(), &signature).expect("a signature of the account's");
    let (header, claims) = unsigned.split_once('.').expect("two parts");
    assert_eq!(part(header), json!({"alg": "RS256", "typ": "JWT", "kid": "key-1"}));
    let claims = part(claims);
    assert_eq!(claims["iss"], "gateway@p.iam.gserviceaccount.com");
    assert_eq!(claims["aud"], format!("{}/identity/token", scene.upstream.url()));
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");
    assert_eq!(claims["exp"].as_u64(), claims["iat"].as_u64().map(|issued| issued + 3600));

    let models = "/projects/p/locations/eu/publishers/anthropic/models";
    let model = to_the_model(&scene.upstream);
    let targets: Vec<_> = model.iter().map(|request| request.target.clone()).collect();
    let expected = ["the-model:rawPredict", "the-model:streamRawPredict", "count-tokens:rawPredict"];
    assert_eq!(targets, expected.map(|end| format!("/v1{models}/{end}")));
    for request in &model {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
        assert_eq!(request.json()["anthropic_version"], "vertex-2023-10-16");
    }
    assert_eq!(
        model[0].text(),
        MESSAGE.replace(r#""model":"m""#, r#""anthropic_version":"vertex-2023-10-16""#),
        "every other byte is the client's"
    );
    assert_eq!(model[1].json()["stream"], true);
    assert_eq!(model[1].json().get("model"), None);
    assert_eq!(model[2].json()["model"], "the-model");
}

#[tokio::test]
async fn users_and_federated_identities_get_tokens_too() {
    let subject = written(&json!({"id_token": "federated.subject"}));
    let user =
        json!({"type": "authorized_user", "client_id": "c", "client_secret": SECRET, "refresh_token": "r"});
    let federated = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/x",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": subject.path(), "format": {"type": "json", "subject_token_field_name": "id_token"}},
    });
    for (credentials, expected) in [
        (user, vec![("grant_type", "refresh_token"), ("refresh_token", "r"), ("client_secret", SECRET)]),
        (federated, vec![("subject_token", "federated.subject"), ("audience", "//iam.googleapis.com/x")]),
    ] {
        let file = written(&credentials);
        let scene =
            Scene::of(&vertex("provider_interface: openai", &file), Reply::json(200, COMPLETION)).await;
        scene.asks("/v1/chat/completions", CHAT).await;
        let form = form(&to_the_service(&scene.upstream)[0]);
        for (name, value) in expected {
            assert_eq!(form[name], value, "{credentials}");
        }
        let request = &to_the_model(&scene.upstream)[0];
        assert_eq!(request.target, "/v1/projects/p/locations/eu/endpoints/openapi/chat/completions");
        assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    }
}

#[tokio::test]
async fn machine_without_credentials_asks_its_metadata_server() {
    let entry = "{model: vertex_ai/the-model, provider_interface: openai, project: p, base_url: URL, \
                 auth: {type: google, token_url: URL/identity}}";
    let scene = Scene::of(entry, Reply::json(200, COMPLETION)).await;
    scene.asks("/v1/chat/completions", CHAT).await;
    let asked = &to_the_service(&scene.upstream)[0];
    assert_eq!(asked.header("metadata-flavor"), Some("Google"));
    assert_eq!(asked.target, "/identity?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform");
}

#[tokio::test]
async fn gemini_reads_its_key_where_the_dialect_puts_it() {
    let entry = "{model: gemini/the-model, access_key: $CLOUD_SECRET, base_url: URL}";
    let scene = Scene::of(entry, Reply::json(200, COMPLETION)).await;
    scene.asks("/v1/chat/completions", CHAT).await;
    let request = scene.upstream.only();
    assert_eq!(request.target, "/v1beta/openai/chat/completions");
    assert_eq!(request.header("authorization"), Some(format!("Bearer {SECRET}").as_str()));
    assert_eq!(request.header("x-goog-api-key"), None);
}
