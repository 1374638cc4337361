//! Every operation, every dialect, both ways, whole and streamed: what an alias guards is guarded wherever it goes.

use callsign_testkit::client::{Answer, Call};
use callsign_testkit::gateway::Gateway;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::{Dialect, MODEL_IN_PATH, Operation};
use callsign_wire::hub::reply::Finish;
use serde_json::{Value, json};

use super::scene::{
    BLOCKS, CARD, MAIL, MASKS, OATH, confession, gateway, hides, key, seen, spelled, understood,
};
use super::tongue::{CLIENTS, TARGETS, call, line, question, reply, streams, text};

/// How an operation's answers are guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cover {
    /// Masked or blocked, whole and streamed.
    Both,
    /// Masked or blocked where they are whole; streams are refused.
    Whole,
    /// There is no text in them.
    Textless,
    /// Refused: nobody could look at them.
    Refused,
    /// No client asks for it.
    Inside,
}

/// An operation that nobody has thought of fails here until it is guarded.
fn cover(operation: Operation) -> Cover {
    match operation {
        Operation::ChatCompletions
        | Operation::Completions
        | Operation::Responses
        | Operation::Messages
        | Operation::GenerateContent
        | Operation::StreamGenerateContent => Cover::Both,
        Operation::Embeddings
        | Operation::CountInputTokens
        | Operation::CountTokens
        | Operation::CountContentTokens
        | Operation::EmbedContent
        | Operation::BatchEmbedContents => Cover::Textless,
        Operation::Converse
        | Operation::ConverseStream
        | Operation::CountConverseTokens
        | Operation::InvokeModel => Cover::Inside,
        Operation::Other("/audio/speech" | "/videos") => Cover::Refused,
        Operation::Other(
            "/audio/transcriptions"
            | "/audio/translations"
            | "/images/edits"
            | "/images/generations"
            | "/images/variations"
            | "/moderations"
            | "/rerank"
            | "/responses/compact"
            | "/score",
        ) => Cover::Whole,
        Operation::Other(path) => panic!("nobody says how `{path}` is guarded"),
    }
}

/// A body that says `text` wherever this operation has room for it.
fn body(operation: Operation, text: &str, stream: bool) -> Value {
    let mut body = match operation {
        Operation::ChatCompletions => json!({"messages": [
            {"role": "system", "content": text},
            {"role": "user", "content": [{"type": "text", "text": text}]},
            {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": {
                "name": "f", "arguments": json!({"said": text, "list": [text]}).to_string()}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": text},
        ]}),
        Operation::Responses | Operation::CountInputTokens | Operation::Other("/responses/compact") => {
            json!({"instructions": text, "input": [
                {"role": "user", "content": [{"type": "input_text", "text": text}]},
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": json!({"said": text}).to_string()},
                {"type": "function_call_output", "call_id": "c", "output": text},
            ]})
        }
        Operation::Messages | Operation::CountTokens => json!({"max_tokens": 9, "system": text, "messages": [
            {"role": "user", "content": text},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"said": text}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": text},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}}]},
        ]}),
        Operation::GenerateContent | Operation::StreamGenerateContent | Operation::CountContentTokens => {
            json!({"systemInstruction": {"parts": [{"text": text}]}, "contents": [
                {"role": "user", "parts": [{"text": text}]},
                {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"said": text}}}]},
                {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"said": text}}}]},
            ]})
        }
        Operation::EmbedContent => json!({"content": {"parts": [{"text": text}]}}),
        Operation::BatchEmbedContents => {
            json!({"requests": [{"model": "models/fast", "content": {"parts": [{"text": text}]}}]})
        }
        _ => json!({"input": [text], "prompt": text, "query": text, "documents": [{"text": text}]}),
    };
    if operation.dialect() != Dialect::Gemini {
        body["model"] = json!("fast");
        if stream {
            body["stream"] = json!(true);
        }
    }
    body
}

fn ask(gateway: &Gateway, operation: Operation, body: &Value) -> Call {
    let prefix = if operation.dialect() == Dialect::Gemini { "/v1beta" } else { "/v1" };
    let mut path = format!("{prefix}{}", operation.path().replace(MODEL_IN_PATH, "fast"));
    if operation == Operation::StreamGenerateContent {
        path.push_str("?alt=sse");
    }
    gateway.client().post(&path, body.to_string())
}

/// The operations that clients ask for, and whether they stream.
fn asked() -> impl Iterator<Item = (Operation, bool)> {
    let asked = Operation::all().filter(|operation| cover(*operation) != Cover::Inside);
    asked.flat_map(|operation| [(operation, false), (operation, true)]).filter(|(operation, stream)| {
        match operation {
            Operation::StreamGenerateContent => *stream,
            _ if operation.dialect() == Dialect::Gemini => !stream,
            _ => true,
        }
    })
}

/// What any target may answer to anything.
const ANYTHING: &str = r#"{"choices":[{"text":"Hi","message":{"content":"Hi"}}],"content":[{"type":"text","text":"Hi"}],"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"data":[],"input_tokens":1,"object":"response","id":"resp_1","status":"completed","candidates":[{"content":{"parts":[{"text":"Hi"}]}}],"totalTokens":1,"embedding":{"values":[1]},"embeddings":[{"values":[1]}]}"#;

/// Answers anything whole, and conversations as they are asked for.
async fn anybody(dialect: Dialect) -> Upstream {
    Upstream::scripted(move |request| {
        let talks = [
            "/chat/completions",
            "/responses",
            "/messages",
            "generateContent",
            "GenerateContent",
            "/converse",
        ];
        let path = request.target.split('?').next().unwrap_or_default();
        if talks.iter().any(|end| path.ends_with(end) || path.ends_with("-stream")) {
            return reply(dialect, &line("Hi"), streams(dialect, request));
        }
        Reply::json(200, ANYTHING)
    })
    .await
}

fn can_be_asked(operation: Operation, target: Dialect) -> bool {
    let own = operation.dialect() == target;
    own || (operation.is_conversation() && operation != Operation::Completions)
}

const IN: &str = "content_filters: [{type: pii, apply_to: input}, {type: sensitive_data, apply_to: input}, {type: profanity, apply_to: input}]";

#[tokio::test]
async fn no_operation_lets_texts_through_to_a_target() {
    for target in [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini] {
        let upstream = anybody(target).await;
        let masking = gateway(target, &upstream, IN).await;
        for (operation, stream) in asked().filter(|(operation, _)| can_be_asked(*operation, target)) {
            let before = upstream.received().len();
            let body = body(operation, &confession(), stream);
            let answer = ask(&masking, operation, &body).send().await;
            let (status, told) = (answer.status, answer.header("x-callsign-guard").map(str::to_owned));
            let (bytes, _) = answer.drain().await;
            let name = format!("{} to {target:?}, stream: {stream}", operation.path());
            let received = upstream.received();
            assert!(received.len() > before, "{name}: {status} {}", String::from_utf8_lossy(&bytes));
            for request in received.iter().skip(before) {
                hides(&request.text());
                let (mails, cards) = ("[EMAIL]", "[CREDIT_CARD]");
                assert!(
                    request.text().contains(mails) && request.text().contains(cards),
                    "{name}: {}",
                    request.text()
                );
                serde_json::from_slice::<Value>(&request.body)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
            }
            let told = told.unwrap_or_else(|| panic!("{name} tells nothing of what was masked: {status}"));
            assert!(told.contains("input mask pii/email"), "{told}");
        }
    }
}

#[tokio::test]
async fn no_operation_takes_what_is_blocked() {
    for text in [MAIL, CARD, OATH, &key()] {
        for target in [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini] {
            let upstream = anybody(target).await;
            let blocking = gateway(target, &upstream, BLOCKS).await;
            let operations = asked().filter(|(operation, _)| operation.dialect() == target);
            for (operation, stream) in operations {
                let text = format!("It is {text} that I mean.");
                let answer = ask(&blocking, operation, &body(operation, &text, stream)).send().await;
                let code = answer.header("x-callsign-error").map(str::to_owned);
                let (status, told) = seen(answer).await;
                let refused =
                    cover(operation) == Cover::Refused || (cover(operation) == Cover::Whole && stream);
                let expected = if refused { "not_guarded" } else { "content_blocked" };
                assert_eq!((status, code.as_deref()), (400, Some(expected)), "{}: {told}", operation.path());
            }
            assert!(upstream.received().is_empty(), "{target:?}");
        }
    }
}

#[tokio::test]
async fn forms_are_refused_by_name() {
    let upstream = anybody(Dialect::OpenAiChat).await;
    let guarded = gateway(Dialect::OpenAiChat, &upstream, MASKS).await;
    let form = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nfast\r\n--b--\r\n";
    for path in ["/audio/transcriptions", "/audio/translations", "/images/edits", "/images/variations"] {
        let method = "POST".parse().expect("a method");
        let call = guarded.client().call(&method, &format!("/v1{path}"));
        let answer = call.header("content-type", "Multipart/Form-Data; boundary=b").body(form).send().await;
        assert_eq!((answer.status, answer.header("x-callsign-error")), (400, Some("not_guarded")));
        assert!(answer.text().await.contains(path));
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn no_target_gets_texts_through_to_a_client() {
    for target in TARGETS {
        let upstream = Upstream::scripted(move |request| {
            spelled(target, &line(&confession()), streams(target, request))
        });
        let upstream = upstream.await;
        let masking = gateway(target, &upstream, MASKS).await;
        for client in CLIENTS {
            for stream in [false, true] {
                let call = call(&masking.client(), client, "fast", &question("Tell me.", stream));
                let said = understood(client, call.send().await, stream).await;
                let expected =
                    "So I said ****, wrote to [EMAIL] and paid with the card [CREDIT_CARD] before I used ";
                let name = format!("{target:?} to {client:?}, stream: {stream}");
                assert!(text(&said).starts_with(expected), "{name}: {}", text(&said));
                assert!(text(&said).ends_with("] twice."), "{name}: {}", text(&said));
                assert_eq!(said.choices[0].finish(), Finish::Stop, "{name}");
                let usage = said.usage.expect("usage");
                assert_eq!((usage.input, usage.output), (11, 7), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn no_target_gets_what_is_blocked_through_to_a_client() {
    for target in TARGETS {
        let upstream = Upstream::scripted(move |request| {
            spelled(
                target,
                &line(&format!("Well then, my friend, write to {MAIL}, will you?")),
                streams(target, request),
            )
        });
        let upstream = upstream.await;
        let blocking = gateway(target, &upstream, BLOCKS).await;
        for client in CLIENTS {
            for stream in [false, true] {
                let name = format!("{target:?} to {client:?}, stream: {stream}");
                let call = call(&blocking.client(), client, "fast", &question("Tell me.", stream));
                let answer = call.send().await;
                if !stream {
                    withheld(answer, &name).await;
                    continue;
                }
                let said = understood(client, answer, stream).await;
                assert_eq!(said.choices[0].finish(), Finish::Filtered, "{name}");
                let text = text(&said);
                assert!(
                    "Well then, my friend, write to ".starts_with(&text) && text.len() > 9,
                    "{name}: {text}"
                );
            }
        }
    }
}

async fn withheld(answer: Answer, name: &str) {
    let code = answer.header("x-callsign-error").map(str::to_owned);
    let (status, told) = seen(answer).await;
    assert_eq!((status, code.as_deref()), (400, Some("content_blocked")), "{name}: {told}");
    assert!(told.contains("pii (`email`)"), "{name}: {told}");
}

#[tokio::test]
async fn answers_of_the_other_operations_are_guarded_too() {
    let told = json!({"data": [{"revised_prompt": confession(), "b64_json": "AAAA"}], "results": [{"document": {"text": confession()}}], "output": [], "text": confession()});
    let upstream = Upstream::always(Reply::json(200, told.to_string())).await;
    let (masking, blocking) = (
        gateway(Dialect::OpenAiChat, &upstream, MASKS).await,
        gateway(Dialect::OpenAiChat, &upstream, BLOCKS).await,
    );
    for (operation, stream) in asked().filter(|(operation, _)| cover(*operation) == Cover::Whole) {
        if operation == Operation::Other("/responses/compact") {
            continue;
        }
        let body = body(operation, "Hi", stream);
        for (gateway, blocks) in [(&masking, false), (&blocking, true)] {
            let answer = ask(gateway, operation, &body).send().await;
            let code = answer.header("x-callsign-error").map(str::to_owned);
            let (status, told) = seen(answer).await;
            let expected = match (stream, blocks) {
                (true, _) => (400, Some("not_guarded")),
                (false, true) => (400, Some("content_blocked")),
                (false, false) => (200, None),
            };
            assert_eq!((status, code.as_deref()), expected, "{}: {told}", operation.path());
            assert!(status != 200 || told.contains("[EMAIL]"), "{told}");
        }
    }
    for (operation, stream) in asked().filter(|(operation, _)| cover(*operation) == Cover::Refused) {
        let answer = ask(&masking, operation, &body(operation, "Hi", stream)).send().await;
        assert_eq!(answer.header("x-callsign-error"), Some("not_guarded"), "{}", operation.path());
    }
}
