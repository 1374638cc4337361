//! Bytes pass through: only the value of `model` differs.

use callsign_testkit::reply::{Framing, Reply};

use super::scene::{ANSWER, Scene};

/// Bodies as SDKs and people write them; `MODEL` stands where the model's name stands.
const OPENAI: &[&str] = &[
    // Odd numbers, odd spacing, unknown fields, escapes, a model that is not the first key.
    "{ \"temperature\" : 1.0e0,\n\t\"seed\": 12345678901234567890123, \"x\": -0.0, \"y\": 1E+2, \"z\": 0.10,\r\n \
     \"unknown\": {\"model\": \"fast\", \"deep\": [[[{\"model\":\"fast\"}]]]}, \"model\" : \"MODEL\" , \"n\":1 }",
    r#"{"model":"MODEL","messages":[{"role":"user","content":"\u00e9\ud83d\ude00 \/ \"model\":\"fast\" \\"}],"a":null}"#,
    r#"{"messages":[{"role":"system","content":"é😀 модель"},{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"high"}},{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\",\"model\":\"fast\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":"12 °C"}],"tools":[{"type":"function","function":{"name":"get_weather","strict":true,"parameters":{"type":"object","properties":{"city":{"type":"string"},"model":{"type":"string"}},"required":["city"],"additionalProperties":false}}}],"tool_choice":"auto","parallel_tool_calls":false,"response_format":{"type":"json_schema","json_schema":{"name":"w","schema":{}}},"stream":false,"reasoning_effort":"high","model":"MODEL"}"#,
    "\n {\"model\":\"MODEL\"} \n",
];

const ANTHROPIC: &[&str] = &[
    r#"{"model":"MODEL","max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":16000},"system":[{"type":"text","text":"You are Claude.","cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/4AAQ"}},{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"},"citations":{"enabled":true}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm…","signature":"EqQBCkYIBBgCKkDx=="},{"type":"redacted_thinking","data":"Eo8BCkYI"},{"type":"tool_use","id":"toolu_1","name":"bash","input":{"command":"ls -la","model":"fast"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","is_error":false,"content":[{"type":"text","text":"total 0"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBOR"}}],"cache_control":{"type":"ephemeral"}}]}],"tools":[{"name":"bash","type":"bash_20250124"},{"name":"t","description":"d","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}],"metadata":{"user_id":"user_1"},"stop_sequences":["\n\nHuman:"],"temperature":1}"#,
];

async fn passes(scene: &Scene, path: &str, template: &str, (name, model): (&str, &str)) {
    // Only the marked place changes; the same words elsewhere must stay.
    let answer = scene.client().post(path, template.replace("MODEL", name)).send().await;
    assert_eq!(answer.status, 200, "{template}");
    let all = scene.upstream.received();
    let request = all.last().expect("a request");
    assert_eq!(request.text(), template.replace("MODEL", model));
}

#[tokio::test]
async fn bodies_of_the_sdks_arrive_byte_for_byte() {
    let scene = Scene::always(Reply::json(200, ANSWER)).await;
    for template in OPENAI {
        passes(&scene, "/v1/chat/completions", template, ("fast", "gpt-4o-mini")).await;
    }
    for template in ANTHROPIC {
        passes(&scene, "/v1/messages", template, ("creative", "claude-3-haiku")).await;
    }
}

#[tokio::test]
async fn escaped_name_is_understood() {
    let scene = Scene::always(Reply::json(200, ANSWER)).await;
    let answer = scene.client().post("/v1/embeddings", r#"{"model":"f\u0061st","input":"x"}"#).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(scene.upstream.only().text(), r#"{"model":"gpt-4o-mini","input":"x"}"#);
}

#[tokio::test]
async fn history_of_five_megabytes_arrives_byte_for_byte() {
    let turn = r#"{"role":"user","content":"A long story, told again and again: 1.50 \"quoted\" é."},"#;
    let history = turn.repeat((5 << 20) / turn.len());
    let body = |model: &str| {
        format!(
            r#"{{"messages":[{history}{{"role":"user","content":"End"}}],"stream":false,"model":"{model}"}}"#
        )
    };
    let scene = Scene::always(Reply::json(200, ANSWER)).await;
    assert_eq!(scene.client().post("/v1/chat/completions", body("fast")).send().await.status, 200);
    let request = scene.upstream.only();
    assert!(request.body == body("gpt-4o-mini"), "{} bytes arrived changed", request.body.len());
}

#[tokio::test]
async fn body_sent_in_chunks_arrives_whole() {
    let scene = Scene::always(Reply::json(200, ANSWER)).await;
    let mut raw = scene.gateway.raw().await;
    raw.send("POST /v1/embeddings HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n").await;
    for part in [r#"{"mo"#, r#"del":"fa"#, r#"st","input":"x"}"#] {
        raw.send(format!("{:x};ext=1\r\n{part}\r\n", part.len())).await;
    }
    raw.send("0\r\n\r\n").await;
    assert_eq!(raw.response().await.status, 200);
    assert_eq!(scene.upstream.only().text(), r#"{"model":"gpt-4o-mini","input":"x"}"#);
}

#[tokio::test]
async fn answers_arrive_byte_for_byte_however_they_are_framed() {
    let body = "{ \"choices\" : [{}], \"model\":\"gpt-4o-mini\",\"x\":1.50,\"big\":123456789012345678901234567890,\"é\":\"\\u00e9\" }\n";
    let large = format!("{{\"choices\":[{{}}],\"a\":\"{}\"}}", "x".repeat(3 << 20));
    for body in [body, large.as_str()] {
        for framing in [Framing::Length, Framing::Chunked, Framing::UntilClose] {
            let scene = Scene::always(Reply::json(200, body.to_owned()).framed(framing)).await;
            let answer = scene.chat().await;
            assert_eq!(answer.status, 200);
            assert!(answer.bytes().await == body, "{framing:?}");
        }
    }
}

#[tokio::test]
async fn length_of_an_answer_is_kept() {
    let scene = Scene::always(Reply::json(200, "{\"choices\": [0]}")).await;
    let answer = scene.chat().await;
    assert_eq!(answer.header("content-length"), Some("16"));
    assert_eq!(answer.header("transfer-encoding"), None);
}

#[tokio::test]
async fn compressed_answer_passes_as_it_is() {
    let packed: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3];
    let answer =
        Scene::always(Reply::json(200, packed).header("content-encoding", "gzip")).await.chat().await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.bytes().await, packed);
}
