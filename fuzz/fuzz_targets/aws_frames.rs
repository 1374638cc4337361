//! Any bytes as Amazon's event stream, cut anywhere: the same messages or the same flaw. Any payload and names come back from
//! the messages that are made of them.

#![no_main]

use callsign_wire::frame::aws::{self, Flaw, Message, Messages};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let size = usize::from(*input.last().unwrap_or(&1)).max(1);
    assert_eq!(messages(input.chunks(size)), messages([input]));
    let (kind, payload) = input.split_at(input.len().min(size / 4));
    let Ok(kind) = std::str::from_utf8(kind) else { return };
    let stream = [aws::event(kind, payload), aws::exception(kind, payload)].concat();
    let found = messages(stream.chunks(size)).expect("our own messages are sound");
    let names: Vec<_> =
        found.iter().flat_map(|one| [one.header(":event-type"), one.header(":exception-type")]).collect();
    assert_eq!(names, [Some(kind.to_owned()), None, None, Some(kind.to_owned())]);
    assert!(found.iter().all(|message| message.payload == payload));
});

fn messages<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Message>, Flaw> {
    let mut messages = Messages::default();
    let mut found = Vec::new();
    for piece in pieces {
        messages.push(piece);
        while let Some(message) = messages.next_message()? {
            message.header("x");
            found.push(message);
        }
    }
    Ok(found)
}
