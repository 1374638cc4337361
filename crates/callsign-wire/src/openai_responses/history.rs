//! What a store needs to serve `previous_response_id`: the items of earlier requests and answers, put before those of a
//! later request whose every other byte stays.

use std::ops::Range;

use crate::hub::extras::Json;
use crate::json::walk::Node;
use crate::json::writer::Writer;
use crate::json::{self, Kind, Member, Top};

/// The items that a request says: its own `input`, plain words as the message that they are.
pub fn input_items(body: &[u8]) -> Vec<Json> {
    let input = Node::read(body).and_then(|body| body.get("input"));
    match input {
        Some(node) if node.kind() == Kind::Text => vec![message(node)],
        Some(node) => node.elements().map(Json::of).collect(),
        None => Vec::new(),
    }
}

/// The items that an answer says.
pub fn output_items(response: &[u8]) -> Vec<Json> {
    let output = Node::read(response).and_then(|response| response.get("output"));
    output.into_iter().flat_map(Node::elements).map(Json::of).collect()
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

    fn items(list: &str) -> Vec<Json> {
        Node::read(list.as_bytes()).unwrap().elements().map(Json::of).collect()
    }

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
        let response = br#"{"id":"resp_1","output":[{"type":"message","content":[]},{"type":"reasoning"}]}"#;
        let expected = [r#"{"type":"message","content":[]}"#, r#"{"type":"reasoning"}"#];
        assert_eq!(spelled(&output_items(response)), expected);
    }
}
