//! The request as its target gets it: the client's bytes, or what they say in another dialect.

use std::sync::Arc;

use bytes::Bytes;
use callsign_plan::alias::OnLoss;
use callsign_plan::course::Leg;
use callsign_plan::layout::Layout;
use callsign_plan::target::{Place, Target};
use callsign_wire::brought::Brought;
use callsign_wire::count::{self, Counter};
use callsign_wire::dialect::{Dialect, Matter, Operation};
use callsign_wire::homeward;
use callsign_wire::hub::conversation::Conversation;
use callsign_wire::hub::extras::Json;
use callsign_wire::hub::flaw::{DecodeError, EncodeError};
use callsign_wire::hub::loss::Losses;
use callsign_wire::peek::{self, PeekError, Peeked};
use callsign_wire::splice::{self, Spliced};
use callsign_wire::translate::{self, Terms, Voice};
use memchr::memmem;

use crate::ask::Ask;
use crate::listen::unix_time;
use crate::refusal::{Code, Refusal};

/// The largest answer that is asked for where a dialect demands a number and the client named none: what every model of
/// Anthropic's allows.
const MAX_TOKENS: u64 = 4096;

/// How much of a refusal's message the names of the losses may take.
const LONGEST: usize = 1000;

/// Where Anthropic's clients name the features that they switch on.
const BETA: &str = "anthropic-beta";

/// About how many bytes of a request make a token.
const BYTES_PER_TOKEN: usize = 4;

/// What is said to a target.
#[derive(Debug)]
pub(crate) struct Words {
    /// What it is asked for.
    pub(crate) asked: Operation,
    /// What it calls the model.
    pub(crate) model: Arc<str>,
    /// The body in its dialect, where that is not the client's, and what could not be carried.
    written: Option<(Bytes, Losses)>,
    /// The body in the client's dialect with a shorter answer than the client asked for.
    shortened: Option<(Bytes, Peeked)>,
}

// === impl Words ===

impl Words {
    /// Finds the words to ask a target for `asked` what a client asks.
    pub(crate) fn find(ask: &Ask, (asked, target): (Operation, &Target), leg: &Leg) -> Result<Self, Refusal> {
        // What another target gave out, and a client brings back, must not reach this one.
        let is_same =
            asked.dialect() == ask.spoken && !brings_what_is_others(ask, target) && !wraps_a_request(ask);
        let written = if is_same { None } else { Some(write(ask, (asked, target), leg)?) };
        Self::told((asked, leg), written)
    }

    /// These words, if losing so much is allowed.
    pub(super) fn told(
        (asked, leg): (Operation, &Leg),
        written: Option<(Bytes, Losses)>,
    ) -> Result<Self, Refusal> {
        if let Some((_, losses)) = written.as_ref().filter(|_| leg.on_loss == OnLoss::Refuse) {
            whole(&leg.model, losses)?;
        }
        Ok(Self { asked, model: Arc::clone(&leg.model), written, shortened: None })
    }

    /// The body, where it was translated.
    pub(crate) fn written(&self) -> Option<&Bytes> {
        self.written.as_ref().map(|(body, _)| body)
    }

    /// The same words with another body of the same dialect.
    pub(crate) fn saying(mut self, ask: &Ask, body: Bytes) -> Result<Self, PeekError> {
        if let Some((written, _)) = &mut self.written {
            *written = body;
        } else {
            let peeked = ask.peeked.again(&body)?;
            self.shortened = Some((body, peeked));
        }
        Ok(self)
    }

    /// The body, naming whatever model it named.
    pub(crate) fn said<'a>(&'a self, ask: &'a Ask) -> &'a Bytes {
        self.written().unwrap_or(self.own(ask).0)
    }

    /// The body in the client's dialect, and where things stand in it.
    fn own<'a>(&'a self, ask: &'a Ask) -> (&'a Bytes, &'a Peeked) {
        self.shortened.as_ref().map_or((&ask.body, &ask.peeked), |(body, peeked)| (body, peeked))
    }

    /// What could not be carried.
    pub(crate) fn losses(&self) -> Losses {
        self.written.as_ref().map(|(_, losses)| losses.clone()).unwrap_or_default()
    }

    /// The body.
    pub(crate) fn body(&self, ask: &Ask) -> Spliced {
        match self.written() {
            Some(written) => Spliced::untouched(written),
            None => self.spliced(ask, &self.model),
        }
    }

    /// The body, naming another model.
    pub(crate) fn body_naming(&self, ask: &Ask, model: &str) -> Spliced {
        match self.written() {
            None => self.spliced(ask, model),
            Some(written) => match peek::json(written) {
                Ok(peeked) => splice::model(written, &peeked, model),
                Err(_) => Spliced::untouched(written),
            },
        }
    }

    fn spliced(&self, ask: &Ask, model: &str) -> Spliced {
        let (body, peeked) = self.own(ask);
        splice::model(body, peeked, model)
    }

    /// The client's query, which concerns the client's own dialect.
    pub(crate) fn query<'a>(&self, ask: &'a Ask) -> Option<&'a str> {
        ask.query.as_deref().filter(|_| self.asked == ask.operation)
    }
}

/// What the client's answer is told with.
pub(crate) fn voice(ask: &Ask, id: &str) -> Voice {
    // Responses repeat much of the request, though not what was put before it; chat must know whether it was asked in the
    // form of old.
    let said = ask.thread.as_ref().map_or(&ask.body, |thread| &thread.request);
    let repeats = match ask.operation.dialect() {
        Dialect::OpenAiResponses => true,
        Dialect::OpenAiChat => memmem::find(said, br#""functions""#).is_some(),
        _ => false,
    };
    let request = std::str::from_utf8(said).ok().filter(|_| repeats).and_then(Json::read);
    Voice {
        id: id.to_owned(),
        now: unix_time(),
        model: None,
        include_usage: ask.conversation().is_ok_and(|said| said.include_usage == Some(true)),
        input_tokens: (ask.body.len() / BYTES_PER_TOKEN) as u64,
        request,
    }
}

fn write(ask: &Ask, (asked, target): (Operation, &Target), leg: &Leg) -> Result<(Bytes, Losses), Refusal> {
    let conversation = ask.conversation().map_err(misread)?;
    let terms = terms(&leg.model, target);
    let mut losses = Losses::default();
    let homeward = (asked.dialect() == conversation.dialect && asked.matter() == Matter::Conversation)
        .then(|| homeward::homeward(conversation.clone(), target.chat, &mut losses));
    let switched = homeward.or_else(|| with_betas(ask, asked, conversation));
    let conversation = switched.as_ref().unwrap_or(conversation);
    let body = match (asked.matter(), counter(asked, target)) {
        (Matter::Count, Some(counter)) => count::question(counter, conversation, terms, &mut losses),
        _ => translate::request(asked.dialect(), conversation, terms, &mut losses),
    };
    Ok((body.map_err(unsayable)?.into(), losses))
}

/// What a target needs besides the conversation.
pub(crate) fn terms<'a>(model: &'a str, target: &Target) -> Terms<'a> {
    Terms {
        model,
        max_tokens: MAX_TOKENS,
        chat: target.chat,
        thinking: target.thinking,
        family: target.families.of(model),
    }
}

/// What a client of Anthropic's switches on in a header, which Bedrock takes in the body.
fn with_betas(ask: &Ask, asked: Operation, conversation: &Conversation) -> Option<Conversation> {
    let has_place = asked.dialect() == Dialect::Bedrock && conversation.dialect == Dialect::Anthropic;
    let headers = ask.headers.get_all(BETA).iter().filter(|_| has_place);
    let names = headers.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    let betas: Vec<String> = names.map(str::to_owned).collect();
    (!betas.is_empty()).then(|| Conversation { betas, ..conversation.clone() })
}

/// Whether the body asks how many tokens a whole request has that stands in it and names the alias: Vertex AI takes its
/// parts, and Google's own API its own name for the model.
fn wraps_a_request(ask: &Ask) -> bool {
    const NAMES: [&[u8]; 2] = [br#""generateContentRequest""#, br#""generate_content_request""#];
    ask.operation == Operation::CountContentTokens
        && NAMES.into_iter().any(|name| memmem::find(&ask.body, name).is_some())
}

/// Whether the body may hold seals, or thoughts, which a server of `OpenAI`'s chat refuses that never shows any.
fn brings_what_is_others(ask: &Ask, target: &Target) -> bool {
    let Brought { seals, thoughts } = ask.brought();
    seals || thoughts && ask.operation == Operation::ChatCompletions && homeward::is_strict(target.chat)
}

fn counter(asked: Operation, target: &Target) -> Option<Counter> {
    Counter::of(asked.dialect()).map(|counter| match counter {
        Counter::Gemini if is_vertex(target) => Counter::Vertex,
        counter => counter,
    })
}

/// Whether the target is on Vertex AI, whose operations differ in part from those of the API that they are named after.
pub(super) fn is_vertex(target: &Target) -> bool {
    matches!(target.place, Place::Server { layout: Layout::Vertex { .. }, .. })
}

/// The client's body is none of its dialect.
pub(crate) fn misread(error: &DecodeError) -> Refusal {
    let refusal = Refusal::new(Code::InvalidRequest, error.to_string());
    if error.path().is_empty() { refusal } else { refusal.param(error.path().to_owned()) }
}

/// What the client says cannot be said in the target's dialect.
pub(super) fn unsayable(error: EncodeError) -> Refusal {
    let refusal = Refusal::new(Code::InvalidRequest, error.reason);
    if error.path.is_empty() { refusal } else { refusal.param(error.path) }
}

/// Refuses losses.
fn whole(model: &str, losses: &Losses) -> Result<(), Refusal> {
    if losses.is_empty() {
        return Ok(());
    }
    let message = format!(
        "`{model}` speaks another dialect, which cannot say this: {}; leave it out, or set `on_loss: report`",
        losses.header(LONGEST)
    );
    Err(Refusal::new(Code::TranslationLoss, message))
}
