//! Where one request stands in its conversation, and what is to be kept of it.

use std::sync::Arc;

use bytes::Bytes;
use callsign_store::{Owner, StoredResponse};
use callsign_wire::openai_responses::history::{self, Ended};
use callsign_wire::reply::{self, Names};
use http::{HeaderMap, HeaderName, header};

use super::Conversations;
use crate::listen::unix_time;
use crate::refusal::{Code, Refusal};

/// A request's place in its conversation.
#[derive(Debug)]
pub(crate) struct Thread {
    /// The client's bytes, without what was said before.
    pub(crate) request: Bytes,
    /// The response that it goes on from.
    pub(crate) previous: Option<String>,
    /// What is known of what was said before.
    pub(crate) history: History,
    /// Which answers are kept.
    pub(crate) keeps: Keeps,
    /// Who asks.
    pub(crate) owner: Owner,
    /// Where they are kept.
    pub(crate) conversations: Arc<Conversations>,
}

/// What is known of what was said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum History {
    /// Nothing was said before.
    Empty,
    /// It stands before the request now.
    Told,
    /// Only a provider may know it.
    Elsewhere,
}

/// Which answers are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// None: the client said so.
    Nothing,
    /// Those that no provider keeps.
    Translated,
    /// All.
    All,
}

/// The headers by which callers show who they are, in the order in which they count.
const CREDENTIALS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-goog-api-key"),
];

/// Who asks: whoever shows the same credential, in whichever header; all together who show none.
pub(crate) fn owner(headers: &HeaderMap) -> Owner {
    let shown = CREDENTIALS.iter().find_map(|name| headers.get(name));
    let credential = shown.map(|value| bare(value.as_bytes()).trim_ascii());
    credential.filter(|credential| !credential.is_empty()).map_or(Owner::ANYONE, Owner::of)
}

/// A credential without the name of its scheme.
fn bare(value: &[u8]) -> &[u8] {
    match value.split_at_checked("bearer ".len()) {
        Some((scheme, credential)) if scheme.eq_ignore_ascii_case(b"bearer ") => credential,
        _ => value,
    }
}

// === impl Thread ===

impl Thread {
    /// Whether only targets can be asked that speak the Responses API themselves: one of them may know what was said.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.history == History::Elsewhere
    }

    /// The response that it goes on from, where what was said before stands before the request: no provider knows that one.
    pub(crate) fn told_of(&self) -> Option<&str> {
        self.previous.as_deref().filter(|_| self.history == History::Told)
    }

    /// Nobody knows what was said before.
    pub(crate) fn unknown(&self) -> Refusal {
        let id = self.previous.as_deref().unwrap_or_default();
        missing(&format!(
            "no response `{}` is kept; it may have expired or been deleted",
            crate::ask::shown(id)
        ))
    }

    /// What is to be kept of this answer; `model` is what was asked for.
    pub(super) fn response(
        &self,
        answer: &Bytes,
        (model, names): (&str, Option<&Names>),
    ) -> Option<StoredResponse> {
        let Ended { id, created, output } = history::ended(answer)?;
        let answer = names.map_or_else(|| answer.clone(), |names| reply::json(answer, names));
        Some(StoredResponse {
            id,
            previous: self.told_of().map(str::to_owned),
            owner: self.owner,
            created_unix: i64::try_from(created.unwrap_or_else(unix_time)).unwrap_or(i64::MAX),
            model: model.to_owned(),
            input: history::list(&history::input_items(&self.request)),
            output: history::list(&output),
            response: String::from_utf8(answer.into()).ok()?,
        })
    }
}

/// The refusal to go on from what is not there, as `OpenAI` tells it.
pub(super) fn missing(message: &str) -> Refusal {
    Refusal::new(Code::PreviousResponseNotFound, message).param("previous_response_id")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner_of(headers: &[(&str, &str)]) -> Owner {
        let pairs = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        owner(&pairs.collect::<HeaderMap>())
    }

    #[test]
    fn owner_is_who_shows_the_same_credential() {
        let ann = Owner::of(b"sk-ann");
        for (headers, expected) in [
            (vec![("authorization", "Bearer sk-ann")], ann),
            (vec![("authorization", "bearer  sk-ann ")], ann),
            (vec![("x-api-key", "sk-ann")], ann),
            (vec![("api-key", "sk-ann"), ("cookie", "a=b")], ann),
            (vec![("x-api-key", "sk-bob"), ("authorization", "Bearer sk-ann")], ann),
            (vec![("authorization", "Basic sk-ann")], Owner::of(b"Basic sk-ann")),
            (vec![("authorization", "Bearer ")], Owner::ANYONE),
            (vec![("user-agent", "sk-ann")], Owner::ANYONE),
        ] {
            assert_eq!(owner_of(&headers), expected, "{headers:?}");
        }
    }
}
