//! Framing is held against a plain reading of the standard, however the bytes are cut.

use proptest::prelude::*;

use super::*;

/// All frames of a stream that comes in these chunks, and what is left.
fn frames(chunks: impl IntoIterator<Item = Vec<u8>>) -> (Vec<Frame>, Bytes) {
    let mut framer = Framer::default();
    let mut found = Vec::new();
    for chunk in chunks {
        framer.push(chunk.into());
        while let Some(frame) = framer.next_frame().unwrap() {
            found.push(frame);
        }
    }
    let rest = framer.finish();
    found.extend(rest.frame);
    (found, rest.tail)
}

fn whole(stream: &str) -> (Vec<Frame>, Bytes) {
    frames([stream.as_bytes().to_vec()])
}

/// Name and data of the events that a client sees, as the standard puts it.
fn reference(stream: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let mut events = Vec::new();
    let (mut name, mut data): (Vec<u8>, Vec<u8>) = Default::default();
    for line in lines(stream) {
        if line.is_empty() {
            if !data.is_empty() {
                data.pop();
                events.push((std::mem::take(&mut name), std::mem::take(&mut data)));
            }
            name.clear();
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = colon.map_or((line, &b""[..]), |colon| (&line[..colon], &line[colon + 1..]));
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => name = value.to_vec(),
            b"data" => data.extend([value, b"\n"].concat()),
            _ => {}
        }
    }
    events
}

/// The lines that are ended; an unfinished one is dropped.
fn lines(stream: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < stream.len() {
        let length = match (stream[at], stream.get(at + 1)) {
            (b'\r', Some(b'\n')) => 2,
            (b'\r' | b'\n', _) => 1,
            _ => {
                at += 1;
                continue;
            }
        };
        lines.push(&stream[start..at]);
        at += length;
        start = at;
    }
    lines
}

fn seen(frames: &[Frame]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let visible =
        frames.iter().filter_map(|frame| frame.data.as_ref().map(|data| (frame.event.clone(), data)));
    visible.map(|(event, data)| (event.unwrap_or_default().to_vec(), data.to_vec())).collect()
}

#[test]
fn fields_are_read() {
    let cases: [(&str, Option<&str>, Option<&str>); 16] = [
        ("data: x\n\n", None, Some("x")),
        ("data:x\r\n\r\n", None, Some("x")),
        ("data:  x\r\r", None, Some(" x")),
        ("event: ping\ndata: {}\n\n", Some("ping"), Some("{}")),
        ("data: {}\nevent:ping\nid: 1\nretry: 2\n\n", Some("ping"), Some("{}")),
        ("data: a\ndata:b\r\ndata: c\r\n\r\n", None, Some("a\nb\nc")),
        ("data\n\n", None, Some("")),
        ("data:\n\n", None, Some("")),
        ("data\ndata\n\n", None, Some("\n")),
        (": comment\n\n", None, None),
        (": data: x\n\n", None, None),
        ("event: lonely\n\n", Some("lonely"), None),
        ("event:\ndata: x\n\n", None, Some("x")),
        ("Data: x\ndatax: y\n data: z\n\n", None, None),
        ("\u{feff}data: x\n\n", None, Some("x")),
        ("data: [DONE]\n\n", None, Some("[DONE]")),
    ];
    for (stream, event, data) in cases {
        let (frames, tail) = whole(stream);
        assert_eq!(frames.len(), 1, "{stream:?}");
        let frame = &frames[0];
        let text =
            |bytes: &Option<Bytes>| bytes.as_ref().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        assert_eq!(
            (text(&frame.event).as_deref(), text(&frame.data).as_deref()),
            (event, data),
            "{stream:?}"
        );
        assert_eq!((frame.raw.as_ref(), tail.len()), (stream.as_bytes(), 0), "{stream:?}");
    }
}

#[test]
fn events_end_at_blank_lines_of_every_kind() {
    let cases: [(&str, &[&str], &str); 12] = [
        ("data: a\n\ndata: b\n\n", &["data: a\n\n", "data: b\n\n"], ""),
        ("data: a\r\n\r\ndata: b\r\n\r\n", &["data: a\r\n\r\n", "data: b\r\n\r\n"], ""),
        ("data: a\r\rdata: b\r\r", &["data: a\r\r", "data: b\r\r"], ""),
        ("data: a\n\r\ndata: b\r\n\n", &["data: a\n\r\n", "data: b\r\n\n"], ""),
        ("data: a\n\rdata: b", &["data: a\n\r"], "data: b"),
        ("data: a\n\n\n\n", &["data: a\n\n", "\n", "\n"], ""),
        ("\r\n\r\ndata: a\n\n", &["\r\n", "\r\n", "data: a\n\n"], ""),
        ("data: a\n\ndata: b\n", &["data: a\n\n"], "data: b\n"),
        ("data: a\r\n\r", &["data: a\r\n\r"], ""),
        ("data: a\r\r\ndata: b\r\r\n", &["data: a\r\r", "\ndata: b\r\r"], "\n"),
        ("\u{feff}\n\u{feff}\n\n", &["\u{feff}\n", "\u{feff}\n\n"], ""),
        ("", &[], ""),
    ];
    for (stream, expected, left) in cases {
        let (frames, tail) = whole(stream);
        let raws: Vec<_> = frames.iter().map(|frame| std::str::from_utf8(&frame.raw).unwrap()).collect();
        assert_eq!((raws.as_slice(), tail.as_ref()), (expected, left.as_bytes()), "{stream:?}");
    }
}

#[test]
fn event_goes_out_as_soon_as_its_blank_line_is_there() {
    // Lines that end in CR alone must not wait for the next event either.
    for (stream, count) in
        [("data: a\n\n", 1), ("data: a\r\n\r\n", 1), ("data: a\r\r", 1), ("data: a\r\rdata: b\r\r", 2)]
    {
        let mut framer = Framer::default();
        framer.push(Bytes::copy_from_slice(stream.as_bytes()));
        let found = std::iter::from_fn(|| framer.next_frame().unwrap()).count();
        assert_eq!(found, count, "{stream:?}");
    }
}

#[test]
fn end_of_the_first_event_is_found() {
    let cases = [
        ("", None),
        ("data: a", None),
        ("data: a\n", None),
        ("data: a\n\nx", Some(9)),
        ("data: a\r\n\r\nx", Some(11)),
        ("a\r\n\r", Some(4)),
        ("\n", Some(1)),
    ];
    for (bytes, end) in cases {
        assert_eq!(find_event_end(bytes.as_bytes()), end, "{bytes:?}");
    }
}

#[test]
fn event_in_one_chunk_is_not_copied() {
    let chunk = Bytes::from_static(b"data: a\n\ndata: b\n\n");
    let mut framer = Framer::default();
    framer.push(chunk.clone());
    for at in [0, 9] {
        let frame = framer.next_frame().unwrap().unwrap();
        assert_eq!(frame.raw.as_ptr(), chunk[at..].as_ptr());
        assert_eq!(frame.data.unwrap().as_ptr(), chunk[at + 6..].as_ptr());
    }
}

/// Reads a stream that comes in chunks of `size`, with a limit of ten bytes.
fn read_all(stream: &str, size: usize) -> Result<(), TooLong> {
    let mut framer = Framer::new(10);
    for chunk in stream.as_bytes().chunks(size) {
        framer.push(Bytes::copy_from_slice(chunk));
        while framer.next_frame()?.is_some() {}
    }
    Ok(())
}

#[test]
fn event_over_the_limit_is_refused_whichever_way_it_comes() {
    let error = TooLong { limit: 10 };
    assert_eq!(error.to_string(), "an event of the stream is larger than 10 bytes");
    for (stream, ok) in
        [("data: ab\n\n", true), ("data: abc\n\n", false), ("data: abcdefgh", false), (": 3456789\n", true)]
    {
        for size in [1, 3, stream.len()] {
            assert_eq!(read_all(stream, size), if ok { Ok(()) } else { Err(error) }, "{stream:?} by {size}");
        }
    }
}

#[test]
fn tail_holds_what_was_pushed_and_not_yet_asked_for() {
    let mut framer = Framer::default();
    framer.push(Bytes::from_static(b"data: a"));
    assert_eq!(framer.next_frame(), Ok(None));
    framer.push(Bytes::from_static(b"bc"));
    framer.push(Bytes::from_static(b"\ndata: d"));
    assert_eq!(framer.finish(), Rest { frame: None, tail: Bytes::from_static(b"data: abc\ndata: d") });
}

#[test]
fn large_event_that_comes_byte_by_byte_takes_linear_time() {
    // With a rescan per byte this is two million megabytes of scanning: it would not end.
    let data = "x".repeat(2 << 20);
    let stream = format!("data: {data}\n\n");
    let (frames, _) = frames(stream.bytes().map(|byte| vec![byte]));
    assert_eq!(frames.len(), 1);
    assert!(frames[0].data.as_deref() == Some(data.as_bytes()));
}

/// Streams thick with line breaks.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\r\n\r\n",
        b"\r\r",
        b"data: x",
        b"data:",
        b"data",
        b"data: {\"a\":1}",
        b"event: e",
        b"event",
        b": c",
        b":",
        b"id: 1",
        b" ",
        b"\xEF\xBB\xBF",
        b"\xEF",
        b"\xEF\xBB",
        b"\xff",
        b"x",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn frames_are_what_the_standard_says_and_lose_no_byte(stream in stream()) {
        let (frames, tail) = frames([stream.clone()]);
        prop_assert_eq!(seen(&frames), reference(&stream));
        let raws: Vec<&[u8]> = frames.iter().map(|frame| frame.raw.as_ref()).chain([tail.as_ref()]).collect();
        prop_assert_eq!(raws.concat(), stream);
    }

    #[test]
    fn any_cut_gives_the_same_frames(stream in stream(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).chain([0, stream.len()]).collect();
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|cut| stream[cut[0]..cut[1]].to_vec());
        let expected = frames([stream.clone()]);
        prop_assert_eq!(frames(chunks), expected.clone());
        prop_assert_eq!(frames(stream.iter().map(|byte| vec![*byte])), expected);
    }
}
