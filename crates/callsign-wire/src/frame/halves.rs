//! Characters that a stream splits: beyond the basic plane JSON spells one with two escapes, and a server that cuts between
//! them sends two strings that mean nothing by themselves.

use bytes::Bytes;

/// Puts them together, from one event to the next.
#[derive(Debug, Default)]
pub(crate) struct Halves {
    /// The first half of a character whose second one has not come.
    held: Option<Bytes>,
}

/// How many bytes the escape of one half has.
const ESCAPE: usize = 6;

/// What stands for half a character alone.
const UNKNOWN: &[u8] = br"\ufffd";

/// What an escape stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Something whole.
    Whole,
    First,
    Second,
}

// === impl Halves ===

impl Halves {
    /// The data of an event with its characters whole, where they were not: half a character at the end of a string waits
    /// for the event that begins one with the other half.
    pub(crate) fn mend(&mut self, data: &Bytes) -> Option<Bytes> {
        let mut mended: Vec<u8> = Vec::new();
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = data.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
            let start = at + found;
            let (kind, length) = escape(data, start);
            at = start + length;
            if kind == Kind::Whole {
                continue;
            }
            mended.extend_from_slice(data.get(copied..start).unwrap_or_default());
            copied = at;
            let half = data.slice(start..at);
            let ends = data.get(at) == Some(&b'"');
            let begins = start.checked_sub(1).and_then(|before| data.get(before)) == Some(&b'"');
            match (kind, self.held.take().filter(|_| begins)) {
                (Kind::First, _) if ends => self.held = Some(half),
                (Kind::Second, Some(first)) => mended.extend_from_slice(&[first, half].concat()),
                _ => mended.extend_from_slice(UNKNOWN),
            }
        }
        if copied == 0 {
            return None;
        }
        mended.extend_from_slice(data.get(copied..).unwrap_or_default());
        Some(mended.into())
    }
}

/// What the escape at `start` is, and how long; both halves of a character are one.
fn escape(data: &[u8], start: usize) -> (Kind, usize) {
    match half(data, start) {
        None => (Kind::Whole, 2),
        Some(Kind::First) if half(data, start + ESCAPE) == Some(Kind::Second) => (Kind::Whole, 2 * ESCAPE),
        Some(kind) => (kind, ESCAPE),
    }
}

fn half(data: &[u8], start: usize) -> Option<Kind> {
    let digits = data.get(start..start + ESCAPE)?.strip_prefix(br"\u")?;
    let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    match code {
        0xD800..=0xDBFF => Some(Kind::First),
        0xDC00..=0xDFFF => Some(Kind::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(events: &[&'static str]) -> Vec<String> {
        let mut halves = Halves::default();
        let mend = |event: &&'static str| {
            let data = Bytes::from_static(event.as_bytes());
            String::from_utf8(halves.mend(&data).unwrap_or(data).to_vec()).unwrap()
        };
        events.iter().map(mend).collect()
    }

    #[test]
    fn halves_of_a_character_meet() {
        for (events, expected) in [
            ([r#"{"t":"a\ud83d"}"#, r#"{"t":"\ude00b"}"#], [r#"{"t":"a"}"#, r#"{"t":"\ud83d\ude00b"}"#]),
            ([r#"{"t":"\uD83D"}"#, r#"{"t":"\uDE00"}"#], [r#"{"t":""}"#, r#"{"t":"\uD83D\uDE00"}"#]),
            ([r#"{"t":"\ud83d\ude00\n"}"#, "{}"], [r#"{"t":"\ud83d\ude00\n"}"#, "{}"]),
            ([r#"{"t":"\\ud83d"}"#, "{}"], [r#"{"t":"\\ud83d"}"#, "{}"]),
            ([r#"{"t":"\ude00\ud83dx"}"#, "{}"], [r#"{"t":"\ufffd\ufffdx"}"#, "{}"]),
            ([r#"{"t":"\ud83d"}"#, r#"{"t":"b\ude00"}"#], [r#"{"t":""}"#, r#"{"t":"b\ufffd"}"#]),
        ] {
            assert_eq!(mended(&events), expected);
        }
    }
}
