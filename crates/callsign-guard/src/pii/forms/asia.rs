//! The numbers of Asia, Australia and Africa: persons, taxes, health.

use super::super::checks::{
    byte_at, complement10, complement11, digit_at, is_uniform, lettered, luhn, luhn36, number, verhoeff,
    weighted,
};
use super::super::cues::Need::{Cue, Nothing, Peace, Person};
use super::super::dates::{is_birthday, yymmdd, yyyymmdd};
use super::super::kinds;
use super::{Form, any};

/// The forms, in order of preference where two fit equally well.
pub(super) static FORMS: &[Form] = &[
    // India
    Form::new(kinds::IN_AADHAAR, "####_####_####", in_aadhaar, Person, Peace),
    Form::new(kinds::IN_PAN, "AAAAA####A", in_pan, Peace, Peace),
    Form::new(kinds::IN_VOTER, "AAA#######", any, Person, Person),
    Form::new(kinds::IN_VEHICLE_REGISTRATION, "AA_##_AA_####", in_vehicle, Person, Peace),
    Form::new(kinds::IN_VEHICLE_REGISTRATION, "AA_##_A_####", in_vehicle, Person, Peace),
    Form::new(kinds::IN_VEHICLE_REGISTRATION, "##bh####AA", any, Peace, Peace),
    Form::new(kinds::IN_GSTIN, "##AAAAA####AXzX", luhn36, Nothing, Nothing),
    Form::new(kinds::IN_IFSC, "AAAA0XXXXXX", any, Cue, Cue),
    Form::new(kinds::IN_DRIVING_LICENCE, "AA##_###########", in_vehicle, Person, Person),
    // Pakistan, Bangladesh, Sri Lanka, Iran
    Form::new(kinds::PK_CNIC, "#####-#######-#", any, Peace, Peace),
    Form::new(kinds::BD_NID, "##########", any, Cue, Cue),
    Form::new(kinds::BD_NID, "#############", any, Cue, Cue),
    Form::new(kinds::LK_NIC, "#########A", lk_nic, Person, Person),
    Form::new(kinds::IR_MELLI, "###_######_#", ir_melli, Person, Person),
    // East Asia
    Form::new(kinds::CN_RESIDENT_ID, "#################X", cn_resident_id, Nothing, Nothing),
    Form::new(kinds::JP_MY_NUMBER, "####_####_####", jp_my_number, Person, Person),
    Form::new(kinds::KR_RRN, "######-#######", |value| kr_dated(value, b"123490"), Peace, Peace),
    Form::new(kinds::KR_FRN, "######-#######", |value| kr_dated(value, b"5678"), Peace, Peace),
    Form::new(
        kinds::KR_RRN,
        "#############",
        |value| kr_dated(value, b"123490") && kr_check(value),
        Peace,
        Peace,
    ),
    Form::new(kinds::KR_BRN, "###-##-#####", kr_brn, Peace, Peace),
    Form::new(kinds::KR_DRIVER_LICENSE, "##-##-######-##", any, Peace, Peace),
    Form::new(kinds::KR_DRIVER_LICENSE, "############", any, Cue, Cue),
    Form::new(kinds::TW_ID, "A#########", tw_id, Peace, Peace),
    Form::new(kinds::HK_ID, "A######(X)", hk_id, Peace, Peace),
    Form::new(kinds::HK_ID, "AA######(X)", any, Peace, Peace),
    // South-East Asia
    Form::new(kinds::SG_NRIC_FIN, "A#######A", sg_nric_fin, Peace, Peace),
    Form::new(kinds::SG_UEN, "#########A", any, Cue, Cue),
    Form::new(
        kinds::SG_UEN,
        "A##AA####A",
        |value| matches!(byte_at(value, 0), b'T' | b'S' | b'R'),
        Person,
        Person,
    ),
    Form::new(kinds::MY_NRIC, "######-##-####", |value| yymmdd(value, 0), Peace, Peace),
    Form::new(kinds::MY_NRIC, "############", |value| yymmdd(value, 0), Cue, Cue),
    Form::new(kinds::ID_NIK, "################", id_nik, Cue, Cue),
    Form::new(kinds::TH_TNIN, "#-####-#####-##-#", th_tnin, Nothing, Nothing),
    Form::new(kinds::TH_TNIN, "# #### ##### ## #", th_tnin, Peace, Peace),
    Form::new(kinds::TH_TNIN, "#############", th_tnin, Person, Person),
    Form::new(kinds::PH_ID, "####-#######-#", any, Peace, Peace),
    Form::new(kinds::PH_ID, "##-#######-#", any, Person, Person),
    Form::new(kinds::PH_ID, "##-#########-#", any, Person, Person),
    Form::new(kinds::PH_ID, "###-###-###-###", any, Person, Person),
    Form::new(kinds::VN_CCCD, "############", any, Cue, Cue),
    // Australia, New Zealand
    Form::new(kinds::AU_TFN, "###_###_###", au_tfn, Person, Peace),
    Form::new(kinds::AU_ABN, "##_###_###_###", au_abn, Peace, Peace),
    Form::new(
        kinds::AU_ACN,
        "###_###_###",
        |value| complement10(value, &[8, 7, 6, 5, 4, 3, 2, 1]),
        Cue,
        Peace,
    ),
    Form::new(kinds::AU_MEDICARE, "####_#####_#", au_medicare, Person, Peace),
    Form::new(kinds::NZ_IRD, "##_###_###", nz_ird, Cue, Person),
    Form::new(kinds::NZ_IRD, "###_###_###", nz_ird, Cue, Person),
    Form::new(kinds::NZ_NHI, "AAA####", any, Cue, Cue),
    // The Near East
    Form::new(kinds::IL_ID, "#########", il_id, Person, Person),
    Form::new(kinds::IL_ID, "########-#", il_id, Person, Person),
    Form::new(kinds::AE_ID, "784-####-#######-#", luhn, Nothing, Nothing),
    Form::new(kinds::AE_ID, "784############", luhn, Peace, Peace),
    Form::new(
        kinds::SA_ID,
        "##########",
        |value| matches!(byte_at(value, 0), b'1' | b'2') && luhn(value),
        Cue,
        Cue,
    ),
    // Africa
    Form::new(kinds::ZA_ID, "######_####_###", za_id, Peace, Peace),
    Form::new(kinds::EG_ID, "##############", eg_id, Person, Person),
    Form::new(kinds::NG_NIN, "###########", any, Cue, Cue),
    Form::new(kinds::KE_ID, "A#########A", |value| matches!(byte_at(value, 0), b'A' | b'P'), Peace, Peace),
];

fn in_aadhaar(value: &[u8]) -> bool {
    byte_at(value, 0) > b'1' && verhoeff(value)
}

/// The fourth letter tells what the taxpayer is.
fn in_pan(value: &[u8]) -> bool {
    b"ABCFGHJLPT".contains(&byte_at(value, 3))
}

fn in_vehicle(value: &[u8]) -> bool {
    const STATES: &[&[u8]] = &[
        b"AN", b"AP", b"AR", b"AS", b"BR", b"CG", b"CH", b"DD", b"DL", b"DN", b"GA", b"GJ", b"HP", b"HR",
        b"JH", b"JK", b"KA", b"KL", b"LA", b"LD", b"MH", b"ML", b"MN", b"MP", b"MZ", b"NL", b"OD", b"OR",
        b"PB", b"PY", b"RJ", b"SK", b"TG", b"TN", b"TR", b"TS", b"UK", b"UP", b"WB",
    ];
    value.get(..2).is_some_and(|state| STATES.contains(&state))
}

fn lk_nic(value: &[u8]) -> bool {
    let day = number(value, 2, 5);
    matches!(byte_at(value, 9), b'V' | b'X') && matches!(day, 1..=366 | 501..=866)
}

fn ir_melli(value: &[u8]) -> bool {
    let rest = weighted(value, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    !is_uniform(value) && digit_at(value, 9) == if rest < 2 { rest } else { 11 - rest }
}

fn cn_resident_id(value: &[u8]) -> bool {
    let sum = weighted(value, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    yyyymmdd(value, 6) && lettered(b"10X98765432", u64::from(sum % 11), byte_at(value, 17))
}

fn jp_my_number(value: &[u8]) -> bool {
    let rest = weighted(value, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    !is_uniform(value) && digit_at(value, 11) == if rest < 2 { 0 } else { 11 - rest }
}

/// A date, and after it a digit that tells sex and century; there is no check digit since 2020.
fn kr_dated(value: &[u8], sexes: &[u8]) -> bool {
    yymmdd(value, 0) && sexes.contains(&byte_at(value, 6))
}

fn kr_check(value: &[u8]) -> bool {
    (11 - weighted(value, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10 == digit_at(value, 12)
}

fn kr_brn(value: &[u8]) -> bool {
    let carried = digit_at(value, 8) * 5 / 10;
    let sum = weighted(value, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + carried;
    (10 - sum % 10) % 10 == digit_at(value, 9)
}

fn tw_id(value: &[u8]) -> bool {
    let place = b"ABCDEFGHJKLMNPQRSTUVXYWZIO".iter().position(|&letter| letter == byte_at(value, 0));
    let Some(worth) = place.and_then(|place| u32::try_from(place + 10).ok()) else { return false };
    let sum = worth / 10
        + worth % 10 * 9
        + weighted(value.get(1..).unwrap_or_default(), &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    matches!(byte_at(value, 1), b'1' | b'2' | b'8' | b'9') && sum.is_multiple_of(10)
}

fn hk_id(value: &[u8]) -> bool {
    let letter = u32::from(byte_at(value, 0).wrapping_sub(b'A')) + 10;
    let sum = 36 * 9 + letter * 8 + weighted(value.get(1..).unwrap_or_default(), &[7, 6, 5, 4, 3, 2]);
    lettered(b"0123456789A", u64::from((11 - sum % 11) % 11), byte_at(value, 7))
}

fn sg_nric_fin(value: &[u8]) -> bool {
    let sum = weighted(value.get(1..).unwrap_or_default(), &[2, 7, 6, 5, 4, 3, 2]);
    let letter = byte_at(value, 8);
    let (letters, shift): (&[u8], u32) = match byte_at(value, 0) {
        b'S' => (b"JZIHGFEDCBA", 0),
        b'T' => (b"JZIHGFEDCBA", 4),
        b'F' => (b"XWUTRQPNMLK", 0),
        b'G' => (b"XWUTRQPNMLK", 4),
        b'M' => (b"XWUTRQPNJLK", 3),
        _ => return false,
    };
    lettered(letters, u64::from((sum + shift) % 11), letter)
}

/// Province, then a date where women's days count from forty.
fn id_nik(value: &[u8]) -> bool {
    let day = number(value, 6, 8);
    let day = if day > 40 { day - 40 } else { day };
    let date = (number(value, 10, 12), number(value, 8, 10));
    (11..=94).contains(&number(value, 0, 2))
        && super::super::dates::is_day(2000 + date.0, date.1, day)
        && number(value, 12, 16) > 0
}

fn th_tnin(value: &[u8]) -> bool {
    let sum = weighted(value, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (b'1'..=b'8').contains(&byte_at(value, 0)) && (11 - sum % 11) % 10 == digit_at(value, 12)
}

fn au_tfn(value: &[u8]) -> bool {
    !is_uniform(value) && weighted(value, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

fn au_abn(value: &[u8]) -> bool {
    let sum = weighted(value, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    byte_at(value, 0) != b'0' && sum >= 10 && (sum - 10).is_multiple_of(89)
}

fn au_medicare(value: &[u8]) -> bool {
    (b'2'..=b'6').contains(&byte_at(value, 0))
        && weighted(value, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digit_at(value, 8)
}

fn nz_ird(value: &[u8]) -> bool {
    let mut padded = [b'0'; 9];
    for (place, &byte) in padded.iter_mut().rev().zip(value.iter().rev()) {
        *place = byte;
    }
    let whole = number(&padded, 0, 9);
    (10_000_000..150_000_000).contains(&whole)
        && (complement11(&padded, &[3, 2, 7, 6, 5, 4, 3, 2])
            || complement11(&padded, &[7, 4, 3, 2, 5, 2, 7, 6]))
}

fn il_id(value: &[u8]) -> bool {
    !is_uniform(value) && luhn(value)
}

fn za_id(value: &[u8]) -> bool {
    yymmdd(value, 0) && matches!(byte_at(value, 10), b'0' | b'1' | b'2') && luhn(value)
}

fn eg_id(value: &[u8]) -> bool {
    let century = match byte_at(value, 0) {
        b'2' => 1900,
        b'3' => 2000,
        _ => return false,
    };
    is_birthday(century + number(value, 1, 3), number(value, 3, 5), number(value, 5, 7))
}
