//! The file that history is kept in. It is `SQLite`'s, and nobody else's is touched.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use super::{Kept, Place, Wanted};
use crate::error::StoreError;
use crate::sqlite::make_private;

/// The file, for its writer.
pub(super) struct File {
    connection: Connection,
    path: PathBuf,
    /// Which file it was when it was opened.
    identity: Option<(u64, u64)>,
}

/// The file, for somebody who reads.
pub(super) struct Reading(Connection);

/// Why nothing can be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Damage {
    /// It is no such file any more.
    #[error("it cannot be read")]
    Unreadable,
    /// There is no room.
    #[error("there is no room left on the disk, or in `history.max_size`")]
    Full,
    /// Something else.
    #[error("{0}")]
    Failed(String),
}

type Minutes = BTreeMap<(u64, &'static str, Arc<str>), Box<str>>;

/// What the file says it is: "csh1".
const OURS: i64 = 0x6373_6831;
/// The form of its tables.
const FORM: i64 = 1;
/// How long another process that writes is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// The oldest part that goes at once where there is no room, as a part of all.
const SLICE: u64 = 16;

/// Records have row numbers: in a tree of keys alone, a kilobyte would take a page of its own.
const TABLES: &str = "
    CREATE TABLE minutes (
        kind TEXT NOT NULL, name TEXT NOT NULL, minute INTEGER NOT NULL, writer TEXT NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (kind, name, minute, writer)
    ) WITHOUT ROWID;
    CREATE INDEX minutes_by_age ON minutes (minute);
    CREATE TABLE records (
        id TEXT NOT NULL PRIMARY KEY, began_ms INTEGER NOT NULL, alias TEXT, targets TEXT NOT NULL,
        ended TEXT NOT NULL, text TEXT NOT NULL
    );
    CREATE INDEX records_by_age ON records (began_ms);
    CREATE INDEX records_by_alias ON records (alias, id);";

// === impl File ===

impl File {
    /// Opens the file, or makes it.
    pub(super) fn open(place: &Place) -> Result<Self, Damage> {
        make_private(&place.path).map_err(|error| Damage::Failed(error.to_string()))?;
        let connection = connect(&place.path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304",
        )?;
        prepare(&connection)?;
        let whole: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if whole != "ok" {
            return Err(Damage::Unreadable);
        }
        let page = number(&connection, "PRAGMA page_size")?.max(512);
        // A little more than is wanted, so that there is room to make room.
        let pages = place.size / page + place.size / page / 4 + 64;
        connection.execute_batch(&format!("PRAGMA max_page_count = {pages}"))?;
        Ok(Self { connection, path: place.path.clone(), identity: identity(&place.path) })
    }

    /// Whether the file is another one, or none, by now.
    pub(super) fn is_gone(&self) -> bool {
        identity(&self.path) != self.identity
    }

    /// Writes everything, or nothing.
    pub(super) fn write(&mut self, records: &[Kept], minutes: &Minutes, writer: &str) -> Result<(), Damage> {
        let transaction = self.connection.transaction()?;
        {
            let mut put =
                transaction.prepare_cached("INSERT OR REPLACE INTO minutes VALUES (?1, ?2, ?3, ?4, ?5)")?;
            for ((minute, kind, name), text) in minutes {
                put.execute(params![kind, name, signed(*minute), writer, text])?;
            }
            let mut put = transaction
                .prepare_cached("INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            for Kept { id, began_ms, alias, targets, ended, text } in records {
                let targets = targets.iter().fold("\n".to_owned(), |all, target| all + target + "\n");
                put.execute(params![id, signed(*began_ms), alias.as_deref(), targets, ended, text])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Lets go of what is too old, and of the oldest until no more than `bytes` are left.
    pub(super) fn tidy(&mut self, place: &Place, bytes: u64, now_ms: u64) -> Result<(), Damage> {
        let age = u64::try_from(place.retention.as_millis()).unwrap_or(u64::MAX);
        self.forget_before(now_ms.saturating_sub(age))?;
        for _ in 0..SLICE {
            let page = number(&self.connection, "PRAGMA page_size")?;
            let used = number(&self.connection, "PRAGMA page_count")?;
            let free = number(&self.connection, "PRAGMA freelist_count")?;
            if used.saturating_sub(free).saturating_mul(page) <= bytes {
                break;
            }
            let oldest = self.oldest()?;
            let slice = now_ms.saturating_sub(oldest) / SLICE;
            self.forget_before(oldest.saturating_add(slice.max(60_000)))?;
        }
        Ok(())
    }

    fn oldest(&self) -> Result<u64, Damage> {
        let minutes = number(&self.connection, "SELECT COALESCE(MIN(minute), 1 << 40) * 60000 FROM minutes")?;
        Ok(minutes.min(number(&self.connection, "SELECT COALESCE(MIN(began_ms), 1 << 60) FROM records")?))
    }

    fn forget_before(&self, ms: u64) -> Result<(), Damage> {
        self.connection.execute("DELETE FROM minutes WHERE minute < ?1", [signed(ms / 60_000)])?;
        self.connection.execute("DELETE FROM records WHERE began_ms < ?1", [signed(ms)])?;
        Ok(())
    }
}

/// Makes the tables of a new file. One of somebody else's, or of a later version, is left alone.
fn prepare(connection: &Connection) -> Result<(), Damage> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let made = make(connection);
    let end = if made.is_ok() { "COMMIT" } else { "ROLLBACK" };
    connection.execute_batch(end)?;
    made
}

fn make(connection: &Connection) -> Result<(), Damage> {
    if number(connection, "SELECT COUNT(*) FROM sqlite_master")? == 0 {
        connection.execute_batch(TABLES)?;
        let marks = format!("PRAGMA application_id = {OURS}; PRAGMA user_version = {FORM}");
        return Ok(connection.execute_batch(&marks)?);
    }
    let whose: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let form: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match (whose, form) {
        (OURS, FORM) => Ok(()),
        (OURS, _) => Err(Damage::Failed(
            "another version of Callsign wrote it; name another `history.path`".to_owned(),
        )),
        _ => Err(Damage::Failed("it is somebody else's database; name another `history.path`".to_owned())),
    }
}

/// Puts an unreadable file out of the way, with what `SQLite` keeps beside it.
pub(super) fn set_aside(path: &Path, now: u64) -> io::Result<PathBuf> {
    let with = |path: &Path, end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let aside = with(path, &format!(".unreadable-{now}"));
    fs::rename(path, &aside)?;
    for end in ["-wal", "-shm"] {
        match fs::rename(with(path, end), with(&aside, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// No URI is read out of the path.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

fn number(connection: &Connection, query: &str) -> rusqlite::Result<u64> {
    connection
        .query_row(query, [], |row| row.get::<_, i64>(0))
        .map(|number| u64::try_from(number).unwrap_or(0))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

// === impl Damage ===

impl From<rusqlite::Error> for Damage {
    /// `SQLite`'s own words never repeat values.
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Unreadable,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Failed(error.to_string()),
        }
    }
}

// === impl Reading ===

impl Reading {
    /// The file, if there is one.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        let connection = connect(path).map_err(failed)?;
        connection.execute_batch("PRAGMA query_only = ON").map_err(failed)?;
        Ok(Some(Self(connection)))
    }

    pub(super) fn minutes(
        &self,
        (kind, name): (&str, &str),
        (from, to): (u64, u64),
        (writer, own): (&str, u64),
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let query = "SELECT minute, text FROM minutes WHERE kind = ?1 AND name = ?2 AND minute BETWEEN ?3 AND ?4 \
                     AND (writer <> ?5 OR minute < ?6)";
        let mut statement = self.0.prepare(query).map_err(failed)?;
        let values = params![kind, name, signed(from), signed(to), writer, signed(own)];
        let rows = statement
            .query_map(values, |row| Ok((u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0), row.get(1)?)))
            .map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    pub(super) fn records(&self, wanted: &Wanted) -> Result<Vec<String>, StoreError> {
        let Wanted { alias, target, ended, before, most } = wanted;
        let target = target.as_ref().map(|target| format!("\n{target}\n"));
        let query = "SELECT text FROM records WHERE (?1 IS NULL OR alias = ?1) AND (?2 IS NULL OR instr(targets, ?2) > 0) \
                     AND (?3 IS NULL OR ended = ?3) AND (?4 IS NULL OR id < ?4) ORDER BY id DESC LIMIT ?5";
        let mut statement = self.0.prepare(query).map_err(failed)?;
        let most = i64::try_from(*most).unwrap_or(i64::MAX);
        let rows = statement
            .query_map(params![alias, target, ended, before, most], |row| row.get(0))
            .map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    pub(super) fn record(&self, id: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.0.prepare("SELECT text FROM records WHERE id = ?1").map_err(failed)?;
        let mut rows = statement.query([id]).map_err(failed)?;
        rows.next().map_err(failed)?.map(|row| row.get(0)).transpose().map_err(failed)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Failed(error.to_string())
}
