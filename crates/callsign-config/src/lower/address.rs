//! Where a provider is reached: URLs, hosts, headers. All of it ends up in requests, so all of it is checked here.

use std::collections::HashMap;
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use crate::diagnostic::{Code, Findings, Span};
use crate::tree::Node;

/// A provider's URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `scheme://host[:port]`.
    pub(crate) origin: Arc<str>,
    /// Empty, or starting with a slash and ending without one.
    pub(crate) path: Arc<str>,
    /// The URL without `https://`, for names.
    pub(crate) label: String,
}

/// The URL that `key` of `node` holds.
pub(crate) fn url(node: &Node, key: &str, findings: &mut Findings<'_>) -> Option<Address> {
    let value = node.get(key)?;
    let text = value.text()?;
    parse(text)
        .map_err(|(label, help)| {
            let message = format!("`{key}` is not the URL of a provider");
            findings.report(Code::BadUrl, value.span, message).label(label).help(help);
        })
        .ok()
}

type Complaint = (&'static str, String);

/// Whether a provider may be there.
pub(crate) fn is_place(text: &str) -> bool {
    parse(text).is_ok()
}

/// The URL of a service that `key` of `node` holds: all of it, since it is nobody's but the service's what stands behind `?`.
pub(crate) fn service(node: &Node, key: &str, findings: &mut Findings<'_>) -> Option<Arc<str>> {
    let value = node.get(key)?;
    let url = checked(value.text()?).and_then(|url| match url.fragment() {
        Some(_) => Err(("holds a fragment", "leave out what stands behind `#`".to_owned())),
        None => Ok(url),
    });
    url.map(|url| url.as_str().into())
        .map_err(|(label, help)| {
            let message = format!("`{key}` is not the URL of a service");
            findings.report(Code::BadUrl, value.span, message).label(label).help(help);
        })
        .ok()
}

fn parse(text: &str) -> Result<Address, Complaint> {
    let url = checked(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        let help = "leave out what stands behind `?` or `#`; Azure's version is `api_version`".to_owned();
        return Err(("holds a query or a fragment", help));
    }
    let origin = url.origin().ascii_serialization();
    let path = url.path().trim_end_matches('/');
    let label = format!("{}{path}", origin.strip_prefix("https://").unwrap_or(&origin));
    Ok(Address { path: path.into(), label, origin: origin.into() })
}

fn checked(text: &str) -> Result<Url, Complaint> {
    let example = || "write it like `https://api.example.com` or `http://localhost:8000/v1`".to_owned();
    let has_scheme = text.contains("://");
    let url = Url::parse(text).map_err(|_| {
        let help = if has_scheme { example() } else { "begin it with `https://` or `http://`".to_owned() };
        ("not a URL", help)
    })?;
    if !matches!(url.scheme(), "http" | "https") || !has_scheme {
        return Err(("neither `http://` nor `https://`", "begin it with `https://` or `http://`".to_owned()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(("names no host", example()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(("holds a user or a password", "write the key as `access_key`".to_owned()));
    }
    Ok(url)
}

/// The `http_host` of an entry.
pub(crate) fn http_host(node: &Node, findings: &mut Findings<'_>) -> Option<Arc<str>> {
    let value = node.get("http_host")?;
    let text = value.text()?;
    // A host is what a URL takes for one, and nothing besides it.
    let good = Url::parse(&format!("http://{text}/")).is_ok_and(|url| {
        url.username().is_empty() && url.password().is_none() && url.path() == "/" && url.query().is_none()
    });
    let plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-_:[]".contains(letter));
    if good && plain && !text.is_empty() {
        return Some(text.into());
    }
    findings
        .report(Code::BadHost, value.span, "`http_host` is not a host")
        .label("not a host")
        .help("write only a host name, or a host name and a port, such as `api.example.com`");
    None
}

/// The `headers` of an entry, their names in lower case.
pub(crate) fn headers(node: &Node, findings: &mut Findings<'_>) -> Vec<(Arc<str>, SecretString)> {
    let Some(headers) = node.get("headers") else { return Vec::new() };
    let mut seen: HashMap<String, Span> = HashMap::new();
    let mut kept = Vec::new();
    for entry in headers.entries() {
        let name = entry.key.to_ascii_lowercase();
        let complaint = header_complaint(&name, entry.value.text(), seen.get(&name));
        if let Some((label, help)) = complaint {
            let message = format!("the header `{}` cannot be sent", entry.key.escape_debug());
            findings.report(Code::BadHeader, entry.at, message).label(label).help(help);
        } else if let Some(value) = entry.value.text() {
            kept.push((name.as_str().into(), SecretString::from(value.trim())));
        }
        seen.insert(name, entry.at);
    }
    kept
}

/// What is wrong with a header, and what to do; `name` is in lower case.
pub(crate) fn header_complaint(
    name: &str,
    value: Option<&str>,
    earlier: Option<&Span>,
) -> Option<(&'static str, &'static str)> {
    if !is_token(name) {
        return Some(("not the name of a header", "use letters, digits and `-`"));
    }
    if name == "host" {
        return Some(("set by the connection", "write `http_host` instead"));
    }
    if CONNECTION_HEADERS.contains(&name) {
        return Some(("set by the connection", "remove it"));
    }
    if earlier.is_some() {
        return Some(("names a header again, in other letters", "keep one of them"));
    }
    let broken = value.is_some_and(|value| !is_header_value(value));
    broken.then_some((
        "its value holds a line break or another control character",
        "write the value on one line",
    ))
}

const CONNECTION_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "content-encoding",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
];

fn is_token(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(token)
}

/// Whether a text may be sent as a header's value.
pub(crate) fn is_header_value(value: &str) -> bool {
    value.trim().bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}
