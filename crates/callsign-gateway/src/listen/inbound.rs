//! A request whose body has been read whole, within the limits of size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use callsign_plan::catalog::Limits;
use http::{HeaderMap, header, request};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout};

use crate::alarm::within;
use crate::refusal::{Code, Refusal};

/// A request as it came in.
#[derive(Debug)]
pub(crate) struct Inbound {
    /// Its path.
    pub(crate) path: String,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its query, without the question mark.
    pub(crate) query: Option<String>,
    /// Its body.
    pub(crate) body: Bytes,
}

/// The most that is set aside before bytes have come: a length is only a claim.
const FIRST_RESERVE: usize = 256 << 10;
/// How much of a body over the limit is read and dropped, so that its sender lives to read the answer.
const MOST_DISCARDED: u64 = 256 << 20;
/// How long a sender over the limit may pause before it gets its answer.
const LINGER: Duration = Duration::from_millis(500);

/// Reads the body of a request.
pub(crate) async fn read(
    head: request::Parts,
    mut body: Incoming,
    limits: &Limits,
) -> Result<Inbound, Refusal> {
    let patience = || (Instant::now() + limits.body_time, slow(limits));
    let collected = within(patience, collect(&mut body, limits.body)).await?;
    if matches!(&collected, Err(refusal) if refusal.code() == Code::BodyTooLarge) {
        discard(body).await;
    }
    let body = collected?;
    // Compressed bodies cannot be read for their model; no SDK sends one.
    if let Some(encoding) = head.headers.get(header::CONTENT_ENCODING).filter(|value| *value != "identity") {
        let message = format!("a body encoded as `{}` is not read, send it plain", show(encoding));
        return Err(Refusal::new(Code::InvalidRequest, message));
    }
    let (path, query) = (head.uri.path().to_owned(), head.uri.query().map(str::to_owned));
    Ok(Inbound { path, query, headers: head.headers, body })
}

fn show(value: &http::HeaderValue) -> String {
    value.to_str().unwrap_or("?").chars().take(40).collect()
}

fn slow(limits: &Limits) -> Refusal {
    let message = format!("the body did not arrive within {:?}", limits.body_time);
    Refusal::new(Code::RequestTimeout, message).closing()
}

async fn collect(body: &mut Incoming, limit: u64) -> Result<Bytes, Refusal> {
    let announced = body.size_hint().lower();
    if announced > limit {
        return Err(too_large(limit));
    }
    let Some(first) = next(body).await? else { return Ok(Bytes::new()) };
    if first.len() as u64 == announced && body.is_end_stream() {
        return Ok(first);
    }
    let room = usize::try_from(announced).unwrap_or(FIRST_RESERVE).min(FIRST_RESERVE);
    let mut whole = BytesMut::with_capacity(room.max(first.len() * 2));
    whole.extend_from_slice(&first);
    while whole.len() as u64 <= limit {
        match next(body).await? {
            Some(bytes) => whole.extend_from_slice(&bytes),
            None => return Ok(whole.freeze()),
        }
    }
    Err(too_large(limit))
}

async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Refusal> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
            Some(Err(error)) => {
                let message = format!("the body could not be read: {error}");
                return Err(Refusal::new(Code::InvalidRequest, message).closing());
            }
        }
    }
}

/// A sender that is cut off while it writes sees a broken pipe instead of the 413. One that pauses is waiting
/// for it.
async fn discard(mut body: Incoming) {
    let mut read = body.size_hint().lower().saturating_sub(MOST_DISCARDED);
    while read < MOST_DISCARDED {
        match timeout(LINGER, next(&mut body)).await {
            Ok(Ok(Some(bytes))) => read += bytes.len() as u64,
            Ok(Ok(None) | Err(_)) | Err(_) => return,
        }
    }
}

fn too_large(limit: u64) -> Refusal {
    let message = format!(
        "the body is larger than {limit} bytes ({} MiB); the listener's `limits: {{body: …}}` raises the limit",
        limit >> 20
    );
    Refusal::new(Code::BodyTooLarge, message).closing()
}
