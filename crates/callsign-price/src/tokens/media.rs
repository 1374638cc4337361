//! What media cost, told by their size.
//!
//! | medium | rule |
//! |---|---|
//! | picture | OpenAI's: scaled into 2048 × 2048, then to 768 on the short side; 170 for each tile of 512 × 512, and 85. `detail: low`: 85. Behind a URL: as one of 1024 × 1024 |
//! | PDF | 2,000 for a page, the middle of what Anthropic names; 64 KiB are a page |
//! | text in a file | its words, or one for 4 bytes where it is in base64 |
//! | sound | 10 for a second (OpenAI); a second is 48 kB of WAV or PCM, 16 kB of anything else |
//! | moving picture | 300 for a second (Gemini); a second is 256 kB |
//! | a file elsewhere | as much as one page, or as a minute |
//!
//! <https://platform.openai.com/docs/guides/images-vision#calculating-costs>,
//! <https://docs.anthropic.com/en/docs/build-with-claude/pdf-support>, <https://ai.google.dev/gemini-api/docs/tokens>

use callsign_wire::hub::part::{Media, MediaKind, Source};

use super::image;

/// What a medium comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Size<'a> {
    /// So many tokens.
    Tokens(u64),
    /// As many as this text.
    Text(&'a str),
}

const PAGE: u64 = 2_000;
const PAGE_BYTES: u64 = 64 << 10;
const BYTES_PER_TOKEN: u64 = 4;
const SOUND: u64 = 10;
const RAW_SOUND_BYTES: u64 = 48_000;
const SOUND_BYTES: u64 = 16_000;
const VIDEO: u64 = 300;
const VIDEO_BYTES: u64 = 256_000;
const UNKNOWN_SECONDS: u64 = 60;

pub(super) fn size(media: &Media) -> Size<'_> {
    let held = match &media.source {
        Source::Text(text) => return Size::Text(text),
        Source::Base64(base64) => Some(base64.as_str()),
        Source::Url(_) | Source::File(_) => None,
    };
    let bytes = held.map(|base64| base64.len() as u64 / 4 * 3);
    let media_type = media.media_type.as_deref().unwrap_or_default();
    Size::Tokens(match media.kind {
        MediaKind::Image => picture(media.detail.as_deref(), held),
        MediaKind::Audio => SOUND * seconds(bytes, sound_bytes(media_type)),
        MediaKind::Video => VIDEO * seconds(bytes, VIDEO_BYTES),
        MediaKind::Document => document(media_type, bytes),
    })
}

fn picture(detail: Option<&str>, base64: Option<&str>) -> u64 {
    if detail == Some("low") {
        return image::LOW;
    }
    image::tokens(base64.and_then(image::dimensions).unwrap_or(image::USUAL))
}

fn document(media_type: &str, bytes: Option<u64>) -> u64 {
    let Some(bytes) = bytes else { return PAGE };
    if media_type.starts_with("text/") || media_type == "application/json" {
        return bytes.div_ceil(BYTES_PER_TOKEN);
    }
    PAGE * bytes.div_ceil(PAGE_BYTES).max(1)
}

fn sound_bytes(media_type: &str) -> u64 {
    let raw = ["wav", "pcm", "l16"].iter().any(|name| media_type.contains(name));
    if raw { RAW_SOUND_BYTES } else { SOUND_BYTES }
}

fn seconds(bytes: Option<u64>, of_one: u64) -> u64 {
    bytes.map_or(UNKNOWN_SECONDS, |bytes| bytes.div_ceil(of_one).max(1))
}
