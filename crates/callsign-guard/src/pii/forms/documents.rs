//! Passports, driving licences, number plates, machines: forms that say little by themselves, so that a word has to announce them.

use super::super::checks::{byte_at, is_uniform, luhn, mod731, vin};
use super::super::cues::Need::{Cue, Peace, Person};
use super::super::kinds;
use super::{Form, any};

/// The forms, in order of preference where two fit equally well.
pub(super) static FORMS: &[Form] = &[
    Form::new(kinds::US_PASSPORT, "A########", us_passport, Peace, Peace),
    Form::new(kinds::US_PASSPORT, "#########", any, Cue, Cue),
    Form::new(kinds::UK_PASSPORT, "#########", any, Cue, Cue),
    Form::new(kinds::IN_PASSPORT, "A#######", in_passport, Person, Person),
    Form::new(kinds::IN_PASSPORT, "A# #####", in_passport, Cue, Cue),
    Form::new(kinds::CA_PASSPORT, "AA######", any, Cue, Cue),
    Form::new(kinds::CA_PASSPORT, "A######AA", any, Cue, Cue),
    Form::new(kinds::AU_PASSPORT, "A#######", any, Cue, Cue),
    Form::new(kinds::AU_PASSPORT, "AA#######", any, Cue, Cue),
    Form::new(kinds::IT_PASSPORT, "AA#######", any, Cue, Cue),
    Form::new(kinds::IT_IDENTITY_CARD, "AA#######", any, Cue, Cue),
    Form::new(kinds::IT_IDENTITY_CARD, "AA#####AA", |value| byte_at(value, 0) == b'C', Person, Person),
    Form::new(kinds::IT_DRIVER_LICENSE, "AA#######A", any, Person, Person),
    Form::new(kinds::IT_DRIVER_LICENSE, "u1XXXXXXXA", any, Cue, Cue),
    Form::new(kinds::PL_PASSPORT, "AA#######", any, Cue, Cue),
    Form::new(kinds::DE_PASSPORT, "XXXXXXXXX", de_nine, Cue, Cue),
    Form::new(kinds::DE_ID_CARD, "XXXXXXXXX", de_nine, Cue, Cue),
    Form::new(kinds::DE_DRIVER_LICENCE, "X##XXXXXXX#", with_letter, Person, Person),
    Form::new(kinds::DE_DRIVER_LICENCE, "X##XXXXXXXX", with_letter, Cue, Cue),
    Form::new(kinds::FR_PASSPORT, "##AA#####", any, Person, Person),
    Form::new(kinds::FR_ID_CARD, "############", any, Cue, Cue),
    Form::new(kinds::FR_ID_CARD, "XXXXXXXXX", de_nine, Cue, Cue),
    Form::new(kinds::NL_PASSPORT, "AAXXXXXX#", with_digit, Cue, Cue),
    Form::new(kinds::KR_PASSPORT, "A########", |value| b"MSRGD".contains(&byte_at(value, 0)), Cue, Cue),
    Form::new(kinds::KR_PASSPORT, "A###A####", any, Cue, Cue),
    Form::new(kinds::JP_PASSPORT, "AA#######", any, Cue, Cue),
    Form::new(kinds::CN_PASSPORT, "A########", |value| b"EGDPSH".contains(&byte_at(value, 0)), Cue, Cue),
    Form::new(kinds::CN_PASSPORT, "AA#######", any, Cue, Cue),
    Form::new(kinds::RU_PASSPORT, "##_##_######", any, Cue, Cue),
    Form::new(kinds::RU_PASSPORT, "#### ######", any, Cue, Cue),
    Form::new(kinds::GR_ID_CARD, "AA_######", any, Cue, Cue),
    // Any other passport, identity card or tax number that a word announces.
    Form::new(kinds::PASSPORT, "A######", any, Cue, Cue),
    Form::new(kinds::PASSPORT, "########", any, Cue, Cue),
    Form::new(kinds::PASSPORT, "AA######", any, Cue, Cue),
    Form::new(kinds::PASSPORT, "A##A#####", any, Cue, Cue),
    Form::new(kinds::PASSPORT, "AAA######", any, Cue, Cue),
    // The licences of the states of the United States, by length.
    Form::new(kinds::US_DRIVER_LICENSE, "A####_####_####", any, Cue, Person),
    Form::new(kinds::US_DRIVER_LICENSE, "A###-####-####", any, Person, Person),
    Form::new(kinds::US_DRIVER_LICENSE, "A###-###-##-###-#", any, Peace, Peace),
    Form::new(kinds::US_DRIVER_LICENSE, "A#######", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "A######", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "A########", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "A#########", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "A##########", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "A###########", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "A############", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "A#############", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "A##############", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "AA######", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "AA#######", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "AA######A", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "AAA######", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "##AAA#####", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "AAA##AAA####", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "#######A", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "########A", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "#########A", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "######", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "#######", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "########", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "#########", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "##########", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "############", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "####_##_####", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "###-##-####", any, Cue, Cue),
    Form::new(kinds::US_DRIVER_LICENSE, "##-###-####", any, Cue, Cue),
    // Number plates of Britain, France and Italy; the others want a word.
    Form::new(kinds::LICENSE_PLATE, "AA##_AAA", any, Person, Person),
    Form::new(kinds::LICENSE_PLATE, "AA-###-AA", any, Person, Person),
    // Banks, hospitals, machines
    Form::new(kinds::MEDICAL_RECORD, "######", any, Cue, Cue),
    Form::new(kinds::MEDICAL_RECORD, "#######", any, Cue, Cue),
    Form::new(kinds::MEDICAL_RECORD, "########", any, Cue, Cue),
    Form::new(kinds::MEDICAL_RECORD, "#########", any, Cue, Cue),
    Form::new(kinds::MEDICAL_RECORD, "##########", any, Cue, Cue),
    Form::new(kinds::VIN, "XXXXXXXXXXXXXXXXX", |value| with_letter(value) && vin(value), Peace, Peace),
    Form::new(kinds::IMEI, "###############", |value| !is_uniform(value) && luhn(value), Cue, Cue),
    Form::new(kinds::IMEI, "##-######-######-#", luhn, Peace, Peace),
    Form::new(kinds::SWIFT, "AAAAAAXX", any, Cue, Cue),
    Form::new(kinds::SWIFT, "AAAAAAXXXXX", any, Cue, Cue),
    // Whatever else a word announces as somebody's number.
    Form::new(kinds::NATIONAL_ID, "#######", any, Cue, Cue),
    Form::new(kinds::NATIONAL_ID, "########", any, Cue, Cue),
    Form::new(kinds::NATIONAL_ID, "#########", any, Cue, Cue),
    Form::new(kinds::NATIONAL_ID, "#################", any, Cue, Cue),
    Form::new(kinds::NATIONAL_ID, "##################", any, Cue, Cue),
    Form::new(kinds::NATIONAL_ID, "##########", any, Cue, Cue),
    Form::new(kinds::NATIONAL_ID, "A########", any, Cue, Cue),
    Form::new(kinds::NATIONAL_ID, "A#######", any, Cue, Cue),
    Form::new(kinds::TAX_NUMBER, "###_####_####", any, Cue, Cue),
    Form::new(kinds::TAX_NUMBER, "##/###/#####", any, Cue, Cue),
    Form::new(kinds::TAX_NUMBER, "###/###/#####", any, Cue, Cue),
    Form::new(kinds::TAX_NUMBER, "##/####/####", any, Cue, Cue),
];

/// No number that anybody types to try: all the same digit, or digits that only count up.
fn us_passport(value: &[u8]) -> bool {
    let digits = value.get(1..).unwrap_or_default();
    !is_uniform(digits) && digits != b"12345678" && digits != b"00000001"
}

/// The first digit is never zero.
fn in_passport(value: &[u8]) -> bool {
    byte_at(value, 1) != b'0'
        && !is_uniform(value.get(1..).unwrap_or_default())
        && !matches!(byte_at(value, 0), b'Q' | b'X' | b'Z')
}

fn with_digit(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit)
}

fn with_letter(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_alphabetic) && with_digit(value)
}

/// The letters and digits that German and French documents' numbers are made of.
fn de_nine(value: &[u8]) -> bool {
    with_letter(value) && value.iter().all(|byte| b"0123456789CFGHJKLMNPRTVWXYZ".contains(byte))
        || mod731(value) && with_letter(value)
}
