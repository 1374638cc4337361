//! Long lists in pages, and only what is sought.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::refusal::{Code, Refusal};

/// Which page is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    search: Option<String>,
    page: Option<usize>,
    per_page: Option<usize>,
}

/// Which page is shown.
#[derive(Debug)]
pub(super) struct Sheet {
    search: String,
    page: usize,
    per_page: usize,
}

/// Of one page, where nobody says.
const USUAL: usize = 50;
/// Most of one page.
const MOST: usize = 200;

// === impl Sheet ===

impl Sheet {
    pub(super) fn of(asked: Result<Query<Asked>, QueryRejection>) -> Result<Self, Refusal> {
        let wrong = || {
            let message = "the query cannot be read; it may hold `search`, `page` from 1 on and `per_page` from 1 to 200";
            Refusal::new(Code::InvalidRequest, message)
        };
        let Query(Asked { search, page, per_page }) = asked.map_err(|_| wrong())?;
        let (page, per_page) = (page.unwrap_or(1), per_page.unwrap_or(USUAL));
        if page == 0 || !(1..=MOST).contains(&per_page) {
            return Err(wrong());
        }
        Ok(Self { search: search.unwrap_or_default().to_lowercase(), page, per_page })
    }

    /// Whether a name is among what is sought.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.search.is_empty() || text.to_lowercase().contains(&self.search)
    }

    /// What of all that was found stands on this page.
    pub(super) fn cut<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let from = (self.page - 1).saturating_mul(self.per_page).min(all.len());
        let to = from.saturating_add(self.per_page).min(all.len());
        all.get(from..to).unwrap_or_default()
    }

    pub(super) fn tell(&self, name: &str, told: &[Value], total: usize) -> Value {
        json!({ name: told, "total": total, "page": self.page, "per_page": self.per_page })
    }
}
