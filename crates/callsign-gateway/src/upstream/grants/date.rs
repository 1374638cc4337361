//! Dates as AWS writes them, in seconds since 1970-01-01 UTC.

use callsign_wire::calendar::{civil, days};

const DAY: u64 = 86_400;

/// `20150830T123600Z`.
pub(super) fn basic(unix: u64) -> String {
    let (year, month, day) = civil(unix / DAY);
    let second = unix % DAY;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The seconds of `2015-08-30T12:36:00Z`, with or without parts of a second.
pub(super) fn parse(text: &str) -> Option<u64> {
    let (date, time) = text.trim_end_matches('Z').split_once('T')?;
    let mut date = date.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let time = time.split('.').next()?;
    let mut time = time.splitn(3, ':').map(str::parse::<u64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let plausible = (1970..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (plausible && hour < 24 && minute < 60 && second < 61)
        .then(|| days(year, month, day) * DAY + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_and_read() {
        for (unix, told, read) in [
            (0, "19700101T000000Z", "1970-01-01T00:00:00Z"),
            (1_440_938_160, "20150830T123600Z", "2015-08-30T12:36:00Z"),
            (951_782_400, "20000229T000000Z", "2000-02-29T00:00:00.000Z"),
            (4_107_542_399, "21000228T235959Z", "2100-02-28T23:59:59Z"),
        ] {
            assert_eq!(basic(unix), told);
            assert_eq!(parse(read), Some(unix), "{read}");
        }
        for bad in ["", "2015-08-30", "2015-13-30T00:00:00Z", "1900-01-01T00:00:00Z", "2015-08-30T25:00:00Z"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
