//! Where an exchange stands in a trace: the W3C trace context, read and written. What is left to chance comes in as an argument.
//!
//! <https://www.w3.org/TR/trace-context/>

use std::fmt;

/// An exchange's place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The trace.
    pub id: u128,
    /// The caller's span, where the caller told one.
    pub parent: Option<u64>,
    /// The exchange's own span; `None` where nothing is exported, and the caller's words go on unchanged.
    pub span: Option<u64>,
    /// As on the wire: whether the trace is sampled, and whether its name is random.
    flags: u8,
}

/// The value of a `traceparent` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

/// A share of all traces, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u32);

const SAMPLED: u8 = 1;
/// The flags that version 00 knows: sampled, and random.
const KNOWN_FLAGS: u8 = 3;

// === impl Trace ===

impl Trace {
    /// The place of an exchange whose spans may be exported. Who asks decides whether they are; where nobody says, chance
    /// does. `id` names the trace if it begins here.
    pub fn begin(parent: Option<TraceParent>, (id, chance): (u128, u64), share: Share) -> Self {
        let span = Some(scatter(chance));
        if let Some(TraceParent { trace, span: parent, flags }) = parent {
            return Self { id: trace, parent: Some(parent), span, flags };
        }
        let flags = if share.takes(scatter(!chance)) { SAMPLED } else { 0 };
        Self { id, parent: None, span, flags }
    }

    /// The place of an exchange that makes no spans, where the caller told of a trace.
    pub fn told(parent: TraceParent) -> Self {
        Self { id: parent.trace, parent: Some(parent.span), span: None, flags: parent.flags }
    }

    /// Whether its spans are wanted.
    pub const fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// The flags as on the wire.
    pub const fn flags(&self) -> u8 {
        self.flags
    }

    /// What the target of attempt number `number` (from 0) is told; `None` where the caller's words go on unchanged.
    pub fn onward(&self, number: usize) -> Option<TraceParent> {
        let span = attempt_span(self.span?, number);
        Some(TraceParent { trace: self.id, span, flags: self.flags })
    }

    /// The trace's name in logs and exemplars.
    pub fn name(&self) -> String {
        let mut name = Vec::with_capacity(32);
        write_hexadecimal(&mut name, &self.id.to_be_bytes());
        String::from_utf8(name).unwrap_or_default()
    }
}

/// The span of attempt number `number` (from 0) of the exchange with this span.
pub fn attempt_span(exchange: u64, number: usize) -> u64 {
    scatter(exchange.wrapping_add((number as u64).wrapping_add(1).wrapping_mul(GOLDEN)))
}

/// The golden ratio in 64 bits: multiples of it are far from each other.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A number that looks like chance, from one that need not; never 0. (The finaliser of `SplitMix64`.)
fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(GOLDEN);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)).max(1)
}

// === impl TraceParent ===

impl TraceParent {
    /// Reads a header's value; `None` if it is not valid, which counts as if it were not there.
    pub fn read(value: &str) -> Option<Self> {
        let version = value.get(..2)?;
        let fields = value.get(2..55)?;
        let rest = value.get(55..)?;
        // A later version may say more; this one may not, and 255 is no version.
        let ends = if version == "00" { rest.is_empty() } else { rest.is_empty() || rest.starts_with('-') };
        if !ends || version == "ff" || hexadecimal(version).is_none() {
            return None;
        }
        let mut parts = fields.split('-').skip(1);
        let (trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?);
        if (trace.len(), span.len(), flags.len()) != (32, 16, 2) || parts.next().is_some() {
            return None;
        }
        let trace = hexadecimal(trace).filter(|trace| *trace != 0)?;
        let span = hexadecimal(span).and_then(|span| u64::try_from(span).ok()).filter(|span| *span != 0)?;
        let flags = hexadecimal(flags).and_then(|flags| u8::try_from(flags).ok())?;
        Some(Self { trace, span, flags: flags & KNOWN_FLAGS })
    }

    /// A header's value.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut written = Vec::with_capacity(55);
        written.extend_from_slice(b"00-");
        write_hexadecimal(&mut written, &self.trace.to_be_bytes());
        written.push(b'-');
        write_hexadecimal(&mut written, &self.span.to_be_bytes());
        written.push(b'-');
        write_hexadecimal(&mut written, &[self.flags]);
        written
    }
}

/// Each byte as two digits.
pub fn write_hexadecimal(text: &mut Vec<u8>, bytes: &[u8]) {
    let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' - 10 + half };
    for byte in bytes {
        text.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
}

/// Capital letters are not allowed.
fn hexadecimal(digits: &str) -> Option<u128> {
    let allowed = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    u128::from_str_radix(digits, 16).ok().filter(|_| allowed)
}

impl fmt::Display for TraceParent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

// === impl Share ===

impl Share {
    /// All of them.
    pub const ALL: Self = Self(1_000_000);

    /// So many millionths, at most all.
    pub const fn millionths(count: u32) -> Self {
        if count > Self::ALL.0 { Self::ALL } else { Self(count) }
    }

    /// Whether a number that chance chose is among them.
    pub const fn takes(self, chance: u64) -> bool {
        chance % (Self::ALL.0 as u64) < self.0 as u64
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "tests report by panicking")]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn valid_values_are_read_and_written_again() {
        for value in [PARENT, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"] {
            assert_eq!(TraceParent::read(value).map(|parent| parent.to_string()).as_deref(), Some(value));
        }
        // Of a later version what is known is read, and told as this version tells it.
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff-what-else";
        let told = TraceParent::read(later).map(|parent| parent.to_string());
        assert_eq!(told.as_deref(), Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"));
    }

    #[test]
    fn invalid_values_count_as_absent() {
        let values = [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-+1",
            "00-ä0af7651916cd43dd8448eb211c80319-b7ad6b716920333-01",
        ];
        for value in values {
            assert_eq!(TraceParent::read(value), None, "{value}");
        }
    }

    #[test]
    fn who_asks_decides_and_chance_only_where_nobody_does() {
        let none = Share::millionths(0);
        let parent = TraceParent::read(PARENT);
        let child = Trace::begin(parent, (7, 8), none);
        assert!(child.is_sampled());
        assert_eq!((child.name().as_str(), child.parent), (&PARENT[3..35], Some(0xb7ad_6b71_6920_3331)));
        let quiet = TraceParent::read(&PARENT.replace("-01", "-00"));
        assert!(!Trace::begin(quiet, (7, 8), Share::ALL).is_sampled());
        assert!(!Trace::begin(None, (7, 8), none).is_sampled());
        assert!(Trace::begin(None, (7, 8), Share::ALL).is_sampled());
    }

    #[test]
    fn share_holds_over_many_traces() {
        let share = Share::millionths(100_000);
        let taken = (0..100_000_u64).filter(|chance| Trace::begin(None, (1, *chance), share).is_sampled());
        let taken = taken.count();
        assert!((9_700..10_300).contains(&taken), "{taken} of 100000 at 10 %");
    }

    #[test]
    fn every_attempt_has_a_span_of_its_own() {
        let trace = Trace::begin(None, (1, 2), Share::ALL);
        let told: Vec<_> = (0..3).map(|number| trace.onward(number).map(|told| told.to_string())).collect();
        let spans: std::collections::BTreeSet<_> =
            (0..3).map(|number| attempt_span(trace.span.unwrap(), number)).chain(trace.span).collect();
        assert_eq!(spans.len(), 4);
        assert_eq!(told[1], trace.onward(1).map(|told| told.to_string()));
        assert!(
            told[1].as_ref().unwrap().contains(&format!("{:016x}", attempt_span(trace.span.unwrap(), 1)))
        );
        assert_eq!(Trace::told(TraceParent::read(PARENT).unwrap()).onward(0), None);
    }
}
