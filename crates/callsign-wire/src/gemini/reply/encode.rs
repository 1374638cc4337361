//! Writes an answer.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::gemini::entry::{Args, Body, Entry};
use crate::gemini::grounding::{self, Cited};
use crate::gemini::request::own_entries;
use crate::gemini::{logprobs, outcome, proof, proto};
use crate::hub::extras::Extras;
use crate::hub::loss::Losses;
use crate::hub::part::{Part, Piece, Reasoning};
use crate::hub::reply::{Choice, Finish, Reply};
use crate::hub::seal::Maker;
use crate::json::writer::Writer;
use crate::translate::Voice;

/// What stands between two runs of thoughts.
pub(in crate::gemini) const PARAGRAPH: &str = "\n\n";

/// Writes an answer.
pub(crate) fn encode(reply: &Reply, voice: &Voice, losses: &mut Losses) -> Vec<u8> {
    let own = reply.dialect == Dialect::Gemini;
    if !own {
        losses.extras("", &reply.extras);
    }
    let mut writer = Writer::with_capacity(1024);
    writer.object(|writer| {
        let blocked = own && reply.extras.get("promptFeedback").is_some();
        if !blocked || reply.choices.iter().any(|choice| !choice.pieces.is_empty()) {
            writer.key("candidates").array(|writer| {
                for (index, choice) in reply.choices.iter().enumerate() {
                    writer.object(|writer| write_candidate(writer, reply, (index, choice), losses));
                }
            });
        }
        match &reply.usage {
            Some(usage) if !own => outcome::write_usage(writer, usage),
            _ => {}
        }
        writer.text_member("modelVersion", voice.model.as_deref().or(reply.model.as_deref()));
        let made_up = Some(voice.id.as_str()).filter(|id| !own && !id.is_empty());
        writer.text_member("responseId", reply.id.as_deref().or(made_up));
        if own {
            proto::write_plain(writer, &reply.extras);
        }
    });
    writer.into_bytes()
}

fn write_candidate(
    writer: &mut Writer,
    reply: &Reply,
    (index, choice): (usize, &Choice),
    losses: &mut Losses,
) {
    if reply.dialect == Dialect::Gemini {
        write_own(writer, choice, &reply.extras, index);
    } else {
        write_choice(writer, choice, index, losses);
    }
}

fn write_own(writer: &mut Writer, choice: &Choice, extras: &Extras, index: usize) {
    let place = format!("candidates[{index}]");
    if !choice.pieces.is_empty() {
        write_content(writer, &own_entries(&choice.pieces));
    }
    if extras.get(&format!("{place}.finishReason")).is_none() {
        writer.text_member("finishReason", choice.finish.as_ref().map(|finish| outcome::reason(finish).0));
    }
    proto::write_kept(writer, extras, &place);
}

fn write_content(writer: &mut Writer, entries: &[Entry<'_>]) {
    writer.key("content").object(|writer| {
        writer.key("parts").array(|writer| entries.iter().for_each(|entry| entry.write(writer)));
        writer.key("role").text("model");
    });
}

fn write_choice(writer: &mut Writer, choice: &Choice, index: usize, losses: &mut Losses) {
    losses.extras(&format!("choices[{index}]"), &choice.extras);
    let mut told = Told { entries: Vec::with_capacity(choice.pieces.len()), cited: Vec::new(), losses };
    for (number, piece) in choice.pieces.iter().enumerate() {
        told.piece(piece, &format!("choices[{index}].content[{number}]"));
    }
    let Told { entries, cited, losses } = told;
    write_content(writer, &entries);
    write_finish(writer, &choice.finish().declined(choice.declines()), losses);
    writer.key("index").count(index as u64);
    grounding::write(writer, &cited, losses);
    if let Some(words) = &choice.logprobs {
        logprobs::write(writer, words);
    }
}

/// Writes why it ends.
pub(in crate::gemini) fn write_finish(writer: &mut Writer, finish: &Finish, losses: &mut Losses) {
    let (reason, exact) = outcome::reason(finish);
    if !exact {
        losses.changed("finish_reason");
    }
    writer.key("finishReason").text(reason);
}

/// The parts of an answer for a client. Neighbouring words are one part, as they are in a stream.
struct Told<'a, 'l> {
    entries: Vec<Entry<'a>>,
    cited: Vec<Cited<'a>>,
    losses: &'l mut Losses,
}

// === impl Told ===

impl<'a> Told<'a, '_> {
    fn piece(&mut self, piece: &'a Piece, path: &str) {
        self.losses.extras(path, &piece.extras);
        match &piece.part {
            Part::Text(text) => {
                let offset = self.words(&text.text);
                if !text.citations.is_empty() {
                    let part = self.entries.len().saturating_sub(1);
                    let (text, citations) = (text.text.as_str(), text.citations.as_slice());
                    self.cited.push(Cited { part, offset, text, citations });
                }
            }
            Part::Refusal(text) => {
                self.losses.changed(path);
                self.words(text);
            }
            Part::Reasoning(reasoning) => self.thoughts(reasoning),
            Part::Media(medium) => self.entries.push(Entry::of(Body::Medium(Cow::Borrowed(medium)))),
            Part::ToolCall(call) => {
                let (args, changed) = Args::of(call);
                if changed {
                    self.losses.changed(format!("{path}.arguments"));
                }
                let id = Some(call.id.as_str()).filter(|id| !id.is_empty());
                let signature = call.seal.as_ref().map(|seal| proof::written(seal, false));
                let body = Body::Call { id, name: &call.name, args };
                self.entries.push(Entry { signature, ..Entry::of(body) });
            }
            Part::Opaque(_) | Part::ToolResult(_) => self.losses.dropped(path),
        }
    }

    /// Adds words to the words before them; answers how many bytes those are.
    fn words(&mut self, text: &'a str) -> usize {
        match self.entries.last_mut() {
            Some(Entry { body: Body::Text(before), thought: false, signature: None, .. }) => {
                let offset = before.len();
                before.to_mut().push_str(text);
                offset
            }
            _ if text.is_empty() => 0,
            _ => {
                self.entries.push(Entry::of(Body::Text(Cow::Borrowed(text))));
                0
            }
        }
    }

    fn thoughts(&mut self, reasoning: &'a Reasoning) {
        let signature = reasoning.seal.as_ref().map(|seal| proof::written(seal, reasoning.redacted));
        let text = reasoning.paragraphs.join(PARAGRAPH);
        let alone = text.is_empty();
        let google = reasoning.seal.as_ref().is_some_and(|seal| seal.maker == Maker::Google);
        match self.entries.last_mut() {
            Some(last) if alone && google && last.is_signable() => last.signature = signature,
            Some(Entry {
                body: Body::Text(before),
                thought: true,
                signature: before_signature @ None,
                ..
            }) if !reasoning.redacted => {
                let before = before.to_mut();
                if !alone && !before.is_empty() {
                    before.push_str(PARAGRAPH);
                }
                before.push_str(&text);
                *before_signature = signature;
            }
            _ if alone && signature.is_none() => {}
            _ => {
                let thought = !alone || !google;
                self.entries.push(Entry { thought, ..Entry::thought(Cow::Owned(text), signature) });
            }
        }
    }
}
