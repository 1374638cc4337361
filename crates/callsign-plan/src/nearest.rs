//! The names nearest to one that nobody knows, for "did you mean".

use crate::catalog::Catalog;
use crate::target::Model;

/// Names longer than this are not compared: the comparison costs the product of both lengths.
const LONGEST: usize = 128;

/// Up to three names of `catalog` that look like `name`, the nearest first. Hidden ones are not told.
pub fn nearest<'a>(catalog: &'a Catalog, name: &str) -> Vec<&'a str> {
    if name.is_empty() || name.len() > LONGEST {
        return Vec::new();
    }
    let mut scored: Vec<(usize, &str)> = names(catalog)
        .filter(|known| known.len().abs_diff(name.len()) <= allowed(name))
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .filter(|(distance, _)| *distance <= allowed(name))
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().take(3).map(|(_, known)| known).collect()
}

fn allowed(name: &str) -> usize {
    (name.chars().count() / 3).clamp(1, 6)
}

fn names(catalog: &Catalog) -> impl Iterator<Item = &str> {
    let parts = catalog.parts();
    let aliases = parts.aliases.iter().filter(|alias| !alias.hidden).map(|alias| alias.name.as_ref());
    let entries = parts.entries.iter().filter(|entry| !entry.hidden).flat_map(|entry| {
        let target = catalog.target(entry.target);
        let bare = target.and_then(|target| match &target.model {
            Model::Fixed(id) => Some(id.as_ref()),
            Model::Asked => None,
        });
        let full = target.filter(|_| bare.is_some()).map(|target| target.name.as_ref());
        entry.name.as_deref().into_iter().chain(bare).chain(full).chain(entry.known.iter().map(AsRef::as_ref))
    });
    aliases.chain(entries)
}
