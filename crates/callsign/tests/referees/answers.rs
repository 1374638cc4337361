//! What models say: nothing of it leaves before the verdict, whole or as a stream.

use callsign_testkit::gate::Gate;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::{Value, json};

use super::scene::{ASKED, FINE, SAID, Scene, completion, refused};

const OUTPUT: &str = "{content_filters: [{type: webhook, url: 'REFEREE', apply_to: output, cache: 0s}]}";
const FLAGGED: &str = r#"{"flagged": true, "categories": ["S1"]}"#;

fn request(path: &str, stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": ASKED}]);
    match path {
        "/v1/completions" => json!({"model": "fast", "prompt": ASKED, "stream": stream}),
        "/v1/responses" => json!({"model": "creative", "input": ASKED, "stream": stream, "store": true}),
        "/v1/messages" => {
            json!({"model": "creative", "max_tokens": 99, "messages": messages, "stream": stream})
        }
        _ => json!({"model": "fast", "messages": messages, "stream": stream}),
    }
}

const PATHS: [&str; 4] = ["/v1/chat/completions", "/v1/completions", "/v1/messages", "/v1/responses"];

/// Whether all words of the answer are in this text, in whatever pieces.
fn words_in(text: &str) -> usize {
    SAID.split(' ').filter(|word| text.contains(word)).count()
}

#[tokio::test]
async fn answers_leave_once_they_are_cleared() {
    let scene = Scene::always(OUTPUT, Reply::json(200, FINE)).await;
    for (path, stream) in PATHS.into_iter().flat_map(|path| [(path, false), (path, true)]) {
        let answer = scene.post(path, &request(path, stream)).await;
        assert_eq!(answer.status, 200, "{path}");
        let text = answer.text().await;
        assert_eq!(words_in(&text), SAID.split(' ').count(), "{path} {stream}: {text}");
        let asked = scene.asked().pop().expect("it was asked about");
        assert_eq!((&asked["text"], &asked["side"]), (&json!(SAID), &json!("output")), "{path} {stream}");
    }
    assert_eq!(scene.referee.received().len(), 2 * PATHS.len());
}

#[tokio::test]
async fn nothing_of_a_flagged_answer_leaves() {
    let scene = Scene::always(OUTPUT, Reply::json(200, FLAGGED)).await;
    for path in PATHS {
        let answer = scene.post(path, &request(path, false)).await;
        let message = refused(answer, 400, "content_blocked").await;
        let name = if path.ends_with("completions") { "fast" } else { "creative" };
        let told = format!("the guardrails of `{name}` block the answer: it is flagged by webhook (`S1`)");
        assert_eq!(message, told);
        let answer = scene.post(path, &request(path, true)).await;
        assert_eq!(answer.status, 200, "{path}");
        let text = answer.text().await;
        assert_eq!(words_in(&text), 0, "{path}: {text}");
        let ending = match path {
            "/v1/messages" => "\"refusal\"",
            _ => "content_filter",
        };
        assert!(text.contains(ending), "{path}: {text}");
    }
    let kept = scene.gateway.admin().get("/api/v1/exchanges").send().await.text().await;
    assert_eq!(words_in(&kept), 0, "{kept}");
}

#[tokio::test]
async fn a_stream_lives_while_its_verdict_is_waited_for() {
    let (verdict, rest) = (Gate::closed(), Gate::closed());
    let referee = Upstream::always(Reply::json(200, FINE).held_by(&verdict)).await;
    let mut events = super::scene::chat_events().into_iter();
    let first: String = events.by_ref().take(3).collect();
    let provider =
        Upstream::always(Reply::stream().data(first).wait(&rest).data(events.collect::<String>())).await;
    let gateway =
        super::scene::launch(&super::scene::config(OUTPUT, [&provider.url(), &referee.url()])).await;
    let path = "/v1/chat/completions";
    let mut answer = gateway.client().post(path, request(path, true).to_string()).send().await;
    let alive = answer.read_until(": \n\n").await;
    assert_eq!(alive.trim_matches([':', ' ', '\n']), "", "it is open, and says nothing");
    rest.open();
    referee.request(0).await;
    verdict.open();
    let text = answer.text().await;
    assert_eq!(words_in(&text), SAID.split(' ').count(), "{text}");
    assert!(text.trim_end().ends_with("[DONE]"), "{text}");
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_check() {
    let scene = Scene::always(OUTPUT, Reply::silence()).await;
    let path = "/v1/chat/completions";
    let mut answer = scene.post(path, &request(path, true)).await;
    answer.read_until(": \n\n").await;
    scene.referee.request(0).await;
    answer.hang_up();
    scene.referee.gone(0).await;
}

#[tokio::test]
async fn guard_models_see_the_question_and_the_answer() {
    let turn = |role: &str, content: &str| json!({"role": role, "content": content});
    for (keys, expected) in [
        ("", json!([turn("user", ASKED), turn("assistant", SAID)])),
        (", instructions: Judge.", json!([turn("system", "Judge."), turn("user", SAID)])),
    ] {
        let guardrails =
            format!("{{content_filters: [{{type: model, alias: guard, apply_to: output{keys}}}]}}");
        let scene = Scene::always(&guardrails, Reply::json(200, completion("safe"))).await;
        assert_eq!(scene.chat(ASKED).await.status, 200);
        assert_eq!(scene.asked()[0]["messages"], expected);
    }
}

#[tokio::test]
async fn answers_that_fell_back_are_asked_about_too() {
    let scene = Scene::always(OUTPUT, Reply::json(200, FLAGGED)).await;
    let broken = Upstream::always(Reply::json(500, "{}")).await;
    let config = super::scene::config(OUTPUT, [&scene.provider.url(), &scene.referee.url()])
        .replace("model_aliases:\n", "  - {model: groq/away, access_key: k, base_url: 'AWAY'}\nmodel_aliases:\n  safe: {target: away, fallbacks: [{target: fast}]}\n")
        .replace("AWAY", &broken.url());
    let gateway = super::scene::launch(&config).await;
    let request = json!({"model": "safe", "messages": [{"role": "user", "content": ASKED}]});
    let answer = gateway.client().post("/v1/chat/completions", request.to_string()).send().await;
    refused(answer, 400, "content_blocked").await;
    assert_eq!((broken.received().len(), scene.provider.received().len()), (1, 1));
}

/// Chunks of a stream of two answers, the second of which says this.
fn two_answers(second: &str) -> Reply {
    let chunk = |index: u64, delta: Value, finish: Value| {
        let told = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": index, "delta": delta, "finish_reason": finish}]});
        format!("data: {told}\n\n")
    };
    let text = |said: &str| json!({"role": "assistant", "content": said});
    Reply::sse([
        chunk(0, text("harmless"), Value::Null),
        chunk(1, text(second), Value::Null),
        chunk(0, json!({}), "stop".into()),
        chunk(1, json!({}), "stop".into()),
        "data: [DONE]\n\n".to_owned(),
    ])
}

#[tokio::test]
async fn every_one_of_several_answers_is_asked_about() {
    for (kind, guardrails) in
        [("webhook", OUTPUT), ("model", "{content_filters: [{type: model, alias: guard, apply_to: output}]}")]
    {
        for (second, flagged) in [("peaceful", false), ("wicked", true)] {
            let referee = Upstream::scripted(move |request| {
                let wicked = String::from_utf8_lossy(&request.body).contains("wicked");
                match (kind, wicked) {
                    ("webhook", true) => Reply::json(200, FLAGGED),
                    ("webhook", false) => Reply::json(200, FINE),
                    (_, true) => Reply::json(200, completion("unsafe\nS1")),
                    (_, false) => Reply::json(200, completion("safe")),
                }
            })
            .await;
            let provider = Upstream::always(two_answers(second)).await;
            let config = super::scene::config(guardrails, [&provider.url(), &referee.url()]);
            let gateway = super::scene::launch(&config).await;
            let mut asked = request("/v1/chat/completions", true);
            asked["n"] = 2.into();
            let answer = gateway.client().post("/v1/chat/completions", asked.to_string()).send().await;
            let text = answer.text().await;
            assert_eq!(text.contains(second), !flagged, "{kind}: {text}");
            assert_eq!(text.contains("harmless"), !flagged, "{kind}: {text}");
            let ends = text.matches("\"content_filter\"").count();
            assert_eq!(ends, if flagged { 2 } else { 0 }, "each answer ends: {kind}: {text}");
        }
    }
}
