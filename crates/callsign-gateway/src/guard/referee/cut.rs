//! A long text in pieces that are small enough to be asked about.

/// The pieces of `text`, none of more than `most` bytes. Each begins a little before the end of the one before it, so that
/// what stands on a cut is seen whole. As a text grows, all its pieces but the last stay what they are.
pub(super) fn cut(text: &str, most: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while rest.len() > most {
        let end = end(rest, most);
        let next = boundary(rest, end.saturating_sub(most / OVERLAP));
        let (Some(piece), Some(after)) = (rest.get(..end), rest.get(next.max(1)..)) else { break };
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// Pieces share this part of the longest one.
const OVERLAP: usize = 16;

/// Where the first piece ends: at the end of a line or of a word, if there is one in its last quarter.
fn end(text: &str, most: usize) -> usize {
    let end = boundary(text, most);
    let start = boundary(text, most - most / 4);
    let last = text.get(start..end).unwrap_or_default();
    let place = last.rfind('\n').or_else(|| last.rfind(' '));
    place.map_or(end, |place| start + place + 1)
}

/// The last boundary between characters that is not behind this byte.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}
