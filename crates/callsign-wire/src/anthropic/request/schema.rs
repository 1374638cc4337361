//! JSON schemas as constrained answers take them: objects closed, what cannot be enforced told in words.
//! <https://docs.anthropic.com/en/docs/build-with-claude/structured-outputs>

use std::borrow::Cow;
use std::collections::HashMap;

use crate::hub::extras::Json;
use crate::json::Kind;
use crate::json::walk::{self, Node};
use crate::json::writer::Writer;

/// A schema that can be enforced.
#[derive(Debug)]
pub(crate) struct Closed {
    pub(crate) json: Json,
    /// Whether it says less than it did, but for words.
    pub(crate) relaxed: bool,
    pub(crate) tally: Tally,
}

/// What a request may have so much of in all its enforced schemas together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) tools: u32,
    pub(crate) optional: u32,
    pub(crate) unions: u32,
}

/// The explicit limits of the API.
const LIMITS: Tally = Tally { tools: 20, optional: 24, unions: 16 };

/// Members that stay as they are.
const KEPT: [&str; 7] = ["type", "enum", "const", "title", "required", "default", "$ref"];

/// Members that say nothing about values.
const IDLE: [&str; 5] = ["$schema", "$id", "$comment", "additionalProperties", "strict"];

const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// How deep schemas may be nested.
const DEEPEST: usize = 64;

/// `schema` so that it can be enforced; `None` where that is impossible: it refers to itself or elsewhere, or leaves open what
/// members an object has.
pub(crate) fn closed(schema: &Json) -> Option<Closed> {
    if refers_in_circles(schema.node()) {
        return None;
    }
    let mut closing = Closing::default();
    let mut writer = Writer::default();
    closing.schema(schema.node(), &mut writer)?;
    Some(Closed { json: Json::written(writer.into_bytes()), relaxed: closing.relaxed, tally: closing.tally })
}

// === impl Tally ===

impl Tally {
    /// Both together, where the API takes so much.
    pub(crate) fn with(self, other: Self) -> Option<Self> {
        let all = Self {
            tools: self.tools.saturating_add(other.tools),
            optional: self.optional.saturating_add(other.optional),
            unions: self.unions.saturating_add(other.unions),
        };
        let fits =
            all.tools <= LIMITS.tools && all.optional <= LIMITS.optional && all.unions <= LIMITS.unions;
        fits.then_some(all)
    }
}

/// A schema under way.
#[derive(Default)]
struct Closing {
    relaxed: bool,
    tally: Tally,
    depth: usize,
}

/// A member of a schema.
type Pair<'a> = (String, Node<'a>);

// === impl Closing ===

impl Closing {
    fn schema(&mut self, node: Node<'_>, writer: &mut Writer) -> Option<()> {
        let members = members(node);
        if members.is_empty() || self.depth > DEEPEST || is_open(&members) {
            return None;
        }
        self.depth += 1;
        let mut whole = None;
        writer.object(|writer| whole = self.members(&members, writer));
        self.depth -= 1;
        whole
    }

    fn members(&mut self, members: &[Pair<'_>], writer: &mut Writer) -> Option<()> {
        let mut told = String::new();
        for (name, value) in members {
            if !self.member(name, *value, writer)? {
                told.extend([if told.is_empty() { "" } else { ", " }, name, ": ", text(*value)]);
            }
        }
        if is_object(members) {
            writer.key("additionalProperties").boolean(false);
            self.tally.optional = self.tally.optional.saturating_add(optional(members));
        }
        let said = find(members, "description").and_then(Node::text);
        self.relaxed |= !told.is_empty();
        match (said, told.is_empty()) {
            (said, true) => writer.text_member("description", said.as_deref()),
            (Some(said), false) => writer.key("description").text(&format!("{said}\n\n{{{told}}}")),
            (None, false) => writer.key("description").text(&format!("{{{told}}}")),
        }
        Some(())
    }

    /// Writes a member; answers whether it can be enforced or says nothing.
    fn member(&mut self, name: &str, value: Node<'_>, writer: &mut Writer) -> Option<bool> {
        let kept = match name {
            "$ref" if !value.text()?.starts_with("#/") => return None,
            "properties" | "$defs" | "definitions" => return self.named(name, value, writer),
            "anyOf" | "oneOf" | "allOf" => return self.variants(name, value, writer),
            "items" => return self.schema(value, writer.key(name)).map(|()| true),
            "description" => return Some(true),
            "format" => FORMATS.iter().any(|format| value.says(format)),
            "minItems" => matches!(value.spelled(), b"0" | b"1"),
            name => KEPT.contains(&name),
        };
        if kept {
            writer.key(name).json(&Json::of(value));
        }
        Some(kept || IDLE.contains(&name))
    }

    fn named(&mut self, name: &str, value: Node<'_>, writer: &mut Writer) -> Option<bool> {
        let schemas = members(value);
        if name == "properties" {
            let unions = schemas.iter().filter(|(_, schema)| is_union(*schema)).count();
            self.tally.unions = self.tally.unions.saturating_add(u32::try_from(unions).unwrap_or(u32::MAX));
        }
        let mut whole = true;
        writer.key(name).object(|writer| {
            whole = schemas.iter().all(|(name, schema)| self.schema(*schema, writer.key(name)).is_some());
        });
        whole.then_some(true)
    }

    fn variants(&mut self, name: &str, value: Node<'_>, writer: &mut Writer) -> Option<bool> {
        let mut whole = true;
        writer.key(if name == "oneOf" { "anyOf" } else { name }).array(|writer| {
            whole = value.elements().all(|schema| self.schema(schema, writer).is_some());
        });
        whole.then_some(true)
    }
}

fn members(node: Node<'_>) -> Vec<Pair<'_>> {
    let quoted =
        |key: &[u8]| crate::json::text(&[b"\"", key, b"\""].concat()).map(std::borrow::Cow::into_owned);
    let members = node.members();
    members.filter_map(|member| Some((quoted(member.key)?, Node::of(&member)))).collect()
}

fn find<'a>(members: &[Pair<'a>], wanted: &str) -> Option<Node<'a>> {
    members.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value)
}

fn text(node: Node<'_>) -> &str {
    std::str::from_utf8(node.spelled()).unwrap_or_default()
}

fn is_object(members: &[Pair<'_>]) -> bool {
    let named = find(members, "type").is_some_and(|kind| has_type(kind, "object"));
    named || find(members, "properties").is_some()
}

fn has_type(kind: Node<'_>, wanted: &str) -> bool {
    kind.says(wanted) || kind.elements().any(|kind| kind.says(wanted))
}

/// Whether it leaves open what members an object has, or what a value is at all.
fn is_open(members: &[Pair<'_>]) -> bool {
    let says = |name: &str| find(members, name).is_some();
    let typed =
        ["type", "enum", "const", "$ref", "anyOf", "oneOf", "allOf", "properties"].into_iter().any(says);
    let named = find(members, "properties").is_some_and(|properties| !properties.is_blank());
    let closed = find(members, "additionalProperties").is_none_or(|more| more.spelled() == b"false");
    let free = !named && find(members, "additionalProperties").is_none();
    !typed || is_object(members) && (!closed || free)
}

fn is_union(schema: Node<'_>) -> bool {
    let list = schema.get("type").is_some_and(|kind| kind.kind() == Kind::Array);
    list || schema.get("anyOf").is_some() || schema.get("oneOf").is_some()
}

fn optional(members: &[Pair<'_>]) -> u32 {
    let count = |name: &str, count: fn(Node<'_>) -> usize| find(members, name).map_or(0, count);
    let all = count("properties", |properties| properties.members().count());
    let required = count("required", |required| required.elements().count());
    u32::try_from(all.saturating_sub(required)).unwrap_or(u32::MAX)
}

/// Whether following references leads back, or anywhere but to a definition. Linear in the schema's length, however deep
/// it is and however many definitions refer to each other.
fn refers_in_circles(schema: Node<'_>) -> bool {
    let mut definitions: Vec<(String, Vec<String>)> = Vec::new();
    for (list, name) in [("$defs", "#/$defs/"), ("definitions", "#/definitions/")] {
        for (key, definition) in schema.get(list).map(members).unwrap_or_default() {
            definitions.push((format!("{name}{key}"), references(definition)));
        }
    }
    holds_a_circle(&definitions) || references(schema).iter().any(|name| name == "#")
}

/// Takes away those that refer to nothing that is left, one after another: only circles remain.
fn holds_a_circle(definitions: &[(String, Vec<String>)]) -> bool {
    let places: HashMap<&str, usize> =
        definitions.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
    let mut referring: Vec<Vec<usize>> = vec![Vec::new(); definitions.len()];
    let mut open: Vec<usize> = vec![0; definitions.len()];
    for (at, (_, refers)) in definitions.iter().enumerate() {
        for to in refers.iter().filter_map(|name| places.get(name.as_str())) {
            referring.get_mut(*to).into_iter().for_each(|list| list.push(at));
            open.get_mut(at).into_iter().for_each(|count| *count += 1);
        }
    }
    let mut free: Vec<usize> = (0..open.len()).filter(|at| open.get(*at) == Some(&0)).collect();
    let mut taken = 0;
    while let Some(at) = free.pop() {
        taken += 1;
        for from in referring.get(at).into_iter().flatten() {
            let Some(count) = open.get_mut(*from) else { continue };
            *count -= 1;
            if *count == 0 {
                free.push(*from);
            }
        }
    }
    taken < definitions.len()
}

/// What a schema refers to, wherever in it.
fn references(schema: Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    walk::from_end(schema.spelled(), |_, key, value| {
        if is_reference(key) {
            found.extend(walk::first_text(value).map(Cow::into_owned));
        }
    });
    found
}

fn is_reference(key: &[u8]) -> bool {
    key == b"$ref"
        || key.contains(&b'\\')
            && crate::json::text(&[b"\"", key, b"\""].concat()).is_some_and(|key| key == "$ref")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn closes(schema: &str) -> bool {
        closed(&Json::read(schema).unwrap()).is_some()
    }

    #[test]
    fn only_schemas_that_come_to_an_end_are_enforced() {
        let with = |defs: &str| {
            format!(r##"{{"type":"object","properties":{{"a":{{"$ref":"#/$defs/a"}}}},"$defs":{{{defs}}}}}"##)
        };
        let leaf = r#""b":{"type":"string"}"#;
        for (schema, expected) in [
            (with(r#""a":{"type":"string"}"#), true),
            (with(&format!(r##""a":{{"type":"array","items":{{"$ref":"#/$defs/b"}}}},{leaf}"##)), true),
            (
                with(r##""a":{"anyOf":[{"$ref":"#/$defs/b"},{"$ref":"#/$defs/b"}]},"b":{"type":"string"}"##),
                true,
            ),
            (with(r##""a":{"type":"array","items":{"$ref":"#/$defs/a"}}"##), false),
            (with(r##""a":{"type":"array","items":{"\u0024ref":"#/$defs/a"}}"##), false),
            (with(r##""a":{"type":"array","items":{"$ref":"#/$defs/b"}},"b":{"$ref":"#/$defs/a"}"##), false),
            (with(&format!(r##""a":{{"$ref":"#"}},{leaf}"##)), false),
        ] {
            assert_eq!(closes(&schema), expected, "{schema}");
        }
    }

    /// Walked level by level, each of these takes minutes.
    #[test]
    fn neither_depth_nor_chains_of_definitions_cost_more_than_their_length() {
        let levels = 50_000;
        let deep = r#"{"type":"object","properties":{"a":"#.repeat(levels) + "{}" + &"}}".repeat(levels);
        let chain = |at| format!(r##""d{at}":{{"type":"array","items":{{"$ref":"#/$defs/d{}"}}}}"##, at + 1);
        let chain: Vec<String> = (0..20_000).map(chain).collect();
        let chained = format!(r#"{{"type":"string","$defs":{{{}}}}}"#, chain.join(","));
        #[expect(clippy::disallowed_methods, reason = "the time that it takes is what is tested")]
        let started = Instant::now();
        assert!(!closes(&deep));
        assert!(closes(&chained));
        let took = started.elapsed();
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}
