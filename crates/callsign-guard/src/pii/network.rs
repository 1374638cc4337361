//! Addresses of the network: mail, IP, hardware.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::cues::Need;
use super::kinds::{EMAIL, IN_UPI};
use super::reader::{Reader, is_unspaced, is_word};

/// The longest part before the `@`.
const LOCAL: usize = 64;
/// The longest part after it.
const DOMAIN: usize = 128;
/// What ends file names, not domains: `icon@2x.png`.
const FILES: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "ico",
    "js",
    "ts",
    "jsx",
    "tsx",
    "css",
    "html",
    "htm",
    "json",
    "md",
    "txt",
    "py",
    "rs",
    "java",
    "xml",
    "yml",
    "yaml",
    "toml",
    "lock",
    "pdf",
    "zip",
    "exe",
    "dll",
    "service",
    "local",
    "localhost",
    "internal",
];
/// What stands after the `@` of an Indian payment address.
const UPI: &[&str] = &[
    "upi",
    "ybl",
    "ibl",
    "axl",
    "apl",
    "paytm",
    "okaxis",
    "oksbi",
    "okhdfcbank",
    "okicici",
    "sbi",
    "icici",
    "hdfcbank",
    "axisbank",
    "kotak",
    "barodampay",
    "ptaxis",
    "ptsbi",
    "pthdfc",
    "ptyes",
    "yesbank",
    "freecharge",
    "airtel",
    "jio",
    "fam",
    "ikwik",
    "waaxis",
    "wasbi",
    "waicici",
];

/// A mail address: what it is, and where it ends.
pub(super) fn email(reader: &Reader) -> Option<(&'static str, usize)> {
    let at = local_end(reader)?;
    if reader.at(at) != Some(b'@') || reader.between(reader.from(), at).eq_ignore_ascii_case("git") {
        return None;
    }
    let (end, labels) = domain_end(reader, at + 1)?;
    let domain = reader.between(at + 1, end).to_ascii_lowercase();
    let last = domain.rsplit('.').next()?;
    if labels == 1 {
        return UPI.contains(&domain.as_str()).then_some((IN_UPI, end));
    }
    let sound = last.chars().count() >= 2
        && !last.bytes().any(|byte| byte.is_ascii_digit())
        && !FILES.contains(&last);
    sound.then_some((EMAIL, end))
}

/// Where the part before an `@` ends, if a mail address may begin here.
fn local_end(reader: &Reader) -> Option<usize> {
    let from = reader.from();
    let before = reader.char_before(from);
    if before.is_some_and(|before| is_local(before) && before != '\'') {
        let length = before.map_or(1, char::len_utf8);
        if reader.char_before(from - length).is_some_and(is_word) {
            return None;
        }
    }
    let mut at = from;
    while let Some(next) = reader.char_at(at).filter(|&next| is_local(next)) {
        at += next.len_utf8();
        if at > from + LOCAL {
            return None;
        }
    }
    reader.byte_before(at).is_some_and(|last| last != b'.').then_some(at)
}

fn is_local(character: char) -> bool {
    is_word(character) && !is_unspaced(character)
        || matches!(character, '.' | '_' | '%' | '+' | '-' | '\'' | '&' | '!' | '=')
}

/// Where a domain ends, and of how many labels it is.
fn domain_end(reader: &Reader, from: usize) -> Option<(usize, usize)> {
    let (mut at, mut end, mut labels) = (from, from, 0);
    loop {
        let start = at;
        while let Some(next) = reader.char_at(at).filter(|&next| is_word(next) || next == '-') {
            at += next.len_utf8();
            if at > from + DOMAIN {
                return None;
            }
        }
        if at == start {
            break;
        }
        (end, labels) = (at, labels + 1);
        if reader.at(at) != Some(b'.') {
            break;
        }
        at += 1;
    }
    (labels > 0).then_some((end, labels))
}

/// An IPv4 address.
pub(super) fn ipv4(reader: &Reader) -> Option<(usize, Need)> {
    let mut at = reader.from();
    let mut octets = [0_u8; 4];
    for (place, octet) in octets.iter_mut().enumerate() {
        if place > 0 {
            (reader.at(at)? == b'.').then_some(())?;
            at += 1;
        }
        let end = reader.digits_end(at);
        let digits = reader.between(at, end);
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        *octet = digits.parse().ok()?;
        at = end;
    }
    let network = reader.at(at) == Some(b'/') && reader.at(at + 1).is_some_and(|byte| byte.is_ascii_digit());
    let port = reader.at(at) == Some(b':');
    if network || !port && !reader.ends_apart(at) {
        return None;
    }
    let need = ipv4_need(Ipv4Addr::from(octets))?;
    Some((at, if versioned(reader) { need.max(Need::Cue) } else { need }))
}

/// Whether the word before says that four numbers are a version.
fn versioned(reader: &Reader) -> bool {
    let left = reader.left_of(reader.from(), 16).to_ascii_lowercase();
    let word = left
        .trim_end_matches([' ', ':', '=', '"'])
        .rsplit(|character: char| !character.is_alphanumeric())
        .next()
        .unwrap_or_default();
    ["version", "ver", "v", "release", "build", "firmware", "section", "rev", "oid", "driver"].contains(&word)
}

/// Nobody's addresses are none; resolvers everybody knows and what may be a version or a section want a word.
fn ipv4_need(address: Ipv4Addr) -> Option<Need> {
    let octets = address.octets();
    if address.is_loopback()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast()
        || octets.starts_with(&[255])
    {
        return None;
    }
    let known = matches!(octets, [8, 8, 8, 8] | [8, 8, 4, 4] | [1, 1, 1, 1] | [1, 0, 0, 1] | [9, 9, 9, 9]);
    let [first, _, _, last] = octets;
    Some(if known || octets.iter().all(|&octet| octet < 24) || first == 0 {
        Need::Cue
    } else if address.is_private() || address.is_link_local() || last == 0 {
        Need::Person
    } else {
        Need::Nothing
    })
}

/// An IPv6 address, of eight groups, or shortened and surely no time and no path of a program.
pub(super) fn ipv6(reader: &Reader) -> Option<(usize, Need)> {
    let from = reader.from();
    let first = reader.ascii_word_end(from) - from;
    if first > 4 || reader.at(from + first) != Some(b':') || amid_colons(reader) {
        return None;
    }
    let mut end = from;
    while reader.at(end).is_some_and(|byte| byte.is_ascii_hexdigit() || byte == b':') && end < from + 40 {
        end += 1;
    }
    let run = reader.between(from, end).trim_end_matches(':');
    let end = from + run.len();
    let colons = run.bytes().filter(|&byte| byte == b':').count();
    let address: Ipv6Addr = run.parse().ok()?;
    let digits = run.bytes().any(|byte| byte.is_ascii_digit());
    let shortened = run.contains("::");
    if !reader.ends(end) || !digits || shortened && (first < 3 || colons < 2) {
        return None;
    }
    let local = address.is_unique_local() || address.is_unicast_link_local() || address.is_multicast();
    let whole = if shortened { Need::Peace } else { Need::Nothing };
    Some((end, if local { Need::Person } else { whole }))
}

/// Whether a short run of hex digits and a colon stand before, so that this is no beginning.
fn amid_colons(reader: &Reader) -> bool {
    let from = reader.from();
    if reader.byte_before(from) != Some(b':') {
        return false;
    }
    let before = reader.left_of(from - 1, 6);
    let run = before.bytes().rev().take_while(u8::is_ascii_alphanumeric).collect::<Vec<_>>();
    before.ends_with(':') || (1..=4).contains(&run.len()) && run.iter().all(u8::is_ascii_hexdigit)
}

/// A hardware address: six pairs, or three fours parted by dots.
pub(super) fn mac(reader: &Reader) -> Option<(usize, Need)> {
    let from = reader.from();
    let size = reader.ascii_word_end(from) - from;
    let separator = reader.at(from + size)?;
    let (groups, fits) = match size {
        2 => (6, matches!(separator, b':' | b'-')),
        4 => (3, separator == b'.'),
        _ => return None,
    };
    if !fits || reader.byte_before(from) == Some(separator) {
        return None;
    }
    let mut hex = Vec::with_capacity(12);
    let mut at = from;
    for group in 0..groups {
        if group > 0 {
            (reader.at(at)? == separator).then_some(())?;
            at += 1;
        }
        for _ in 0..size {
            hex.push(reader.at(at).filter(u8::is_ascii_hexdigit)?);
            at += 1;
        }
    }
    let goes_on =
        reader.at(at) == Some(separator) && reader.at(at + 1).is_some_and(|byte| byte.is_ascii_hexdigit());
    let apart = reader.ends(at) && !goes_on && !super::checks::is_uniform(&hex);
    apart.then_some((at, Need::Nothing))
}
