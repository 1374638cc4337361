//! Asking a model behind an alias: a chat of the gateway's own, along the alias's routes, but without guardrails, so that no
//! check asks for another.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use callsign_guard::rules::Side;
use callsign_plan::catalog::{Catalog, Found};
use callsign_plan::ids::AliasId;
use callsign_wire::dialect::Operation;
use callsign_wire::used;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, Limited};
use serde::{Deserialize, Serialize};

use super::verdict::{self, Verdict};
use super::{Hash, Means, Piece, hash};
use crate::alarm::Alarm;
use crate::ask;
use crate::dispatch::walk::{Start, Walk};
use crate::dispatch::{Answer, Opened};
use crate::guard::Cleared;
use crate::listen::inbound::Inbound;
use crate::record::Notes;
use crate::refusal::Refusal;

/// A model that judges texts.
#[derive(Debug, Clone)]
pub(super) struct Model {
    alias: Arc<str>,
    instructions: Option<Arc<str>>,
}

/// A longer text is asked about in pieces: local servers cut off what passes a context of some thousand tokens, and say nothing.
pub(super) const MOST: usize = 8 << 10;
/// About how many bytes of an answer make a token.
const BYTES_PER_TOKEN: usize = 4;
/// No verdict is longer.
const LARGEST: usize = 256 << 10;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Serialize)]
struct Chat<'p> {
    model: &'p str,
    messages: Vec<Message<'p>>,
}

#[derive(Serialize)]
struct Message<'p> {
    role: &'static str,
    content: &'p str,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Told,
}

#[derive(Deserialize)]
struct Told {
    content: Option<String>,
}

// === impl Model ===

impl Model {
    pub(super) fn compile(catalog: &Catalog, alias: AliasId, instructions: Option<Arc<str>>) -> Self {
        let alias = catalog.alias(alias).map(|alias| Arc::clone(&alias.name)).unwrap_or_default();
        Self { alias, instructions }
    }

    pub(super) fn alias(&self) -> &str {
        &self.alias
    }

    /// What tells it from others: also which targets it may be, so that another model is asked anew.
    pub(super) fn identity(&self, catalog: &Catalog, alias: AliasId) -> Hash {
        let targets = catalog.targets_of(Found::Alias(alias));
        let targets =
            targets.iter().filter_map(|id| catalog.target(*id)).map(|target| target.name.as_bytes());
        let instructions = self.instructions.as_deref().unwrap_or_default().as_bytes();
        hash([b"model".as_slice(), self.alias.as_bytes(), instructions].into_iter().chain(targets))
    }

    pub(super) async fn ask(
        &self,
        means: &Means,
        piece: Piece<'_>,
        total: Duration,
    ) -> Result<Verdict, String> {
        let bill = Bill { aside: Notes::aside(&means.id), notes: &means.notes };
        let body = serde_json::to_vec(&self.chat(piece)).map_err(|_| "what it is asked cannot be written")?;
        let answer = walk(means, &bill, (body.into(), total))?.go(None).await.map_err(refused)?;
        let said = match answer {
            Answer::Opened(opened) => read(*opened).await?,
            Answer::Told(told) => {
                return Err(format!("it answered with status {}", told.head.status.as_u16()));
            }
        };
        let completion: Completion =
            serde_json::from_slice(&said).map_err(|_| "what it answered is no completion")?;
        let said = completion.choices.into_iter().next().and_then(|choice| choice.message.content);
        let verdict = said.as_deref().and_then(verdict::of_words);
        verdict.ok_or_else(|| "what it answered is no verdict".to_owned())
    }

    /// Guard models are trained to judge the last turn of a conversation; with instructions it is only about the text.
    fn chat<'p>(&'p self, Piece { side, question, text, .. }: Piece<'p>) -> Chat<'p> {
        let mut messages = Vec::with_capacity(2);
        let question = question.filter(|_| side == Side::Output);
        match (&self.instructions, question) {
            (Some(instructions), _) => {
                messages.push(Message { role: "system", content: instructions });
                messages.push(Message { role: "user", content: text });
            }
            (None, Some(question)) => {
                messages.push(Message { role: "user", content: question });
                messages.push(Message { role: "assistant", content: text });
            }
            (None, None) => messages.push(Message { role: "user", content: text }),
        }
        Chat { model: &self.alias, messages }
    }
}

/// What is tried for a check is no attempt of the exchange: it is written down aside, and what it took is told at the end, however
/// that comes.
struct Bill<'m> {
    aside: Notes,
    notes: &'m Notes,
}

impl Drop for Bill<'_> {
    fn drop(&mut self) {
        self.notes.checked(&self.aside);
    }
}

/// The way of a question through the catalog.
fn walk(means: &Means, bill: &Bill<'_>, (body, total): (Bytes, Duration)) -> Result<Box<Walk>, String> {
    let Means { world, upstream, id, date, .. } = means.clone();
    let path = Operation::ChatCompletions.path().to_owned();
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, JSON)]);
    let inbound = Inbound { path, headers, query: None, body };
    let ask = ask::ask(&world.catalog, Operation::ChatCompletions, inbound, |_| ()).map_err(refused)?;
    let notes = bill.aside.clone();
    let start = Start { world, upstream, id, notes, date, total, alarm: Alarm::default() };
    Walk::chart(start, Cleared { ask, guard: None }).map_err(refused)
}

/// Of a refusal only the code: its message may quote what a provider repeated of the text.
#[expect(clippy::needless_pass_by_value, reason = "it takes what `map_err` gives")]
fn refused(refusal: Refusal) -> String {
    format!("it could not be asked: {}", refusal.code().name())
}

/// The whole answer; the attempt is under way until it has been read.
async fn read(opened: Opened) -> Result<Bytes, String> {
    let Opened { inflow, mut tail, .. } = opened;
    // What was translated said more before.
    let told = inflow.rest.usage();
    let mut whole = BytesMut::from(inflow.first.unwrap_or_default());
    let Ok(rest) = Limited::new(inflow.rest, LARGEST).collect().await else {
        tail.took_about(told, 0);
        return Err("its answer broke off".to_owned());
    };
    whole.extend_from_slice(&rest.to_bytes());
    match told.or_else(|| used::whole(Operation::ChatCompletions, &whole)) {
        Some(usage) => drop(tail.took(usage)),
        None => tail.took_about(None, (whole.len() / BYTES_PER_TOKEN) as u64),
    }
    Ok(whole.freeze())
}
