//! When a provider wants to be asked again, as [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after) and
//! providers spell it, and when its limits begin anew.

use std::time::{Duration, SystemTime};

use crate::calendar::{civil, days};

/// Longer waits mean the same to everyone, and sums of times stay within bounds.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// How long a `Retry-After` asks to wait: seconds, with decimals as some providers send them, or a date. `now` is in seconds
/// since 1970.
pub fn retry_after(value: &str, now: u64) -> Option<Duration> {
    let value = value.trim();
    decimal(value, 1.0).or_else(|| until(value, now))
}

/// How long a `retry-after-ms` asks to wait, the header of OpenAI's and Azure's.
pub fn retry_after_ms(value: &str) -> Option<Duration> {
    decimal(value.trim(), 1000.0)
}

/// A plain number of which `per_second` make a second.
fn decimal(value: &str, per_second: f64) -> Option<Duration> {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = value.parse().ok().filter(|_| is_plain)?;
    Some(Duration::try_from_secs_f64(number / per_second).map_or(LONGEST, |wait| wait.min(LONGEST)))
}

/// The time until an HTTP date; none for one that is past.
fn until(value: &str, now: u64) -> Option<Duration> {
    let date = httpdate::parse_http_date(value).ok()?;
    let date = date.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Some(date.saturating_sub(Duration::from_secs(now)).min(LONGEST))
}

/// How long a span is that OpenAI and others write with units: `6m0s`, `1.5s`, `120ms`.
pub fn span(value: &str) -> Option<Duration> {
    let mut rest = value.trim();
    if rest.is_empty() {
        return None;
    }
    let mut whole = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, unit) = rest.split_at_checked(digits)?;
        let letters = unit.find(|letter: char| !letter.is_alphabetic()).unwrap_or(unit.len());
        let (unit, after) = unit.split_at_checked(letters)?;
        let per_second = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        whole = whole.saturating_add(decimal(number, per_second)?).min(LONGEST);
        rest = after;
    }
    Some(whole)
}

/// Units of spans, and how many of each make a second.
const UNITS: [(&str, f64); 5] =
    [("d", 1.0 / 86_400.0), ("h", 1.0 / 3_600.0), ("m", 1.0 / 60.0), ("s", 1.0), ("ms", 1000.0)];

/// A span as OpenAI writes it, in whole seconds: `1h2m3s`.
pub fn spelled_span(span: Duration) -> String {
    let seconds = whole_seconds(span);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// The time so long after `now`, as Anthropic writes it: RFC 3339, in whole seconds.
pub fn date(now: u64, span: Duration) -> String {
    let at = now.saturating_add(whole_seconds(span));
    let (days, second) = (at / DAY, at % DAY);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// How long it is until a time in the form of RFC 3339; none for one that is past.
pub fn until_date(value: &str, now: u64) -> Option<Duration> {
    let (date, clock) = value.trim().split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-')?;
    let zone = clock.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = clock.split_at_checked(zone)?;
    let (clock, _fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hour, minute, second] = numbers(clock, ':')?;
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let at = in_range.then(|| days(year, month, day) * DAY + hour * 3_600 + minute * 60 + second)?;
    let at = at.checked_add_signed(-offset(zone)?)?;
    Some(Duration::from_secs(at.saturating_sub(now)).min(LONGEST))
}

const DAY: u64 = 86_400;

/// No shorter than it is: who comes too early is refused again.
const fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + if span.subsec_nanos() > 0 { 1 } else { 0 }
}

/// Three numbers without signs.
fn numbers(text: &str, between: char) -> Option<[u64; 3]> {
    let mut numbers = text.split(between).map(|number| {
        let is_plain = number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit());
        number.parse().ok().filter(|_| is_plain)
    });
    let three = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(three)
}

/// How many seconds a zone (`Z`, `+02:00`) is ahead.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let ahead = zone.starts_with('+');
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = i64::from(hours.min(23) * 3_600 + minutes.min(59) * 60);
    Some(if ahead { seconds } else { -seconds })
}

#[cfg(test)]
mod tests;
