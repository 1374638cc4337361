//! What the client notes about its request: `requestMetadata`, which stands in the provider's log of invocations. It has at
//! most 16 entries of few letters, so not everything goes there.

use std::borrow::Cow;

use crate::anthropic::request::field::Field;
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::loss::Losses;
use crate::hub::user;
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::writer::Writer;

/// How many entries the API takes, and how long each may be.
const MOST: usize = 16;
const LONGEST: usize = 256;

/// The entry that names the end user, for whom the API has no other place.
const USER: &str = "user";

/// The entries.
pub(super) type Notes<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The client's notes, and who its user is.
pub(super) fn notes<'a>(conversation: &'a Conversation, losses: &mut Losses) -> Notes<'a> {
    let mut notes = Notes::new();
    if conversation.dialect == Dialect::Bedrock {
        return notes;
    }
    if let Some(user) = &conversation.user {
        // Any sign will do, as long as each user keeps the same.
        let sign = |letter| if is_allowed(letter) { letter } else { '_' };
        let user: String = user::sign(user).chars().map(sign).take(LONGEST).collect();
        notes.push((Cow::Borrowed(USER), Cow::Owned(user)));
    }
    let field = Field::Metadata.of(conversation);
    let Some(metadata) = &conversation.metadata else { return notes };
    let members = Object::of(metadata.node()).map(Object::rest).unwrap_or_default();
    for (name, json) in members.iter() {
        let value = json.node().text().filter(|value| fits(value) && json.node().kind() == Kind::Text);
        match value {
            Some(value) if fits(name) && !name.is_empty() && name != USER && notes.len() < MOST => {
                notes.push((Cow::Owned(name.to_owned()), Cow::Owned(value.into_owned())));
            }
            _ => losses.dropped(format!("{field}.{name}")),
        }
    }
    notes
}

/// Writes them, where there are any.
pub(super) fn write(writer: &mut Writer, conversation: &Conversation, notes: &Notes<'_>) {
    if conversation.dialect == Dialect::Bedrock {
        writer.json_member("requestMetadata", conversation.metadata.as_ref());
    } else if !notes.is_empty() {
        writer.key("requestMetadata").object(|writer| {
            for (name, value) in notes {
                writer.key(name).text(value);
            }
        });
    }
}

fn fits(text: &str) -> bool {
    text.chars().count() <= LONGEST && text.chars().all(is_allowed)
}

const fn is_allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(
            letter,
            ' ' | '\t' | '\n' | '\r' | ':' | '_' | '@' | '$' | '#' | '=' | '/' | '+' | ',' | '-' | '.'
        )
}
