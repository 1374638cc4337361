//! The built-in simulated provider: a pure maker of scripts. It knows no sockets and no clock; dispatch plays
//! what it writes.
//!
//! It stands where a real provider would stand, so it may parse and build whole JSON documents.

mod behaviour;
mod completions;
mod embeddings;
mod error;
mod messages;
mod openai_chat;
mod other;
mod reply;
mod responses;
mod sketch;
mod stage;
#[cfg(test)]
mod tests;
mod wish;

use std::time::Duration;

use bytes::Bytes;
use callsign_plan::target::{SimulatedFault, Simulation};
use callsign_wire::dialect::Operation;

use behaviour::Behaviour;
use error::Complaint;
use stage::Answer;

/// One request as the simulated provider sees it.
pub(crate) struct SimulatedAsk<'a> {
    /// What is asked for.
    pub operation: Operation,
    /// The name that the answer's `model` carries.
    pub model: &'a str,
    /// The request's body.
    pub body: &'a [u8],
    /// The request's `content-type`.
    pub content_type: Option<&'a str>,
    /// How the entry behaves.
    pub simulation: &'a Simulation,
    /// The value of the `x-callsign-simulate` header, which overrides `simulation` for this request.
    pub overrides: Option<&'a str>,
    /// Ids of the answer derive from it.
    pub request_id: &'a str,
    /// Seconds since 1970-01-01 UTC, for `created`.
    pub now: u64,
}

/// What is sent back, and when. The head goes out with the first step; a script without steps sends nothing.
#[derive(Debug)]
pub(crate) struct Script {
    /// HTTP status.
    pub status: u16,
    /// The `content-type` header.
    pub content_type: &'static str,
    /// Further headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body, piece by piece.
    pub steps: Vec<Step>,
    /// What follows the last step.
    pub end: End,
}

/// One piece of a body.
#[derive(Debug)]
pub(crate) struct Step {
    /// The pause before it.
    pub after: Duration,
    /// What is sent.
    pub bytes: Bytes,
}

/// What follows the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The body ends as it should.
    Done,
    /// Nothing more comes, and the connection stays open.
    Hang,
    /// The connection breaks.
    Cut,
}

/// What the simulated provider answers to `ask`.
pub(crate) fn script(ask: &SimulatedAsk<'_>) -> Script {
    match Behaviour::of(ask.simulation, ask.overrides) {
        Ok(behaviour) => behaviour.stage(answer(ask, behaviour.fault())),
        Err(mistake) => {
            Behaviour::default().stage(error::answer(ask, &Complaint::invalid(mistake.to_string())))
        }
    }
}

fn answer(ask: &SimulatedAsk<'_>, fault: Option<SimulatedFault>) -> Answer {
    if let Some(SimulatedFault::Status(status)) = fault {
        return error::answer(ask, &Complaint::simulated(status));
    }
    let answer = match ask.operation {
        Operation::ChatCompletions => openai_chat::answer(ask),
        Operation::Completions => completions::answer(ask),
        Operation::Embeddings => embeddings::answer(ask),
        Operation::Responses => responses::answer(ask),
        Operation::Messages => messages::answer(ask),
        Operation::CountTokens => messages::count(ask),
        Operation::CountInputTokens => responses::count(ask),
        // What it does not speak itself is translated before it comes here.
        operation => other::answer(ask, operation.path()),
    };
    answer.unwrap_or_else(|complaint| error::answer(ask, &complaint))
}

// === impl SimulatedAsk ===

impl SimulatedAsk<'_> {
    /// An id with the given prefix, as the dialect writes its ids.
    fn id(&self, prefix: &str) -> String {
        let letters = self.request_id.chars().filter(char::is_ascii_alphanumeric);
        prefix.chars().chain(letters).collect()
    }
}
