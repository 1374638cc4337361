//! What a store needs to serve `previous_response_id`: the items of earlier requests and answers, put before those of a
//! later request whose every other byte stays.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use crate::frame::sse::Frame;
use crate::hub::extras::Json;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::json::{self, Kind, Member, Top};

/// What a request says of the conversation that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The response that it goes on from.
    pub previous: Option<String>,
    /// Whether its answer may be kept: unless it says `store: false`, or belongs to a conversation that a provider keeps.
    pub store: bool,
}

/// An answer that ended well enough to be gone on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its id.
    pub id: String,
    /// When it was made, in seconds since 1970, where it says so.
    pub created: Option<u64>,
    /// Its items.
    pub output: Vec<Json>,
}

/// What a request says of the conversation that it belongs to.
pub fn reference(body: &[u8]) -> Reference {
    let mut reference = Reference { previous: None, store: true };
    let read = json::document(body, |member| {
        if member.is("previous_response_id") {
            reference.previous = Node::of(&member).text().map(Cow::into_owned).filter(|id| !id.is_empty());
        } else if member.is("store") {
            reference.store &= Node::of(&member).spelled() != b"false";
        } else if member.is("conversation") {
            reference.store &= Node::of(&member).is_blank();
        }
    });
    if read.is_ok() { reference } else { Reference { previous: None, store: false } }
}

/// The response object in an event of a stream, if that is the event with which an answer ends.
pub fn last_response(event: &Frame) -> Option<Bytes> {
    const LAST: [&str; 2] = ["response.completed", "response.incomplete"];
    let is_last = |name: &[u8]| LAST.iter().any(|last| last.as_bytes() == name);
    let data = event.data.as_ref()?;
    if event.event.as_ref().is_some_and(|name| !is_last(name)) {
        return None;
    }
    let object = Node::read(data)?;
    let kind = object.get("type").and_then(Node::text)?;
    let response = object.get("response").filter(|_| is_last(kind.as_bytes()))?;
    Some(data.slice_ref(response.spelled()))
}

/// What an answer is to those who go on from it; `None` where it failed, or is no answer.
pub fn ended(response: &[u8]) -> Option<Ended> {
    let object = Node::read(response)?;
    let status = object.get("status").and_then(Node::text)?;
    let is_answer = object.get("object").is_some_and(|kind| kind.says("response"));
    let id = object.get("id").and_then(Node::text).filter(|id| !id.is_empty())?.into_owned();
    if !is_answer || !matches!(status.as_ref(), "completed" | "incomplete") {
        return None;
    }
    let created = object.get("created_at").and_then(whole_seconds);
    let output = object.get("output").into_iter().flat_map(Node::elements).map(Json::of).collect();
    Some(Ended { id, created, output })
}

/// The number before the point: some servers count in fractions of seconds.
fn whole_seconds(node: Node<'_>) -> Option<u64> {
    let spelled = std::str::from_utf8(node.spelled()).ok()?;
    spelled.split('.').next()?.parse().ok()
}

/// Items as the text of one array.
pub fn list(items: &[Json]) -> String {
    let mut writer = Writer::default();
    writer.array(|writer| items.iter().for_each(|item| writer.json(item)));
    String::from_utf8(writer.into_bytes()).unwrap_or_default()
}

/// The items in the text of an array.
pub fn items(list: &str) -> Vec<Json> {
    Node::read(list.as_bytes()).into_iter().flat_map(Node::elements).map(Json::of).collect()
}

/// The items that a request says: its own `input`, plain words as the message that they are.
pub fn input_items(body: &[u8]) -> Vec<Json> {
    let input = Node::read(body).and_then(|body| body.get("input"));
    match input {
        Some(node) if node.kind() == Kind::Text => vec![message(node)],
        Some(node) => node.elements().map(Json::of).collect(),
        None => Vec::new(),
    }
}

/// The request with `items` before its own, and without `previous_response_id`. A body that is no object stays as it is.
pub fn with_history(body: &[u8], items: &[Json]) -> Vec<u8> {
    let Some(edits) = edits(body, items) else { return body.to_vec() };
    let added: usize = edits.iter().map(|(_, replacement)| replacement.len()).sum();
    let mut spliced = Vec::with_capacity(body.len() + added);
    let mut at = 0;
    for (place, replacement) in edits {
        spliced.extend_from_slice(body.get(at..place.start).unwrap_or_default());
        spliced.extend_from_slice(&replacement);
        at = place.end;
    }
    spliced.extend_from_slice(body.get(at..).unwrap_or_default());
    spliced
}

/// What is to be replaced by what, in order.
fn edits(body: &[u8], items: &[Json]) -> Option<Vec<(Range<usize>, Vec<u8>)>> {
    let mut members = Vec::new();
    let top = json::document(body, |member| members.push(member)).ok()?;
    let Top::Object { inside, .. } = top else { return None };
    let mut edits = Vec::new();
    let mut kept = members.len();
    for member in &members {
        if member.is("previous_response_id") {
            kept -= 1;
            edits.push((removal(body, member)?, Vec::new()));
        } else if member.is("input") {
            edits.push((member.place.clone(), together(Node::of(member), items)));
        }
    }
    if !members.iter().any(|member| member.is("input")) {
        let comma: &[u8] = if kept > 0 { b"," } else { b"" };
        let input = [b"\"input\":", together(Node::checked(b"[]"), items).as_slice(), comma].concat();
        edits.insert(0, (inside..inside, input));
    }
    let in_order = edits.is_sorted_by(|(before, _), (after, _)| before.end <= after.start);
    in_order.then_some(edits)
}

/// A member and the comma that it leaves behind.
fn removal(body: &[u8], member: &Member<'_>) -> Option<Range<usize>> {
    let before_colon = body.get(..member.place.start)?.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let start = before_colon.len().checked_sub(member.key.len() + 2)?;
    if let Some(before_comma) = body.get(..start)?.trim_ascii_end().strip_suffix(b",") {
        return Some(before_comma.len()..member.place.end);
    }
    let after = body.get(member.place.end..)?;
    let comma = after.trim_ascii_start().strip_prefix(b",");
    Some(start..comma.map_or(member.place.end, |rest| body.len() - rest.len()))
}

/// The items and then those of `input`.
fn together(input: Node<'_>, items: &[Json]) -> Vec<u8> {
    let mut list = vec![b'['];
    let mut add = |item: &[u8]| {
        if list.len() > 1 {
            list.push(b',');
        }
        list.extend_from_slice(item);
    };
    for item in items {
        add(item.as_str().as_bytes());
    }
    match input.kind() {
        Kind::Text => add(message(input).as_str().as_bytes()),
        Kind::Array if !input.is_blank() => {
            let inside = input.spelled().strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]"));
            add(inside.unwrap_or_default());
        }
        _ => {}
    }
    list.push(b']');
    list
}

/// Plain words as the message that they are.
fn message(words: Node<'_>) -> Json {
    let mut writer = Writer::default();
    writer.object(|writer| {
        writer.key("type").text("message");
        writer.key("role").text("user");
        writer.key("content").array(|writer| {
            writer.object(|writer| {
                writer.key("type").text("input_text");
                writer.key("text").json(&Json::of(words));
            });
        });
    });
    Json::written(writer.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(items: &[Json]) -> Vec<&str> {
        items.iter().map(Json::as_str).collect()
    }

    #[test]
    fn earlier_items_stand_before_those_of_the_request() {
        let earlier = r#"[{"a":1},{"b":2}]"#;
        for (body, expected) in [
            (
                r#"{"model":"m", "previous_response_id": "r1", "input": [ {"c" : 3.0} ]}"#,
                r#"{"model":"m", "input": [{"a":1},{"b":2}, {"c" : 3.0} ]}"#,
            ),
            (
                r#"{"previous_response_id":"r1" , "input":"h\u0069","x":[1]}"#,
                r#"{ "input":[{"a":1},{"b":2},{"type":"message","role":"user","content":[{"type":"input_text","text":"h\u0069"}]}],"x":[1]}"#,
            ),
            (r#"{"input":[],"previous_response_id":null}"#, r#"{"input":[{"a":1},{"b":2}]}"#),
            (r#"{"previous_response_id":"r1"}"#, r#"{"input":[{"a":1},{"b":2}]}"#),
            (r#"{"previous_response_id":"r1","model":"m"}"#, r#"{"input":[{"a":1},{"b":2}],"model":"m"}"#),
            (r#"{"model":"m","previous_response_id":"r1"}"#, r#"{"input":[{"a":1},{"b":2}],"model":"m"}"#),
            (r#"{"prev\u0069ous_response_id":"r1","input":null}"#, r#"{"input":[{"a":1},{"b":2}]}"#),
            ("{}", r#"{"input":[{"a":1},{"b":2}]}"#),
            ("[1]", "[1]"),
            (r#"{"input":"#, r#"{"input":"#),
        ] {
            let spliced = with_history(body.as_bytes(), &items(earlier));
            assert_eq!(String::from_utf8(spliced).unwrap(), expected, "{body}");
        }
    }

    #[test]
    fn without_history_only_the_reference_goes() {
        let body = br#"{"input": [ {"x":1} ] ,"previous_response_id":"r1"}"#;
        assert_eq!(with_history(body, &[]), br#"{"input": [ {"x":1} ] }"#);
    }

    #[test]
    fn what_was_said_becomes_items() {
        for (body, expected) in [
            (
                r#"{"input":"a \"b\""}"#,
                vec![
                    r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"a \"b\""}]}"#,
                ],
            ),
            (r#"{"input":[{"id": "x"},{}]}"#, vec![r#"{"id": "x"}"#, "{}"]),
            ("{}", vec![]),
            ("no json", vec![]),
        ] {
            assert_eq!(spelled(&input_items(body.as_bytes())), expected, "{body}");
        }
    }

    #[test]
    fn request_says_what_it_goes_on_from_and_whether_to_keep_it() {
        for (body, previous, store) in [
            (r#"{"input":"x"}"#, None, true),
            (r#"{"previous_response_id":"resp_1","store":true}"#, Some("resp_1"), true),
            (r#"{"store" : false ,"previous_response_id":"r\u0031"}"#, Some("r1"), false),
            (r#"{"previous_response_id":null,"store":null}"#, None, true),
            (r#"{"previous_response_id":""}"#, None, true),
            (r#"{"conversation":null}"#, None, true),
            (r#"{"conversation":"conv_1","store":true}"#, None, false),
            (r#"{"input":[{"previous_response_id":"x","store":false}]}"#, None, true),
            ("no json", None, false),
        ] {
            let expected = Reference { previous: previous.map(str::to_owned), store };
            assert_eq!(reference(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn answers_that_ended_can_be_gone_on_from() {
        let said = r#"[{"type":"message","content":[]},{"type":"reasoning"}]"#;
        let answer = |object: &str, status: &str| {
            format!(
                r#"{{"id":"resp_1","object":"{object}","created_at":17.5,"status":"{status}","output":{said}}}"#
            )
        };
        for status in ["completed", "incomplete"] {
            let ended = ended(answer("response", status).as_bytes()).unwrap();
            assert_eq!((ended.id.as_str(), ended.created), ("resp_1", Some(17)));
            assert_eq!(list(&ended.output), said);
            assert_eq!(spelled(&items(said)), spelled(&ended.output));
        }
        for body in [
            answer("response", "failed"),
            answer("response", "in_progress"),
            answer("chat.completion", "completed"),
            r#"{"object":"response","status":"completed"}"#.to_owned(),
            r#"{"error":{}}"#.to_owned(),
            String::new(),
        ] {
            assert_eq!(ended(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn last_event_of_a_stream_holds_the_response() {
        for (event, expected) in [
            (
                "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\": {\"id\" : 1} }\n\n",
                Some(r#"{"id" : 1}"#),
            ),
            ("data: {\"response\":{},\"type\":\"response.incomplete\"}\r\n\r\n", Some("{}")),
            ("event: response.created\ndata: {\"type\":\"response.created\",\"response\":{}}\n\n", None),
            ("data: {\"type\":\"response.failed\",\"response\":{}}\n\n", None),
            ("event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n", None),
            ("event: response.completed\n\n", None),
            ("data: [DONE]\n\n", None),
        ] {
            let found = last_response(&Frame::from(Bytes::copy_from_slice(event.as_bytes())));
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{event}");
        }
    }
}
