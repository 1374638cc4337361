//! Check digits and check letters. Every function takes the value without separators, in upper case, and of the right length.

/// What a digit is worth; letters are worth what ASCII makes of them, so that a mask has to tell them apart first.
fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// What a digit or a letter is worth in base 36.
fn base36(byte: u8) -> u32 {
    char::from(byte).to_digit(36).unwrap_or(0)
}

/// The digits of `value` times `weights`, summed.
pub(super) fn weighted(value: &[u8], weights: &[u32]) -> u32 {
    value.iter().zip(weights).map(|(&byte, weight)| digit(byte) * weight).sum()
}

/// The digit at `at`.
pub(super) fn digit_at(value: &[u8], at: usize) -> u32 {
    value.get(at).map_or(0, |&byte| digit(byte))
}

/// The byte at `at`.
pub(super) fn byte_at(value: &[u8], at: usize) -> u8 {
    value.get(at).copied().unwrap_or(0)
}

/// The decimal number that the bytes between `start` and `end` write.
pub(super) fn number(value: &[u8], start: usize, end: usize) -> u64 {
    value.get(start..end).unwrap_or_default().iter().fold(0, |sum, &byte| sum * 10 + u64::from(digit(byte)))
}

/// Whether all bytes are the same one: no number that anybody is given.
pub(super) fn is_uniform(value: &[u8]) -> bool {
    value.first().is_some_and(|first| value.iter().all(|byte| byte == first))
}

/// Luhn: cards, Canadian, Swedish, South African and Greek numbers.
pub(super) fn luhn(value: &[u8]) -> bool {
    luhn_sum(value).is_multiple_of(10)
}

/// The sum that Luhn's check makes a multiple of ten.
pub(super) fn luhn_sum(value: &[u8]) -> u32 {
    let doubled = |byte: u8| {
        let double = digit(byte) * 2;
        if double > 9 { double - 9 } else { double }
    };
    let parts = value.iter().rev().enumerate();
    parts.map(|(place, &byte)| if place % 2 == 1 { doubled(byte) } else { digit(byte) }).sum()
}

/// ISO 7064 mod 97-10, letters worth 10 to 35: IBAN once it is turned round.
pub(super) fn mod97(value: impl Iterator<Item = u8>) -> u32 {
    value.fold(0, |rest, byte| {
        let worth = base36(byte);
        (if worth > 9 { rest * 100 + worth } else { rest * 10 + worth }) % 97
    })
}

/// ISO 7064 mod 11,10: the German tax number, the Croatian OIB.
pub(super) fn mod11_10(value: &[u8]) -> bool {
    let Some((&check, body)) = value.split_last() else { return false };
    let rest = body.iter().fold(10, |product, &byte| {
        let sum = (digit(byte) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - rest) % 10 == digit(check)
}

/// Verhoeff's check over the dihedral group of ten: Aadhaar.
pub(super) fn verhoeff(value: &[u8]) -> bool {
    let times = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let turned = |byte: u8, times: usize| {
        (0..times % 8).fold(digit(byte), |digit, _| digit_at(b"1576283094", digit as usize))
    };
    value.iter().rev().enumerate().fold(0, |sum, (place, &byte)| times(sum, turned(byte, place))) == 0
}

/// Weights of 13-digit article numbers: the Swiss AHV number.
pub(super) fn ean13(value: &[u8]) -> bool {
    weighted(value, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

/// A number of the mod-11 family: the last digit is `11 - sum % 11`, where 11 stands for 0 and 10 is never given.
pub(super) fn complement11(value: &[u8], weights: &[u32]) -> bool {
    let check = (11 - weighted(value, weights) % 11) % 11;
    check < 10 && digit_at(value, weights.len()) == check
}

/// As [`complement11`], but a check of 10 is written 0.
pub(super) fn complement11_or_zero(value: &[u8], weights: &[u32]) -> bool {
    let check = (11 - weighted(value, weights) % 11) % 11 % 10;
    digit_at(value, weights.len()) == check
}

/// The last digit makes the weighted sum a multiple of ten.
pub(super) fn complement10(value: &[u8], weights: &[u32]) -> bool {
    let check = (10 - weighted(value, weights) % 10) % 10;
    digit_at(value, weights.len()) == check
}

/// Whether `letters`, at the place `rest`, names `letter`.
pub(super) fn lettered(letters: &[u8], rest: u64, letter: u8) -> bool {
    usize::try_from(rest).ok().and_then(|rest| letters.get(rest)) == Some(&letter)
}

/// The Luhn check over letters and digits that India's GSTIN uses, base 36.
pub(super) fn luhn36(value: &[u8]) -> bool {
    let Some((&check, body)) = value.split_last() else { return false };
    let sum = body.iter().rev().enumerate().fold(0, |sum, (place, &byte)| {
        let product = base36(byte) * if place % 2 == 0 { 2 } else { 1 };
        sum + product / 36 + product % 36
    });
    (36 - sum % 36) % 36 == base36(check)
}

/// Weights 7, 3, 1 over letters and digits: identity documents that machines read.
pub(super) fn mod731(value: &[u8]) -> bool {
    let Some((&check, body)) = value.split_last() else { return false };
    let sum: u32 =
        body.iter().zip([7, 3, 1].into_iter().cycle()).map(|(&byte, weight)| base36(byte) * weight).sum();
    sum % 10 == digit(check)
}

/// The character code of a codice fiscale's last letter.
pub(super) fn codice_fiscale(value: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let Some((&check, body)) = value.split_last() else { return false };
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(place, &byte)| {
            let worth = if byte.is_ascii_digit() { digit(byte) } else { u32::from(byte.wrapping_sub(b'A')) };
            if place % 2 == 1 { worth } else { ODD.get(worth as usize).copied().unwrap_or(0) }
        })
        .sum();
    u32::from(check.wrapping_sub(b'A')) == sum % 26
}

/// The ninth character of a vehicle identification number.
pub(super) fn vin(value: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let worth = |byte: u8| match byte {
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'R' => u32::from(byte - b'J') + 1,
        b'S'..=b'Z' => u32::from(byte - b'S') + 2,
        _ => digit(byte),
    };
    if value.iter().any(|byte| matches!(byte, b'I' | b'O' | b'Q')) {
        return false;
    }
    let sum: u32 = value.iter().zip(WEIGHTS).map(|(&byte, weight)| worth(byte) * weight).sum();
    let check = if sum % 11 == 10 { b'X' } else { b'0'.wrapping_add(u8::try_from(sum % 11).unwrap_or(0)) };
    byte_at(value, 8) == check
}
