//! Addresses with a password in them, and connection strings with a key.

use super::Sighting;
use super::alphabet::{BARE, BASE64, BLANK, NAME, TOKEN68, holds};
use super::kinds::{AZURE_CONNECTION_STRING, DATABASE_URL, PASSWORD, URL_CREDENTIALS, URL_SIGNATURE};
use super::value::{
    contains, is_common, is_expression, is_numbered_word, is_password, is_random, is_stand_in, is_wordy,
};
use super::view::View;

/// What stands between a scheme and the rest.
pub(super) const SEPARATOR: &str = "://";
/// The longest scheme.
pub(super) const LONGEST_SCHEME: usize = 30;
/// The longest address there is to mask.
pub(super) const LONGEST: usize = 1024;

/// Schemes of databases, queues and mail servers, whose whole address is masked.
const STORES: [&str; 40] = [
    "postgres",
    "postgresql",
    "mysql",
    "mysql2",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "oracle",
    "cockroachdb",
    "clickhouse",
    "clickhouses",
    "cassandra",
    "couchbase",
    "couchdb",
    "neo4j",
    "bolt",
    "neo4j+s",
    "bolt+s",
    "influxdb",
    "memcached",
    "nats",
    "kafka",
    "smtp",
    "smtps",
    "ldap",
    "ldaps",
    "imap",
    "imaps",
    "mqtt",
    "mqtts",
    "elasticsearch",
    "db2",
    "snowflake",
    "vertica",
];

/// How a connection string begins that holds a key.
pub(super) const CONNECTIONS: [&str; 5] =
    ["DefaultEndpointsProtocol=", "Endpoint=sb://", "Endpoint=https://", "AccountEndpoint=", "HostName="];

/// What a signature is called in an address.
pub(super) const SIGNATURES: [&str; 5] = ["&sig=", "?sig=", "X-Amz-Signature=", "X-Goog-Signature=", ";sig="];

/// What the key in a connection string is called.
const KEYS: [&[u8]; 4] = [b"AccountKey=", b"SharedAccessKey=", b"Secret=", b"accesskey="];

/// The address with a password whose `://` stands at `at`.
pub(super) fn login(view: &View<'_>, at: usize) -> Option<Sighting> {
    let start = scheme(view, at);
    if start == at {
        return None;
    }
    view.claim(start);
    let user = at + SEPARATOR.len();
    let end = view.run(user, BARE, LONGEST);
    let rest = view.slice(user..end);
    let path = rest.iter().position(|&byte| byte == b'/' || byte == b'?').unwrap_or(rest.len());
    let host = user + rest.get(..path)?.iter().rposition(|&byte| byte == b'@')?;
    let login = view.slice(user..host);
    let colon = login.iter().position(|&byte| byte == b':')?;
    let (name, password) = (login.get(..colon)?, login.get(colon + 1..)?);
    if !is_login(name, password) {
        return None;
    }
    let scheme = view.slice(start..at).to_ascii_lowercase();
    let scheme = scheme.strip_prefix(b"jdbc:").unwrap_or(&scheme);
    let base = scheme.split(|&byte| byte == b'+').next().unwrap_or_default();
    let store = STORES.iter().any(|known| known.as_bytes() == scheme || known.as_bytes() == base);
    let whole = start..without_tail(view, user, end);
    Some(if store { Sighting::new(DATABASE_URL, whole) } else { Sighting::new(URL_CREDENTIALS, user..host) })
}

/// Where the scheme begins that ends at `at`.
fn scheme(view: &View<'_>, at: usize) -> usize {
    let is_scheme = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b':' | b'-' | b'.');
    at - view.back(at, LONGEST_SCHEME).iter().rev().take_while(is_scheme).count()
}

/// Whether a password follows a name, and neither is there to be replaced.
fn is_login(name: &[u8], password: &[u8]) -> bool {
    let template = |part: &[u8]| part.iter().any(|byte| b"{}[]$<>*%".contains(byte)) && is_expression(part);
    let told = is_password(password)
        || is_numbered_word(password)
        || (password.len() >= 8 && !is_wordy(password))
        || (password.len() >= 12 && !contains_word(password));
    let open = is_common(password) || is_stand_in(password) || contains_word(password);
    password.len() >= 4 && told && !open && name != password && !template(password) && !template(name)
}

/// Whether `password` says what it is instead of being one.
fn contains_word(password: &[u8]) -> bool {
    let lower = password.to_ascii_lowercase();
    [&b"password"[..], b"passwd", b"passw0rd", b"secret", b"changeme"]
        .iter()
        .any(|word| contains(&lower, word))
}

/// Where an address ends: without the punctuation of the sentence it stands in.
fn without_tail(view: &View<'_>, start: usize, end: usize) -> usize {
    let tail = view.slice(start..end).iter().rev().take_while(|byte| b".,;:!?)]}\\|*".contains(byte)).count();
    end - tail
}

/// The connection string that begins at `at`.
pub(super) fn connection(view: &View<'_>, at: usize) -> Option<Sighting> {
    view.claim(at);
    let end = view.run(at, BARE, LONGEST);
    let string = view.slice(at..end);
    let key = KEYS.iter().find_map(|name| {
        let begin =
            string.windows(name.len()).position(|window| window.eq_ignore_ascii_case(name))? + name.len();
        let rest = string.get(begin..)?;
        let length = rest.iter().take_while(|&&byte| holds(BASE64, byte)).count();
        rest.get(..length)
    })?;
    let real = key.len() >= 30 && !is_stand_in(key);
    real.then(|| Sighting::new(AZURE_CONNECTION_STRING, at..without_tail(view, at, end)))
}

/// The signature of an address that is signed, whose name ends at `at`.
pub(super) fn signature(view: &View<'_>, at: usize) -> Option<Sighting> {
    view.claim(at);
    let mut end = at;
    while end - at < LONGEST && view.at(end).is_some_and(|byte| byte == b'%' || holds(TOKEN68, byte)) {
        end += 1;
    }
    let value = view.slice(at..end);
    (value.len() >= 40 && is_random(value)).then(|| Sighting::new(URL_SIGNATURE, at..end))
}

/// The password after the `-p` of a client that ends at `at`.
pub(super) fn client(view: &View<'_>, at: usize) -> Option<Sighting> {
    let line = view.back(at, 200).rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
    let known = [&b"mysql"[..], b"mariadb", b"sshpass", b"mongo"].iter().any(|name| contains(line, name));
    if !known {
        return None;
    }
    let blank = view.run(at, BLANK, 2);
    let start = blank + usize::from(matches!(view.at(blank), Some(b'"' | b'\'')));
    view.claim(start);
    let end = view.run(start, BARE, 128);
    let password = view.slice(start..end);
    let real = is_password(password) || is_numbered_word(password);
    (real && !is_expression(password)).then(|| Sighting::new(PASSWORD, start..end))
}

/// The password of a line of `.pgpass`, after the port that ends at `at`: database, user, password.
pub(super) fn pgpass(view: &View<'_>, at: usize) -> Option<Sighting> {
    let user = field(view, at)?;
    let start = field(view, user)?;
    view.claim(start);
    let end = view.run(start, BARE, 128);
    let password = view.slice(start..end);
    let real = is_password(password) && !password.contains(&b':');
    real.then(|| Sighting::new(PASSWORD, start..end))
}

/// Behind the colon that ends the field from `at`.
fn field(view: &View<'_>, at: usize) -> Option<usize> {
    let end = view.run(at, NAME, 64);
    (end > at && view.at(end) == Some(b':')).then_some(end + 1)
}

/// The name and password after the `-u` or `--user` of `curl` that ends at `at`.
pub(super) fn curl(view: &View<'_>, at: usize) -> Option<Sighting> {
    let line = view.back(at, 300);
    let line = line.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
    if !contains(line, b"curl") && !contains(line, b"http") && !contains(line, b"wget") {
        return None;
    }
    let mut start = at;
    while start - at < 4 && view.at(start).is_some_and(|byte| b" =\t\"'".contains(&byte)) {
        start += 1;
    }
    view.claim(start);
    let end = view.run(start, BARE, 200);
    let login = view.slice(start..end);
    let colon = login.iter().position(|&byte| byte == b':')?;
    let (name, password) = (login.get(..colon)?, login.get(colon + 1..)?);
    let named = name.iter().all(|&byte| holds(NAME, byte) || byte == b'@' || byte == b'+');
    (start > at && named && is_login(name, password)).then(|| Sighting::new(URL_CREDENTIALS, start..end))
}
