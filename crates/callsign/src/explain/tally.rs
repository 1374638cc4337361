//! Many played requests, counted: which target is tried first, and which serves.

use std::collections::BTreeSet;

use callsign_plan::catalog::Catalog;
use callsign_plan::course::Broken;
use callsign_plan::ids::TargetId;
use serde_json::{Value, json};

use super::rehearsal::{Ending, Played, Rehearsal};

/// How often what happened.
pub(super) struct Tally {
    requests: u64,
    rows: Vec<Row>,
    /// Requests that nobody served.
    pub(super) unserved: Row,
    /// Every target that was tried.
    pub(super) tried: BTreeSet<TargetId>,
}

/// How often a target was what.
pub(super) struct Row {
    id: Option<TargetId>,
    name: String,
    first: u64,
    /// How often it served.
    pub(super) served: u64,
}

/// The columns behind the name.
const COLUMNS: [&str; 2] = ["tried first", "served"];
/// As wide as `100.00 %`.
const SHARE: usize = 8;

// === impl Tally ===

impl Tally {
    /// Plays `requests` of them. The `reachable` targets have a row in any case, in this order.
    pub(super) fn of(
        rehearsal: &Rehearsal<'_>,
        requests: u64,
        reachable: &[TargetId],
    ) -> Result<Self, Broken> {
        let row = |id: &TargetId| Row::new(Some(*id), name(rehearsal.catalog, *id));
        let unserved = Row::new(None, "nobody".to_owned());
        let rows = reachable.iter().map(row).collect();
        let mut tally = Self { requests, rows, unserved, tried: BTreeSet::new() };
        for number in 0..requests {
            tally.count(&rehearsal.play(number)?);
        }
        Ok(tally)
    }

    fn count(&mut self, played: &Played) {
        self.tried.extend(played.attempts.iter().map(|attempt| attempt.id));
        let (first, last) = (played.attempts.first(), played.attempts.last());
        let served = last.filter(|_| played.ending == Ending::Served);
        let (first, served) = (first.map(|attempt| attempt.id), served.map(|attempt| attempt.id));
        for row in self.rows.iter_mut().chain([&mut self.unserved]) {
            row.first += u64::from(row.id == first);
            row.served += u64::from(row.id == served);
        }
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().chain(Some(&self.unserved).filter(|row| row.first + row.served > 0))
    }

    /// As a table.
    pub(super) fn draw(&self) -> String {
        let name = self.rows().map(|row| row.name.chars().count()).max().unwrap_or(0);
        let count = self.requests.to_string().len();
        let [first, last] = COLUMNS.map(|column| column.len().max(count + 2 + SHARE));
        let plural = if self.requests == 1 { "" } else { "s" };
        let [tried, served] = COLUMNS;
        let mut lines = vec![format!(
            "{:name$}  {tried:>first$}  {served:>last$}\n",
            format!("{} request{plural}", self.requests)
        )];
        let cell = |part: u64| format!("{part:>count$}  {:>SHARE$}", self.share(part));
        lines.extend(self.rows().map(|row| {
            format!("{:name$}  {:>first$}  {:>last$}\n", row.name, cell(row.first), cell(row.served))
        }));
        lines.concat()
    }

    /// As data.
    pub(super) fn json(&self, asked: &str) -> Value {
        let row = |row: &Row| json!({ "target": row.name, "tried_first": row.first, "served": row.served });
        json!({
            "asked": asked,
            "requests": self.requests,
            "targets": self.rows.iter().map(row).collect::<Vec<_>>(),
            "unserved": self.unserved.served,
        })
    }

    /// In percent with two digits behind the point, rounded down.
    fn share(&self, part: u64) -> String {
        let hundredths = (part * 10_000).checked_div(self.requests).unwrap_or(0);
        format!("{}.{:02} %", hundredths / 100, hundredths % 100)
    }
}

fn name(catalog: &Catalog, id: TargetId) -> String {
    catalog.target(id).map_or_else(String::new, |target| target.name.to_string())
}

// === impl Row ===

impl Row {
    const fn new(id: Option<TargetId>, name: String) -> Self {
        Self { id, name, first: 0, served: 0 }
    }
}
