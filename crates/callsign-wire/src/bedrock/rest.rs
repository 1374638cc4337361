//! What is left of an object once its known members are taken.

use crate::hub::extras::{Extras, Json};
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// What is left of an inner object, as a member of the outer one.
pub(super) fn inner(extras: &Extras) -> Option<Json> {
    let mut writer = Writer::default();
    writer.object(|writer| writer.extras(extras));
    (!extras.is_empty()).then(|| Json::written(writer.into_bytes()))
}

/// Writes the members of an object into the one that is open.
pub(super) fn write_members(writer: &mut Writer, object: Option<&Json>) {
    if let Some(object) = object.and_then(|object| Object::of(object.node()).ok()) {
        writer.extras(&object.rest());
    }
}

/// The only member of a value of which just one can be there; `None` where there is none, or more than one.
pub(super) fn only(node: Node<'_>) -> Option<(&[u8], Node<'_>)> {
    let mut members = node.members().filter(|member| Node::of(member).kind() != crate::json::Kind::Null);
    let member = members.next()?;
    members.next().is_none().then(|| (member.key, Node::of(&member)))
}
