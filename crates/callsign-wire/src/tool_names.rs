//! Names of tools as OpenAI's two APIs take them: what they refuse is escaped on the way to a target and read back in its
//! answers, so that clients of dialects with other rules (Gemini's have dots and colons) keep theirs.

use std::borrow::Cow;

use crate::anthropic::names;
use crate::dialect::Dialect;
use crate::hub::conversation::Conversation;
use crate::hub::event::{Event, Opened};
use crate::hub::flaw::EncodeError;
use crate::hub::part::Part;
use crate::hub::reply::Reply;
use crate::hub::wish::ToolChoice;
use crate::quirks::{Chat, Members};

/// The conversation with names that the target takes; an error names the tool whose name is too long for it.
pub(crate) fn fitted(
    dialect: Dialect,
    conversation: &Conversation,
    chat: Chat,
) -> Result<Cow<'_, Conversation>, EncodeError> {
    if !is_openai(dialect) || conversation.dialect == dialect {
        return Ok(Cow::Borrowed(conversation));
    }
    let longest = longest(dialect, chat);
    for (index, tool) in conversation.tools.iter().enumerate() {
        if names::written(&tool.name).len() > longest {
            let reason = format!(
                "the name of the tool `{}` is too long for the target, which takes {longest} letters, digits, `_` and `-`",
                tool.name
            );
            return Err(EncodeError { path: format!("tools[{index}].name"), reason });
        }
    }
    let mut fitted = Cow::Borrowed(conversation);
    if is_strange(conversation) {
        respell(fitted.to_mut());
    }
    Ok(fitted)
}

/// Gives the calls of an answer the names that the client knows.
pub(crate) fn read_back(reply: &mut Reply) {
    if !is_openai(reply.dialect) {
        return;
    }
    for piece in reply.choices.iter_mut().flat_map(|choice| &mut choice.pieces) {
        if let Part::ToolCall(call) = &mut piece.part {
            call.name = names::read(std::mem::take(&mut call.name));
        }
    }
}

/// The same for the events of a stream of OpenAI's.
pub(crate) fn read_back_events(heard: &mut [Event]) {
    for event in heard {
        if let Event::Open { opened: Opened::ToolCall { name, .. }, .. } = event {
            *name = names::read(std::mem::take(name));
        }
    }
}

/// Whether a dialect is one of OpenAI's.
pub(crate) const fn is_openai(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::OpenAiChat | Dialect::OpenAiResponses)
}

/// The longest name. Servers that are merely compatible have limits of their own, if any.
const fn longest(dialect: Dialect, chat: Chat) -> usize {
    match (dialect, chat.members) {
        (Dialect::OpenAiChat, Members::OpenAi) => 64,
        (Dialect::OpenAiChat, Members::Few | Members::Usual) => usize::MAX,
        _ => names::LONGEST,
    }
}

/// Whether any name is to be written otherwise.
fn is_strange(conversation: &Conversation) -> bool {
    let is_strange = |name: &str| !name.is_empty() && matches!(names::written(name), Cow::Owned(_));
    let pieces = conversation.turns.iter().flat_map(|turn| &turn.pieces);
    conversation.tools.iter().any(|tool| is_strange(&tool.name))
        || matches!(&conversation.tool_choice, Some(ToolChoice::Tool(name)) if is_strange(name))
        || pieces.into_iter().any(|piece| match &piece.part {
            Part::ToolCall(call) => is_strange(&call.name),
            Part::ToolResult(result) => result.name.as_deref().is_some_and(is_strange),
            _ => false,
        })
}

fn respell(conversation: &mut Conversation) {
    let write = |name: &mut String| {
        if !name.is_empty() {
            *name = names::written(name).into_owned();
        }
    };
    conversation.tools.iter_mut().for_each(|tool| write(&mut tool.name));
    if let Some(ToolChoice::Tool(name)) = &mut conversation.tool_choice {
        write(name);
    }
    for piece in conversation.turns.iter_mut().flat_map(|turn| &mut turn.pieces) {
        match &mut piece.part {
            Part::ToolCall(call) => write(&mut call.name),
            Part::ToolResult(result) => result.name.iter_mut().for_each(write),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::loss::Losses;
    use crate::translate::{self, Terms};

    const OWN: Chat = Chat::OPENAI;

    fn asked(name: &str) -> Conversation {
        let body = format!(
            r#"{{"contents":[{{"role":"user","parts":[{{"text":"Hi"}}]}},
            {{"role":"model","parts":[{{"functionCall":{{"name":"{name}","args":{{}}}}}}]}},
            {{"role":"user","parts":[{{"functionResponse":{{"name":"{name}","response":{{"a":1}}}}}}]}}],
            "tools":[{{"functionDeclarations":[{{"name":"{name}"}}]}}],
            "toolConfig":{{"functionCallingConfig":{{"mode":"ANY","allowedFunctionNames":["{name}"]}}}}}}"#
        );
        translate::conversation(Dialect::Gemini, body.as_bytes()).unwrap()
    }

    fn written(dialect: Dialect, name: &str, chat: Chat) -> Result<String, EncodeError> {
        let terms = Terms {
            model: "m",
            max_tokens: 9,
            chat,
            thinking: crate::quirks::ThinkingForm::Usual,
            family: crate::quirks::Family::Claude,
        };
        let mut losses = Losses::default();
        let body = translate::request(dialect, &asked(name), terms, &mut losses)?;
        assert!(losses.is_empty(), "{}", losses.header(100));
        Ok(String::from_utf8(body).unwrap())
    }

    #[test]
    fn names_that_openai_refuses_are_escaped_and_come_back() {
        for dialect in [Dialect::OpenAiChat, Dialect::OpenAiResponses] {
            let body = written(dialect, "calendar.events:list", OWN).unwrap();
            assert!(!body.contains("calendar.events:list"), "{body}");
            assert_eq!(body.matches(r#""name":"cs__calendar_2Eevents_3Alist""#).count(), 3, "{body}");
            assert!(written(dialect, "list_events", OWN).unwrap().contains(r#""name":"list_events""#));
        }
        let chat = br#"{"choices":[{"index":0,"message":{"role":"assistant","tool_calls":[{"id":"a","type":"function",
            "function":{"name":"cs__calendar_2Elist","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
        let responses = br#"{"id":"resp_1","object":"response","status":"completed","model":"m","output":[
            {"type":"function_call","id":"fc_1","call_id":"a","name":"cs__calendar_2Elist","arguments":"{}"}]}"#;
        for (dialect, body) in [(Dialect::OpenAiChat, &chat[..]), (Dialect::OpenAiResponses, &responses[..])]
        {
            let reply = translate::reply(dialect, body).unwrap();
            let Part::ToolCall(call) = &reply.choices[0].pieces[0].part else { panic!("{reply:?}") };
            assert_eq!(call.name, "calendar.list");
        }
    }

    #[test]
    fn names_come_back_in_streams() {
        let stream = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\
            \"function\":{\"name\":\"cs__calendar_2Elist\",\"arguments\":\"{}\"}}]}}]}\n\n";
        let mut heard = Vec::new();
        translate::listener(Dialect::OpenAiChat)
            .push(bytes::Bytes::from_static(stream.as_bytes()), &mut heard)
            .unwrap();
        let opened = heard.iter().find_map(|event| match event {
            Event::Open { opened: Opened::ToolCall { name, .. }, .. } => Some(name.as_str()),
            _ => None,
        });
        assert_eq!(opened, Some("calendar.list"));
    }

    #[test]
    fn names_that_are_too_long_are_refused_by_name() {
        let (sixty, ninety) = ("a".repeat(60) + ".b", "a".repeat(90));
        for (dialect, name, chat, refused) in [
            (Dialect::OpenAiChat, &sixty, OWN, true),
            (Dialect::OpenAiChat, &sixty, Chat::USUAL, false),
            (Dialect::OpenAiChat, &ninety, OWN, true),
            (Dialect::OpenAiChat, &ninety, Chat::USUAL, false),
            (Dialect::OpenAiResponses, &ninety, OWN, false),
            (Dialect::OpenAiResponses, &ninety.repeat(2), OWN, true),
        ] {
            let written = written(dialect, name, chat);
            let named = written.err().map(|error| (error.path, error.reason.contains(&format!("`{name}`"))));
            assert_eq!(named, refused.then(|| ("tools[0].name".to_owned(), true)), "{dialect:?} {name}");
        }
    }
}
