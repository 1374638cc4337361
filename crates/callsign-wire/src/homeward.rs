//! What a client brings back that another target gave out, taken out before it goes to a target of the client's own
//! dialect: proofs of thoughts go to their maker only, and what stands for one goes to nobody.

use crate::dialect::Dialect;
use crate::gemini::UNKNOWN_SIGNATURE;
use crate::hub::conversation::{Conversation, Role, Turn};
use crate::hub::loss::Losses;
use crate::hub::part::{Part, Piece, Reasoning};
use crate::hub::seal::{self, Maker, Seal};
use crate::quirks::{Chat, Members, Thoughts};

/// A conversation for a target of the dialect that it came in, without what that target did not say.
pub fn homeward(mut conversation: Conversation, chat: Chat, losses: &mut Losses) -> Conversation {
    let dialect = conversation.dialect;
    let mut turns = std::mem::take(&mut conversation.turns);
    for turn in turns.iter_mut().filter(|turn| turn.role == Role::Assistant) {
        let place = conversation.place(turn);
        match dialect {
            Dialect::Gemini => of_gemini(turn, &place, losses),
            Dialect::OpenAiChat => of_chat(turn, &place, chat, losses),
            Dialect::OpenAiResponses => of_responses(turn, &place, losses),
            // Their encoders know their own.
            Dialect::Anthropic | Dialect::Bedrock => {}
        }
    }
    turns.retain(|turn| turn.role != Role::Assistant || !turn.pieces.is_empty());
    conversation.turns = turns;
    conversation
}

/// Whether a server refuses the members in which thoughts are brought back.
pub const fn is_strict(chat: Chat) -> bool {
    matches!(chat.members, Members::OpenAi | Members::Few) && matches!(chat.thoughts, Thoughts::Omit)
}

/// Google refuses a signature that is not its own, and a call without one.
fn of_gemini(turn: &mut Turn, place: &str, losses: &mut Losses) {
    let mut index = 0;
    let mut stripped = false;
    turn.pieces.retain_mut(|piece| {
        let path = format!("{place}.parts[{index}]");
        index += 1;
        match &mut piece.part {
            Part::Reasoning(reasoning) if is_foreign(reasoning.seal.as_ref(), Maker::Google) => {
                losses.dropped(path);
                stripped = true;
                false
            }
            Part::ToolCall(call) if is_foreign(call.seal.as_ref(), Maker::Google) => {
                losses.dropped(format!("{path}.thoughtSignature"));
                call.seal = Some(Seal::new(Maker::Google, UNKNOWN_SIGNATURE));
                stripped = false;
                true
            }
            Part::ToolCall(call) if std::mem::take(&mut stripped) => {
                call.seal.get_or_insert_with(|| Seal::new(Maker::Google, UNKNOWN_SIGNATURE));
                true
            }
            _ => true,
        }
    });
}

fn of_chat(turn: &mut Turn, place: &str, chat: Chat, losses: &mut Losses) {
    turn.pieces.retain_mut(|piece| match &mut piece.part {
        Part::Reasoning(reasoning) => {
            let kept = is_wanted(reasoning, chat);
            if !kept {
                losses.dropped(format!("{place}.reasoning_content"));
            }
            kept
        }
        Part::ToolCall(call) if call.seal.is_some() && chat.thoughts != Thoughts::Seals => {
            call.seal = None;
            losses.dropped(format!("{place}.tool_calls.extra_content"));
            true
        }
        _ => true,
    });
}

/// Whether a server of OpenAI's chat wants these thoughts back, with whatever proves them.
fn is_wanted(reasoning: &Reasoning, chat: Chat) -> bool {
    let sealed = reasoning.seal.is_some() || reasoning.redacted;
    match chat.thoughts {
        Thoughts::Details => true,
        Thoughts::Content => !sealed,
        Thoughts::Seals => {
            reasoning.seal.as_ref().is_some_and(|seal| seal.for_maker(Maker::Google).is_some())
        }
        // What nobody sealed may be the server's own.
        Thoughts::Omit => !sealed && !is_strict(chat),
    }
}

/// The service looks for an item of thoughts that brings no seal under its name, and finds none that was made up here.
fn of_responses(turn: &mut Turn, place: &str, losses: &mut Losses) {
    turn.pieces.retain(|piece| {
        let kept = !is_unsealed(piece);
        if !kept {
            losses.dropped(place);
        }
        kept
    });
}

fn is_unsealed(piece: &Piece) -> bool {
    matches!(piece.part, Part::Reasoning(_)) && piece.extras.notes(seal::NONE)
}

fn is_foreign(seal: Option<&Seal>, maker: Maker) -> bool {
    seal.is_some_and(|seal| seal.for_maker(maker).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peek;
    use crate::translate::{self, Terms};

    fn sent(dialect: Dialect, body: &str, chat: Chat) -> (String, String) {
        let conversation = translate::conversation(dialect, body.as_bytes()).unwrap();
        let mut losses = Losses::default();
        let conversation = homeward(conversation, chat, &mut losses);
        let terms = Terms {
            model: "m",
            max_tokens: 9,
            chat,
            thinking: crate::quirks::ThinkingForm::Usual,
            family: crate::quirks::Family::Claude,
        };
        let body = translate::request(dialect, &conversation, terms, &mut losses).unwrap();
        (String::from_utf8(body).unwrap(), losses.header(500))
    }

    #[test]
    fn google_sees_no_other_makers_signature() {
        let packed = "Y2FsbHNpZ24uYW50aHJvcGljLlNJRz09";
        let hidden = "Y2FsbHNpZ24ucmVkYWN0ZWQuYW50aHJvcGljLlNJRz09";
        let body = format!(
            r#"{{"contents":[{{"role":"user","parts":[{{"text":"q"}}]}},{{"role":"model","parts":[
                {{"text":"hm","thought":true,"thoughtSignature":"{packed}"}},
                {{"text":"","thought":true,"thoughtSignature":"{hidden}"}},
                {{"functionCall":{{"name":"a","args":{{}},"id":"c1"}}}}]}},
                {{"role":"user","parts":[{{"functionResponse":{{"name":"a","id":"c1","response":{{"output":"r"}}}}}}]}}]}}"#
        );
        let (sent, losses) = sent(Dialect::Gemini, &body, Chat::USUAL);
        assert!(!sent.contains("Y2FsbHNpZ24") && !sent.contains("hm"), "{sent}");
        assert!(sent.contains(r#""thoughtSignature":"skip_thought_signature_validator""#), "{sent}");
        assert_eq!(losses, "contents[1].parts[0], contents[1].parts[1]");
    }

    #[test]
    fn chat_servers_get_back_what_they_take_and_nothing_else() {
        let message = r#"{"role":"assistant","content":"x","reasoning_content":"hm","reasoning_details":
            [{"type":"reasoning.text","text":"hm","signature":"callsign.anthropic.SIG","format":"anthropic-claude-v1","index":0}],
            "tool_calls":[{"id":"c1","type":"function","function":{"name":"a","arguments":"{}"},
            "extra_content":{"google":{"thought_signature":"callsign.google.SIG2"}}}]}"#;
        let body = format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"q"}},{message},
                {{"role":"tool","tool_call_id":"c1","content":"r"}}]}}"#
        );
        let both = "messages[1].reasoning_content, messages[1].tool_calls.extra_content";
        for (chat, present, absent, lost) in [
            (Chat::OPENAI, "", ["hm", "SIG"].as_slice(), both),
            (Chat::USUAL, "", &["hm", "SIG"], both),
            (Chat::THINKING, "", &["hm", "SIG"], both),
            (
                Chat::GOOGLE,
                r#""thought_signature":"SIG2""#,
                &["hm", r#"SIG""#],
                "messages[1].reasoning_content",
            ),
            (
                Chat::OPENROUTER,
                r#""signature":"SIG""#,
                &["callsign.", "SIG2"],
                "messages[1].tool_calls.extra_content",
            ),
        ] {
            let (sent, losses) = sent(Dialect::OpenAiChat, &body, chat);
            assert!(sent.contains(present), "{chat:?}: {sent}");
            assert!(absent.iter().all(|absent| !sent.contains(absent)), "{chat:?}: {sent}");
            assert_eq!(losses, lost, "{chat:?}");
        }
    }

    #[test]
    fn strict_servers_get_no_thoughts_and_others_their_own() {
        let body =
            r#"{"model":"m","messages":[{"role":"assistant","content":"x","reasoning_content":"hm"}]}"#;
        assert!(peek::json(body.as_bytes()).unwrap().brought.thoughts);
        for (chat, kept) in
            [(Chat::OPENAI, false), (Chat::MISTRAL, false), (Chat::USUAL, true), (Chat::THINKING, true)]
        {
            assert_eq!(sent(Dialect::OpenAiChat, body, chat).0.contains("hm"), kept, "{chat:?}");
        }
    }

    #[test]
    fn items_of_thoughts_that_were_made_up_here_are_nobodys() {
        let own = r#"{"id":"rs_2","type":"reasoning","summary":[],"encrypted_content":"gAAA"}"#;
        let body = format!(
            r#"{{"model":"m","input":[{{"role":"user","content":"q"}},{{"id":"rs_1","type":"reasoning",
                "summary":[{{"type":"summary_text","text":"hm"}}],"encrypted_content":"callsign.none"}},{own}]}}"#
        );
        assert!(peek::json(body.as_bytes()).unwrap().brought.seals);
        let (sent, losses) = sent(Dialect::OpenAiResponses, &body, Chat::USUAL);
        assert!(sent.contains("gAAA") && !sent.contains("rs_1"), "{sent}");
        assert_eq!(losses, "input[1]");
    }
}
