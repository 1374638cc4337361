//! OTLP: spans as collectors take them, written once and straight away, and what collectors answer. What a span tells is not said here.
//!
//! Read from <https://github.com/open-telemetry/opentelemetry-proto>, version 1: `ExportTraceServiceRequest` and what stands in it.

use std::time::Duration;

use crate::protobuf::{self, Field, Fields};
use crate::trace::Trace;

/// Who tells spans; the same for all of them.
#[derive(Debug)]
pub struct Teller {
    /// The fields of `ResourceSpans` that stand before its spans.
    resource: Vec<u8>,
    /// The fields of `ScopeSpans` that stand before its spans.
    scope: Vec<u8>,
}

/// Spans that are sent together.
#[derive(Debug)]
pub struct Batch {
    /// Room for what stands before the spans, and the spans.
    bytes: Vec<u8>,
    count: usize,
}

/// What stands before the message itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Nothing, as over HTTP.
    Bare,
    /// That it is not compressed, and its length, as over gRPC.
    Grpc,
}

/// What a collector did not take of what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// So many spans.
    pub spans: u64,
    /// Why.
    pub reason: String,
}

/// Where a span stands, and when.
pub(crate) struct Place {
    pub(crate) trace: Trace,
    pub(crate) parent: Option<u64>,
    pub(crate) span: u64,
    pub(crate) kind: Kind,
    /// In nanoseconds since 1970-01-01 UTC.
    pub(crate) from: u64,
    pub(crate) until: u64,
}

/// Who a span is between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
}

/// The attributes of a span that is being written.
pub(crate) struct Attributes<'b> {
    bytes: &'b mut Vec<u8>,
    field: u8,
}

/// Most bytes of a gRPC frame's head and of two lengths with their tags.
const HEADS: usize = FRAME + 2 * 11;
/// A flag and the length in four bytes.
const FRAME: usize = 5;
/// About what two spans take.
const USUAL: usize = 2_048;

/// Fields of messages, by their numbers.
mod field {
    pub(super) const RESOURCE_SPANS: u8 = 1;
    pub(super) const RESOURCE: u8 = 1;
    pub(super) const RESOURCE_ATTRIBUTES: u8 = 1;
    pub(super) const SCOPE_SPANS: u8 = 2;
    pub(super) const SCOPE: u8 = 1;
    pub(super) const SCOPE_NAME: u8 = 1;
    pub(super) const SCOPE_VERSION: u8 = 2;
    pub(super) const SPANS: u8 = 2;
    pub(super) const TRACE_ID: u8 = 1;
    pub(super) const SPAN_ID: u8 = 2;
    pub(super) const PARENT_SPAN_ID: u8 = 4;
    pub(super) const NAME: u8 = 5;
    pub(super) const KIND: u8 = 6;
    pub(super) const FROM: u8 = 7;
    pub(super) const UNTIL: u8 = 8;
    pub(super) const ATTRIBUTES: u8 = 9;
    pub(super) const STATUS: u8 = 15;
    pub(super) const FLAGS: u8 = 16;
    pub(super) const STATUS_MESSAGE: u8 = 2;
    pub(super) const STATUS_CODE: u8 = 3;
    pub(super) const KEY: u8 = 1;
    pub(super) const VALUE: u8 = 2;
    pub(super) const TEXT: u8 = 1;
    pub(super) const TRUTH: u8 = 2;
    pub(super) const INTEGER: u8 = 3;
    pub(super) const REAL: u8 = 4;
    pub(super) const ARRAY: u8 = 5;
    pub(super) const ARRAY_VALUES: u8 = 1;
    pub(super) const PARTIAL_SUCCESS: u64 = 1;
    pub(super) const REJECTED_SPANS: u64 = 1;
    pub(super) const ERROR_MESSAGE: u64 = 2;
    pub(super) const DETAILS: u64 = 3;
    pub(super) const DETAIL_KIND: u64 = 1;
    pub(super) const DETAIL: u64 = 2;
    pub(super) const RETRY_DELAY: u64 = 1;
    pub(super) const SECONDS: u64 = 1;
    pub(super) const NANOS: u64 = 2;
}

/// `STATUS_CODE_ERROR`
const ERROR: u64 = 2;
/// `SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK`: it is known whether the parent is elsewhere.
const REMOTE_IS_KNOWN: u32 = 0x100;
/// `SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK`: it is.
const IS_REMOTE: u32 = 0x200;
/// The detail of gRPC's errors that says when to try again.
const RETRY_INFO: &[u8] = b"type.googleapis.com/google.rpc.RetryInfo";

/// What a collector did not take of a request that it answered so (`ExportTraceServiceResponse`); `None` if it took all of it.
pub fn rejected(answer: &[u8]) -> Option<Rejected> {
    let partial = message(answer, field::PARTIAL_SUCCESS)?;
    let reason = message(partial, field::ERROR_MESSAGE).unwrap_or_default();
    let reason = String::from_utf8_lossy(reason).into_owned();
    let spans = number(partial, field::REJECTED_SPANS).unwrap_or_default();
    Some(Rejected { spans, reason }).filter(|rejected| rejected.spans > 0 || !rejected.reason.is_empty())
}

/// When to try again, as an error of gRPC says it in its details (`google.rpc.Status`).
pub fn retry_delay(details: &[u8]) -> Option<Duration> {
    let details = Fields::of(details).filter(|(number, _)| *number == field::DETAILS);
    let mut infos = details.filter_map(|(_, detail)| match detail {
        Field::Bytes(detail) if message(detail, field::DETAIL_KIND) == Some(RETRY_INFO) => {
            message(detail, field::DETAIL)
        }
        _ => None,
    });
    let delay = infos.find_map(|info| message(info, field::RETRY_DELAY))?;
    let nanos = number(delay, field::NANOS).and_then(|nanos| u32::try_from(nanos).ok()).unwrap_or_default();
    let seconds = Duration::from_secs(number(delay, field::SECONDS).unwrap_or_default());
    Some(seconds.saturating_add(Duration::from_nanos(nanos.into())))
}

/// The last field of this number counts, as everywhere in Protocol Buffers.
fn message(bytes: &[u8], wanted: u64) -> Option<&[u8]> {
    let found = Fields::of(bytes).filter_map(|(number, field)| match field {
        Field::Bytes(bytes) if number == wanted => Some(bytes),
        _ => None,
    });
    found.last()
}

fn number(bytes: &[u8], wanted: u64) -> Option<u64> {
    let found = Fields::of(bytes).filter_map(|(number, field)| match field {
        Field::Number(value) if number == wanted => Some(value),
        _ => None,
    });
    found.last()
}

// === impl Teller ===

impl Teller {
    /// One that has these attributes, and is of this version.
    pub fn new(attributes: &[(Box<str>, Box<str>)], version: &str) -> Self {
        let (mut resource, mut scope) = (Vec::new(), Vec::new());
        protobuf::message_field(&mut resource, field::RESOURCE, |bytes| {
            let mut written = Attributes { bytes, field: field::RESOURCE_ATTRIBUTES };
            for (name, value) in attributes {
                written.text(name, value);
            }
        });
        protobuf::message_field(&mut scope, field::SCOPE, |bytes| {
            protobuf::bytes_field(bytes, field::SCOPE_NAME, b"callsign");
            protobuf::bytes_field(bytes, field::SCOPE_VERSION, version.as_bytes());
        });
        Self { resource, scope }
    }

    /// A batch of nothing so far, with room for about so many bytes.
    pub fn open(&self, size: usize) -> Batch {
        let room = self.room();
        let mut bytes = Vec::with_capacity(size.max(room + USUAL));
        bytes.resize(room, 0);
        Batch { bytes, count: 0 }
    }

    /// The batch as a request, and where in the bytes it begins: what stands before the spans takes its room from the end.
    pub fn seal(&self, batch: Batch, framing: Framing) -> (Vec<u8>, usize) {
        let Batch { mut bytes, .. } = batch;
        let spans = bytes.len() - self.room();
        let scoped = self.scope.len() + spans;
        let told = self.resource.len() + protobuf::size_of_bytes(scoped);
        let mut head = Vec::with_capacity(self.room());
        if framing == Framing::Grpc {
            let length = u32::try_from(protobuf::size_of_bytes(told)).unwrap_or(u32::MAX);
            head.push(0);
            head.extend_from_slice(&length.to_be_bytes());
        }
        protobuf::length(&mut head, field::RESOURCE_SPANS, told);
        head.extend_from_slice(&self.resource);
        protobuf::length(&mut head, field::SCOPE_SPANS, scoped);
        head.extend_from_slice(&self.scope);
        let begins = self.room() - head.len();
        bytes.splice(begins..self.room(), head);
        (bytes, begins)
    }

    fn room(&self) -> usize {
        HEADS + self.resource.len() + self.scope.len()
    }
}

// === impl Batch ===

impl Batch {
    /// So many spans.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// About so many bytes.
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Writes a span with these attributes.
    pub(crate) fn span(
        &mut self,
        place: &Place,
        name: (&str, &str),
        error: Option<&str>,
        attributes: impl FnOnce(&mut Attributes<'_>),
    ) {
        self.count += 1;
        protobuf::message_field(&mut self.bytes, field::SPANS, |bytes| {
            place.write(bytes);
            write_name(bytes, name);
            attributes(&mut Attributes { bytes, field: field::ATTRIBUTES });
            if let Some(error) = error {
                protobuf::length(bytes, field::STATUS, protobuf::size_of_bytes(error.len()) + 2);
                protobuf::bytes_field(bytes, field::STATUS_MESSAGE, error.as_bytes());
                protobuf::number_field(bytes, field::STATUS_CODE, ERROR);
            }
        });
    }
}

/// What is done and with what, with a space between them.
fn write_name(bytes: &mut Vec<u8>, (verb, noun): (&str, &str)) {
    if noun.is_empty() {
        return protobuf::bytes_field(bytes, field::NAME, verb.as_bytes());
    }
    protobuf::length(bytes, field::NAME, verb.len() + 1 + noun.len());
    bytes.extend_from_slice(verb.as_bytes());
    bytes.push(b' ');
    bytes.extend_from_slice(noun.as_bytes());
}

// === impl Place ===

impl Place {
    fn write(&self, bytes: &mut Vec<u8>) {
        let Self { trace, parent, span, kind, from, until } = *self;
        protobuf::bytes_field(bytes, field::TRACE_ID, &trace.id.to_be_bytes());
        protobuf::bytes_field(bytes, field::SPAN_ID, &span.to_be_bytes());
        if let Some(parent) = parent {
            protobuf::bytes_field(bytes, field::PARENT_SPAN_ID, &parent.to_be_bytes());
        }
        protobuf::number_field(bytes, field::KIND, kind as u64);
        protobuf::fixed_field(bytes, field::FROM, from);
        protobuf::fixed_field(bytes, field::UNTIL, until.max(from));
        let remote = if kind == Kind::Server && parent.is_some() { IS_REMOTE } else { 0 };
        protobuf::short_field(bytes, field::FLAGS, u32::from(trace.flags()) | REMOTE_IS_KNOWN | remote);
    }
}

// === impl Attributes ===

impl Attributes<'_> {
    /// Writes attributes of a span outside of any, to be repeated in many.
    pub(crate) fn ahead(write: impl FnOnce(&mut Attributes<'_>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut Attributes { bytes: &mut bytes, field: field::ATTRIBUTES });
        bytes
    }

    /// What was written ahead.
    pub(crate) fn repeat(&mut self, ahead: &[u8]) {
        self.bytes.extend_from_slice(ahead);
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.begin(name, protobuf::size_of_bytes(value.len()));
        protobuf::bytes_field(self.bytes, field::TEXT, value.as_bytes());
    }

    pub(crate) fn truth(&mut self, name: &str, value: bool) {
        self.begin(name, 2);
        protobuf::number_field(self.bytes, field::TRUTH, value.into());
    }

    /// A number that was counted; the format knows none above `i64::MAX`.
    pub(crate) fn count(&mut self, name: &str, value: u64) {
        let value = value.min(i64::MAX.unsigned_abs());
        self.begin(name, 1 + protobuf::size(value));
        protobuf::number_field(self.bytes, field::INTEGER, value);
    }

    pub(crate) fn real(&mut self, name: &str, value: f64) {
        self.begin(name, 9);
        protobuf::fixed_field(self.bytes, field::REAL, value.to_bits());
    }

    pub(crate) fn texts(&mut self, name: &str, values: impl Iterator<Item = String>) {
        let mut array = Vec::new();
        for value in values {
            protobuf::length(&mut array, field::ARRAY_VALUES, protobuf::size_of_bytes(value.len()));
            protobuf::bytes_field(&mut array, field::TEXT, value.as_bytes());
        }
        self.begin(name, protobuf::size_of_bytes(array.len()));
        protobuf::bytes_field(self.bytes, field::ARRAY, &array);
    }

    /// An attribute of this name, whose value takes so many bytes and is written next.
    fn begin(&mut self, name: &str, value: usize) {
        let whole = protobuf::size_of_bytes(name.len()) + protobuf::size_of_bytes(value);
        self.bytes.reserve(protobuf::size_of_bytes(whole));
        protobuf::length(self.bytes, self.field, whole);
        protobuf::bytes_field(self.bytes, field::KEY, name.as_bytes());
        protobuf::length(self.bytes, field::VALUE, value);
    }
}
