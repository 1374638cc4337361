//! `$NAME`, `${NAME}`, `${NAME:-default}` and `$$` inside a text.

/// What replacing the variables of a text came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expansion {
    /// There was no `$` in it.
    Plain,
    /// The text with every variable replaced.
    Text(String),
    /// Variables that are not set, in the order written.
    Missing(Vec<String>),
    /// A `${` that is not a variable.
    Malformed,
}

/// Replaces the variables of `text`; what a variable holds is not looked at again.
pub(crate) fn expand(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Expansion {
    if !text.contains('$') {
        return Expansion::Plain;
    }
    let (mut expanded, mut missing, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let Some((piece, remaining)) = next_piece(after) else { return Expansion::Malformed };
        rest = remaining;
        match piece {
            Piece::Dollar => expanded.push('$'),
            Piece::Variable { name, default } => match environment(name).filter(|value| !value.is_empty()) {
                Some(value) => expanded.push_str(&value),
                None => match default {
                    Some(default) => expanded.push_str(default),
                    None => missing.push(name.to_owned()),
                },
            },
        }
    }
    expanded.push_str(rest);
    if missing.is_empty() { Expansion::Text(expanded) } else { Expansion::Missing(missing) }
}

enum Piece<'t> {
    Dollar,
    Variable { name: &'t str, default: Option<&'t str> },
}

/// The piece that begins after a `$`, and the text behind it.
fn next_piece(after: &str) -> Option<(Piece<'_>, &str)> {
    if let Some(rest) = after.strip_prefix('$') {
        return Some((Piece::Dollar, rest));
    }
    if let Some(braced) = after.strip_prefix('{') {
        let (inside, rest) = braced.split_once('}')?;
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        return is_name(name).then_some((Piece::Variable { name, default }, rest));
    }
    let end = after.find(|letter: char| !is_name_letter(letter)).unwrap_or(after.len());
    let (name, rest) = after.split_at_checked(end)?;
    // A `$` that begins no name is itself: `$5`, `costs $`.
    Some(if is_name(name) { (Piece::Variable { name, default: None }, rest) } else { (Piece::Dollar, after) })
}

fn is_name(name: &str) -> bool {
    name.chars().all(is_name_letter) && name.chars().next().is_some_and(|first| !first.is_ascii_digit())
}

const fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            "KEY" => Some("sk-1".to_owned()),
            "DOLLAR" => Some("$KEY".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_replaced_once() {
        let text = |text: &str| Expansion::Text(text.to_owned());
        let missing = |names: &[&str]| Expansion::Missing(names.iter().map(ToString::to_string).collect());
        for (input, expected) in [
            ("no variable", Expansion::Plain),
            ("$KEY", text("sk-1")),
            ("Bearer ${KEY}.", text("Bearer sk-1.")),
            ("$KEY-$KEY", text("sk-1-sk-1")),
            ("$DOLLAR", text("$KEY")),
            ("$$KEY", text("$KEY")),
            ("$5 and $", text("$5 and $")),
            ("${NONE:-a:-b}", text("a:-b")),
            ("${EMPTY:-x}", text("x")),
            ("${NONE:-}", text("")),
            ("$NONE/$EMPTY", missing(&["NONE", "EMPTY"])),
            ("${NONE", Expansion::Malformed),
            ("${NO NE}", Expansion::Malformed),
            ("${}", Expansion::Malformed),
        ] {
            assert_eq!(expand(input, &environment), expected, "{input}");
        }
    }
}
