//! The dashboard's files on the operator's socket. They hold no figures: those come from the API, and who may not ask it sees none.

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use callsign_dashboard::{Asset, find, headers};

use super::refuse;
use crate::refusal::{Code, Refusal};

/// Where the page is.
const PAGE: &str = "/ui/";

/// The page, its files, and the ways to it that people type.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    // Relative, so that the listener may stand behind a path of somebody else's.
    Router::new()
        .route("/", get(async || Redirect::temporary("ui/")))
        .route("/ui", get(async || Redirect::temporary("ui/")))
        .route(PAGE, get(page))
        .route("/ui/{*path}", get(file))
}

async fn page(asked: HeaderMap) -> Response {
    found("", &asked)
}

async fn file(path: Result<Path<String>, PathRejection>, asked: HeaderMap) -> Response {
    // A path that is no text is nobody's.
    found(path.as_ref().map_or("/", |Path(path)| path), &asked)
}

fn found(path: &str, asked: &HeaderMap) -> Response {
    let Some(asset) = find(path) else {
        let message = format!("the dashboard has no such file; it begins at `{PAGE}`");
        return refuse(&Refusal::new(Code::NotFound, message));
    };
    let mut response = if is_known(&asset, asked) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.content_type)], asset.bytes).into_response()
    };
    let told = response.headers_mut();
    told.extend(
        headers().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))),
    );
    told.extend(HeaderValue::from_str(&asset.etag).ok().map(|etag| (header::ETAG, etag)));
    response
}

/// Whether the browser has this text already.
fn is_known(asset: &Asset, asked: &HeaderMap) -> bool {
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|tags| tags.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == asset.etag
    })
}
