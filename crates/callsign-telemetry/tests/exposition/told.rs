//! Spans as a collector reads them.

use callsign_telemetry::exchange::Exchange;
use callsign_telemetry::otlp::{Framing, Teller};
use callsign_telemetry::spans::Weaver;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

/// What a request tells: by whom, and which spans.
pub(crate) struct Told {
    pub(crate) resource: Resource,
    pub(crate) scope: InstrumentationScope,
    pub(crate) spans: Vec<Span>,
}

/// Reads a request that has everything once, and nothing that is not understood.
pub(crate) fn read(bytes: &[u8]) -> Told {
    let mut request = ExportTraceServiceRequest::decode(bytes).expect("a request");
    assert_eq!(
        request.encoded_len(),
        bytes.len(),
        "every field is known, and no length is longer than it need be"
    );
    let mut of = request.resource_spans.pop().expect("one resource");
    let scope = of.scope_spans.pop().expect("one scope");
    assert!(request.resource_spans.is_empty() && of.scope_spans.is_empty());
    Told {
        resource: of.resource.expect("a resource"),
        scope: scope.scope.expect("a scope"),
        spans: scope.spans,
    }
}

/// The spans of exchanges, told together.
pub(crate) fn spans<'x>(weaver: &Weaver, exchanges: impl IntoIterator<Item = &'x Exchange>) -> Vec<Span> {
    let teller = Teller::new(&[], "0");
    let mut batch = teller.open(0);
    let mut announced = 0;
    for exchange in exchanges {
        announced += if Weaver::is_wanted(exchange) { weaver.count(exchange) } else { 0 };
        weaver.weave(exchange, &mut batch);
    }
    assert_eq!(batch.count(), announced);
    let (bytes, begins) = teller.seal(batch, Framing::Bare);
    let spans = read(&bytes[begins..]).spans;
    assert_eq!(spans.len(), announced);
    spans
}

/// The value of a span's attribute, where it has it.
pub(crate) fn value<'s>(span: &'s Span, name: &str) -> Option<&'s any_value::Value> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name);
    let AnyValue { value } = found.and_then(|found| found.value.as_ref())?;
    value.as_ref()
}

/// The same as text.
pub(crate) fn text(value: &any_value::Value) -> String {
    match value {
        any_value::Value::StringValue(text) => text.clone(),
        any_value::Value::BoolValue(truth) => truth.to_string(),
        any_value::Value::IntValue(number) => number.to_string(),
        any_value::Value::DoubleValue(number) => number.to_string(),
        any_value::Value::ArrayValue(array) => {
            let each = array.values.iter().filter_map(|value| value.value.as_ref());
            each.map(text).collect::<Vec<_>>().join("; ")
        }
        other => panic!("nobody writes {other:?}"),
    }
}
