//! Calls and results belong together: what every provider refuses is refused here, in the client's own terms.

use super::conversation::{Conversation, Role, Turn};
use super::flaw::DecodeError;
use super::part::Part;

/// Whether every tool result has the call that it answers before it.
pub fn check(conversation: &Conversation) -> Result<(), DecodeError> {
    let mut called: Vec<&str> = Vec::new();
    for turn in &conversation.turns {
        for piece in &turn.pieces {
            match &piece.part {
                // A call in anybody else's turn is none of the model's, and reaches no target.
                Part::ToolCall(call) if turn.role == Role::Assistant => called.push(&call.id),
                Part::ToolResult(result) if !called.contains(&result.call.as_str()) => {
                    return Err(orphan(conversation, turn));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn orphan(conversation: &Conversation, turn: &Turn) -> DecodeError {
    let said = "holds the result of a tool call that stands nowhere before it, send the assistant's turn with that call first";
    DecodeError::said(said).within(&conversation.place(turn))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::hub::part::{Piece, ToolCall, ToolResult};

    fn call(id: &str) -> Piece {
        let (id, name, arguments) = (id.to_owned(), "f".to_owned(), "{}".to_owned());
        Piece::of(Part::ToolCall(ToolCall { id, name, arguments, custom: false, seal: None }))
    }

    fn result(id: &str) -> Piece {
        let (call, name, pieces) = (id.to_owned(), None, vec![Piece::text("x")]);
        Piece::of(Part::ToolResult(ToolResult { call, name, pieces, is_error: None, custom: false }))
    }

    #[test]
    fn results_need_their_calls_before_them() {
        for (turns, expected) in [
            (vec![vec![call("a"), call("b")], vec![result("b"), result("a")]], true),
            (vec![vec![result("a")], vec![call("a")]], false),
            (vec![vec![call("a")], vec![result("b")]], false),
        ] {
            let mut conversation = Conversation::new(Dialect::OpenAiChat);
            for (index, pieces) in turns.into_iter().enumerate() {
                let turn = Turn { origin: Some(index), ..Turn::of(Role::Assistant, pieces) };
                conversation.turns.push(turn);
            }
            let checked = check(&conversation);
            assert_eq!(checked.is_ok(), expected, "{checked:?}");
            if let Err(error) = checked {
                assert!(error.path().starts_with("messages["), "{error}");
            }
        }
    }

    #[test]
    fn calls_are_the_models() {
        let mut conversation = Conversation::new(Dialect::Gemini);
        conversation.turns =
            vec![Turn::of(Role::User, vec![call("a")]), Turn::of(Role::User, vec![result("a")])];
        assert!(check(&conversation).is_err());
    }
}
