//! What is kept of one response, and a conversation put together from them.

use crate::owner::Owner;

/// One response and the request that it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// What clients go on from.
    pub id: String,
    /// The response that the request went on from.
    pub previous: Option<String>,
    /// Who may see it.
    pub owner: Owner,
    /// When it was made, in seconds since 1970.
    pub created_unix: i64,
    /// The model that was asked for.
    pub model: String,
    /// The request's input items as the client sent them: the text of a JSON array.
    pub input: String,
    /// The output items: the text of a JSON array.
    pub output: String,
    /// The whole response object: JSON text.
    pub response: String,
}

/// One request and its answer within a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The id of the response.
    pub id: String,
    /// Its input items: the text of a JSON array.
    pub input: String,
    /// Its output items: the text of a JSON array.
    pub output: String,
}

/// Everything that was said up to a response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// From the first to the last; never empty.
    pub turns: Vec<Turn>,
}

/// What an entry takes beside its texts, roughly.
const ROW_BYTES: usize = 256;

// === impl StoredResponse ===

impl StoredResponse {
    /// What it counts for in the store.
    pub(crate) fn bytes(&self) -> u64 {
        let texts = self.input.len() + self.output.len() + self.response.len();
        let names = self.id.len() + self.model.len() + self.previous.as_deref().map_or(0, str::len);
        to_u64(texts + names + ROW_BYTES)
    }

    /// What it adds to a conversation that goes through it.
    pub(crate) fn items_bytes(&self) -> u64 {
        to_u64(self.input.len() + self.output.len())
    }
}

// === impl Conversation ===

impl Conversation {
    /// All items of all turns, in order, as the text of one JSON array. A turn whose text is no array counts as one item.
    pub fn items(&self) -> String {
        let length = self.turns.iter().map(|turn| turn.input.len() + turn.output.len()).sum::<usize>();
        let mut items = String::with_capacity(length + 2);
        items.push('[');
        for text in self.turns.iter().flat_map(|turn| [&turn.input, &turn.output]) {
            let text = bare(text);
            if !text.is_empty() {
                if items.len() > 1 {
                    items.push(',');
                }
                items.push_str(text);
            }
        }
        items.push(']');
        items
    }
}

/// What stands between the brackets.
fn bare(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).map_or(text, str::trim)
}

pub(crate) fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_all_turns_become_one_array() {
        let turn = |input: &str, output: &str| Turn {
            id: String::new(),
            input: input.to_owned(),
            output: output.to_owned(),
        };
        for (turns, expected) in [
            (vec![], "[]"),
            (vec![turn("[]", " [ ] ")], "[]"),
            (vec![turn("[1]", "[2, 3]")], "[1,2, 3]"),
            (vec![turn("[]", "[[2]]"), turn("\n[{\"a\": 1.0}] ", "[]")], "[[2],{\"a\": 1.0}]"),
            (vec![turn("\"hello\"", "[2]")], "[\"hello\",2]"),
        ] {
            assert_eq!(Conversation { turns }.items(), expected);
        }
    }
}
