//! Which names there are to ask for: `GET /v1/models` and `GET /v1/models/{id}`, and the same below `/v1beta`.

use bytes::Bytes;
use callsign_wire::dialect::Dialect;
use callsign_wire::models::{self, ModelRow, Page, PageError};
use http::{HeaderValue, Response, header, request};

use super::Outgoing;
use super::headers::REQUEST_ID;
use crate::ask;
use crate::exchange::RequestId;
use crate::refusal::{Code, Refusal};
use crate::state::world::World;

/// All names: in Anthropic's or Gemini's form to whom speaks it, else in `OpenAI`'s.
pub(crate) fn list(
    world: &World,
    head: &request::Parts,
    id: &RequestId,
) -> Result<Response<Outgoing>, Refusal> {
    let rows: Vec<ModelRow<'_>> = world.models().collect();
    let query = head.uri.query().unwrap_or_default();
    let body = match ask::dialect_of(head) {
        Dialect::Anthropic => {
            let page = Page::from_query(query);
            page.and_then(|page| models::anthropic_list(&rows, &page)).map_err(|error| no_page(&error))?
        }
        Dialect::Gemini => {
            let page = Page::from_gemini_query(query);
            page.and_then(|page| models::gemini_list(&rows, &page)).map_err(|error| no_page(&error))?
        }
        _ => models::openai_list(&rows),
    };
    Ok(json(body, id))
}

/// One name. Names of a `provider/*` entry that no list holds are known too, as they would be served.
pub(crate) fn one(
    world: &World,
    head: &request::Parts,
    name: &str,
    id: &RequestId,
) -> Result<Response<Outgoing>, Refusal> {
    let found = world.catalog.find(name).ok_or_else(|| ask::unknown(&world.catalog, name))?;
    let row = ModelRow { id: name, owned_by: world.owner(found) };
    let body = match ask::dialect_of(head) {
        Dialect::Anthropic => models::anthropic_model(&row),
        Dialect::Gemini => models::gemini_model(&row),
        _ => models::openai_model(&row),
    };
    Ok(json(body, id))
}

fn no_page(error: &PageError) -> Refusal {
    Refusal::new(Code::InvalidRequest, error.to_string()).param(error.param())
}

pub(super) fn json(body: Vec<u8>, id: &RequestId) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::whole(Bytes::from(body)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(REQUEST_ID, id.header());
    response
}
