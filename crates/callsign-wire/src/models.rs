//! The lists behind `GET /v1/models`, in [OpenAI's form](https://platform.openai.com/docs/api-reference/models) and in
//! [Anthropic's](https://docs.anthropic.com/en/api/models-list), and behind `GET /v1beta/models` in
//! [Gemini's](https://ai.google.dev/api/models).

use std::borrow::Cow;

use serde::Serialize;

/// One name that a client may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelRow<'a> {
    /// The name.
    pub id: &'a str,
    /// Whose it is.
    pub owned_by: &'a str,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'a> {
    /// At most so many.
    pub limit: usize,
    /// From where on, or up to where.
    pub cursor: Cursor<'a>,
}

/// Where a page lies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cursor<'a> {
    /// At the beginning.
    #[default]
    Start,
    /// Right after this id.
    After(Cow<'a, str>),
    /// Right before this id.
    Before(Cow<'a, str>),
}

/// Why a page cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// A limit that is no number from 1 to 1000.
    #[error("`limit` must be a number from 1 to 1000")]
    Limit,
    /// A page size that is no number of at least 1.
    #[error("`pageSize` must be a number of at least 1")]
    Size,
    /// Two cursors.
    #[error("`after_id` and `before_id` exclude each other, send one")]
    TwoCursors,
    /// A cursor that names nothing.
    #[error("`{param}` names no model of the list")]
    UnknownCursor {
        /// The parameter.
        param: &'static str,
    },
}

const DEFAULT_LIMIT: usize = 20;
const GEMINI_LIMIT: usize = 50;
const LARGEST_LIMIT: usize = 1000;

/// Anthropic's list has a date for each model. Aliases have none: the reference has the epoch where it is unknown.
const UNKNOWN_DATE: &str = "1970-01-01T00:00:00Z";

// === impl PageError ===

impl PageError {
    /// The parameter that is to blame.
    pub const fn param(&self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Size => "pageSize",
            Self::TwoCursors => "before_id",
            Self::UnknownCursor { param } => param,
        }
    }
}

// === impl Page ===

impl Default for Page<'_> {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, cursor: Cursor::Start }
    }
}

impl<'a> Page<'a> {
    /// Reads a request's query; parameters that are not about pages are passed over, as are empty ones.
    pub fn from_query(query: &'a str) -> Result<Self, PageError> {
        let mut page = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
            let cursor = match name.as_ref() {
                "limit" => {
                    page.limit = limit(&value).ok_or(PageError::Limit)?;
                    continue;
                }
                "after_id" => Cursor::After(value),
                "before_id" => Cursor::Before(value),
                _ => continue,
            };
            if page.cursor != Cursor::Start {
                return Err(PageError::TwoCursors);
            }
            page.cursor = cursor;
        }
        Ok(page)
    }

    /// Reads a request's query as Gemini spells it: `pageSize`, more than the most being as much as that, and
    /// `pageToken`, here the last name of the page before.
    pub fn from_gemini_query(query: &'a str) -> Result<Self, PageError> {
        let mut page = Self { limit: GEMINI_LIMIT, cursor: Cursor::Start };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
            match name.as_ref() {
                "pageSize" => {
                    let size = value.parse::<usize>().ok().filter(|size| *size > 0);
                    page.limit = size.ok_or(PageError::Size)?.min(LARGEST_LIMIT);
                }
                "pageToken" => page.cursor = Cursor::After(value),
                _ => {}
            }
        }
        Ok(page)
    }

    /// The rows of this page, and whether there are more in its direction.
    fn of<'r>(&self, rows: &'r [ModelRow<'r>]) -> Result<(&'r [ModelRow<'r>], bool), PageError> {
        let position = |id: &str, param| {
            rows.iter().position(|row| row.id == id).ok_or(PageError::UnknownCursor { param })
        };
        let range = match &self.cursor {
            Cursor::Start => 0..rows.len().min(self.limit),
            Cursor::After(id) => {
                let start = position(id, "after_id")? + 1;
                start..rows.len().min(start + self.limit)
            }
            Cursor::Before(id) => {
                let end = position(id, "before_id")?;
                end.saturating_sub(self.limit)..end
            }
        };
        let more = match self.cursor {
            Cursor::Before(_) => range.start > 0,
            _ => range.end < rows.len(),
        };
        Ok((rows.get(range).unwrap_or_default(), more))
    }
}

fn limit(text: &str) -> Option<usize> {
    text.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
}

/// OpenAI's list.
pub fn openai_list(rows: &[ModelRow<'_>]) -> Vec<u8> {
    encode(&OpenAiList { object: "list", data: rows.iter().map(OpenAiModel::of).collect() })
}

/// OpenAI's document of one model.
pub fn openai_model(row: &ModelRow<'_>) -> Vec<u8> {
    encode(&OpenAiModel::of(row))
}

/// Gemini's list.
pub fn gemini_list(rows: &[ModelRow<'_>], page: &Page<'_>) -> Result<Vec<u8>, PageError> {
    let (rows, has_more) = page.of(rows)?;
    let next_page_token = rows.last().filter(|_| has_more).map(|row| row.id);
    Ok(encode(&GeminiList { models: rows.iter().map(GeminiModel::of).collect(), next_page_token }))
}

/// Gemini's document of one model.
pub fn gemini_model(row: &ModelRow<'_>) -> Vec<u8> {
    encode(&GeminiModel::of(row))
}

/// Anthropic's list.
pub fn anthropic_list(rows: &[ModelRow<'_>], page: &Page<'_>) -> Result<Vec<u8>, PageError> {
    let (rows, has_more) = page.of(rows)?;
    Ok(encode(&AnthropicList {
        data: rows.iter().map(AnthropicModel::of).collect(),
        has_more,
        first_id: rows.first().map(|row| row.id),
        last_id: rows.last().map(|row| row.id),
    }))
}

/// Anthropic's document of one model.
pub fn anthropic_model(row: &ModelRow<'_>) -> Vec<u8> {
    encode(&AnthropicModel::of(row))
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    // Texts and numbers written into memory: nothing of it can fail.
    serde_json::to_vec(value).unwrap_or_default()
}

#[derive(Serialize)]
struct OpenAiList<'a> {
    object: &'static str,
    data: Vec<OpenAiModel<'a>>,
}

#[derive(Serialize)]
struct OpenAiModel<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'a str,
}

#[derive(Serialize)]
struct AnthropicList<'a> {
    data: Vec<AnthropicModel<'a>>,
    has_more: bool,
    first_id: Option<&'a str>,
    last_id: Option<&'a str>,
}

#[derive(Serialize)]
struct AnthropicModel<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    display_name: &'a str,
    created_at: &'static str,
}

// === impl OpenAiModel ===

impl<'a> OpenAiModel<'a> {
    fn of(row: &ModelRow<'a>) -> Self {
        Self { id: row.id, object: "model", created: 0, owned_by: row.owned_by }
    }
}

// === impl AnthropicModel ===

impl<'a> AnthropicModel<'a> {
    fn of(row: &ModelRow<'a>) -> Self {
        Self { kind: "model", id: row.id, display_name: row.id, created_at: UNKNOWN_DATE }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GeminiList<'a> {
    models: Vec<GeminiModel<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GeminiModel<'a> {
    name: String,
    display_name: &'a str,
    supported_generation_methods: [&'static str; 3],
}

impl<'a> GeminiModel<'a> {
    fn of(row: &ModelRow<'a>) -> Self {
        let supported_generation_methods = ["generateContent", "streamGenerateContent", "countTokens"];
        Self { name: format!("models/{}", row.id), display_name: row.id, supported_generation_methods }
    }
}

#[cfg(test)]
mod tests;
