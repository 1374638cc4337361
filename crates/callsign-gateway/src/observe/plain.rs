//! A record as plain data.

use callsign_telemetry::exchange::{Asked, Attempt, Exchange, Finding};
use http::HeaderValue;

use crate::record::{self, Entry};
use crate::refusal::Tried;

/// What the record says.
pub(super) fn of(entry: &Entry) -> Exchange {
    Exchange {
        id: entry.id.as_str().into(),
        began_ms: entry.began_ms,
        took: entry.took,
        first: entry.first,
        own: entry.own(),
        asked: entry.asked.as_ref().map(asked),
        status: entry.status,
        error: entry.error,
        ended: entry.ended,
        model: text(entry.model.as_ref()),
        losses: text(entry.losses.as_ref()),
        bytes: entry.bytes,
        resumed: entry.resumed,
        attempts: entry.attempts.iter().map(attempt).collect(),
        checks: entry.checks.clone(),
        findings: entry.guarded.iter().map(finding).collect(),
        trace: entry.place,
        labels: entry.labels.clone(),
        content: None,
    }
}

fn asked(asked: &record::Asked) -> Asked {
    let record::Asked { name, alias, operation, stream, .. } = asked;
    Asked { name: name.clone(), alias: alias.clone(), operation: *operation, stream: *stream }
}

fn attempt(tried: &Tried) -> Attempt {
    let Tried { model, condition, status, after, took, spent } = tried;
    Attempt {
        target: model.clone(),
        after: *after,
        took: *took,
        condition: *condition,
        status: *status,
        spent: *spent,
    }
}

fn finding(found: &record::Finding) -> Finding {
    Finding {
        category: found.topic,
        kind: found.kind.as_ref().into(),
        action: found.action.name(),
        direction: found.side.name(),
        count: found.count,
    }
}

fn text(value: Option<&HeaderValue>) -> Option<Box<str>> {
    value.and_then(|value| value.to_str().ok()).map(Into::into)
}
