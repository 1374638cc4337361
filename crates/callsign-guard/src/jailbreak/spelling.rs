//! What a character stands for however it is written: styled letters, look-alikes, accents, what cannot be seen.

/// What a character is to the reader of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Part of a word, in lower case and without an accent.
    Letter(char),
    /// The same, from a block made for show: full width, mathematical, circled.
    Styled(char),
    /// A word of its own: an ideograph, a kana, a syllable.
    Alone(char),
    /// Nothing that can be seen.
    Hidden,
    /// A mark on the letter before it.
    Accent,
    /// Between words.
    Space,
    /// Ends a line.
    Line,
    /// Punctuation or a picture.
    Mark,
}

/// Latin letters from U+00C0 on, without their accents.
const LATIN_1: &str = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty\
aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
/// Those from U+1EA0 on, which Vietnamese uses.
const LATIN_2: &str =
    "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy";
/// Small capitals, raised and Braille letters, each with the letter it shows.
const SMALL: &str = "ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpǫqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢzᵃaᵇbᶜcᵈdᵉeᶠfᵍgʰhⁱiʲjᵏkˡlᵐmⁿnᵒoᵖpʳrˢsᵗtᵘuᵛvʷwˣxʸyᶻz⠁a⠃b⠉c⠙d⠑e⠋f⠛g⠓h⠊i⠚j⠅k⠇l⠍m⠝n⠕o⠏p⠟q⠗r⠎s⠞t⠥u⠧v⠺w⠭x⠽y⠵z";
/// Letters of other alphabets that look like Latin ones.
const ALIKE: &str =
    "аaвbеeкkмmнhоoрpсcтtуyхxіiїiјjѕsһhԁdԛqԝwɡgαaβbεeηnιiκkνvοoρpτtυuχxωwγyσoզqցgհhոnսuօoѡwґrѵvɑaɩiӏlѳoƅb";

/// What `letter` is.
#[inline]
pub(super) fn sort(letter: char) -> Sort {
    match letter {
        'a'..='z' | '0'..='9' | '_' => Sort::Letter(letter),
        'A'..='Z' => Sort::Letter(letter.to_ascii_lowercase()),
        '\n' | '\r' => Sort::Line,
        ' ' | '\t' => Sort::Space,
        _ if letter.is_ascii() => Sort::Mark,
        _ => wide(letter),
    }
}

fn wide(letter: char) -> Sort {
    match u32::from(letter) {
        0x00AD | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF => {
            Sort::Hidden
        }
        0xE0000..=0xE01EF => Sort::Hidden,
        0x0300..=0x036F | 0x0483..=0x0489 | 0x064B..=0x065F | 0x0640 | 0x1AB0..=0x1AFF | 0x20D0..=0x20FF => {
            Sort::Accent
        }
        code @ 0x00C0..=0x017F => bare(LATIN_1, code - 0x00C0, letter),
        code @ 0x1EA0..=0x1EF9 => bare(LATIN_2, code - 0x1EA0, letter),
        // Dashes, quotation marks, bullets: the commonest of all that is not a letter.
        0x2010..=0x2027 | 0x2030..=0x203E => Sort::Mark,
        0x0900..=0x0DFF => Sort::Letter(letter),
        0x0E00..=0x0EFF
        | 0x3040..=0x30FA
        | 0x30FC..=0x30FF
        | 0x3400..=0x9FFF
        | 0xAC00..=0xD7AF
        | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFF => Sort::Alone(letter),
        code => styled(code).map_or_else(|| other(letter), Sort::Styled),
    }
}

/// The letter at `place` of a table that has `*` where there is none.
fn bare(table: &str, place: u32, letter: char) -> Sort {
    let found = usize::try_from(place).ok().and_then(|place| table.as_bytes().get(place));
    found
        .filter(|&&found| found != b'*')
        .map_or_else(|| other(letter), |&found| Sort::Letter(char::from(found)))
}

/// The plain letter or digit that one made for show stands for.
fn styled(code: u32) -> Option<char> {
    let (first, place) = match code {
        0xFF21..=0xFF3A => ('a', code - 0xFF21),
        0xFF41..=0xFF5A => ('a', code - 0xFF41),
        0xFF10..=0xFF19 => ('0', code - 0xFF10),
        0x1D400..=0x1D6A3 => ('a', (code - 0x1D400) % 26),
        0x1D7CE..=0x1D7FF => ('0', (code - 0x1D7CE) % 10),
        0x249C..=0x24B5 => ('a', code - 0x249C),
        0x24B6..=0x24E9 => ('a', (code - 0x24B6) % 26),
        0x1F110..=0x1F129 => ('a', code - 0x1F110),
        0x1F130..=0x1F149 => ('a', code - 0x1F130),
        0x1F150..=0x1F169 => ('a', code - 0x1F150),
        0x1F170..=0x1F189 => ('a', code - 0x1F170),
        0x1F1E6..=0x1F1FF => ('a', code - 0x1F1E6),
        0x1D00..=0x1DBF | 0x0262..=0x02E3 | 0x2071..=0x207F | 0xA730..=0xA731 | 0x01EB | 0x2800..=0x28FF => {
            return paired(SMALL, char::from_u32(code)?);
        }
        _ => return None,
    };
    char::from_u32(u32::from(first) + place)
}

fn other(letter: char) -> Sort {
    if letter.is_alphanumeric() {
        let mut lower = letter.to_lowercase();
        return Sort::Letter(lower.next().unwrap_or(letter));
    }
    match letter {
        '\u{85}' | '\u{2028}' | '\u{2029}' => Sort::Line,
        _ if letter.is_whitespace() => Sort::Space,
        _ => Sort::Mark,
    }
}

/// What stands behind `letter` in a table of pairs.
fn paired(table: &str, letter: char) -> Option<char> {
    let mut letters = table.chars();
    while let (Some(from), Some(to)) = (letters.next(), letters.next()) {
        if from == letter {
            return Some(to);
        }
    }
    None
}

/// The Latin letter that `letter` of another alphabet looks like.
pub(super) fn latin(letter: char) -> Option<char> {
    paired(ALIKE, letter)
}

/// What a digit or sign stands for where letters are written with them; two readings of those that have two.
pub(super) fn leet(letter: char, second: Reading) -> char {
    match (letter, second) {
        ('0', _) => 'o',
        ('1' | '!' | '|', Reading::First) => 'i',
        ('1' | '!' | '|', Reading::Second) => 'l',
        ('3' | '€', _) => 'e',
        ('4' | '@', _) => 'a',
        ('5' | '$', _) => 's',
        ('6' | '9', _) => 'g',
        ('7' | '+', _) => 't',
        ('8', _) => 'b',
        ('2', _) => 'z',
        _ => letter,
    }
}

/// Which reading of an ambiguous sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The commoner one.
    First,
    /// The other.
    Second,
}
