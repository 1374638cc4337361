//! What a request asks for: told by its path, and by the model and `stream` peeked from its bytes.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use callsign_plan::catalog::{Catalog, Found};
use callsign_plan::course::Asker;
use callsign_plan::draw::fingerprint;
use callsign_plan::nearest::nearest;
use callsign_plan::target::Model;
use callsign_wire::brought::Brought;
use callsign_wire::dialect::{Dialect, Dialects, Matter, Operation, below_v1};
use callsign_wire::hub::conversation::Conversation;
use callsign_wire::hub::flaw::DecodeError;
use callsign_wire::hub::pairing;
use callsign_wire::misplaced;
use callsign_wire::peek::{self, Asked, PeekError, Peeked, Prompt};
use callsign_wire::translate;
use callsign_wire::{caller, count};
use http::{HeaderMap, HeaderValue, Method, header, request};
use percent_encoding::percent_decode_str;

use crate::conversations::Thread;
use crate::listen::inbound::Inbound;
use crate::refusal::{Code, Refusal};

/// What a path and a method stand for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Question<'a> {
    /// Something for a model to do.
    Operation(Operation),
    /// Which models are there.
    Models,
    /// What is known of one.
    Model(Cow<'a, str>),
    /// Something about a response that was kept.
    Response(Wanted, String),
}

/// What is wanted of a response that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The response itself.
    Response,
    /// What it answers.
    InputItems,
    /// That it be forgotten.
    Deletion,
}

/// A request that names something in the catalog.
#[derive(Debug)]
pub(crate) struct Ask {
    /// What is to be done.
    pub(crate) operation: Operation,
    /// What the client called the model; the default's full name where it named none.
    pub(crate) name: String,
    /// What that stands for.
    pub(crate) found: Found,
    /// The client's headers.
    pub(crate) headers: HeaderMap,
    /// The client's query, without the question mark.
    pub(crate) query: Option<String>,
    /// The client's bytes.
    pub(crate) body: Bytes,
    /// The dialect that they are in: that of the path, or another by their shape.
    pub(crate) spoken: Dialect,
    /// Where `model` and `stream` stand in them.
    pub(crate) peeked: Peeked,
    /// Where it stands in a conversation that is kept here.
    pub(crate) thread: Option<Arc<Thread>>,
    /// The user that the body names, once somebody wanted to know.
    user: OnceLock<Option<String>>,
    /// What the body says, once somebody had to translate it.
    conversation: OnceLock<Result<Conversation, DecodeError>>,
}

/// How much of each part of a prompt tells where it goes.
const BEGINNING: usize = 1 << 10;

/// Anthropic's SDKs send this with every request, the list of models included.
const ANTHROPIC_VERSION: &str = "anthropic-version";

/// Below this Google's clients ask for everything.
const GEMINI_VERSION: &str = "/v1beta/";

/// The dialect in which an error is told to the sender of `head`.
pub(crate) fn dialect_of(head: &request::Parts) -> Dialect {
    match operation_of(head.uri.path()) {
        Some(operation) => operation.dialect(),
        None if head.headers.contains_key(ANTHROPIC_VERSION) => Dialect::Anthropic,
        None if head.uri.path().starts_with(GEMINI_VERSION) => Dialect::Gemini,
        None => Dialect::OpenAiChat,
    }
}

/// What a path asks of a model.
fn operation_of(path: &str) -> Option<Operation> {
    Operation::of_path(path).or_else(|| Operation::of_gemini_path(path).map(|(operation, _)| operation))
}

/// What `head` asks, or why that cannot be asked.
pub(crate) fn question(head: &request::Parts) -> Result<Question<'static>, Refusal> {
    let path = head.uri.path();
    if let Some(operation) = operation_of(path) {
        return only(&head.method, &Method::POST, path).map(|()| Question::Operation(operation));
    }
    let below = path.strip_prefix("/v1beta").unwrap_or_else(|| below_v1(path)).trim_end_matches('/');
    if below == "/models" {
        return only(&head.method, &Method::GET, path).map(|()| Question::Models);
    }
    if let Some(response) = below.strip_prefix("/responses/") {
        return of_response(&head.method, response, path);
    }
    match below.strip_prefix("/models/") {
        Some(name) => {
            only(&head.method, &Method::GET, path).map(|()| Question::Model(Cow::Owned(decoded(name))))
        }
        None => Err(unserved(path)),
    }
}

fn unserved(path: &str) -> Refusal {
    Refusal::new(Code::NotFound, format!("nothing is served at `{}`", shown(path)))
}

/// What `method` wants of the response that the rest of a path names.
fn of_response(method: &Method, rest: &str, path: &str) -> Result<Question<'static>, Refusal> {
    let (id, wanted) = match rest.split_once('/') {
        Some((id, "input_items")) => (id, Wanted::InputItems),
        None if *method == Method::DELETE => (rest, Wanted::Deletion),
        None => (rest, Wanted::Response),
        Some(_) => return Err(unserved(path)),
    };
    let question = Question::Response(wanted, decoded(id));
    match wanted {
        Wanted::Deletion => Ok(question),
        Wanted::InputItems => only(method, &Method::GET, path).map(|()| question),
        Wanted::Response if matches!(*method, Method::GET | Method::HEAD) => Ok(question),
        Wanted::Response => {
            let message = format!("`{}` takes GET, HEAD and DELETE, not {method}", shown(path));
            Err(Refusal::new(Code::MethodNotAllowed, message).allow("GET, HEAD, DELETE"))
        }
    }
}

fn only(method: &Method, wanted: &Method, path: &str) -> Result<(), Refusal> {
    let also_head = *wanted == Method::GET && *method == Method::HEAD;
    if method == wanted || also_head {
        return Ok(());
    }
    let methods = if *wanted == Method::GET { "GET, HEAD" } else { "POST" };
    let message = format!("`{}` takes {methods}, not {method}", shown(path));
    Err(Refusal::new(Code::MethodNotAllowed, message).allow(methods))
}

/// A client's own text, short enough for an error message.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 200;
    if text.len() <= LONGEST {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
    }
}

fn decoded(name: &str) -> String {
    percent_decode_str(name).decode_utf8_lossy().into_owned()
}

/// Finds what `inbound` asks for in the catalog.
/// `hear_unknown` hears of a name that is not there.
pub(crate) fn ask(
    catalog: &Catalog,
    operation: Operation,
    inbound: Inbound,
    hear_unknown: impl FnOnce(&str),
) -> Result<Ask, Refusal> {
    let peeked = peeked(operation, &inbound)?;
    let (name, found) = match &peeked.model {
        Asked::Named(name) => {
            let found = catalog.find(name).ok_or_else(|| {
                hear_unknown(name);
                unknown(catalog, name)
            })?;
            (name.clone(), found)
        }
        Asked::Absent | Asked::Empty => default(catalog)?,
    };
    let Inbound { headers, query, body, .. } = inbound;
    let spoken = spoken(operation, &peeked, &body);
    Ok(Ask {
        operation,
        name,
        found,
        headers,
        query,
        body,
        spoken,
        peeked,
        thread: None,
        user: OnceLock::new(),
        conversation: OnceLock::new(),
    })
}

/// The dialect that a body is in. Cursor sends Responses bodies to chat completions, and others mix likewise: where the
/// path's own prompt is missing, the shape decides.
fn spoken(operation: Operation, peeked: &Peeked, body: &[u8]) -> Dialect {
    let own = operation.dialect();
    let fits = match own {
        Dialect::OpenAiChat | Dialect::Anthropic | Dialect::Bedrock => peeked.prompt == Prompt::Messages,
        Dialect::OpenAiResponses => peeked.prompt == Prompt::Input,
        Dialect::Gemini => peeked.prompt == Prompt::Contents,
    };
    if fits || !operation.is_conversation() || peeked.prompt == Prompt::Other {
        return own;
    }
    misplaced::shape_of(body).unwrap_or(match peeked.prompt {
        Prompt::Messages => Dialect::OpenAiChat,
        Prompt::Input => Dialect::OpenAiResponses,
        Prompt::Contents => Dialect::Gemini,
        Prompt::Other => own,
    })
}

// === impl Ask ===

impl Ask {
    /// Asks something else in place of what the client asked.
    pub(crate) fn replace(&mut self, body: Bytes, peeked: Peeked) {
        (self.body, self.peeked) = (body, peeked);
        self.conversation = OnceLock::new();
    }

    /// The same with other texts. Whoever asks stays who it was, whatever was masked.
    pub(crate) fn retell(&mut self, body: Bytes) -> Result<(), Refusal> {
        self.user.get_or_init(|| caller::user(&self.body));
        let peeked = match (&self.peeked.model, self.operation.dialect()) {
            (Asked::Named(model), Dialect::Gemini) => {
                peek::beside_path(&body, model.clone(), self.peeked.stream)
            }
            _ => peek::json(&body),
        };
        let peeked = peeked.map_err(|error| Refusal::bug(&error.to_string()))?;
        self.replace(body, peeked);
        Ok(())
    }

    /// Whether a stream is wanted as one array: Gemini's clients ask for events by name.
    pub(crate) fn wants_list(&self) -> bool {
        let mut pairs = self.query.iter().flat_map(|query| query.split('&'));
        self.operation == Operation::StreamGenerateContent && !pairs.any(|pair| pair == "alt=sse")
    }

    /// What the body may bring back of earlier answers that its target must not see.
    pub(crate) fn brought(&self) -> Brought {
        if self.operation.is_conversation() { self.peeked.brought } else { Brought::default() }
    }

    /// What the body says, in no dialect.
    pub(crate) fn conversation(&self) -> Result<&Conversation, &DecodeError> {
        let read = || {
            let conversation = match self.operation.matter() {
                Matter::Count => count::conversation(self.spoken, &self.body)?,
                _ => translate::conversation(self.spoken, &self.body)?,
            };
            pairing::check(&conversation)?;
            Ok(Conversation { stream: self.peeked.stream, ..conversation })
        };
        self.conversation.get_or_init(read).as_ref()
    }
}

impl Asker for Ask {
    fn user(&self) -> Option<&str> {
        self.user.get_or_init(|| caller::user(&self.body)).as_deref()
    }

    fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name).map(HeaderValue::as_bytes)
    }

    fn prompt(&self) -> Option<u64> {
        caller::prompt_beginning(&self.body, BEGINNING).map(|beginning| fingerprint(&beginning))
    }

    fn can_ask(&self, dialects: Dialects) -> bool {
        let is_elsewhere = self.thread.as_ref().is_some_and(|thread| thread.is_elsewhere());
        // Where a target does not count, the gateway estimates.
        let estimated = self.operation.matter() == Matter::Count && !dialects.is_empty();
        let asked = self.operation.towards(dialects, self.peeked.stream);
        let known = asked.is_some_and(|asked| !is_elsewhere || asked == self.operation);
        known || estimated && !is_elsewhere
    }
}

fn peeked(operation: Operation, inbound: &Inbound) -> Result<Peeked, Refusal> {
    if let Some((_, model)) = Operation::of_gemini_path(&inbound.path) {
        let stream = operation == Operation::StreamGenerateContent;
        return peek::beside_path(&inbound.body, decoded(model), stream).map_err(|error| unreadable(&error));
    }
    let content_type = inbound.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let multipart = content_type.filter(|kind| is_multipart(kind));
    let peeked = match multipart {
        Some(content_type) => peek::multipart(content_type, &inbound.body),
        None => peek::json(&inbound.body),
    };
    peeked.map_err(|error| unreadable(&error))
}

/// Whether a content type is that of a form.
pub(crate) fn is_multipart(content_type: &str) -> bool {
    starts_ignoring_case(content_type, "multipart/form-data")
}

fn starts_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn unreadable(error: &PeekError) -> Refusal {
    let code = match error {
        PeekError::Duplicate { .. } => Code::AmbiguousRequest,
        _ => Code::InvalidRequest,
    };
    let refusal = Refusal::new(code, error.to_string());
    match error.param() {
        Some(param) => refusal.param(param),
        None => refusal,
    }
}

fn default(catalog: &Catalog) -> Result<(String, Found), Refusal> {
    let target = catalog.default_target().and_then(|id| Some((id, catalog.target(id)?)));
    let Some((id, target)) = target else {
        let message =
            "the request names no `model`, and no entry of `model_providers` is marked `default: true`";
        return Err(Refusal::new(Code::ModelRequired, message).param("model"));
    };
    let name = match &target.model {
        Model::Fixed(model) => format!("{}/{model}", target.provider),
        Model::Asked => target.name.to_string(),
    };
    Ok((name, Found::Target(id)))
}

/// The refusal of a name that nobody knows, with the nearest that somebody does.
pub(crate) fn unknown(catalog: &Catalog, name: &str) -> Refusal {
    let near: Vec<String> = nearest(catalog, name).into_iter().map(|near| format!("`{near}`")).collect();
    let hint = if near.is_empty() {
        "`GET /v1/models` lists what there is".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    let message = format!("the model `{}` does not exist; {hint}", shown(name));
    Refusal::new(Code::ModelNotFound, message).param("model")
}
