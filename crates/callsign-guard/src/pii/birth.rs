//! Dates, in figures and in words, which may be dates of birth.

use std::sync::LazyLock;

use super::cues::Need;
use super::dates::is_birthday;
use super::reader::Reader;

/// The months' names in a dozen languages: three letters or more of any of them will do.
const MONTHS: [&str; 12] = [
    "january januar janvier enero gennaio janeiro styczeń stycznia januari tammikuu tammikuuta leden ledna január ianuarie ocak января январь",
    "february februar février fevrier febrero febbraio fevereiro luty lutego februari helmikuu helmikuuta únor února február februarie şubat \
     февраля февраль",
    "march märz maerz mars marzo março marzec marca maart maaliskuu maaliskuuta březen března március martie mart марта март",
    "april avril abril aprile kwiecień kwietnia huhtikuu huhtikuuta duben dubna április aprilie nisan апреля апрель",
    "may mai mayo maggio maio maj maja mei toukokuu toukokuuta květen května május mayıs мая май",
    "june juni juin junio giugno junho czerwiec czerwca kesäkuu kesäkuuta červen června június iunie haziran июня июнь",
    "july juli juillet julio luglio julho lipiec lipca heinäkuu heinäkuuta červenec července július iulie temmuz июля июль",
    "august août aout agosto sierpień sierpnia augustus augusti elokuu elokuuta srpen srpna augusztus ağustos августа август",
    "september septembre septiembre settembre setembro wrzesień września syyskuu syyskuuta září szeptember septembrie eylül сентября сентябрь",
    "october oktober octobre octubre ottobre outubro październik października lokakuu lokakuuta říjen října október octombrie ekim октября \
     октябрь",
    "november novembre noviembre novembro listopad listopada marraskuu marraskuuta listopadu noiembrie kasım ноября ноябрь",
    "december dezember décembre decembre diciembre dicembre dezembro grudzień grudnia joulukuu joulukuuta prosinec prosince decembrie aralık \
     декабря декабрь",
];

/// The same in the order of the alphabet, each with its month's number.
static NAMES: LazyLock<Vec<(&str, u64)>> = LazyLock::new(|| {
    let of =
        |(month, names): (u64, &'static str)| names.split_ascii_whitespace().map(move |name| (name, month));
    let mut names: Vec<(&str, u64)> = (1..).zip(MONTHS).flat_map(of).collect();
    names.sort_unstable();
    names
});

/// A date that was read.
struct Date {
    end: usize,
    year: u64,
    /// Whether the year has four digits.
    full: bool,
}

/// A date that somebody may have been born on.
pub(super) fn date(reader: &Reader) -> Option<(usize, Need)> {
    let first = reader.at(reader.from())?;
    let date = if first.is_ascii_digit() {
        figures(reader).or_else(|| day_first(reader))
    } else {
        month_first(reader)
    }?;
    if !reader.ends(date.end) {
        return None;
    }
    let adult = date.full && (1925..=2009).contains(&date.year);
    Some((date.end, if adult { Need::Person } else { Need::Cue }))
}

/// Digits at `at`, one to `most` of them: their worth and their end.
fn figure(reader: &Reader, at: usize, most: usize) -> Option<(u64, usize)> {
    let end = reader.digits_end(at);
    let digits = reader.between(at, end);
    ((1..=most).contains(&digits.len())).then(|| digits.parse().ok().map(|worth| (worth, end)))?
}

/// A year of two or four digits.
fn year(reader: &Reader, at: usize) -> Option<(u64, usize, bool)> {
    let (worth, end) = figure(reader, at, 4)?;
    match end - at {
        4 => Some((worth, end, true)),
        2 => Some((if worth > 30 { 1900 + worth } else { 2000 + worth }, end, false)),
        _ => None,
    }
}

/// `1942-01-22`, `22/01/1942`, `1/22/1942`, `22.1.42`, `1942年1月22日`.
fn figures(reader: &Reader) -> Option<Date> {
    let (one, end) = figure(reader, reader.from(), 4)?;
    let long = end - reader.from() == 4;
    let separator = reader.char_at(end)?;
    let parted = matches!(separator, '-' | '/' | '.' | '年' | '년');
    if !parted || !long && end - reader.from() > 2 {
        return None;
    }
    let (two, end) = figure(reader, skip_spaces(reader, end + separator.len_utf8()), 2)?;
    let next = reader.char_at(end)?;
    if next != separator && !matches!(next, '月' | '월') {
        return None;
    }
    let at = skip_spaces(reader, end + next.len_utf8());
    if long {
        let (three, end) = figure(reader, at, 2)?;
        let end = if matches!(reader.char_at(end), Some('日' | '일')) { end + 3 } else { end };
        let end = if reader.at(end) == Some(b'T') { reader.ascii_word_end(end) } else { end };
        return is_birthday(one, two, three).then_some(Date { end, year: one, full: true });
    }
    let (year, end, full) = year(reader, at)?;
    (is_birthday(year, two, one) || is_birthday(year, one, two)).then_some(Date { end, year, full })
}

fn skip_spaces(reader: &Reader, at: usize) -> usize {
    if reader.at(at) == Some(b' ') { at + 1 } else { at }
}

/// `22 January 1942`, `22nd of Jan 1942`, `22. Januar 1942`, `22 de enero de 1942`.
fn day_first(reader: &Reader) -> Option<Date> {
    let (day, mut at) = figure(reader, reader.from(), 2)?;
    at = skip_word(reader, at, &["st", "nd", "rd", "th", "er", "º", ".", "-"]);
    at = skip_spaces(reader, at);
    at = skip_word(reader, at, &["of ", "de ", "d'", "di "]);
    let (month, at) = month(reader, at)?;
    let at = skip_commas(reader, at);
    let at = skip_word(reader, at, &["of ", "de ", "del ", "do "]);
    let (year, end, full) = year(reader, at)?;
    is_birthday(year, month, day).then_some(Date { end, year, full })
}

/// `January 22, 1942`, `Jan. 22nd 1942`.
fn month_first(reader: &Reader) -> Option<Date> {
    let (day, mut at) = figure(reader, skip_commas(reader, reader.word_end(reader.from())), 2)?;
    let (month, _) = month(reader, reader.from())?;
    if reader.at(at).is_some_and(|byte| byte.is_ascii_alphabetic()) {
        at = reader.ascii_word_end(at);
    }
    let (year, end, _) = year(reader, skip_commas(reader, at)).filter(|&(_, _, full)| full)?;
    is_birthday(year, month, day).then_some(Date { end, year, full: true })
}

/// After dots, commas, dashes and one space.
fn skip_commas(reader: &Reader, mut at: usize) -> usize {
    while matches!(reader.at(at), Some(b'.' | b',' | b'-')) {
        at += 1;
    }
    skip_spaces(reader, at)
}

fn skip_word(reader: &Reader, at: usize, words: &[&str]) -> usize {
    words.iter().find(|word| reader.stands(at, word)).map_or(at, |word| at + word.len())
}

/// A month's name, or three letters of it, at `at`.
fn month(reader: &Reader, at: usize) -> Option<(u64, usize)> {
    let first = reader.char_at(at)?;
    if !first.is_alphabetic() {
        return None;
    }
    let mut end = at;
    while let Some(next) = reader.char_at(end).filter(|next| next.is_alphabetic()) {
        end += next.len_utf8();
        if end > at + 24 {
            return None;
        }
    }
    let word = reader.between(at, end).to_lowercase();
    let short = word.chars().count() >= 3 && word.len() <= 5;
    let first = NAMES.partition_point(|(name, _)| *name < word.as_str());
    let alike = NAMES.iter().skip(first).take_while(|(name, _)| name.starts_with(&word));
    let months = alike.filter(|(name, _)| short || *name == word).map(|(_, month)| *month);
    Some((months.min()?, end))
}
