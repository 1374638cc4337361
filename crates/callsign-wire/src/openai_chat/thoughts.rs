//! Thoughts: `reasoning_content`, as `DeepSeek` named it, for the text, and `reasoning_details`, as `OpenRouter` did, for what
//! proves them, so that a client that sends an answer back brings the proof. OpenAI's own chat shows neither.
//! <https://openrouter.ai/docs/use-cases/reasoning-tokens>

use std::borrow::Cow;

use super::calls;
use super::content::{self, Beside};
use crate::hub::extras::Extras;
use crate::hub::flaw::DecodeError;
use crate::hub::part::{Part, Piece, Reasoning, ReasoningForm};
use crate::hub::seal::{Maker, Seal};
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// The text's usual name.
pub(super) const CONTENT: &str = "reasoning_content";
/// Its name at `OpenRouter`, Groq, Ollama and newer versions of vLLM.
pub(super) const REASONING: &str = "reasoning";
/// The list of entries.
pub(super) const DETAILS: &str = "reasoning_details";

/// What becomes known of thoughts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A part of them begins.
    Open(ReasoningForm, Shown),
    /// Words.
    Text(String),
    /// Another paragraph.
    Paragraph,
    /// The proof.
    Seal(Seal),
    /// The part is whole.
    Close,
}

/// Whether thoughts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// They are.
    Words,
    /// Only their seal is.
    SealOnly,
}

/// Thoughts under way: a message's, or a stream's over all of its chunks.
#[derive(Debug, Default)]
pub(super) struct Thread {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    form: ReasoningForm,
    index: Option<u64>,
    said: String,
}

/// One entry of the list.
struct Entry<'a> {
    kind: Cow<'a, str>,
    text: Option<Cow<'a, str>>,
    seal: Option<Seal>,
    index: Option<u64>,
}

// === impl Thread ===

impl Thread {
    /// Takes what a message or a chunk says of thoughts.
    pub(super) fn take(
        &mut self,
        object: &mut Object<'_>,
        step: &mut impl FnMut(Step),
    ) -> Result<(), DecodeError> {
        let content = object.text_ref(CONTENT)?;
        // A text under the other name says the same again.
        let reasoning = if object.peek(REASONING).is_some_and(|node| node.text().is_some()) {
            object.text_ref(REASONING)?
        } else {
            None
        };
        let entries = object.each(DETAILS, Entry::read)?;
        let told = entries.iter().any(|entry| entry.text.as_ref().is_some_and(|text| !text.is_empty()));
        if let Some(text) = content.filter(|text| !text.is_empty()).or(reasoning)
            && !told
        {
            self.text(&text, step);
        }
        for entry in entries {
            self.entry(entry, step);
        }
        Ok(())
    }

    /// Adds plain thoughts.
    pub(super) fn text(&mut self, text: &str, step: &mut impl FnMut(Step)) {
        if !text.is_empty() {
            self.opened(ReasoningForm::Full, None, step).said.push_str(text);
            step(Step::Text(text.to_owned()));
        }
    }

    /// What follows are no thoughts, or other ones.
    pub(super) fn close(&mut self, step: &mut impl FnMut(Step)) {
        if self.open.take().is_some() {
            step(Step::Close);
        }
    }

    fn entry(&mut self, entry: Entry<'_>, step: &mut impl FnMut(Step)) {
        match entry.kind.as_ref() {
            "reasoning.text" => self.words(ReasoningForm::Full, entry, step),
            "reasoning.summary" => self.words(ReasoningForm::Summary, entry, step),
            "reasoning.encrypted" => self.encrypted(entry, step),
            _ => {}
        }
    }

    fn words(&mut self, form: ReasoningForm, entry: Entry<'_>, step: &mut impl FnMut(Step)) {
        let text = entry.text.unwrap_or_default();
        if text.is_empty() && entry.seal.is_none() {
            return;
        }
        let open = self.opened(form, entry.index, step);
        // The entry that brings the seal may repeat what was said before.
        let repeated = entry.seal.is_some() && open.said == text;
        if !text.is_empty() && !repeated {
            open.said.push_str(&text);
            step(Step::Text(text.into_owned()));
        }
        if let Some(seal) = entry.seal {
            step(Step::Seal(seal));
            self.close(step);
        }
    }

    /// What is encrypted belongs to the words of the same number. Clients that join entries by number send both in one.
    fn encrypted(&mut self, entry: Entry<'_>, step: &mut impl FnMut(Step)) {
        if entry.text.as_ref().is_some_and(|text| !text.is_empty()) {
            return self.words(ReasoningForm::Summary, entry, step);
        }
        let Some(seal) = entry.seal else { return };
        if self.open.as_ref().is_some_and(|open| differ(open.index, entry.index)) {
            self.close(step);
        }
        if self.open.is_none() {
            // OpenAI and Google show no more than a summary; Anthropic hides what it encrypts.
            let (form, shown) = match seal.maker {
                Maker::OpenAi | Maker::Google => (ReasoningForm::Summary, Shown::Words),
                Maker::Anthropic => (ReasoningForm::Full, Shown::SealOnly),
            };
            step(Step::Open(form, shown));
            step(Step::Seal(seal));
            step(Step::Close);
            return;
        }
        step(Step::Seal(seal));
        self.close(step);
    }

    /// The part that words of this form belong to.
    fn opened(&mut self, form: ReasoningForm, index: Option<u64>, step: &mut impl FnMut(Step)) -> &mut Open {
        let another = self.open.as_ref().is_some_and(|open| {
            open.form != form || (form == ReasoningForm::Full && differ(open.index, index))
        });
        if another {
            self.close(step);
        }
        let open = self.open.get_or_insert_with(|| {
            step(Step::Open(form, Shown::Words));
            Open { form, index, said: String::new() }
        });
        if differ(open.index, index) {
            step(Step::Paragraph);
            open.said.clear();
        }
        open.index = index.or(open.index);
        open
    }
}

fn differ(one: Option<u64>, other: Option<u64>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

// === impl Entry ===

impl<'a> Entry<'a> {
    fn read(node: Node<'a>) -> Result<Self, DecodeError> {
        let mut object = Object::of(node)?;
        let kind = object.text_ref("type")?.unwrap_or_default();
        let text = match object.text_ref("text")? {
            None => object.text_ref("summary")?,
            text => text,
        };
        let proof = match object.text_ref("signature")? {
            None => object.text_ref("data")?,
            proof => proof,
        };
        let maker = object.text_ref("format")?.and_then(|format| maker(&format));
        let seal = proof.filter(|proof| !proof.is_empty()).and_then(|proof| Seal::unpacked(&proof, maker));
        let id = object.text_ref("id").unwrap_or(None);
        let seal = seal.map(|seal| seal.of_item(id.as_deref()));
        let index = object.count("index").unwrap_or(None);
        Ok(Self { kind, text, seal, index })
    }
}

/// Whose seals a format has.
fn maker(format: &str) -> Option<Maker> {
    let (vendor, _) = format.split_once('-')?;
    match vendor {
        "anthropic" => Some(Maker::Anthropic),
        "google" => Some(Maker::Google),
        "openai" | "azure" => Some(Maker::OpenAi),
        _ => None,
    }
}

const fn format(maker: Maker) -> &'static str {
    match maker {
        Maker::Anthropic => "anthropic-claude-v1",
        Maker::Google => "google-gemini-v1",
        Maker::OpenAi => "openai-responses-v1",
    }
}

/// Takes the thoughts of a whole message.
pub(super) fn take(object: &mut Object<'_>) -> Result<Vec<Piece>, DecodeError> {
    let named = |name: &str| object.peek(name).is_some_and(|node| !node.is_blank());
    let (other_name, details) = (named(REASONING) && !named(CONTENT), named(DETAILS));
    let mut thoughts: Vec<Reasoning> = Vec::new();
    Thread::default().take(object, &mut |step| add(&mut thoughts, step))?;
    let mut extras = Extras::default();
    if other_name {
        extras.note(REASONING);
    }
    if details {
        extras.note(DETAILS);
    }
    let pieces = thoughts.into_iter().map(|reasoning| Piece {
        part: Part::Reasoning(reasoning),
        cache: None,
        extras: extras.clone(),
    });
    Ok(pieces.collect())
}

fn add(thoughts: &mut Vec<Reasoning>, step: Step) {
    if let Step::Open(form, shown) = step {
        thoughts.push(Reasoning { form, redacted: shown == Shown::SealOnly, ..Reasoning::default() });
        return;
    }
    let Some(reasoning) = thoughts.last_mut() else { return };
    match step {
        Step::Text(text) => match reasoning.paragraphs.last_mut() {
            Some(paragraph) => paragraph.push_str(&text),
            None => reasoning.paragraphs.push(text),
        },
        Step::Paragraph => reasoning.paragraphs.push(String::new()),
        Step::Seal(seal) => reasoning.seal = Some(seal),
        Step::Open(..) | Step::Close => {}
    }
}

/// Whether the text alone would not say what thoughts are.
pub(super) fn need_details(reasoning: &Reasoning) -> bool {
    reasoning.seal.is_some() || reasoning.form == ReasoningForm::Summary
}

/// Writes the entries for one part, numbered from `index` on.
pub(super) fn write_entries(writer: &mut Writer, reasoning: &Reasoning, index: &mut u64) {
    match (&reasoning.seal, reasoning.form) {
        (Some(seal), _) if reasoning.redacted => write_encrypted(writer, seal, index),
        (seal, ReasoningForm::Full) => write_full(writer, reasoning, seal.as_ref(), index),
        (seal, ReasoningForm::Summary) => {
            for paragraph in &reasoning.paragraphs {
                write_summary(writer, paragraph, *index);
                *index += 1;
            }
            if let Some(seal) = seal {
                *index -= u64::from(!reasoning.paragraphs.is_empty());
                write_encrypted(writer, seal, index);
            }
        }
    }
}

fn write_full(writer: &mut Writer, reasoning: &Reasoning, seal: Option<&Seal>, index: &mut u64) {
    writer.object(|writer| {
        writer.key("type").text("reasoning.text");
        writer.key("text").text(&reasoning.text());
        if let Some(seal) = seal {
            writer.key("signature").text(&seal.packed(Some(seal.maker)));
            writer.key("format").text(format(seal.maker));
        }
        writer.key("index").count(*index);
    });
    *index += 1;
}

/// Writes the entry for a paragraph of a summary, or for some of its words.
pub(super) fn write_summary(writer: &mut Writer, text: &str, index: u64) {
    writer.object(|writer| {
        writer.key("type").text("reasoning.summary");
        writer.key("summary").text(text);
        writer.key("index").count(index);
    });
}

/// Writes the entry for a seal without words.
pub(super) fn write_encrypted(writer: &mut Writer, seal: &Seal, index: &mut u64) {
    writer.object(|writer| {
        writer.key("type").text("reasoning.encrypted");
        writer.key("data").text(&seal.packed(Some(seal.maker)));
        writer.text_member("id", seal.item.as_deref());
        writer.key("format").text(format(seal.maker));
        writer.key("index").count(*index);
    });
    *index += 1;
}

/// Writes thoughts as the client of this dialect gets and sends them.
pub(super) fn write(writer: &mut Writer, pieces: &[&Piece]) {
    let reasonings = pieces.iter().filter_map(|piece| match &piece.part {
        Part::Reasoning(reasoning) => Some(reasoning),
        _ => None,
    });
    let reasonings: Vec<&Reasoning> = reasonings.collect();
    let noted = |name: &str| pieces.iter().any(|piece| piece.extras.notes(name));
    let texts = reasonings.iter().map(|reasoning| reasoning.text()).filter(|text| !text.is_empty());
    let texts: Vec<String> = texts.collect();
    if !texts.is_empty() {
        let name = if noted(REASONING) { REASONING } else { CONTENT };
        writer.key(name).text(&texts.join("\n\n"));
    }
    // There is one place for a bare seal; where there are several, or details came, they are details.
    let bare: Vec<&Seal> = reasonings.iter().filter_map(|reasoning| bare_seal(reasoning)).collect();
    let bare = bare.first().filter(|_| bare.len() == 1 && !noted(DETAILS));
    let detailed = reasonings.iter().filter(|reasoning| bare.is_none() || bare_seal(reasoning).is_none());
    let detailed: Vec<&Reasoning> = detailed.copied().collect();
    if noted(DETAILS) || detailed.iter().any(|reasoning| need_details(reasoning)) {
        write_details(writer, detailed.into_iter());
    }
    if let Some(seal) = bare {
        calls::write_seal(writer, seal);
    }
}

/// Gemini's seal of an answer's words: it stands with the message, as Google's own endpoint puts it there.
pub(super) fn bare_seal(reasoning: &Reasoning) -> Option<&Seal> {
    let silent = reasoning.paragraphs.iter().all(String::is_empty);
    reasoning.seal.as_ref().filter(|seal| silent && seal.maker == Maker::Google)
}

/// Takes Gemini's seal of a message's words.
pub(super) fn take_bare_seal(object: &mut Object<'_>) -> Option<Piece> {
    let seal = Some(calls::seal(object)?);
    let proof = Reasoning { form: ReasoningForm::Summary, seal, ..Reasoning::default() };
    Some(Piece::of(Part::Reasoning(proof)))
}

/// Thoughts for a client whose answer came of another dialect: this one has no form of its own for seals, so that whose
/// they are must be in them.
pub(super) fn sealed_up(piece: &Piece) -> Piece {
    let mut piece = piece.clone();
    if let Part::Reasoning(reasoning) = &mut piece.part {
        reasoning.seal = reasoning.seal.as_ref().map(Seal::sealed_up);
    }
    piece
}

/// Writes the entries of several parts.
pub(super) fn write_details<'a>(writer: &mut Writer, reasonings: impl Iterator<Item = &'a Reasoning>) {
    writer.key(DETAILS).array(|writer| {
        let mut index = 0;
        for reasoning in reasonings {
            write_entries(writer, reasoning, &mut index);
        }
    });
}

/// Writes thoughts as the part of a list, as Mistral has them.
pub(super) fn write_part(writer: &mut Writer, reasoning: &Reasoning, beside: Beside<'_>) {
    writer.object(|writer| {
        writer.key("type").text("thinking");
        writer.key("thinking").array(|writer| {
            content::write_text(writer, &reasoning.text(), Beside::default());
        });
        beside.write(writer);
    });
}
