//! Europe's numbers: persons, taxes, health.

use super::super::checks::{
    byte_at, complement10, complement11, complement11_or_zero, digit_at, ean13, is_uniform, lettered, luhn,
    mod11_10, mod731, number, weighted,
};
use super::super::cues::Need::{Cue, Nothing, Peace, Person};
use super::super::dates::{ddmmyy, is_birthday, is_day, yymmdd, yyyymmdd};
use super::super::kinds;
use super::{Form, any};

/// The forms, in order of preference where two fit equally well.
pub(super) static FORMS: &[Form] = &[
    // United Kingdom, Ireland
    Form::new(kinds::UK_NHS, "###_###_####", |value| uk_nhs(value) && !is_time(value), Peace, Peace),
    Form::new(kinds::UK_NHS, "###_###_####", uk_nhs, Person, Peace),
    Form::new(kinds::UK_NINO, "AA######A", uk_nino, Peace, Peace),
    Form::new(kinds::UK_NINO, "AA ###### A", uk_nino, Peace, Peace),
    Form::new(kinds::UK_NINO, "AA_##_##_##_A", uk_nino, Peace, Peace),
    Form::new(kinds::UK_DRIVING_LICENCE, "XXXXX######XXXXX", uk_driving_licence, Peace, Peace),
    Form::new(kinds::UK_DRIVING_LICENCE, "XXXXX ###### XXXXX", uk_driving_licence, Peace, Peace),
    Form::new(kinds::UK_UTR, "#####_#####", any, Cue, Cue),
    Form::new(kinds::UK_SORT_CODE, "##_##_##", any, Cue, Cue),
    Form::new(kinds::IE_PPS, "#######A", ie_pps, Peace, Peace),
    Form::new(kinds::IE_PPS, "#######AA", ie_pps, Peace, Peace),
    // Spain, Portugal
    Form::new(kinds::ES_NIF, "########_A", es_nif, Peace, Peace),
    Form::new(kinds::ES_NIF, "##.###.###-A", es_nif, Peace, Peace),
    Form::new(kinds::ES_NIE, "A_#######_A", es_nie, Peace, Peace),
    Form::new(kinds::ES_CIF, "A_#######_X", es_cif, Peace, Peace),
    Form::new(kinds::ES_NUSS, "##_########_##", es_nuss, Person, Peace),
    Form::new(kinds::PT_NIF, "###_###_###", pt_nif, Person, Person),
    Form::new(kinds::PT_CC, "########_#_XX#", pt_cc, Peace, Peace),
    // Italy
    Form::new(kinds::IT_FISCAL_CODE, "AAAAAAXXAXXAXXXA", it_fiscal_code, Nothing, Nothing),
    Form::new(kinds::IT_FISCAL_CODE, "AAA AAA XXAXX AXXXA", it_fiscal_code, Nothing, Nothing),
    Form::new(kinds::IT_VAT_CODE, "###########", luhn, Person, Cue),
    Form::new(
        kinds::IT_VAT_CODE,
        "it###########",
        |value| luhn(value.get(2..).unwrap_or_default()),
        Peace,
        Peace,
    ),
    // Poland
    Form::new(kinds::PL_PESEL, "###########", pl_pesel, Peace, Peace),
    Form::new(kinds::PL_NIP, "###-###-##-##", pl_nip, Peace, Peace),
    Form::new(kinds::PL_NIP, "###-##-##-###", pl_nip, Peace, Peace),
    Form::new(kinds::PL_NIP, "##########", pl_nip, Person, Person),
    Form::new(
        kinds::PL_REGON,
        "#########",
        |value| complement11_or_ten(value, &[8, 9, 2, 3, 4, 5, 6, 7]),
        Cue,
        Cue,
    ),
    Form::new(kinds::PL_ID_CARD, "AAA_######", pl_id_card, Peace, Peace),
    // Germany, Austria, Switzerland, Luxembourg
    Form::new(kinds::DE_TAX_ID, "##_###_###_###", de_tax_id, Peace, Peace),
    Form::new(kinds::DE_SOCIAL_SECURITY, "##_######_A_###", de_social_security, Peace, Peace),
    Form::new(kinds::DE_HEALTH, "A#########", de_health, Peace, Peace),
    Form::new(kinds::DE_ID_CARD, "XXXXXXXXXX", de_document, Person, Person),
    Form::new(kinds::CH_AHV, "756_####_####_##", ean13, Nothing, Nothing),
    Form::new(kinds::AT_SVNR, "####_######", at_svnr, Peace, Peace),
    Form::new(
        kinds::LU_MATRICULE,
        "#############",
        |value| yyyymmdd(value, 0) && luhn(value.get(..12).unwrap_or_default()),
        Peace,
        Peace,
    ),
    // France, Belgium, the Netherlands
    Form::new(kinds::FR_NIR, "#_##_##_#X_###_###_##", fr_nir, Nothing, Nothing),
    Form::new(kinds::FR_NIR, "#_##_##_#X_###_###", fr_nir_open, Cue, Person),
    Form::new(kinds::FR_SIREN, "###_###_###", luhn, Cue, Cue),
    Form::new(kinds::FR_SIREN, "###_###_###_#####", luhn, Cue, Cue),
    Form::new(kinds::BE_NRN, "###########", be_nrn, Peace, Peace),
    Form::new(kinds::BE_NRN, "##.##.##-###.##", be_nrn, Nothing, Nothing),
    Form::new(kinds::BE_NRN, "##.##.##-###-##", be_nrn, Nothing, Nothing),
    Form::new(kinds::BE_NRN, "###### ### ##", be_nrn, Peace, Peace),
    Form::new(kinds::NL_BSN, "####_##_###", nl_bsn, Person, Peace),
    Form::new(kinds::NL_BSN, "###_###_###", nl_bsn, Person, Person),
    // The East and the South-East
    Form::new(kinds::CZ_RODNE_CISLO, "######/####", cz_rodne_cislo, Peace, Peace),
    Form::new(kinds::CZ_RODNE_CISLO, "######/###", cz_date, Peace, Peace),
    Form::new(kinds::CZ_RODNE_CISLO, "##########", cz_rodne_cislo, Person, Person),
    Form::new(kinds::HU_TAJ, "###_###_###", hu_taj, Cue, Cue),
    Form::new(kinds::HU_PERSONAL_ID, "#-######-####", |value| yymmdd(value, 1), Peace, Peace),
    Form::new(kinds::HU_PERSONAL_ID, "###########", hu_personal_id, Peace, Peace),
    Form::new(kinds::HU_TAX_ID, "##########", hu_tax_id, Person, Person),
    Form::new(kinds::RO_CNP, "#############", ro_cnp, Peace, Peace),
    Form::new(kinds::BG_EGN, "##########", bg_egn, Peace, Peace),
    Form::new(kinds::YU_JMBG, "#############", yu_jmbg, Peace, Peace),
    Form::new(kinds::HR_OIB, "###########", |value| !is_uniform(value) && mod11_10(value), Person, Person),
    Form::new(kinds::GR_AMKA, "###########", |value| ddmmyy(value, 0) && luhn(value), Peace, Peace),
    Form::new(kinds::GR_AFM, "#########", gr_afm, Cue, Cue),
    Form::new(kinds::TR_TCKN, "###########", tr_tckn, Peace, Peace),
    Form::new(kinds::UA_RNOKPP, "##########", ua_rnokpp, Person, Person),
    Form::new(kinds::RU_SNILS, "###-###-###_##", ru_snils, Peace, Peace),
    Form::new(kinds::RU_SNILS, "###########", ru_snils, Peace, Peace),
    Form::new(kinds::RU_INN, "############", ru_inn, Peace, Peace),
    Form::new(kinds::RU_INN, "##########", ru_inn_company, Cue, Cue),
    Form::new(kinds::KZ_IIN, "############", kz_iin, Peace, Peace),
];

/// Whether it may count the seconds since 1970.
fn is_time(value: &[u8]) -> bool {
    (14..20).contains(&number(value, 0, 2))
}

fn uk_nhs(value: &[u8]) -> bool {
    !is_uniform(value) && complement11(value, &[10, 9, 8, 7, 6, 5, 4, 3, 2])
}

/// The rest by eleven itself is the check; ten is written zero.
fn complement11_or_ten(value: &[u8], weights: &[u32]) -> bool {
    weighted(value, weights) % 11 % 10 == digit_at(value, weights.len())
}

/// No letters that are never given; the temporary prefix `TN` and the specimens' `ZZ…T` pass.
fn uk_nino(value: &[u8]) -> bool {
    let (first, second, last) = (byte_at(value, 0), byte_at(value, 1), byte_at(value, 8));
    if (first, second) == (b'Z', b'Z') {
        return last == b'T';
    }
    let given = !b"DFIQUV".contains(&first) && !b"DFIOQUV".contains(&second);
    let barred = [b"BG", b"GB", b"NK", b"KN", b"NT", b"ZZ"].iter().any(|prefix| value.starts_with(*prefix));
    given && !barred && (b'A'..=b'D').contains(&last)
}

fn uk_driving_licence(value: &[u8]) -> bool {
    let surname = value.get(..5).unwrap_or_default();
    let letters = surname.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(5);
    let padded = letters > 0 && surname.get(letters..).unwrap_or_default().iter().all(|&byte| byte == b'9');
    let (month, day) = (number(value, 6, 8), number(value, 8, 10));
    let month = if month > 50 { month - 50 } else { month };
    let initials =
        value.get(11..13).unwrap_or_default().iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'9');
    let end = byte_at(value, 13).is_ascii_digit()
        && value.get(14..).unwrap_or_default().iter().all(u8::is_ascii_alphabetic);
    padded && is_day(2000, month, day) && initials && byte_at(value, 11).is_ascii_alphabetic() && end
}

fn ie_pps(value: &[u8]) -> bool {
    let extra = value
        .get(8)
        .map_or(0, |&letter| if letter == b'W' { 0 } else { u32::from(letter.wrapping_sub(b'A')) + 1 });
    let sum = weighted(value, &[8, 7, 6, 5, 4, 3, 2]) + extra * 9;
    lettered(b"WABCDEFGHIJKLMNOPQRSTUV", u64::from(sum % 23), byte_at(value, 7))
}

/// The letter of a Spanish identity number.
fn es_letter(rest: u64, letter: u8) -> bool {
    lettered(b"TRWAGMYFPDXBNJZSQVHLCKE", rest % 23, letter)
}

fn es_nif(value: &[u8]) -> bool {
    es_letter(number(value, 0, 8), byte_at(value, 8))
}

fn es_nie(value: &[u8]) -> bool {
    let first = match byte_at(value, 0) {
        b'X' => 0,
        b'Y' => 1,
        b'Z' => 2,
        _ => return false,
    };
    es_letter(first * 10_000_000 + number(value, 1, 8), byte_at(value, 8))
}

fn es_cif(value: &[u8]) -> bool {
    let body = value.get(1..8).unwrap_or_default();
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(place, &byte)| {
            let digit = u32::from(byte - b'0');
            if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    let check = (10 - sum % 10) % 10;
    let control = byte_at(value, 8);
    let as_letter = lettered(b"JABCDEFGHI", u64::from(check), control);
    let as_digit = u32::from(control.wrapping_sub(b'0')) == check;
    match byte_at(value, 0) {
        b'A' | b'B' | b'E' | b'H' => as_digit,
        b'N' | b'P' | b'Q' | b'R' | b'W' | b'K' | b'L' | b'M' => as_letter,
        b'C' | b'D' | b'F' | b'G' | b'J' | b'U' | b'V' => as_digit || as_letter,
        _ => false,
    }
}

fn es_nuss(value: &[u8]) -> bool {
    let (province, body, check) = (number(value, 0, 2), number(value, 2, 10), number(value, 10, 12));
    let whole = if body < 10_000_000 { body + province * 10_000_000 } else { number(value, 0, 10) };
    (1..=66).contains(&province) && whole % 97 == check
}

fn pt_nif(value: &[u8]) -> bool {
    matches!(byte_at(value, 0), b'1' | b'2' | b'3' | b'5' | b'6' | b'8' | b'9')
        && complement11_or_zero_ten(value, &[9, 8, 7, 6, 5, 4, 3, 2])
}

/// Where the rest leaves ten or eleven, the check is zero.
fn complement11_or_zero_ten(value: &[u8], weights: &[u32]) -> bool {
    let check = 11 - weighted(value, weights) % 11;
    digit_at(value, weights.len()) == if check >= 10 { 0 } else { check }
}

fn pt_cc(value: &[u8]) -> bool {
    let sum: u32 = value
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &byte)| {
            let worth = char::from(byte).to_digit(36).unwrap_or(0);
            let double = if place % 2 == 1 { worth * 2 } else { worth };
            if place % 2 == 1 && double > 9 { double - 9 } else { double }
        })
        .sum();
    value.len() == 12
        && sum.is_multiple_of(10)
        && value.get(9..11).unwrap_or_default().iter().any(u8::is_ascii_alphabetic)
}

fn it_fiscal_code(value: &[u8]) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        value
            .get(range)
            .unwrap_or_default()
            .iter()
            .all(|byte| byte.is_ascii_digit() || b"LMNPQRSTUV".contains(byte))
    };
    let month = b"ABCDEHLMPRST".contains(&byte_at(value, 8));
    digits(6..8) && month && digits(9..11) && digits(12..15) && super::super::checks::codice_fiscale(value)
}

/// The month tells the century: 1 to 12 is the twentieth, 21 to 32 the next, and so on.
fn centuries_date(value: &[u8]) -> bool {
    let (year, month, day) = (number(value, 0, 2), number(value, 2, 4), number(value, 4, 6));
    let (century, month) = match month {
        81..=92 => (1800, month - 80),
        21..=32 => (2000, month - 20),
        _ => (1900, month),
    };
    is_day(century + year, month, day)
}

fn pl_pesel(value: &[u8]) -> bool {
    centuries_date(value) && complement10(value, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3])
}

fn pl_nip(value: &[u8]) -> bool {
    !is_uniform(value) && weighted(value, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == digit_at(value, 9)
}

fn pl_id_card(value: &[u8]) -> bool {
    let sum: u32 = value
        .iter()
        .zip([7, 3, 1, 9, 7, 3, 1, 7, 3])
        .map(|(&byte, weight)| char::from(byte).to_digit(36).unwrap_or(0) * weight)
        .sum();
    sum.is_multiple_of(10)
}

/// One digit stands twice or three times among the first ten, the others at most once.
fn de_tax_id(value: &[u8]) -> bool {
    let mut counts = [0_u8; 10];
    for (place, _) in value.iter().take(10).enumerate() {
        if let Some(count) = counts.get_mut(digit_at(value, place) as usize) {
            *count += 1;
        }
    }
    let repeated = counts.iter().filter(|&&count| count > 1).count();
    byte_at(value, 0) != b'0' && repeated == 1 && counts.iter().all(|&count| count <= 3) && mod11_10(value)
}

fn de_social_security(value: &[u8]) -> bool {
    let letter = u32::from(byte_at(value, 8).wrapping_sub(b'A')) + 1;
    let digits = value.get(..8).unwrap_or_default().iter().map(|&byte| u32::from(byte - b'0'));
    let rest = value.get(9..11).unwrap_or_default().iter().map(|&byte| u32::from(byte - b'0'));
    let all = digits.chain([letter / 10, letter % 10]).chain(rest);
    let sum: u32 = all
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(digit, weight)| digit * weight / 10 + digit * weight % 10)
        .sum();
    let day = number(value, 2, 4);
    let dated = is_day(2000, number(value, 4, 6), if day > 50 { day - 50 } else { day });
    dated && sum % 10 == digit_at(value, 11)
}

fn de_health(value: &[u8]) -> bool {
    let letter = u32::from(byte_at(value, 0).wrapping_sub(b'A')) + 1;
    let digits = value.get(1..9).unwrap_or_default().iter().map(|&byte| u32::from(byte - b'0'));
    let sum: u32 = [letter / 10, letter % 10]
        .into_iter()
        .chain(digits)
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| digit * weight / 10 + digit * weight % 10)
        .sum();
    sum % 10 == digit_at(value, 9)
}

/// Nine of the letters and digits that a German document's number is made of, and the check that machines read.
fn de_document(value: &[u8]) -> bool {
    let body = value.get(..9).unwrap_or_default();
    let made = body.iter().all(|byte| b"0123456789CFGHJKLMNPRTVWXYZ".contains(byte));
    let mixed = body.iter().any(u8::is_ascii_digit) && b"CFGHJKLMNPRTVWXYZ".contains(&byte_at(value, 0));
    made && mixed && byte_at(value, 9).is_ascii_digit() && mod731(value)
}

fn at_svnr(value: &[u8]) -> bool {
    let sum = weighted(value, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
    let (day, month) = (number(value, 4, 6), number(value, 6, 8));
    byte_at(value, 0) != b'0'
        && sum == digit_at(value, 3)
        && (1..=31).contains(&day)
        && (1..=13).contains(&month)
}

/// The department may be `2A` or `2B`: Corsica.
fn fr_body(value: &[u8]) -> Option<u64> {
    let sex = matches!(byte_at(value, 0), b'1' | b'2' | b'3' | b'4' | b'7' | b'8');
    let month = number(value, 3, 5);
    if !sex || !matches!(month, 1..=12 | 20..=42 | 50..=99) {
        return None;
    }
    let mut body = value.get(..13)?.to_vec();
    let corsica = match body.get(6)? {
        b'A' => 1_000_000,
        b'B' => 2_000_000,
        digit if digit.is_ascii_digit() => return Some(number(&body, 0, 13)),
        _ => return None,
    };
    *body.get_mut(6)? = b'0';
    (body.get(5) == Some(&b'2')).then(|| number(&body, 0, 13) - corsica)
}

fn fr_nir(value: &[u8]) -> bool {
    fr_body(value).is_some_and(|body| 97 - body % 97 == number(value, 13, 15))
}

fn fr_nir_open(value: &[u8]) -> bool {
    fr_body(value).is_some()
}

fn be_nrn(value: &[u8]) -> bool {
    let check = number(value, 9, 11);
    let month = number(value, 2, 4) % 20;
    let body = number(value, 0, 9);
    let fits = 97 - body % 97 == check || 97 - (body + 2_000_000_000) % 97 == check;
    fits && month <= 12 && number(value, 4, 6) <= 31
}

/// The eleven test: the last digit counts minus one.
fn nl_bsn(value: &[u8]) -> bool {
    let sum = weighted(value, &[9, 8, 7, 6, 5, 4, 3, 2]);
    !is_uniform(value) && sum > 0 && sum % 11 == digit_at(value, 8)
}

fn cz_date(value: &[u8]) -> bool {
    let month = number(value, 2, 4);
    let month = match month {
        71..=82 => month - 70,
        51..=62 => month - 50,
        21..=32 => month - 20,
        _ => month,
    };
    is_day(2000 + number(value, 0, 2), month, number(value, 4, 6))
}

fn cz_rodne_cislo(value: &[u8]) -> bool {
    let rest = number(value, 0, 9) % 11 % 10;
    cz_date(value) && (number(value, 0, 10).is_multiple_of(11) || rest == u64::from(digit_at(value, 9)))
}

fn hu_taj(value: &[u8]) -> bool {
    weighted(value, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10 == digit_at(value, 8)
}

fn hu_personal_id(value: &[u8]) -> bool {
    let sum = weighted(value, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11;
    let other = weighted(value, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) % 11;
    let check = digit_at(value, 10);
    (b'1'..=b'4').contains(&byte_at(value, 0)) && yymmdd(value, 1) && (sum == check || other == check)
}

fn hu_tax_id(value: &[u8]) -> bool {
    byte_at(value, 0) == b'8' && weighted(value, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == digit_at(value, 9)
}

fn ro_cnp(value: &[u8]) -> bool {
    let sum = weighted(value, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    (b'1'..=b'9').contains(&byte_at(value, 0))
        && yymmdd(value, 1)
        && (if sum == 10 { 1 } else { sum }) == digit_at(value, 12)
}

fn bg_egn(value: &[u8]) -> bool {
    let (year, month, day) = (number(value, 0, 2), number(value, 2, 4), number(value, 4, 6));
    let month = match month {
        41..=52 => month - 40,
        21..=32 => month - 20,
        _ => month,
    };
    is_day(2000 + year, month, day) && complement11_or_ten(value, &[2, 4, 8, 5, 10, 9, 7, 3, 6])
}

fn yu_jmbg(value: &[u8]) -> bool {
    let year = number(value, 4, 7);
    let year = if year >= 900 { 1000 + year } else { 2000 + year };
    is_birthday(year, number(value, 2, 4), number(value, 0, 2))
        && complement11_or_zero(value, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
}

fn gr_afm(value: &[u8]) -> bool {
    !is_uniform(value) && weighted(value, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == digit_at(value, 8)
}

fn tr_tckn(value: &[u8]) -> bool {
    let odd = weighted(value, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(value, &[0, 1, 0, 1, 0, 1, 0, 1]);
    let sum = weighted(value, &[1; 10]);
    byte_at(value, 0) != b'0'
        && (odd * 7 + 10 * even - even) % 10 == digit_at(value, 9)
        && sum % 10 == digit_at(value, 10)
}

fn ua_rnokpp(value: &[u8]) -> bool {
    let worth = |at| i64::from(digit_at(value, at));
    let weights = [-1, 5, 7, 9, 4, 6, 10, 5, 7];
    let sum: i64 = weights.iter().enumerate().map(|(at, weight)| worth(at) * weight).sum();
    sum.rem_euclid(11) % 10 == worth(9)
}

fn ru_snils(value: &[u8]) -> bool {
    let sum = weighted(value, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    !is_uniform(value) && u64::from(sum) == number(value, 9, 11)
}

fn ru_inn(value: &[u8]) -> bool {
    let first = weighted(value, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let second = weighted(value, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    !is_uniform(value) && first == digit_at(value, 10) && second == digit_at(value, 11)
}

fn ru_inn_company(value: &[u8]) -> bool {
    weighted(value, &[2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10 == digit_at(value, 9)
}

fn kz_iin(value: &[u8]) -> bool {
    let first = weighted(value, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
    let second = weighted(value, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11;
    let check = if first == 10 { second } else { first };
    yymmdd(value, 0) && (b'1'..=b'6').contains(&byte_at(value, 6)) && check == digit_at(value, 11)
}
