//! What was said before is put before what a client says now, once, so that it holds wherever the request goes.

use std::sync::Arc;

use callsign_store::ConversationError;
use callsign_wire::dialect::{Dialect, Operation};
use callsign_wire::openai_responses::history::{self, Reference};
use callsign_wire::peek;

use super::Conversations;
use super::thread::{History, Keeps, Thread, missing, owner};
use crate::ask::Ask;
use crate::refusal::{Code, Refusal};
use crate::state::world::World;

/// The ask with what was said before it, as far as that is kept here, and its place in the conversation.
pub(crate) async fn recall(
    conversations: &Arc<Conversations>,
    world: &World,
    mut ask: Ask,
) -> Result<Ask, Refusal> {
    if !may_go_on(&ask) {
        return Ok(ask);
    }
    let Reference { previous, store } = history::reference(&ask.body);
    let keeps = keeps(world, &ask, store);
    if previous.is_none() && keeps == Keeps::Nothing {
        return Ok(ask);
    }
    let mut thread = Thread {
        request: ask.body.clone(),
        previous,
        history: History::Empty,
        keeps,
        owner: owner(&ask.headers),
        conversations: Arc::clone(conversations),
    };
    if let Some(previous) = &thread.previous {
        thread.history = match conversations.said(previous, thread.owner).await {
            Ok(said) => put_before(&mut ask, &said.items())?,
            Err(ConversationError::Missing { .. }) => History::Elsewhere,
            Err(error) => return Err(refusal(&error)),
        };
        // A conversation is told in full or not at all.
        thread.keeps = match (thread.history, thread.keeps) {
            (History::Elsewhere, _) => Keeps::Nothing,
            (History::Told, Keeps::Translated) => Keeps::All,
            (_, keeps) => keeps,
        };
    }
    ask.thread = Some(Arc::new(thread));
    Ok(ask)
}

/// Whether an ask may name a response that it goes on from.
fn may_go_on(ask: &Ask) -> bool {
    match ask.operation {
        Operation::Responses | Operation::CountInputTokens => ask.spoken == Dialect::OpenAiResponses,
        Operation::Other(path) => path.starts_with("/responses/"),
        _ => false,
    }
}

/// A provider keeps its own answers, and where nobody else can be asked that is enough; but not where what was said before
/// is to be looked at again.
fn keeps(world: &World, ask: &Ask, store: bool) -> Keeps {
    if !store || ask.operation != Operation::Responses {
        return Keeps::Nothing;
    }
    let is_guarded = world.policies.of(ask.found).is_some();
    if is_guarded || world.catalog.targets_of(ask.found).len() > 1 { Keeps::All } else { Keeps::Translated }
}

fn put_before(ask: &mut Ask, items: &str) -> Result<History, Refusal> {
    let body = history::with_history(&ask.body, &history::items(items));
    let peeked = peek::json(&body).map_err(|error| Refusal::bug(&error.to_string()))?;
    ask.replace(body.into(), peeked);
    Ok(History::Told)
}

fn refusal(error: &ConversationError) -> Refusal {
    match error {
        ConversationError::Missing { .. } | ConversationError::Broken { .. } => missing(&error.to_string()),
        ConversationError::TooLong { .. } | ConversationError::TooLarge { .. } => {
            Refusal::new(Code::InvalidRequest, error.to_string()).param("previous_response_id")
        }
        ConversationError::Store(error) => away(error),
    }
}

/// The store does not work. Why is the operator's business.
pub(crate) fn away(error: &callsign_store::StoreError) -> Refusal {
    tracing::warn!(%error, "the store of conversations does not answer");
    let message =
        "what was said before cannot be read at the moment; try again, or send the whole conversation";
    Refusal::new(Code::StateUnavailable, message)
}
