//! Cards, bank accounts and wallets.

use sha2::{Digest as _, Sha256};

use super::checks::{byte_at, is_uniform, luhn, mod97, number};
use super::cues::Need;
use super::reader::Reader;

/// Digits and how they were parted.
struct Grouped {
    digits: Vec<u8>,
    /// How many digits stand in each group.
    groups: Vec<usize>,
    end: usize,
}

/// The lengths of IBANs, by country.
const IBAN_LENGTHS: &str = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18\
    FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31\
    MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

/// A card's number: a known beginning, a length it goes with, and Luhn's check.
pub(super) fn card(reader: &Reader) -> Option<(usize, Need)> {
    let grouped = grouped(reader, 19)?;
    let digits = grouped.digits.as_slice();
    if !card_shape(&grouped.groups) || is_uniform(digits) || !luhn(digits) || !reader.ends_apart(grouped.end)
    {
        return None;
    }
    let usual = matches!(digits.len(), 14..=16);
    let need = issued(digits);
    Some((grouped.end, if usual { need } else { need.max(Need::Person) }))
}

/// What it takes to believe a card's number that begins like this, at this length.
fn issued(digits: &[u8]) -> Need {
    let (four, length) = (number(digits, 0, 4), digits.len());
    let lengths: &[usize] = match four {
        4000..=4999 => &[13, 16, 19],
        2221..=2720 | 5100..=5599 | 2200..=2204 | 8100..=8299 | 9792 => &[16],
        3400..=3499 | 3700..=3799 | 1800 | 2131 => &[15],
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => &[14, 16],
        3500..=3599 | 6011 | 6200..=6299 | 6440..=6599 | 6000..=6010 => &[16, 17, 18, 19],
        5000..=5089 | 5600..=5899 | 6304 | 6390 | 6759..=6763 => &[12, 13, 14, 15, 16, 17, 18, 19],
        _ => return Need::Cue,
    };
    if lengths.contains(&length) { Need::Peace } else { Need::Cue }
}

/// The groups that cards are printed in.
fn card_shape(groups: &[usize]) -> bool {
    matches!(
        groups,
        [12..=19]
            | [4, 4, 4, 1..=4]
            | [4, 4, 4, 4, 1..=3]
            | [4, 6, 4 | 5]
            | [4, 4, 5]
            | [6, 10..=13]
            | [8, 8]
    )
}

/// Digits at the beginning, in groups parted by one space or one dash throughout.
fn grouped(reader: &Reader, most: usize) -> Option<Grouped> {
    let mut grouped = Grouped { digits: Vec::new(), groups: Vec::new(), end: reader.from() };
    let mut separator = None;
    loop {
        let end = reader.digits_end(grouped.end);
        if end == grouped.end || grouped.digits.len() + end - grouped.end > most {
            return None;
        }
        grouped.digits.extend_from_slice(reader.between(grouped.end, end).as_bytes());
        grouped.groups.push(end - grouped.end);
        grouped.end = end;
        let next = reader.at(end).filter(|next| matches!(next, b' ' | b'-'));
        let goes_on = next.is_some() && (separator.is_none() || separator == next);
        if !goes_on || !reader.at(end + 1).is_some_and(|byte| byte.is_ascii_digit()) {
            return Some(grouped);
        }
        // A whole card has been read: what follows a space is another number.
        if grouped.digits.len() >= 16 && next == Some(b' ') && grouped.groups.len() >= 4 {
            let tail = reader.digits_end(end + 1) - end - 1;
            if tail != 3 || luhn(&grouped.digits) {
                return Some(grouped);
            }
        }
        separator = next;
        grouped.end += 1;
    }
}

/// An international bank account number: the country's length, and the remainder by 97.
pub(super) fn iban(reader: &Reader) -> Option<(usize, Need)> {
    let from = reader.from();
    let country = [reader.at(from)?.to_ascii_uppercase(), reader.at(from + 1)?.to_ascii_uppercase()];
    if !country.iter().all(u8::is_ascii_uppercase) || !reader.at(from + 2)?.is_ascii_digit() {
        return None;
    }
    let length = iban_length(country)?;
    let (mut value, mut at) = (Vec::with_capacity(length), from);
    while value.len() < length {
        let byte = reader.at(at)?;
        at += 1;
        if byte.is_ascii_alphanumeric() {
            value.push(byte.to_ascii_uppercase());
        } else if !(matches!(byte, b' ' | b'-')
            && value.len().is_multiple_of(4)
            && reader.byte_before(at - 1)? != byte)
        {
            return None;
        }
    }
    let (front, back) = value.split_at_checked(4)?;
    let sound = byte_at(&value, 3).is_ascii_digit() && mod97(back.iter().chain(front).copied()) == 1;
    (sound && reader.ends(at)).then_some((at, Need::Nothing))
}

fn iban_length(country: [u8; 2]) -> Option<usize> {
    IBAN_LENGTHS
        .as_bytes()
        .chunks_exact(4)
        .find(|row| row.starts_with(&country))
        .and_then(|row| usize::try_from(number(row, 2, 4)).ok())
}

/// A bank account's number: digits that only a word can tell from any other.
pub(super) fn account(reader: &Reader) -> Option<(usize, Need)> {
    let grouped = grouped(reader, 20)?;
    let long_enough = (6..=20).contains(&grouped.digits.len());
    (long_enough && !is_uniform(&grouped.digits) && reader.ends_apart(grouped.end))
        .then_some((grouped.end, Need::Cue))
}

/// A number plate: one to three short runs of capitals and digits, both among them, that only a word can tell from other codes.
pub(super) fn plate(reader: &Reader) -> Option<(usize, Need)> {
    let (mut at, mut end, mut length) = (reader.from(), reader.from(), 0);
    let (mut digits, mut runs) = (0, 0);
    while runs < 4 {
        let run = reader.ascii_word_end(at);
        let text = reader.between(at, run);
        let capitals = text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if text.is_empty() || text.len() > 8 || !capitals || length + text.len() > 10 {
            break;
        }
        digits += text.bytes().filter(u8::is_ascii_digit).count();
        (end, length, runs) = (run, length + text.len(), runs + 1);
        let bullet = if reader.char_at(run) == Some('•') { 3 } else { 1 };
        if !matches!(reader.char_at(run), Some(' ' | '-' | '•' | '.')) {
            break;
        }
        at = run + bullet;
    }
    let plausible =
        (4..=10).contains(&length) && digits > 0 && reader.begins_apart(reader.from()) && reader.ends(end);
    plausible.then_some((end, Need::Cue))
}

/// The address of a wallet.
pub(super) fn wallet(reader: &Reader) -> Option<(usize, Need)> {
    let from = reader.from();
    let first = reader.at(from)?;
    if !b"0123456789abcdeghiklmnoprtuxzABCDLMTUWXY".contains(&first) {
        return None;
    }
    let end = reader.ascii_word_end(from);
    if !(25..=110).contains(&(end - from)) || !reader.ends_apart(end) {
        return None;
    }
    let word = reader.between(from, end);
    let need = if is_ether(word) {
        Need::Peace
    } else if is_base58_check(word) || is_bech32(word) {
        Need::Nothing
    } else if is_base58(word)
        && matches!(word.len(), 32..=44 | 95 | 106)
        && word.bytes().any(|byte| byte.is_ascii_digit())
    {
        if word.len() > 90 && word.starts_with(['4', '8']) { Need::Peace } else { Need::Cue }
    } else {
        return None;
    };
    Some((end, need))
}

fn is_ether(word: &str) -> bool {
    let Some(hex) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) else { return false };
    hex.len() == 40 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) && !is_uniform(hex.as_bytes())
}

fn base58(byte: u8, alphabet: &str) -> Option<u32> {
    alphabet.bytes().position(|known| known == byte).and_then(|place| u32::try_from(place).ok())
}

const BITCOIN: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RIPPLE: &str = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

fn is_base58(word: &str) -> bool {
    word.bytes().all(|byte| base58(byte, BITCOIN).is_some())
}

/// Twenty-five bytes in base 58, the last four the beginning of a double hash of the others.
fn is_base58_check(word: &str) -> bool {
    if !(25..=36).contains(&word.len()) {
        return false;
    }
    let alphabet = if word.starts_with('r') { RIPPLE } else { BITCOIN };
    let Some(bytes) = decode58(word, alphabet) else { return false };
    let Some((body, check)) = bytes.split_at_checked(21) else { return false };
    let hash = Sha256::digest(Sha256::digest(body));
    hash.starts_with(check)
}

fn decode58(word: &str, alphabet: &str) -> Option<[u8; 25]> {
    let mut bytes = [0_u8; 25];
    for character in word.bytes() {
        let mut carry = base58(character, alphabet)?;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = u8::try_from(carry & 0xff).ok()?;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(bytes)
}

/// A human-readable part, `1`, and letters whose polynomial is one of two constants.
fn is_bech32(word: &str) -> bool {
    const PREFIXES: &[&str] =
        &["bc", "tb", "ltc", "addr", "stake", "cosmos", "osmo", "nano", "zs", "bnb", "terra", "inj", "kaspa"];
    let mixed = word.bytes().any(|byte| byte.is_ascii_lowercase())
        && word.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = word.to_ascii_lowercase();
    let Some((prefix, data)) = lower.split_once('1') else { return false };
    if mixed || !PREFIXES.contains(&prefix) {
        return false;
    }
    let high = prefix.bytes().map(|byte| u32::from(byte >> 5));
    let low = prefix.bytes().map(|byte| u32::from(byte & 31));
    let mut sum = 1_u32;
    for value in high.chain([0]).chain(low) {
        sum = polymod(sum, value);
    }
    for byte in data.bytes() {
        let Some(value) = base58(byte, "qpzry9x8gf2tvdw0s3jn54khce6mua7l") else { return false };
        sum = polymod(sum, value);
    }
    matches!(sum, 1 | 0x2bc8_30a3)
}

fn polymod(sum: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = sum >> 25;
    let next = (sum & 0x01ff_ffff) << 5 ^ value;
    GENERATOR
        .iter()
        .enumerate()
        .filter(|(bit, _)| top >> bit & 1 == 1)
        .fold(next, |next, (_, constant)| next ^ constant)
}
