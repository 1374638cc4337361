//! What is served here, described: `OpenAPI` 3.1. <https://spec.openapis.org/oas/v3.1.1.html>

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// The description.
const DOCUMENT: &str = include_str!("openapi.json");

/// Tells it.
pub(super) async fn tell() -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], DOCUMENT).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::served;
    use super::DOCUMENT;

    #[test]
    fn every_route_is_described_and_every_described_one_is_served() {
        let document: serde_json::Value = serde_json::from_str(DOCUMENT).unwrap();
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
            })
            .collect();
        let served: BTreeSet<(String, String)> = served()
            .into_iter()
            .map(|served| (served.method.to_string(), served.path.replace("{*", "{")))
            .collect();
        assert_eq!(described, served);
    }
}
