//! Those outside who are asked about texts, webhooks and models: who is asked about which pieces, and what they say of them.
//! What follows from it is decided in `guard`. Nothing of a text is kept here, only verdicts, under hashes.

mod cut;
mod memory;
mod model;
mod verdict;
mod webhook;

pub(crate) use memory::Memory;
pub(crate) use verdict::Verdict;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use callsign_guard::rules::{Action, Side};
use callsign_plan::catalog::Catalog;
use callsign_plan::guard::{self, ApplyTo};
use tokio::time::{Instant, timeout};

use crate::exchange::RequestId;
use crate::record::Notes;
use crate::state::policies::Policy;
use crate::state::world::World;
use crate::upstream::Upstream;
use model::Model;
use webhook::Webhook;

/// One who is asked.
#[derive(Debug, Clone)]
pub(crate) struct Referee {
    who: Who,
    /// Two with the same say the same.
    identity: Hash,
    timeout: Duration,
    cache: Duration,
    action: Action,
    apply_to: ApplyTo,
}

#[derive(Debug, Clone)]
enum Who {
    Webhook(Webhook),
    Model(Model),
}

/// A SHA-256.
type Hash = [u8; 32];

/// What it takes to ask.
#[derive(Debug, Clone)]
pub(crate) struct Means {
    /// The configuration that the request met.
    pub(crate) world: Arc<World>,
    /// The way out.
    pub(crate) upstream: Arc<Upstream>,
    /// The exchange that it is for.
    pub(crate) id: RequestId,
    /// The day: seconds since 1970-01-01 UTC.
    pub(crate) date: u64,
    /// Where it is written down what that takes.
    pub(crate) notes: Notes,
}

/// What they are asked about.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// Which way it goes.
    pub(crate) side: Side,
    /// Of an answer, what was asked last.
    pub(crate) question: Option<Arc<str>>,
    /// All of it.
    pub(crate) text: String,
}

/// A part of it that is small enough for one call.
#[derive(Debug, Clone, Copy)]
struct Piece<'s> {
    alias: &'s str,
    side: Side,
    question: Option<&'s str>,
    text: &'s str,
}

/// What one of them says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opinion {
    /// What kind of referee it is.
    pub(crate) by: &'static str,
    /// What is done about a text that it flags.
    pub(crate) action: Action,
    /// What it says; nothing where it could not be asked.
    pub(crate) verdict: Option<Verdict>,
}

/// So many pieces are asked about at once.
const AT_ONCE: usize = 4;

/// What all say of it who look this way, side by side; nobody is asked about nothing.
pub(crate) async fn ask(means: &Means, policy: &Policy, said: &Said) -> Vec<Opinion> {
    if said.text.trim().is_empty() {
        return Vec::new();
    }
    let asked = policy.referees.iter().filter(|referee| referee.looks(said.side));
    let asked = asked.map(|referee| Box::pin(referee.opinion(means, &policy.alias, said)) as Asked<'_, _>);
    all(asked, usize::MAX).await
}

type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What all of these come to, in no particular order.
async fn all<'a, T>(mut waiting: impl Iterator<Item = Asked<'a, T>>, at_once: usize) -> Vec<T> {
    let (mut under_way, mut done) = (Vec::new(), Vec::new());
    poll_fn(|context| {
        loop {
            under_way.extend(waiting.by_ref().take(at_once.saturating_sub(under_way.len())));
            let before = done.len();
            under_way.retain_mut(|asked| match asked.as_mut().poll(context) {
                Poll::Ready(output) => {
                    done.push(output);
                    false
                }
                Poll::Pending => true,
            });
            if under_way.is_empty() && before == done.len() {
                return Poll::Ready(());
            }
            if before == done.len() {
                return Poll::Pending;
            }
        }
    })
    .await;
    done
}

// === impl Referee ===

impl Referee {
    /// One who is configured.
    pub(crate) fn compile(referee: &guard::Referee, catalog: &Catalog) -> Self {
        let guard::Referee { who, timeout, cache, action, apply_to } = referee;
        let (who, identity) = match who {
            guard::Who::Webhook { url, form, credential } => {
                let webhook = Webhook::compile(url, *form, credential);
                let identity = webhook.identity(url);
                (Who::Webhook(webhook), identity)
            }
            guard::Who::Model { alias, instructions } => {
                let model = Model::compile(catalog, *alias, instructions.clone());
                let identity = model.identity(catalog, *alias);
                (Who::Model(model), identity)
            }
        };
        let action = if *action == guard::Action::Flag { Action::Flag } else { Action::Block };
        Self { who, identity, timeout: *timeout, cache: *cache, action, apply_to: *apply_to }
    }

    /// Adds it to those who are asked, each once, as strictly as anybody wants it.
    pub(crate) fn join(self, others: &mut Vec<Self>) {
        let same = others.iter_mut().find(|other| other.identity == self.identity);
        let Some(other) = same else { return others.push(self) };
        if other.apply_to != self.apply_to {
            other.apply_to = ApplyTo::Both;
        }
        other.action = other.action.max(self.action);
        other.timeout = other.timeout.min(self.timeout);
        other.cache = other.cache.min(self.cache);
    }

    /// Whether it looks at texts that go this way.
    pub(crate) fn looks(&self, side: Side) -> bool {
        match side {
            Side::Input => self.apply_to != ApplyTo::Output,
            Side::Output => self.apply_to != ApplyTo::Input,
        }
    }

    async fn opinion(&self, means: &Means, alias: &str, said: &Said) -> Opinion {
        let question = said.question.as_deref();
        let piece = |text| Piece { alias, side: said.side, question, text };
        let pieces = cut::cut(&said.text, self.who.most()).into_iter().map(piece);
        let asked = pieces.map(|piece| Box::pin(self.verdict(means, piece)) as Asked<'_, _>);
        let verdicts = all(asked, AT_ONCE).await;
        Opinion { by: self.who.name(), action: self.action, verdict: verdict::strictest(verdicts) }
    }

    async fn verdict(&self, means: &Means, piece: Piece<'_>) -> Option<Verdict> {
        let (memory, key) = (means.world.policies.memory(), self.key(piece));
        if let Some(known) = memory.recall(&key, Instant::now()) {
            return Some(known);
        }
        let asked = timeout(self.timeout, self.who.ask(means, piece, self.timeout)).await;
        let asked = asked.unwrap_or_else(|_| Err(format!("it did not answer within {:?}", self.timeout)));
        match asked {
            Ok(verdict) => {
                memory.keep(key, verdict.clone(), (Instant::now(), self.cache));
                Some(verdict)
            }
            Err(why) => {
                let (by, place) = (self.who.name(), self.who.place());
                tracing::warn!(request = ?means.id, by, place, why, "a check outside has failed");
                None
            }
        }
    }

    /// What a verdict is remembered under: all that it may depend on.
    fn key(&self, Piece { alias, side, question, text }: Piece<'_>) -> Hash {
        let alias = if self.who.hears_alias() { alias } else { "" };
        let question = question.map_or([b"0".as_slice(), b""], |question| [b"1", question.as_bytes()]);
        let [is_asked, question] = question;
        hash([&self.identity, alias.as_bytes(), side.name().as_bytes(), is_asked, question, text.as_bytes()])
    }
}

/// The hash of all of these, in this order.
fn hash<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        // With its length before it, no part can be mistaken for another.
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().try_into().unwrap_or_default()
}

// === impl Who ===

impl Who {
    /// What it is called in errors and records.
    fn name(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Model(_) => "model",
        }
    }

    /// Where it is, for the operator.
    fn place(&self) -> &str {
        match self {
            Self::Webhook(webhook) => webhook.host(),
            Self::Model(model) => model.alias(),
        }
    }

    fn hears_alias(&self) -> bool {
        matches!(self, Self::Webhook(webhook) if webhook.hears_alias())
    }

    /// The longest piece that it is asked about, in bytes.
    fn most(&self) -> usize {
        match self {
            Self::Webhook(_) => webhook::MOST,
            Self::Model(_) => model::MOST,
        }
    }

    async fn ask(&self, means: &Means, piece: Piece<'_>, within: Duration) -> Result<Verdict, String> {
        match self {
            Self::Webhook(webhook) => webhook.ask(means, piece).await,
            Self::Model(model) => model.ask(means, piece, within).await,
        }
    }
}

// === impl Opinion ===

impl Opinion {
    /// What it says as it is told: kinds, and what is done about them.
    pub(crate) fn told(&self) -> Vec<(String, Action)> {
        match &self.verdict {
            None => vec![("check_failed".to_owned(), Action::Flag)],
            Some(Verdict { flagged: false, .. }) => Vec::new(),
            Some(Verdict { kinds, .. }) if kinds.is_empty() => vec![("flagged".to_owned(), self.action)],
            Some(Verdict { kinds, .. }) => kinds.iter().map(|kind| (kind.to_string(), self.action)).collect(),
        }
    }
}

// === impl Said ===

impl Said {
    /// What a client says.
    pub(crate) fn by_client(text: String) -> Self {
        Self { side: Side::Input, question: None, text }
    }

    /// What a model answers to `question`.
    pub(crate) fn by_model(question: Option<Arc<str>>, text: String) -> Self {
        Self { side: Side::Output, question, text }
    }
}

#[cfg(test)]
mod tests;
