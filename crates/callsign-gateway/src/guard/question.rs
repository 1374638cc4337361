//! The way in: every text of a request is looked at, what is to be masked is masked, what blocks refuses.

use std::sync::Arc;

use bytes::Bytes;
use callsign_guard::leak::Leak;
use callsign_guard::mask::{self, Ledger};
use callsign_guard::rules::{Side, Topic};
use callsign_guard::screen::{self, Detectors, Hit, Screen};
use callsign_plan::guard::OnFailure;
use callsign_wire::texts::{self, Speaker, Text, Unreadable};
use tokio::task::spawn_blocking;

use super::referee::{Means, Said};
use super::trial::{Failed, caught};
use super::{Cleared, Guard, Withheld, blocked, coverage, failed, ruling};
use crate::ask::Ask;
use crate::record::Notes;
use crate::refusal::Refusal;
use crate::state::policies::Policy;

/// A larger body is looked at on another thread, so that it keeps nobody waiting.
const LARGE: usize = 256 << 10;

/// Hears of every text, and of what will stand in its place.
type Hear<'h> = &'h mut dyn FnMut(Text<'_>, &str);

/// What is to be looked at.
#[derive(Debug, Clone)]
struct Question {
    body: Bytes,
    /// The client's own part of it, where what was said before stands there too.
    own: Option<Bytes>,
    policy: Arc<Policy>,
    detectors: Arc<Detectors>,
}

/// What came of it.
#[derive(Debug, Default)]
struct Looked {
    body: Option<Vec<u8>>,
    own: Option<Vec<u8>>,
    hits: Vec<Hit>,
    ledger: Ledger,
    leak: Option<Leak>,
    /// What users and tools say, as it will be sent.
    said: String,
    /// What was asked last.
    question: Option<String>,
}

/// Of a question as much goes with its answer to those outside.
const LONGEST_QUESTION: usize = 2 << 10;

/// Clears `ask`, or refuses it.
pub(super) async fn clear(
    mut ask: Ask,
    (policy, detectors): (Arc<Policy>, Arc<Detectors>),
    notes: Notes,
    means: Means,
) -> Result<Cleared, Refusal> {
    let reads_leak = policy.rules.of(Side::Output, Topic::PromptLeak).is_some();
    let looked = if policy.looks(Side::Input) || policy.refers(Side::Output) || reads_leak {
        let said = ask.thread.as_ref().map(|thread| &thread.request).filter(|said| **said != ask.body);
        let (body, own) = (ask.body.clone(), said.cloned());
        let (policy, detectors) = (Arc::clone(&policy), Arc::clone(&detectors));
        look_aside(Question { body, own, policy, detectors }).await
    } else {
        Ok(Ok(Looked::default()))
    };
    let looked = match looked {
        Ok(looked) => looked?,
        Err(Failed) => unlooked(&policy)?,
    };
    notes.guarded(Side::Input, &looked.hits);
    if screen::blocks(&looked.hits) {
        return Err(blocked(&policy.alias, "the request", &looked.hits).refusal());
    }
    let Looked { body, own, ledger, leak, said, question, .. } = looked;
    if policy.refers(Side::Input) {
        ruling::rule(&means, &policy, &Said::by_client(said), &notes).await.map_err(Withheld::refusal)?;
    }
    retell(&mut ask, body, own)?;
    let means = policy.refers(Side::Output).then_some(means);
    let question = question.map(Arc::from);
    let guard = Guard { policy, detectors, ledger, leak, notes, means, question };
    Ok(Cleared { ask, guard: Some(Arc::new(guard)) })
}

/// What becomes of a request at which nobody could look.
fn unlooked(policy: &Policy) -> Result<Looked, Refusal> {
    tracing::error!(alias = %policy.alias, "a check of a request has failed");
    match policy.on_failure {
        OnFailure::Allow => Ok(Looked::default()),
        OnFailure::Refuse => Err(failed(&policy.alias).refusal()),
    }
}

async fn look_aside(question: Question) -> Result<Result<Looked, Refusal>, Failed> {
    if question.body.len() <= LARGE {
        return caught(|| question.look());
    }
    spawn_blocking(move || question.look()).await.map_err(|_| Failed)
}

/// Puts what was masked in the place of what was said, also where it will be kept.
fn retell(ask: &mut Ask, body: Option<Vec<u8>>, own: Option<Vec<u8>>) -> Result<(), Refusal> {
    let said_whole = ask.thread.as_ref().is_some_and(|thread| thread.request == ask.body);
    let body = body.map(Bytes::from);
    let own = if said_whole { body.clone() } else { own.map(Bytes::from) };
    if let (Some(own), Some(thread)) = (own, &mut ask.thread) {
        let thread = Arc::get_mut(thread).ok_or_else(|| Refusal::bug("a thread that is shared too early"))?;
        thread.request = own;
    }
    body.map_or(Ok(()), |body| ask.retell(body))
}

// === impl Question ===

impl Question {
    fn look(&self) -> Result<Looked, Refusal> {
        let mut looked = Looked::default();
        let (mut system, mut said, mut question) = (Vec::new(), String::new(), None);
        let refers = [Side::Input, Side::Output].map(|side| self.policy.refers(side));
        looked.body = self.read(&self.body, &mut looked, &mut |text, sent| match text.speaker {
            Speaker::System => system.push(text.text.to_owned()),
            Speaker::User | Speaker::Tool if refers != [false; 2] => {
                add_line(&mut said, sent);
                if text.speaker == Speaker::User {
                    question = Some(beginning(sent).to_owned());
                }
            }
            _ => {}
        })?;
        (looked.said, looked.question) = (said, question);
        if let Some(own) = &self.own {
            let found = looked.hits.len();
            looked.own = self.read(own, &mut looked, &mut |_, _| ())?;
            // All of it stands in the body, too, where it was counted.
            looked.hits.truncate(found);
        }
        looked.leak = self.leak(&system);
        Ok(looked)
    }

    /// What must not be told of the system prompt.
    fn leak(&self, system: &[String]) -> Option<Leak> {
        self.policy.rules.of(Side::Output, Topic::PromptLeak)?;
        Leak::of(system.iter().map(String::as_str))
    }

    fn read(&self, body: &Bytes, looked: &mut Looked, hear: Hear<'_>) -> Result<Option<Vec<u8>>, Refusal> {
        let screen =
            Screen { detectors: &self.detectors, rules: &self.policy.rules, side: Side::Input, leak: None };
        let Looked { hits, ledger, .. } = looked;
        let read = texts::of_request(body, &mut |text| {
            let found = hits_of(&screen, text);
            let masked = mask::mask(text.text, &found, (ledger, body));
            hear(text, masked.as_deref().unwrap_or(text.text));
            hits.extend(found);
            masked
        });
        read.map_err(|unreadable: Unreadable| coverage::refusal(&self.policy, &unreadable.to_string()))
    }
}

fn add_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

fn beginning(text: &str) -> &str {
    let end = (0..=LONGEST_QUESTION.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

fn hits_of(screen: &Screen<'_>, text: Text<'_>) -> Vec<Hit> {
    let mut found = screen.labelled_hits(text.label, text.text);
    if matches!(text.speaker, Speaker::User | Speaker::Tool) {
        found.extend(screen.attempts(text.text));
    }
    found
}
