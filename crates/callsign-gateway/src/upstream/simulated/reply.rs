//! What the simulated model says: a pure function of the request.

use super::sketch::sketch;
use super::wish::{Form, Wish};

/// What the model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// Prose, a JSON document, or the arguments of a call.
    pub(super) text: String,
    /// The tool that is called.
    pub(super) call: Option<String>,
    /// Why it ends.
    pub(super) finish: Finish,
}

/// Why an answer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finish {
    /// Everything is said.
    Whole,
    /// This stop sequence came up.
    Stop(String),
    /// The limit is reached.
    Length,
    /// A tool is called.
    Call,
}

/// Longest token in characters, the white space before it not counted.
const TOKEN: usize = 8;
/// Longest part of a prompt that is echoed, in characters.
const ECHO: usize = 80;

/// What `model` answers to `wish`.
pub(super) fn reply(model: &str, wish: &Wish) -> Reply {
    match &wish.form {
        Form::Text => cut(prose(model, &wish.prompt), wish),
        Form::Json(schema) => cut(sketch(schema).to_string(), wish),
        Form::Call { name, schema } => {
            Reply { text: sketch(schema).to_string(), call: Some(name.clone()), finish: Finish::Call }
        }
    }
}

/// The tokens of a text: each is up to eight characters of one word with the white space before it. Joined they
/// give the text again; the simulated provider counts and streams by them.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (token, after) = rest.split_at_checked(token_end(rest))?;
        rest = after;
        (!token.is_empty()).then_some(token)
    })
}

fn token_end(text: &str) -> usize {
    let word = text.find(|character: char| !character.is_whitespace()).unwrap_or(text.len());
    let letters = text.get(word..).unwrap_or_default().char_indices();
    let mut end = text.len();
    for (count, (offset, character)) in letters.enumerate() {
        if count == TOKEN || character.is_whitespace() {
            end = word + offset;
            break;
        }
    }
    end
}

fn prose(model: &str, prompt: &str) -> String {
    let words = prompt.split_whitespace().take(ECHO + 1).collect::<Vec<_>>().join(" ");
    let subject = match words.char_indices().nth(ECHO) {
        _ if words.is_empty() => "an empty prompt".to_owned(),
        None => format!("\"{words}\""),
        Some((end, _)) => format!("\"{}…\"", words.get(..end).unwrap_or_default().trim_end()),
    };
    format!(
        "This is Callsign's simulated model {model}, answering {subject}. \
         Point the alias at a real model and the same request gets a real answer."
    )
}

fn cut(mut text: String, wish: &Wish) -> Reply {
    let mut finish = Finish::Whole;
    let stops = wish.stops.iter().filter(|stop| !stop.is_empty());
    let first =
        stops.filter_map(|stop| text.find(stop.as_str()).map(|at| (at, stop))).min_by_key(|(at, _)| *at);
    if let Some((at, stop)) = first {
        text.truncate(at);
        finish = Finish::Stop(stop.clone());
    }
    if let Some(limit) = wish.limit {
        let end: usize = tokens(&text).take(limit).map(str::len).sum();
        if end < text.len() {
            text.truncate(end);
            finish = Finish::Length;
        }
    }
    Reply { text, call: None, finish }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_join_to_their_text() {
        let cases: [(&str, &[&str]); 7] = [
            ("", &[]),
            ("   ", &["   "]),
            ("Hello!", &["Hello!"]),
            ("two  words", &["two", "  words"]),
            ("incomprehensible", &["incompre", "hensible"]),
            (" ends with space ", &[" ends", " with", " space", " "]),
            ("日本語のとても長い文", &["日本語のとても長", "い文"]),
        ];
        for (text, expected) in cases {
            assert_eq!(tokens(text).collect::<Vec<_>>(), expected);
            assert_eq!(tokens(text).collect::<String>(), text);
        }
    }
}
