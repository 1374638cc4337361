//! Requests, written from the hub.

use super::input::Input;
use super::wishes;
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::extras::Extras;
use crate::hub::flaw::EncodeError;
use crate::hub::loss::Losses;
use crate::json::writer::Writer;
use crate::translate::Terms;

const OWN: Dialect = Dialect::OpenAiResponses;

/// Members that OpenAI's chat spells and means the same way.
const SHARED: [&str; 4] =
    ["moderation", "prompt_cache_options", "prompt_cache_retention", "safety_identifier"];

/// Writes a request.
pub(crate) fn encode(
    conversation: &Conversation,
    terms: Terms<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, EncodeError> {
    wishes::check(conversation)?;
    let mut writer = Writer::with_capacity(4096);
    let mut unsaid = None;
    writer.object(|writer| {
        writer.key("model").text(terms.model);
        let mut input = Input::new(conversation, losses);
        input.instructions(writer);
        input.items(writer);
        unsaid = input.unsaid.take();
        wishes::tools(writer, conversation, losses);
        wishes::form(writer, conversation, losses);
        wishes::sampling(writer, conversation, losses);
        wishes::circumstances(writer, conversation, losses);
        extras(writer, conversation, losses);
    });
    unsaid.map_or_else(|| Ok(writer.into_bytes()), |place| Err(EncodeError::unsayable(place)))
}

/// What no concept of the hub took up.
fn extras(writer: &mut Writer, conversation: &Conversation, losses: &mut Losses) {
    let mut strange = Extras::default();
    for (name, json) in conversation.extras.iter() {
        let shared = conversation.dialect == Dialect::OpenAiChat && SHARED.contains(&name);
        match conversation.dialect {
            OWN if name.starts_with("text.") || name.starts_with("reasoning.") => {}
            _ if conversation.dialect == OWN || shared => writer.key(name).json(json),
            _ if conversation.extras.telling().any(|(telling, _)| telling == name) => {
                strange.push(name, json.clone());
            }
            _ => {}
        }
    }
    losses.extras("", &strange);
}
