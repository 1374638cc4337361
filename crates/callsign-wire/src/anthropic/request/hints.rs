//! Cache hints: at most four, and those for an hour before those for five minutes.
//! <https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching>

use super::outline::Outline;
use crate::anthropic::entry::{Block, Entry, Hint};
use crate::hub::loss::Losses;

/// How many the API takes.
const MOST: usize = 4;

/// Where a hint may stand.
type Place<'p, 'a> = &'p mut Option<Hint<'a>>;

/// Moves what the tools and the turns of another dialect ask for into what the API takes. Of too many hints the last are
/// kept: each is for all that stands before it.
pub(super) fn settle<'a>(tools: &mut [Option<Hint<'a>>], outline: &mut Outline<'a>, losses: &mut Losses) {
    let mut places = places(tools, outline);
    let surplus = places.len().saturating_sub(MOST);
    let mut minutes = false;
    for (index, place) in places.iter_mut().enumerate() {
        let Some(hint) = place.as_mut() else { continue };
        if index < surplus {
            losses.dropped(std::mem::take(&mut hint.path));
            **place = None;
            continue;
        }
        let hour = hint.ttl == Some("1h");
        let known = matches!(hint.ttl, None | Some("5m" | "1h"));
        if !known || (hour && minutes) {
            hint.ttl = None;
            losses.changed(std::mem::take(&mut hint.path));
        }
        minutes |= hint.ttl != Some("1h");
    }
}

/// Asks for the cache where the client shows no place but names a cache key: behind what never changes, and at the end.
pub(super) fn invite<'a>(tools: &mut [Option<Hint<'a>>], outline: &mut Outline<'a>) {
    if !places(tools, outline).is_empty() {
        return;
    }
    match outline.system.last_mut() {
        Some(last) => last.cache = Some(Hint::default()),
        None => tools.last_mut().into_iter().for_each(|last| *last = Some(Hint::default())),
    }
    let end = outline.messages.last_mut().filter(|message| message.role == "user");
    if let Some(entry) = end.and_then(|message| message.entries.last_mut()) {
        entry.cache = Some(Hint::default());
    }
}

/// The hints in the order of the prompt.
fn places<'p, 'a>(tools: &'p mut [Option<Hint<'a>>], outline: &'p mut Outline<'a>) -> Vec<Place<'p, 'a>> {
    let mut places: Vec<Place<'p, 'a>> = tools.iter_mut().filter(|hint| hint.is_some()).collect();
    outline.system.iter_mut().for_each(|entry| gather(entry, &mut places));
    for message in &mut outline.messages {
        message.entries.iter_mut().for_each(|entry| gather(entry, &mut places));
    }
    places
}

fn gather<'p, 'a>(entry: &'p mut Entry<'a>, places: &mut Vec<Place<'p, 'a>>) {
    if let Block::Result { content, .. } = &mut entry.block {
        for entry in content {
            places.extend(Some(&mut entry.cache).filter(|hint| hint.is_some()));
        }
    }
    places.extend(Some(&mut entry.cache).filter(|hint| hint.is_some()));
}
