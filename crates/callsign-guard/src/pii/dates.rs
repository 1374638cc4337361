//! Whether digits are a date that somebody may have been born on.

use super::checks::number;

/// The earliest year of birth that is believed.
const OLDEST: u64 = 1900;
/// The first year that is not believed any more: wide enough to outlive this code, narrow enough to tell dates from other digits.
const LATEST: u64 = 2040;

/// Whether there is such a day.
pub(super) fn is_day(year: u64, month: u64, day: u64) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Whether there is such a day, in a year that a living person may have been born in.
pub(super) fn is_birthday(year: u64, month: u64, day: u64) -> bool {
    (OLDEST..LATEST).contains(&year) && is_day(year, month, day)
}

/// Whether the six digits from `at` on are year, month, day of some century.
pub(super) fn yymmdd(value: &[u8], at: usize) -> bool {
    is_day(2000 + number(value, at, at + 2), number(value, at + 2, at + 4), number(value, at + 4, at + 6))
}

/// Whether the six digits from `at` on are day, month, year of some century.
pub(super) fn ddmmyy(value: &[u8], at: usize) -> bool {
    is_day(2000 + number(value, at + 4, at + 6), number(value, at + 2, at + 4), number(value, at, at + 2))
}

/// Whether the eight digits from `at` on are year, month, day.
pub(super) fn yyyymmdd(value: &[u8], at: usize) -> bool {
    is_birthday(number(value, at, at + 4), number(value, at + 4, at + 6), number(value, at + 6, at + 8))
}
