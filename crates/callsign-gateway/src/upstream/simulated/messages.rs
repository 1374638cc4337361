//! Anthropic's Messages, whole and streamed, and its token count.

use serde_json::{Value, json};

use super::SimulatedAsk;
use super::error::Complaint;
use super::reply::{Finish, Reply, reply, tokens};
use super::stage::{Answer, Reel};
use super::wish::{self, Form, Wish};

/// The answer to a message.
pub(super) fn answer(ask: &SimulatedAsk<'_>) -> Result<Answer, Complaint> {
    let body = wish::parse(ask.body)?;
    let wish = read(&body)?;
    let reply = reply(ask.model, &wish);
    let answer = if wish::flag(&body, "stream") {
        Answer::stream(film(ask, &wish, &reply))
    } else {
        let output = tokens(&reply.text).count();
        Answer::json(200, &message(ask, &json!([block(ask, &reply)]), Some(&reply), &usage(&wish, output)))
    };
    Ok(answer.with_header("request-id", ask.id("req_")))
}

/// The answer to a token count.
pub(super) fn count(ask: &SimulatedAsk<'_>) -> Result<Answer, Complaint> {
    let body = wish::parse(ask.body)?;
    let wish = read(&body)?;
    Ok(Answer::json(200, &json!({"input_tokens": wish.input_tokens})))
}

fn read(body: &Value) -> Result<Wish, Complaint> {
    let messages = wish::required_array(body, "messages")?;
    Ok(Wish {
        prompt: wish::last_prompt(messages),
        input_tokens: wish::count(&[body.get("system"), body.get("messages")], body.get("tools")),
        limit: wish::number(body, &["max_tokens"]),
        stops: wish::strings(body.get("stop_sequences")),
        form: form(body),
    })
}

fn form(body: &Value) -> Form {
    let schema =
        body.pointer("/output_config/format/schema").or_else(|| body.pointer("/output_format/schema"));
    match (forced_tool(body), schema) {
        (Some(form), _) => form,
        (None, Some(schema)) => Form::Json(schema.clone()),
        (None, None) => Form::Text,
    }
}

fn forced_tool(body: &Value) -> Option<Form> {
    let choice = body.get("tool_choice")?;
    let named = match choice.get("type")?.as_str()? {
        "any" => None,
        "tool" => Some(choice.get("name")?.as_str()?),
        _ => return None,
    };
    let tool = wish::tool(body.get("tools"), named)?;
    let name = tool.get("name")?.as_str()?.to_owned();
    Some(Form::Call { name, schema: tool.get("input_schema").cloned().unwrap_or_default() })
}

fn usage(wish: &Wish, output: usize) -> Value {
    json!({
        "input_tokens": wish.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
        "service_tier": "standard",
    })
}

/// Why the answer ends: `stop_reason` and `stop_sequence`.
fn stop(reply: &Reply) -> (&'static str, Option<&str>) {
    match &reply.finish {
        Finish::Whole => ("end_turn", None),
        Finish::Stop(sequence) => ("stop_sequence", Some(sequence)),
        Finish::Length => ("max_tokens", None),
        Finish::Call => ("tool_use", None),
    }
}

fn message(ask: &SimulatedAsk<'_>, content: &Value, ended: Option<&Reply>, usage: &Value) -> Value {
    let (reason, sequence) = ended.map(stop).unzip();
    json!({
        "id": ask.id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": sequence.flatten(),
        "usage": usage,
    })
}

fn block(ask: &SimulatedAsk<'_>, reply: &Reply) -> Value {
    match &reply.call {
        None => json!({"type": "text", "text": reply.text, "citations": null}),
        Some(tool) => {
            let input: Value = serde_json::from_str(&reply.text).unwrap_or_else(|_| json!({}));
            json!({"type": "tool_use", "id": ask.id("toolu_"), "name": tool, "input": input})
        }
    }
}

fn film(ask: &SimulatedAsk<'_>, wish: &Wish, reply: &Reply) -> Reel {
    let mut reel = Reel::default();
    let mut event = |kind: &str, mut fields: Value, token: bool| {
        fields.as_object_mut().map(|fields| fields.insert("type".to_owned(), json!(kind)));
        if token { reel.typed_token(kind, &fields) } else { reel.typed(kind, &fields) }
    };
    let opening = message(ask, &json!([]), None, &usage(wish, 1));
    event("message_start", json!({"message": opening}), false);
    let empty = match &reply.call {
        None => json!({"type": "text", "text": ""}),
        Some(tool) => json!({"type": "tool_use", "id": ask.id("toolu_"), "name": tool, "input": {}}),
    };
    event("content_block_start", json!({"index": 0, "content_block": empty}), false);
    event("ping", json!({}), false);
    for token in tokens(&reply.text) {
        let delta = match &reply.call {
            None => json!({"type": "text_delta", "text": token}),
            Some(_) => json!({"type": "input_json_delta", "partial_json": token}),
        };
        event("content_block_delta", json!({"index": 0, "delta": delta}), true);
    }
    event("content_block_stop", json!({"index": 0}), false);
    let (reason, sequence) = stop(reply);
    let delta = json!({"stop_reason": reason, "stop_sequence": sequence});
    let output = json!({"output_tokens": tokens(&reply.text).count()});
    event("message_delta", json!({"delta": delta, "usage": output}), false);
    event("message_stop", json!({}), false);
    reel
}
