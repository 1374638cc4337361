//! The numbers of persons in the Nordic and the Baltic states.

use super::super::checks::{byte_at, complement11, digit_at, lettered, luhn, number, weighted};
use super::super::cues::Need::{Cue, Nothing, Peace, Person};
use super::super::dates::{ddmmyy, is_day, yymmdd};
use super::super::kinds;
use super::Form;

/// The forms, in order of preference where two fit equally well.
pub(super) static FORMS: &[Form] = &[
    // The North
    Form::new(kinds::SE_PERSONNUMMER, "######-####", se_personnummer, Peace, Peace),
    Form::new(kinds::SE_PERSONNUMMER, "######+####", se_personnummer, Peace, Peace),
    Form::new(kinds::SE_PERSONNUMMER, "########-####", se_personnummer, Peace, Peace),
    Form::new(kinds::SE_PERSONNUMMER, "########+####", se_personnummer, Peace, Peace),
    Form::new(kinds::SE_PERSONNUMMER, "##########", se_personnummer, Person, Peace),
    Form::new(kinds::SE_PERSONNUMMER, "############", se_personnummer, Peace, Peace),
    Form::new(kinds::IS_KENNITALA, "######_####", is_kennitala, Peace, Peace),
    Form::new(kinds::DK_CPR, "######-####", |value| ddmmyy(value, 0), Person, Person),
    Form::new(kinds::DK_CPR, "##########", |value| ddmmyy(value, 0), Cue, Cue),
    Form::new(kinds::NO_FODSELSNUMMER, "######_#####", no_fodselsnummer, Peace, Peace),
    Form::new(kinds::FI_HETU, "######-###X", fi_hetu, Nothing, Nothing),
    Form::new(kinds::FI_HETU, "######+###X", fi_hetu, Nothing, Nothing),
    Form::new(kinds::FI_HETU, "######A###X", fi_hetu_lettered, Nothing, Nothing),
    // The Baltic states
    Form::new(kinds::EE_ISIKUKOOD, "###########", ee_isikukood, Peace, Peace),
    Form::new(kinds::LT_ASMENS_KODAS, "###########", ee_isikukood, Peace, Peace),
    Form::new(kinds::LV_PERSONAS_KODS, "######-#####", lv_personas_kods, Peace, Peace),
];

fn se_personnummer(value: &[u8]) -> bool {
    let short = if value.len() == 12 { value.get(2..).unwrap_or_default() } else { value };
    let century = value.len() != 12 || matches!(number(value, 0, 2), 18..=20);
    let day = number(short, 4, 6);
    let day = if day > 60 { day - 60 } else { day };
    century && is_day(2000 + number(short, 0, 2), number(short, 2, 4), day) && luhn(short)
}

fn is_kennitala(value: &[u8]) -> bool {
    let day = number(value, 0, 2);
    let day = if day > 40 { day - 40 } else { day };
    is_day(2000 + number(value, 4, 6), number(value, 2, 4), day)
        && matches!(byte_at(value, 9), b'0' | b'8' | b'9')
        && complement11(value, &[3, 2, 7, 6, 5, 4, 3, 2])
}

fn no_fodselsnummer(value: &[u8]) -> bool {
    let (day, month) = (number(value, 0, 2), number(value, 2, 4));
    let (day, month) = (if day > 40 { day - 40 } else { day }, if month > 40 { month - 40 } else { month });
    is_day(2000 + number(value, 4, 6), month, day)
        && complement11(value, &[3, 7, 6, 1, 8, 9, 4, 5, 2])
        && complement11(value, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
}

fn fi_hetu(value: &[u8]) -> bool {
    let whole = number(value, 0, 6) * 1000 + number(value, 6, 9);
    ddmmyy(value, 0) && lettered(b"0123456789ABCDEFHJKLMNPRSTUVWXY", whole % 31, byte_at(value, 9))
}

/// The century is a letter.
fn fi_hetu_lettered(value: &[u8]) -> bool {
    let (Some(date), Some(rest)) = (value.get(..6), value.get(7..)) else { return false };
    b"ABCDEFYXWVU".contains(&byte_at(value, 6)) && fi_hetu(&[date, rest].concat())
}

/// Estonia and Lithuania count alike: two rounds of weights.
fn ee_isikukood(value: &[u8]) -> bool {
    let first = weighted(value, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(value, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    let check = if first < 10 { first } else { second % 10 };
    (b'1'..=b'6').contains(&byte_at(value, 0)) && yymmdd(value, 1) && check == digit_at(value, 10)
}

fn lv_personas_kods(value: &[u8]) -> bool {
    value.starts_with(b"32") || ddmmyy(value, 0) && matches!(byte_at(value, 6), b'0' | b'1' | b'2')
}
