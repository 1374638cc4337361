//! What is left of an object once its known members are taken: what says nothing is no loss.

use crate::hub::extras::{Extras, Json};
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// Members whose loss nobody notices, whatever they say: how input is streamed and tools are loaded.
const TECHNICAL: [&str; 3] = ["defer_loading", "eager_input_streaming", "diagnostics"];

/// The members that nobody took.
pub(super) fn rest(object: Object<'_>) -> Extras {
    let mut rest = object.rest();
    rest.hush(|name, json| says_nothing(name, json.node()));
    rest
}

/// The same where no member is worth a word.
pub(super) fn quiet_rest(object: Object<'_>) -> Extras {
    let mut rest = object.rest();
    rest.hush(|_, _| true);
    rest
}

/// What is left of an inner object, as a member of the outer one.
pub(super) fn inner(extras: &Extras) -> Option<Json> {
    let mut writer = Writer::default();
    writer.object(|writer| writer.extras(extras));
    (!extras.is_empty()).then(|| Json::written(writer.into_bytes()))
}

fn says_nothing(name: &str, value: Node<'_>) -> bool {
    let is_only = |wanted: &str| value.elements().all(|element| element.says(wanted));
    match name {
        _ if value.kind() == Kind::Null || TECHNICAL.contains(&name) => true,
        "caller" => value.get("type").is_some_and(|kind| kind.says("direct")),
        "allowed_callers" => is_only("direct"),
        "speed" => value.says("standard"),
        "stream" => value.spelled() == b"false",
        "context_management" => keeps_everything(value),
        _ => false,
    }
}

/// What agents send with each request: that no thoughts are to be cleared, which nobody else does anyway.
fn keeps_everything(value: Node<'_>) -> bool {
    let edits = value.get("edits").map(Node::elements).into_iter().flatten();
    edits.into_iter().all(|edit| {
        let clears_thoughts = edit.get("type").is_some_and(|kind| kind.says("clear_thinking_20251015"));
        clears_thoughts && edit.get("keep").is_some_and(|keep| keep.says("all"))
    })
}
