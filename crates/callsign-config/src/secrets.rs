//! Where a configuration's text holds secrets, by the look of its lines: this must work where nothing else does.

use std::ops::Range;

/// Words that end the key of a secret.
const KEYS: &[&str] = &[
    "key",
    "token",
    "secret",
    "password",
    "authorization",
    "auth",
    "cookie",
    "connection_string",
    "credentials",
];

/// A key's end that is looked at, in bytes.
const LONGEST_KEY: usize = 64;

/// The places of secrets that are written out instead of named by a variable.
pub(crate) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        find_values(line, offset, &mut found);
        find_userinfo(line, offset, &mut found);
        find_queries(line, offset, &mut found);
        offset += line.len();
    }
    found
}

fn find_values(line: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    for (colon, _) in line.match_indices(':') {
        let Some((before, after)) = line.split_at_checked(colon) else { continue };
        // The end of the key tells; looking further back in a line of millions would take forever.
        let end =
            before.get(before.floor_char_boundary(colon.saturating_sub(LONGEST_KEY))..).unwrap_or_default();
        let key = end.trim_end().trim_end_matches(['"', '\'']);
        if !KEYS.iter().any(|word| ends_with(key, word)) {
            continue;
        }
        let value = after.trim_start_matches(':').trim_start().trim_start_matches(['"', '\'']);
        let start = line.len() - value.len();
        let end = value.find([',', '}', '\n', '\r', '"', '\'']).unwrap_or(value.len());
        let written_out =
            value.get(..end).is_some_and(|value| !matches!(value.trim(), "" | "true" | "false" | "~"));
        // The mapping `auth: {…}` holds keys of its own.
        let is_mapping = value.starts_with('{') && ends_with(key, "auth");
        if written_out && !is_mapping && !value.starts_with('$') {
            found.push(offset + start..offset + start + end);
        }
    }
}

/// Whether `key` ends with `word`, in whatever case.
fn ends_with(key: &str, word: &str) -> bool {
    let end = key.len().checked_sub(word.len()).and_then(|start| key.as_bytes().get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
}

fn find_userinfo(line: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    for (scheme, separator) in line.match_indices("://") {
        let start = scheme + separator.len();
        let rest = line.get(start..).unwrap_or_default();
        let end = rest.find(|letter: char| letter.is_whitespace() || letter == '/').unwrap_or(rest.len());
        if let Some(at) = rest.get(..end).and_then(|authority| authority.rfind('@')) {
            found.push(offset + start..offset + start + at);
        }
    }
}

/// Some providers' keys stand in the query of an address (`?key=…`), where other things hardly do.
fn find_queries(line: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(scheme) = line.get(from..).and_then(|rest| rest.find("://")).map(|place| from + place) {
        let rest = line.get(scheme..).unwrap_or_default();
        let length = rest
            .find(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | ',' | '}'))
            .unwrap_or(rest.len());
        let query = rest.get(..length).and_then(|url| url.find('?'));
        found.extend(query.map(|query| offset + scheme + query + 1..offset + scheme + length));
        from = scheme + length;
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a test may fail by slicing")]
mod tests {
    use super::*;

    #[test]
    fn written_out_secrets_are_found() {
        for (text, expected) in [
            ("access_key: sk-1\n", vec!["sk-1"]),
            ("acces_key: 'sk-1' # x", vec!["sk-1"]),
            ("{model: a/b, access_key: sk-1, name: x}", vec!["sk-1"]),
            ("access_key: $OPENAI_API_KEY", vec![]),
            ("  Authorization: Bearer abc", vec!["Bearer abc"]),
            ("base_url: https://u:p@host/v1", vec!["u:p"]),
            ("connection_string: postgres://u:p@h", vec!["postgres://u:p@h", "u:p"]),
            ("{base_url: 'https://host/v1?key=sk-1', name: x}", vec!["key=sk-1"]),
            ("prices: {url: https://u:p@host/list?sig=1#x}", vec!["u:p", "sig=1#x"]),
            ("model: openai/gpt-4o", vec![]),
            ("passthrough_auth: true", vec![]),
            ("auth: {type: google, token: ya29}", vec!["ya29"]),
        ] {
            let found: Vec<_> = find(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
