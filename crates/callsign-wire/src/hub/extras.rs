//! Values that stay as they are spelled, and the members of an object that no concept of the hub takes up.

use std::fmt;

use crate::json::walk::Node;

/// A well-formed JSON value as it is spelled, but in one line, so that an event of a stream can hold it.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Box<str>);

/// Members that only one dialect knows, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras {
    members: Vec<Extra>,
    /// How its own dialect spelled what the hub has one word for. Nobody else need look.
    notes: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Extra {
    name: String,
    json: Json,
    /// Nobody who speaks another dialect would miss it: an item's `id`, a `type` that is told elsewhere.
    quiet: bool,
}

// === impl Json ===

impl Json {
    /// The value of a checked text.
    pub(crate) fn of(node: Node<'_>) -> Self {
        // The text was checked to be UTF-8 when it was checked to be JSON.
        let spelled = simdutf8::basic::from_utf8(node.spelled()).unwrap_or("null");
        // Within strings line breaks are escaped; between values they say nothing.
        if memchr::memchr2(b'\n', b'\r', spelled.as_bytes()).is_none() {
            return Self(spelled.into());
        }
        Self(spelled.split(['\n', '\r']).collect::<String>().into())
    }

    /// The value that `text` is, if it is one.
    pub fn read(text: &str) -> Option<Self> {
        Node::read(text.as_bytes()).map(Self::of)
    }

    /// A value as our own writer made it.
    pub(crate) fn written(bytes: Vec<u8>) -> Self {
        Self(String::from_utf8(bytes).unwrap_or_default().into())
    }

    /// The value as it is spelled.
    pub const fn as_str(&self) -> &str {
        &self.0
    }

    /// The value, to be looked into.
    pub(crate) fn node(&self) -> Node<'_> {
        Node::checked(self.0.as_bytes())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

// === impl Extras ===

impl Extras {
    /// These members.
    pub fn of(members: impl IntoIterator<Item = (String, Json)>) -> Self {
        let members = members.into_iter().map(|(name, json)| Extra { name, json, quiet: false }).collect();
        Self { members, notes: Vec::new() }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether any spelling was noted.
    pub(crate) const fn has_notes(&self) -> bool {
        !self.notes.is_empty()
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.members.iter().map(|extra| (extra.name.as_str(), &extra.json))
    }

    /// Those of them that another dialect's target would be missing.
    pub fn telling(&self) -> impl Iterator<Item = (&str, &Json)> {
        let telling = self.members.iter().filter(|extra| !extra.quiet);
        telling.map(|extra| (extra.name.as_str(), &extra.json))
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members.iter().find(|extra| extra.name == name).map(|extra| &extra.json)
    }

    /// Adds a member.
    pub fn push(&mut self, name: &str, json: Json) {
        self.members.push(Extra { name: name.to_owned(), json, quiet: false });
    }

    /// Puts another value behind a name that is there.
    pub fn replace(&mut self, name: &str, json: Json) {
        if let Some(extra) = self.members.iter_mut().find(|extra| extra.name == name) {
            extra.json = json;
        }
    }

    /// Adds a member that is kept for its own dialect only, and whose loss is none.
    pub fn push_quiet(&mut self, name: &str, json: Json) {
        self.members.push(Extra { name: name.to_owned(), json, quiet: true });
    }

    /// Declares that the loss of those members is none of which `says_nothing` holds.
    pub fn hush(&mut self, says_nothing: impl Fn(&str, &Json) -> bool) {
        for extra in &mut self.members {
            extra.quiet |= says_nothing(&extra.name, &extra.json);
        }
    }

    /// Adds the members of another, but for those whose names are known already: no object has a member twice.
    pub fn append(&mut self, mut other: Self) {
        other.members.retain(|extra| self.get(&extra.name).is_none());
        self.members.append(&mut other.members);
        self.notes.append(&mut other.notes);
    }

    /// Notes how something is spelled that its own dialect has several spellings for. It is no member: nothing writes it,
    /// and leaving it out is no loss.
    pub fn note(&mut self, spelling: &'static str) {
        self.notes.push(spelling);
    }

    /// Whether that was noted.
    pub fn notes(&self, spelling: &str) -> bool {
        self.notes.contains(&spelling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::loss::Losses;

    #[test]
    fn a_value_is_one_line() {
        let spelled = "{\r\n \"a\" : [1,\n\t2.50],\n\"b\\n\":\"\\r\"}";
        assert_eq!(Json::read(spelled).unwrap().as_str(), "{ \"a\" : [1,\t2.50],\"b\\n\":\"\\r\"}");
    }

    #[test]
    fn a_name_stands_once() {
        let extras = |json| Extras::of([("a".to_owned(), Json::read(json).unwrap())]);
        let mut both = extras("1");
        both.append(extras("2"));
        assert_eq!(both, extras("1"));
    }

    #[test]
    fn quiet_members_are_kept_and_no_loss() {
        let json = |text| Json::read(text).unwrap();
        let mut extras = Extras::of([("id".to_owned(), json(r#""x""#)), ("seed".to_owned(), json("1"))]);
        extras.hush(|name, _| name == "id");
        extras.push_quiet("type", json(r#""y""#));
        extras.push("top", json("2"));
        let mut losses = Losses::default();
        losses.extras("input[0]", &extras);
        assert_eq!(losses.header(100), "input[0].seed, input[0].top");
        let kept: Vec<_> = extras.iter().map(|(name, _)| name).collect();
        assert_eq!(kept, ["id", "seed", "type", "top"]);
    }
}
