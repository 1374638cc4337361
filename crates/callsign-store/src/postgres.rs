//! The shared engine: a connection to `PostgreSQL` that is made when it is needed, and made again when it breaks.
//!
//! Statements are never prepared by name, so that a pooler between us and the database may hand every transaction to
//! another of its connections.

mod address;
mod binding;
mod tls;

use std::time::Duration;

use futures_util::future::try_join_all;
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Error};

use crate::error::StoreError;
use crate::ledger;
use crate::session::{Cell, Query, Row, Session, Value};
use tls::Connector;

/// How long one statement, or making a connection, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a connection could not be made, nobody waits for another try so soon.
const PAUSE: Duration = Duration::from_secs(1);

/// A connection that mends itself, except within a transaction.
pub(crate) struct Postgres {
    config: Config,
    tls: Connector,
    password: Option<SecretString>,
    link: Option<Link>,
    away: Option<(Instant, StoreError)>,
    stage: Stage,
}

/// A connection that works, or did so lately.
struct Link {
    client: Client,
    /// What moves its bytes; ends with it.
    #[expect(dead_code, reason = "held so that it is dropped together with the client")]
    wire: JoinSet<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    /// What is sent belongs together, so no other connection can go on with it.
    Transaction,
}

// === impl Postgres ===

impl Postgres {
    /// Reads how to reach the database, and does not reach for it yet.
    pub(crate) fn new(connection: &str) -> Result<Self, StoreError> {
        let address = address::parse(connection)?;
        let password = address.config.get_password().filter(|password| !password.is_empty());
        let password = password.map(|password| String::from_utf8_lossy(password).into_owned().into());
        Ok(Self {
            password,
            tls: Connector::new(&address)?,
            config: address.config,
            link: None,
            away: None,
            stage: Stage::Idle,
        })
    }

    /// Runs statements on the connection, once more on a new one if the old turns out to be gone.
    async fn call<T>(&mut self, work: impl AsyncFn(&Client) -> Result<T, Error>) -> Result<T, StoreError> {
        let reused = self.link.as_ref().is_some_and(|link| !link.client.is_closed());
        let first = self.call_once(&work).await;
        let again = reused && self.stage == Stage::Idle && matches!(first, Err(StoreError::Unreachable(_)));
        if again { self.call_once(&work).await } else { first }
    }

    async fn call_once<T>(
        &mut self,
        work: &impl AsyncFn(&Client) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let client = self.connected().await?;
        let done = timeout(PATIENCE, work(client)).await;
        let error = match done {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => self.told(&error),
            Err(_) => StoreError::Late,
        };
        if !matches!(error, StoreError::Failed(_)) {
            self.link = None;
        }
        Err(error)
    }

    async fn connected(&mut self) -> Result<&Client, StoreError> {
        let alive = self.link.as_ref().is_some_and(|link| !link.client.is_closed());
        if !alive {
            self.link = None;
            if self.stage == Stage::Transaction {
                return Err(StoreError::Unreachable("the connection broke".to_owned()));
            }
            self.connect().await?;
        }
        self.link.as_ref().map(|link| &link.client).ok_or(StoreError::Closed)
    }

    async fn connect(&mut self) -> Result<(), StoreError> {
        if let Some((when, error)) = &self.away
            && when.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        match timeout(PATIENCE, self.link()).await.unwrap_or(Err(StoreError::Late)) {
            Ok(link) => (self.link, self.away) = (Some(link), None),
            Err(error) => {
                self.away = Some((Instant::now(), error.clone()));
                return Err(error);
            }
        }
        Ok(())
    }

    /// A new connection to tables of the form that this version knows.
    async fn link(&self) -> Result<Link, StoreError> {
        let connected = self.config.connect(self.tls.clone()).await;
        let (client, connection) =
            connected.map_err(|error| StoreError::Unreachable(self.without_password(&reason(&error))))?;
        let mut wire = JoinSet::new();
        wire.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = reason(&error), "the connection to the database broke");
            }
        });
        let mut link = Migrating { client: &client, database: self };
        ledger::migrate(&mut link).await?;
        Ok(Link { client, wire })
    }

    fn told(&self, error: &Error) -> StoreError {
        let text = self.without_password(&reason(error));
        if is_lost(error) { StoreError::Unreachable(text) } else { StoreError::Failed(text) }
    }

    /// No server is known to repeat a password; none shall be the first.
    fn without_password(&self, text: &str) -> String {
        match &self.password {
            Some(password) => text.replace(password.expose_secret(), "***"),
            None => text.to_owned(),
        }
    }
}

/// Whether the connection is gone, or going.
fn is_lost(error: &Error) -> bool {
    let leaving = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
    match error.code() {
        Some(code) => leaving.contains(code),
        // What is not an answer of the server's is a trouble of the wire.
        None => true,
    }
}

/// The error and its causes. A server's detail lines are left out: they repeat values.
fn reason(error: &Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{} ({})", error.message(), error.code().code());
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.contains(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    text
}

const HAS_SCHEMA: &str = "SELECT COUNT(to_regclass('callsign_schema'))";

/// One writer at a time, of all gateways: they never wait for each other in a circle. A gateway that dies amid a
/// transaction does not hold up the others for long.
const BEGIN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '15s'; \
     SELECT pg_advisory_xact_lock(4846791580151137902)";

impl Session for Postgres {
    const HAS_SCHEMA: &'static str = HAS_SCHEMA;

    async fn begin(&mut self) -> Result<(), StoreError> {
        self.stage = Stage::Idle;
        self.script(BEGIN).await?;
        self.stage = Stage::Transaction;
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        self.script("COMMIT").await?;
        self.stage = Stage::Idle;
        Ok(())
    }

    async fn roll_back(&mut self) {
        let open = self.link.is_some() && self.stage == Stage::Transaction;
        if open && self.script("ROLLBACK").await.is_err() {
            // The server rolls back what a lost connection began.
            self.link = None;
        }
        self.stage = Stage::Idle;
    }

    async fn script(&mut self, statements: &str) -> Result<(), StoreError> {
        self.call(async |client| client.batch_execute(statements).await).await
    }

    async fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let values = typed(values);
        self.call(async |client| client.execute_typed(statement, &values).await).await
    }

    async fn query(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let values = typed(values);
        let rows = self.call(async |client| client.query_typed(statement, &values).await).await?;
        rows.iter().map(cells).collect()
    }

    async fn query_all(&mut self, queries: &[Query<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let queries: Vec<_> = queries.iter().map(|(statement, values)| (*statement, typed(values))).collect();
        let all = async |client: &Client| {
            // The driver sends what is asked for side by side in the order of the first poll.
            try_join_all(queries.iter().map(|(statement, values)| client.query_typed(statement, values)))
                .await
        };
        let answers = self.call(all).await?;
        answers.iter().map(|rows| rows.iter().map(cells).collect()).collect()
    }
}

/// A connection before anybody else may use it.
struct Migrating<'a> {
    client: &'a Client,
    database: &'a Postgres,
}

impl Session for Migrating<'_> {
    const HAS_SCHEMA: &'static str = HAS_SCHEMA;

    async fn begin(&mut self) -> Result<(), StoreError> {
        self.script(BEGIN).await
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        self.script("COMMIT").await
    }

    async fn roll_back(&mut self) {
        // The connection is thrown away after an error.
    }

    async fn script(&mut self, statements: &str) -> Result<(), StoreError> {
        self.client.batch_execute(statements).await.map_err(|error| self.database.told(&error))
    }

    async fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let done = self.client.execute_typed(statement, &typed(values)).await;
        done.map_err(|error| self.database.told(&error))
    }

    async fn query(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let done = self.client.query_typed(statement, &typed(values)).await;
        done.map_err(|error| self.database.told(&error))?.iter().map(cells).collect()
    }

    async fn query_all(&mut self, queries: &[Query<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut answers = Vec::with_capacity(queries.len());
        for (statement, values) in queries {
            answers.push(self.query(statement, values).await?);
        }
        Ok(answers)
    }
}

// === impl Value ===

fn typed<'a>(values: &'a [Value<'_>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    let typed = |value: &'a Value<'_>| -> (&'a (dyn ToSql + Sync), Type) {
        match value {
            Value::Null => (&None::<&str>, Type::TEXT),
            Value::Number(number) => (number, Type::INT8),
            Value::Text(text) => (text, Type::TEXT),
            Value::Bytes(bytes) => (bytes, Type::BYTEA),
        }
    };
    values.iter().map(typed).collect()
}

fn cells(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let cell = |(at, column): (usize, &tokio_postgres::Column)| {
        let cell = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(at).map(|value| value.map(Cell::Number)),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at).map(|value| value.map(Cell::Bytes)),
            _ => row.try_get::<_, Option<String>>(at).map(|value| value.map(Cell::Text)),
        };
        cell.map(|cell| cell.unwrap_or(Cell::Null)).map_err(|error| StoreError::Failed(error.to_string()))
    };
    row.columns().iter().enumerate().map(cell).collect::<Result<_, _>>().map(Row::new)
}
