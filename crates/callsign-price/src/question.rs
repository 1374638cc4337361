//! What there is to count in a question, and a number of tokens that it never has more of.

use callsign_wire::hub::conversation::{Conversation, Role, Turn};
use callsign_wire::hub::extras::Json;
use callsign_wire::hub::part::{Media, MediaKind, Part, Piece, Source};
use callsign_wire::hub::wish::{Format, Tool, ToolKind};
use memchr::memmem;

use crate::family::Family;
use crate::tokens::image::{self, Dimensions};
use crate::tokens::sample::{self, Cut, Vocabulary};

/// What there is to count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    texts: Vec<String>,
    bytes: u64,
    /// Tokens that come whatever the words are.
    fixed: u64,
    tools: bool,
    pictures: Vec<(Option<Dimensions>, Option<String>)>,
    /// Pages of documents.
    pages: u64,
    /// Seconds of sound and of moving pictures, in tokens of the dearest maker.
    sounds: u64,
}

/// Tokens, those of media apart: many models ask another price for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bound {
    /// Of words.
    pub text: u64,
    /// Of pictures, sounds and pages.
    pub media: u64,
}

/// A question that only the provider has whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unseen {
    /// A document, a sound or a film behind an address.
    #[error("a document, sound or film behind a URL")]
    Elsewhere,
    /// A file that was uploaded to the provider.
    #[error("a file that the provider keeps")]
    Upload,
    /// A part that only one dialect knows.
    #[error("a part of a kind that is not known here")]
    Unknown,
}

/// The texts of a question, cut as the vocabularies cut them that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cuts {
    o200k: Option<Cut>,
    cl100k: Option<Cut>,
}

/// What a message costs besides its words, and what a name, a call, a tool and the answer's beginning cost: as much as is
/// known of any maker, and some.
const MESSAGE: u64 = 6;
const NAME: u64 = 2;
const TOOL: u64 = 24;
const OPENING: u64 = 8;
/// What the gateway may add where it translates, and a provider by itself.
const MARGIN: u64 = 24;

/// Texts of more bytes take a while.
const LONG: u64 = 32 << 10;
/// The least that a token takes of a seal.
const SEALED_BYTES: u64 = 3;

/// What a page costs at most: its words, and a picture of it.
/// <https://docs.anthropic.com/en/docs/build-with-claude/pdf-support>
const PAGE: u64 = 4_800;
/// No provider takes more pages.
const MOST_PAGES: u64 = 1_000;
/// The least that a page takes of a file whose pages cannot be counted.
const PAGE_BYTES: u64 = 1 << 10;
/// The least that a second of sound takes: raw, packed, and with pictures.
const RAW_SECOND: u64 = 8_000;
const SECOND: u64 = 1_000;
const FILM_SECOND: u64 = 8_000;

// === impl Question ===

impl Question {
    /// What `conversation` asks, where all of it is there.
    pub fn of(conversation: &Conversation) -> Result<Self, Unseen> {
        let mut question = Self { fixed: OPENING + MARGIN, ..Self::default() };
        conversation.turns.iter().try_for_each(|turn| question.turn(turn))?;
        conversation.tools.iter().for_each(|tool| question.tool(tool));
        if let Some(Format::JsonSchema { name, description, schema, .. }) = &conversation.format {
            question.fixed += TOOL;
            question.texts.extend([name, description].into_iter().flatten().cloned());
            question.text(schema.as_str());
        }
        question.bytes = question.texts.iter().map(|text| text.len() as u64).sum();
        Ok(question)
    }

    /// Plain texts, and tokens that were counted already.
    pub fn plain(texts: Vec<String>, tokens: u64) -> Self {
        let each = (texts.len() as u64).saturating_mul(MESSAGE);
        let bytes = texts.iter().map(|text| text.len() as u64).sum();
        Self { texts, bytes, fixed: tokens.saturating_add(each).saturating_add(MARGIN), ..Self::default() }
    }

    /// Whether it is counted in so little time that nobody need wait for it elsewhere.
    pub fn is_quick(&self, family: &Family) -> bool {
        self.bytes <= LONG && family.vocabulary.is_ready()
    }

    /// As many tokens as it has at most, told without cutting any text: no vocabulary has tokens of less than a byte.
    pub fn roughly(&self, family: &Family) -> Bound {
        self.with(family, self.bytes)
    }

    /// As many tokens as it has at most. Texts are cut once for each vocabulary and remembered in `cuts`.
    pub fn closely(&self, family: &Family, cuts: &mut Cuts) -> Bound {
        let place = match family.vocabulary {
            Vocabulary::O200k => &mut cuts.o200k,
            Vocabulary::Cl100k => &mut cuts.cl100k,
        };
        let cut = *place
            .get_or_insert_with(|| sample::cut(family.vocabulary, self.texts.iter().map(String::as_str)));
        self.with(family, family.bound(cut))
    }

    fn with(&self, family: &Family, words: u64) -> Bound {
        let tools = if self.tools { family.tools } else { 0 };
        let pictures = self.pictures.iter().map(|(size, detail)| family.picture(*size, detail.as_deref()));
        let media =
            pictures.chain([self.pages.saturating_mul(PAGE), self.sounds]).fold(0_u64, u64::saturating_add);
        Bound { text: words.saturating_add(self.fixed).saturating_add(tools), media }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.texts.push(text.to_owned());
        }
    }

    fn turn(&mut self, turn: &Turn) -> Result<(), Unseen> {
        self.fixed += MESSAGE;
        if turn.role != Role::Tool
            && let Some(name) = &turn.name
        {
            self.fixed += NAME;
            self.text(name);
        }
        self.pieces(&turn.pieces)
    }

    fn pieces(&mut self, pieces: &[Piece]) -> Result<(), Unseen> {
        pieces.iter().try_for_each(|piece| self.part(&piece.part))
    }

    fn part(&mut self, part: &Part) -> Result<(), Unseen> {
        self.fixed += 1;
        match part {
            Part::Text(text) => {
                self.text(&text.text);
                for citation in &text.citations {
                    self.text(citation.spelled.1.as_str());
                }
            }
            Part::Refusal(text) => self.text(text),
            Part::Media(media) => return self.media(media),
            Part::ToolCall(call) => {
                self.fixed += TOOL;
                self.text(&call.id);
                self.text(&call.name);
                self.text(&call.arguments);
            }
            Part::ToolResult(result) => {
                self.fixed += TOOL;
                self.text(&result.call);
                self.pieces(&result.pieces)?;
            }
            Part::Reasoning(thoughts) => {
                thoughts.paragraphs.iter().for_each(|text| self.text(text));
                // What is sealed was thought, and is read again: a token of it takes four bytes and more, in base64.
                let sealed = thoughts.seal.as_ref().map_or(0, |seal| seal.text.len() as u64);
                self.fixed = self.fixed.saturating_add(sealed.div_ceil(SEALED_BYTES));
            }
            Part::Opaque(opaque) => return self.opaque(opaque.json.as_str()),
        }
        Ok(())
    }

    /// Text of another kind is text; an address in it may lead to anything.
    fn opaque(&mut self, json: &str) -> Result<(), Unseen> {
        if ["\"file_id\"", "\"url\"", "\"uri\"", "\"file_uri\"", "\"fileUri\""]
            .iter()
            .any(|name| json.contains(name))
        {
            return Err(Unseen::Unknown);
        }
        self.text(json);
        Ok(())
    }

    fn tool(&mut self, tool: &Tool) {
        self.tools = true;
        self.fixed += TOOL;
        self.text(&tool.name);
        if let Some(description) = &tool.description {
            self.text(description);
        }
        let spelled = match &tool.kind {
            ToolKind::Function { schema } => schema.as_ref(),
            ToolKind::Custom { format } => format.as_ref(),
            ToolKind::BuiltIn { json, .. } => {
                // The maker has instructions of its own for it.
                self.fixed += 1_500;
                Some(json)
            }
        };
        if let Some(json) = spelled {
            self.text(Json::as_str(json));
        }
    }

    fn media(&mut self, media: &Media) -> Result<(), Unseen> {
        if let Some(name) = &media.name {
            self.text(name);
        }
        let held = match (&media.source, media.kind) {
            (Source::Text(text), _) => {
                self.text(text);
                return Ok(());
            }
            (Source::Base64(base64), _) => base64.as_str(),
            // However large a picture is, it costs no more than this.
            (Source::Url(_) | Source::File(_), MediaKind::Image) => "",
            (Source::Url(_), _) => return Err(Unseen::Elsewhere),
            (Source::File(_), _) => return Err(Unseen::Upload),
        };
        let bytes = (held.len() as u64).div_ceil(4).saturating_mul(3);
        let kind = media.media_type.as_deref().unwrap_or_default();
        match media.kind {
            MediaKind::Image => self.pictures.push((image::dimensions(held), media.detail.clone())),
            MediaKind::Document => self.document(kind, held, bytes),
            MediaKind::Audio => {
                let raw = ["wav", "pcm", "l16"].iter().any(|name| kind.contains(name));
                self.play(MediaKind::Audio, bytes.div_ceil(if raw { RAW_SECOND } else { SECOND }));
            }
            MediaKind::Video => self.play(MediaKind::Video, bytes.div_ceil(FILM_SECOND)),
        }
        Ok(())
    }

    fn play(&mut self, kind: MediaKind, seconds: u64) {
        let tokens = seconds.max(1).saturating_mul(Family::second(kind));
        self.sounds = self.sounds.saturating_add(tokens);
    }

    fn document(&mut self, kind: &str, base64: &str, bytes: u64) {
        if kind.starts_with("text/") || kind == "application/json" {
            // Its bytes are more than its tokens.
            self.fixed = self.fixed.saturating_add(bytes);
            return;
        }
        self.pages = self.pages.saturating_add(pages(base64, bytes));
    }
}

/// How many pages a PDF has at most: as many as it names, where nothing of that is packed.
fn pages(base64: &str, bytes: u64) -> u64 {
    let by_size = bytes.div_ceil(PAGE_BYTES).clamp(1, MOST_PAGES);
    let file = image::decoded_up_to(base64, usize::MAX);
    let named = memmem::find_iter(&file, b"/Type").filter(|at| {
        let rest = file.get(at + 5..).unwrap_or_default().trim_ascii_start();
        rest.strip_prefix(b"/Page").is_some_and(|rest| rest.first() != Some(&b's'))
    });
    let named = named.count() as u64;
    let is_packed = memmem::find(&file, b"/ObjStm").is_some() || memmem::find(&file, b"/Encrypt").is_some();
    if named == 0 || is_packed { by_size } else { named.min(MOST_PAGES) }
}

impl Bound {
    /// All of them.
    pub const fn total(self) -> u64 {
        self.text.saturating_add(self.media)
    }
}

#[cfg(test)]
mod tests;
