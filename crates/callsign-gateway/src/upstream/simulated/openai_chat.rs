//! Chat completions, whole and streamed.

use serde_json::{Value, json};

use super::SimulatedAsk;
use super::error::Complaint;
use super::reply::{Finish, Reply, reply, tokens};
use super::stage::{Answer, Reel};
use super::wish::{self, Form, Wish};

/// Most choices of one answer, as at the real provider.
const CHOICES: usize = 128;

/// The answer to a chat completion.
pub(super) fn answer(ask: &SimulatedAsk<'_>) -> Result<Answer, Complaint> {
    let body = wish::parse(ask.body)?;
    let wish = read(&body)?;
    let choices = wish::number(&body, &["n"]).unwrap_or(1).clamp(1, CHOICES);
    let reply = reply(ask.model, &wish);
    let usage = usage(&wish, &reply, choices);
    if wish::flag(&body, "stream") {
        let tell_usage =
            body.get("stream_options").is_some_and(|options| wish::flag(options, "include_usage"));
        return Ok(Answer::stream(film(ask, &reply, choices, tell_usage.then_some(&usage))));
    }
    let choices: Vec<Value> = (0..choices).map(|index| choice(ask, index, &reply)).collect();
    Ok(Answer::json(
        200,
        &json!({
            "id": ask.id("chatcmpl-"),
            "object": "chat.completion",
            "created": ask.now,
            "model": ask.model,
            "choices": choices,
            "usage": usage,
            "service_tier": "default",
            "system_fingerprint": "fp_simulated",
        }),
    ))
}

fn read(body: &Value) -> Result<Wish, Complaint> {
    let messages = wish::required_array(body, "messages")?;
    Ok(Wish {
        prompt: wish::last_prompt(messages),
        input_tokens: wish::count(&[body.get("messages")], body.get("tools")),
        limit: wish::number(body, &["max_completion_tokens", "max_tokens"]),
        stops: wish::strings(body.get("stop")),
        form: form(body),
    })
}

fn form(body: &Value) -> Form {
    let format = body.get("response_format");
    match (forced_tool(body), format.and_then(|format| format.get("type")).and_then(Value::as_str)) {
        (Some(form), _) => form,
        (None, Some("json_schema")) => Form::Json(
            format.and_then(|format| format.pointer("/json_schema/schema")).cloned().unwrap_or_default(),
        ),
        (None, Some("json_object")) => Form::Json(Value::Null),
        (None, _) => Form::Text,
    }
}

fn forced_tool(body: &Value) -> Option<Form> {
    let choice = body.get("tool_choice")?;
    let named = choice.pointer("/function/name").and_then(Value::as_str);
    if named.is_none() && choice.as_str() != Some("required") {
        return None;
    }
    let functions = body.get("tools")?.as_array()?.iter().filter_map(|tool| tool.get("function"));
    let functions: Value = functions.cloned().collect();
    let function = wish::tool(Some(&functions), named)?;
    let name = function.get("name")?.as_str()?.to_owned();
    Some(Form::Call { name, schema: function.get("parameters").cloned().unwrap_or_default() })
}

/// Usage in the words of chat completions.
pub(super) fn usage(wish: &Wish, reply: &Reply, choices: usize) -> Value {
    let output = tokens(&reply.text).count() * choices;
    json!({
        "prompt_tokens": wish.input_tokens,
        "completion_tokens": output,
        "total_tokens": wish.input_tokens + output,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

/// Why the answer ends, in the words of chat completions.
pub(super) fn finish_reason(finish: &Finish) -> &'static str {
    match finish {
        Finish::Whole | Finish::Stop(_) => "stop",
        Finish::Length => "length",
        Finish::Call => "tool_calls",
    }
}

fn choice(ask: &SimulatedAsk<'_>, index: usize, reply: &Reply) -> Value {
    let message = match &reply.call {
        None => json!({"role": "assistant", "content": reply.text, "refusal": null, "annotations": []}),
        Some(tool) => {
            let function = json!({"name": tool, "arguments": reply.text});
            let call = json!({"id": call_id(ask, index), "type": "function", "function": function});
            json!({"role": "assistant", "content": null, "refusal": null, "annotations": [], "tool_calls": [call]})
        }
    };
    json!({"index": index, "message": message, "logprobs": null, "finish_reason": finish_reason(&reply.finish)})
}

fn call_id(ask: &SimulatedAsk<'_>, index: usize) -> String {
    format!("{}{index}", ask.id("call_"))
}

fn film(ask: &SimulatedAsk<'_>, reply: &Reply, choices: usize, usage: Option<&Value>) -> Reel {
    let mut reel = Reel::default();
    // With `include_usage` every chunk has the field; only the last one tells.
    let spoken = |index: usize, delta: &Value, finish: Option<&str>| {
        let choice = json!({"index": index, "delta": delta, "logprobs": null, "finish_reason": finish});
        chunk(ask, &json!([choice]), usage.map(|_| &Value::Null))
    };
    for index in 0..choices {
        reel.data(&spoken(index, &opening(ask, index, reply), None));
    }
    for token in tokens(&reply.text) {
        let delta = match reply.call {
            None => json!({"content": token}),
            Some(_) => json!({"tool_calls": [{"index": 0, "function": {"arguments": token}}]}),
        };
        (0..choices).for_each(|index| reel.token(&spoken(index, &delta, None)));
    }
    for index in 0..choices {
        reel.data(&spoken(index, &json!({}), Some(finish_reason(&reply.finish))));
    }
    if usage.is_some() {
        reel.data(&chunk(ask, &json!([]), usage));
    }
    reel.done();
    reel
}

fn chunk(ask: &SimulatedAsk<'_>, choices: &Value, usage: Option<&Value>) -> Value {
    let mut chunk = json!({
        "id": ask.id("chatcmpl-"),
        "object": "chat.completion.chunk",
        "created": ask.now,
        "model": ask.model,
        "choices": choices,
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
    });
    if let (Some(fields), Some(usage)) = (chunk.as_object_mut(), usage) {
        fields.insert("usage".to_owned(), usage.clone());
    }
    chunk
}

fn opening(ask: &SimulatedAsk<'_>, index: usize, reply: &Reply) -> Value {
    match &reply.call {
        None => json!({"role": "assistant", "content": "", "refusal": null}),
        Some(tool) => {
            let function = json!({"name": tool, "arguments": ""});
            let call =
                json!({"index": 0, "id": call_id(ask, index), "type": "function", "function": function});
            json!({"role": "assistant", "content": null, "tool_calls": [call]})
        }
    }
}
