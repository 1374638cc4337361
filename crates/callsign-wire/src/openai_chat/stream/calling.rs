//! Calls of tools, as the deltas of a stream spell them; knows nothing of what stands around them.

use crate::hub::extras::Extras;
use crate::hub::seal::Seal;
use crate::json::writer::Writer;
use crate::openai_chat::calls::{self, CALLS};
use crate::openai_chat::nested;
use crate::openai_chat::reply::encode::Form;

/// A call that begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewCall<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    /// Whether the tool takes plain text.
    pub(super) custom: bool,
    pub(super) seal: Option<&'a Seal>,
}

/// A piece of what a tool is called with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Argument<'a> {
    /// The number of the call.
    pub(super) number: u64,
    /// Whether the tool takes plain text.
    pub(super) custom: bool,
    pub(super) text: &'a str,
}

/// The members that hold a call and what it is called with.
const FUNCTION: [&str; 2] = ["function", "arguments"];
const CUSTOM: [&str; 2] = ["custom", "input"];

// === impl NewCall ===

impl NewCall<'_> {
    /// Writes the members of a delta in which the call of this number begins.
    pub(super) fn write(self, writer: &mut Writer, form: Form, number: u64, extras: Option<&Extras>) {
        if form == Form::Of2023 {
            return writer.key("function_call").object(|writer| {
                writer.key("name").text(self.name);
                writer.key("arguments").text("");
            });
        }
        write_numbered(writer, number, |writer| {
            let [member, input] = if self.custom { CUSTOM } else { FUNCTION };
            writer.key("id").text(self.id);
            writer.key("type").text(member);
            writer.key(member).object(|writer| {
                writer.key("name").text(self.name);
                writer.key(input).text("");
            });
            if let Some(seal) = self.seal {
                calls::write_seal(writer, seal);
            }
            if let Some(extras) = extras {
                nested::write_own(writer, extras);
            }
        });
    }
}

// === impl Argument ===

impl Argument<'_> {
    /// Writes the members of a delta that goes on with a call.
    pub(super) fn write(self, writer: &mut Writer, form: Form) {
        if form == Form::Of2023 {
            return writer.key("function_call").object(|writer| writer.key("arguments").text(self.text));
        }
        let [member, input] = if self.custom { CUSTOM } else { FUNCTION };
        write_numbered(writer, self.number, |writer| {
            writer.key(member).object(|writer| writer.key(input).text(self.text));
        });
    }
}

/// Writes the members of a delta that brings the seal of a call.
pub(super) fn write_seal(writer: &mut Writer, number: u64, seal: &Seal) {
    write_numbered(writer, number, |writer| calls::write_seal(writer, seal));
}

fn write_numbered(writer: &mut Writer, number: u64, fill: impl FnOnce(&mut Writer)) {
    writer.key(CALLS).array(|writer| {
        writer.object(|writer| {
            writer.key("index").count(number);
            fill(writer);
        });
    });
}
