//! Who an end user is, as clients tell it. Claude Code tells an object in a string, of which the session is no part of who
//! the user is.

use std::borrow::Cow;

use crate::json::Kind;
use crate::json::walk::Node;

/// Members that say who it is, the first of them that says anything.
const SIGNS: [&str; 3] = ["account_uuid", "user_id", "device_id"];

/// The sign that stays the same for one user, out of what a client said.
pub(crate) fn sign(user: &str) -> Cow<'_, str> {
    let told = || {
        let node = Node::read(user.as_bytes()).filter(|node| node.kind() == Kind::Object)?;
        let mut signs = SIGNS.iter().filter_map(|name| node.get(name)?.text());
        signs.find(|sign| !sign.is_empty()).map(Cow::into_owned)
    };
    let is_object = user.starts_with('{');
    is_object.then(told).flatten().map_or(Cow::Borrowed(user), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_one_user_are_one_user() {
        for (told, expected) in [
            (r#"{"device_id":"d1","account_uuid":"a1","session_id":"s1"}"#, "a1"),
            (r#"{"device_id":"d1","account_uuid":"","session_id":"s2"}"#, "d1"),
            (r#"{"session_id":"s2"}"#, r#"{"session_id":"s2"}"#),
            (r#"{"device_id":1}"#, r#"{"device_id":1}"#),
            ("{broken", "{broken"),
            ("user-1", "user-1"),
            ("", ""),
        ] {
            assert_eq!(sign(told), expected);
        }
    }
}
