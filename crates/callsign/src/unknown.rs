//! A name that means nothing in a configuration, and what may have been meant.

use std::path::Path;

use callsign_plan::catalog::Catalog;
use callsign_plan::nearest::nearest;

/// Names listed where none is near.
const MOST_LISTED: usize = 10;

/// The name means nothing.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` means nothing in `{file}`; {hint}")]
pub(crate) struct Unknown {
    name: String,
    file: String,
    hint: String,
}

// === impl Unknown ===

impl Unknown {
    /// `name` as asked for, in the configuration `file`.
    pub(crate) fn new(catalog: &Catalog, name: &str, file: &Path) -> Self {
        Self { name: name.to_owned(), file: file.display().to_string(), hint: hint(catalog, name) }
    }
}

fn hint(catalog: &Catalog, name: &str) -> String {
    match nearest(catalog, name).as_slice() {
        [] => {
            let aliases = catalog.parts().aliases.iter().filter(|alias| !alias.hidden);
            let names: Vec<&str> = aliases.map(|alias| alias.name.as_ref()).collect();
            if names.is_empty() {
                "it has no aliases".to_owned()
            } else {
                format!("its aliases are {}", listed(&names))
            }
        }
        near => format!("did you mean {}?", listed(near)),
    }
}

/// Some of the names, in backticks.
pub(crate) fn listed(names: &[&str]) -> String {
    names.iter().take(MOST_LISTED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
