//! The record of an exchange, which must tell what the client saw.

use std::time::{Duration, SystemTime};

use callsign_testkit::deadline::soon;
use callsign_testkit::gateway::Gateway;
use serde_json::Value;

use super::scene::Heard;
use super::speech::Mode;

/// The record of the exchange with this id, as soon as it has ended.
pub(crate) async fn of(gateway: &Gateway, id: &str) -> Value {
    let path = format!("/api/v1/exchanges/{id}");
    let read = async {
        loop {
            let answer = gateway.admin().get(&path).send().await;
            if answer.status == 200 {
                let told = answer.json().await;
                if told["ended"] != "running" && told["ended"] != "answering" {
                    return told;
                }
            }
            tokio::task::yield_now().await;
        }
    };
    soon("the record", read).await
}

/// The record of what was heard, checked against it: everything that the client could see.
pub(crate) async fn of_heard(gateway: &Gateway, asked: &str, heard: &Heard) -> Value {
    let id = heard.header("x-callsign-request-id").expect("the exchange has an id");
    let record = of(gateway, id).await;
    assert_eq!(record["id"], id, "{record}");
    assert_eq!(record["asked"], asked, "{record}");
    assert_eq!(record["alias"].as_str(), heard.header("x-callsign-alias"), "{record}");
    assert_eq!(record["stream"], heard.way.1 == Mode::Stream, "{record}");
    assert_eq!(record["status"], heard.status, "{record}");
    assert_eq!(record["bytes"], heard.body.len(), "{record}");
    assert_eq!(attempts(&record).len(), heard.attempts(), "{record}");
    assert_eq!(record["model"].as_str(), heard.header("x-callsign-model"), "{record}");
    if heard.status >= 400 {
        // A provider's own error is an answer that was passed on whole.
        let own = heard.header("x-callsign-error");
        let ended = if own.is_some() { "refused" } else { "complete" };
        assert_eq!((record["error"].as_str(), &record["ended"]), (own, &ended.into()), "{record}");
    }
    times_are_true(&record, heard);
    record
}

/// The attempts of a record.
pub(crate) fn attempts(record: &Value) -> &Vec<Value> {
    record["attempts"].as_array().unwrap_or_else(|| panic!("no attempts in {record}"))
}

/// Checks the attempts against `(model, condition, status)`, and that each says how long it took.
pub(crate) fn tells(attempts: &[Value], expected: &[(&str, Option<&str>, Option<u16>)]) {
    let told = attempts.iter().map(|attempt| {
        assert!(attempt["ms"].is_u64(), "{attempt}");
        let status = attempt["status"].as_u64().map(|status| u16::try_from(status).expect("a status"));
        (attempt["model"].as_str().expect("a model"), attempt["condition"].as_str(), status)
    });
    assert_eq!(told.collect::<Vec<_>>(), expected, "{attempts:?}");
}

fn times_are_true(record: &Value, heard: &Heard) {
    let began = Duration::from_millis(record["began_ms"].as_u64().expect("when it began"));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
    let age = now.checked_sub(began).expect("it began in the past");
    assert!(age < Duration::from_mins(2), "began {age:?} ago");
    let milliseconds = |value: &Value| Duration::from_millis(value["ms"].as_u64().expect("a time"));
    let took = milliseconds(record);
    // The record may round up, and is written after the client has read the last byte.
    assert!(took <= age + Duration::from_millis(2), "{record} after {age:?}");
    let tried: Duration = attempts(record).iter().map(milliseconds).sum();
    assert!(tried <= took + Duration::from_millis(2), "{record}");
    assert!(heard.took <= took + Duration::from_secs(5), "{record}, the client waited {:?}", heard.took);
}
