//! Amazon: signatures that a server checks, keys from wherever they come.

use aws_lc_rs::{digest, hmac};
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;

use super::scene::{
    ANSWER, CHAT, COMPLETION, MESSAGE, SECRET, Scene, TOKEN, form, launch, to_the_model, to_the_service,
};

const ENTRY: &str = "{model: bedrock/the-model, provider_interface: openai, region: eu-central-1, base_url: URL, auth: {type: aws_sigv4}}";

/// Checks the signature of what arrived, as a server does that knows the secret; gives the key's id.
fn signed_by(request: &Received, secret: &str, (region, service): (&str, &str)) -> String {
    let header =
        |name: &str| request.header(name).unwrap_or_else(|| panic!("no {name}: {:?}", request.headers));
    let authorization = header("authorization");
    let field = |name: &str| {
        let (_, after) = authorization.split_once(&format!("{name}=")).expect("a field");
        after.split(',').next().expect("a value").to_owned()
    };
    let (date, names) = (header("x-amz-date"), field("SignedHeaders"));
    let headers: Vec<_> = names.split(';').map(|name| format!("{name}:{}\n", header(name))).collect();
    let headers = headers.concat();
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let canonical = format!(
        "{}\n{}\n{query}\n{headers}\n{names}\n{}",
        request.method,
        path.replace('%', "%25"),
        hex(digest::digest(&digest::SHA256, &request.body).as_ref())
    );
    let scope = format!("{}/{region}/{service}/aws4_request", date.split('T').next().expect("a day"));
    let hashed = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}");
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope.split('/') {
        key = mac(&key, part);
    }
    assert_eq!(field("Signature"), hex(&mac(&key, &text)), "{canonical}");
    let credential = field("Credential");
    let (id, signed_scope) = credential.split_once('/').expect("an id and a scope");
    assert_eq!(signed_scope, scope);
    id.to_owned()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

async fn with_environment(
    entry: &str,
    variables: &[(&str, &str)],
    script: impl Fn(&Received) -> Reply + Send + Sync + 'static,
) -> Scene {
    let upstream = Upstream::scripted(script).await;
    let mut launch = launch(&entry.replace("URL", &upstream.url()));
    for (name, value) in variables {
        launch = launch.env(name, &value.replace("URL", &upstream.url()));
    }
    Scene { gateway: launch.start().await, upstream }
}

const SCOPE: (&str, &str) = ("eu-central-1", "bedrock");

#[tokio::test]
async fn keys_of_the_environment_sign_each_request() {
    let keys =
        [("AWS_ACCESS_KEY_ID", "AKID1"), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_SESSION_TOKEN", TOKEN)];
    let scene = with_environment(ENTRY, &keys, |_| Reply::json(200, COMPLETION)).await;
    let long = CHAT.replace("Hi", &"long ".repeat(40_000));
    for body in [CHAT, &long] {
        let call = scene.gateway.client().post("/v1/chat/completions", body.to_owned());
        let call = call.header("x-amz-security-token", "the-clients");
        assert_eq!(call.send().await.status, 200, "{}", scene.gateway.stderr());
    }
    for request in scene.upstream.received() {
        assert_eq!(request.target, "/openai/v1/chat/completions");
        assert_eq!(signed_by(&request, SECRET, SCOPE), "AKID1");
        assert_eq!(request.header("x-amz-security-token"), Some(TOKEN));
    }
}

#[tokio::test]
async fn bedrock_takes_a_bearer_key_in_each_of_its_dialects() {
    for (interface, path, body, target, answer) in [
        ("openai", "/v1/chat/completions", CHAT, "/openai/v1/chat/completions", COMPLETION),
        ("anthropic", "/v1/messages", MESSAGE, "/anthropic/v1/messages", ANSWER),
    ] {
        let entry = format!(
            "{{model: bedrock/the-model, provider_interface: {interface}, base_url: URL, access_key: $CLOUD_SECRET}}"
        );
        let answer = Reply::json(200, answer);
        let scene = with_environment(
            &entry.replace("base_url: URL", &format!("base_url: 'URL{}'", prefix(interface))),
            &[],
            move |_| answer.clone(),
        )
        .await;
        scene.asks(path, body).await;
        let request = scene.upstream.only();
        assert_eq!(request.target, target);
        assert_eq!(request.header("authorization"), Some(format!("Bearer {SECRET}").as_str()));
    }
}

/// A path of one's own replaces the usual one, and none leaves it.
fn prefix(interface: &str) -> &'static str {
    if interface == "openai" { "/openai/v1" } else { "" }
}

#[tokio::test]
async fn containers_and_machines_have_keys_of_their_own() {
    let keys = format!(
        r#"{{"Code":"Success","AccessKeyId":"AKID2","SecretAccessKey":"{SECRET}","Token":"{TOKEN}","Expiration":"2999-01-01T00:00:00Z"}}"#
    );
    let container = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "URL/identity/keys"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"),
    ];
    let machine = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", "URL/identity")];
    let role = "/identity/latest/meta-data/iam/security-credentials/";
    let of_container = vec![("GET", "/identity/keys".to_owned(), "authorization", "container-token")];
    let of_machine = vec![
        ("PUT", "/identity/latest/api/token".to_owned(), "x-aws-ec2-metadata-token-ttl-seconds", "21600"),
        ("GET", role.to_owned(), "x-aws-ec2-metadata-token", "machine-token"),
        ("GET", format!("{role}the-role"), "x-aws-ec2-metadata-token", "machine-token"),
    ];
    for (variables, expected) in [(&container[..], of_container), (&machine[..], of_machine)] {
        let keys = keys.clone();
        let scene = with_environment(ENTRY, variables, move |request| match request.target.as_str() {
            "/identity/latest/api/token" => Reply::body(200, "text/plain", "machine-token"),
            "/identity/latest/meta-data/iam/security-credentials/" => {
                Reply::body(200, "text/plain", "the-role\n")
            }
            target if target.starts_with("/identity") => Reply::json(200, keys.clone()),
            _ => Reply::json(200, COMPLETION),
        })
        .await;
        for _ in 0..2 {
            scene.asks("/v1/chat/completions", CHAT).await;
        }
        let asked = to_the_service(&scene.upstream);
        assert_eq!(asked.len(), expected.len(), "keys are kept: {asked:?}");
        for (request, (method, target, header, value)) in asked.iter().zip(expected) {
            assert_eq!((request.method.as_str(), &request.target), (method, &target));
            assert_eq!(request.header(header), Some(value));
        }
        for request in to_the_model(&scene.upstream) {
            assert_eq!(signed_by(&request, SECRET, SCOPE), "AKID2");
        }
    }
}

#[tokio::test]
async fn roles_are_assumed_with_a_token_or_with_keys() {
    let xml = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKID3</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "web.identity.token\n").expect("a writable file");
    let by_token = format!("role_arn: 'arn:r', web_identity_token_file: '{}'", file.path().display());
    let by_keys =
        "role_arn: 'arn:r', external_id: e, access_key_id: AKID4, secret_access_key: first-secret".to_owned();
    for (auth, action) in [(by_token, "AssumeRoleWithWebIdentity"), (by_keys, "AssumeRole")] {
        let entry =
            ENTRY.replace("type: aws_sigv4", &format!("type: aws_sigv4, token_url: URL/identity, {auth}"));
        let xml = xml.clone();
        let scene = with_environment(&entry, &[], move |request| {
            if request.target.starts_with("/identity") {
                Reply::body(200, "text/xml", xml.clone())
            } else {
                Reply::json(200, COMPLETION)
            }
        })
        .await;
        scene.asks("/v1/chat/completions", CHAT).await;
        let asked = &to_the_service(&scene.upstream)[0];
        let form = form(asked);
        assert_eq!((form["Action"].as_str(), form["RoleArn"].as_str()), (action, "arn:r"));
        if action == "AssumeRole" {
            assert_eq!(form["ExternalId"], "e");
            assert_eq!(signed_by(asked, "first-secret", ("eu-central-1", "sts")), "AKID4");
        } else {
            assert_eq!(form["WebIdentityToken"], "web.identity.token");
            assert_eq!(asked.header("authorization"), None);
        }
        let request = &to_the_model(&scene.upstream)[0];
        assert_eq!(signed_by(request, SECRET, SCOPE), "AKID3");
        assert_eq!(request.header("x-amz-security-token"), Some(TOKEN));
    }
}
