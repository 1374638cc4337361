//! People's names, where the words around them or a known given name make them sure.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::cues::Need;
use super::reader::{Reader, is_word};

/// Given names of some eighty languages that are no other word, one a line, in order of their bytes.
/// From the lists of the Python package Faker (MIT licence).
static GIVEN: &str = include_str!("person/given.txt");
/// Given names that are also words, places or surnames: they count only where the words before ask for a name.
static AMBIGUOUS: &str = include_str!("person/given_ambiguous.txt");

/// How many parts a name may have.
const PARTS: usize = 5;
/// The longest name.
const LONGEST: usize = 80;

/// After these a name follows, whatever it is.
const SURE: &[&str] = &[
    "my name is ", "my name's ", "name is ", "i am called ", "my full name is ", "mein name ist ", "ich heiße ", "ich heisse ",
    "je m'appelle ", "je m’appelle ", "mon nom est ", "me llamo ", "mi nombre es ", "mi chiamo ", "il mio nome è ", "meu nome é ",
    "me chamo ", "chamo-me ", "nazywam się ", "mam na imię ", "mijn naam is ", "ik heet ", "jag heter ", "mitt namn är ", "jeg heter ",
    "jeg hedder ", "nimeni on ", "jmenuji se ", "a nevem ", "mă numesc ", "numele meu este ", "benim adım ", "adım ", "меня зовут ",
    "мене звати ", "με λένε ", 
    "married to ", "signed by ", "written by ", "reported by ", "born to ", "née ",
    "on behalf of ", "patient named ", "employee named ", "customer named ", "person named ", "man named ", "woman named ",
    "known as ", "correct it to ", "kind regards,\n", "best regards,\n", "regards,\n",
    "sincerely,\n", "yours truly,\n", "yours faithfully,\n", "cheers,\n", "thanks,\n", "thank you,\n", "best,\n", "best wishes,\n",
    "grüßen,\n", "grüßen\n", "cordialement,\n", "saludos,\n", "atentamente,\n", "grandfather was called ", "grandmother was called ",
    "named after ", "my friend ", "my wife ", "my husband ", "my brother ", "my sister ", "my son ", "my daughter ",
    "my boss ", "my colleague ", "my manager ", "my doctor ", "my mother ", "my father ",
];
/// After these a name is likely: it counts if it begins with any given name.
const LIKELY: &[&str] = &[
    "im ", "with ", "from ", "by ", "to ", "for ", "met ", "call ", "called ", "contact ", "ask ", "email ", "emailed ",
    "tell ", "told ", "thanks ", "hi ", "hello ", "hey ", "hola ", "bonjour ", "hallo ", "ciao ", "and ", "cc ", "cc: ", "bcc: ",
    "here is ", "said ", "says ", "meet ", "invite ", "visited ", "knows ", "saw ", "assigned ", "hired ", "owner ", "employee ", "patient ",
    "customer ", "client ", "user ", "author ", "student ", "teacher ", "manager ", "agent ", "attorney ", "witness ", "defendant ",
];
/// After these a name of two parts follows, whatever it is, or a given name by itself.
const GREETINGS: &[&str] = &[
    "spoke with ", "spoke to ", "speak with ", "speak to ", "speaking with ", "speaking to ", "talked to ", "talked with ", "met with ",
    "interviewed ", "a meeting with ", "an appointment with ", "was called ", "i'm ", "i’m ", "i am ", "this is ", "chat with ", "chatted with ",
    "dear ", "lieber ", "liebe ", "cher ", "chère ", "chere ", "caro ", "cara ", "estimado ", "estimada ", "querido ", "querida ", "prezado ",
    "prezada ", "drogi ", "droga ", "szanowny ", "szanowna ", "beste ", "geachte ", "kära ", "käre ", "kære ", "hyvä ", "drahý ", "milý ",
    "уважаемый ", "уважаемая ", "дорогой ", "дорогая ", "sayın ", "dragă ", "αγαπητέ ", "αγαπητή ", "attn ", "attn: ", "attention: ",
];
/// What stands before a name on a form, with a colon or the like after it.
const LABELS: &[&str] = &[
    "name", "full name", "fullname", "first name", "firstname", "last name", "lastname", "surname", "given name", "family name", "middle name",
    "patient", "patient name", "customer", "customer name", "client", "client name", "contact", "contact person", "employee", "employee name",
    "cardholder", "cardholder name", "card holder", "account holder", "holder", "beneficiary", "recipient", "sender", "applicant", "signed",
    "signature", "author", "attendee", "guest", "passenger", "tenant", "owner", "doctor", "physician", "nurse", "student", "teacher",
    "nachname", "vorname", "vor und nachname", "nom", "prénom", "nom complet", "nombre", "apellido", "apellidos", "nombre completo", "nome",
    "cognome", "nome completo", "sobrenome", "imię", "nazwisko", "imię i nazwisko", "naam", "voornaam", "achternaam", "namn", "förnamn",
    "efternamn", "navn", "fornavn", "etternavn", "nimi", "jméno", "příjmení", "név", "nume", "prenume", "ad soyad", "имя", "фамилия", "фио",
    "όνομα", "ім я", "from", "to", "cc", "username name", "display name", "reported by", "assigned to", "assignee", "user name", "person",
    "billed to", "bill to", "ship to", "attn",
];
/// Titles: a name follows.
const TITLES: &[&str] = &[
    "Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Prof", "Professor", "Sir", "Dame", "Lord", "Lady", "Rev", "Herr", "Herrn", "Frau", "Fräulein",
    "Monsieur", "Madame", "Mademoiselle", "Mme", "Mlle", "Señor", "Señora", "Señorita", "Sr", "Sra", "Srta", "Don", "Doña", "Signor",
    "Signora", "Signorina", "Sig", "Dott", "Dottor", "Dottoressa", "Dra", "Senhor", "Senhora", "Pan", "Pani", "Dhr", "Mevrouw", "Mevr",
    "Fru", "Fröken", "Hr", "Univ", "Dipl", "Ing", "Mag", "Sir", "Dña", "Γ-ν", "Κος", "Κα", "Г-н", "Г-жа", "Др",
];
/// What stands between the parts of a name.
const PARTICLES: &[&str] = &[
    "de", "da", "das", "do", "dos", "del", "della", "dello", "di", "du", "van", "von", "vom", "zu", "zum", "zur", "der", "den", "ter", "ten",
    "la", "le", "las", "los", "el", "al", "bin", "ibn", "bint", "af", "av", "y", "e", "st", "abu", "ben", "des", "dal", "san",
];
/// Words with a capital that are part of no name: roles, organisations, places, works, days, small words.
const OTHERS: &str = " a about academy act after again agency agent agreement ai airlines airport all also am an analysis analytics and \
    announcement api app april are area army as ask assistant association at august avenue award bank bar battle be beach before best \
    bible board book boulevard branch bridge building bureau but by cafe call can care castle cathedral center centre chairman chapter \
    church city class clinic club code college colleague colleagues committee community company concerto conference congress constant \
    contact corp corporation council country county court creek cup customer customers data database day december department desk did \
    director district division do doe does drive editor effect election engine engineer english episode equation estate euros every \
    everybody everyone falls father february festival field file film finance first flight football for forest foundation four france friday friend friends \
    from fund gallery game garden gardens general german give global go google government governor group guest had hall has have he help \
    her here hi high hill hills his hospital hotel house how hr human i if in inc inn institute insurance international into is island \
    islands it its january java journal judge july june just king kingdom know lab labs lady lake language last law lawyer league legal let \
    library like limited list llc llp long ltd madam magazine management manager many map march market may me medal media meeting \
    member members memorial method microsoft might mine minister model monday more motors mount mountain museum music must my national \
    network new news next no north northern not november now number october of office officer oh ok old on one open or orchestra order \
    our out over palace park parliament part party peak people person place player please point police policy port post power prefecture \
    president press prime prince princess principal principle prize problem process product professor program project province \
    public queen question railway ranch range recipient record records region report republic request research resort restaurant \
    review ridge river road room route royal rule sales same saturday school science sea season second secretary section security senate \
    senior september series server service services she shop should show since sir sirs so society software some song south southern \
    square stadium staff standard star state states station still store street studio studios subscriber suite summer sunday support \
    supreme system team technologies technology temple terrace test thank thanks that the their them then theorem there these they this those \
    three thursday tickets time times to today tomorrow tournament tower town trail treaty trial tribune trust tuesday tv two uk \
    union united university until up us usa user users valley value very via video view village virus was water way we web \
    website wednesday week welcome well west western what when where which who why will winter with woods works world would writes wrote yes \
    yesterday you your zone said says asked told met went came saw also called lives works another others hiring valued resident \
    applicant candidate administrator admin reader readers parent parents student students teacher participant partner partners owner \
    client clients patient colleague sire diary god santa algorithm distribution inequality transform conjecture paradox syndrome disease \
    formula curve constant process field space function matrix series index score regression boson collider tesla unknown null none true \
    false anonymous guest n not root dear mr mrs ms miss dr herr frau ";

static OTHER_WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| OTHERS.split_ascii_whitespace().collect());

/// How sure the words before a place are that a name begins there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Asked,
    Greeted,
    Likely,
    Silent,
}

/// One part of a name.
struct Part {
    start: usize,
    end: usize,
}

/// A name: where it ends.
pub(super) fn person(reader: &Reader) -> Option<(usize, Need)> {
    let first = part(reader, reader.from())?;
    let word = reader.between(first.start, first.end);
    if is_title(word) {
        return titled(reader, &first).map(|end| (end, Need::Nothing));
    }
    if continues(reader) || is_other(word) {
        return None;
    }
    let known = is_given(word, GIVEN);
    let before = if known { Before::Likely } else { before(reader) };
    let doubtful = before == Before::Likely && !known && is_given(word, AMBIGUOUS);
    let wanted = known || doubtful || matches!(before, Before::Asked | Before::Greeted);
    let parts = if wanted { parts(reader, first) } else { return None };
    let end = parts.last().map(|part| part.end)?;
    let surname = parts.len() > 1;
    let enough = match before {
        _ if surname => true,
        Before::Silent | Before::Likely if known => matches!(self::before(reader), Before::Asked | Before::Greeted),
        Before::Greeted => is_given(word, AMBIGUOUS),
        Before::Asked => word.chars().count() > 2,
        _ => false,
    };
    enough.then_some((end, Need::Nothing))
}

/// A name in a script without capitals, where the words before ask for one: up to three words.
pub(super) fn without_capitals(reader: &Reader) -> Option<(usize, Need)> {
    if !matches!(before(reader), Before::Asked | Before::Greeted) {
        return None;
    }
    let (mut at, mut end) = (reader.from(), None);
    for _ in 0..4 {
        let stop = reader.word_end(at);
        let word = reader.between(at, stop);
        let scripted = !word.is_empty() && word.chars().all(|letter| is_word(letter) && !letter.is_ascii() && !letter.is_numeric());
        if !scripted || stop > reader.from() + LONGEST {
            break;
        }
        end = Some(stop);
        if reader.at(stop) != Some(b' ') {
            break;
        }
        at = stop + 1;
    }
    end.filter(|end| end - reader.from() > 3).map(|end| (end, Need::Nothing))
}

/// The name after a title, the title included.
fn titled(reader: &Reader, title: &Part) -> Option<usize> {
    let mut at = title.end;
    for _ in 0..3 {
        at += usize::from(reader.at(at) == Some(b'.'));
        at += usize::from(reader.at(at) == Some(b' '));
        let next = part(reader, at)?;
        if at == title.end {
            return None;
        }
        let word = reader.between(next.start, next.end);
        if !is_title(word) {
            return if is_other(word) || word.chars().count() < 2 { None } else { parts(reader, next).last().map(|part| part.end) };
        }
        at = next.end;
    }
    None
}

/// A word with a capital at `at`, hyphens and apostrophes inside allowed; or an initial with its dot.
fn part(reader: &Reader, at: usize) -> Option<Part> {
    if !reader.char_at(at)?.is_uppercase() {
        return None;
    }
    let (mut end, mut small, mut capitals) = (at, 0, 0);
    while let Some(next) = reader.char_at(end) {
        let joint = matches!(next, '-' | '\'' | '’' | 'ʼ') && reader.char_at(end + next.len_utf8()).is_some_and(char::is_alphabetic);
        if !next.is_alphabetic() && !joint || end > at + 40 {
            break;
        }
        small += usize::from(next.is_lowercase());
        capitals += usize::from(next.is_uppercase());
        end += next.len_utf8();
    }
    if matches!(reader.at(end), Some(b'0'..=b'9' | b'_' | b'@')) {
        return None;
    }
    let initial = capitals == 1 && small == 0;
    if initial {
        return (reader.at(end) == Some(b'.')).then_some(Part { start: at, end: end + 1 });
    }
    (small > 0 && capitals <= 4).then_some(Part { start: at, end })
}

/// The parts of a name, the first one known: words with capitals, initials, particles before one of these.
fn parts(reader: &Reader, first: Part) -> Vec<Part> {
    let mut parts = vec![first];
    while parts.len() < PARTS {
        let Some(at) = parts.last().map(|part| part.end) else { break };
        let Some(next) = next_part(reader, at) else { break };
        let word = reader.between(next.start, next.end);
        if is_other(word.trim_end_matches("'s").trim_end_matches("’s")) || next.end > reader.from() + LONGEST {
            break;
        }
        let possessive = word.ends_with("'s") || word.ends_with("’s");
        parts.push(next);
        if possessive {
            break;
        }
    }
    while parts.len() > 1 && parts.last().is_some_and(|part| reader.between(part.start, part.end).chars().count() < 2) {
        parts.pop();
    }
    parts
}

/// The part after `at`: one space away, at most two particles between.
fn next_part(reader: &Reader, at: usize) -> Option<Part> {
    let mut at = at;
    for _ in 0..3 {
        (reader.at(at)? == b' ').then_some(())?;
        at += 1;
        if let Some(part) = part(reader, at) {
            return Some(part);
        }
        let end = reader.word_end(at);
        if !PARTICLES.contains(&reader.between(at, end)) {
            return None;
        }
        at = end;
    }
    None
}

/// Whether a word with a capital stands right before, so that a name does not begin here but goes on.
fn continues(reader: &Reader) -> bool {
    let from = reader.from();
    let before = reader.char_before(from);
    if before.is_some_and(|before| matches!(before, '-' | '\'' | '’' | '_' | '/' | '.' | '@' | '#' | '$')) {
        return !reader.left_of(from, 1).starts_with(['-', '/']) || reader.char_before(from - 1).is_some_and(char::is_alphanumeric);
    }
    false
}

fn is_title(word: &str) -> bool {
    TITLES.contains(&word)
}

/// Whether a word is no part of a name.
fn is_other(word: &str) -> bool {
    OTHER_WORDS.contains(word.to_lowercase().as_str())
}

/// Whether the first part of `word` is a line of `names`.
fn is_given(word: &str, names: &str) -> bool {
    let word = word.split(['-', '\'', '’']).next().unwrap_or(word);
    let (mut low, mut high) = (0, names.len());
    while low < high {
        let middle = low.midpoint(high);
        let bytes = names.as_bytes();
        let start = bytes.get(low..middle).and_then(|before| before.iter().rposition(|&byte| byte == b'\n')).map_or(low, |at| low + at + 1);
        let end = bytes.get(start..).and_then(|rest| rest.iter().position(|&byte| byte == b'\n')).map_or(names.len(), |at| start + at);
        let line = bytes.get(start..end).unwrap_or_default();
        match line.cmp(word.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// What the words before make of the place.
fn before(reader: &Reader) -> Before {
    let left = reader.left_of(reader.from(), 40);
    let Some(last) = left.chars().next_back() else { return Before::Silent };
    let lower = left.to_lowercase();
    let lower = lower.as_str();
    if matches!(last, ':' | '"' | '=' | '\t' | '|') || lower.ends_with(": ") {
        return if labelled(lower) { Before::Asked } else { Before::Silent };
    }
    let ends = |phrases: &[&str]| phrases.iter().any(|phrase| ends_with_words(lower, phrase));
    if ends(SURE) {
        Before::Asked
    } else if ends(GREETINGS) {
        Before::Greeted
    } else if ends(LIKELY) {
        Before::Likely
    } else {
        Before::Silent
    }
}

/// Whether `text` ends with `phrase`, a word's beginning before it.
fn ends_with_words(text: &str, phrase: &str) -> bool {
    text.strip_suffix(phrase).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}

/// Whether a label for a name stands before a colon, a quote or an equals sign.
fn labelled(left: &str) -> bool {
    let label = left.trim_end_matches(|character: char| !character.is_alphanumeric());
    let label = label.replace(['_', '-'], " ");
    LABELS.iter().any(|known| {
        label.strip_suffix(known).is_some_and(|rest| {
            let line = rest.trim_end_matches(['"', '\'', '*', '{', ' ', '>', '-', '(']);
            let own = line.is_empty() || line.ends_with(['\n', ',', ';', '.', ':', '|', '}', '[', '\t']);
            own || !rest.ends_with(char::is_alphanumeric) && !matches!(*known, "from" | "to" | "name" | "user name" | "holder" | "owner")
        })
    })
}
