//! Targets that keep responses themselves.

use callsign_testkit::reply::{Framing, Reply};
use callsign_testkit::upstream::Upstream;
use callsign_wire::dialect::Dialect;
use serde_json::json;

use super::scene::{
    ANN, answering, ask, body, forgetful, id, look_up, native, refused, response, told, turn,
};

const NATIVE: Dialect = Dialect::OpenAiResponses;
const OTHER: Dialect = Dialect::Anthropic;

#[tokio::test]
async fn provider_that_is_alone_keeps_its_own() {
    let upstream = answering(NATIVE).await;
    let gateway = forgetful(&[(NATIVE, &upstream)]).await;
    for stream in [false, true] {
        let first = turn(&gateway.client(), "I am Ann.", None, stream).await;
        let next = body("Who am I?", Some(id(&first)), stream);
        response(ask(&gateway.client(), ANN, &next).await).await;
        let sent = upstream.received().last().expect("a request").text();
        assert_eq!(sent, next.to_string().replace("\"fast\"", "\"m\""), "untouched");
        refused(look_up(&gateway.client(), id(&first)).await, 404, "response_not_found").await;
    }
}

#[tokio::test]
async fn unknown_response_is_asked_of_those_who_may_know_it() {
    for order in [[NATIVE, OTHER], [OTHER, NATIVE]] {
        let upstreams = [answering(order[0]).await, answering(order[1]).await];
        let gateway = forgetful(&[(order[0], &upstreams[0]), (order[1], &upstreams[1])]).await;
        let next = body("Who am I?", Some("resp_made_elsewhere"), false);
        let answered = response(ask(&gateway.client(), ANN, &next).await).await;
        let native = &upstreams[usize::from(order[1] == NATIVE)];
        assert_eq!(native.only().text(), next.to_string().replace("\"fast\"", "\"m\""), "untouched");
        assert_eq!(upstreams.iter().map(|upstream| upstream.received().len()).sum::<usize>(), 1);
        // A part of a conversation is worse than none.
        refused(look_up(&gateway.client(), id(&answered)).await, 404, "response_not_found").await;
    }
}

#[tokio::test]
async fn unknown_response_is_told_as_openai_tells_it_where_nobody_may_know_it() {
    let upstream = answering(OTHER).await;
    let gateway = forgetful(&[(OTHER, &upstream)]).await;
    for stream in [false, true] {
        let answer = ask(&gateway.client(), ANN, &body("Who am I?", Some("resp_nobody"), stream)).await;
        let error = refused(answer, 400, "previous_response_not_found").await;
        assert_eq!(
            (&error["type"], &error["param"]),
            (&json!("invalid_request_error"), &json!("previous_response_id"))
        );
        assert!(
            error["message"].as_str().is_some_and(|message| message.contains("`resp_nobody`")),
            "{error}"
        );
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn error_of_who_may_know_it_is_told_as_it_is() {
    let down = r#"{"error":{"message":"down for now","type":"server_error","param":null,"code":null}}"#;
    let native = Upstream::always(Reply::json(503, down)).await;
    let other = answering(OTHER).await;
    let gateway = forgetful(&[(NATIVE, &native), (OTHER, &other)]).await;
    let answer = ask(&gateway.client(), ANN, &body("Who am I?", Some("resp_made_elsewhere"), false)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json().await["error"]["message"], "down for now");
    assert!(other.received().is_empty());
}

#[tokio::test]
async fn provider_among_others_is_told_what_was_said() {
    let native = answering(NATIVE).await;
    let other = answering(OTHER).await;
    let gateway = forgetful(&[(NATIVE, &native), (OTHER, &other)]).await;
    for (round, stream) in [false, true].into_iter().enumerate() {
        let first = turn(&gateway.client(), "I am Ann.", None, stream).await;
        assert_eq!(look_up(&gateway.client(), id(&first)).await.json().await, first);
        let second = turn(&gateway.client(), "Who am I?", Some(id(&first)), stream).await;
        assert_eq!(second["previous_response_id"], first["id"], "{second}");
        assert_eq!(look_up(&gateway.client(), id(&second)).await.json().await, second);
        let sent = &native.received()[2 * round + 1];
        assert_eq!(sent.json().get("previous_response_id"), None);
        let expected = [
            "user: I am Ann.".to_owned(),
            format!("assistant: Answer {}.", 2 * round),
            "user: Who am I?".to_owned(),
        ];
        assert_eq!(told(NATIVE, sent), expected);
    }
}

#[tokio::test]
async fn stream_of_a_provider_among_others_keeps_its_bytes() {
    let native = answering(NATIVE).await;
    let other = answering(OTHER).await;
    let gateway = forgetful(&[(NATIVE, &native), (OTHER, &other)]).await;
    let direct = callsign_testkit::client::Client::new(native.address());
    let mut said = Vec::new();
    for client in [gateway.client(), direct] {
        said.push(ask(&client, ANN, &body("I am Ann.", None, true)).await.text().await);
    }
    let renumbered = said[0].replace("resp_native0", "resp_native1").replace("Answer 0.", "Answer 1.");
    assert_eq!(renumbered, said[1]);
}

#[tokio::test]
async fn answer_is_kept_however_its_bytes_come() {
    for stream in [false, true] {
        let (kind, bytes) = native("resp_pieces", "In pieces.", stream);
        for framing in [Framing::Length, Framing::Chunked, Framing::UntilClose] {
            let reply = Reply::body(200, kind, "").framed(framing);
            for reply in [reply.clone().data(bytes.clone()), reply.trickle(bytes.clone())] {
                is_kept(reply, stream).await;
            }
        }
    }
}

async fn is_kept(reply: Reply, stream: bool) {
    let what = format!("{reply:?}");
    let upstream = Upstream::always(reply).await;
    let other = answering(OTHER).await;
    let gateway = forgetful(&[(NATIVE, &upstream), (OTHER, &other)]).await;
    let answered = turn(&gateway.client(), "I am Ann.", None, stream).await;
    assert_eq!(look_up(&gateway.client(), id(&answered)).await.json().await, answered, "{what}");
}
