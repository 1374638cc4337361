//! Answers in one piece, and errors: every text is looked at, and either something stands in the place of what was found or
//! nothing of the answer leaves.

use std::borrow::Cow;

use bytes::Bytes;
use callsign_guard::mask;
use callsign_guard::screen::{self, Hit, Screen};
use callsign_wire::hub::extras::Json;
use callsign_wire::texts::{self, Each, Speaker, Text, Unreadable};

use super::{Guard, Withheld};

// === impl Guard ===

impl Guard {
    /// A whole answer as it may leave.
    pub(super) fn whole(&self, body: &Bytes) -> Result<Bytes, Withheld> {
        self.hold(
            || body.clone(),
            || {
                if body.trim_ascii().is_empty() {
                    return Ok(body.clone());
                }
                Ok(match self.json(body, texts::of_answer)? {
                    Told::Same => body.clone(),
                    Told::Changed(changed) => changed.into(),
                    Told::NoJson => {
                        let Ok(text) = std::str::from_utf8(body) else {
                            return Err(self.unclear("it is neither json nor text"));
                        };
                        self.text(text)?.into_owned().into()
                    }
                })
            },
        )
    }

    /// An error as it may be told: it is told in any case, but for what was found in it.
    pub(crate) fn error(&self, body: &[u8]) -> Vec<u8> {
        match super::trial::caught(|| self.softened(body)) {
            Ok(softened) => softened.unwrap_or_else(|| body.to_vec()),
            Err(super::trial::Failed) => Vec::new(),
        }
    }

    fn softened(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (screen, mut hits) = (self.screen_by(&self.policy.of_errors), Vec::new());
        let read = texts::of_answer(body, &mut |text| self.masked(&screen, text, &mut hits));
        let changed = read.unwrap_or_else(|_| {
            let text = String::from_utf8_lossy(body);
            let plain = Text { speaker: Speaker::Assistant, label: None, text: &text };
            self.masked(&screen, plain, &mut hits).map(String::into_bytes)
        });
        self.note(&hits);
        changed
    }

    /// An error's words as they may be told.
    pub(crate) fn error_words(&self, words: &str) -> String {
        String::from_utf8(self.error(words.as_bytes())).unwrap_or_default()
    }

    /// A text as it may leave.
    pub(super) fn text<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, Withheld> {
        let screen = self.screen();
        let mut hits = Vec::new();
        let told = Text { speaker: Speaker::Assistant, label: None, text };
        let masked = self.masked(&screen, told, &mut hits);
        self.note(&hits);
        self.settle(&hits)?;
        Ok(masked.map_or(Cow::Borrowed(text), Cow::Owned))
    }

    /// A value as it may leave, where it has to be another one.
    pub(super) fn value(&self, json: &Json) -> Result<Option<Json>, Withheld> {
        self.changed(self.json(json.as_str().as_bytes(), texts::of_answer)?)
    }

    /// The same of a member of this name.
    pub(super) fn member(&self, name: &str, json: &Json) -> Result<Option<Json>, Withheld> {
        self.changed(self.json(json.as_str().as_bytes(), |value, each| texts::of_member(name, value, each))?)
    }

    fn changed(&self, told: Told) -> Result<Option<Json>, Withheld> {
        match told {
            Told::Same => Ok(None),
            Told::Changed(changed) => {
                let read = std::str::from_utf8(&changed).ok().and_then(Json::read);
                read.map(Some).ok_or_else(|| self.unclear("a part of it cannot be checked"))
            }
            Told::NoJson => Err(self.unclear("a part of it cannot be checked")),
        }
    }

    /// The arguments of a call as they may leave.
    pub(super) fn arguments<'t>(&self, arguments: &'t str) -> Result<Cow<'t, str>, Withheld> {
        match self.json(arguments.as_bytes(), texts::of_data)? {
            Told::Same => Ok(Cow::Borrowed(arguments)),
            Told::Changed(changed) => Ok(Cow::Owned(String::from_utf8_lossy(&changed).into_owned())),
            Told::NoJson => self.text(arguments),
        }
    }

    /// Whether a value holds nothing that is to be masked or withheld.
    pub(super) fn is_clean(&self, json: &Json) -> bool {
        let (screen, mut hits) = (self.screen(), Vec::new());
        let read =
            texts::of_answer(json.as_str().as_bytes(), &mut |text| self.masked(&screen, text, &mut hits));
        read == Ok(None) && !screen::blocks(&hits)
    }

    fn json(
        &self,
        body: &[u8],
        read: impl FnOnce(&[u8], Each<'_>) -> Result<Option<Vec<u8>>, Unreadable>,
    ) -> Result<Told, Withheld> {
        let (screen, mut hits) = (self.screen(), Vec::new());
        let read = read(body, &mut |text| self.masked(&screen, text, &mut hits));
        self.note(&hits);
        self.settle(&hits)?;
        match read {
            Ok(None) => Ok(Told::Same),
            Ok(Some(changed)) => Ok(Told::Changed(changed)),
            Err(Unreadable::NotJson) => Ok(Told::NoJson),
            Err(unreadable) => Err(self.unclear(&unreadable.to_string())),
        }
    }

    fn settle(&self, hits: &[Hit]) -> Result<(), Withheld> {
        if screen::blocks(hits) { Err(self.blocked(hits)) } else { Ok(()) }
    }

    /// What stands in the place of a text: masked, and then with what the request's masks stand for.
    fn masked(&self, screen: &Screen<'_>, text: Text<'_>, hits: &mut Vec<Hit>) -> Option<String> {
        let masked = if text.speaker == Speaker::Echo {
            // What is told again was counted, and goes where the text would have to.
            let found = self.screen_by(&self.policy.of_errors).hits(text.text);
            mask::plain(text.text, &found)
        } else {
            // Answers of the Responses API repeat the instructions that their request gave.
            let repeats = matches!(text.speaker, Speaker::System | Speaker::Definition);
            let screen = Screen { leak: screen.leak.filter(|_| !repeats), ..*screen };
            let found = screen.labelled_hits(text.label, text.text);
            let masked = mask::plain(text.text, &found);
            hits.extend(found);
            masked
        };
        let restored = self.ledger.restored(masked.as_deref().unwrap_or(text.text));
        restored.or(masked)
    }
}

/// What became of a body.
enum Told {
    Same,
    Changed(Vec<u8>),
    NoJson,
}
