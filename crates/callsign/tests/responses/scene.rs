//! A gateway whose alias `fast` leads to scripted targets, and a client that goes on from what it was answered.

use callsign_testkit::client::{Answer, Client};
use callsign_testkit::gateway::{Gateway, Launch};
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::conversation::Role;
use callsign_wire::hub::part::Part;
use serde_json::{Value, json};

use super::tongue::{asked, entry, line, own, reply, streams};

/// The configuration of a gateway that keeps conversations in `storage` (a flow of YAML).
pub(crate) fn config(targets: &[(Dialect, &Upstream)], storage: &str) -> String {
    let entries: String =
        targets.iter().map(|(dialect, upstream)| entry(*dialect, "m", &upstream.url())).collect();
    let mut names = targets.iter().map(|(dialect, _)| format!("{}/m", own(*dialect)));
    let primary = names.next().expect("a target");
    let fallbacks: Vec<_> = names.map(|name| format!("{{target: {name}}}")).collect();
    let fallbacks = match fallbacks.as_slice() {
        [] => String::new(),
        some => format!(", fallbacks: [{}]", some.join(", ")),
    };
    format!(
        "listeners: [{{type: model, name: main, port: 0}}]\nstate_storage: {storage}\nmodel_providers:\n{entries}\
         model_aliases:\n  fast: {{target: {primary}{fallbacks}}}\n"
    )
}

/// Starts what [`config`] says.
pub(crate) fn launch(config: &str) -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_callsign"), config)
}

/// A gateway that forgets everything when it ends.
pub(crate) async fn forgetful(targets: &[(Dialect, &Upstream)]) -> Gateway {
    launch(&config(targets, "{type: memory}")).start().await
}

/// An upstream of this dialect that answers its requests with `Answer 0.`, `Answer 1.`, …
pub(crate) async fn answering(dialect: Dialect) -> Upstream {
    Upstream::scripted(move |request| said(dialect, request)).await
}

/// What such an upstream answers.
pub(crate) fn said(dialect: Dialect, request: &Received) -> Reply {
    let text = format!("Answer {}.", request.index);
    if dialect == Dialect::OpenAiResponses {
        let (kind, bytes) =
            native(&format!("resp_native{}", request.index), &text, streams(dialect, request));
        return Reply::body(200, kind, bytes);
    }
    reply(dialect, &line(&text), streams(dialect, request))
}

/// The answer of a service that keeps responses itself: its type and bytes.
pub(crate) fn native(id: &str, text: &str, stream: bool) -> (&'static str, String) {
    let answer = json!({
        "id": id, "object": "response", "created_at": 1_760_000_000, "status": "completed", "error": null,
        "incomplete_details": null, "model": "m-2026",
        "output": [{
            "id": format!("msg_of_{id}"), "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}],
        }],
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}, "temperature": 1.0,
        "previous_response_id": null,
    });
    if !stream {
        return ("application/json", answer.to_string());
    }
    let mut begun = answer.clone();
    (begun["status"], begun["output"]) = (json!("in_progress"), json!([]));
    let events = [
        json!({"type": "response.created", "sequence_number": 0, "response": begun}),
        json!({
            "type": "response.output_text.delta", "sequence_number": 1, "item_id": format!("msg_of_{id}"),
            "output_index": 0, "content_index": 0, "delta": text,
        }),
        json!({"type": "response.completed", "sequence_number": 2, "response": answer}),
    ];
    let events = events.iter().map(|event| {
        let name = event["type"].as_str().expect("a type");
        format!("event: {name}\ndata: {event}\n\n")
    });
    ("text/event-stream", events.collect())
}

/// Asks `input`, going on from `previous`; gives the answer once it has begun.
pub(crate) async fn ask(client: &Client, key: &str, body: &Value) -> Answer {
    let call = client.post("/v1/responses", body.to_string());
    call.header("authorization", &format!("Bearer {key}")).send().await
}

/// A request of the ordinary kind.
pub(crate) fn body(input: &str, previous: Option<&str>, stream: bool) -> Value {
    let mut body = json!({"model": "fast", "input": input, "stream": stream});
    if let Some(previous) = previous {
        body["previous_response_id"] = json!(previous);
    }
    body
}

/// Ann's next turn: the response object.
pub(crate) async fn turn(client: &Client, input: &str, previous: Option<&str>, stream: bool) -> Value {
    response(ask(client, ANN, &body(input, previous, stream)).await).await
}

/// The response object that an answer is, or that its stream ends with.
pub(crate) async fn response(answer: Answer) -> Value {
    let (status, kind) = (answer.status, answer.header("content-type").map(str::to_owned));
    let text = answer.text().await;
    assert_eq!(status, 200, "{text}");
    if kind.as_deref() == Some("application/json") {
        return serde_json::from_str(&text).expect("JSON");
    }
    let last = text.trim_end().lines().next_back().and_then(|line| line.strip_prefix("data: "));
    let last: Value = serde_json::from_str(last.unwrap_or_else(|| panic!("{text}"))).expect("JSON");
    assert_eq!(last["type"], "response.completed", "{text}");
    last["response"].clone()
}

/// The id of a response.
pub(crate) fn id(response: &Value) -> &str {
    let id = response["id"].as_str().expect("an id");
    assert!(id.starts_with("resp_"), "{id}");
    id
}

/// One of two who ask.
pub(crate) const ANN: &str = "sk-ann";
/// The other.
pub(crate) const BOB: &str = "sk-bob";

/// What a target was told, as `user: …` and `assistant: …`.
pub(crate) fn told(dialect: Dialect, request: &Received) -> Vec<String> {
    let conversation = asked(dialect, request);
    let turns = conversation.turns.iter().map(|turn| {
        let words = turn.pieces.iter().map(|piece| match &piece.part {
            Part::Text(text) => text.text.clone(),
            Part::ToolCall(call) => format!("{}({})", call.name, call.arguments),
            Part::ToolResult(_) => "result".to_owned(),
            other => panic!("{other:?}"),
        });
        let who = if turn.role == Role::Assistant { "assistant" } else { "user" };
        format!("{who}: {}", words.collect::<String>())
    });
    turns.collect()
}

/// Something about a response, as Ann asks for it.
pub(crate) async fn look_up(client: &Client, path: &str) -> Answer {
    client
        .get(&format!("/v1/responses/{path}"))
        .header("authorization", &format!("Bearer {ANN}"))
        .send()
        .await
}

/// Checks that an answer is an error of the gateway's own in `OpenAI`'s form; gives the error.
pub(crate) async fn refused(answer: Answer, status: u16, code: &str) -> Value {
    let (found, header) = (answer.status, answer.header("x-callsign-error").map(str::to_owned));
    let body = answer.json().await;
    assert_eq!((found, header.as_deref()), (status, Some(code)), "{body}");
    assert_eq!(body["error"]["code"], code, "{body}");
    assert!(body["error"]["type"].is_string(), "{body}");
    body["error"].clone()
}
