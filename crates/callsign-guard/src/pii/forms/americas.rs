//! The Americas' numbers: persons, taxes, health, banks.

use super::super::checks::{byte_at, complement11, digit_at, is_uniform, luhn, luhn_sum, number, weighted};
use super::super::cues::Need::{Cue, Nothing, Peace, Person};
use super::super::dates::yymmdd;
use super::super::kinds;
use super::{Form, any};

/// The forms, in order of preference where two fit equally well.
pub(super) static FORMS: &[Form] = &[
    // United States
    Form::new(kinds::US_SSN, "###-##-####", us_ssn, Peace, Peace),
    Form::new(kinds::US_SSN, "### ## ####", us_ssn, Person, Person),
    Form::new(kinds::US_SSN, "#########", us_ssn, Cue, Cue),
    Form::new(kinds::US_ITIN, "###-##-####", us_itin, Peace, Peace),
    Form::new(kinds::US_ITIN, "### ## ####", us_itin, Person, Person),
    Form::new(kinds::US_ITIN, "#########", us_itin, Cue, Cue),
    Form::new(kinds::US_EIN, "##-#######", any, Cue, Cue),
    Form::new(kinds::US_NPI, "##########", us_npi, Cue, Cue),
    Form::new(kinds::US_MBI, "#AX#AX#AA##", us_mbi, Peace, Peace),
    Form::new(kinds::US_MBI, "#AX#-AX#-AA##", us_mbi, Peace, Peace),
    Form::new(kinds::US_ROUTING_NUMBER, "#########", us_routing, Cue, Cue),
    Form::new(kinds::MEDICAL_LICENSE, "AA#######", dea, Peace, Peace),
    Form::new(kinds::MEDICAL_LICENSE, "A9#######", dea, Peace, Peace),
    // Canada
    Form::new(kinds::CA_SIN, "###_###_###", ca_sin, Person, Peace),
    Form::new(kinds::CA_HEALTH, "####_###_###", luhn, Cue, Cue),
    Form::new(kinds::CA_HEALTH, "####-###-###-AA", luhn_of_ten, Peace, Peace),
    Form::new(kinds::CA_HEALTH, "AAAA_####_####", any, Cue, Cue),
    // Mexico
    Form::new(kinds::MX_CURP, "AAAA######AAAAAAX#", mx_curp, Nothing, Nothing),
    Form::new(kinds::MX_RFC, "AAAA######XXX", |value| yymmdd(value, 4), Peace, Peace),
    Form::new(kinds::MX_RFC, "AAAA-######-XXX", |value| yymmdd(value, 4), Peace, Peace),
    Form::new(kinds::MX_NSS, "##_##_##_####_#", luhn, Person, Peace),
    Form::new(kinds::MX_CLABE, "##################", mx_clabe, Peace, Peace),
    // Brazil
    Form::new(kinds::BR_CPF, "###.###.###-##", br_cpf, Nothing, Nothing),
    Form::new(kinds::BR_CPF, "###########", br_cpf, Peace, Peace),
    Form::new(kinds::BR_CPF, "#########-##", br_cpf, Peace, Peace),
    Form::new(kinds::BR_CNPJ, "##.###.###/####-##", br_cnpj, Nothing, Nothing),
    Form::new(kinds::BR_CNPJ, "##############", br_cnpj, Peace, Peace),
    Form::new(kinds::BR_RG, "##.###.###-X", br_rg, Peace, Peace),
    Form::new(kinds::BR_RG, "########X", br_rg, Cue, Cue),
    Form::new(kinds::BR_CNH, "###########", any, Cue, Cue),
    Form::new(kinds::BR_PIS, "###.#####.##-#", br_pis, Peace, Peace),
    Form::new(kinds::BR_PIS, "###########", br_pis, Cue, Cue),
    // The South and the middle
    Form::new(kinds::AR_CUIT, "##-########-#", ar_cuit, Peace, Peace),
    Form::new(kinds::AR_CUIT, "###########", ar_cuit, Person, Person),
    Form::new(kinds::AR_DNI, "##.###.###", any, Cue, Cue),
    Form::new(kinds::AR_DNI, "########", any, Cue, Cue),
    Form::new(kinds::CL_RUT, "##.###.###-X", cl_rut, Peace, Peace),
    Form::new(kinds::CL_RUT, "#.###.###-X", cl_rut, Peace, Peace),
    Form::new(kinds::CL_RUT, "########-X", cl_rut, Peace, Peace),
    Form::new(kinds::CL_RUT, "#######-X", cl_rut, Person, Person),
    Form::new(kinds::CO_NIT, "###.###.###-#", co_nit, Peace, Peace),
    Form::new(kinds::CO_NIT, "#########-#", co_nit, Peace, Peace),
    Form::new(kinds::CO_CC, "#.###.###.###", any, Cue, Cue),
    Form::new(kinds::CO_CC, "##########", any, Cue, Cue),
    Form::new(kinds::CO_CC, "########", any, Cue, Cue),
    Form::new(kinds::PE_DNI, "########", any, Cue, Cue),
    Form::new(kinds::PE_RUC, "###########", pe_ruc, Person, Person),
    Form::new(kinds::UY_CI, "#.###.###-#", uy_ci, Peace, Peace),
    Form::new(kinds::UY_CI, "#######-#", uy_ci, Person, Person),
    Form::new(kinds::EC_CI, "##########", ec_ci, Person, Person),
    Form::new(kinds::EC_CI, "#########-#", ec_ci, Peace, Peace),
    Form::new(kinds::VE_CI, "A-########", |value| matches!(byte_at(value, 0), b'V' | b'E'), Person, Person),
    Form::new(kinds::VE_CI, "A-##.###.###", |value| matches!(byte_at(value, 0), b'V' | b'E'), Peace, Peace),
    Form::new(kinds::DO_CEDULA, "###-#######-#", luhn, Peace, Peace),
    Form::new(kinds::DO_CEDULA, "###########", luhn, Cue, Cue),
];

/// Areas 000, 666 and 900 on are never given, nor the group 00, nor the serial 0000; nor the numbers of famous adverts.
fn us_ssn(value: &[u8]) -> bool {
    let (area, group, serial) = (number(value, 0, 3), number(value, 3, 5), number(value, 5, 9));
    let advert = [b"078051120", b"219099999", b"123456789", b"111111111", b"333333333"]
        .iter()
        .any(|known| value == *known);
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && !advert
}

fn us_itin(value: &[u8]) -> bool {
    let group = number(value, 3, 5);
    byte_at(value, 0) == b'9' && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// Luhn over the number with the prefix that the health industry's cards have.
fn us_npi(value: &[u8]) -> bool {
    matches!(byte_at(value, 0), b'1' | b'2') && (luhn_sum(value) + 24).is_multiple_of(10)
}

fn us_mbi(value: &[u8]) -> bool {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic());
    byte_at(value, 0) != b'0' && !letters.into_iter().any(|letter| b"SLOIBZ".contains(letter))
}

fn us_routing(value: &[u8]) -> bool {
    matches!(number(value, 0, 2), 1..=12 | 21..=32 | 61..=72 | 80)
        && weighted(value, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

/// The Drug Enforcement Administration's numbers.
fn dea(value: &[u8]) -> bool {
    let sum = weighted(value.get(2..).unwrap_or_default(), &[1, 2, 1, 2, 1, 2]);
    b"ABCDEFGHJKLMPRSTUX".contains(&byte_at(value, 0))
        && (byte_at(value, 1).is_ascii_alphabetic() || byte_at(value, 1) == b'9')
        && sum % 10 == digit_at(value, 8)
}

fn ca_sin(value: &[u8]) -> bool {
    !matches!(byte_at(value, 0), b'0' | b'8') && !is_uniform(value) && luhn(value)
}

fn luhn_of_ten(value: &[u8]) -> bool {
    luhn(value.get(..10).unwrap_or_default())
}

fn mx_curp(value: &[u8]) -> bool {
    const STATES: &[&[u8]] = &[
        b"AS", b"BC", b"BS", b"CC", b"CL", b"CM", b"CS", b"CH", b"DF", b"DG", b"GT", b"GR", b"HG", b"JC",
        b"MC", b"MN", b"MS", b"NT", b"NL", b"OC", b"PL", b"QT", b"QR", b"SP", b"SL", b"SR", b"TC", b"TS",
        b"TL", b"VZ", b"YN", b"ZS", b"NE", b"CX",
    ];
    let state = value.get(11..13).is_some_and(|state| STATES.contains(&state));
    yymmdd(value, 4) && matches!(byte_at(value, 10), b'H' | b'M' | b'X') && state
}

fn mx_clabe(value: &[u8]) -> bool {
    let sum: u32 = value
        .iter()
        .take(17)
        .zip([3, 7, 1].into_iter().cycle())
        .map(|(&byte, weight)| u32::from(byte - b'0') * weight % 10)
        .sum();
    !is_uniform(value) && (10 - sum % 10) % 10 == digit_at(value, 17)
}

/// A check where a rest below two is written zero: Brazil's way.
fn br_check(value: &[u8], weights: &[u32]) -> bool {
    let rest = weighted(value, weights) % 11;
    digit_at(value, weights.len()) == if rest < 2 { 0 } else { 11 - rest }
}

fn br_cpf(value: &[u8]) -> bool {
    !is_uniform(value)
        && br_check(value, &[10, 9, 8, 7, 6, 5, 4, 3, 2])
        && br_check(value, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
}

fn br_cnpj(value: &[u8]) -> bool {
    !is_uniform(value)
        && br_check(value, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
        && br_check(value, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
}

fn br_rg(value: &[u8]) -> bool {
    let rest = weighted(value, &[2, 3, 4, 5, 6, 7, 8, 9]) % 11;
    let check = (11 - rest) % 11;
    let last = byte_at(value, 8);
    if last == b'X' { check == 10 } else { u32::from(last.wrapping_sub(b'0')) == check }
}

fn br_pis(value: &[u8]) -> bool {
    !is_uniform(value) && br_check(value, &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
}

fn ar_cuit(value: &[u8]) -> bool {
    matches!(number(value, 0, 2), 20 | 23 | 24 | 25 | 26 | 27 | 30 | 33 | 34)
        && complement11(value, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
}

fn cl_rut(value: &[u8]) -> bool {
    let Some((&check, body)) = value.split_last() else { return false };
    let sum: u32 = body
        .iter()
        .rev()
        .zip([2, 3, 4, 5, 6, 7].into_iter().cycle())
        .map(|(&byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    lettered_check((11 - sum % 11) % 11, check)
}

/// Ten is written `K`.
fn lettered_check(check: u32, last: u8) -> bool {
    if check == 10 { last == b'K' } else { u32::from(last.wrapping_sub(b'0')) == check }
}

fn co_nit(value: &[u8]) -> bool {
    let rest = weighted(value, &[41, 37, 29, 23, 19, 17, 13, 7, 3]) % 11;
    digit_at(value, 9) == if rest < 2 { rest } else { 11 - rest }
}

fn pe_ruc(value: &[u8]) -> bool {
    let check = 11 - weighted(value, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(number(value, 0, 2), 10 | 15 | 17 | 20) && check % 10 == digit_at(value, 10)
}

fn uy_ci(value: &[u8]) -> bool {
    weighted(value, &[2, 9, 8, 7, 6, 3, 4, 1]).is_multiple_of(10)
}

fn ec_ci(value: &[u8]) -> bool {
    matches!(number(value, 0, 2), 1..=24 | 30) && byte_at(value, 2) < b'6' && luhn(value)
}
