//! Texts become vectors, whoever asks and whoever makes them.

use callsign_testkit::gateway::Gateway;
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use serde_json::{Value, json};

use super::tongue::{entry, gateway, own};

/// A gateway whose alias `vectors` is this target; `more` is added to its entry.
async fn before(target: Dialect, upstream: &Upstream, more: &str) -> Gateway {
    let entry = entry(target, "m", &upstream.url()).replace("}\n", &format!("{more}}}\n"));
    gateway(&entry, &format!("  vectors: {{target: {}/m}}\n", own(target))).await
}

/// Each text's vector begins with its length.
fn vector(text: &str) -> Value {
    json!([f64::from(u32::try_from(text.len()).expect("a short text")) + 0.25, 0.5])
}

/// Answers as a target of this dialect would.
fn made(request: &Received) -> Reply {
    let body = request.json();
    let texts = |list: &Value| -> Vec<Value> {
        list.as_array().expect("a list").iter().map(|text| vector(text.as_str().expect("a text"))).collect()
    };
    let of = |content: &Value| vector(content["content"]["parts"][0]["text"].as_str().expect("a text"));
    let answer = if let Some(text) = body["inputText"].as_str() {
        json!({"embedding": vector(text), "inputTextTokenCount": text.len()})
    } else if body["texts"].is_array() {
        json!({"id": "1", "embeddings": texts(&body["texts"]), "response_type": "embeddings_floats"})
    } else if body["content"].is_object() {
        json!({"embedding": {"values": of(&body)}})
    } else {
        let input = if body["input"].is_array() { body["input"].clone() } else { json!([body["input"]]) };
        let data: Vec<Value> = texts(&input)
            .into_iter()
            .enumerate()
            .rev()
            .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector}))
            .collect();
        json!({"object": "list", "data": data, "model": "m-1", "usage": {"prompt_tokens": 9, "total_tokens": 9}})
    };
    let reply = Reply::json(200, answer.to_string());
    if body["texts"].is_array() { reply.header("x-amzn-bedrock-input-token-count", "4") } else { reply }
}

#[tokio::test]
async fn an_openai_client_embeds_with_any_maker() {
    for (target, more, calls, tokens, estimate) in [
        (Dialect::Bedrock, "", 3, 6, None),
        (Dialect::Bedrock, ", embedding_form: cohere", 1, 4, None),
        (Dialect::Gemini, "", 3, 3, Some("prompt_tokens")),
    ] {
        let upstream = Upstream::scripted(made).await;
        let gateway = before(target, &upstream, more).await;
        let body = json!({"model": "vectors", "input": ["a", "bb", "ccc"], "dimensions": 256});
        let answer = gateway.client().post("/v1/embeddings", body.to_string()).send().await;
        assert_eq!(answer.header("x-callsign-estimate"), estimate);
        assert_eq!(answer.header("x-callsign-model"), Some(format!("{}/m", own(target)).as_str()));
        let told = answer.json().await;
        for (index, text) in ["a", "bb", "ccc"].into_iter().enumerate() {
            assert_eq!(told["data"][index]["embedding"], vector(text), "{target:?}: {told}");
            assert_eq!(told["data"][index]["index"], index);
        }
        assert_eq!(told["usage"]["prompt_tokens"], tokens, "{target:?}{more}: {told}");
        let received = upstream.received();
        assert_eq!(received.len(), calls, "{target:?}");
        let path = if target == Dialect::Bedrock { "/model/m/invoke" } else { "/models/m:embedContent" };
        for request in received {
            assert!(request.target.ends_with(path), "{}", request.target);
            assert!(request.text().contains("256"), "{}", request.text());
        }
    }
}

#[tokio::test]
async fn a_gemini_client_embeds_with_an_openai_compatible_target() {
    let upstream = Upstream::scripted(made).await;
    let gateway = before(Dialect::OpenAiChat, &upstream, "").await;
    let part = |text: &str| json!({"model": "models/vectors", "content": {"parts": [{"text": text}]}});
    let one =
        gateway.client().post("/v1beta/models/vectors:embedContent", part("four").to_string()).send().await;
    assert_eq!(one.json().await["embedding"]["values"], vector("four"));
    let many = json!({"requests": [part("a"), part("bb")]});
    let many =
        gateway.client().post("/v1beta/models/vectors:batchEmbedContents", many.to_string()).send().await;
    let many = many.json().await;
    assert_eq!(many["embeddings"], json!([{"values": vector("a")}, {"values": vector("bb")}]), "{many}");
    let asked = upstream.received().last().expect("a request").json();
    assert_eq!((&asked["model"], &asked["input"]), (&json!("m"), &json!(["a", "bb"])));
}

#[tokio::test]
async fn vectors_come_in_base64_where_that_was_asked() {
    let upstream = Upstream::scripted(made).await;
    let gateway = before(Dialect::Bedrock, &upstream, "").await;
    let body = json!({"model": "vectors", "input": "a", "encoding_format": "base64"});
    let told = gateway.client().post("/v1/embeddings", body.to_string()).send().await.json().await;
    assert_eq!(told["data"][0]["embedding"], "AACgPwAAAD8=", "{told}");
}

#[tokio::test]
async fn losses_are_named() {
    let upstream = Upstream::scripted(made).await;
    let gateway = before(Dialect::Bedrock, &upstream, "").await;
    let body = json!({"model": "vectors", "input": "a", "odd": 1});
    let answer = gateway.client().post("/v1/embeddings", body.to_string()).send().await;
    assert_eq!((answer.status, answer.header("x-callsign-losses")), (200, Some("odd")));
}

#[tokio::test]
async fn what_no_text_model_takes_is_refused() {
    let upstream = Upstream::scripted(made).await;
    let gateway = before(Dialect::Bedrock, &upstream, "").await;
    for (input, param) in [
        (json!([[1, 2], [3]]), json!("input[0]")),
        (json!([1, 2]), json!("input[0]")),
        (json!([]), json!(null)),
        (json!(vec!["a"; 2049]), json!("input")),
        (json!({"text": "a"}), json!("input")),
    ] {
        let body = json!({"model": "vectors", "input": input}).to_string();
        let answer = gateway.client().post("/v1/embeddings", body).send().await;
        assert_eq!(answer.status, 400);
        let told = answer.json().await;
        assert_eq!(told["error"]["param"], param, "{told}");
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn a_target_that_makes_too_few_vectors_is_not_believed() {
    let short = json!({"embeddings": [[1.0]], "texts": []}).to_string();
    let upstream = Upstream::always(Reply::json(200, short)).await;
    let gateway = before(Dialect::Bedrock, &upstream, ", embedding_form: cohere").await;
    let body = json!({"model": "vectors", "input": ["a", "b"]}).to_string();
    let answer = gateway.client().post("/v1/embeddings", body).send().await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.header("x-callsign-error"), Some("upstream_invalid"));
}

#[tokio::test]
async fn an_error_in_the_middle_is_told_in_the_clients_words() {
    let script = |request: &Received| match request.index {
        0 => made(request),
        _ => Reply::json(429, r#"{"message":"Too many requests, please wait."}"#),
    };
    let upstream = Upstream::scripted(script).await;
    let gateway = before(Dialect::Bedrock, &upstream, "").await;
    let body = json!({"model": "vectors", "input": ["a", "b", "c"]}).to_string();
    let answer = gateway.client().post("/v1/embeddings", body).send().await;
    assert_eq!(answer.status, 429);
    let told = answer.json().await;
    assert_eq!(told["error"]["message"], "Too many requests, please wait.", "{told}");
    assert_eq!(upstream.received().len(), 2);
}
