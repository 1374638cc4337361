//! Traces at a collector: how spans hang together with those of the client and the target, what they tell, and that nobody waits for a
//! collector.

use callsign_testkit::collector::{Collector, attribute, hexadecimal};
use callsign_testkit::deadline::soon;
use callsign_testkit::gate::Gate;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;

use super::scene::{Scene, ask, completion, launch, read, tells_nothing};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn tracing(collector: &Collector, further: &str) -> String {
    format!("tracing: {{endpoint: '{}', {further}}}", collector.url())
}

#[tokio::test]
async fn spans_hang_together_from_the_client_to_the_target() {
    for protocol in ["grpc", "http"] {
        let collector = Collector::start().await;
        let further = format!(
            "protocol: {protocol}, random_sampling: 0, headers: {{x-token: t0ken}}, span_attributes: {{header_prefixes: [x-acme-], static: {{environment: test}}}}"
        );
        let scene = Scene::of(Reply::json(503, "{}"), &tracing(&collector, &further)).await;
        let call = scene.ask("fast").header("traceparent", &format!("00-{TRACE}-{PARENT}-01"));
        read(call.header("tracestate", "a=b").header("x-acme-user-id", "7").send().await).await;
        let spans = collector.spans(3).await;
        let named = |name: &str| spans.iter().find(|span| span.name == name).expect(name);
        let (whole, failed, served) = (named("chat fast"), named("chat first"), named("chat second"));
        assert!(spans.iter().all(|span| hexadecimal(&span.trace_id) == TRACE), "{spans:#?}");
        assert_eq!(hexadecimal(&whole.parent_span_id), PARENT, "{protocol}");
        for (attempt, upstream) in [(failed, &scene.first), (served, &scene.second)] {
            assert_eq!(attempt.parent_span_id, whole.span_id);
            let told = upstream.only();
            let expected = format!("00-{TRACE}-{}-01", hexadecimal(&attempt.span_id));
            assert_eq!(told.header("traceparent"), Some(&*expected), "{protocol}");
            assert_eq!(told.header("tracestate"), Some("a=b"));
        }
        let told = |name| attribute(whole, name);
        assert_eq!(told("gen_ai.usage.input_tokens").as_deref(), Some("11"));
        assert_eq!(told("user.id").as_deref(), Some("7"));
        assert_eq!(told("environment").as_deref(), Some("test"));
        assert_eq!(attribute(failed, "error.type").as_deref(), Some("unavailable"));
        let taken = collector.taken();
        assert_eq!(taken[0].headers.get("x-token").expect("the header of `tracing`"), "t0ken");
        let resource = format!("{:?}", taken[0].resource);
        assert!(resource.contains("\"callsign\""), "{resource}");
        tells_nothing(&format!("{spans:?}"));
    }
}

#[tokio::test]
async fn trace_that_begins_here_has_the_exchanges_name() {
    let collector = Collector::start().await;
    let scene = Scene::of(completion(), &tracing(&collector, "trace_arch_internal: true")).await;
    let answer = scene.ask("fast").send().await;
    let id = answer.header("x-callsign-request-id").expect("a name").replace('-', "");
    read(answer).await;
    let spans = collector.spans(4).await;
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["chat fast", "chat first", "prepare", "relay"]);
    assert!(spans.iter().all(|span| hexadecimal(&span.trace_id) == id));
    assert!(scene.first.only().header("traceparent").expect("it is told").contains(&id));
}

#[tokio::test]
async fn client_decides_what_is_sampled_and_chance_where_it_does_not() {
    let collector = Collector::start().await;
    let scene = Scene::of(completion(), &tracing(&collector, "random_sampling: 0")).await;
    let parents = [None, Some("00"), Some("01")];
    for flags in parents {
        let call = scene.ask("fast");
        let call = match flags {
            Some(flags) => call.header("traceparent", &format!("00-{TRACE}-{PARENT}-{flags}")),
            None => call,
        };
        read(call.send().await).await;
    }
    let spans = collector.spans(2).await;
    assert_eq!(spans.len(), 2, "one exchange of three is sampled: {spans:#?}");
    let flags = |index: usize| {
        let told = scene.first.received()[index].header("traceparent").expect("it is told").to_owned();
        told[53..].to_owned()
    };
    assert_eq!([flags(0), flags(1), flags(2)], ["00", "00", "01"]);
}

#[tokio::test]
async fn without_tracing_the_clients_words_go_on_unchanged() {
    let scene = Scene::of(completion(), "").await;
    let (parent, state) = (format!("00-{TRACE}-{PARENT}-01"), "a=b,c=d");
    let call = scene.ask("fast").header("traceparent", &parent).header("tracestate", state);
    read(call.send().await).await;
    let told = scene.first.only();
    assert_eq!((told.header("traceparent"), told.header("tracestate")), (Some(&*parent), Some(state)));
}

#[tokio::test]
async fn collector_of_the_environment_counts_where_none_is_written() {
    let collector = Collector::start().await;
    let (first, second) = (Upstream::always(completion()).await, Upstream::always(completion()).await);
    let launch = launch(&first, &second, "").env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url());
    let launch =
        launch.env("OTEL_SERVICE_NAME", "our-models").env("OTEL_EXPORTER_OTLP_HEADERS", "x-token=t0ken");
    let gateway = launch.start().await;
    read(ask(&gateway, "fast").send().await).await;
    collector.spans(2).await;
    let taken = collector.taken();
    assert_eq!(taken[0].path, "/v1/traces");
    assert_eq!(taken[0].headers.get("x-token").expect("the header of the environment"), "t0ken");
    let resource = format!("{:?}", taken[0].resource);
    assert!(resource.contains("our-models") && !resource.contains("unknown_service"), "{resource}");
}

#[tokio::test]
async fn slow_or_dead_collector_holds_nobody_up() {
    let held = Gate::closed();
    for protocol in ["grpc", "http"] {
        let slow = Collector::held_by(held.clone()).await;
        let dead = Upstream::always(completion()).await.kill().await;
        for url in [slow.url(), format!("http://{dead}")] {
            let further = format!("tracing: {{endpoint: '{url}', protocol: {protocol}}}");
            let scene = Scene::of(completion(), &further).await;
            for _ in 0..20 {
                scene.chat().await;
            }
            let ended = scene.gateway.terminate().await;
            assert!(ended.status.success(), "{}", ended.stderr);
            tells_nothing(&ended.stderr);
        }
    }
}

/// What a collector answers that did not take one of the spans: `ExportTraceServiceResponse`.
fn partly() -> Reply {
    Reply::body(200, "application/x-protobuf", &b"\x0a\x07\x08\x01\x12\x03old"[..])
}

#[tokio::test]
async fn spans_are_sent_again_where_that_may_help_and_what_is_not_taken_is_counted() {
    let whole = || Reply::body(200, "application/x-protobuf", "");
    let busy = || Reply::json(503, "{}").header("retry-after", "0");
    let cases = [
        (vec![busy(), Reply::abort(), whole()], "exported", 2),
        (vec![Reply::json(400, r#"{"message":"no"}"#)], "failed", 2),
        (vec![partly()], "failed", 1),
    ];
    for (replies, outcome, count) in cases {
        let sent = replies.len();
        let collector = Upstream::sequence(replies).await;
        let further = format!("tracing: {{endpoint: '{}', protocol: http}}", collector.url());
        let scene = Scene::of(completion(), &further).await;
        scene.chat().await;
        let last = collector.request(sent - 1).await;
        assert_eq!(last.body, collector.request(0).await.body, "the same spans are sent again");
        assert_eq!(last.header("content-type"), Some("application/x-protobuf"));
        let line = format!("callsign_spans_total{{outcome=\"{outcome}\"}} {count}");
        soon(&line, async {
            while !scene.gateway.admin().get("/metrics").send().await.text().await.contains(&line) {}
        })
        .await;
        assert_eq!(collector.received().len(), sent);
    }
}

#[tokio::test]
async fn what_waits_at_the_end_still_leaves() {
    let collector = Collector::start().await;
    let scene = Scene::of(completion(), &tracing(&collector, "protocol: http")).await;
    scene.chat().await;
    let ended = scene.gateway.terminate().await;
    assert!(ended.status.success());
    assert_eq!(collector.taken().iter().map(|taken| taken.spans.len()).sum::<usize>(), 2);
}
