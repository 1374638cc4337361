//! Embeddings for a target of another dialect: the requests that ask it, and its answers as the client gets them.

use bytes::Bytes;
use callsign_plan::course::Leg;
use callsign_plan::target::Target;
use callsign_wire::dialect::Operation;
use callsign_wire::embedding::{self, Answer, Form, Input, Request};
use callsign_wire::hub::loss::Losses;
use callsign_wire::quirks::Embedding;

use super::request::{Words, is_vertex, misread, unsayable};
use crate::ask::Ask;
use crate::refusal::{Code, Refusal};

/// Texts that become vectors.
#[derive(Debug)]
pub(crate) struct Vectors {
    /// What the target is asked, one after another.
    pub(crate) each: Vec<Words>,
    client: Form,
    target: Form,
    request: Request,
}

/// As many texts as `OpenAI` takes at once.
const MOST_TEXTS: usize = 2048;

// === impl Vectors ===

impl Vectors {
    /// Finds the words to ask a target for the vectors that a client asks; `None` where the client's own will do.
    pub(crate) fn find(
        ask: &Ask,
        (asked, target): (Operation, &Target),
        leg: &Leg,
    ) -> Result<Option<Self>, Refusal> {
        let client = form_of(ask.operation, target.embedding);
        let is_served = !(asked == Operation::BatchEmbedContents && is_vertex(target));
        if asked == ask.operation && is_served {
            return Ok(None);
        }
        let request = embedding::request(client, &ask.body).map_err(|error| misread(&error))?;
        check(&request)?;
        let asked = match (asked, request.inputs.len()) {
            (Operation::BatchEmbedContents, 1) => Operation::EmbedContent,
            (Operation::BatchEmbedContents, _) if !is_served => Operation::EmbedContent,
            (asked, _) => asked,
        };
        let form = form_of(asked, target.embedding);
        let mut losses = Losses::default();
        let bodies = embedding::requests(form, &request, &leg.model, &mut losses).map_err(unsayable)?;
        let each =
            bodies.into_iter().map(|body| Words::told((asked, leg), Some((body.into(), losses.clone()))));
        Ok(Some(Self { each: each.collect::<Result<_, _>>()?, client, target: form, request }))
    }

    /// What the target's answers say, or why they cannot be used.
    pub(crate) fn heard(&self, bodies: &[Bytes]) -> Result<Answer, String> {
        let bodies: Vec<&[u8]> = bodies.iter().map(Bytes::as_ref).collect();
        let answer = embedding::answer(self.target, &bodies).map_err(|error| error.to_string())?;
        let (asked, given) = (self.request.inputs.len(), answer.vectors.len());
        if asked != given {
            return Err(format!("it has {given} vectors for {asked} texts"));
        }
        Ok(answer)
    }

    /// The same as the client gets it.
    pub(crate) fn told(&self, answer: &Answer, model: &str) -> Bytes {
        embedding::write_answer(self.client, answer, &self.request, model).into()
    }

    /// Whether the client is told how many tokens its texts have.
    pub(crate) fn tells_tokens(&self) -> bool {
        self.client == Form::OpenAi
    }

    /// The texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.request.inputs.iter().filter_map(|input| match input {
            Input::Text(text) => Some(text.as_str()),
            Input::Tokens(_) => None,
        })
    }
}

fn check(request: &Request) -> Result<(), Refusal> {
    let message = match request.inputs.len() {
        0 => "nothing is to be embedded, send at least one text".to_owned(),
        1..=MOST_TEXTS => return Ok(()),
        many => format!("there are {many} texts, send at most {MOST_TEXTS} in a request"),
    };
    Err(Refusal::new(Code::InvalidRequest, message).param("input"))
}

/// How the operation's bodies are spelled.
const fn form_of(operation: Operation, maker: Embedding) -> Form {
    match (operation, maker) {
        (Operation::EmbedContent, _) => Form::Gemini,
        (Operation::BatchEmbedContents, _) => Form::GeminiBatch,
        (Operation::InvokeModel, Embedding::Titan) => Form::Titan,
        (Operation::InvokeModel, Embedding::Cohere) => Form::Cohere,
        _ => Form::OpenAi,
    }
}
