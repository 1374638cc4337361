//! Every way in which a provider fails, for both kinds of clients, streamed or not, with a fallback or without.

use std::sync::Arc;
use std::time::Duration;

use callsign_testkit::deadline::soon;
use serde_json::Value;

use super::cases;
use super::fault_table::{Deed, Ending, Place};
use super::record;
use super::scene::{Heard, ask};
use super::speech::{Mode, parse};
use super::troubled::{Backing, Case, Troubled, matrix};

/// Far more than any limit that is configured, far less than the defaults.
const IN_TIME: Duration = Duration::from_secs(5);

#[tokio::test]
async fn every_fault_before_the_first_token_falls_back_unseen() {
    run(matrix(Backing::Backed)).await;
}

#[tokio::test]
async fn fault_without_a_fallback_is_told_as_it_was() {
    run(matrix(Backing::Alone)).await;
}

async fn run(matrix: Vec<Case>) {
    let troubled = Troubled::with(&matrix).await;
    cases::all(matrix.into_iter().map(|case| (case.alias(), meet(case, Arc::clone(&troubled))))).await;
}

async fn meet(case: Case, troubled: Arc<Troubled>) {
    let alias = case.alias();
    let heard = ask(troubled.gateway.client(), case.way, &alias).await;
    assert!(heard.took < IN_TIME, "it took {:?}", heard.took);
    let told = record::of_heard(&troubled.gateway, &alias, &heard).await;
    match case.fault.ending {
        Ending::Late(_, code, condition) if case.way.1 == Mode::Stream => {
            is_broken(case, (code, condition), (&heard, &told));
        }
        Ending::Client(_) => is_told(case, &heard, &told),
        _ if case.backing == Backing::Alone => is_told(case, &heard, &told),
        _ => is_served(case, &heard, &told),
    }
    is_given_up(case, &troubled).await;
}

/// The fallback answered, and the client cannot tell but by the headers.
fn is_served(case: Case, heard: &Heard, told: &Value) {
    let (model, good) = (case.model(), case.good());
    assert_eq!((heard.status, heard.attempts(), heard.model()), (200, 2, good.as_str()), "{heard:?}");
    assert_eq!(heard.text(), "good");
    let (condition, status) = attempt(case);
    let attempts = [(model.as_str(), Some(condition), status), (&good, None, Some(200))];
    record::tells(record::attempts(told), &attempts);
    assert_eq!((&told["ended"], &told["error"]), (&"complete".into(), &Value::Null), "{told}");
}

/// The client is told of the failure: the provider's own error, or the gateway's.
fn is_told(case: Case, heard: &Heard, told: &Value) {
    let mut error = heard.error();
    let attempts = error.as_object_mut().and_then(|error| error.remove("attempts"));
    let attempts = attempts.unwrap_or_else(|| panic!("no attempts in {heard:?}"));
    let code = heard.header("x-callsign-error");
    match case.fault.ending {
        Ending::Status(status, _) | Ending::Client(status) => {
            assert_eq!((heard.status, code), (status, None), "{heard:?}");
            let theirs = parse(&case.way.0.error(&format!("no {status}")));
            assert_eq!(error, theirs["error"], "the provider's words");
            assert_eq!(heard.header("retry-after"), case.fault.retry_after());
        }
        Ending::Own(status, own, _) | Ending::Late(status, own, _) => {
            assert_eq!((heard.status, code), (status, Some(own)), "{heard:?}");
            assert_eq!(error["code"], own);
        }
    }
    let (model, (condition, status)) = (case.model(), attempt(case));
    assert_eq!(heard.model(), model);
    let expected = [(model.as_str(), Some(condition), status)];
    record::tells(attempts.as_array().expect("a list"), &expected);
    record::tells(record::attempts(told), &expected);
}

/// The stream had begun and ends in an error event.
fn is_broken(case: Case, (code, condition): (&str, &str), (heard, told): (&Heard, &Value)) {
    let model = case.model();
    assert_eq!((heard.status, heard.attempts(), heard.model()), (200, 1, model.as_str()), "{heard:?}");
    assert_eq!(case.way.0.broken(&heard.body)["code"], code, "{heard:?}");
    assert_eq!(case.way.0.said(&heard.body), "half");
    record::tells(record::attempts(told), &[(&model, Some(condition), Some(200))]);
    assert_eq!((&told["ended"], &told["error"]), (&"broken".into(), &code.into()), "{told}");
}

/// The failing attempt as it is told: its condition and the provider's status.
fn attempt(case: Case) -> (&'static str, Option<u16>) {
    match case.fault.ending {
        Ending::Status(status, condition) => (condition, Some(status)),
        Ending::Own(_, "upstream_invalid", condition) => (condition, Some(200)),
        Ending::Own(_, _, condition) | Ending::Late(_, _, condition) => (condition, None),
        Ending::Client(status) => ("invalid_request", Some(status)),
    }
}

/// Whatever the provider would still have sent, the gateway no longer waits for it.
async fn is_given_up(case: Case, troubled: &Troubled) {
    let (Place::Scripted, Deed::Lasts(_)) = (case.fault.place, case.fault.deed) else { return };
    let alias = case.alias();
    let received = troubled.scripted.received();
    // On a machine that is very busy an attempt may be given up before it has arrived.
    if let Some(request) = received.iter().find(|request| request.json()["model"] == *alias) {
        soon("the upstream's release", troubled.scripted.gone(request.index)).await;
    }
}
