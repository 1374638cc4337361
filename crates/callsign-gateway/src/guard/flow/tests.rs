//! What is expected of it, case by case.

use std::sync::Arc;

use callsign_guard::finding::Finding;
use callsign_guard::jailbreak::Verdict;
use callsign_guard::mask::Ledger;
use callsign_guard::rules::{Action, Rule, Rules, Side, Topic};
use callsign_guard::screen::{Detectors, Judge, Look};
use callsign_plan::guard::OnFailure;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::fold::Fold;
use callsign_wire::hub::part::Part;
use http::HeaderMap;

use super::*;
use crate::exchange::RequestId;
use crate::record::Recorder;
use crate::refusal::Code;
use crate::state::policies::Policy;

/// One who fails where anything is to be looked at.
#[derive(Debug)]
struct Broken;

impl Look for Broken {
    fn find(&self, _text: &str, _found: &mut Vec<Finding>) {
        panic!("a detector that fails");
    }

    fn settled(&self, text: &str) -> usize {
        text.len()
    }
}

impl Judge for Broken {
    fn judge(&self, _text: &str) -> Verdict {
        panic!("a detector that fails");
    }
}

fn guard(detectors: Detectors, action: Action, on_failure: OnFailure) -> Guard {
    let mut rules = Rules::default();
    rules.add(Side::Output, Topic::Pii, Rule { action, restore: false });
    let policy =
        Policy { alias: "fast".into(), of_errors: rules.softened(), rules, referees: Vec::new(), on_failure };
    let recorder = Recorder::alone();
    let notes = recorder.open(&RequestId::new(), &HeaderMap::new()).notes();
    Guard {
        policy: Arc::new(policy),
        detectors: Arc::new(detectors),
        ledger: Ledger::default(),
        leak: None,
        notes,
        means: None,
        question: None,
    }
}

fn broken() -> Detectors {
    Detectors {
        pii: Box::new(Broken),
        secrets: Box::new(Broken),
        profanity: Box::new(Broken),
        jailbreak: Box::new(Broken),
    }
}

/// A text in these pieces as part `part`.
fn spoken(part: u32, pieces: &[&str]) -> Vec<Event> {
    let open = Event::Open { part, choice: 0, opened: Opened::Text, extras: Extras::default() };
    let deltas = pieces.iter().map(|piece| Event::Delta { part, delta: Delta::Text((*piece).to_owned()) });
    [open].into_iter().chain(deltas).chain([Event::Close { part }]).collect()
}

fn heard(guard: &Guard, events: Vec<Event>) -> (Flow, Vec<Event>, Result<(), Withheld>) {
    let (mut flow, mut out) = (Flow::default(), Vec::new());
    let all = [Event::Start(Start::new(Dialect::OpenAiChat))].into_iter().chain(events);
    let told = all.into_iter().try_for_each(|event| flow.hear(guard, event, &mut out));
    (flow, out, told)
}

fn texts(events: Vec<Event>) -> Vec<String> {
    let mut fold = Fold::new(Start::new(Dialect::OpenAiChat));
    events.into_iter().skip(1).for_each(|event| fold.push(event));
    let reply = fold.finish().unwrap();
    let pieces = reply.choices.into_iter().flat_map(|choice| choice.pieces);
    pieces
        .filter_map(|piece| match piece.part {
            Part::Text(text) => Some(text.text),
            _ => None,
        })
        .collect()
}

#[test]
fn parts_are_masked_and_opened_in_order() {
    let guard = guard(Detectors::new(), Action::Mask, OnFailure::Refuse);
    let mut events = spoken(0, &["to jane.d", "oe@exam", "ple.com now"]);
    // The second part says something before the first does.
    let late = events.split_off(1);
    events.extend(spoken(1, &["plain words", ""]));
    events.extend(late);
    let (flow, out, told) = heard(&guard, events);
    assert_eq!(told, Ok(()));
    assert_eq!(flow.waiting(), 0);
    let opens: Vec<u32> = out
        .iter()
        .filter_map(|event| match event {
            Event::Open { part, .. } => Some(*part),
            _ => None,
        })
        .collect();
    assert_eq!(opens, [0, 1]);
    assert_eq!(texts(out), ["plain words", "to [EMAIL] now"]);
}

#[test]
fn what_halts_is_closed_and_finished() {
    let guard = guard(Detectors::new(), Action::Block, OnFailure::Refuse);
    let (mut flow, mut out, told) =
        heard(&guard, spoken(0, &["it is fine to write to ", "jane.doe@example.com now"]));
    assert_eq!(told.unwrap_err().code, Code::ContentBlocked);
    assert!(flow.begun);
    flow.halt(&mut out);
    let finish = Event::finish(0, Some(Finish::Filtered));
    assert_eq!(out[out.len() - 3..], [Event::Close { part: 0 }, finish, Event::End]);
    assert!(!format!("{out:?}").contains("jane"));
}

#[test]
fn calls_that_never_end_are_withheld() {
    let guard = guard(Detectors::new(), Action::Mask, OnFailure::Refuse);
    let opened = Opened::ToolCall { id: "c".into(), name: "f".into(), custom: false, seal: None };
    let mut events = vec![Event::Open { part: 0, choice: 0, opened, extras: Extras::default() }];
    let piece = "x".repeat(LONGEST_CALL / 4);
    events.extend((0..6).map(|_| Event::Delta { part: 0, delta: Delta::Arguments(piece.clone()) }));
    let (_, out, told) = heard(&guard, events);
    assert_eq!(told.unwrap_err().code, Code::ContentBlocked);
    assert_eq!(out.len(), 1, "nothing of it was opened");
}

#[test]
fn detector_that_fails_lets_nothing_pass_unless_that_is_allowed() {
    for (on_failure, expected) in
        [(OnFailure::Refuse, Err(Code::GuardFailed)), (OnFailure::Allow, Ok("hi".into()))]
    {
        let guard = guard(broken(), Action::Mask, on_failure);
        let body = bytes::Bytes::from_static(b"hi");
        let whole = guard.whole(&body).map_err(|withheld| withheld.code);
        assert_eq!(whole, expected);
        let passed = guard.hold(
            || true,
            || {
                let (_, _, told) = heard(&guard, spoken(0, &["hi"]));
                told.map(|()| false)
            },
        );
        assert_eq!(passed.map_err(|withheld| withheld.code), expected.map(|_| true));
    }
}

#[test]
fn log_probabilities_wait_for_their_words() {
    let guard = guard(Detectors::new(), Action::Mask, OnFailure::Refuse);
    let logprobs =
        || Event::Logprobs { choice: 0, json: Json::read(r#"{"content":[{"token":"jane"}]}"#).unwrap() };
    for (word, expected) in [("jane ", 1), ("jane.doe@example.com", 0)] {
        let mut events = spoken(0, &[word]);
        let close = events.split_off(2);
        events.push(logprobs());
        events.extend(close);
        let (_, out, _) = heard(&guard, events);
        let told: Vec<_> =
            out.iter().enumerate().filter(|(_, event)| matches!(event, Event::Logprobs { .. })).collect();
        assert_eq!(told.len(), expected, "{word}");
    }
}
