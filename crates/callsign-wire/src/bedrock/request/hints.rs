//! Cache points: at most four, and those for an hour before those for five minutes.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>

use super::outline::Outline;
use crate::bedrock::entry::{Block, Entry, Hint};
use crate::hub::loss::Losses;

/// How many the API takes.
const MOST: usize = 4;

/// Where a hint may stand.
type Place<'p, 'a> = &'p mut Option<Hint<'a>>;

/// Moves what the tools and the turns of another dialect ask for into what the API takes. Of too many hints the last are
/// kept: each is for all that stands before it.
pub(super) fn settle<'a>(tools: &mut [Option<Hint<'a>>], outline: &mut Outline<'a>, losses: &mut Losses) {
    for message in &mut outline.messages {
        message.entries.iter_mut().for_each(lift);
    }
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
            losses.changed(std::mem::take(&mut hint.path));
        }
        // Five minutes go without saying, and not every model takes a time.
        if !hour || minutes {
            hint.ttl = None;
        }
        minutes |= hint.ttl.is_none();
    }
}

/// No cache point may stand in a result, so those go behind it.
fn lift(entry: &mut Entry<'_>) {
    let Block::Result { content, .. } = &mut entry.block else { return };
    for inner in content {
        let hint = inner.cache.take();
        entry.cache = entry.cache.take().or(hint);
    }
}

/// The hints in the order of the prompt.
fn places<'p, 'a>(tools: &'p mut [Option<Hint<'a>>], outline: &'p mut Outline<'a>) -> Vec<Place<'p, 'a>> {
    let entries = outline.messages.iter_mut().flat_map(|message| &mut message.entries);
    let entries = outline.system.iter_mut().chain(entries).map(|entry| &mut entry.cache);
    tools.iter_mut().chain(entries).filter(|hint| hint.is_some()).collect()
}
