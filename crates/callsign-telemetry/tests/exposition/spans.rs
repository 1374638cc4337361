//! An exchange as spans: which there are, how they hang together, what they tell.

use std::collections::BTreeMap;
use std::time::Duration;

use callsign_telemetry::exchange::{Ended, Exchange};
use callsign_telemetry::spans::{Phases, Weaver};
use callsign_telemetry::trace::{Share, Trace, TraceParent, attempt_span};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};

use super::sample::{attempt, served};
use super::told::{self, text};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn spans(exchange: &Exchange, phases: Phases) -> Vec<Span> {
    told::spans(&Weaver::new(&[("environment".into(), "test".into())], phases), [exchange])
}

fn attributes(span: &Span) -> BTreeMap<&str, String> {
    let pairs = span.attributes.iter();
    pairs
        .map(|pair| (pair.key.as_str(), told::value(span, &pair.key).map(text).unwrap_or_default()))
        .collect()
}

fn told(span: &Span) -> (&str, SpanKind, String) {
    (&span.name, span.kind(), hexadecimal(&span.parent_span_id))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn failure(span: &Span) -> Option<(StatusCode, &str)> {
    span.status.as_ref().map(|status| (status.code(), &*status.message))
}

#[test]
fn exchange_has_a_span_and_each_attempt_one_below() {
    let mut exchange = served();
    exchange.trace = Some(Trace::begin(TraceParent::read(PARENT), (1, 2), Share::millionths(0)));
    exchange.attempts.insert(0, attempt("groq/llama", Some("rate_limited"), None));
    let spans = spans(&exchange, Phases::Untold);
    let root = hexadecimal(&spans[0].span_id);
    let expected = [
        ("chat fast", SpanKind::Server, "b7ad6b7169203331".to_owned()),
        ("chat llama", SpanKind::Client, root.clone()),
        ("chat gpt-4o-mini", SpanKind::Client, root),
    ];
    assert_eq!(spans.iter().map(told).collect::<Vec<_>>(), expected);
    assert!(spans.iter().all(|span| hexadecimal(&span.trace_id) == PARENT[3..35]));
    let own = exchange.trace.and_then(|trace| trace.span).expect("it is exported");
    for (number, span) in spans[1..].iter().enumerate() {
        assert_eq!(span.span_id, attempt_span(own, number).to_be_bytes());
    }
    assert_eq!(failure(&spans[1]), Some((StatusCode::Error, "rate_limited")));
    let took = |span: &Span| Duration::from_nanos(span.end_time_unix_nano - span.start_time_unix_nano);
    assert_eq!(took(&spans[0]), Duration::from_millis(2_300));
    assert_eq!(took(&spans[1]), Duration::from_millis(299));
    assert_eq!(took(&spans[2]), Duration::from_millis(2_299), "it served until the end");
}

#[test]
fn spans_have_the_attributes_of_the_conventions() {
    let spans = spans(&served(), Phases::Untold);
    let told = attributes(&spans[0]);
    let expected = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "fast"),
        ("gen_ai.response.model", "gpt-4o-mini"),
        ("gen_ai.request.stream", "true"),
        ("gen_ai.usage.input_tokens", "1000"),
        ("gen_ai.usage.output_tokens", "101"),
        ("gen_ai.usage.cache_read.input_tokens", "600"),
        ("gen_ai.usage.reasoning.output_tokens", "40"),
        ("gen_ai.response.time_to_first_chunk", "0.3"),
        ("http.response.status_code", "200"),
        ("callsign.alias", "fast"),
        ("callsign.own_us", "180"),
        ("callsign.cost_nanodollars", "1500000"),
        ("environment", "test"),
    ];
    for (name, value) in expected {
        assert_eq!(told.get(name).map(String::as_str), Some(value), "{name} of {told:#?}");
    }
    let below = attributes(&spans[1]);
    assert_eq!(below["gen_ai.request.model"], "gpt-4o-mini");
    assert!(!below.contains_key("gen_ai.usage.input_tokens"), "tokens would count twice: {below:#?}");
}

#[test]
fn phases_are_told_where_they_are_wanted() {
    let names = spans(&served(), Phases::Told).iter().map(|span| span.name.clone()).collect::<Vec<_>>();
    assert_eq!(names, ["chat fast", "chat gpt-4o-mini", "prepare", "relay"]);
}

#[test]
fn nobody_gets_spans_who_does_not_want_them() {
    let parent = TraceParent::read(PARENT).expect("a valid parent");
    let unsampled = Trace::begin(None, (1, 2), Share::millionths(0));
    for trace in [None, Some(Trace::told(parent)), Some(unsampled)] {
        assert_eq!(spans(&Exchange { trace, ..served() }, Phases::Told), []);
    }
    assert_eq!(
        spans(&Exchange { asked: None, ..served() }, Phases::Told),
        [],
        "nothing was asked of a model"
    );
}

#[test]
fn failure_is_told_as_an_error_and_names_of_clients_are_in_no_span_name() {
    let mut exchange = served();
    exchange.asked.as_mut().expect("it asks").alias = None;
    exchange.asked.as_mut().expect("it asks").name = "invented".into();
    (exchange.error, exchange.ended, exchange.status) = (Some("model_not_found"), Ended::Refused, 404);
    exchange.attempts.clear();
    let spans = spans(&exchange, Phases::Told);
    assert_eq!((&*spans[0].name, spans.len()), ("chat", 1));
    assert_eq!(failure(&spans[0]), Some((StatusCode::Error, "model_not_found")));
    assert_eq!(attributes(&spans[0])["error.type"], "model_not_found");
}
