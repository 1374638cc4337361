//! The grammar of events that every listener keeps.

use std::collections::{HashMap, HashSet};

use callsign_wire::hub::event::Event;

/// Panics where `events` break the grammar or have no end.
pub(crate) fn check(events: &[Event], whose: &str) {
    assert!(check_beginning(events, whose), "{whose}: it has no end");
}

/// Panics where `events` break the grammar. Whether they have an end.
pub(crate) fn check_beginning(events: &[Event], whose: &str) -> bool {
    let mut open: HashMap<u32, u32> = HashMap::new();
    let mut finished: HashSet<u32> = HashSet::new();
    let mut next_part = 0;
    let mut over = false;
    for (index, event) in events.iter().enumerate() {
        assert!(!over, "{whose}: {event:?} follows the end");
        let begins = matches!(event, Event::Start(_));
        let may_begin = begins || matches!(event, Event::Failed(_));
        assert!(if index == 0 { may_begin } else { !begins }, "{whose}: {event:?} at {index}");
        match event {
            Event::Open { part, choice, .. } => {
                assert_eq!(*part, next_part, "{whose}: parts are numbered in order");
                assert!(!finished.contains(choice), "{whose}: {event:?} after its choice was finished");
                next_part += 1;
                open.insert(*part, *choice);
            }
            Event::Delta { part, .. } => assert!(open.contains_key(part), "{whose}: {event:?} is not open"),
            Event::Close { part } => {
                assert!(open.remove(part).is_some(), "{whose}: {event:?} is not open");
            }
            Event::Finish { choice, .. } => {
                assert!(!open.values().any(|owner| owner == choice), "{whose}: {event:?} with parts open");
                assert!(finished.insert(*choice), "{whose}: {event:?} twice");
            }
            Event::End => {
                assert!(open.is_empty(), "{whose}: the end comes with parts open");
                over = true;
            }
            Event::Failed(_) => over = true,
            Event::Start(_) | Event::Usage(_) | Event::More(_) | Event::Logprobs { .. } => {}
        }
    }
    over
}
