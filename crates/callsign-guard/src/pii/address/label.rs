//! Addresses that a label or a verb announces, in whatever form.

use std::sync::LazyLock;

use super::words::{List, listed};
use super::{LONGEST, Reader, token};

/// Verbs after which an address follows.
static VERBS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "live at|lives at|lived at|living at|reside at|resides at|residing at|deliver to|ship to|mail it to|shipped to|delivered to|\
    wohnhaft in|wohne in der|j'habite au|vivo en|abito in|moro na|mieszkam przy|resident of|located at|moved to".split('|').collect()
});
/// What stands between the label and the address in a sentence.
static COPULAS: LazyLock<Vec<&str>> =
    LazyLock::new(|| " is| ist| est| es| è| é| to| on| är|は|是".split('|').collect());
/// Labels.
static LABELS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "address|adresse|anschrift|dirección|direccion|domicilio|indirizzo|endereço|endereco|morada|adres|osoite|adress|adresa|cím|adresă|\
    адрес|διεύθυνση|住所|地址|주소|residence|ship to|bill to|deliver to|पता|ঠিকানা|ที่อยู่|כתובת|العنوان|آدرس|manzil|ünvan".split('|').collect()
});
/// What stands before a label that means another address.
static OTHERS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "ip|ipv4|ipv6|mac|email|e-mail|mail|wallet|bitcoin|btc|eth|ethereum|web|url|memory|hex|network|hardware|crypto|contract|server|host|\
    remote|base|listen|bind".split('|').collect()
});

/// After `address:` or `live at`: the rest of the line or sentence, if it holds a number and a name.
pub(super) fn labelled(reader: &Reader) -> Option<usize> {
    if !label_is_near(reader) {
        return None;
    }
    let left = reader.left_of(reader.from(), 44);
    let trimmed = left.trim_end_matches([' ', '"', '\'', '\n', '*']);
    if trimmed.len() == left.len() || !announces(trimmed) {
        return None;
    }
    let (mut at, mut digits, mut capitals, mut end) = (reader.from(), 0, 0, None);
    let mut line = false;
    while let Some(next) = reader.char_at(at) {
        let stop = matches!(next, '"' | '}' | '{' | ';' | '?' | '!' | '@' | '<' | '|' | '\t' | '=')
            || line && next == '\n'
            || at > reader.from() + LONGEST;
        let sentence = next == '.'
            && reader.char_at(at + 1).is_none_or(char::is_whitespace)
            && !(short_before(reader, at) && goes_on(reader, at + 1));
        if stop || sentence {
            end = Some(at);
            break;
        }
        line |= next == '\n';
        digits += usize::from(next.is_numeric());
        capitals += usize::from(next.is_alphabetic() && !next.is_lowercase());
        at += next.len_utf8();
    }
    let end = end.unwrap_or(at);
    let text = reader.between(reader.from(), end).trim_end();
    let words = text.split_whitespace().count();
    (digits > 0 && capitals > 0 && words > 1 && words < 24)
        .then(|| reader.from() + text.trim_end_matches([',', '\'', ')']).len())
}

/// Whether what stands before ends as labels and verbs do: seen at once, so that most words need no more.
fn label_is_near(reader: &Reader) -> bool {
    let left = reader.left_of(reader.from(), 8).trim_end_matches([' ', '"', '\'', '\n', '*']);
    let mut letters = left.chars().rev();
    let (last, before) = (letters.next(), letters.next());
    let ending = (before.unwrap_or(' '), last.unwrap_or(' '));
    matches!(last, Some(':' | '=' | 'は' | '是' | 'é' | 'è'))
        || matches!(ending, ('i' | 'e', 's') | ('s' | 'a', 't') | ('o' | 'i' | 'e' | 'a', 'n') | ('t', 'o'))
        || matches!(ending, ('ä' | 'e', 'r') | ('a', 'u') | ('n', 'a') | ('z', 'y') | ('o', 'f'))
}

/// Whether an abbreviation stands before the dot at `at`.
fn short_before(reader: &Reader, at: usize) -> bool {
    let before = reader.left_of(at, 6);
    let last = before.rsplit(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    (1..4).contains(&last.chars().count()) && last.chars().all(char::is_alphabetic)
}

/// Whether the word after `at` may stand in an address.
fn goes_on(reader: &Reader, at: usize) -> bool {
    token(reader, at).is_none_or(|next| !listed(List::NotPostal, next.text))
}

/// Whether the words before say that an address follows.
fn announces(left: &str) -> bool {
    let lower = left.to_lowercase();
    if VERBS.iter().any(|verb| lower.ends_with(*verb)) {
        return true;
    }
    let body = match lower.strip_suffix([':', '=']) {
        Some(body) => body.trim_end_matches([' ', '"', '\'', '*']),
        None => match COPULAS.iter().find_map(|copula| lower.strip_suffix(*copula)) {
            Some(body) => body,
            None => return false,
        },
    };
    let Some(rest) =
        LABELS.iter().filter_map(|label| body.strip_suffix(*label)).min_by_key(|rest| rest.len())
    else {
        return false;
    };
    let rest = rest.trim_end_matches([' ', '_', '-']);
    !OTHERS.iter().any(|other| rest.ends_with(*other))
}
