//! What a connection string says: libpq's words, those of its ways to trust a server included.

use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::error::StoreError;

/// How to reach a database.
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) trust: Trust,
    /// A file of certificates to hold the server's against, instead of the system's.
    pub(super) root: Option<String>,
}

/// What has to be true of a server's certificate, as libpq's `sslmode` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Nothing: the connection is only encrypted.
    Anyone,
    /// Somebody whom we trust has signed it.
    Signed,
    /// And it is for the host that we asked for.
    Host,
}

const CONNECT: Duration = Duration::from_secs(5);

/// Reads a URL or `key=value` pairs.
pub(super) fn parse(text: &str) -> Result<Address, StoreError> {
    let (kept, taken) = if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        split_url(text)
    } else {
        split_pairs(text).ok_or(StoreError::ConnectionString)?
    };
    // The parser's own words may hold a part of a password that was not escaped.
    let mut config: Config = kept.parse().map_err(|_| StoreError::ConnectionString)?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(StoreError::ConnectionString);
    }
    let trust = trust(&mut config, &taken)?;
    if config.get_application_name().is_none() {
        config.application_name("callsign");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    Ok(Address { config, trust, root: taken.root })
}

fn trust(config: &mut Config, taken: &Taken) -> Result<Trust, StoreError> {
    let (mode, trust) = match taken.mode.as_deref() {
        Some("disable") => (SslMode::Disable, Trust::Anyone),
        None | Some("allow" | "prefer") => (SslMode::Prefer, Trust::Anyone),
        // So does libpq: who names certificates wants them looked at.
        Some("require") if taken.root.is_some() => (SslMode::Require, Trust::Signed),
        Some("require") => (SslMode::Require, Trust::Anyone),
        Some("verify-ca") => (SslMode::Require, Trust::Signed),
        Some("verify-full") => (SslMode::Require, Trust::Host),
        Some(_) => return Err(StoreError::ConnectionString),
    };
    config.ssl_mode(mode);
    Ok(trust)
}

/// The options that the driver does not know, or knows less of.
#[derive(Debug, Default, PartialEq, Eq)]
struct Taken {
    mode: Option<String>,
    root: Option<String>,
}

fn split_url(text: &str) -> (String, Taken) {
    let mut taken = Taken::default();
    // The driver looks for the `@` first, so a password may hold a question mark.
    let from = text.find('@').unwrap_or_default();
    let mark = text.get(from..).and_then(|rest| rest.find('?')).map(|at| from + at);
    let Some((url, query)) = mark.and_then(|at| text.split_at_checked(at)) else {
        return (text.to_owned(), taken);
    };
    let mut kept = Vec::new();
    for pair in query.trim_start_matches('?').split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = || percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
        if !taken.take(key, value) {
            kept.push(pair);
        }
    }
    (format!("{url}?{}", kept.join("&")), taken)
}

/// `None` where a quote stays open or a key has no value.
fn split_pairs(text: &str) -> Option<(String, Taken)> {
    let mut taken = Taken::default();
    let mut kept = String::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let (value, length) = value(after.trim_start())?;
        let after = after.trim_start().get(length..)?;
        let key = key.trim();
        if !taken.take(key, || value) {
            let written = rest.get(..rest.len() - after.len())?;
            kept.push_str(written);
            kept.push(' ');
        }
        rest = after.trim_start();
    }
    Some((kept, taken))
}

/// A value, bare or in quotes, and how many bytes it takes in the text.
fn value(text: &str) -> Option<(String, usize)> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut letters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.push(letters.next()?.1),
            '\'' if quoted => return Some((value, at + 1)),
            _ if !quoted && letter.is_whitespace() => return Some((value, at)),
            _ => value.push(letter),
        }
    }
    (!quoted).then_some((value, text.len()))
}

// === impl Taken ===

impl Taken {
    /// Keeps the option if it is one of those; says whether it is.
    fn take(&mut self, key: &str, value: impl FnOnce() -> String) -> bool {
        match key {
            "sslmode" => self.mode = Some(value()),
            "sslrootcert" => self.root = Some(value()).filter(|root| root != "system"),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn way_to_trust_is_read_as_libpq_reads_it() {
        for (text, mode, expected, root) in [
            ("postgresql://u:p@h/d", SslMode::Prefer, Trust::Anyone, None),
            ("postgres://u:p@h:6543/d?sslmode=disable", SslMode::Disable, Trust::Anyone, None),
            (
                "postgresql://h/d?sslmode=require&channel_binding=require",
                SslMode::Require,
                Trust::Anyone,
                None,
            ),
            (
                "postgresql://h/d?sslrootcert=/a%20b.pem&sslmode=require",
                SslMode::Require,
                Trust::Signed,
                Some("/a b.pem"),
            ),
            ("postgresql://h/d?sslmode=verify-ca", SslMode::Require, Trust::Signed, None),
            ("postgresql://h/d?sslmode=verify-full&sslrootcert=system", SslMode::Require, Trust::Host, None),
            ("postgresql://u:p?a=b@h/d?sslmode=verify-full", SslMode::Require, Trust::Host, None),
            ("host=h sslmode=verify-full user=u", SslMode::Require, Trust::Host, None),
            (
                "host = h sslrootcert = '/a b/c.pem' sslmode=require",
                SslMode::Require,
                Trust::Signed,
                Some("/a b/c.pem"),
            ),
            (
                r"host=h password='it\'s sslmode=disable' sslmode=require",
                SslMode::Require,
                Trust::Anyone,
                None,
            ),
        ] {
            let address = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let found = (address.config.get_ssl_mode(), address.trust, address.root.as_deref());
            assert_eq!(found, (mode, expected, root), "{text}");
        }
    }

    #[test]
    fn other_options_reach_the_driver() {
        let text =
            r"host=h port=6543 password='it\'s sslmode=disable' dbname=d sslmode=require connect_timeout=3";
        let config = parse(text).unwrap().config;
        assert_eq!(config.get_password(), Some(&b"it's sslmode=disable"[..]));
        assert_eq!((config.get_dbname(), config.get_ports()), (Some("d"), &[6543][..]));
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(3)));
        assert_eq!(config.get_application_name(), Some("callsign"));
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_repeating_it() {
        for text in [
            "",
            "h",
            "postgresql://",
            "user=u",
            "host=h password='s3cret",
            "postgresql://u:s3cret@h:port/d",
            "postgresql://u:s3cret@h/d?x=y",
            "host=h sslmode=sometimes password=s3cret",
            "mysql://u:s3cret@h/d",
        ] {
            let Err(error) = parse(text) else { panic!("{text} is read") };
            assert_eq!(error, StoreError::ConnectionString, "{text}");
            assert!(!error.to_string().contains("s3cret"));
        }
    }
}
