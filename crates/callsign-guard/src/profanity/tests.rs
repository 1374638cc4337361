//! What is found through which disguise, and what is not.

use proptest::prelude::*;

use super::{Detector, label};
use crate::finding::{Category, Finding};

thread_local! {
    static DETECTOR: Detector = Detector::new();
}

fn find(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    DETECTOR.with(|detector| detector.find(text, &mut found));
    found
}

fn settled(text: &str) -> usize {
    DETECTOR.with(|detector| detector.settled(text))
}

/// What is found in `text`, as `kind:words`.
fn told(text: &str) -> Vec<String> {
    find(text)
        .into_iter()
        .map(|finding| format!("{}:{}", finding.kind, text.get(finding.span).unwrap()))
        .collect()
}

#[test]
fn findings_say_how_bad_a_word_is_and_where_it_stands() {
    let cases = [
        ("what the fuck is this", "strong:fuck"),
        ("you fucking idiot", "strong:fucking"),
        ("that motherfucker", "strong:motherfucker"),
        ("a nigger", "slur:nigger"),
        ("piss off", "mild:piss off"),
        ("a whole shitload of it", "strong:shitload"),
        ("Du Arschloch!", "strong:Arschloch"),
        ("¡hijo de puta!", "strong:hijo de puta"),
        ("что за хуйня", "strong:хуйня"),
        ("操你妈", "strong:操你妈"),
        ("f\u{200b}u\u{200b}c\u{200b}k you", "strong:f\u{200b}u\u{200b}c\u{200b}k"),
    ];
    for (text, expect) in cases {
        assert_eq!(told(text), [expect], "{text}");
    }
    assert!(find("fuck").iter().all(|finding| finding.category == Category::Profanity));
    assert_eq!(label("strong"), "****");
}

const DISGUISED: &[&str] = &[
    "f*ck",
    "f**k",
    "f#ck",
    "f@ck",
    "f***",
    "f*cking",
    "f u c k",
    "f.u.c.k",
    "f-u-c-k-i-n-g",
    "f_u_c_k",
    "fu.ck",
    "fuuuuck",
    "FuCk",
    "fvck",
    "phuck",
    "fcuk",
    "ｆｕｃｋ",
    "𝐟𝐮𝐜𝐤",
    "ⓕⓤⓒⓚ",
    "fu\u{200b}ck",
    "fu\u{ad}ck",
    "sh\u{2060}it",
    "ｓｈ１ｔ",
    "ｆ\u{200b}ｕ\u{200b}ｃ\u{200b}ｋ",
    "f\u{a0}u\u{a0}c\u{a0}k",
    "f–u–c–k",
    "𝗌𝗁𝟣𝗍",
    "f\u{308}u\u{308}ck",
    "fück",
    "sh1t",
    "$hit",
    "sh!t",
    "5hit",
    "bullsh1t",
    "s h i t",
    "sh!tty",
    "ѕһіт",
    "shіt",
    "a$$hole",
    "@sshole",
    "a**hole",
    "a55hole",
    "@$$",
    "b!tch",
    "b1tch",
    "bi+ch",
    "b*tch",
    "c0ck",
    "c*nt",
    "cuuuunt",
    "p*ssy",
    "pu55y",
    "s!ut",
    "wh0re",
    "n1gg3r",
    "n****r",
    "ni99er",
    "f4gg0t",
    "d1ckhead",
    "DiCk",
    "m0therf*cker",
    "youfuckingbitch",
    "stupidasshole",
    "p0rn",
    "s3x",
    "v4gina",
    "Arschl0ch",
    "F0tze",
    "m3rde",
    "put@in",
    "c4brón",
    "х*й",
    "бл@дь",
    "xуй",
    "п и з д а",
    "k u r w a",
    "chuj0wy",
    "0rospu",
    "б.л.я.д.ь",
];

#[test]
fn disguised_words_are_found() {
    for text in DISGUISED {
        assert!(!find(text).is_empty(), "{text}");
        assert!(!find(&format!("well, {text} then")).is_empty(), "well, {text} then");
    }
}

const INNOCENT: &[&str] = &[
    "Scunthorpe",
    "Penistone",
    "cockpit",
    "assassin",
    "Essex",
    "analysis",
    "shiitake",
    "Dickens",
    "cumulative",
    "therapist",
    "grape",
    "document",
    "Arsenal",
    "class",
    "bass",
    "titanic",
    "Hancock",
    "cocktail",
    "peacock",
    "shuttlecock",
    "Matsushita",
    "Lightwater",
    "Clitheroe",
    "homoptera",
    "Dick Cheney",
    "Cockburn",
    "Cockermouth",
    "Sussex",
    "Middlesex",
    "snigger",
    "niggardly",
    "Niger",
    "Nigeria",
    "pachinko",
    "パチンコ",
    "ファックスを送る",
    "妈妈的书",
    "我操作电脑",
    "질병신고",
    "3개년 계획",
    "колебаться",
    "ниже није",
    "saltwater",
    "Kloten ist eine Stadt",
    "das ist zu dick",
    "Die Pute ist fertig",
    "le concert",
    "Puteaux",
    "När kriget tog slut",
    "con carne",
    "tri puta dnevno",
    "een bellend telefoon",
    "Bremen und Assen",
    "Yamashita",
    "Takeshita",
    "shittim wood",
    "Wankel",
    "Fukuoka",
    "Phuket",
    "Cumbria",
    "vagina",
    "penis",
    "breast cancer",
    "sex education",
    "Homo sapiens",
    "spic and span",
    "a chink in the armour",
    "the great tit",
    "the cock crowed",
    "pussy willow",
    "Essex Cocker Spaniel",
    "hello",
    "shell",
    "assess",
    "class action",
    "A55 road",
    "the F.A.G. bearing",
    "x = f**k",
    "a**b",
    "**class a**",
    "s..t",
    "t*t",
    "#hashtag",
    "C L A S S",
    "a s s e t s",
    "Cum laude",
    "bob@ss.com",
    "S3X-2000",
    "aGVsbG8fuckd29ybGQxMjM0NTY3ODkwYWJjZGVm9Q2",
    "Fick",
    "fag end",
    "queer studies",
    "retarded growth",
    "MongoDB",
    "https://example.com/",
];

#[test]
fn words_that_hold_one_are_innocent() {
    for text in INNOCENT {
        assert_eq!(told(text), [""; 0], "{text}");
        let sentence = format!("I read of {text} in the paper.");
        assert_eq!(told(&sentence), [""; 0], "{sentence}");
    }
}

#[test]
fn ambiguous_words_need_words_that_make_them_plain() {
    let cases = [
        ("you dick", true),
        ("suck my cock", true),
        ("kiss my ass", true),
        ("you are such a prick", true),
        ("ask Dick about it", false),
        ("the ass brayed", false),
        ("so dick wie ein Buch", false),
        ("a retard in the engine", false),
        ("you retard", true),
        ("the bitch and her puppies", false),
        ("you bitch", true),
        ("mild bastard", true),
        ("the bastard son", false),
    ];
    for (text, expect) in cases {
        assert_eq!(!find(text).is_empty(), expect, "{text}");
    }
}

#[test]
fn prose_settles_to_its_last_word() {
    for (text, open) in [
        ("all is well ", ""),
        ("what the fu", "fu"),
        ("", ""),
        ("done.", ""),
        ("f u c", "f u c"),
        ("Scunt", "cunt"),
    ] {
        assert_eq!(text.get(settled(text)..), Some(open), "{text}");
    }
}

#[test]
fn at_most_some_cells_stay_open() {
    for text in [
        "f*".repeat(200),
        "f u ".repeat(100),
        "a".repeat(500),
        "f\u{200b}".repeat(300),
        "\u{200b}".repeat(5000),
    ] {
        let open = text.get(settled(&text)..).unwrap().chars().count();
        assert!(open <= 64 * 18, "{open} characters of {text:.20}");
    }
}

/// Texts full of what words are disguised with.
fn disguises() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "fuck", "shit", "ass", "cunt", "f", "u", "c", "k", "s", "h", "i", "t", "a", "*", "**", "#", ".", "-",
        "_", " ", "  ", "\n", "1", "!", "@", "$", "\u{200b}", "\u{ad}", "\u{301}", "\u{fe0f}", "е", "с",
        "хуй", "б", "л", "ss", "hole", "er", "ing", "Scun", "thorpe", "you ", "my ", "dick", "cock", "bitch",
        "puppies", "'", "ß", "ﬁ", "ｕ", "操", "你妈", "妈的", "씨발", "é", "encul", "of a ", "son ", "wh",
        "ore", "0", "Dick", "Cheney", "puta ", "tri ", "x", "=",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

/// The findings of `text` that begin before byte `end`.
fn before(text: &str, end: usize) -> Vec<Finding> {
    find(text).into_iter().filter(|finding| finding.span.start < end).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_settled_stays(text in disguises(), at in any::<prop::sample::Index>()) {
        let cuts: Vec<usize> = (0..=text.len()).filter(|&cut| text.is_char_boundary(cut)).collect();
        let prefix = text.get(..cuts[at.index(cuts.len())]).unwrap();
        let settled = settled(prefix);
        prop_assert!(prefix.is_char_boundary(settled));
        prop_assert_eq!(before(prefix, settled), before(&text, settled));
    }

    #[test]
    fn spans_are_parts_of_any_text_in_order(text in prop_oneof![any::<String>(), disguises()]) {
        let mut end = 0;
        for finding in find(&text) {
            prop_assert!(finding.span.start >= end && finding.span.end > finding.span.start);
            prop_assert!(text.get(finding.span.clone()).is_some());
            end = finding.span.end;
        }
    }

    #[test]
    fn a_strong_word_is_found_in_any_disguise(
        word in prop::sample::select(vec!["fuck", "shit", "cunt", "bitch", "asshole", "nigger", "faggot", "motherfucker", "bullshit", "whore"]),
        disguise in 0..6_usize,
        place in any::<prop::sample::Index>(),
    ) {
        let at = 1 + place.index(word.len() - 1);
        let (head, tail) = word.split_at(at);
        let text = match disguise {
            0 => word.chars().map(String::from).collect::<Vec<_>>().join(" "),
            1 => word.chars().map(String::from).collect::<Vec<_>>().join("."),
            2 => format!("{head}\u{200b}{tail}"),
            3 => format!("{head}{}{tail}", head.chars().last().unwrap().to_string().repeat(3)),
            4 => word.replace('u', "ü").replace('i', "1").replace('o', "0").replace('e', "3"),
            _ => word.chars().enumerate().map(|(at, c)| if at % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect(),
        };
        prop_assert!(!find(&text).is_empty(), "{}", text);
    }
}

/// Texts that are all beginnings of words: letters told again, signs that stand for several letters, masks.
const HOSTILE: [&str; 22] = [
    "1!", "1 ", "+1", "s$", "@s$", "c*", "f*", "f.", "a@", "-a", "a_", "@", "u", "A", "é", "f\u{301}", "1–",
    "1!|il", "n****r ", "f**k ", "shitass", "a-s-",
];

/// Letters and signs in no order, the same in every run.
fn jumbled(letters: &str, length: usize) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let mut seed = 88_172_645_463_325_252_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        letters[usize::try_from(seed >> 20).unwrap_or_default() % letters.len()]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn hostile_texts_take_a_bounded_number_of_steps() {
    let repeated = HOSTILE.iter().map(|piece| piece.repeat(12_000 / piece.len()));
    let mixed = ["1!", "s$", "c*", "@$!1as", "c*u*n*t", "sh1!t*", "as$5@4", "1i!l|", "!@$%&*#1aefcku", "хуy"];
    for text in repeated.chain(mixed.map(|letters| jumbled(letters, 12_000))) {
        let (mut walker, mut found) = (super::walk::Walker::default(), Vec::new());
        DETECTOR.with(|detector| detector.find_by(&mut walker, &text, &mut found));
        let (begin, each) = (text.chars().take(12).collect::<String>(), walker.steps / text.len());
        assert!(each <= 100, "{each} steps for a byte of {begin:?}…");
    }
}

#[test]
fn a_word_is_found_beside_whatever_is_hard_to_read() {
    for hard in HOSTILE {
        let text = format!("{} fuck {}", hard.repeat(60), hard.repeat(60));
        let mut found = Vec::new();
        DETECTOR.with(|detector| detector.find(&text, &mut found));
        let place = text.find(" fuck ").unwrap() + 1;
        let covers = |finding: &Finding| finding.span.start <= place && finding.span.end >= place + 4;
        assert!(found.iter().any(covers), "beside {hard:?}");
    }
    for text in
        ["fffffffffffffffffffffffffffffffffffffffffffffffffuck", "$$$$$$$$hit", "fuuuuuuuuuuuuuuuuuuuuuuck"]
    {
        let mut found = Vec::new();
        DETECTOR.with(|detector| detector.find(text, &mut found));
        assert_eq!(found.len(), 1, "{text}");
    }
}

#[test]
fn no_prefix_of_the_list_is_too_long_to_be_seen() {
    let fits = |prefix: &&str| prefix.chars().count() <= super::judge::LONGEST_PREFIX;
    DETECTOR.with(|detector| assert!(detector.words.prefixes.iter().all(fits)));
}
