//! Prices: dollars for a token there, dollars for a million tokens here.

use super::Import;
use crate::import::section::Section;
use crate::import::write::Piece;
use crate::quantity;

/// What a price is made of, by `LiteLLM`'s keys and Callsign's.
const PARTS: [(&str, &str); 5] = [
    ("input_cost_per_token", "input"),
    ("output_cost_per_token", "output"),
    ("cache_read_input_token_cost", "cached_input"),
    ("cache_creation_input_token_cost", "cache_write"),
    ("output_cost_per_reasoning_token", "reasoning"),
];

/// More digits than any price has.
const LONGEST: usize = 30;

/// The `price` of an entry, and its `context`.
pub(super) fn price(
    params: &mut Section<'_>,
    mut info: Option<&mut Section<'_>>,
    import: &mut Import,
) -> Vec<(String, Piece)> {
    let mut pairs = Vec::new();
    for (theirs, ours) in PARTS {
        let beside = info.as_mut().and_then(|info| cost(info, theirs, import));
        let cost = cost(params, theirs, import).or(beside);
        pairs.extend(cost.map(|cost| (ours.to_owned(), Piece::plain(&cost))));
    }
    let mut settings = Vec::new();
    let has = |key: &str| pairs.iter().any(|(known, _)| known == key);
    if has("input") && has("output") {
        settings.push(("price".to_owned(), Piece::Map(pairs)));
    } else if !pairs.is_empty() {
        let message = "a price needs both `input_cost_per_token` and `output_cost_per_token`; write `price` of the entry";
        import.notices.lost(&params.path("input_cost_per_token"), params.at(), message);
    }
    let tokens = info.and_then(|info| info.take_text("max_input_tokens"));
    let tokens = tokens.map(|(text, _)| text).filter(|text| quantity::tokens(text).is_ok());
    settings.extend(tokens.map(|text| ("context".to_owned(), Piece::plain(&text))));
    settings
}

fn cost(section: &mut Section<'_>, key: &'static str, import: &mut Import) -> Option<String> {
    let node = section.take(key)?;
    let cost = node.text().and_then(|text| millionfold(text.trim()));
    let cost = cost.filter(|cost| quantity::money(cost).is_ok());
    if cost.is_none() {
        import.notices.lost(&section.path(key), node.span, "it is not a price; write `price` of the entry");
    }
    cost
}

/// A decimal such as `1.5e-07`, a million times as large, exactly.
fn millionfold(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse().ok()?;
    let digits = format!("{whole}{fraction}");
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let places = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?.checked_sub(6)?;
    if !is_number || digits.len() > LONGEST || places.unsigned_abs() as usize > LONGEST {
        return None;
    }
    let zeros = "0".repeat(places.unsigned_abs() as usize);
    if places <= 0 {
        return Some(trimmed(&format!("{digits}{zeros}.")));
    }
    let padded = format!("{zeros}{digits}");
    let (whole, fraction) = padded.split_at_checked(padded.len().checked_sub(zeros.len())?)?;
    Some(trimmed(&format!("{whole}.{fraction}")))
}

/// Without zeros that say nothing.
fn trimmed(number: &str) -> String {
    let number = number.trim_start_matches('0');
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    match number {
        "" => "0".to_owned(),
        fraction if fraction.starts_with('.') => format!("0{fraction}"),
        number => number.to_owned(),
    }
}

#[cfg(test)]
#[test]
fn prices_of_a_token_become_prices_of_a_million() {
    for (token, million) in [
        ("0.00000015", Some("0.15")),
        ("1.5e-07", Some("0.15")),
        ("3E-6", Some("3")),
        ("0.000003", Some("3")),
        ("1", Some("1000000")),
        ("0", Some("0")),
        ("0.0", Some("0")),
        ("2.5e-6", Some("2.5")),
        ("1e-9", Some("0.001")),
        ("", None),
        ("-1", None),
        ("1e99999999999", None),
        ("free", None),
    ] {
        assert_eq!(millionfold(token).as_deref(), million, "{token}");
    }
}
