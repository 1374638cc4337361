//! Exact quantities out of text: durations, sizes, money, weights, dates. No floats anywhere.

use std::time::Duration;

use callsign_plan::units::{Money, Weight};

/// Why a text is not the quantity it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No number at all.
    NotANumber,
    /// Below 0.
    Negative,
    /// More digits after the point than are kept.
    TooFine,
    /// More than can be counted.
    TooLarge,
    /// A number without its unit, or with an unknown one.
    Unit,
}

/// `text` as a whole number of units of 10^-`places`.
pub(crate) fn decimal(text: &str, places: usize) -> Result<u64, Fault> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('-') {
        // "-0" is no mistake worth a message of its own, but nobody means it.
        return Err(if decimal(rest, places).is_ok() { Fault::Negative } else { Fault::NotANumber });
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
        return Err(Fault::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places {
        return Err(Fault::TooFine);
    }
    let missing = std::iter::repeat_n(b'0', places - fraction.len());
    let digits = whole.bytes().chain(fraction.bytes()).chain(missing);
    let number = digits
        .into_iter()
        .try_fold(0_u64, |number, digit| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
    number.ok_or(Fault::TooLarge)
}

/// A weight such as `80` or `33.4`.
pub(crate) fn weight(text: &str) -> Result<Weight, Fault> {
    decimal(text, 6).map(Weight)
}

/// Dollars such as `0.10` or `$0.10`.
pub(crate) fn money(text: &str) -> Result<Money, Fault> {
    let text = text.trim();
    decimal(text.strip_prefix('$').unwrap_or(text), 9).map(Money)
}

/// A duration such as `500ms`, `1.5s`, `5m`, `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, Fault> {
    const UNITS: &[(&str, u64)] =
        &[("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)];
    let (number, nanos) = with_unit(text, UNITS)?;
    let billionths = u128::from(decimal(number, 9)?);
    let total = billionths * u128::from(nanos) / 1_000_000_000;
    u64::try_from(total).map(Duration::from_nanos).map_err(|_| Fault::TooLarge)
}

/// A size in bytes such as `1048576`, `10MB`, `64MiB`.
pub(crate) fn size(text: &str) -> Result<u64, Fault> {
    const UNITS: &[(&str, u64)] = &[
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
        ("", 1),
    ];
    let (number, bytes) = with_unit(text, UNITS)?;
    decimal(number, 0)?.checked_mul(bytes).ok_or(Fault::TooLarge)
}

/// A number of tokens such as `128000`, `200k`, `1M`; never 0.
pub(crate) fn tokens(text: &str) -> Result<u64, Fault> {
    const UNITS: &[(&str, u64)] = &[("", 1), ("k", 1_000), ("K", 1_000), ("m", 1_000_000), ("M", 1_000_000)];
    let (number, each) = with_unit(text, UNITS)?;
    let tokens = decimal(number, 0)?.checked_mul(each).ok_or(Fault::TooLarge)?;
    if tokens == 0 { Err(Fault::NotANumber) } else { Ok(tokens) }
}

fn with_unit<'t>(text: &'t str, units: &[(&str, u64)]) -> Result<(&'t str, u64), Fault> {
    let text = text.trim();
    let end = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end).ok_or(Fault::NotANumber)?;
    decimal(number, 9)?;
    let factor = units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    factor.map(|factor| (number.trim_end(), factor)).ok_or(Fault::Unit)
}

/// `2026-12-01` or `2026-12-01T08:30:00Z` as seconds since 1970-01-01 UTC.
pub(crate) fn date(text: &str) -> Option<u64> {
    let (day, time) = text.trim().split_once('T').unwrap_or((text.trim(), "00:00:00Z"));
    let [year, month, day] = numbers(day, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time.strip_suffix('Z')?, ':', [2, 2, 2])?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) || year < 1970 {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let years: u64 = (1970..year).map(|year| 365 + u64::from(is_leap(year))).sum();
    let months: u64 = (1..month).map(|month| days_in(year, month)).sum();
    Some((((years + months + day - 1) * 24 + hour) * 60 + minute) * 60 + second)
}

fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(separator);
    let mut next = |width: usize| {
        let part = parts.next().filter(|part| part.len() == width)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let [first, second, third] = widths;
    let found = [next(first)?, next(second)?, next(third)?];
    parts.next().is_none().then_some(found)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + is_leap(year) as u64,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn money_is_exact() {
        let cases =
            [("0.10", 100_000_000), ("$0.1", 100_000_000), ("15", 15_000_000_000), ("0.000000001", 1)];
        for (text, nanos) in cases {
            assert_eq!(money(text), Ok(Money(nanos)), "{text}");
        }
        for (text, fault) in [
            ("0.0000000001", Fault::TooFine),
            ("-1", Fault::Negative),
            ("1e3", Fault::NotANumber),
            ("", Fault::NotANumber),
            (".5", Fault::NotANumber),
            ("5.", Fault::NotANumber),
            ("99999999999999999999", Fault::TooLarge),
        ] {
            assert_eq!(money(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn durations_have_units() {
        for (text, millis) in [
            ("500ms", 500),
            ("5s", 5_000),
            ("1m", 60_000),
            ("1h", 3_600_000),
            ("0.005s", 5),
            ("1.5m", 90_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for (text, fault) in
            [("5", Fault::Unit), ("5x", Fault::Unit), ("s", Fault::NotANumber), ("-5s", Fault::Negative)]
        {
            assert_eq!(duration(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn sizes_know_both_kinds_of_units() {
        for (text, bytes) in [("64MiB", 64 << 20), ("10MB", 10_000_000), ("512", 512), ("1 GiB", 1 << 30)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for (text, fault) in
            [("1.5MB", Fault::TooFine), ("64Mb", Fault::Unit), ("99999999999GB", Fault::TooLarge)]
        {
            assert_eq!(size(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn tokens_are_counted_in_thousands_and_millions() {
        for (text, count) in [("128000", 128_000), ("200k", 200_000), ("1M", 1_000_000), ("64 K", 64_000)] {
            assert_eq!(tokens(text), Ok(count), "{text}");
        }
        for (text, fault) in [
            ("0", Fault::NotANumber),
            ("0k", Fault::NotANumber),
            ("1.5M", Fault::TooFine),
            ("5g", Fault::Unit),
            ("-5", Fault::Negative),
            ("99999999999999M", Fault::TooLarge),
        ] {
            assert_eq!(tokens(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn dates_follow_the_calendar() {
        let cases = [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(951_782_400)),
            ("2026-12-01T08:30:00Z", Some(1_796_113_800)),
            ("2025-02-29", None),
            ("2025-13-01", None),
            ("2025-1-1", None),
            ("2025-01-01T00:00:00", None),
            ("tomorrow", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(date(text), seconds, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_shown_weight_reads_back(millionths in any::<u32>()) {
            let shown = Weight(u64::from(millionths)).to_string();
            prop_assert_eq!(weight(&shown), Ok(Weight(u64::from(millionths))));
        }

        #[test]
        fn written_money_reads_back(whole in 0u64..1_000_000_000, nanos in 0u64..1_000_000_000) {
            let text = format!("{whole}.{nanos:09}");
            prop_assert_eq!(money(&text), Ok(Money(whole * 1_000_000_000 + nanos)));
        }

        #[test]
        fn written_durations_read_back(millis in any::<u32>()) {
            let expected = Duration::from_millis(u64::from(millis));
            prop_assert_eq!(duration(&format!("{millis}ms")), Ok(expected));
        }

        #[test]
        fn no_text_breaks_a_quantity(text in ".*") {
            let _ = (decimal(&text, 9).is_ok(), duration(&text).is_ok(), size(&text).is_ok(), date(&text).is_some());
        }
    }
}
