//! Where the state file is if nobody says. The environment is an argument.

use std::ffi::OsString;
use std::path::PathBuf;

/// `callsign/state.db` in `$XDG_STATE_HOME`, or in `~/.local/state`; `None` where neither is known.
pub fn usual_path(environment: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| {
        let path = PathBuf::from(environment(name)?);
        // The XDG specification has relative paths ignored.
        path.is_absolute().then_some(path)
    };
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
    state.map(|state| state.join("callsign/state.db"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_file_is_where_the_environment_wants_it() {
        for (xdg, home, expected) in [
            (Some("/state"), Some("/home/a"), Some("/state/callsign/state.db")),
            (None, Some("/home/a"), Some("/home/a/.local/state/callsign/state.db")),
            (Some(""), Some("/home/a"), Some("/home/a/.local/state/callsign/state.db")),
            (Some("relative"), Some("/home/a"), Some("/home/a/.local/state/callsign/state.db")),
            (None, Some(""), None),
            (None, None, None),
        ] {
            let environment = |name: &str| match name {
                "XDG_STATE_HOME" => xdg.map(OsString::from),
                _ => home.map(OsString::from),
            };
            assert_eq!(usual_path(&environment), expected.map(PathBuf::from), "{xdg:?} {home:?}");
        }
    }
}
