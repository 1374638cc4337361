//! Telephone numbers: international ones by their country code, national ones by how they are parted.

use super::cues::Need;
use super::reader::Reader;

/// The most digits a number has, a long-distance prefix included.
const MOST: usize = 16;
/// The most bytes.
const LONGEST: usize = 32;

/// The country codes of one and two digits; those of three begin with what none of these is.
const SHORT_CODES: &[&str] = &[
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66",
    "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];
/// What country codes of three digits begin with.
const LONG_CODES: &[&str] = &[
    "21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59", "67", "68", "69", "80",
    "85", "87", "88", "96", "97", "99",
];

/// How dates, and dates with a time, are parted.
const DATES: &[&[usize]] = &[
    &[4, 2, 2],
    &[2, 2, 4],
    &[1, 2, 4],
    &[2, 1, 4],
    &[4, 2, 2, 2],
    &[4, 2, 2, 2, 2],
    &[2, 2, 4, 2],
    &[2, 2, 4, 2, 2],
];
/// How national numbers are parted that other numbers are parted like, too.
const LOOSE: &[&[usize]] =
    &[&[3, 3, 3], &[2, 2, 2, 2], &[3, 2, 2, 2], &[3, 2, 3], &[2, 7], &[2, 4, 4], &[3, 6], &[4, 6]];

/// A number as it is written.
#[derive(Default)]
struct Written {
    digits: String,
    /// How many digits stand in each group.
    groups: Vec<usize>,
    /// What parts the groups: the bytes between one and the next.
    separators: Vec<u8>,
    /// Whether it begins with a plus sign.
    plus: bool,
    /// Whether its first group stands in brackets.
    bracketed: bool,
    end: usize,
}

/// A telephone number.
pub(super) fn phone(reader: &Reader) -> Option<(usize, Need)> {
    let written = read(reader)?;
    let need = need(&written)?;
    let end = extension(reader, written.end);
    let apart = reader.ends(end) && (written.plus || reader.ends_apart(end)) && !runs_on(reader, end);
    apart.then_some((end, need))
}

/// Whether more digits follow, so that this was the beginning of something else.
fn runs_on(reader: &Reader, end: usize) -> bool {
    matches!(reader.at(end), Some(b' ' | b'-' | b'.' | b'/'))
        && reader.at(end + 1).is_some_and(|next| next.is_ascii_digit())
        || reader.at(end) == Some(b':') && reader.at(end + 1).is_some_and(|next| next.is_ascii_digit())
}

/// Reads digits and what parts them for as long as they may be one number.
fn read(reader: &Reader) -> Option<Written> {
    let mut written = Written { end: reader.from(), ..Written::default() };
    let mut at = reader.from();
    let opened = reader.at(at) == Some(b'(');
    at += usize::from(opened);
    written.plus = reader.at(at) == Some(b'+');
    at += usize::from(written.plus);
    if reader.at(at) == Some(b'(') && written.plus {
        at += 1;
    }
    written.bracketed = opened;
    loop {
        let end = reader.digits_end(at);
        if end == at || written.digits.len() + end - at > MOST || end > reader.from() + LONGEST {
            break;
        }
        written.digits.push_str(reader.between(at, end));
        written.groups.push(end - at);
        written.end = end;
        let (next, separator) = skip(reader, end);
        if separator == 0 {
            break;
        }
        written.separators.push(separator);
        at = next;
    }
    if reader.at(written.end) == Some(b')') && (opened || written.plus) {
        written.end += 1;
    }
    written.separators.truncate(written.groups.len().saturating_sub(1));
    (written.groups.len() > 1 || written.digits.len() > 6).then_some(written)
}

/// After what may part two groups (`-`, ` `, `.`, `/`, ` (0) `, `) `), and the last byte of it that says something; none, zero.
fn skip(reader: &Reader, from: usize) -> (usize, u8) {
    let (mut at, mut separator, mut spaces) = (from, 0, 0);
    while let Some(byte) = reader.at(at) {
        let is_one = match byte {
            b' ' => spaces < 2,
            b'-' | b'.' | b'/' => separator == 0 || separator == b' ' || separator == b')',
            b'(' | b')' => separator != byte,
            _ => false,
        };
        if !is_one || at > from + 4 {
            break;
        }
        spaces += usize::from(byte == b' ');
        separator = if byte == b' ' && separator != 0 { separator } else { byte };
        at += 1;
    }
    if reader.at(at).is_some_and(|byte| byte.is_ascii_digit()) { (at, separator) } else { (from, 0) }
}

/// Where an extension ends: `x123`, `ext. 123`, `#123`.
fn extension(reader: &Reader, end: usize) -> usize {
    let mut at = end;
    while reader.at(at) == Some(b' ') && at < end + 2 {
        at += 1;
    }
    let word =
        ["extension", "ext.", "ext", "x", "#", "доб.", "int."].iter().find(|word| reader.stands(at, word));
    let Some(word) = word else { return end };
    at += word.len();
    at += usize::from(reader.at(at) == Some(b' '));
    let digits = reader.digits_end(at);
    if (1..=6).contains(&(digits - at)) { digits } else { end }
}

/// What it takes to believe a number written so; nothing does where no number is.
fn need(written: &Written) -> Option<Need> {
    let digits = written.digits.as_str();
    if digits.bytes().all(|byte| Some(byte) == digits.bytes().next()) || dated(written) {
        return None;
    }
    if written.plus {
        return (9..=15).contains(&digits.len()).then(|| country(digits)).flatten().map(|()| Need::Nothing);
    }
    let slashes = |at: Option<usize>| {
        at.map(|at| written.separators.iter().skip(at + 1).any(|&separator| separator == b'/'))
    };
    if slashes(written.separators.iter().position(|&separator| separator == b'/')) == Some(true) {
        return None;
    }
    if written.bracketed && written.groups.len() > 1 {
        return (8..=12).contains(&digits.len()).then_some(Need::Peace);
    }
    let whole = written.groups.len() == 1;
    match digits.as_bytes() {
        [b'0', b'0', rest @ ..] if (9..=14).contains(&rest.len()) && country(digits.get(2..)?).is_some() => {
            Some(if whole { Need::Person } else { Need::Peace })
        }
        [b'0', ..] if (9..=12).contains(&digits.len()) => {
            Some(if whole { Need::Person } else { trunk(written) })
        }
        _ if whole => whole_need(digits),
        _ => parted_need(written),
    }
}

/// A trunk prefix: the first group is an area, and no more than six follow.
fn trunk(written: &Written) -> Need {
    let least = if written.groups.len() > 2 { 1 } else { 2 };
    let area = written.groups.first().is_some_and(|&length| (least..=5).contains(&length));
    let others = written.groups.iter().skip(1).all(|&length| (2..=8).contains(&length));
    let decimal = written.groups.len() == 2 && written.separators.first() == Some(&b'.');
    if area && others && !decimal && !written.digits.starts_with("00") { Need::Peace } else { Need::Cue }
}

/// A date, or a date and a time, in groups.
fn dated(written: &Written) -> bool {
    // A Brazilian taxpayer's number whose check failed.
    if written.groups == [3, 3, 3, 2] && written.separators.last() == Some(&b'-') {
        return true;
    }
    DATES.contains(&written.groups.as_slice())
        && written.separators.first().zip(written.separators.get(1)).is_some_and(|(one, two)| one == two)
        && written.separators.first() != Some(&b' ')
}

/// Whether digits begin with a country's code and go on as long as numbers there do.
fn country(digits: &str) -> Option<()> {
    let known = SHORT_CODES.iter().chain(LONG_CODES).any(|code| digits.starts_with(code));
    let length = if digits.starts_with('1') { digits.len() == 11 } else { (9..=15).contains(&digits.len()) };
    (known && length).then_some(())
}

/// One run of digits: how numbers of North America, China and India begin.
fn whole_need(digits: &str) -> Option<Need> {
    match digits.as_bytes() {
        [b'2'..=b'9', _, _, b'2'..=b'9', ..] | [b'6'..=b'9', ..] if digits.len() == 10 => Some(Need::Person),
        [b'1', b'3'..=b'9', ..] if digits.len() == 11 => Some(Need::Person),
        _ => (7..=13).contains(&digits.len()).then_some(Need::Cue),
    }
}

/// Groups without a country's code or a trunk prefix.
fn parted_need(written: &Written) -> Option<Need> {
    let spaced = written.separators.iter().all(|&separator| separator == b' ');
    let groups = match written.groups.as_slice() {
        [1, rest @ ..] if written.digits.starts_with(['1', '8']) => rest,
        groups => groups,
    };
    match groups {
        // Numbers of other kinds, their check digits wrong, are parted by spaces in the same way.
        [3, 3, 4] => Some(if spaced { Need::Person } else { Need::Peace }),
        [3, 4, 4] if written.digits.starts_with('1') => Some(Need::Peace),
        [5, 5] if written.digits.starts_with(['6', '7', '8', '9']) => Some(Need::Peace),
        groups if LOOSE.contains(&groups) && written.groups.len() == groups.len() => Some(Need::Person),
        _ => (7..=13).contains(&written.digits.len()).then_some(Need::Cue),
    }
}
