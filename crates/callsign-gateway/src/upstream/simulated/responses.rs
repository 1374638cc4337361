//! The Responses API, whole and streamed.

use serde_json::{Value, json};

use super::SimulatedAsk;
use super::error::Complaint;
use super::reply::{Finish, Reply, reply, tokens};
use super::stage::{Answer, Reel};
use super::wish::{self, Form, Wish};

/// The answer to a response request.
pub(super) fn answer(ask: &SimulatedAsk<'_>) -> Result<Answer, Complaint> {
    let body = wish::parse(ask.body)?;
    let wish = read(&body)?;
    let reply = reply(ask.model, &wish);
    let scene = Scene { ask, body: &body, wish: &wish, reply: &reply };
    if wish::flag(&body, "stream") {
        return Ok(Answer::stream(scene.film()));
    }
    Ok(Answer::json(200, &scene.response(scene.last_status())))
}

/// The answer to a token count.
pub(super) fn count(ask: &SimulatedAsk<'_>) -> Result<Answer, Complaint> {
    let wish = read(&wish::parse(ask.body)?)?;
    Ok(Answer::json(200, &json!({"object": "response.input_tokens", "input_tokens": wish.input_tokens})))
}

fn read(body: &Value) -> Result<Wish, Complaint> {
    let input = body.get("input").ok_or_else(|| Complaint::field("input", "is missing"))?;
    let prompt = match input {
        Value::String(text) => text.clone(),
        Value::Array(items) => wish::last_prompt(items),
        _ => return Err(Complaint::field("input", "is neither a string nor an array")),
    };
    Ok(Wish {
        prompt,
        input_tokens: wish::count(&[body.get("instructions"), Some(input)], body.get("tools")),
        limit: wish::number(body, &["max_output_tokens"]),
        stops: Vec::new(),
        form: form(body),
    })
}

fn form(body: &Value) -> Form {
    let format = body.pointer("/text/format");
    match (forced_tool(body), format.and_then(|format| format.get("type")).and_then(Value::as_str)) {
        (Some(form), _) => form,
        (None, Some("json_schema")) => {
            Form::Json(format.and_then(|format| format.get("schema")).cloned().unwrap_or_default())
        }
        (None, Some("json_object")) => Form::Json(Value::Null),
        (None, _) => Form::Text,
    }
}

fn forced_tool(body: &Value) -> Option<Form> {
    let choice = body.get("tool_choice")?;
    let named = choice.get("name").and_then(Value::as_str);
    if named.is_none() && choice.as_str() != Some("required") {
        return None;
    }
    let is_function = |tool: &&Value| tool.get("type").and_then(Value::as_str) == Some("function");
    let functions: Value = body.get("tools")?.as_array()?.iter().filter(is_function).cloned().collect();
    let function = wish::tool(Some(&functions), named)?;
    let name = function.get("name")?.as_str()?.to_owned();
    Some(Form::Call { name, schema: function.get("parameters").cloned().unwrap_or_default() })
}

/// Everything one answer is made of.
struct Scene<'a> {
    ask: &'a SimulatedAsk<'a>,
    body: &'a Value,
    wish: &'a Wish,
    reply: &'a Reply,
}

/// How far a response or an item is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    InProgress,
    Completed,
    Incomplete,
}

/// Writes events and numbers them.
#[derive(Default)]
struct Numbered {
    reel: Reel,
    next: u64,
}

// === impl Status ===

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
        }
    }
}

// === impl Numbered ===

impl Numbered {
    fn event(&mut self, kind: &str, fields: Value) {
        let event = self.number(kind, fields);
        self.reel.typed(kind, &event);
    }

    fn token(&mut self, kind: &str, fields: Value) {
        let event = self.number(kind, fields);
        self.reel.typed_token(kind, &event);
    }

    fn number(&mut self, kind: &str, mut fields: Value) -> Value {
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("type".to_owned(), json!(kind));
            fields.insert("sequence_number".to_owned(), json!(self.next));
        }
        self.next += 1;
        fields
    }
}

// === impl Scene ===

impl Scene<'_> {
    fn last_status(&self) -> Status {
        if self.reply.finish == Finish::Length { Status::Incomplete } else { Status::Completed }
    }

    fn item_id(&self) -> String {
        self.ask.id(if self.reply.call.is_some() { "fc_" } else { "msg_" })
    }

    /// The response as it stands at `status`; the settings asked for are repeated, the others have their defaults.
    fn response(&self, status: Status) -> Value {
        let begun = status == Status::InProgress;
        let output = if begun { json!([]) } else { json!([self.item(status)]) };
        let incomplete = (status == Status::Incomplete).then(|| json!({"reason": "max_output_tokens"}));
        let asked = |field: &str, default: Value| self.body.get(field).cloned().unwrap_or(default);
        let mut response = json!({
            "id": self.ask.id("resp_"),
            "object": "response",
            "created_at": self.ask.now,
            "completed_at": (status == Status::Completed).then_some(self.ask.now),
            "status": status.name(),
            "error": null,
            "incomplete_details": incomplete,
            "model": self.ask.model,
            "output": output,
            "usage": (!begun).then(|| self.usage()),
        });
        let settings = json!({
            "background": false,
            "instructions": asked("instructions", Value::Null),
            "max_output_tokens": asked("max_output_tokens", Value::Null),
            "max_tool_calls": asked("max_tool_calls", Value::Null),
            "metadata": asked("metadata", json!({})),
            "parallel_tool_calls": asked("parallel_tool_calls", json!(true)),
            "previous_response_id": asked("previous_response_id", Value::Null),
            "reasoning": asked("reasoning", json!({"effort": null, "summary": null})),
            "service_tier": "default",
            "store": asked("store", json!(true)),
            "temperature": asked("temperature", json!(1.0)),
            "text": asked("text", json!({"format": {"type": "text"}})),
            "tool_choice": asked("tool_choice", json!("auto")),
            "tools": asked("tools", json!([])),
            "top_logprobs": asked("top_logprobs", json!(0)),
            "top_p": asked("top_p", json!(1.0)),
            "truncation": asked("truncation", json!("disabled")),
            "user": asked("user", Value::Null),
        });
        if let (Some(response), Value::Object(settings)) = (response.as_object_mut(), settings) {
            response.extend(settings);
        }
        response
    }

    fn usage(&self) -> Value {
        let (input, output) = (self.wish.input_tokens, tokens(&self.reply.text).count());
        json!({
            "input_tokens": input,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input + output,
        })
    }

    fn item(&self, status: Status) -> Value {
        let begun = status == Status::InProgress;
        let text = if begun { "" } else { self.reply.text.as_str() };
        match &self.reply.call {
            None => json!({
                "id": self.item_id(),
                "type": "message",
                "status": status.name(),
                "role": "assistant",
                "content": if begun { json!([]) } else { json!([part(text)]) },
            }),
            Some(tool) => json!({
                "id": self.item_id(),
                "type": "function_call",
                "status": status.name(),
                "call_id": self.ask.id("call_"),
                "name": tool,
                "arguments": text,
            }),
        }
    }

    fn film(&self) -> Reel {
        let mut film = Numbered::default();
        let last = self.last_status();
        film.event("response.created", json!({"response": self.response(Status::InProgress)}));
        film.event("response.in_progress", json!({"response": self.response(Status::InProgress)}));
        let added = json!({"output_index": 0, "item": self.item(Status::InProgress)});
        film.event("response.output_item.added", added);
        match &self.reply.call {
            None => self.film_text(&mut film),
            Some(tool) => self.film_call(&mut film, tool),
        }
        film.event("response.output_item.done", json!({"output_index": 0, "item": self.item(last)}));
        let end = if last == Status::Completed { "response.completed" } else { "response.incomplete" };
        film.event(end, json!({"response": self.response(last)}));
        film.reel
    }

    fn film_text(&self, film: &mut Numbered) {
        let text = &self.reply.text;
        let at = || json!({"item_id": self.item_id(), "output_index": 0, "content_index": 0});
        film.event("response.content_part.added", with(at(), json!({"part": part("")})));
        for token in tokens(text) {
            film.token("response.output_text.delta", with(at(), json!({"delta": token, "logprobs": []})));
        }
        film.event("response.output_text.done", with(at(), json!({"text": text, "logprobs": []})));
        film.event("response.content_part.done", with(at(), json!({"part": part(text)})));
    }

    fn film_call(&self, film: &mut Numbered, tool: &str) {
        let arguments = &self.reply.text;
        let at = || json!({"item_id": self.item_id(), "output_index": 0});
        for token in tokens(arguments) {
            film.token("response.function_call_arguments.delta", with(at(), json!({"delta": token})));
        }
        let done = with(at(), json!({"name": tool, "arguments": arguments}));
        film.event("response.function_call_arguments.done", done);
    }
}

fn part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

fn with(mut event: Value, more: Value) -> Value {
    if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
        event.extend(more);
    }
    event
}
