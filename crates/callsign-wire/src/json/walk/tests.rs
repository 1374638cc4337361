//! Walks over arbitrary JSON, held against values, from either end.

use proptest::prelude::*;
use serde_json::Value;

use super::{Node, from_end};
use crate::json::Kind;

/// Any JSON, not too deep.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z\"\\\\{}\\[\\]:,\u{e9}\n]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("[a-z\"\\\\{}:]{0,5}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The value again, of what the walk meets.
fn rebuilt(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Object => node
            .members()
            .map(|member| {
                let key = super::super::text(&[b"\"", member.key, b"\""].concat()).unwrap().into_owned();
                (key, rebuilt(Node::of(&member)))
            })
            .collect(),
        Kind::Array => node.elements().map(rebuilt).collect(),
        _ => serde_json::from_slice(node.spelled()).unwrap(),
    }
}

/// Depth, key and value of each member, the last first.
fn members_backwards(value: &Value, depth: usize, found: &mut Vec<(usize, String, Value)>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members.iter().rev() {
                members_backwards(value, depth + 1, found);
                found.push((depth + 1, key.clone(), value.clone()));
            }
        }
        Value::Array(elements) => {
            for element in elements.iter().rev() {
                members_backwards(element, depth + 1, found);
            }
        }
        _ => {}
    }
}

#[test]
fn members_are_found_by_name_and_path() {
    let node = Node::read(br#" {"a":{"b":[1,"x",null]},"c":"" , "\u0064":true} "#).unwrap();
    assert_eq!(node.at(&["a", "b"]).unwrap().elements().count(), 3);
    assert!(node.at(&["a", "x"]).is_none() && node.at(&["c", "b"]).is_none());
    assert!(node.get("c").unwrap().is_blank() && !node.get("a").unwrap().is_blank());
    assert_eq!(node.get("d").unwrap().spelled(), b"true");
    assert!(node.at(&["a", "b"]).unwrap().elements().nth(1).unwrap().says("x"));
}

#[test]
fn what_is_no_document_is_no_node() {
    for text in ["", "{", "{}x", "[1,]", "nul", "\u{feff}{}"] {
        assert_eq!(Node::read(text.as_bytes()), None, "{text}");
    }
}

proptest! {
    #[test]
    fn a_walk_meets_everything(value in documents(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        prop_assert_eq!(rebuilt(Node::read(&text).unwrap()), value);
    }

    #[test]
    fn a_walk_from_the_end_needs_no_beginning(value in documents(), pretty in any::<bool>(), cut in any::<prop::sample::Index>()) {
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        let mut expected = Vec::new();
        members_backwards(&value, 0, &mut expected);
        let collect = |text: &[u8]| {
            let mut found = Vec::new();
            from_end(text, |depth, key, value| found.push((depth, key.to_vec(), value.to_vec())));
            found
        };
        let whole = collect(&text);
        prop_assert_eq!(whole.len(), expected.len());
        for ((depth, key, after), (expected_depth, expected_key, expected_value)) in whole.iter().zip(&expected) {
            let key: String = serde_json::from_slice(&[b"\"".as_slice(), key, b"\""].concat()).unwrap();
            let mut values = serde_json::Deserializer::from_slice(after).into_iter::<Value>();
            prop_assert_eq!((depth, &key), (expected_depth, expected_key));
            prop_assert_eq!(&values.next().unwrap().unwrap(), expected_value);
        }
        // A cut right behind a backslash may make one key of what was text.
        let tail = collect(&text[cut.index(text.len())..]);
        let sure = tail.len().saturating_sub(1);
        prop_assert_eq!(&tail[..sure], &whole[..sure]);
    }
}
