//! What goes to a collector and comes from it, held against the messages of OpenTelemetry's own crate.

use std::time::Duration;

use callsign_plan::units::Money;
use callsign_telemetry::exchange::{Content, Ended, Exchange, Finding};
use callsign_telemetry::otlp::{Framing, Rejected, Teller, rejected, retry_delay};
use callsign_telemetry::spans::{Phases, Weaver};
use callsign_telemetry::trace::{Share, Trace};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use proptest::prelude::*;
use prost::Message;

use super::sample::{attempt, served};
use super::told::{read, spans, text, value};

/// `google.rpc.Status`, as far as it says when to try again.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Retry {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// An exchange about which everything is told that can be.
fn talkative() -> Exchange {
    let finding = |kind: &str| Finding {
        category: "pii",
        kind: kind.into(),
        action: "mask",
        direction: "input",
        count: 2,
    };
    let mut exchange = served();
    exchange.attempts.insert(0, attempt("groq/llama", Some("rate_limited"), None));
    exchange.findings = vec![finding("email"), finding("iban")];
    exchange.losses = Some("seed, messages[2].name;changed".into());
    exchange.resumed = Some(70_000);
    exchange
}

fn only(exchange: &Exchange) -> Span {
    spans(&Weaver::new(&[], Phases::Untold), [exchange]).swap_remove(0)
}

#[test]
fn what_is_told_once_stands_before_all_spans() {
    let attributes = [("service.name".into(), "callsign".into()), ("k".into(), "ü".into())];
    let teller = Teller::new(&attributes, "1.2.3");
    let weaver = Weaver::new(&[], Phases::Untold);
    for exchanges in [0_usize, 1, 300] {
        for framing in [Framing::Bare, Framing::Grpc] {
            let mut batch = teller.open(0);
            (0..exchanges).for_each(|_| weaver.weave(&served(), &mut batch));
            let (bytes, begins) = teller.seal(batch, framing);
            let bytes = &bytes[begins..];
            let message = if framing == Framing::Bare { bytes } else { &bytes[5..] };
            if framing == Framing::Grpc {
                let length = u32::try_from(message.len()).expect("a short message").to_be_bytes();
                assert_eq!(bytes[..5], [0, length[0], length[1], length[2], length[3]]);
            }
            let told = read(message);
            let pairs = told.resource.attributes.iter();
            let pairs = pairs.map(|pair| (pair.key.as_str(), pair.value.clone().and_then(|any| any.value)));
            let text = |text: &str| Some(Value::StringValue(text.to_owned()));
            assert_eq!(pairs.collect::<Vec<_>>(), [("service.name", text("callsign")), ("k", text("ü"))]);
            assert_eq!((&*told.scope.name, &*told.scope.version), ("callsign", "1.2.3"));
            assert_eq!(told.spans.len(), exchanges * 2);
            assert!(told.spans.chunks(2).all(|pair| pair == &told.spans[..2]));
        }
    }
}

#[test]
fn everything_that_can_be_told_is_told_in_its_kind() {
    let span = only(&talkative());
    let told = |name| value(&span, name).unwrap_or_else(|| panic!("no `{name}` in {span:#?}")).clone();
    assert_eq!(told("gen_ai.request.stream"), Value::BoolValue(true));
    assert_eq!(told("gen_ai.response.time_to_first_chunk"), Value::DoubleValue(0.3));
    assert_eq!(told("callsign.attempts"), Value::IntValue(2));
    assert_eq!(told("callsign.resumed_after_characters"), Value::IntValue(70_000));
    assert_eq!(told("callsign.losses"), Value::StringValue("seed, messages[2].name;changed".into()));
    assert!(matches!(told("callsign.guard"), Value::ArrayValue(_)));
    assert_eq!(text(&told("callsign.guard")), "input mask pii/email 2; input mask pii/iban 2");
    assert_eq!(
        (span.kind(), span.flags),
        (SpanKind::Server, 0x101),
        "sampled, and nobody asked from elsewhere"
    );
    assert_eq!(span.status.map(|status| status.code()), None);
    let spans = spans(&Weaver::new(&[], Phases::Told), [&talkative()]);
    let failed = spans[1].status.as_ref().expect("it failed");
    assert_eq!((failed.code(), &*failed.message), (StatusCode::Error, "rate_limited"));
    assert_eq!(spans.iter().map(Span::kind).filter(|kind| *kind == SpanKind::Internal).count(), 2);
}

#[test]
fn texts_are_told_or_said_to_be_missing() {
    let content = Content {
        system: vec!["be \"brief\"".into()],
        input: vec![("user", "h\u{e9}llo\n".repeat(3_000))],
        output: "bye".into(),
        is_cut: false,
    };
    let exchange = Exchange { content: Some(Box::new(content)), ..served() };
    let silent = only(&exchange);
    assert!(
        value(&silent, "gen_ai.input.messages").is_none() && value(&silent, "callsign.content.cut").is_none()
    );
    let weaver = Weaver::new(&[], Phases::Untold).telling_texts();
    let whole = spans(&weaver, [&exchange]).swap_remove(0);
    let told = |name| {
        serde_json::from_str::<serde_json::Value>(&text(value(&whole, name).expect(name))).expect("JSON")
    };
    assert_eq!(told("gen_ai.system_instructions")[0]["content"], "be \"brief\"");
    assert_eq!(told("gen_ai.input.messages")[0]["parts"][0]["content"], "h\u{e9}llo\n".repeat(3_000));
    assert_eq!(told("gen_ai.output.messages")[0]["finish_reason"], "complete");
    let teller = Teller::new(&[], "0");
    let mut batch = teller.open(0);
    weaver.weave_alone(&exchange, &mut batch);
    let (bytes, begins) = teller.seal(batch, Framing::Bare);
    let alone = read(&bytes[begins..]).spans.swap_remove(0);
    assert_eq!(value(&alone, "callsign.content.cut"), Some(&Value::BoolValue(true)));
    assert!(value(&alone, "gen_ai.input.messages").is_none());
}

#[test]
fn what_a_collector_did_not_take_is_read() {
    let answer = |spans, reason: &str| {
        let partial = ExportTracePartialSuccess { rejected_spans: spans, error_message: reason.to_owned() };
        ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec()
    };
    let some = |spans, reason: &str| Some(Rejected { spans, reason: reason.to_owned() });
    assert_eq!(rejected(&ExportTraceServiceResponse::default().encode_to_vec()), None);
    assert_eq!(rejected(&answer(0, "")), None);
    assert_eq!(rejected(&answer(3, "too old")), some(3, "too old"));
    assert_eq!(rejected(&answer(0, "take care")), some(0, "take care"));
    assert_eq!(rejected(b"<html>"), None);
    assert_eq!(rejected(&[0xff; 4]), None);
}

#[test]
fn when_to_try_again_is_read_among_other_details() {
    let info = |seconds, nanos| Retry { retry_delay: Some(Delay { seconds, nanos }) }.encode_to_vec();
    let any = |kind: &str, value| Any { type_url: format!("type.googleapis.com/google.rpc.{kind}"), value };
    let status = |details| Status { code: 8, message: "busy".to_owned(), details }.encode_to_vec();
    assert_eq!(retry_delay(&status(vec![])), None);
    assert_eq!(retry_delay(&status(vec![any("ErrorInfo", info(9, 9))])), None);
    let told = status(vec![any("ErrorInfo", vec![1]), any("RetryInfo", info(2, 500_000_000))]);
    assert_eq!(retry_delay(&told), Some(Duration::from_millis(2_500)));
    assert!(retry_delay(&status(vec![any("RetryInfo", info(-1, -1))])).is_some(), "nonsense does no harm");
}

proptest! {
    #[test]
    fn any_text_and_number_comes_back_as_it_was(
        (name, written) in ("\\PC{0,200}", ".{0,400}"),
        labels in prop::collection::vec(("[a-z.]{1,20}", ".{0,300}"), 0..6),
        (input, output, cached) in (any::<u64>(), any::<u64>(), any::<Option<u64>>()),
        (began_ms, took, status) in (0_u64..1 << 43, any::<u32>(), any::<u16>()),
        (id, chance, cost) in (1_u128.., any::<u64>(), any::<u64>()),
    ) {
        let mut exchange = served();
        exchange.asked.as_mut().expect("it asks").name = name.as_str().into();
        exchange.labels = labels.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
        (exchange.began_ms, exchange.took, exchange.status) = (began_ms, Duration::from_micros(took.into()), status);
        exchange.trace = Some(Trace::begin(None, (id, chance), Share::ALL));
        exchange.ended = Ended::Broken;
        let spent = exchange.attempts[0].spent.as_mut().expect("it cost something");
        (spent.usage.input, spent.usage.output, spent.usage.cache_read) = (input, output, cached);
        spent.cost = Some(Money(cost));
        let weaver = Weaver::new(&[("fixed".into(), written.as_str().into())], Phases::Untold);
        let span = spans(&weaver, [&exchange]).swap_remove(0);
        let count = |number: u64| Some(Value::IntValue(i64::try_from(number).unwrap_or(i64::MAX)));
        let said = |text: &str| Some(Value::StringValue(text.to_owned()));
        prop_assert_eq!(value(&span, "gen_ai.request.model").cloned(), said(&name));
        prop_assert_eq!(value(&span, "fixed").cloned(), said(&written));
        prop_assert_eq!(value(&span, "gen_ai.usage.input_tokens").cloned(), count(input));
        prop_assert_eq!(value(&span, "gen_ai.usage.output_tokens").cloned(), count(output));
        prop_assert_eq!(value(&span, "gen_ai.usage.cache_read.input_tokens").cloned(), cached.and_then(count));
        prop_assert_eq!(value(&span, "callsign.cost_nanodollars").cloned(), count(cost));
        let shown = if status > 0 { count(status.into()) } else { None };
        prop_assert_eq!(value(&span, "http.response.status_code").cloned(), shown);
        prop_assert_eq!(span.trace_id, id.to_be_bytes());
        prop_assert_eq!(span.start_time_unix_nano, began_ms * 1_000_000);
        prop_assert_eq!(span.end_time_unix_nano - span.start_time_unix_nano, u64::from(took) * 1_000);
        let tail = span.attributes.iter().rev().take(labels.len()).rev();
        let tail = tail.map(|pair| (pair.key.clone(), pair.value.clone().and_then(|any| any.value)));
        let labels = labels.iter().map(|(name, value)| (name.clone(), said(value)));
        prop_assert_eq!(tail.collect::<Vec<_>>(), labels.collect::<Vec<_>>());
    }
}
