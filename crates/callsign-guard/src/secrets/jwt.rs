//! JSON web tokens: three or five parts in base64, the first of which is a JSON object.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Sighting;
use super::alphabet::URL;
use super::kinds::JWT;
use super::value::{contains, is_stand_in};
use super::view::View;

/// What the base64 of `{"` begins with.
pub(super) const BEGIN: &str = "eyJ";
/// The longest part there is to mask.
pub(super) const LONGEST_PART: usize = 3 << 10;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const URL_ENGINE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);
const STANDARD_ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);

/// The token that begins at `at`.
pub(super) fn token(view: &View<'_>, at: usize) -> Option<Sighting> {
    if !view.word_begins(at) || !view.has(at, BEGIN) {
        return None;
    }
    view.claim(at);
    let header = view.run(at, URL, LONGEST_PART);
    let payload = part(view, header)?;
    let signed = part(view, payload)?;
    let sealed = part(view, signed).and_then(|tag| part(view, tag)).filter(|&end| end > signed + 20);
    let end = sealed.unwrap_or(signed);
    let long = header - at >= 10 && payload - header > 2 && end - payload > 10;
    let object = URL_ENGINE.decode(view.slice(at..header)).ok().is_some_and(|json| is_header(&json));
    (long && object && !is_stand_in(view.slice(payload..end))).then(|| Sighting::new(JWT, at..end))
}

/// Where the part ends before which a dot stands at `dot`.
fn part(view: &View<'_>, dot: usize) -> Option<usize> {
    (view.at(dot) == Some(b'.')).then(|| view.run(dot + 1, URL, LONGEST_PART))
}

fn is_header(json: &[u8]) -> bool {
    [&b"\"alg\""[..], b"\"typ\"", b"\"enc\"", b"\"kid\""].iter().any(|name| contains(json, name))
}

/// What `value` is in base64 of either alphabet.
pub(super) fn decode(value: &[u8]) -> Option<Vec<u8>> {
    STANDARD_ENGINE.decode(value).or_else(|_| URL_ENGINE.decode(value)).ok()
}
