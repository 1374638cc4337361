//! The response object around the items, which an answer's first and last events repeat.

use crate::dialect::Dialect;
use crate::error_body::ErrorKind;
use crate::hub::event::{Failed, Start};
use crate::hub::extras::{Extras, Json};
use crate::hub::reply::Finish;
use crate::hub::usage::Usage;
use crate::hub::wish::Tier;
use crate::json::Kind;
use crate::json::writer::Writer;
use crate::openai_responses::request::tier_name;
use crate::translate::Voice;

const OWN: Dialect = Dialect::OpenAiResponses;

/// What every answer repeats of its request, and what holds where the request says nothing.
const REPEATED: [(&str, &str); 20] = [
    ("background", "false"),
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("prompt", "null"),
    ("prompt_cache_key", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("safety_identifier", "null"),
    ("store", "true"),
    ("temperature", "1.0"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", r#""auto""#),
    ("tools", "[]"),
    ("top_logprobs", "0"),
    ("top_p", "1.0"),
    ("truncation", r#""disabled""#),
    ("user", "null"),
];

/// What is the same in every event that repeats the response.
#[derive(Debug)]
pub(super) struct Envelope {
    /// Whether the answer came in this dialect.
    dialect: Dialect,
    id: String,
    model: String,
    created: u64,
    tier: Option<String>,
    repeated: Extras,
}

/// How far an answer is.
#[derive(Debug, Clone, Copy)]
pub(super) enum State<'a> {
    /// It has begun.
    InProgress,
    /// It is over.
    Over(&'a Finish),
    /// It broke.
    Failed(&'a Failed),
}

// === impl Envelope ===

impl Envelope {
    /// What is known when an answer begins.
    pub(super) fn new(start: Start, voice: &Voice) -> Self {
        let own = start.dialect == OWN;
        let repeated = if own { start.extras } else { repeated(voice.request.as_ref()) };
        Self {
            dialect: start.dialect,
            id: start.id.filter(|_| own).unwrap_or_else(|| format!("resp_{}", voice.id)),
            model: voice.model.clone().or(start.model).unwrap_or_default(),
            created: start.created.unwrap_or(voice.now),
            tier: start.tier.as_ref().and_then(tier_name).map(str::to_owned),
            repeated,
        }
    }

    /// Takes a tier that became known while the answer came.
    pub(super) fn retell(&mut self, tier: Option<&Tier>) {
        self.tier = tier.and_then(tier_name).map(str::to_owned).or(self.tier.take());
    }

    /// Writes the response.
    pub(super) fn write(&self, writer: &mut Writer, state: State<'_>, said: (&[Json], Option<&Usage>)) {
        let (items, usage) = said;
        let (status, reason) = status(state);
        writer.object(|writer| {
            writer.key("id").text(&self.id);
            writer.key("object").text("response");
            writer.key("created_at").count(self.created);
            writer.key("status").text(status);
            writer.key("error");
            match state {
                State::Failed(failed) => error(writer, failed),
                State::InProgress | State::Over(_) => writer.null(),
            }
            writer.key("incomplete_details");
            match reason {
                Some(reason) => writer.object(|writer| writer.key("reason").text(reason)),
                None => writer.null(),
            }
            writer.key("model").text(&self.model);
            writer.key("output").array(|writer| items.iter().for_each(|item| writer.json(item)));
            writer.text_member("service_tier", self.tier.as_deref());
            writer.extras(&self.repeated);
            writer.key("usage");
            match usage {
                Some(usage) => self.usage(writer, usage),
                None => writer.null(),
            }
        });
    }

    fn usage(&self, writer: &mut Writer, usage: &Usage) {
        // The SDKs read these members without asking whether they are there.
        let zero = (self.dialect != OWN).then_some(0);
        writer.object(|writer| {
            writer.key("input_tokens").count(usage.input);
            if usage.cache_read.or(usage.cache_write).or(zero).is_some() {
                writer.key("input_tokens_details").object(|writer| {
                    writer.count_member("cached_tokens", usage.cache_read.or(zero));
                    writer.count_member("cache_write_tokens", usage.cache_write.or(zero));
                });
            }
            writer.key("output_tokens").count(usage.output);
            if usage.reasoning.or(zero).is_some() {
                writer.key("output_tokens_details").object(|writer| {
                    writer.count_member("reasoning_tokens", usage.reasoning.or(zero));
                });
            }
            writer.key("total_tokens").count(usage.total());
        });
    }
}

/// The type of the event that ends an answer.
pub(super) fn last_event(finish: &Finish) -> &'static str {
    if status(State::Over(finish)).0 == "completed" { "response.completed" } else { "response.incomplete" }
}

/// `status`, and the reason of `incomplete_details`.
fn status(state: State<'_>) -> (&'static str, Option<&str>) {
    match state {
        State::InProgress => ("in_progress", None),
        State::Failed(_) => ("failed", None),
        State::Over(Finish::Stop | Finish::StopSequence(_) | Finish::ToolCalls | Finish::Paused) => {
            ("completed", None)
        }
        State::Over(Finish::Length | Finish::ContextFull) => ("incomplete", Some("max_output_tokens")),
        State::Over(Finish::Filtered) => ("incomplete", Some("content_filter")),
        State::Over(Finish::Other(OWN, status)) => match status.as_str() {
            "cancelled" => ("cancelled", None),
            "in_progress" => ("in_progress", None),
            "queued" => ("queued", None),
            "incomplete" => ("incomplete", None),
            reason => ("incomplete", Some(reason)),
        },
        State::Over(Finish::Other(_, reason)) => ("incomplete", Some(reason)),
    }
}

fn error(writer: &mut Writer, failed: &Failed) {
    writer.object(|writer| {
        writer.key("code").text(code(failed));
        writer.key("message").text(&failed.message);
    });
}

/// The provider's code, or the service's own for this kind of error.
pub(super) fn code(failed: &Failed) -> &str {
    match failed.kind {
        _ if !failed.code.is_empty() => &failed.code,
        ErrorKind::RateLimit => "rate_limit_exceeded",
        ErrorKind::InvalidRequest | ErrorKind::TooLarge => "invalid_prompt",
        ErrorKind::Overloaded => "server_is_overloaded",
        _ => "server_error",
    }
}

fn repeated(request: Option<&Json>) -> Extras {
    let said = |name: &str| {
        let node = request?.node().get(name).filter(|node| node.kind() != Kind::Null)?;
        Some(Json::of(node))
    };
    let members = REPEATED.iter().filter_map(|(name, default)| {
        Some(((*name).to_owned(), said(name).or_else(|| Json::read(default))?))
    });
    Extras::of(members)
}
