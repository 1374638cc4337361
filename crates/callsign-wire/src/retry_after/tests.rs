//! Waits in each of their spellings.

use std::time::Duration;

use proptest::prelude::*;

use super::{LONGEST, retry_after, retry_after_ms};

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
