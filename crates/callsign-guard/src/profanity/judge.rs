//! Whether a word that was read is meant: by how it is written and by what stands around it.

use super::tape::{CYRILLIC, Cell, JOINT, Tape, is};
use super::walk::{Reading, Writing, is_heavy};
use super::words::{Entry, Kind, Shape, Trigger, Words};

/// How far before a word its surroundings go, in cells.
pub(super) const BEHIND: usize = 40;
/// How far after a word its surroundings go, in cells.
pub(super) const AHEAD: usize = 24;
/// No word that swear words are joined to is longer.
pub(super) const LONGEST_PREFIX: usize = 16;
/// From how many letters, digits and signs without a space on something is encoded data, not words.
const ENCODED: usize = 20;

/// A word that was read, in its place.
#[derive(Debug)]
pub(super) struct Place<'p> {
    pub(super) words: &'p Words,
    pub(super) tape: &'p Tape,
    pub(super) start: usize,
    pub(super) reading: Reading,
    pub(super) entry: &'p Entry,
}

impl Place<'_> {
    /// Whether it is meant.
    pub(super) fn meant(&self) -> bool {
        self.stands_alone() && self.plausible() && self.triggered() && !self.innocent() && !self.encoded()
    }

    fn writing(&self) -> &Writing {
        &self.reading.writing
    }

    fn first(&self) -> Option<&Cell> {
        self.tape.get(self.start)
    }

    // --- its ends

    /// Whether it begins and ends where its shape lets it.
    fn stands_alone(&self) -> bool {
        let joined = matches!(self.entry.shape, Shape::Anywhere | Shape::Ending);
        let begins = joined || !self.tape.had(self.start, is::LETTER | is::DIGIT) || self.prefixed();
        let long = self.entry.length >= 4 && self.writing().digits == 0;
        let more = if long { is::LETTER } else { is::LETTER | is::DIGIT };
        let anywhere =
            self.entry.shape == Shape::Anywhere && self.writing().wild == 0 && self.writing().splits == 0;
        let ends = anywhere || !self.tape.has(self.reading.end, more);
        begins && ends && (joined || !self.spelt_on())
    }

    /// Whether a word stands before it, without a space, that swear words are joined to: `stupid`, `your`.
    fn prefixed(&self) -> bool {
        let from = self.start.saturating_sub(BEHIND);
        let cells = self.tape.cells().get(from..self.start).unwrap_or_default();
        let letters = cells.iter().rev().take_while(|cell| cell.is(is::LETTER | is::DIGIT)).count();
        if !(1..=LONGEST_PREFIX).contains(&letters) {
            return false;
        }
        let prefix: String = cells.iter().skip(cells.len() - letters).map(|cell| cell.raw).collect();
        self.words.prefixes.contains(prefix.as_str())
    }

    /// Whether the letters that are set apart go on before or after it.
    fn spelt_on(&self) -> bool {
        let Some(between) = self.writing().spaced else { return false };
        let same = |cell: Option<&Cell>| cell.is_some_and(|cell| cell.raw == between);
        let alone = |start: usize| {
            start >= 2
                && same(self.tape.before(start))
                && self.tape.had(start - 1, is::LETTER)
                && !self.tape.had(start - 2, is::LETTER)
        };
        // `a` and `I` are words of their own, unless what is before them is set apart too.
        let word = self
            .start
            .checked_sub(2)
            .and_then(|at| self.tape.get(at))
            .is_some_and(|cell| matches!(cell.raw, 'a' | 'i' | 'u' | 'o' | 'y' | 'e'));
        let before = alone(self.start) && (!word || alone(self.start - 2));
        before || same(self.tape.get(self.reading.end)) && self.single(self.reading.end + 1)
    }

    /// Whether a letter alone stands at `index`.
    fn single(&self, index: usize) -> bool {
        self.tape.has(index, is::LETTER) && !self.tape.has(index + 1, is::LETTER)
    }

    // --- how it is written

    /// Whether so much disguise still shows the word.
    fn plausible(&self) -> bool {
        let writing = self.writing();
        let (length, read) = (self.entry.length, writing.digits + writing.signs);
        let script = self.in_script();
        let shown = usize::from(writing.real) * 2 >= length || self.all_signs();
        let split = writing.splits == 0
            || length >= 4 && !self.entry.phrase && !self.tape.had(self.start, is::LETTER | is::DIGIT);
        let short = length > 3 || self.short_is_clear();
        let stretched = writing.stretch == 0 || writing.run >= 2 || length > 3 && self.bold();
        let read = read == 0 || self.read_is_clear();
        let swapped = writing.swapped == 0 || self.bold();
        script
            && swapped
            && (shown || self.masked_ends())
            && split
            && short
            && stretched
            && read
            && self.mask_is_clear()
    }

    /// Whether it is a word that goes with others, which no spelling of an innocent one resembles.
    fn bold(&self) -> bool {
        let joins = matches!(self.entry.shape, Shape::Anywhere | Shape::Ending | Shape::Compound);
        joins && self.entry.kind > Kind::Mild
    }

    /// Whether it is written in the word's own script, at least in part.
    fn in_script(&self) -> bool {
        let writing = self.writing();
        let needed = if self.entry.length <= 3 { 2 } else { 1 };
        if self.entry.cyrillic {
            return writing.foreign >= needed;
        }
        let plain = writing.real.saturating_sub(writing.foreign + writing.look + writing.marked);
        writing.foreign == 0 || plain >= needed || writing.look > needed
    }

    /// Short words are codes and abbreviations as often: `A55`, `F.A.G.`, `s*x`.
    fn short_is_clear(&self) -> bool {
        let writing = self.writing();
        let digits = writing.digits == 0
            || writing.digits == 1
                && writing.capitals == 0
                && !self.tape.has(self.reading.end - 1, is::DIGIT);
        let begins = writing.digits == 0 || !self.tape.has(self.start, is::DIGIT);
        let spaced = writing.spaced.is_none() || writing.capitals + writing.digits + writing.signs == 0;
        let wild = writing.wild == 0
            || writing.wild == 1
                && matches!(writing.mask, Some('*' | '#'))
                && !writing.open
                && !self.same_ends();
        digits && begins && spaced && wild
    }

    /// Whether it is `@$$`.
    fn all_signs(&self) -> bool {
        let cells = self.tape.cells().get(self.start..self.reading.end).unwrap_or_default();
        self.entry.length == 3 && cells.iter().map(|cell| cell.raw).eq("@$$".chars())
    }

    /// Whether its first and last characters are the same, as in the product `t*t`.
    fn same_ends(&self) -> bool {
        let last = self.tape.before(self.reading.end);
        self.first().zip(last).is_some_and(|(first, last)| first.raw == last.raw)
    }

    /// Digits and signs at the ends are more often digits and signs.
    fn read_is_clear(&self) -> bool {
        let Some(first) = self.first() else { return false };
        let last = self.tape.get(self.reading.end - 1);
        let opens = first.is(is::LETTER | is::DIGIT) || matches!(first.raw, '$' | '@');
        let closes = last.is_some_and(|last| !matches!(last.raw, '!' | '|' | '.'));
        let glued = first.raw == '@'
            && self.tape.before(self.start).is_some_and(|cell| matches!(cell.raw, '.' | '-' | '_'));
        let money = last.is_some_and(|last| last.raw == '$')
            && self.tape.has(self.reading.end, is::DIGIT | is::LETTER);
        opens && closes && !glued && !money && (self.writing().real > 0 || self.all_signs())
    }

    /// A row of masks between the word's own first and last letter, as in `f**k`.
    fn masked_ends(&self) -> bool {
        let writing = self.writing();
        writing.wild > 1 && (writing.real >= 2 || writing.open)
    }

    /// Whether masks, where there are any, are masks and not markup, arithmetic or blanks.
    fn mask_is_clear(&self) -> bool {
        let writing = self.writing();
        let Some(mask) = writing.mask else { return true };
        let light = matches!(mask, '-' | '_')
            && writing.wild == 1
            && (writing.consonant || writing.digits + writing.signs > 0);
        if writing.splits > 0 || self.entry.phrase || writing.stretch > 0 || light {
            return false;
        }
        let same = |cell: Option<&Cell>| cell.is_some_and(|cell| cell.raw == mask);
        if same(self.tape.before(self.start)) || same(self.tape.get(self.reading.end)) {
            return false;
        }
        let heavy = is_heavy(mask);
        let kind = match writing.wild {
            1 => self.entry.length >= 4 || heavy,
            _ => heavy && self.entry.length >= 4 && self.entry.trigger != Trigger::Hidden,
        };
        let bare = !writing.open || heavy && mask != '-' && mask != '_' && self.open_is_clear();
        kind && bare && !self.in_arithmetic()
    }

    /// A mask at the end: `shi*`, and `f***` where no mark-up is open.
    fn open_is_clear(&self) -> bool {
        let writing = self.writing();
        if writing.wild == 1 {
            return writing.real >= 3;
        }
        let from = self.start.saturating_sub(BEHIND);
        let marked = self
            .tape
            .cells()
            .get(from..self.start)
            .is_some_and(|cells| cells.iter().any(|cell| cell.raw == '*'));
        writing.real == 1 && self.entry.shape == Shape::Anywhere && !marked && self.entry.length == 4
    }

    /// Whether an operator, a bracket or a digit stands next to it, as next to `a**b` in a program.
    fn in_arithmetic(&self) -> bool {
        let sums = |cell: Option<&Cell>| {
            cell.is_some_and(|cell| {
                matches!(cell.raw, '=' | '+' | '/' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')')
                    || cell.is(is::DIGIT)
            })
        };
        let skip = |cell: Option<&Cell>| cell.is_some_and(|cell| cell.is(is::SPACE));
        let before = self.tape.before(self.start);
        let before = if skip(before) && self.start > 0 { self.tape.before(self.start - 1) } else { before };
        let after = self.tape.get(self.reading.end);
        let after = if skip(after) { self.tape.get(self.reading.end + 1) } else { after };
        (self.writing().wild > 1 || self.entry.length <= 3) && (sums(before) || sums(after))
    }

    /// Whether somebody took pains to hide it.
    fn disguised(&self) -> bool {
        let writing = self.writing();
        let mixed = if self.entry.cyrillic {
            usize::from(writing.foreign) < self.entry.length
        } else {
            writing.foreign > 0
        };
        let cases = writing.switches >= 2 && self.entry.length >= 3 && writing.capitals < writing.real;
        let spelt = writing.spaced.is_some() || writing.splits > 0 && self.entry.trigger != Trigger::Hidden;
        let accents = writing.marked > 0
            && self.entry.length >= 4
            && (self.bold() || self.entry.trigger == Trigger::Address);
        let written = writing.digits + writing.signs + writing.swapped + writing.wild + writing.look > 0
            || writing.veiled;
        let soft = writing.soft && self.entry.length <= 4;
        written || mixed || cases || spelt || accents || soft || writing.run >= 2
    }

    // --- what stands around it

    /// Whether it has what it takes.
    fn triggered(&self) -> bool {
        match self.entry.trigger {
            _ if self.in_company() => false,
            Trigger::Always => true,
            _ if self.disguised() => true,
            Trigger::Hidden => false,
            Trigger::Lower => !self.named(),
            Trigger::Native => !self.named() && !self.among_others(),
            Trigger::Address => !self.named() && !self.among_others() && self.addressed(),
        }
    }

    /// Whether it is written with one capital, as names are.
    fn named(&self) -> bool {
        self.writing().capitals == 1 && self.first().is_some_and(|first| first.is(is::UPPER))
    }

    /// Whether the word before it makes it an insult or a part of somebody.
    fn addressed(&self) -> bool {
        let earlier = self.earlier(3);
        let is =
            |at: usize, words: &[&str]| earlier.get(at).is_some_and(|word| words.contains(&word.as_str()));
        let article = is(0, &["a", "an"])
            && is(
                1,
                &["such", "what", "being", "are", "you're", "youre", "ur", "he's", "hes", "she's", "shes"],
            )
            || is(0, &["a", "an"])
                && is(1, &["me", "you", "him", "her"])
                && is(2, &["call", "called", "calling", "calls"]);
        article
            || self.prefixed()
            || earlier.first().is_some_and(|word| self.words.address.contains(word.as_str()))
    }

    /// Whether words of another language stand around it.
    fn among_others(&self) -> bool {
        let other = |word: &String| self.words.company.contains(word.as_str());
        self.earlier(2).iter().any(other) || self.later(2).iter().any(other)
    }

    /// Whether a word stands next to it with which it means something else.
    fn in_company(&self) -> bool {
        let word = self.spelling();
        let with = |other: &String| self.words.company.contains(format!("{word}/{other}").as_str());
        self.words.accompanied(&word) && (self.earlier(3).iter().any(with) || self.later(4).iter().any(with))
    }

    /// Its plain letters.
    fn spelling(&self) -> String {
        let cells = self.tape.cells().get(self.start..self.reading.end).unwrap_or_default();
        cells.iter().map(|cell| cell.raw).collect()
    }

    /// Up to `count` words before it, the nearest first.
    fn earlier(&self, count: usize) -> Vec<String> {
        let from = self.start.saturating_sub(BEHIND);
        let cells = self.tape.cells().get(from..self.start).unwrap_or_default();
        let mut found = Vec::new();
        for word in cells
            .rsplit(|cell| !cell.is(is::LETTER) && cell.raw != '\'')
            .filter(|word| !word.is_empty())
            .take(count)
        {
            found.push(word.iter().map(|cell| cell.raw).collect());
        }
        found
    }

    /// Up to `count` words after it, the nearest first.
    fn later(&self, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut word = String::new();
        for index in self.reading.end..self.reading.end + AHEAD {
            match self.tape.get(index) {
                Some(cell) if cell.is(is::LETTER) => word.push(cell.raw),
                Some(_) if word.is_empty() => {}
                _ => found.push(std::mem::take(&mut word)),
            }
            if found.len() == count {
                break;
            }
        }
        found
    }

    // --- what holds it

    /// Whether it is a part of a word that only happens to hold it.
    fn innocent(&self) -> bool {
        let writing = self.writing();
        let read = writing.digits + writing.signs + writing.swapped + writing.wild + writing.look > 0;
        if read || writing.spaced.is_some() {
            return false;
        }
        let mut from = self.start;
        while self.start - from < AHEAD && self.tape.had(from, is::LETTER) {
            from -= 1;
        }
        (from..=self.start).any(|from| self.innocent_from(from))
    }

    /// Whether an innocent word begins at cell `from` and ends no sooner than this one.
    fn innocent_from(&self, from: usize) -> bool {
        let mut node = self.words.forest.node(self.words.innocent);
        for index in from..self.reading.end + AHEAD {
            if node.entry != 0 && index >= self.reading.end {
                return true;
            }
            let Some(cell) = self.tape.get(index) else { return false };
            let letters = cell.letters & !CYRILLIC & !JOINT & node.children;
            let native = if cell.raw == 'v' { super::tape::bit('v') & letters } else { letters };
            let Some(lowest) = (native != 0).then(|| native & native.wrapping_neg()) else { return false };
            node = self.words.forest.node(node.child(lowest));
        }
        false
    }

    /// Whether it stands in encoded data: a long run of capitals, small letters and digits.
    fn encoded(&self) -> bool {
        let inside = |cell: &Cell| cell.raw.is_ascii_alphanumeric() || matches!(cell.raw, '+' | '/' | '=');
        let from = self.start.saturating_sub(BEHIND);
        let before = self.tape.cells().get(from..self.start).unwrap_or_default();
        let mut run: Vec<&Cell> = before.iter().rev().take_while(|cell| inside(cell)).collect();
        for index in self.start..self.reading.end + AHEAD {
            match self.tape.get(index) {
                Some(cell) if inside(cell) => run.push(cell),
                _ => break,
            }
        }
        let some = |flag| run.iter().filter(|cell| cell.is(flag)).count();
        let (letters, capitals, digits) = (some(is::LETTER), some(is::UPPER), some(is::DIGIT));
        run.len() >= ENCODED && digits >= 2 && capitals >= 2 && letters - capitals >= 2
    }
}
