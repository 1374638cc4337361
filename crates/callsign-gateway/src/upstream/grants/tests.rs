//! A holder against a scripted identity service, with the time told to it.

use callsign_plan::grant::{Entra, EntraSource};
use callsign_testkit::gate::Gate;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream as Scripted;
use tokio_util::task::TaskTracker;

use super::*;
use crate::upstream::tls::Tls;

/// A service that gives `token-0`, `token-1`, … for an hour each.
async fn service() -> Scripted {
    Scripted::scripted(|request| token(request.index)).await
}

fn token(number: usize) -> Reply {
    Reply::json(200, format!(r#"{{"access_token":"token-{number}","expires_in":3600}}"#))
}

fn refused() -> Reply {
    Reply::json(400, r#"{"error":"invalid_client"}"#)
}

struct Scene {
    holder: Arc<Holder>,
    upstream: Arc<Upstream>,
    start: Instant,
}

impl Scene {
    fn of(service: &Scripted) -> Self {
        let source = EntraSource::Secret {
            url: format!("{}/token", service.url()).into(),
            client_id: "app".into(),
            secret: "s3cr3t".into(),
        };
        let grant = Arc::new(Grant::Entra(Entra { source, scope: "scope".into() }));
        let upstream = Arc::new(Upstream::new(Arc::new(Tls::new(None).unwrap()), TaskTracker::new()));
        Self { holder: Arc::new(Holder::new(grant)), upstream, start: Instant::now() }
    }

    /// The token that a request after `seconds` is sent with.
    async fn after(&self, seconds: u64) -> Result<String, GrantError> {
        let now = self.start + Duration::from_secs(seconds);
        let held = self.holder.held(&self.upstream, now).await?;
        let mut request = Request::new(Payload::whole(""));
        held.vouch(&mut request, 0).unwrap();
        let value = request.headers()[header::AUTHORIZATION].to_str().unwrap();
        Ok(value.strip_prefix("Bearer ").unwrap().to_owned())
    }

    /// Waits until nobody asks in the background.
    async fn settled(&self) {
        self.upstream.tasks.close();
        self.upstream.tasks.wait().await;
        self.upstream.tasks.reopen();
    }
}

#[tokio::test]
async fn many_requests_wait_for_one_asking() {
    let gate = Gate::closed();
    let held = gate.clone();
    let service = Scripted::scripted(move |request| token(request.index).held_by(&held)).await;
    let scene = Arc::new(Scene::of(&service));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let scene = Arc::clone(&scene);
        asking.spawn(async move { scene.after(0).await });
    }
    service.request(0).await;
    gate.open();
    for token in asking.join_all().await {
        assert_eq!(token.as_deref(), Ok("token-0"));
    }
    assert_eq!(service.received().len(), 1);
}

#[tokio::test]
async fn token_is_kept_then_renewed_aside_then_waited_for() {
    let service = service().await;
    let scene = Scene::of(&service);
    assert_eq!(scene.after(0).await.unwrap(), "token-0");
    assert_eq!(scene.after(3_000).await.unwrap(), "token-0");
    scene.settled().await;
    assert_eq!(service.received().len(), 1, "it is young enough");
    assert_eq!(scene.after(3_400).await.unwrap(), "token-0", "the old one goes on to be used");
    scene.settled().await;
    assert_eq!(scene.after(3_400).await.unwrap(), "token-1", "the new one came aside");
    assert_eq!(scene.after(7_400).await.unwrap(), "token-2", "after the end nothing else will do");
    assert_eq!(service.received().len(), 3);
}

#[tokio::test]
async fn failed_renewal_leaves_what_is_held_in_use() {
    let service = Scripted::sequence([token(0), refused(), token(2)]).await;
    let scene = Scene::of(&service);
    assert_eq!(scene.after(0).await.unwrap(), "token-0");
    for _ in 0..3 {
        assert_eq!(scene.after(3_400).await.unwrap(), "token-0");
        scene.settled().await;
    }
    assert_eq!(service.received().len(), 2, "a service that failed has a pause");
    assert_eq!(scene.after(3_700).await.unwrap(), "token-2");
}

#[tokio::test]
async fn service_that_failed_is_left_alone_for_a_while() {
    let service = Scripted::sequence([refused(), refused(), token(2)]).await;
    let scene = Scene::of(&service);
    let error = scene.after(0).await.unwrap_err();
    assert!(error.to_string().ends_with("answered with status 400 (invalid_client)"), "{error}");
    assert_eq!(scene.after(0).await.unwrap_err(), error);
    assert_eq!(scene.after(1).await.unwrap_err(), error);
    assert_eq!(service.received().len(), 1);
    assert_eq!(scene.after(60).await.unwrap_err(), error);
    assert_eq!(scene.after(120).await.unwrap(), "token-2");
}

#[tokio::test]
async fn refused_token_is_asked_for_anew_once_it_is_not_young() {
    let service = service().await;
    let scene = Scene::of(&service);
    scene.after(0).await.unwrap();
    let held = scene.holder.held.load_full().unwrap();
    scene.holder.doubt(&held, scene.start + Duration::from_secs(10));
    assert_eq!(scene.after(10).await.unwrap(), "token-0", "it was just given");
    scene.holder.doubt(&held, scene.start + Duration::from_secs(100));
    assert_eq!(scene.after(100).await.unwrap(), "token-1");
    scene.holder.doubt(&held, scene.start + Duration::from_secs(200));
    assert_eq!(scene.after(200).await.unwrap(), "token-1", "another was refused, not this");
}

#[tokio::test]
async fn complaint_is_told_by_its_code_alone() {
    let said = r#"{"error":"invalid_client","error_codes":[7000215],"error_description":"not s3cr3t"}"#;
    let cases = [
        (said, " (invalid_client, AADSTS7000215)"),
        (r#"{"error":"s3cr3t said no"}"#, ""),
        (r#"{"error":{"message":"s3cr3t"}}"#, ""),
        ("s3cr3t", ""),
    ];
    for (body, expected) in cases {
        let service = Scripted::always(Reply::json(401, body)).await;
        let error = Scene::of(&service).after(0).await.unwrap_err().to_string();
        assert!(error.ends_with(&format!("status 401{expected}")), "{body}: {error}");
    }
}

#[tokio::test]
async fn answers_that_are_none_are_told_as_such() {
    for reply in [
        Reply::json(200, "{}"),
        Reply::json(200, r#"{"access_token":7}"#),
        Reply::body(200, "text/html", "<html>"),
        Reply::abort(),
        Reply::json(200, format!(r#"{{"access_token":"{}"}}"#, "x".repeat(300 << 10))),
    ] {
        let service = Scripted::always(reply).await;
        let error = Scene::of(&service).after(0).await.unwrap_err();
        assert!(matches!(error, GrantError::Unreachable { .. }), "{error:?}");
    }
}

#[test]
fn what_is_held_outlives_the_configuration() {
    let grant = |scope: &str| {
        let source = EntraSource::Token("s3cr3t".into());
        Arc::new(Grant::Entra(Entra { source, scope: scope.into() }))
    };
    let mut first = Holders::after(None);
    let holder = first.of(&grant("one"));
    assert!(Arc::ptr_eq(&holder, &first.of(&grant("one"))), "one grant, one holder");
    let first = first.settled();
    let mut second = Holders::after(Some(&first));
    assert!(Arc::ptr_eq(&holder, &second.of(&grant("one"))));
    assert!(!Arc::ptr_eq(&holder, &second.of(&grant("two"))));
    let second = second.settled();
    let third = Holders::after(Some(&second)).settled();
    assert!(third.is_empty(), "what nobody names is not kept");
}

#[test]
fn renewal_leaves_time_before_the_end() {
    for (lifetime, least, most) in [(3_600, 3_000, 3_300), (600, 280, 300), (60, 28, 30), (0, 0, 0)] {
        for _ in 0..100 {
            let after = renewed_after(Duration::from_secs(lifetime)).as_secs();
            assert!((least..=most).contains(&after), "{lifetime}: {after}");
        }
    }
}
