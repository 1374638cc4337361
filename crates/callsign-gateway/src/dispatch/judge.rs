//! What a provider's error stands for: its status and its words, read once.

use std::time::Duration;

use callsign_plan::alias::Condition;
use callsign_plan::fault::Failure;
use callsign_wire::complaint::Complaint;
use callsign_wire::retry_after;
use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::listen::unix_time;

/// `OpenAI` and Azure say it to the millisecond here.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// The failure that an error's status and words stand for.
pub(crate) fn judge(status: StatusCode, complaint: Complaint) -> Failure {
    use Condition::{
        AuthFailed, ContentFiltered, ContextLengthExceeded, ModelNotFound, QuotaExceeded, RateLimited,
        Timeout, Unavailable,
    };
    let main = match status.as_u16() {
        429 => Failure::of(RateLimited).also(QuotaExceeded),
        402 => Failure::of(QuotaExceeded),
        403 if complaint.policy => Failure::of(ContentFiltered),
        403 if complaint.quota => Failure::of(QuotaExceeded).also(AuthFailed),
        401 | 403 => Failure::of(AuthFailed),
        404 => Failure::of(ModelNotFound),
        408 => Failure::of(Timeout),
        504 | 524 => Failure::of(Timeout).also(Unavailable),
        500.. => Failure::of(Unavailable),
        // What a provider says of a client's mistake may repeat the client's words: only what cannot do harm is read.
        400 => return words(Failure::CLIENT, Complaint { rate: false, model_missing: false, ..complaint }),
        _ => return Failure::CLIENT,
    };
    if status.is_server_error() && complaint.context { main.also(ContextLengthExceeded) } else { main }
}

/// The failure of an answer whose first words are an error.
pub(crate) fn judge_words(complaint: Complaint) -> Failure {
    let failure = words(Failure::of(Condition::InvalidResponse), complaint);
    if complaint.overloaded { failure.also(Condition::Unavailable) } else { failure }
}

fn words(failure: Failure, complaint: Complaint) -> Failure {
    let said = [
        (complaint.policy, Condition::ContentFiltered),
        (complaint.context, Condition::ContextLengthExceeded),
        (complaint.rate, Condition::RateLimited),
        (complaint.quota, Condition::QuotaExceeded),
        (complaint.model_missing, Condition::ModelNotFound),
    ];
    said.into_iter()
        .filter(|(said, _)| *said)
        .fold(failure, |failure, (_, condition)| failure.also(condition))
}

/// When a provider wants to be asked again.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let exact = text(&RETRY_AFTER_MS).and_then(retry_after::retry_after_ms);
    exact.or_else(|| retry_after::retry_after(text(&header::RETRY_AFTER)?, unix_time()))
}
