//! Waits in each of their spellings.

use std::time::Duration;

use proptest::prelude::*;

use super::{LONGEST, date, retry_after, retry_after_ms, span, spelled_span, until_date};

/// Sun, 06 Nov 1994 08:49:37 GMT.
const THEN: u64 = 784_111_777;

#[test]
fn waits_are_seconds_or_dates() {
    for (value, now, expected) in [
        ("0", THEN, Some(Duration::ZERO)),
        ("120", THEN, Some(Duration::from_mins(2))),
        (" 7 ", THEN, Some(Duration::from_secs(7))),
        ("1.5", THEN, Some(Duration::from_millis(1500))),
        ("0.03", THEN, Some(Duration::from_millis(30))),
        ("99999999999999999999999", THEN, Some(LONGEST)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", THEN - 30, Some(Duration::from_secs(30))),
        ("Sunday, 06-Nov-94 08:49:37 GMT", THEN - 30, Some(Duration::from_secs(30))),
        ("Sun Nov  6 08:49:37 1994", THEN - 30, Some(Duration::from_secs(30))),
        ("Sun, 06 Nov 1994 08:49:37 GMT", THEN + 30, Some(Duration::ZERO)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", THEN, Some(LONGEST)),
        ("", THEN, None),
        ("-1", THEN, None),
        ("+1", THEN, None),
        ("1e3", THEN, None),
        ("inf", THEN, None),
        ("NaN", THEN, None),
        (".", THEN, None),
        ("1.2.3", THEN, None),
        ("12s", THEN, None),
        ("soon", THEN, None),
        ("Sun, 06 Nov 1994 08:49:37 CET", THEN, None),
    ] {
        assert_eq!(retry_after(value, now), expected, "{value:?}");
    }
}

#[test]
fn milliseconds_have_a_header_of_their_own() {
    for (value, expected) in [
        ("1500", Some(Duration::from_millis(1500))),
        ("0.5", Some(Duration::from_micros(500))),
        ("99999999999999999999999", Some(LONGEST)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", None),
        ("", None),
        ("-5", None),
    ] {
        assert_eq!(retry_after_ms(value), expected, "{value:?}");
    }
}

proptest! {
    #[test]
    fn any_value_stays_within_bounds(value in ".{0,40}", now in any::<u64>()) {
        prop_assert!(retry_after(&value, now).is_none_or(|wait| wait <= LONGEST));
        prop_assert!(retry_after_ms(&value).is_none_or(|wait| wait <= LONGEST));
    }

    #[test]
    fn dates_round_trip(now in 0_u64..4_000_000_000, wait in 0_u64..31_000_000) {
        let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(now + wait));
        prop_assert_eq!(retry_after(&date, now), Some(Duration::from_secs(wait)));
    }
}

#[test]
fn spans_are_read_with_their_units() {
    for (told, milliseconds) in [
        ("1s", Some(1_000)),
        ("6m0s", Some(360_000)),
        ("120ms", Some(120)),
        ("1h2m3.5s", Some(3_723_500)),
        ("1d", Some(86_400_000)),
        (" 2m59.56s ", Some(179_560)),
        ("", None),
        ("12", None),
        ("s", None),
        ("1y", None),
        ("-1s", None),
        ("1.2.3s", None),
    ] {
        assert_eq!(span(told), milliseconds.map(Duration::from_millis), "{told}");
    }
    for (seconds, told) in [(0, "0s"), (59, "59s"), (360, "6m0s"), (3_723, "1h2m3s")] {
        assert_eq!(spelled_span(Duration::from_secs(seconds)), told);
    }
    assert_eq!(spelled_span(Duration::from_millis(1_001)), "2s");
    assert_eq!(span("99999999999d"), Some(LONGEST));
}

#[test]
fn dates_are_told_and_read() {
    for (seconds, told) in [
        (0_u64, "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_735_689_599, "2024-12-31T23:59:59Z"),
        (1_772_323_200, "2026-03-01T00:00:00Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
    ] {
        assert_eq!(date(seconds, Duration::ZERO), told);
        assert_eq!(
            until_date(told, seconds.saturating_sub(7)),
            Some(Duration::from_secs(seconds.min(7))),
            "{told}"
        );
        assert_eq!(until_date(told, seconds + 1), Some(Duration::ZERO), "{told}");
    }
    for (told, wait) in [
        ("2026-03-01T02:00:05.25+02:00", Some(5)),
        ("2026-02-28 19:00:01-05:00", Some(1)),
        ("2026-03-01T00:00:05", None),
        ("2026-13-01T00:00:05Z", None),
        ("2026-03-01", None),
        ("later", None),
        ("2026-03-01T00:00:05+aa:00", None),
    ] {
        assert_eq!(until_date(told, 1_772_323_200), wait.map(Duration::from_secs), "{told}");
    }
}
