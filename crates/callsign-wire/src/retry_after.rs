//! When a provider wants to be asked again, as [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after) and
//! providers spell it.

use std::time::{Duration, SystemTime};

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

#[cfg(test)]
mod tests;
