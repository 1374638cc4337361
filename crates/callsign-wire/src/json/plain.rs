//! Passing over the plain bytes of a string, many at a time. Long strings make up nearly all of a real body, short ones
//! nearly all of its values: a word is looked at first, then blocks, and strides once nothing special comes.

use wide::{u8x16, u8x32};

/// What is looked at first: most strings are keys and single words.
pub(super) const WORD: usize = 16;
const LANES: usize = 32;
/// What is looked at in one go.
pub(super) const BLOCK: usize = 2 * LANES;
/// What is passed over at once where nothing special has come for a while.
pub(super) const STRIDE: usize = 8 * BLOCK;

/// How many bytes of a string come before something to look at: its end, a control character, or an escape that is
/// not one of the simple ones in the middle of a block.
pub(super) fn plain_prefix(text: &[u8]) -> usize {
    let Some((word, after)) = text.split_first_chunk::<WORD>() else { return plain_end(text) };
    first_stop(word, specials_of_word(word)).unwrap_or_else(|| WORD + plain_run(after))
}

/// How many bytes come before the first that stands in no string as it is: a quote, a backslash, a control character.
pub(super) fn before_special(text: &[u8]) -> usize {
    if let Some(word) = text.first_chunk::<WORD>() {
        let hits = specials_of_word(word);
        if hits != 0 {
            return hits.trailing_zeros() as usize;
        }
    }
    let mut rest = text;
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        let hits = specials(block);
        if hits != 0 {
            return text.len() - rest.len() + hits.trailing_zeros() as usize;
        }
        rest = after;
    }
    let end = specials(&padded(rest)).trailing_zeros() as usize;
    text.len() - rest.len() + end.min(rest.len())
}

/// The same, where much may come.
fn plain_run(text: &[u8]) -> usize {
    let mut rest = text;
    let mut plain_blocks = 0;
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        let hits = specials(block);
        if let Some(offset) = first_stop(block, hits) {
            return text.len() - rest.len() + offset;
        }
        rest = after;
        plain_blocks = if hits == 0 { plain_blocks + 1 } else { 0 };
        if plain_blocks == STRIDE / BLOCK {
            rest = after_plain_strides(rest);
            plain_blocks = 0;
        }
    }
    text.len() - rest.len() + plain_end(rest)
}

/// The same for what is left behind the last whole block.
fn plain_end(rest: &[u8]) -> usize {
    let block = padded(rest);
    first_stop(&block, specials(&block)).map_or(rest.len(), |offset| offset.min(rest.len()))
}

/// The block that begins with `rest`. Zeros are control characters: they stop what the text does not.
fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    block
}

/// Passes over strides without a special byte.
fn after_plain_strides(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some((stride, after)) = rest.split_first_chunk::<STRIDE>() {
        if !is_plain(stride) {
            break;
        }
        rest = after;
    }
    rest
}

/// Whether no byte is special. Of each lane only the least distances are kept, and looked at in the end.
fn is_plain(stride: &[u8; STRIDE]) -> bool {
    let mut least = [u8x32::splat(u8::MAX); 2];
    for bytes in stride.as_chunks::<LANES>().0 {
        let bytes = u8x32::new(*bytes);
        let [swapped, backslash] = least;
        least = [swapped.min(bytes ^ u8x32::splat(SWAP)), backslash.min(bytes ^ u8x32::splat(b'\\'))];
    }
    let [swapped, backslash] = least;
    !swapped.saturating_sub(u8x32::splat(b' ')).min(backslash).simd_eq(u8x32::splat(0)).any()
}

/// Passes over simple escapes without looking at the block anew: text and code are full of them.
fn first_stop(block: &[u8], mut hits: u64) -> Option<usize> {
    while hits != 0 {
        let offset = hits.trailing_zeros() as usize;
        let escapes = block.get(offset) == Some(&b'\\');
        if !escapes || !block.get(offset + 1).is_some_and(|byte| is_simple_escape(*byte)) {
            return Some(offset);
        }
        hits &= !(0b11 << offset);
    }
    None
}

/// Changing places of `"` (0x22) and the space (0x20) puts all special bytes but the backslash at 0x20 and below.
const SWAP: u8 = b'"' ^ b' ';

/// One bit for each special byte of the block, the first byte's lowest.
pub(super) fn specials(block: &[u8; BLOCK]) -> u64 {
    // A block is two of them, so the other case, which would refuse everything, never comes.
    let [first, second] = block.as_chunks::<LANES>().0 else { return u64::MAX };
    let (first, second) = (distances(first), distances(second));
    let zero = u8x32::splat(0);
    if !first.min(second).simd_eq(zero).any() {
        return 0;
    }
    let bits = |distances: u8x32| u64::from(distances.simd_eq(zero).to_bitmask());
    bits(first) | bits(second) << LANES
}

/// Zero where a byte is special, and only there.
fn distances(bytes: &[u8; LANES]) -> u8x32 {
    let bytes = u8x32::new(*bytes);
    let above_space = (bytes ^ u8x32::splat(SWAP)).saturating_sub(u8x32::splat(b' '));
    above_space.min(bytes ^ u8x32::splat(b'\\'))
}

/// The same as `specials`.
pub(super) fn specials_of_word(word: &[u8; WORD]) -> u64 {
    let bytes = u8x16::new(*word);
    let above_space = (bytes ^ u8x16::splat(SWAP)).saturating_sub(u8x16::splat(b' '));
    u64::from(above_space.min(bytes ^ u8x16::splat(b'\\')).simd_eq(u8x16::splat(0)).to_bitmask())
}

/// Whether a backslash and `byte` are an escape.
pub(super) fn is_simple_escape(byte: u8) -> bool {
    SIMPLE_ESCAPES.get(usize::from(byte)) == Some(&true)
}

/// A table, because the alternative is a jump that no processor foresees.
#[expect(clippy::indexing_slicing, reason = "a constant that reached beyond its table would not compile")]
const SIMPLE_ESCAPES: [bool; 256] = {
    let mut table = [false; 256];
    let mut escapes: &[u8] = b"\"\\/bfnrt";
    while let [escape, rest @ ..] = escapes {
        table[*escape as usize] = true;
        escapes = rest;
    }
    table
};
