//! Whether a value looks like a secret, like a stand-in for one, or like something else altogether.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::alphabet::{ALNUM, HEX, URL, holds};

/// What stands where a secret should be; sought in whatever case.
const STAND_INS: [&str; 34] = [
    "example",
    "placeholder",
    "redacted",
    "changeme",
    "change-me",
    "change_me",
    "changeit",
    "your-",
    "your_",
    "yourp",
    "yours",
    "yourt",
    "yourk",
    "youra",
    "insert",
    "replace",
    "xxxx",
    "****",
    "....",
    "dummy",
    "sample",
    "foobar",
    "${",
    "{{",
    "}}",
    "$(",
    "%{",
    "<%",
    "not-a-real",
    "notareal",
    "hidden",
    "undefined",
    "removed",
    "masked",
];

/// As `STAND_INS`, but so short that they occur by chance: they count as whole words only.
const SHORT_STAND_INS: [&str; 6] = ["your", "fake", "todo", "mock", "here", "null"];

/// Passwords that every tutorial has, and words that stand where a password would.
const COMMON: [&str; 56] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "mysecret",
    "mypassword",
    "my-password",
    "my_password",
    "mypass",
    "p@ssw0rd",
    "p@ssword",
    "passw0rd",
    "password1",
    "password123",
    "pass123",
    "secret123",
    "user",
    "username",
    "admin",
    "root",
    "guest",
    "test",
    "testing",
    "test123",
    "demo",
    "default",
    "string",
    "text",
    "required",
    "optional",
    "none",
    "null",
    "nil",
    "true",
    "false",
    "empty",
    "token",
    "apikey",
    "api_key",
    "key",
    "value",
    "postgres",
    "mysql",
    "mongo",
    "mongodb",
    "redis",
    "rabbitmq",
    "minioadmin",
    "changeme",
    "letmein",
    "qwerty",
    "foo",
    "bar",
    "baz",
    "unknown",
];

/// What is spelt with a number although it is a word.
const TERMS: [&str; 30] = [
    "sha", "md", "base", "utf", "bcrypt", "argon", "scram", "pbkdf", "aes", "rsa", "hmac", "ed", "oauth",
    "http", "v", "ver", "version", "step", "rfc", "x", "h", "ipv", "p", "k", "s", "gpt", "int", "uint",
    "iso", "hs",
];

/// Keys that the documentation of their makers shows, by how they begin.
const DOCUMENTED: [&str; 10] = [
    "wJalrXUtnFEMI/K7MDENG",
    "je7MtGbClwBF/2Zp9Utk",
    "SflKxwRJSMeKKF2QT4fw",
    "Eby8vdM02xNOcqFlqUwJ",
    "C2y6yDjf5/R+ob0N8A7C",
    "QWxhZGRpbjpvcGVuIHNl",
    "dXNlcm5hbWU6cGFzc3dv",
    "dXNlcjpwYXNzd29yZA==",
    "4eC39HqLyjWDarjtT1zd",
    "Y34FZKBOKMUTVV7A",
];

/// Finds `STAND_INS` and `DOCUMENTED` in one pass each: a long value is judged at each name that stands in it.
static KNOWN: LazyLock<[AhoCorasick; 2]> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "fails only for more words than an index can tell apart")]
    let finder = |words: &[&str]| AhoCorasick::new(words).expect("the words are few and short");
    [finder(&STAND_INS), finder(&DOCUMENTED)]
});

/// How many of a value's bytes are of which sort.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) digit: usize,
    pub(super) other: usize,
}

/// Shannon's entropy, in bits a byte.
pub(super) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0_u16; 256];
    for &byte in value {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count = count.saturating_add(1);
        }
    }
    let length = f32::from(u16::try_from(value.len()).unwrap_or(u16::MAX));
    let shares = counts.iter().filter(|&&count| count > 0).map(|&count| f32::from(count) / length);
    -shares.map(|share| share * share.log2()).sum::<f32>()
}

/// Whether `value` is there to be replaced: a word such as `example`, a template, asterisks, the alphabet.
pub(super) fn is_stand_in(value: &[u8]) -> bool {
    let [stand_ins, documented] = &*KNOWN;
    let lower = value.to_ascii_lowercase();
    stand_ins.is_match(&lower)
        || lower.split(|byte| !byte.is_ascii_alphanumeric()).any(is_short_stand_in)
        || documented.is_match(value)
        || is_monotone(value)
}

fn is_short_stand_in(part: &[u8]) -> bool {
    SHORT_STAND_INS.iter().any(|word| word.as_bytes() == part)
}

/// Whether `value`, in whatever case, is a password that stands in every tutorial.
pub(super) fn is_common(value: &[u8]) -> bool {
    COMMON.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(value))
}

/// Whether `part` stands in `whole`.
pub(super) fn contains(whole: &[u8], part: &[u8]) -> bool {
    part.is_empty() || memchr::memmem::find(whole, part).is_some()
}

/// Whether a key's `body`, of a shape that its prefix has told already, is one and no stand-in.
pub(super) fn is_key_body(body: &[u8]) -> bool {
    let least = if body.len() < 12 { 1.5 } else { 2.5 };
    entropy(body) >= least && !is_stand_in(body)
}

/// Whether `value` looks like a token that a machine made, told by nothing but itself: long enough, mixed, no words.
pub(super) fn is_random(value: &[u8]) -> bool {
    let tally = Tally::of(value);
    let hex = value.iter().all(|&byte| holds(HEX, byte));
    let least = if hex { 2.6 } else { 3.0 };
    let mixed = tally.digit > 0 && tally.lower + tally.upper > 0 || is_scrambled(value, tally);
    value.len() >= 14 && mixed && entropy(value) >= least && !is_wordy(value) && !is_stand_in(value)
}

/// Whether `value` may be somebody's password, given that something says it is one.
pub(super) fn is_password(value: &[u8]) -> bool {
    let tally = Tally::of(value);
    let sorts =
        [tally.lower, tally.upper, tally.digit, tally.other].iter().filter(|&&count| count > 0).count();
    let digits_only = tally.digit == value.len();
    let enough = sorts >= 3
        || (sorts == 2 && (tally.digit > 0 || is_punctuated(value)) && !is_wordy(value))
        || (digits_only && value.len() >= 8)
        || is_scrambled(value, tally);
    value.len() >= 6 && enough && !is_common(value) && !is_stand_in(value) && !is_term(value)
}

/// Whether `value` holds a byte that names and paths do not.
fn is_punctuated(value: &[u8]) -> bool {
    value.iter().any(|&byte| byte.is_ascii_punctuation() && !b"_-./:".contains(&byte))
}

/// Whether `value` is a name with a number, such as `hunter2`: no secret unless something says so.
pub(super) fn is_numbered_word(value: &[u8]) -> bool {
    let letters = value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let digits = value.iter().skip(letters).take_while(|byte| byte.is_ascii_digit()).count();
    letters >= 3 && digits >= 1 && letters + digits == value.len() && !is_term(value)
}

/// Whether `value` is made of words, versions and dates, as names, paths and messages are.
pub(super) fn is_wordy(value: &[u8]) -> bool {
    value.split(|byte| !byte.is_ascii_alphanumeric()).all(is_wordy_part)
}

/// Whether `value` is what a password was turned into by one of the ways of keeping it: `$2b$12$…`, `{SSHA}…`.
pub(super) fn is_crypt(value: &[u8]) -> bool {
    const WAYS: [&str; 14] = [
        "$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "$y$", "$argon2", "$scrypt", "$pbkdf2", "pbkdf2", "{S",
        "scrypt:", "ENC[",
    ];
    WAYS.iter().any(|way| value.starts_with(way.as_bytes()))
}

/// Whether `value` has the shape 8-4-4-4-12 of a UUID.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    let lengths = value.split(|&byte| byte == b'-').map(<[u8]>::len);
    lengths.eq([8, 4, 4, 4, 12]) && value.iter().all(|&byte| byte == b'-' || holds(HEX, byte))
}

/// Letters and then digits, or the other way round, or one within the other, once; in one case or with a capital.
fn is_wordy_part(part: &[u8]) -> bool {
    if part.iter().all(u8::is_ascii_alphabetic) {
        return is_pronounced(part);
    }
    let changes =
        part.windows(2).filter(|pair| matches!(pair, [a, b] if a.is_ascii_digit() != b.is_ascii_digit()));
    let letters: Vec<u8> = part.iter().copied().filter(u8::is_ascii_alphabetic).collect();
    let digits = part.len() - letters.len();
    let dated = letters.is_empty() && part.len() <= 14;
    dated || (changes.count() <= 1 && digits <= 4 && is_pronounced(&letters))
}

/// Whether `letters` may be words of a language, run together as in `camelCase` perhaps.
fn is_pronounced(letters: &[u8]) -> bool {
    if letters.len() <= 3 {
        return true;
    }
    let vowels = letters.iter().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
    let longest = letters.split(|byte| b"aeiouyAEIOUY".contains(byte)).map(<[u8]>::len).max().unwrap_or(0);
    let capitals = letters.windows(2).filter(|pair| matches!(pair, [a, b] if is_turn(*a, *b))).count();
    vowels * 6 >= letters.len() && longest <= 4 && capitals * 5 <= letters.len()
}

/// From a small letter to a capital.
fn is_turn(one: u8, next: u8) -> bool {
    one.is_ascii_lowercase() && next.is_ascii_uppercase()
}

/// Letters of both cases mixed as no `camelCase` is.
fn is_scrambled(value: &[u8], tally: Tally) -> bool {
    let turns = value.windows(2).filter(|pair| {
        matches!(pair, [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic()
            && a.is_ascii_lowercase() != b.is_ascii_lowercase())
    });
    let least = if value.len() < 16 { 38 } else { 33 };
    value.len() >= 10 && tally.lower >= 3 && tally.upper >= 3 && turns.count() * 100 >= value.len() * least
}

/// A technical term with its number: `sha256`, `base64-encoded`, `v1`.
fn is_term(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let letters = lower.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (head, tail) = lower.split_at_checked(letters).unwrap_or_default();
    let numbered = tail.first().is_some_and(|&byte| byte.is_ascii_digit() || byte == b'-');
    numbered
        && value.iter().all(|&byte| holds(URL, byte))
        && TERMS.iter().any(|term| term.as_bytes() == head)
        && is_wordy(value)
}

/// Few different bytes, or mostly ones that follow each other as in `12345678`.
fn is_monotone(value: &[u8]) -> bool {
    let mut seen = 0_u128;
    for &byte in value {
        seen |= 1_u128.checked_shl(u32::from(byte)).unwrap_or(1);
    }
    let steps = value.windows(2).filter(|pair| matches!(pair, [a, b] if a.abs_diff(*b) <= 1)).count();
    seen.count_ones() <= 3 || (value.len() >= 6 && steps * 2 >= value.len())
}

/// Whether bare `value` is an expression of a program, a path, an address or a setting rather than a secret.
pub(super) fn is_expression(value: &[u8]) -> bool {
    let Some(&first) = value.first() else { return true };
    let calls = value.iter().position(|&byte| byte == b'(' || byte == b'[');
    let called = calls.is_some_and(|at| at > 0 && value.get(..at).is_some_and(is_callee));
    let dotted = value.contains(&b'.')
        && value.iter().all(|&byte| holds(URL, byte) || byte == b'.')
        && is_wordy(value);
    let sigil = matches!(first, b'$' | b'%' | b'{' | b'[' | b'(' | b'<' | b'/' | b'|' | b'&')
        || value.starts_with(b"./");
    called
        || dotted
        || is_number(value)
        || contains(value, b"::")
        || (sigil && is_plain_after(value))
        || is_address(value)
        || is_file(value)
}

fn is_callee(value: &[u8]) -> bool {
    value.iter().all(|&byte| is_path_byte(byte))
        || (is_wordy(value) && value.iter().all(|&byte| holds(URL, byte) || byte == b'.'))
}

/// A number of a program, with the letters that tell its type perhaps.
fn is_number(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"-").unwrap_or(value);
    let digits =
        value.iter().take_while(|&&byte| byte.is_ascii_digit() || byte == b'_' || byte == b'.').count();
    let suffix = value.get(digits..).unwrap_or_default();
    let known: [&[u8]; 14] = [
        b"", b"u8", b"u16", b"u32", b"u64", b"usize", b"i8", b"i16", b"i32", b"i64", b"f32", b"f64", b"L",
        b"UL",
    ];
    digits > 0 && known.contains(&suffix)
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b':' | b'-' | b'>' | b'!' | b'&' | b'$')
}

/// What follows a sigil is a name: `$DB_PASSWORD`, `%PASSWORD%`, `/run/secrets/db`.
fn is_plain_after(value: &[u8]) -> bool {
    let inner = value.iter().skip(1).filter(|&&byte| holds(ALNUM, byte)).copied().collect::<Vec<_>>();
    let plain = |byte: &u8| holds(URL, *byte) || b"./{}[]()%$<>: |&".contains(byte);
    value.iter().all(plain)
        && (value.first() == Some(&b'{') || is_wordy(value) || !inner.iter().any(u8::is_ascii_digit))
}

fn is_address(value: &[u8]) -> bool {
    contains(value, b"://")
        || ["arn:", "op://", "vault:", "ssm:", "env:", "file:", "projects/", "ref+", "urn:"]
            .iter()
            .any(|scheme| value.starts_with(scheme.as_bytes()))
}

fn is_file(value: &[u8]) -> bool {
    [
        ".pem", ".key", ".json", ".yaml", ".yml", ".txt", ".env", ".crt", ".toml", ".conf", ".html", ".js",
        ".py", ".ts",
    ]
    .iter()
    .any(|ending| value.ends_with(ending.as_bytes()))
}

// === impl Tally ===

impl Tally {
    pub(super) fn of(value: &[u8]) -> Self {
        let mut tally = Self::default();
        for byte in value {
            let count = match byte {
                b'a'..=b'z' => &mut tally.lower,
                b'A'..=b'Z' => &mut tally.upper,
                b'0'..=b'9' => &mut tally.digit,
                _ => &mut tally.other,
            };
            *count += 1;
        }
        tally
    }
}
