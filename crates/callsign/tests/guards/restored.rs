//! `restore: true`: the target sees tokens, the client its own values, and nobody keeps them.

use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::part::{Part, Piece, ToolCall};
use callsign_wire::hub::reply::{Choice, Finish};
use serde_json::json;

use super::scene::{MAIL, OTHER_MAIL, gateway, hides, id, read, record, spelled};
use super::tongue::{CLIENTS, TARGETS, call, called, line, question, streams, text};

const RESTORE: &str = "content_filters: [{type: pii, restore: true}]";

#[tokio::test]
async fn values_are_put_back_wherever_their_tokens_stand() {
    for target in TARGETS {
        let said = {
            let arguments = json!({"to": "[EMAIL_2]", "cc": ["[EMAIL_1]", "[EMAIL_3]"]}).to_string();
            let call =
                ToolCall { id: "call_1".into(), name: "send".into(), arguments, custom: false, seal: None };
            let words = "From [EMAIL_1] to [EMAIL_2], not eve@example.net, [EMAIL_9] or [x].";
            let mut said = line(words);
            let pieces = vec![Piece::text(words), Piece::of(Part::ToolCall(call))];
            said.choices = vec![Choice { pieces, finish: Some(Finish::ToolCalls), ..Choice::default() }];
            said
        };
        let upstream =
            Upstream::scripted(move |request| spelled(target, &said, streams(target, request))).await;
        let gateway = gateway(target, &upstream, RESTORE).await;
        for client in CLIENTS {
            for stream in [false, true] {
                let asked = format!("Introduce {MAIL} to {OTHER_MAIL}; {MAIL} knows. [EMAIL_3]");
                let answer = call(&gateway.client(), client, "fast", &question(&asked, stream)).send().await;
                let (name, status) = (id(&answer), answer.status);
                let told = answer.text().await;
                assert_eq!(status, 200, "{told}");
                let said = read(client, &told, stream);
                let expected = format!("From {MAIL} to {OTHER_MAIL}, not [EMAIL], [EMAIL_9] or [x].");
                assert_eq!(text(&said), expected, "{target:?} to {client:?}, stream: {stream}");
                let arguments = json!({"to": OTHER_MAIL, "cc": [MAIL, "[EMAIL_3]"]});
                assert_eq!(called(&said), [("send", arguments)]);
                let request = upstream.received().last().expect("a request").text();
                assert!(request.contains("Introduce [EMAIL_1] to [EMAIL_2]; [EMAIL_1] knows."), "{request}");
                hides(&request);
                let record = record(&gateway, &name).await.to_string();
                assert!(!record.contains(MAIL) && !record.contains("EMAIL_1"), "{record}");
            }
        }
        let log = gateway.stderr();
        assert!(!log.contains(MAIL) && !log.contains(OTHER_MAIL), "{log}");
    }
}

#[tokio::test]
async fn another_target_goes_on_without_what_was_put_back() {
    use super::tongue::{self, entry, own};
    use callsign_testkit::reply::Reply;
    let token = |text: &str| {
        format!(
            "data: {}\n\n",
            json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]})
        )
    };
    let begun = [token("Dear [EMA"), token("IL_1], it was a dark "), token("night ")];
    let first = Upstream::scripted(move |_| Reply::sse(begun.clone()).fin()).await;
    let second =
        Upstream::scripted(|_| tongue::reply(Dialect::OpenAiChat, &line("and [EMAIL_1] slept."), true)).await;
    let entries =
        entry(Dialect::OpenAiChat, "m", &first.url()) + &entry(Dialect::OpenAiChat, "n", &second.url());
    let name = own(Dialect::OpenAiChat);
    let alias = format!(
        "  fast: {{target: {name}/m, mid_stream: resume, fallbacks: [{{target: {name}/n}}], guardrails: {{{RESTORE}}}}}\n"
    );
    let gateway = tongue::gateway(&entries, &alias).await;
    let answer =
        call(&gateway.client(), Dialect::OpenAiChat, "fast", &question(&format!("A story for {MAIL}"), true))
            .send()
            .await;
    let told = answer.text().await;
    let said = read(Dialect::OpenAiChat, &told, true);
    let story = text(&said);
    assert!(
        story.starts_with(&format!("Dear {MAIL}, it was a dark"))
            && story.ends_with(&format!("and {MAIL} slept.")),
        "{told}"
    );
    let request = second.only().text();
    assert!(request.contains("Dear [EMAIL_1], it was a dark"), "{request}");
    hides(&request);
}
