//! What is told of responses that were kept: `GET` and `DELETE /v1/responses/{id}`, and what one answers.

use std::sync::Arc;

use callsign_wire::openai_responses::listing::{self, Page, PageError};
use http::{Response, request};

use super::Outgoing;
use super::models::json;
use crate::ask::{Wanted, shown};
use crate::conversations::{Conversations, away, owner};
use crate::exchange::RequestId;
use crate::refusal::{Code, Refusal};

/// Tells `wanted` of the response with this id to whom it was made for.
pub(crate) async fn tell(
    conversations: &Arc<Conversations>,
    head: &request::Parts,
    (wanted, of): (Wanted, &str),
    id: &RequestId,
) -> Result<Response<Outgoing>, Refusal> {
    let owner = owner(&head.headers);
    let query = head.uri.query().unwrap_or_default();
    if wanted == Wanted::Deletion {
        let was_there = conversations.delete(of, owner).await.map_err(|error| away(&error))?;
        return if was_there { Ok(json(listing::deleted(of), id)) } else { Err(missing(of)) };
    }
    let found = conversations.get(of, owner).await.map_err(|error| away(&error))?;
    let response = found.ok_or_else(|| missing(of))?;
    if wanted == Wanted::InputItems {
        let page = Page::from_query(query);
        let listed = page.and_then(|page| listing::input_items(of, &response.input, &page));
        return Ok(json(listed.map_err(|error| no_page(&error))?, id));
    }
    if query.split('&').any(|pair| pair == "stream=true") {
        let message = "a response that was kept is told whole; leave `stream` out";
        return Err(Refusal::new(Code::InvalidRequest, message).param("stream"));
    }
    Ok(json(response.response.into(), id))
}

fn missing(id: &str) -> Refusal {
    let message = format!(
        "no response `{}` is kept here; it may have expired, or be kept by the provider that made it",
        shown(id)
    );
    Refusal::new(Code::ResponseNotFound, message)
}

fn no_page(error: &PageError) -> Refusal {
    Refusal::new(Code::InvalidRequest, error.to_string()).param(error.param())
}
