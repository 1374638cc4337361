//! The texts of a JSON body, in whatever dialect: who says each of them, and the body again with some of them replaced.
//! Knows nothing of what is looked for in them.
//!
//! Every string counts as text unless the key before it is known to hold none and the string looks like none: what nobody here
//! has heard of is looked at. Every byte but those of the strings that are replaced stays as it came.

mod keys;
mod media;

use std::borrow::Cow;
use std::ops::Range;

use crate::json::walk::Node;
use crate::json::{self, Kind, Member};
use keys::{Form, Scope, Step};

/// Who says a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// The operator of the client: system and developer prompts.
    System,
    /// Whoever asks; and whatever nobody is known to say.
    User,
    /// The model.
    Assistant,
    /// A tool, with what came of its use.
    Tool,
    /// The client, of its tools and of the form that it wants.
    Definition,
    /// The model, telling a second time what it said: the tokens that log probabilities are about.
    Echo,
}

/// One text of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// Who says it.
    pub speaker: Speaker,
    /// The key that it is the value of, in data of no fixed form, where the key tells what it is.
    pub label: Option<&'a str>,
    /// What it says.
    pub text: &'a str,
}

/// Hears of every text in order, and answers what shall stand in its place, if anything.
pub type Each<'e> = &'e mut dyn FnMut(Text<'_>) -> Option<String>;

/// Why the texts of a body cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON.
    #[error("it is not valid json")]
    NotJson,
    /// Its values are nested deeper than anything honest.
    #[error("its values are nested deeper than {DEEPEST} levels")]
    TooDeep,
    /// What it asks is spelled in the numbers of tokens.
    #[error("`{0}` is spelled in token numbers; send it as text")]
    Tokens(&'static str),
}

/// How deep values may be nested.
const DEEPEST: usize = 128;
/// A number with fewer characters is nobody's.
const SHORTEST_NUMBER: usize = 8;

/// The texts of a request; the body with what `each` put in place of some of them, or `None` where it changed nothing.
pub fn of_request(body: &[u8], each: Each<'_>) -> Result<Option<Vec<u8>>, Unreadable> {
    rewritten(body, Scope::request(), each)
}

/// The same of an answer, of an error, or of an event's data. Where a text is replaced, the log probabilities go: they would
/// tell it a second time.
pub fn of_answer(body: &[u8], each: Each<'_>) -> Result<Option<Vec<u8>>, Unreadable> {
    rewritten(body, Scope::answer(), each)
}

/// The same of data of no fixed form: the arguments of a call, what came of it.
pub fn of_data(body: &[u8], each: Each<'_>) -> Result<Option<Vec<u8>>, Unreadable> {
    rewritten(body, Scope { form: Form::Free, ..Scope::answer() }, each)
}

/// Something in a request that keeps texts out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// It goes on in a conversation that the provider keeps.
    Conversation,
    /// It asks to be answered in sound.
    Sound,
}

/// Whether a request declares this.
pub fn declares(body: &[u8], what: Declared) -> bool {
    let Some(body) = Node::read(body) else { return false };
    let members = || body.members().map(|member| (key_of(&member), Node::of(&member)));
    match what {
        Declared::Conversation => members().any(|(key, value)| key == "conversation" && !value.is_blank()),
        Declared::Sound => members().any(|(key, value)| match key.as_ref() {
            "audio" => !value.is_blank(),
            "modalities" => names_sound(value),
            "generationConfig" | "generation_config" => ["responseModalities", "response_modalities"]
                .iter()
                .any(|name| value.get(name).is_some_and(names_sound)),
            _ => false,
        }),
    }
}

fn names_sound(modalities: Node<'_>) -> bool {
    modalities.elements().filter_map(Node::text).any(|name| name.eq_ignore_ascii_case("audio"))
}

/// The same of the value of one member of an answer.
pub fn of_member(name: &str, value: &[u8], each: Each<'_>) -> Result<Option<Vec<u8>>, Unreadable> {
    let node = Node::read(value).ok_or(Unreadable::NotJson)?;
    rewritten_behind(name, value, Scope::answer().behind(name, node), each)
}

fn rewritten(body: &[u8], scope: Scope, each: Each<'_>) -> Result<Option<Vec<u8>>, Unreadable> {
    rewritten_behind("", body, scope, each)
}

fn rewritten_behind(
    key: &str,
    body: &[u8],
    scope: Scope,
    each: Each<'_>,
) -> Result<Option<Vec<u8>>, Unreadable> {
    let node = Node::read(body).ok_or(Unreadable::NotJson)?;
    let mut walk = Walk { body, each, edits: Vec::new(), echoes: Vec::new(), echo_replaced: false, depth: 0 };
    walk.value(node, scope, Step { key, beside: None })?;
    Ok(walk.finish())
}

/// A walk over all values of a body.
struct Walk<'b, 'e> {
    body: &'b [u8],
    each: Each<'e>,
    /// What is to be replaced by what, in order.
    edits: Vec<(Range<usize>, Vec<u8>)>,
    /// Where log probabilities stand, and what says that there are none.
    echoes: Vec<(Range<usize>, Vec<u8>)>,
    echo_replaced: bool,
    depth: usize,
}

// === impl Walk ===

impl<'b> Walk<'b, '_> {
    fn finish(mut self) -> Option<Vec<u8>> {
        if !self.edits.is_empty() || self.echo_replaced {
            self.edits.append(&mut self.echoes);
        }
        if self.edits.is_empty() {
            return None;
        }
        self.edits.sort_by_key(|(place, _)| place.start);
        Some(spliced(self.body, &self.edits))
    }

    fn value(&mut self, node: Node<'b>, scope: Scope, step: Step<'_, 'b>) -> Result<(), Unreadable> {
        match node.kind() {
            Kind::Text => self.string(node, scope, step),
            Kind::Object => self.deeper(|walk| walk.object(node, scope, step.key)),
            Kind::Array => {
                if let Some(key) = keys::tokens(node, scope, step.key) {
                    return Err(Unreadable::Tokens(key));
                }
                let scope = Scope { top: false, ..scope };
                self.deeper(|walk| node.elements().try_for_each(|element| walk.value(element, scope, step)))
            }
            Kind::Number if scope.form == Form::Free && node.spelled().len() >= SHORTEST_NUMBER => {
                let spelled = std::str::from_utf8(node.spelled()).unwrap_or_default();
                self.told(node.spelled(), (spelled, label(step.key)), scope);
                Ok(())
            }
            Kind::Number | Kind::Bool | Kind::Null => Ok(()),
        }
    }

    fn deeper(&mut self, walk: impl FnOnce(&mut Self) -> Result<(), Unreadable>) -> Result<(), Unreadable> {
        if self.depth >= DEEPEST {
            return Err(Unreadable::TooDeep);
        }
        self.depth += 1;
        let walked = walk(self);
        self.depth -= 1;
        walked
    }

    fn object(&mut self, node: Node<'b>, scope: Scope, key: &str) -> Result<(), Unreadable> {
        let scope = scope.within(node, key);
        for member in node.members() {
            let name = key_of(&member);
            self.key(&member, &name, scope);
            let value = Node::of(&member);
            let inner = scope.behind(&name, value);
            if inner.speaker == Speaker::Echo && scope.speaker != Speaker::Echo {
                let nothing = if value.kind() == Kind::Array { b"[]".as_slice() } else { b"null" };
                self.echoes.push((self.place(value.spelled()), nothing.to_vec()));
            }
            self.value(value, inner, Step { key: &name, beside: Some(node) })?;
        }
        Ok(())
    }

    /// Keys are words of the protocol, but where the form is free.
    fn key(&mut self, member: &Member<'b>, name: &str, scope: Scope) {
        if scope.form == Form::Free || !keys::is_word(name) {
            let inside = self.place(member.key);
            let place = inside.start.saturating_sub(1)..inside.end + 1;
            self.tell(place, (name, None), scope);
        }
    }

    fn string(&mut self, node: Node<'b>, scope: Scope, step: Step<'_, 'b>) -> Result<(), Unreadable> {
        let text = text_of(node);
        if scope.form == Form::Fixed && keys::holds_no_text(&text, &step) {
            return Ok(());
        }
        if keys::is_json(step.key)
            && let Some(inner) = Node::read(text.as_bytes()).filter(|inner| is_container(*inner))
        {
            return self.nested((node, &text), inner, scope);
        }
        if let Some(medium) = media::of(&text, &step) {
            self.medium(node, &medium, scope);
        } else {
            let label = label(step.key).filter(|_| scope.form == Form::Free);
            self.told(node.spelled(), (&text, label), scope);
        }
        Ok(())
    }

    /// A string that is JSON itself is walked through, and written again if anything in it changes.
    fn nested(
        &mut self,
        (node, text): (Node<'b>, &str),
        inner: Node<'_>,
        scope: Scope,
    ) -> Result<(), Unreadable> {
        let scope = Scope { form: Form::Free, ..scope };
        let mut walk = Walk {
            body: text.as_bytes(),
            each: &mut *self.each,
            edits: Vec::new(),
            echoes: Vec::new(),
            echo_replaced: false,
            depth: self.depth,
        };
        walk.value(inner, scope, Step { key: "", beside: None })?;
        let replaced = walk.finish();
        if let Some(replaced) = replaced {
            let place = self.place(node.spelled());
            self.edits.push((place, json::quote(&String::from_utf8_lossy(&replaced))));
        }
        Ok(())
    }

    /// A text in the clothes of a file.
    fn medium(&mut self, node: Node<'b>, medium: &media::Medium<'_>, scope: Scope) {
        let media::Medium::Text { text, head } = medium else { return };
        let said = (self.each)(Text { speaker: scope.speaker, label: None, text });
        if let Some(said) = said {
            let place = self.place(node.spelled());
            self.edits.push((place, json::quote(&media::written(head, &said))));
        }
    }

    fn told(&mut self, spelled: &[u8], said: (&str, Option<&str>), scope: Scope) {
        let place = self.place(spelled);
        self.tell(place, said, scope);
    }

    fn tell(&mut self, place: Range<usize>, (text, label): (&str, Option<&str>), scope: Scope) {
        if text.is_empty() {
            return;
        }
        let Some(said) = (self.each)(Text { speaker: scope.speaker, label, text }) else { return };
        if scope.speaker == Speaker::Echo {
            self.echo_replaced = true;
        } else {
            self.edits.push((place, json::quote(&said)));
        }
    }

    /// Where a part of the body lies in it.
    fn place(&self, part: &[u8]) -> Range<usize> {
        let start = part.as_ptr().addr().saturating_sub(self.body.as_ptr().addr());
        start..start + part.len()
    }
}

fn spliced(body: &[u8], edits: &[(Range<usize>, Vec<u8>)]) -> Vec<u8> {
    let added: usize = edits.iter().map(|(_, replacement)| replacement.len()).sum();
    let mut out = Vec::with_capacity(body.len() + added);
    let mut at = 0;
    for (place, replacement) in edits {
        out.extend_from_slice(body.get(at..place.start).unwrap_or_default());
        out.extend_from_slice(replacement);
        at = place.end;
    }
    out.extend_from_slice(body.get(at..).unwrap_or_default());
    out
}

/// What a string says; half of a surrogate pair says that something is missing.
fn text_of(node: Node<'_>) -> Cow<'_, str> {
    node.text().unwrap_or_else(|| Cow::Owned(json::text_lossily(node.spelled())))
}

fn key_of<'a>(member: &Member<'a>) -> Cow<'a, str> {
    match std::str::from_utf8(member.key) {
        Ok(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        _ => Cow::Owned(json::text_lossily(&[b"\"", member.key, b"\""].concat())),
    }
}

fn is_container(node: Node<'_>) -> bool {
    matches!(node.kind(), Kind::Object | Kind::Array)
}

fn label(key: &str) -> Option<&str> {
    Some(key).filter(|key| !key.is_empty())
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "what is written is read back as values")]
mod tests;
