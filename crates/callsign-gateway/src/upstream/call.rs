//! One small request over the gateway's own connections, to a service that is no provider: an identity service, a webhook.

use std::time::Duration;

use bytes::Bytes;
use http::header::InvalidHeaderValue;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Limited};

use super::origin::Wire;
use super::payload::Payload;
use super::source::{Source, innermost};
use super::{Key, Upstream};

const CONNECT: Duration = Duration::from_secs(3);
const LARGEST: usize = 256 << 10;

/// What is answered to `request`, whose URL names a host; an error tells why there is nothing. Waits for as long as it takes.
pub(crate) async fn call(
    upstream: &Upstream,
    request: Request<Payload>,
) -> Result<(StatusCode, Bytes), String> {
    let (Some(scheme), Some(authority)) = (request.uri().scheme_str(), request.uri().authority()) else {
        return Err("its URL names no host".to_owned());
    };
    let origin = format!("{scheme}://{authority}").into();
    let key = Key { origin, connect: CONNECT, wire: Wire::Any };
    let origin = upstream.origin(&key).map_err(|error| error.to_string())?;
    let place = origin.enter().ok_or("no connection can be made")?;
    let answer = place.send(request).ok_or("no connection can be made")?;
    let (head, body) = answer.await.map_err(|error| innermost(&error))?.into_parts();
    let body = Limited::new(Source::Server(body, place), LARGEST).collect().await;
    Ok((head.status, body.map_err(|error| error.to_string())?.to_bytes()))
}

/// A header's value that no log shows.
pub(crate) fn sensitive(value: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(value)?;
    value.set_sensitive(true);
    Ok(value)
}
