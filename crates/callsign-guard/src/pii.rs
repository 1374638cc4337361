//! Personal data: numbers people are known by, how to reach them, where they live, what they are called.
//!
//! Every word or number of a text may begin a finding. What begins there is decided by reading on from it, at most `reader::REACH`
//! bytes, and back a little; the reader remembers whether the text's end was in the way. So `settled` is the first place where it was.

mod accounts;
mod address;
mod birth;
mod checks;
mod cues;
mod dates;
mod forms;
mod kinds;
mod network;
mod person;
mod phone;
mod reader;
#[cfg(test)]
mod tests;

pub use kinds::*;

use crate::finding::{Category, Finding};
use crate::plain::Plain;
use cues::{Cues, Need, Reason, Surroundings};
use forms::Forms;
use reader::{REACH, Reader, is_unspaced, is_word};

/// Finds them; made once, asked often.
pub struct Detector {
    cues: Option<Cues>,
    forms: Forms,
}

/// What may begin at one place, and the best of it so far.
struct Scan<'s, 't> {
    reader: &'s Reader<'t>,
    surroundings: Option<Surroundings<'s, 't>>,
    best: Option<(Reason, usize, &'static str)>,
}

/// Calls `visit` with each place from `start` on where a word, a number, a bracket or a plus sign begins.
fn each_beginning(text: &str, start: usize, mut visit: impl FnMut(usize)) {
    let mut before = text.get(..start).and_then(|before| before.chars().next_back());
    let mut at = start;
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii_alphanumeric() {
            if !before.is_some_and(|before| is_word(before) && !is_unspaced(before)) {
                visit(at);
            }
            while bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
                at += 1;
            }
            before = Some('a');
            continue;
        }
        let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else { return };
        let inside =
            before.is_some_and(|before| is_word(before) && (!is_unspaced(character) || is_unspaced(before)));
        if is_word(character) && !inside || matches!(byte, b'+' | b'(') {
            visit(at);
        }
        before = Some(character);
        at += character.len_utf8();
    }
}

// === impl Detector ===

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Detector").finish_non_exhaustive()
    }
}

impl Detector {
    /// Compiles what it looks with.
    pub fn new() -> Self {
        Self { cues: Cues::new(), forms: Forms::new() }
    }

    /// Adds to `found` what `text` holds, in no particular order; findings may overlap.
    pub fn find(&self, text: &str, found: &mut Vec<Finding>) {
        let Some(plain) = Plain::of(text) else { return self.find_plain(text, found) };
        let known = found.len();
        self.find_plain(plain.text(), found);
        for finding in found.iter_mut().skip(known) {
            finding.span = plain.span(text, &finding.span);
        }
    }

    /// The byte of a growing `text` up to which nothing changes whatever follows: every finding that begins before it is found in
    /// `text` already, and ends where it will end. At most `reader::REACH` bytes before its end, but for what hides between them.
    pub fn settled(&self, text: &str) -> usize {
        match Plain::of(text) {
            None => self.settled_plain(text),
            Some(plain) => plain.settled(text, self.settled_plain(plain.certain())),
        }
    }

    fn find_plain(&self, text: &str, found: &mut Vec<Finding>) {
        each_beginning(text, 0, |at| self.scan(&Reader::new(text, at), found));
    }

    fn settled_plain(&self, text: &str) -> usize {
        let mut start = text.len().saturating_sub(REACH);
        while !text.is_char_boundary(start) {
            start += 1;
        }
        let (mut settled, mut ignored) = (text.len(), Vec::new());
        each_beginning(text, start, |at| {
            let reader = Reader::new(text, at);
            if at < settled {
                self.scan(&reader, &mut ignored);
                settled = if reader.touched() { at } else { settled };
            }
        });
        settled
    }

    /// Adds what begins where `reader` does.
    fn scan(&self, reader: &Reader, found: &mut Vec<Finding>) {
        let from = reader.from();
        let Some(first) = reader.at(from) else { return };
        let surroundings = self.cues.as_ref().map(|cues| Surroundings::new(cues, reader));
        let mut scan = Scan { reader, surroundings, best: None };
        match first {
            b'+' | b'(' => scan.signed(),
            b'0'..=b'9' => scan.number(&self.forms),
            b'a'..=b'z' => scan.small(&self.forms),
            b'A'..=b'Z' => scan.capital(&self.forms),
            _ => scan.foreign(),
        }
        if let Some((_, end, kind)) = scan.best {
            found.push(Finding { category: Category::Pii, kind, span: from..end });
        }
    }
}

// === impl Scan ===

impl Scan<'_, '_> {
    /// Keeps `kind` up to `end` if the surroundings allow it and nothing better is known.
    fn offer(&mut self, kind: &'static str, found: Option<(usize, Need)>) {
        let Some((end, need)) = found else { return };
        let reason = match &self.surroundings {
            Some(surroundings) => surroundings.reason(kind, need, end),
            None => (need == Need::Nothing).then_some(Reason::Form),
        };
        let Some(reason) = reason else { return };
        let better = self.best.is_none_or(|(best, so_far, _)| {
            (reason, std::cmp::Reverse(end)) < (best, std::cmp::Reverse(so_far))
        });
        if better {
            self.best = Some((reason, end, kind));
        }
    }

    fn forms(&mut self, forms: &Forms) {
        if !self.reader.begins_apart(self.reader.from()) {
            return;
        }
        let reader = self.reader;
        forms.find(reader, &mut |found| self.offer(found.kind, Some((found.end, found.need))));
    }

    fn email(&mut self) {
        if let Some((kind, end)) = network::email(self.reader) {
            self.offer(kind, Some((end, Need::Nothing)));
        }
    }

    fn phone(&mut self) {
        let Some((end, need)) = phone::phone(self.reader) else { return };
        let claimed =
            need != Need::Nothing && self.surroundings.as_ref().is_some_and(|around| around.claimed(PHONE));
        if !claimed {
            self.offer(PHONE, Some((end, need)));
        }
    }

    /// After `+` or `(`.
    fn signed(&mut self) {
        let from = self.reader.from();
        let follows =
            self.reader.at(from + 1).is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'('));
        if follows && !self.reader.char_before(from).is_some_and(char::is_alphanumeric) {
            self.phone();
        }
    }

    fn number(&mut self, forms: &Forms) {
        let from = self.reader.from();
        let before = self.reader.byte_before(from);
        let amid = before.is_some_and(|before| before == b' ' || before == b'.' || before == b'-')
            && self.reader.byte_before(from - 1).is_some_and(|byte| byte.is_ascii_digit());
        if !amid {
            self.forms(forms);
            if self.reader.begins_apart(from) {
                self.offer(CREDIT_CARD, accounts::card(self.reader));
                self.phone();
                self.offer(US_BANK_NUMBER, accounts::account(self.reader));
                self.offer(LICENSE_PLATE, accounts::plate(self.reader));
                self.offer(IP_ADDRESS, network::ipv4(self.reader));
                self.offer(DATE_OF_BIRTH, birth::date(self.reader));
            }
        }
        self.coded();
        self.offer(ADDRESS, address::address(self.reader));
        self.email();
    }

    /// What letters and digits mixed may be.
    fn coded(&mut self) {
        self.offer(IP_ADDRESS, network::ipv6(self.reader));
        self.offer(MAC_ADDRESS, network::mac(self.reader));
        self.offer(CRYPTO, accounts::wallet(self.reader));
    }

    /// A word in small letters: most are nothing, and that is seen at once.
    fn small(&mut self, forms: &Forms) {
        let from = self.reader.from();
        let end = self.reader.ascii_word_end(from);
        let word = self.reader.between(from, end);
        let next = self.reader.at(end);
        if next == Some(b' ') && word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            let small = self
                .reader
                .glance(end + 1)
                .is_some_and(|next| next.is_ascii_lowercase() && !b"dlnstv".contains(&next));
            let street = !small && address::may_begin(word) && self.reader.name_follows(end + 1);
            if street || self.reader.left_of(from, 3).contains(':') {
                self.offer(ADDRESS, address::in_small_letters(self.reader, word));
            }
            return;
        }
        if word.bytes().any(|byte| byte.is_ascii_digit()) {
            self.forms(forms);
            self.offer(IBAN, accounts::iban(self.reader));
            self.coded();
        } else if end - from <= 4 && next.is_some_and(|next| matches!(next, b':' | b'-' | b'.')) {
            self.coded();
        }
        if matches!(next, Some(b' ' | b'.')) {
            self.offer(ADDRESS, address::in_small_letters(self.reader, word));
        }
        self.email_after(end);
    }

    /// A mail address, if what follows the first word of it may go on as one.
    fn email_after(&mut self, end: usize) {
        match self.reader.at(end) {
            Some(b' ' | b',' | b'\n' | b')' | b':' | b'"' | b';' | b'?' | b'(' | b'/') | None => {}
            Some(b'.' | b'!' | b'\'' | b'-') if !self.reader.char_at(end + 1).is_some_and(is_word) => {}
            _ => self.email(),
        }
    }

    fn capital(&mut self, forms: &Forms) {
        let from = self.reader.from();
        let end = self.reader.ascii_word_end(from);
        let second = self.reader.char_at(from + 1);
        if !second.is_some_and(|second| second.is_ascii_lowercase()) {
            if self.reader.digit_is_near(from) {
                self.forms(forms);
                self.offer(IBAN, accounts::iban(self.reader));
                self.offer(LICENSE_PLATE, accounts::plate(self.reader));
            } else if (8..=11).contains(&(end - from)) {
                self.forms(forms);
            }
            self.coded();
        } else if end > from + 24 {
            self.coded();
        } else {
            self.offer(DATE_OF_BIRTH, birth::date(self.reader));
            // Codes typed in mixed case are few; hexadecimal digits may begin with any letter.
            self.offer(MAC_ADDRESS, network::mac(self.reader));
            self.offer(IP_ADDRESS, network::ipv6(self.reader));
        }
        self.offer(ADDRESS, address::address(self.reader));
        self.email_after(end);
        self.offer(PERSON, person::person(self.reader));
    }

    /// Letters that are not ASCII.
    fn foreign(&mut self) {
        let Some(first) = self.reader.char_at(self.reader.from()) else { return };
        if !first.is_alphabetic() && !first.is_numeric() {
            return;
        }
        self.offer(ADDRESS, address::address(self.reader));
        self.email();
        if first.is_uppercase() {
            self.offer(PERSON, person::person(self.reader));
        } else if !first.is_lowercase() {
            self.offer(PERSON, person::without_capitals(self.reader));
        }
    }
}
