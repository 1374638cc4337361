//! The older text completions, whole and streamed.

use serde_json::{Value, json};

use super::SimulatedAsk;
use super::error::Complaint;
use super::openai_chat;
use super::reply::{Reply, reply, tokens};
use super::stage::{Answer, Reel};
use super::wish::{self, Form, Wish};

/// Most choices of one answer, as at the real provider.
const CHOICES: usize = 128;
/// Most bytes of prompts that are echoed.
const MOST_ECHOED: usize = 16 << 20;

/// The answer to a text completion.
pub(super) fn answer(ask: &SimulatedAsk<'_>) -> Result<Answer, Complaint> {
    let body = wish::parse(ask.body)?;
    let prompts = prompts(&body)?;
    let echo = wish::flag(&body, "echo");
    let each = wish::number(&body, &["n"]).unwrap_or(1).clamp(1, CHOICES);
    if echo && ask.body.len() * each > MOST_ECHOED {
        return Err(Complaint::field("n", "is too large to echo a prompt of this length"));
    }
    let mut replies = Vec::new();
    let (mut input, mut output) = (0, 0);
    for prompt in prompts {
        let wish = read(&body, prompt);
        let mut reply = reply(ask.model, &wish);
        input += wish.input_tokens;
        output += tokens(&reply.text).count() * each;
        if echo {
            reply.text.insert_str(0, &wish.prompt);
        }
        replies.extend(std::iter::repeat_n(reply, each));
    }
    let usage = json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output});
    if wish::flag(&body, "stream") {
        let tell_usage =
            body.get("stream_options").is_some_and(|options| wish::flag(options, "include_usage"));
        return Ok(Answer::stream(film(ask, &replies, tell_usage.then_some(&usage))));
    }
    let choices = replies
        .iter()
        .enumerate()
        .map(|(index, reply)| choice(index, &reply.text, Some(openai_chat::finish_reason(&reply.finish))));
    Ok(Answer::json(200, &completion(ask, &choices.collect(), &usage)))
}

fn prompts(body: &Value) -> Result<Vec<&Value>, Complaint> {
    match body.get("prompt") {
        None => Err(Complaint::field("prompt", "is missing")),
        Some(Value::Array(many)) if many.iter().any(|one| one.is_string() || one.is_array()) => {
            Ok(many.iter().take(CHOICES).collect())
        }
        Some(one) => Ok(vec![one]),
    }
}

/// A prompt is a string, or an array of token numbers.
fn read(body: &Value, prompt: &Value) -> Wish {
    let text = prompt.as_str().unwrap_or_default();
    Wish {
        prompt: text.to_owned(),
        input_tokens: prompt.as_array().map_or_else(|| tokens(text).count(), Vec::len),
        limit: wish::number(body, &["max_tokens"]).or(Some(16)),
        stops: wish::strings(body.get("stop")),
        form: Form::Text,
    }
}

fn choice(index: usize, text: &str, finish: Option<&str>) -> Value {
    json!({"index": index, "text": text, "logprobs": null, "finish_reason": finish})
}

fn completion(ask: &SimulatedAsk<'_>, choices: &Value, usage: &Value) -> Value {
    json!({
        "id": ask.id("cmpl-"),
        "object": "text_completion",
        "created": ask.now,
        "model": ask.model,
        "choices": choices,
        "usage": usage,
        "system_fingerprint": "fp_simulated",
    })
}

fn film(ask: &SimulatedAsk<'_>, replies: &[Reply], usage: Option<&Value>) -> Reel {
    let mut reel = Reel::default();
    for (index, reply) in replies.iter().enumerate() {
        for token in tokens(&reply.text) {
            reel.token(&completion(ask, &json!([choice(index, token, None)]), &Value::Null));
        }
        let finish = openai_chat::finish_reason(&reply.finish);
        reel.data(&completion(ask, &json!([choice(index, "", Some(finish))]), &Value::Null));
    }
    if let Some(usage) = usage {
        reel.data(&completion(ask, &json!([]), usage));
    }
    reel.done();
    reel
}
