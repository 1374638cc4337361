//! Numbers that states and banks give to people: masks, check digits, and what it takes to believe them.

mod americas;
mod asia;
mod documents;
mod europe;
mod north;

use super::cues::Need;
use super::reader::Reader;

/// The longest value that a mask describes.
const LONGEST: usize = 40;

/// One way to write one kind of number.
///
/// In a mask `#` stands for a digit, `A` for a letter, `X` for either, `_` for one separator (space, dash, dot) that may be absent
/// but is the same throughout, a small letter for itself in capitals, anything else for itself.
pub(super) struct Form {
    kind: &'static str,
    mask: &'static str,
    check: fn(&[u8]) -> bool,
    /// What it takes where the value is one run.
    bare: Need,
    /// What it takes where separators tell its shape.
    parted: Need,
}

/// A value that a form describes.
pub(super) struct Match {
    pub(super) kind: &'static str,
    pub(super) end: usize,
    pub(super) need: Need,
}

/// Every form, by what it may begin with.
pub(super) struct Forms {
    /// By the length of the run of digits at the beginning.
    digits: Vec<Vec<&'static Form>>,
    /// By the length of the run of letters at the beginning.
    letters: Vec<Vec<&'static Form>>,
    /// By the length of the run of letters and digits at the beginning.
    mixed: Vec<Vec<&'static Form>>,
}

/// No check digit.
pub(super) fn any(_value: &[u8]) -> bool {
    true
}

/// How a value was written.
struct Written {
    value: [u8; LONGEST],
    length: usize,
    end: usize,
    parted: bool,
}

// === impl Forms ===

impl Forms {
    /// Sorts the forms by what they may begin with.
    pub(super) fn new() -> Self {
        let mut forms = Self { digits: Vec::new(), letters: Vec::new(), mixed: Vec::new() };
        for form in [europe::FORMS, north::FORMS, americas::FORMS, asia::FORMS, documents::FORMS]
            .into_iter()
            .flatten()
        {
            for (table, length) in form.beginnings() {
                let table = match table {
                    b'#' => &mut forms.digits,
                    b'A' => &mut forms.letters,
                    _ => &mut forms.mixed,
                };
                table.resize_with(table.len().max(length + 1), Vec::new);
                if let Some(bucket) = table.get_mut(length) {
                    bucket.push(form);
                }
            }
        }
        forms
    }

    /// What may stand where `reader` begins, checked but not yet believed.
    pub(super) fn find(&self, reader: &Reader, take: &mut dyn FnMut(Match)) {
        let from = reader.from();
        let digits = reader.digits_end(from) - from;
        let word = reader.ascii_word_end(from) - from;
        let letters = (from..from + word)
            .take_while(|&at| reader.at(at).is_some_and(|byte| byte.is_ascii_alphabetic()));
        let (first, length) =
            if digits > 0 { (&self.digits, digits) } else { (&self.letters, letters.count()) };
        let mixed = if digits < word { self.mixed.get(word) } else { None };
        for form in first.get(length).into_iter().chain(mixed).flatten() {
            if let Some(found) = form.at(reader) {
                take(found);
            }
        }
    }
}

// === impl Form ===

impl Form {
    /// One row of a table.
    const fn new(
        kind: &'static str,
        mask: &'static str,
        check: fn(&[u8]) -> bool,
        bare: Need,
        parted: Need,
    ) -> Self {
        Self { kind, mask, check, bare, parted }
    }

    /// The runs this may begin with: of which class, how long.
    fn beginnings(&self) -> Vec<(u8, usize)> {
        let class = |byte: u8| match byte {
            b'#' | b'0'..=b'9' => b'#',
            b'A' | b'a'..=b'z' => b'A',
            b'X' => b'X',
            _ => b' ',
        };
        let first = self.mask.bytes().next().map_or(b' ', class);
        if first == b'X' {
            let whole = self
                .mask
                .bytes()
                .filter(|byte| *byte != b'_')
                .take_while(|&byte| class(byte) != b' ')
                .count();
            let part = self.mask.bytes().take_while(|&byte| class(byte) != b' ').count();
            return if whole == part { vec![(b'X', whole)] } else { vec![(b'X', whole), (b'X', part)] };
        }
        let mut lengths = Vec::new();
        for parted in [false, true] {
            let mut length = 0;
            for byte in self.mask.bytes().filter(|&byte| parted || byte != b'_') {
                let here = class(byte);
                if here != first {
                    lengths.push((first, length));
                }
                if here != first && here != b'X' {
                    break;
                }
                length += 1;
            }
            lengths.push((first, length));
        }
        lengths.sort_unstable();
        lengths.dedup();
        lengths
    }

    /// What stands where `reader` begins, if it has this form and its check holds.
    fn at(&self, reader: &Reader) -> Option<Match> {
        let written = self.read(reader)?;
        let value = written.value.get(..written.length)?;
        if !(self.check)(value) {
            return None;
        }
        let need = if written.parted { self.parted } else { self.bare };
        Some(Match { kind: self.kind, end: written.end, need })
    }

    /// Reads what has this form.
    fn read(&self, reader: &Reader) -> Option<Written> {
        let mut written = Written { value: [0; LONGEST], length: 0, end: reader.from(), parted: false };
        let (mut separator, mut small) = (None, false);
        for mask in self.mask.bytes() {
            let byte = reader.at(written.end)?;
            if mask == b'_' {
                let here = matches!(byte, b' ' | b'-' | b'.').then_some(byte);
                if separator.is_some_and(|separator| separator != here) {
                    return None;
                }
                separator = Some(here);
                written.end += usize::from(here.is_some());
                written.parted |= here.is_some();
                continue;
            }
            if !fits(mask, byte) {
                return None;
            }
            small |= byte.is_ascii_lowercase();
            written.end += 1;
            if byte.is_ascii_alphanumeric() {
                *written.value.get_mut(written.length)? = byte.to_ascii_uppercase();
                written.length += 1;
            } else {
                written.parted = true;
            }
        }
        let apart = reader.ends_apart(written.end) && !written.runs_on(reader);
        (apart && !(small && written.parted)).then_some(written)
    }
}

/// Whether `byte` may stand where the mask says `mask`.
fn fits(mask: u8, byte: u8) -> bool {
    match mask {
        b'#' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_alphabetic(),
        b'X' => byte.is_ascii_alphanumeric(),
        b'a'..=b'z' => byte.eq_ignore_ascii_case(&mask),
        _ => byte == mask,
    }
}

// === impl Written ===

impl Written {
    /// Whether another group of digits follows after a space, so that this is the beginning of something longer.
    fn runs_on(&self, reader: &Reader) -> bool {
        self.parted
            && reader.byte_before(self.end).is_some_and(|last| last.is_ascii_digit())
            && reader.at(self.end) == Some(b' ')
            && reader.at(self.end + 1).is_some_and(|next| next.is_ascii_digit())
    }
}
