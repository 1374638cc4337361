//! An error that came in place of an answer, in the client's dialect.

use bytes::Bytes;
use callsign_wire::dialect::Dialect;
use callsign_wire::error_body::{self, ErrorBody, ErrorKind};

/// The error that a body with status 200 is, if it is one.
pub(super) fn inside(dialect: Dialect, body: &[u8]) -> Option<Bytes> {
    let words = error_body::words(body)?;
    let kind = error_body::kind(body).unwrap_or(ErrorKind::Api);
    let error = ErrorBody {
        status: kind.status(dialect),
        kind,
        code: words.code.as_deref().unwrap_or("upstream_error"),
        message: &words.message,
        param: None,
        request_id: "",
        attempts: &[],
    };
    Some(error_body::render(dialect, &error).into())
}
