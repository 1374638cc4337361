//! What an engine has to do: run statements within a transaction. Which statements is none of its business.

use crate::error::StoreError;

/// A value in a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Number(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// A value in a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A statement and its values.
pub(crate) type Query<'a> = (&'static str, Vec<Value<'a>>);

/// The cells of one row, taken from the left.
#[derive(Debug)]
pub(crate) struct Row(std::vec::IntoIter<Cell>);

/// A connection to an engine. It mends itself: after an error the next call begins afresh.
pub(crate) trait Session {
    /// Counts the tables called `callsign_schema`.
    const HAS_SCHEMA: &'static str;

    /// Begins a transaction that shuts out every other writer.
    async fn begin(&mut self) -> Result<(), StoreError>;

    /// Makes what was done since `begin` last.
    async fn commit(&mut self) -> Result<(), StoreError>;

    /// Forgets what was done since `begin`, or does nothing.
    async fn roll_back(&mut self);

    /// Runs several statements without values.
    async fn script(&mut self, statements: &str) -> Result<(), StoreError>;

    /// Runs a statement; gives how many rows it changed.
    async fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError>;

    /// Runs a query.
    async fn query(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError>;

    /// Runs queries in this order, none waiting for the answer to the one before.
    async fn query_all(&mut self, queries: &[Query<'_>]) -> Result<Vec<Vec<Row>>, StoreError>;
}

// === impl Value ===

impl<'a> Value<'a> {
    /// A text or nothing.
    pub(crate) fn optional(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }

    /// A count; one that is too large for a database is as large as it can be.
    pub(crate) fn count(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

// === impl Row ===

impl Row {
    pub(crate) fn new(cells: Vec<Cell>) -> Self {
        Self(cells.into_iter())
    }

    pub(crate) fn number(&mut self) -> Result<i64, StoreError> {
        match self.0.next() {
            Some(Cell::Number(number)) => Ok(number),
            _ => Err(unexpected()),
        }
    }

    /// A number that is never below 0.
    pub(crate) fn count(&mut self) -> Result<u64, StoreError> {
        u64::try_from(self.number()?).map_err(|_| unexpected())
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.optional()?.ok_or_else(unexpected)
    }

    pub(crate) fn optional(&mut self) -> Result<Option<String>, StoreError> {
        match self.0.next() {
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Null) => Ok(None),
            _ => Err(unexpected()),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.0.next() {
            Some(Cell::Bytes(bytes)) => Ok(bytes),
            _ => Err(unexpected()),
        }
    }
}

fn unexpected() -> StoreError {
    StoreError::Failed("a table holds what Callsign did not write".to_owned())
}
