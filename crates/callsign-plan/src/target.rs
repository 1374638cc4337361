//! A target: one model at one place, with all that is needed to reach it.

use std::sync::Arc;
use std::time::Duration;

use callsign_wire::dialect::Dialects;
use callsign_wire::quirks;
use callsign_wire::resume::Prefill;
use secrecy::SecretString;

use crate::grant::Grant;
use crate::layout::Layout;
use crate::units::Money;

/// One model (or, for a wildcard, any model) of a provider at one place.
#[derive(Debug, Clone)]
pub struct Target {
    /// Stable name: `provider/id`, `provider/*`, or `provider/id@endpoint` where an endpoint was given.
    pub name: Arc<str>,
    /// The provider's name, as written before the first slash.
    pub provider: Arc<str>,
    /// What the provider calls the model.
    pub model: Model,
    /// Where requests go.
    pub place: Place,
    /// What the target understands without translation.
    pub dialects: Dialects,
    /// How it is made to go on from a text that another target began.
    pub prefill: Prefill,
    /// How it speaks `OpenAI`'s chat, where it does.
    pub chat: quirks::Chat,
    /// In what form its model takes a wish for thinking.
    pub thinking: quirks::ThinkingForm,
    /// Whose words its models take, where they are Bedrock's.
    pub families: quirks::Families,
    /// How it is asked for embeddings, where it is one of Bedrock's models.
    pub embedding: quirks::Embedding,
    /// How Callsign identifies itself to the provider.
    pub credential: Credential,
    /// Further request headers, names in lower case, set after the credential.
    pub headers: Vec<(Arc<str>, SecretString)>,
    /// The `Host` header, where it differs from the URL's.
    pub http_host: Option<Arc<str>>,
    /// Limits on waiting, where the target sets its own.
    pub timeouts: Timeouts,
    /// How long it may keep the caller waiting, where that differs from the alias's `max_latency`: for the whole
    /// answer, or for the first token of a stream.
    pub max_latency: Option<Duration>,
    /// How many tokens its context holds, where that is known.
    pub context: Option<u64>,
    /// A price of the operator's own; nothing at all for what runs on the operator's own machines.
    pub price: Option<Price>,
}

/// What a target calls its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Model {
    /// This one.
    Fixed(Arc<str>),
    /// Whatever was asked for: the target of a `provider/*` entry.
    Asked,
}

/// Where a target's requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A server reached over HTTP.
    Server {
        /// `scheme://host[:port]`, without a trailing slash.
        origin: Arc<str>,
        /// How the operation's path is made.
        layout: Layout,
    },
    /// The built-in simulated provider.
    Simulated(Simulation),
}

/// How the built-in simulated provider behaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simulation {
    /// Time before the first token or the whole answer.
    pub delay: Duration,
    /// Time between two tokens of a stream.
    pub token_delay: Duration,
    /// What goes wrong.
    pub fault: Option<SimulatedFault>,
}

/// What the simulated provider does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedFault {
    /// Answers with this HTTP status and a provider-like error body.
    Status(u16),
    /// Never answers.
    Hang,
    /// Sends part of the answer and never goes on.
    Stall,
    /// Sends part of the answer and closes.
    Cut,
}

/// How Callsign identifies itself to a provider.
#[derive(Debug, Clone)]
pub enum Credential {
    /// No key is needed (a local server).
    None,
    /// This key, sent as `scheme` says.
    Key {
        /// The header it is sent in.
        scheme: AuthScheme,
        /// The key.
        key: SecretString,
    },
    /// The client's own `Authorization` or `x-api-key` is passed on.
    Passthrough {
        /// The header it is sent in.
        scheme: AuthScheme,
    },
    /// What a cloud's identity service gives for a while: a token, or keys to sign with.
    Granted(Arc<Grant>),
    /// The environment variable is not set (`--allow-missing-keys`): the target is unavailable.
    Missing {
        /// Its name.
        variable: Arc<str>,
    },
}

/// The header a key is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthScheme {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`, with `anthropic-version` where the client sent none.
    XApiKey,
    /// `api-key: KEY` (Azure `OpenAI`).
    ApiKey,
    /// `x-goog-api-key: KEY` (Google).
    GoogApiKey,
}

/// Limits on waiting; `None` leaves it to the next wider scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// DNS, TCP and TLS together.
    pub connect: Option<Duration>,
    /// From sending the request to the first byte of the answer's body.
    pub first_token: Option<Duration>,
    /// Between two pieces of an answer.
    pub idle: Option<Duration>,
    /// The whole exchange, all attempts together.
    pub total: Option<Duration>,
}

impl Timeouts {
    /// These limits, with the gaps filled from `wider`.
    #[must_use]
    pub fn or(self, wider: Self) -> Self {
        Self {
            connect: self.connect.or(wider.connect),
            first_token: self.first_token.or(wider.first_token),
            idle: self.idle.or(wider.idle),
            total: self.total.or(wider.total),
        }
    }
}

/// What a million tokens cost, as the operator says. What is not written costs as much as its kind does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Price {
    /// Of a million input tokens.
    pub input: Money,
    /// Of a million output tokens.
    pub output: Money,
    /// Of a million input tokens that come out of a cache.
    pub cached_input: Option<Money>,
    /// Of a million input tokens that go into a cache.
    pub cache_write: Option<Money>,
    /// Of a million output tokens of reasoning.
    pub reasoning: Option<Money>,
    /// Of each request, besides its tokens. Not for a million.
    pub request: Option<Money>,
}

impl Price {
    /// Nothing costs anything.
    pub const FREE: Self = Self {
        input: Money(0),
        output: Money(0),
        cached_input: None,
        cache_write: None,
        reasoning: None,
        request: None,
    };
}
