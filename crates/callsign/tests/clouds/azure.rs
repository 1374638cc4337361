//! Microsoft: tokens of Entra's for Azure's deployments and Foundry.

use callsign_testkit::reply::Reply;

use super::scene::{
    ANSWER, CHAT, COMPLETION, MESSAGE, SECRET, Scene, TOKEN, form, launch, to_the_model, to_the_service,
};

const ENTRY: &str = "{model: azure_openai/the-model, base_url: URL, auth: {type: entra, tenant_id: t, client_id: app, \
                     client_secret: $CLOUD_SECRET, token_url: URL/identity/token}}";

#[tokio::test]
async fn application_gets_a_token_once_and_shows_it_each_time() {
    let scene = Scene::of(ENTRY, Reply::json(200, COMPLETION)).await;
    for _ in 0..3 {
        scene.asks("/v1/chat/completions", CHAT).await;
    }
    let service = to_the_service(&scene.upstream);
    assert_eq!(service.len(), 1);
    let form = form(&service[0]);
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["client_id"], "app");
    assert_eq!(form["client_secret"], SECRET);
    assert_eq!(form["scope"], "https://cognitiveservices.azure.com/.default");
    let model = to_the_model(&scene.upstream);
    assert_eq!(model.len(), 3);
    for request in model {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
        assert_eq!(request.header("api-key"), None);
        assert!(request.target.starts_with("/openai/deployments/the-model/chat/completions?api-version="));
    }
}

#[tokio::test]
async fn version_one_needs_no_deployment_in_its_path() {
    let entry = "{model: azure_openai/the-model, base_url: URL, api_version: v1, access_key: $CLOUD_SECRET}";
    let scene = Scene::of(entry, Reply::json(200, COMPLETION)).await;
    scene.asks("/v1/chat/completions", CHAT).await;
    let request = scene.upstream.only();
    assert_eq!(request.target, "/openai/v1/chat/completions");
    assert_eq!(request.header("api-key"), Some(SECRET));
    assert_eq!(request.json()["model"], "the-model");
}

#[tokio::test]
async fn anthropics_models_are_asked_in_their_dialect() {
    let entry = "{model: azure/the-model, provider_interface: anthropic, base_url: URL, auth: {type: entra, token: $CLOUD_SECRET}}";
    let scene = Scene::of(entry, Reply::json(200, ANSWER)).await;
    scene.asks("/v1/messages", MESSAGE).await;
    let request = scene.upstream.only();
    assert_eq!(request.target, "/anthropic/v1/messages");
    assert_eq!(request.header("authorization"), Some(format!("Bearer {SECRET}").as_str()));
    assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
}

#[tokio::test]
async fn federated_application_shows_what_its_file_holds() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "federated.jwt.token\n").expect("a writable file");
    let entry = format!(
        "{{model: azure_openai/the-model, base_url: URL, auth: {{type: entra, client_id: app, token_url: URL/identity, \
         federated_token_file: '{}'}}}}",
        file.path().display()
    );
    let scene = Scene::of(&entry, Reply::json(200, COMPLETION)).await;
    scene.asks("/v1/chat/completions", CHAT).await;
    let form = form(&to_the_service(&scene.upstream)[0]);
    assert_eq!(form["client_assertion"], "federated.jwt.token");
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
}

#[tokio::test]
async fn machines_and_services_have_identities_of_their_own() {
    let reply = Reply::json(200, format!(r#"{{"access_token":"{TOKEN}","expires_on":"4102444800"}}"#));
    let machine = "{model: azure_openai/the-model, base_url: URL, auth: {type: entra, managed_identity: true, \
                   client_id: app, token_url: URL/identity}}";
    let service =
        "{model: azure_openai/the-model, base_url: URL, auth: {type: entra, managed_identity: true}}";
    let resource = "resource=https%3A%2F%2Fcognitiveservices.azure.com";
    let version = |version: &str| format!("/identity?api-version={version}&{resource}");
    for (entry, target, header) in [
        (machine, version("2018-02-01") + "&client_id=app", ("metadata", "true")),
        (service, version("2019-08-01"), ("x-identity-header", SECRET)),
    ] {
        let answer = reply.clone();
        let upstream = callsign_testkit::upstream::Upstream::scripted(move |request| {
            if request.method == "GET" { answer.clone() } else { Reply::json(200, COMPLETION) }
        })
        .await;
        let launch = launch(&entry.replace("URL", &upstream.url()));
        let endpoint = format!("{}/identity", upstream.url());
        let gateway = launch.env("IDENTITY_ENDPOINT", &endpoint).env("IDENTITY_HEADER", SECRET).start().await;
        let scene = Scene { upstream, gateway };
        for _ in 0..2 {
            scene.asks("/v1/chat/completions", CHAT).await;
        }
        let asked = to_the_service(&scene.upstream);
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].target, target);
        assert_eq!(asked[0].header(header.0), Some(header.1));
        assert_eq!(
            to_the_model(&scene.upstream)[1].header("authorization"),
            Some(format!("Bearer {TOKEN}").as_str())
        );
    }
}

#[tokio::test]
async fn token_that_is_over_is_asked_for_again() {
    let upstream = callsign_testkit::upstream::Upstream::scripted(|request| {
        if request.target.starts_with("/identity") {
            let text = format!(r#"{{"access_token":"token-{}","expires_in":5}}"#, request.index);
            Reply::json(200, text)
        } else {
            Reply::json(200, COMPLETION)
        }
    })
    .await;
    let gateway = launch(&ENTRY.replace("URL", &upstream.url())).start().await;
    let scene = Scene { upstream, gateway };
    for _ in 0..2 {
        scene.asks("/v1/chat/completions", CHAT).await;
    }
    let shown = to_the_model(&scene.upstream);
    assert_eq!(shown[0].header("authorization"), Some("Bearer token-0"));
    assert_eq!(shown[1].header("authorization"), Some("Bearer token-2"));
}
