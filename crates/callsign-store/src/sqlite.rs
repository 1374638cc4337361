//! The embedded engine: a `SQLite` file, or memory.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql, params_from_iter};

use crate::error::StoreError;
use crate::session::{Cell, Query, Row, Session, Value};

/// How long one gateway waits for another that writes to the same file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks at a file that another gateway makes ready.
const PAUSE: Duration = Duration::from_millis(10);

/// A connection to a file, or to a memory of its own.
pub(crate) struct Sqlite {
    connection: Connection,
}

// === impl Sqlite ===

impl Sqlite {
    /// A store that nobody else sees.
    pub(crate) fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(failed)?;
        Self { connection }.prepared("PRAGMA foreign_keys = ON")
    }

    /// The file, made where it is missing.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path).map_err(|error| StoreError::Failed(error.to_string()))?;
        // A commit survives the end of the process; the last ones may not survive a loss of power.
        connect(path)?.prepared(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; \
             PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 16777216",
        )
    }

    /// The file for reading alone; it is there already.
    pub(crate) fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        connect(path)?.prepared("PRAGMA query_only = ON")
    }

    fn prepared(self, pragmas: &str) -> Result<Self, StoreError> {
        self.connection.busy_timeout(Duration::ZERO).map_err(failed)?;
        self.patiently(pragmas).map_err(failed)?;
        self.connection.busy_timeout(PATIENCE).map_err(failed)?;
        self.connection.set_prepared_statement_cache_capacity(32);
        Ok(self)
    }

    /// Runs `pragmas`. A file that another gateway makes ready for its log is busy, and `SQLite` does not wait for that by itself.
    fn patiently(&self, pragmas: &str) -> rusqlite::Result<()> {
        let mut pauses = 0..PATIENCE.as_millis() / PAUSE.as_millis();
        loop {
            match self.connection.execute_batch(pragmas) {
                Err(error) if busy(&error) && pauses.next().is_some() => thread::sleep(PAUSE),
                done => return done,
            }
        }
    }

    /// Refuses a file with tables of somebody else's.
    pub(crate) fn refuse_foreign(&self) -> Result<(), StoreError> {
        let count = |condition: &str| {
            let statement = format!("SELECT COUNT(*) FROM sqlite_master WHERE {condition}");
            self.connection.query_row(&statement, [], |row| row.get::<_, i64>(0)).map_err(failed)
        };
        if count("type = 'table'")? > 0 && count("name = 'callsign_schema'")? == 0 {
            return Err(StoreError::Foreign);
        }
        Ok(())
    }
}

fn busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

/// No URI is read out of the path.
fn connect(path: &Path) -> Result<Sqlite, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    Ok(Sqlite { connection })
}

/// What people said to a model is for its owner's eyes alone; the files that `SQLite` puts beside it take after it.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // A file that is there is left alone: to close it would drop the locks that this process holds on it.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

impl Session for Sqlite {
    const HAS_SCHEMA: &'static str = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'callsign_schema'";

    async fn begin(&mut self) -> Result<(), StoreError> {
        self.script("BEGIN IMMEDIATE").await
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        self.script("COMMIT").await
    }

    async fn roll_back(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.script("ROLLBACK").await
        {
            tracing::warn!(%error, "a transaction could not be rolled back");
        }
    }

    async fn script(&mut self, statements: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(statements).map_err(failed)
    }

    async fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut prepared = self.connection.prepare_cached(&numbered(statement)).map_err(failed)?;
        let changed = prepared.execute(params_from_iter(values)).map_err(failed)?;
        Ok(crate::response::to_u64(changed))
    }

    async fn query(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut prepared = self.connection.prepare_cached(&numbered(statement)).map_err(failed)?;
        let columns = prepared.column_count();
        let rows = prepared.query_map(params_from_iter(values), |row| {
            (0..columns).map(|column| row.get_ref(column).map(cell)?).collect::<Result<_, _>>().map(Row::new)
        });
        rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }

    async fn query_all(&mut self, queries: &[Query<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut answers = Vec::with_capacity(queries.len());
        for (statement, values) in queries {
            answers.push(self.query(statement, values).await?);
        }
        Ok(answers)
    }
}

/// `$1` would be a name to `SQLite`, not a position.
fn numbered(statement: &str) -> String {
    statement.replace('$', "?")
}

fn cell(value: ValueRef<'_>) -> rusqlite::Result<Cell> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Number(number),
        ValueRef::Text(_) => Cell::Text(value.as_str()?.to_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_owned()),
        ValueRef::Real(_) => return Err(rusqlite::types::FromSqlError::InvalidType.into()),
    })
}

/// `SQLite`'s own words; they never repeat values.
#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Failed(error.to_string())
}

// === impl Value ===

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Number(number) => ValueRef::Integer(number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
