//! How large a picture is, read from its first bytes, and what that costs.

/// Width and height.
pub(crate) type Dimensions = (u64, u64);

/// What a picture costs that is looked at from afar, and every other besides its tiles.
pub(super) const LOW: u64 = 85;
/// The size of a picture that cannot be seen.
pub(super) const USUAL: Dimensions = (1024, 1024);

const TILE: u64 = 170;
const TILE_SIDE: u64 = 512;
const LONGEST: u64 = 2048;
const SHORTEST: u64 = 768;
/// What each of Gemini's tiles costs, and how large one is.
const CROP: u64 = 258;
const CROP_LEAST: u64 = 256;
const CROP_MOST: u64 = 768;
/// Its newer models cost this much at the highest resolution, whatever the size.
const CROPPED_LEAST: u64 = 2_240;
/// What is larger than 3072 on a side is scaled down.
const CROPPED_MOST: u64 = 36 * CROP;
/// A JPEG's size stands behind its notes, which are not read further than this.
const READ: usize = 256 << 10;

pub(super) fn tokens(dimensions: Dimensions) -> u64 {
    tiled(dimensions, (LOW, TILE))
}

/// What a picture costs where it costs so much as a whole and for each tile.
pub(crate) fn tiled(dimensions: Dimensions, (whole, tile): (u64, u64)) -> u64 {
    let (width, height) = fitted(dimensions);
    let tiles = width.div_ceil(TILE_SIDE).saturating_mul(height.div_ceil(TILE_SIDE));
    whole.saturating_add(tile.saturating_mul(tiles.max(1)))
}

/// What a picture costs at most where it is cut as Gemini cuts it: into tiles of two thirds of its short side.
/// <https://ai.google.dev/gemini-api/docs/image-understanding#token-calculation>
pub(crate) fn cropped((width, height): Dimensions) -> u64 {
    let side = (width.min(height) * 2 / 3).clamp(CROP_LEAST, CROP_MOST);
    let tiles = width.div_ceil(side).saturating_mul(height.div_ceil(side)).max(1);
    CROP.saturating_mul(tiles).clamp(CROPPED_LEAST, CROPPED_MOST)
}

/// Never enlarged.
fn fitted((width, height): Dimensions) -> Dimensions {
    let (width, height) = shrunk((width, height), width.max(height), LONGEST);
    shrunk((width, height), width.min(height), SHORTEST)
}

fn shrunk((width, height): Dimensions, side: u64, limit: u64) -> Dimensions {
    if side <= limit { (width, height) } else { (width * limit / side, height * limit / side) }
}

/// The size of a PNG, GIF, WebP or JPEG.
pub(crate) fn dimensions(base64: &str) -> Option<Dimensions> {
    let bytes = decoded(base64);
    let start = Reader(&bytes);
    let size = match bytes.get(..4)? {
        b"\x89PNG" => (start.big(16, 4)?, start.big(20, 4)?),
        b"GIF8" => (start.little(6, 2)?, start.little(8, 2)?),
        b"RIFF" => webp(start)?,
        [0xff, 0xd8, ..] => jpeg(start)?,
        _ => return None,
    };
    (size.0 > 0 && size.1 > 0).then_some(size)
}

/// <https://developers.google.com/speed/webp/docs/riff_container>
fn webp(start: Reader<'_>) -> Option<Dimensions> {
    match start.0.get(12..16)? {
        b"VP8X" => Some((start.little(24, 3)? + 1, start.little(27, 3)? + 1)),
        b"VP8L" => {
            let bits = start.little(21, 4)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((start.little(26, 2)? & 0x3fff, start.little(28, 2)? & 0x3fff)),
        _ => None,
    }
}

/// Goes from segment to segment until one tells of the frame.
fn jpeg(start: Reader<'_>) -> Option<Dimensions> {
    let mut at = 2;
    loop {
        let marker = start.big(at, 2)?;
        match marker {
            0xffc4 | 0xffc8 | 0xffcc => {}
            0xffc0..=0xffcf => return Some((start.big(at + 7, 2)?, start.big(at + 5, 2)?)),
            0xff00..=0xffff => {}
            _ => return None,
        }
        at += 2 + usize::try_from(start.big(at + 2, 2)?).ok()?;
    }
}

/// The first bytes.
fn decoded(base64: &str) -> Vec<u8> {
    decoded_up_to(base64, READ)
}

/// The bytes of so many letters; what is no base64 ends them.
pub(crate) fn decoded_up_to(base64: &str, most: usize) -> Vec<u8> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for digit in base64.bytes().take(most).map_while(digit) {
        held = held << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let [low, ..] = (held >> bits).to_le_bytes();
            bytes.push(low);
        }
    }
    bytes
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Numbers at places.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

// === impl Reader ===

impl Reader<'_> {
    fn big(self, at: usize, length: usize) -> Option<u64> {
        let bytes = self.0.get(at..at.checked_add(length)?)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn little(self, at: usize, length: usize) -> Option<u64> {
        let bytes = self.0.get(at..at.checked_add(length)?)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let chunks = bytes.chunks(3).flat_map(|chunk| {
            let number = (0..3).fold(0, |number, at| number << 8 | usize::from(*chunk.get(at).unwrap_or(&0)));
            (0..=chunk.len()).map(move |at| char::from(DIGITS[number >> (18 - 6 * at) & 63]))
        });
        chunks.collect()
    }

    #[test]
    fn sizes_are_read_from_the_first_bytes() {
        let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0, 0, 4, 0, 0, 0, 3, 0]].concat();
        let gif = b"GIF89a\x40\x01\xc8\x00".to_vec();
        let jpeg = [
            b"\xff\xd8\xff\xe0\0\x10".as_slice(),
            &[0; 14],
            b"\xff\xc4\0\x03\0\xff\xc2\0\x11\x08\x02\x58\x03\x20",
        ];
        let extended =
            [b"RIFF\0\0\0\0WEBPVP8X".as_slice(), &[10, 0, 0, 0, 0, 0, 0, 0], &[0xff, 1, 0, 0xff, 3, 0]];
        let lossless =
            [b"RIFF\0\0\0\0WEBPVP8L".as_slice(), &[0, 0, 0, 0, 0x2f], &(0x63_u32 | 0x31 << 14).to_le_bytes()];
        let lossy = [b"RIFF\0\0\0\0WEBPVP8 ".as_slice(), &[0; 10], &[64, 1, 240, 0]];
        for (bytes, expected) in [
            (png, Some((1024, 768))),
            (gif, Some((320, 200))),
            (jpeg.concat(), Some((800, 600))),
            (extended.concat(), Some((512, 1024))),
            (lossless.concat(), Some((100, 50))),
            (lossy.concat(), Some((320, 240))),
            (b"\xff\xd8\xff\xd8\0\0".to_vec(), None),
            (b"%PDF-1.7 and more".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(dimensions(&base64(&bytes)), expected, "{bytes:?}");
        }
    }

    #[test]
    fn pictures_cost_what_their_maker_publishes() {
        for (dimensions, expected) in [
            ((1024, 1024), 765),
            ((2048, 4096), 1105),
            ((512, 512), 255),
            ((1, 1), 255),
            ((4096, 8192), 1105),
        ] {
            assert_eq!(tokens(dimensions), expected, "{dimensions:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_size_or_none(bytes in any::<Vec<u8>>(), start in 0..4_usize) {
            let start = [b"\x89PNG".as_slice(), b"GIF8", b"RIFF", b"\xff\xd8"][start];
            let size = dimensions(&base64(&[start, &bytes].concat()));
            prop_assert!(size.is_none_or(|size| tokens(size) > 0));
        }
    }
}
