//! Any stream, cut anywhere: the same frames, no byte lost, and respelling keeps what a client reads.

#![no_main]

use bytes::Bytes;
use callsign_wire::frame::sse::{Frame, Framer};
use callsign_wire::reply::{self, Names};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The first byte says how large the chunks are.
    let Some((size, stream)) = input.split_first() else { return };
    let whole = frames(stream.chunks(stream.len().max(1)));
    assert_eq!(frames(stream.chunks(usize::from(*size).max(1))), whole);
    let (frames, tail) = whole;
    let raws: Vec<&[u8]> = frames.iter().map(|frame| frame.raw.as_ref()).chain([tail.as_ref()]).collect();
    assert_eq!(raws.concat(), stream);
    for frame in frames.into_iter().skip(1) {
        let respelled = reply::frame(frame.clone(), &Names { model: Some("fast.v1".to_owned()), previous: None });
        assert_eq!(Frame::from(respelled.raw.clone()), respelled);
        assert_eq!(respelled.event, frame.event);
    }
});

fn frames<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<Frame>, Bytes) {
    let mut framer = Framer::default();
    let mut found = Vec::new();
    for chunk in chunks {
        framer.push(Bytes::copy_from_slice(chunk));
        while let Some(frame) = framer.next_frame().expect("below the limit") {
            found.push(frame);
        }
    }
    let rest = framer.finish();
    found.extend(rest.frame);
    (found, rest.tail)
}
