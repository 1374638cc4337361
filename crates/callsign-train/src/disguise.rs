//! Writes texts so that a filter would not read them: what the detector has to see through.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::dice::Dice;

/// A way to write a text.
pub(crate) type Way = fn(&str, &mut Dice) -> String;

/// Ways after which the text can still be read by eye.
pub(crate) const VISIBLE: [(&str, Way); 15] = [
    ("zero-width", zero_width),
    ("look-alikes", alike),
    ("full-width", full_width),
    ("mathematical", mathematical),
    ("leet", leet),
    ("spaced", spaced),
    ("dotted", dotted),
    ("cut", cut),
    ("accents", accents),
    ("case", case),
    ("typos", typos),
    ("split", split),
    ("circled", circled),
    ("no-spaces", no_spaces),
    ("underscores", underscores),
];

/// Ways after which it has to be decoded.
pub(crate) const CODED: [(&str, Way); 19] = [
    ("backwards", backwards),
    ("words-backwards", words_backwards),
    ("rot13", |text, _| turned(text, 13)),
    ("caesar", |text, dice| turned(text, [3, 1, 5, 7, 23][dice.below(5)])),
    ("atbash", atbash),
    ("base64", |text, _| STANDARD.encode(text)),
    ("base64-twice", |text, _| STANDARD.encode(STANDARD.encode(text))),
    ("base32", base32),
    ("hex", |text, _| numbers(text, "", |byte| format!("{byte:02x}"))),
    ("hex-spaced", |text, _| numbers(text, " ", |byte| format!("{byte:02x}"))),
    ("hex-escaped", |text, _| numbers(text, "", |byte| format!("\\x{byte:02x}"))),
    ("binary", |text, _| numbers(text, " ", |byte| format!("{byte:08b}"))),
    ("decimal", |text, _| numbers(text, " ", |byte| byte.to_string())),
    ("percent", |text, _| numbers(text, "", |byte| format!("%{byte:02X}"))),
    ("entities", |text, _| letters(text, |letter| format!("&#{};", u32::from(letter)))),
    ("unicode-escapes", |text, _| letters(text, |letter| format!("\\u{:04x}", u32::from(letter)))),
    ("morse", morse),
    ("pig-latin", pig_latin),
    ("tags", tags),
];

fn letters(text: &str, write: fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

fn numbers(text: &str, gap: &str, write: fn(u8) -> String) -> String {
    text.bytes().map(write).collect::<Vec<_>>().join(gap)
}

fn zero_width(text: &str, dice: &mut Dice) -> String {
    let unseen = ['\u{200B}', '\u{200C}', '\u{2060}', '\u{FEFF}', '\u{AD}', '\u{200D}'];
    let (one, often) = (unseen[dice.below(unseen.len())], 0.15 + dice.share() * 0.8);
    let mut told = String::new();
    for letter in text.chars() {
        told.push(letter);
        if letter.is_alphabetic() && dice.often(often) {
            told.push(one);
        }
    }
    told
}

fn swap(text: &str, dice: &mut Dice, often: f32, table: &[(char, char)]) -> String {
    let mut write = |letter: char| {
        let found = table.iter().find(|(from, _)| *from == letter).map(|(_, to)| *to);
        found.filter(|_| dice.often(often)).unwrap_or(letter)
    };
    text.chars().map(&mut write).collect()
}

fn alike(text: &str, dice: &mut Dice) -> String {
    let table = [
        ('a', 'а'),
        ('e', 'е'),
        ('o', 'о'),
        ('p', 'р'),
        ('c', 'с'),
        ('y', 'у'),
        ('x', 'х'),
        ('i', 'і'),
        ('s', 'ѕ'),
        ('j', 'ј'),
        ('h', 'һ'),
        ('d', 'ԁ'),
        ('n', 'ո'),
        ('u', 'υ'),
        ('v', 'ν'),
        ('A', 'А'),
        ('B', 'В'),
        ('E', 'Е'),
        ('I', 'І'),
        ('T', 'Т'),
    ];
    let often = 0.3 + dice.share() * 0.7;
    swap(text, dice, often, &table)
}

fn moved(text: &str, upper: u32, lower: u32) -> String {
    let write = |letter: char| match letter {
        'A'..='Z' => char::from_u32(upper + u32::from(letter) - 65).unwrap_or(letter),
        'a'..='z' => char::from_u32(lower + u32::from(letter) - 97).unwrap_or(letter),
        _ => letter,
    };
    text.chars().map(write).collect()
}

fn full_width(text: &str, _: &mut Dice) -> String {
    moved(text, 0xFF21, 0xFF41)
}

fn mathematical(text: &str, dice: &mut Dice) -> String {
    let first = [0x1D400, 0x1D468, 0x1D4D0, 0x1D5A0, 0x1D5D4, 0x1D670][dice.below(6)];
    moved(text, first, first + 26)
}

fn circled(text: &str, dice: &mut Dice) -> String {
    if dice.often(0.5) { moved(text, 0x24B6, 0x24D0) } else { moved(&text.to_uppercase(), 0x1F130, 0x1F130) }
}

fn leet(text: &str, dice: &mut Dice) -> String {
    let table = [
        ('o', '0'),
        ('i', '1'),
        ('e', '3'),
        ('a', '4'),
        ('s', '5'),
        ('t', '7'),
        ('b', '8'),
        ('g', '9'),
        ('l', '1'),
    ];
    let signs = [('a', '@'), ('s', '$'), ('i', '!'), ('e', '3'), ('o', '0'), ('t', '7')];
    let often = 0.5 + dice.share() * 0.5;
    if dice.often(0.6) {
        swap(&text.to_lowercase(), dice, often, &table)
    } else {
        swap(text, dice, often, &signs)
    }
}

fn with_gaps(text: &str, gap: &str, between: &str) -> String {
    let word = |word: &str| word.chars().map(String::from).collect::<Vec<_>>().join(gap);
    text.split_whitespace().map(word).collect::<Vec<_>>().join(between)
}

fn spaced(text: &str, dice: &mut Dice) -> String {
    with_gaps(text, " ", ["  ", "   ", " ", " / ", " | "][dice.below(5)])
}

fn dotted(text: &str, dice: &mut Dice) -> String {
    with_gaps(text, [".", "-", "_", "*", "~", "·"][dice.below(6)], " ")
}

fn cut(text: &str, dice: &mut Dice) -> String {
    let mark = ["-", ".", "*", "_", "/", "|"][dice.below(6)];
    let mut told = String::new();
    for word in text.split_whitespace() {
        let count = word.chars().count();
        let place = if count > 4 { 2 + dice.below(count - 3) } else { 0 };
        for (at, letter) in word.chars().enumerate() {
            told.push_str(if at > 0 && at == place { mark } else { "" });
            told.push(letter);
        }
        told.push(' ');
    }
    told
}

fn accents(text: &str, dice: &mut Dice) -> String {
    let heap = 1 + dice.below(5);
    let mut told = String::new();
    for letter in text.chars() {
        told.push(letter);
        if letter.is_alphabetic() {
            told.extend(
                (0..heap)
                    .filter_map(|_| char::from_u32(0x300 + u32::try_from(dice.below(0x6F)).unwrap_or(0))),
            );
        }
    }
    told
}

fn case(text: &str, dice: &mut Dice) -> String {
    let mut write = |letter: char| {
        if dice.often(0.5) { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
    };
    text.chars().map(&mut write).collect()
}

fn typos(text: &str, dice: &mut Dice) -> String {
    let mut words: Vec<Vec<char>> = text.split(' ').map(|word| word.chars().collect()).collect();
    for word in words.iter_mut().filter(|word| word.len() > 3) {
        if dice.often(0.55) {
            let place = 1 + dice.below(word.len() - 2);
            match dice.below(3) {
                0 => word.swap(place, place + 1),
                1 => drop(word.remove(place)),
                _ => word.insert(place, word[place]),
            }
        }
    }
    words.iter().map(|word| word.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn split(text: &str, dice: &mut Dice) -> String {
    let mut told = String::new();
    for word in text.split_whitespace() {
        let count = word.chars().count();
        let place = if count > 4 { 2 + dice.below(count - 3) } else { 0 };
        for (at, letter) in word.chars().enumerate() {
            told.push_str(if at > 0 && at == place { " " } else { "" });
            told.push(letter);
        }
        told.push(' ');
    }
    told
}

fn no_spaces(text: &str, _: &mut Dice) -> String {
    let word = |word: &str| {
        word.chars()
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().to_string() + &word[first.len_utf8()..])
    };
    text.split_whitespace().map(word).collect()
}

fn underscores(text: &str, dice: &mut Dice) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(["_", "-", "+", ".", "/"][dice.below(5)])
}

fn backwards(text: &str, _: &mut Dice) -> String {
    text.chars().rev().collect()
}

fn words_backwards(text: &str, _: &mut Dice) -> String {
    text.split(' ').map(|word| word.chars().rev().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn turned(text: &str, by: u8) -> String {
    let write = |letter: char| match letter {
        'A'..='Z' => char::from((letter as u8 - b'A' + by) % 26 + b'A'),
        'a'..='z' => char::from((letter as u8 - b'a' + by) % 26 + b'a'),
        _ => letter,
    };
    text.chars().map(write).collect()
}

fn atbash(text: &str, _: &mut Dice) -> String {
    let write = |letter: char| match letter {
        'A'..='Z' => char::from(b'Z' - (letter as u8 - b'A')),
        'a'..='z' => char::from(b'z' - (letter as u8 - b'a')),
        _ => letter,
    };
    text.chars().map(write).collect()
}

fn base32(text: &str, _: &mut Dice) -> String {
    let (mut told, mut held, mut filled) = (String::new(), 0_u32, 0);
    for byte in text.bytes().chain([0]) {
        (held, filled) = (held << 8 | u32::from(byte), filled + 8);
        while filled >= 5 {
            filled -= 5;
            told.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(held >> filled & 31) as usize]));
        }
    }
    told
}

fn morse(text: &str, _: &mut Dice) -> String {
    const SIGNS: &str = ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..";
    let signs: Vec<&str> = SIGNS.split(' ').collect();
    let mut told = String::new();
    for letter in text.to_lowercase().chars() {
        match letter {
            'a'..='z' => {
                let _infallible = write!(told, "{} ", signs[letter as usize - 97]);
            }
            ' ' => told.push_str("/ "),
            _ => {}
        }
    }
    told
}

fn pig_latin(text: &str, _: &mut Dice) -> String {
    let word = |word: &str| {
        let bare: String = word.chars().filter(char::is_ascii_alphabetic).collect();
        match bare.find(|letter: char| "aeiouAEIOU".contains(letter)) {
            None => bare,
            Some(0) => bare + "way",
            Some(place) => format!("{}{}ay", &bare[place..], bare[..place].to_lowercase()),
        }
    };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

fn tags(text: &str, _: &mut Dice) -> String {
    let write = |letter: char| char::from_u32(0xE0000 + u32::from(letter)).unwrap_or(letter);
    text.chars().filter(char::is_ascii).map(write).collect()
}
