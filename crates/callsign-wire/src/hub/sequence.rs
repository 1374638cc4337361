//! One part after another: for dialects whose SDKs expect a part to be whole before the next one begins.

use std::collections::VecDeque;

use super::event::Event;

/// Puts the events of parts that overlap into sequence. What belongs to a later part waits until it is its turn.
#[derive(Debug, Default)]
pub struct Sequence {
    current: Option<u32>,
    waiting: VecDeque<(u32, Vec<Event>)>,
}

// === impl Sequence ===

impl Sequence {
    /// Takes an event and calls `say` for those whose turn has come.
    pub fn push(&mut self, event: Event, mut say: impl FnMut(Event)) {
        match &event {
            Event::Open { part, .. } if self.current.is_none() => {
                self.current = Some(*part);
                say(event);
            }
            Event::Open { part, .. } => self.waiting.push_back((*part, vec![event])),
            Event::Delta { part, .. } | Event::Close { part } if self.current != Some(*part) => {
                self.wait(*part, event);
            }
            Event::Close { .. } => {
                say(event);
                self.next(say);
            }
            _ => say(event),
        }
    }

    fn wait(&mut self, part: u32, event: Event) {
        if let Some((_, events)) = self.waiting.iter_mut().find(|(waiting, _)| *waiting == part) {
            events.push(event);
        }
    }

    /// The current part is whole: the next ones follow, up to the first that is not whole yet.
    fn next(&mut self, mut say: impl FnMut(Event)) {
        self.current = None;
        while let Some((part, events)) = self.waiting.pop_front() {
            let whole = matches!(events.last(), Some(Event::Close { .. }));
            events.into_iter().for_each(&mut say);
            if !whole {
                self.current = Some(part);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::event::{Delta, Opened};
    use crate::hub::extras::Extras;

    fn open(part: u32) -> Event {
        Event::Open { part, choice: 0, opened: Opened::Text, extras: Extras::default() }
    }

    fn delta(part: u32, text: &str) -> Event {
        Event::Delta { part, delta: Delta::Text(text.to_owned()) }
    }

    fn close(part: u32) -> Event {
        Event::Close { part }
    }

    #[test]
    fn overlapping_parts_come_one_after_another() {
        let mut sequence = Sequence::default();
        let mut said = Vec::new();
        for event in [
            open(0),
            delta(0, "a"),
            open(1),
            delta(1, "x"),
            open(2),
            delta(0, "b"),
            delta(2, "p"),
            close(1),
            close(0),
            delta(2, "q"),
            close(2),
            Event::End,
        ] {
            sequence.push(event, |event| said.push(event));
        }
        let expected = vec![
            open(0),
            delta(0, "a"),
            delta(0, "b"),
            close(0),
            open(1),
            delta(1, "x"),
            close(1),
            open(2),
            delta(2, "p"),
            delta(2, "q"),
            close(2),
            Event::End,
        ];
        assert_eq!(said, expected);
    }
}
