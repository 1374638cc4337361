//! Amazon's Signature Version 4 over a request that is whole.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::hmac;
use callsign_plan::grant::Keys;
use callsign_plan::layout::encoded;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Request, Uri};
use percent_encoding::percent_decode_str;

use super::date;
use super::fetch::{GrantError, sensitive};
use crate::upstream::payload::Payload;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Signs `request` for a region and a service.
pub(super) fn sign(
    request: &mut Request<Payload>,
    keys: &Keys,
    (region, service): (&str, &str),
    now: u64,
) -> Result<(), GrantError> {
    let when = date::basic(now);
    let day = when.get(..8).unwrap_or_default().to_owned();
    let headers = request.headers_mut();
    headers.remove(TOKEN);
    headers.insert(DATE, sensitive(&when)?);
    if let Some(session) = &keys.session {
        headers.insert(TOKEN, sensitive(session.expose())?);
    }
    let (canonical, signed) = canonical(request);
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("{ALGORITHM}\n{when}\n{scope}\n{}", hex(&digest([canonical.as_bytes()])));
    let key = signing_key(keys.secret.expose(), [&day, region, service]);
    let signature = hex(hmac::sign(&key, text.as_bytes()).as_ref());
    let id = &keys.id;
    let value = format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={signed}, Signature={signature}");
    request.headers_mut().insert(header::AUTHORIZATION, sensitive(&value)?);
    Ok(())
}

/// The request as both sides spell it, and the names of the headers in it.
fn canonical(request: &Request<Payload>) -> (String, String) {
    let headers = signed_headers(request.uri(), request.headers());
    let names = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let uri = request.uri();
    let body = hex(&digest(request.body().rest().map(AsRef::as_ref)));
    let (path, query) = (canonical_path(uri.path()), canonical_query(uri.query().unwrap_or_default()));
    (format!("{}\n{path}\n{query}\n{}\n{names}\n{body}", request.method(), lines.concat()), names)
}

/// Only what must be signed: a proxy on the way may change the others.
fn signed_headers(uri: &Uri, headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        value.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let host = headers.get(header::HOST).map(text);
    let host = host.or_else(|| uri.authority().map(ToString::to_string)).unwrap_or_default();
    let others = [header::CONTENT_TYPE, DATE, TOKEN].into_iter();
    // A header that comes twice counts as one with both values.
    let all = |name: &HeaderName| headers.get_all(name).iter().map(text).collect::<Vec<_>>().join(",");
    let others = others.filter(|name| headers.contains_key(name)).map(|name| (name.to_string(), all(&name)));
    let mut signed: Vec<_> = others.chain([("host".to_owned(), host)]).collect();
    signed.sort();
    signed
}

/// All services but S3 want what is encoded in the URL encoded once more.
fn canonical_path(path: &str) -> String {
    let path = path.split('/').map(encoded).collect::<Vec<_>>().join("/");
    if path.is_empty() { "/".to_owned() } else { path }
}

fn canonical_query(query: &str) -> String {
    let again = |text: &str| encoded(&percent_decode_str(text).decode_utf8_lossy());
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (again(name), again(value))).collect();
    pairs.sort();
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn signing_key(secret: &str, parts: [&str; 3]) -> hmac::Key {
    let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
    let first = key(format!("AWS4{secret}").as_bytes());
    let parts = parts.into_iter().chain(["aws4_request"]);
    parts.fold(first, |last, part| key(hmac::sign(&last, part.as_bytes()).as_ref()))
}

fn digest<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    pieces.into_iter().for_each(|piece| context.update(piece));
    context.finish().as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Case<'c> {
        line: &'c str,
        content_type: Option<&'c str>,
        body: &'c str,
        session: Option<&'c str>,
        scope: (&'c str, &'c str),
        expected: &'c str,
    }

    fn signature(case: &Case<'_>) -> String {
        let (method, url) = case.line.split_once(' ').unwrap();
        let mut request = Request::new(Payload::whole(case.body.to_owned()));
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = url.parse().unwrap();
        if let Some(value) = case.content_type {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_str(value).unwrap());
        }
        let keys = Keys {
            id: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session: case.session.map(Into::into),
        };
        sign(&mut request, &keys, case.scope, 1_440_938_160).unwrap();
        let value = &request.headers()[header::AUTHORIZATION];
        assert!(value.is_sensitive());
        value.to_str().unwrap().rsplit_once("Signature=").unwrap().1.to_owned()
    }

    /// The first four are of the test suite that AWS publishes, the others as `botocore` signs them.
    #[test]
    fn signatures_are_those_of_aws() {
        let suite = |line, content_type, body, expected| Case {
            line,
            content_type,
            body,
            session: None,
            scope: ("us-east-1", "service"),
            expected,
        };
        let bedrock = |line, session, expected| Case {
            line,
            content_type: Some("application/json"),
            body: r#"{"messages":[]}"#,
            session,
            scope: ("eu-central-1", "bedrock"),
            expected,
        };
        for case in [
            suite(
                "GET https://example.amazonaws.com/",
                None,
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            suite(
                "GET https://example.amazonaws.com/?Param2=value2&Param1=value1",
                None,
                "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            suite(
                "POST https://example.amazonaws.com/",
                None,
                "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            suite(
                "POST https://example.amazonaws.com/",
                Some("application/x-www-form-urlencoded"),
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            bedrock(
                "POST https://bedrock-runtime.eu-central-1.amazonaws.com/model/a.b-v1%3A0/converse",
                None,
                "c211f9b14a98dd0ace3c33e554a6864fb39aed5b5ff9deff58ba8cca0a75096a",
            ),
            bedrock(
                "POST https://bedrock-runtime.eu-central-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse-stream?b=2&a=%C3%BC%20x",
                Some("session/token+="),
                "ead99a9815935dce480b369260bbe216ca5ce7c4f7e0039bc91d40277fa2a41b",
            ),
        ] {
            assert_eq!(signature(&case), case.expected, "{}", case.line);
        }
    }
}
