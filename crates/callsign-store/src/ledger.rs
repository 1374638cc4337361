//! What a write or a read means in statements. The caller begins and ends the transactions.

use std::collections::{HashMap, HashSet};

use crate::error::{ConversationError, StoreError};
use crate::owner::Owner;
use crate::response::{StoredResponse, Turn};
use crate::session::{Query, Row, Session, Value};
use crate::statements as sql;

/// What a response is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) owner: Owner,
    pub(crate) id: String,
}

/// How much there is room for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

/// What a chain may hold, and since when its conversation must have been used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) turns: u64,
    pub(crate) bytes: u64,
    pub(crate) since: i64,
}

/// A response to be kept, and when.
pub(crate) type Entry<'a> = (&'a StoredResponse, i64);

/// Where a response stands in its conversation.
#[derive(Debug, Clone)]
struct Place {
    root: String,
    depth: u64,
    chain: u64,
}

/// The places that are known, by owner and id.
type Places = HashMap<Key, Place>;

/// Brings the tables to the form that this version knows.
pub(crate) async fn migrate<S: Session>(session: &mut S) -> Result<(), StoreError> {
    session.begin().await?;
    let done = migrate_within(session).await;
    match done {
        Ok(()) => session.commit().await,
        Err(error) => {
            session.roll_back().await;
            Err(error)
        }
    }
}

async fn migrate_within<S: Session>(session: &mut S) -> Result<(), StoreError> {
    if first_number(session.query(S::HAS_SCHEMA, &[]).await?)? == 0 {
        session.script(sql::MAKE_SCHEMA).await?;
    }
    let found = first_number(session.query(sql::FORM, &[]).await?)?;
    let known = i64::try_from(sql::FORMS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Later { found, known });
    }
    for (form, step) in (1..).zip(sql::FORMS).filter(|(form, _)| *form > found) {
        session.script(step).await?;
        session.execute(sql::SET_FORM, &[Value::Number(form)]).await?;
    }
    Ok(())
}

/// Keeps responses in this order, each in the place of one of the same name.
pub(crate) async fn put<S: Session>(session: &mut S, mut entries: &[Entry<'_>]) -> Result<(), StoreError> {
    while !entries.is_empty() {
        let mut names = HashSet::new();
        let repeated = entries.iter().position(|(response, _)| !names.insert(response.key()));
        let Some((distinct, rest)) = entries.split_at_checked(repeated.unwrap_or(entries.len())) else {
            break;
        };
        put_distinct(session, distinct).await?;
        entries = rest;
    }
    Ok(())
}

/// Two questions to the engine for them all, however far away it is; further ones only for those there already.
async fn put_distinct<S: Session>(session: &mut S, entries: &[Entry<'_>]) -> Result<(), StoreError> {
    let mut places = places(session, entries).await?;
    for (response, _) in entries {
        if places.contains_key(&response.key()) {
            delete(session, response.owner, &response.id).await?;
        }
    }
    let mut found = Vec::with_capacity(entries.len());
    for (response, _) in entries {
        let place = place(response, &places);
        places.insert(response.key(), place.clone());
        found.push(place);
    }
    let queries =
        entries.iter().zip(&found).flat_map(|(entry, place)| [touch(*entry, place), insert(entry.0, place)]);
    session.query_all(&queries.collect::<Vec<_>>()).await.map(drop)
}

/// Where these responses and those before them stand, as far as they are kept.
async fn places<S: Session>(session: &mut S, entries: &[Entry<'_>]) -> Result<Places, StoreError> {
    let queries: Vec<_> = entries.iter().map(|(response, _)| look_up(response)).collect();
    let answers = session.query_all(&queries).await?;
    let mut places = Places::new();
    for ((response, _), rows) in entries.iter().zip(answers) {
        for mut row in rows {
            let key = Key { owner: response.owner, id: row.text()? };
            places.insert(key, Place { root: row.text()?, depth: row.count()?, chain: row.count()? });
        }
    }
    Ok(places)
}

fn look_up(response: &StoredResponse) -> Query<'_> {
    let previous = Value::optional(response.previous.as_deref());
    (sql::PLACES, vec![Value::Bytes(response.owner.bytes()), Value::Text(&response.id), previous])
}

fn place(response: &StoredResponse, places: &Places) -> Place {
    let previous = response.previous.as_ref().filter(|previous| **previous != response.id);
    let before = previous.and_then(|id| places.get(&Key { owner: response.owner, id: id.clone() }));
    Place {
        root: before.map_or_else(|| response.id.clone(), |place| place.root.clone()),
        depth: before.map_or(0, |place| place.depth) + 1,
        chain: before.map_or(0, |place| place.chain) + response.items_bytes(),
    }
}

fn touch<'a>((response, now): Entry<'a>, place: &'a Place) -> Query<'a> {
    let owner = Value::Bytes(response.owner.bytes());
    let bytes = Value::count(response.bytes());
    (sql::TOUCH, vec![owner, Value::Text(&place.root), Value::Number(now), bytes])
}

fn insert<'a>(response: &'a StoredResponse, place: &'a Place) -> Query<'a> {
    let values = vec![
        Value::Bytes(response.owner.bytes()),
        Value::Text(&response.id),
        Value::Text(&place.root),
        Value::optional(response.previous.as_deref()),
        Value::count(place.depth),
        Value::count(place.chain),
        Value::count(response.bytes()),
        Value::Number(response.created_unix),
        Value::Text(&response.model),
        Value::Text(&response.input),
        Value::Text(&response.output),
        Value::Text(&response.response),
    ];
    (sql::INSERT, values)
}

/// Forgets a response; says whether there was one.
pub(crate) async fn delete<S: Session>(session: &mut S, owner: Owner, id: &str) -> Result<bool, StoreError> {
    let owner = Value::Bytes(owner.bytes());
    let rows = session.query(sql::DELETE, &[owner, Value::Text(id)]).await?;
    let Some(mut row) = rows.into_iter().next() else { return Ok(false) };
    let (root, bytes) = (row.text()?, row.number()?);
    let root = Value::Text(&root);
    session.execute(sql::SHRINK, &[owner, root, Value::Number(bytes)]).await?;
    session.execute(sql::DROP_EMPTY, &[owner, root]).await?;
    Ok(true)
}

/// Forgets conversations that nobody went on with since then, not all at once; gives how many.
pub(crate) async fn expire<S: Session>(session: &mut S, since: i64) -> Result<u64, StoreError> {
    session.execute(sql::EXPIRE, &[Value::Number(since)]).await
}

/// Forgets the conversations that rested longest, until there is only so much; gives how many.
pub(crate) async fn make_room<S: Session>(session: &mut S, bounds: Bounds) -> Result<u64, StoreError> {
    let totals = session.query(sql::TOTALS, &[]).await?.into_iter().next();
    let Some(mut totals) = totals else { return Ok(0) };
    let (mut turns, mut bytes) = (totals.count()?, totals.count()?);
    let mut dropped = 0;
    while turns > bounds.entries || bytes > bounds.bytes {
        let oldest = session.query(sql::OLDEST, &[]).await?;
        if oldest.is_empty() {
            break;
        }
        for mut row in oldest {
            if turns <= bounds.entries && bytes <= bounds.bytes {
                break;
            }
            let (owner, root) = (row.bytes()?, row.text()?);
            session.execute(sql::DROP, &[Value::Bytes(&owner), Value::Text(&root)]).await?;
            turns = turns.saturating_sub(row.count()?);
            bytes = bytes.saturating_sub(row.count()?);
            dropped += 1;
        }
    }
    Ok(dropped)
}

/// A response, if its conversation was used since then.
pub(crate) async fn get<S: Session>(
    session: &mut S,
    key: &Key,
    since: i64,
) -> Result<Option<StoredResponse>, StoreError> {
    let values = [Value::Bytes(key.owner.bytes()), Value::Text(&key.id), Value::Number(since)];
    let Some(mut row) = session.query(sql::GET, &values).await?.into_iter().next() else {
        return Ok(None);
    };
    Ok(Some(StoredResponse {
        id: key.id.clone(),
        owner: key.owner,
        previous: row.optional()?,
        created_unix: row.number()?,
        model: row.text()?,
        input: row.text()?,
        output: row.text()?,
        response: row.text()?,
    }))
}

/// The turns from the first one to `key`; errors speak of `asked`.
pub(crate) async fn chain<S: Session>(
    session: &mut S,
    key: &Key,
    asked: &str,
    reach: Reach,
) -> Result<Vec<Turn>, ConversationError> {
    let owner = Value::Bytes(key.owner.bytes());
    let id = || asked.to_owned();
    let values = [owner, Value::Text(&key.id), Value::Number(reach.since)];
    let Some(mut row) = session.query(sql::MEASURE, &values).await?.into_iter().next() else {
        return Err(ConversationError::Missing { id: id() });
    };
    let (depth, bytes) = (row.count()?, row.count()?);
    reach.check(asked, depth, bytes)?;
    let rows = session.query(sql::CHAIN, &[owner, Value::Text(&key.id)]).await?;
    // Between the two queries the conversation may have been dropped.
    let mut turns = Vec::with_capacity(rows.len());
    for mut row in rows {
        let before = row.optional()?;
        if before.as_deref() != turns.last().map(|turn: &Turn| turn.id.as_str()) {
            return Err(ConversationError::Broken { id: id() });
        }
        turns.push(Turn { id: row.text()?, input: row.text()?, output: row.text()? });
    }
    let whole = turns.last().is_some_and(|turn| turn.id == key.id);
    if whole { Ok(turns) } else { Err(ConversationError::Missing { id: id() }) }
}

fn first_number(rows: Vec<Row>) -> Result<i64, StoreError> {
    let first = rows.into_iter().next();
    first
        .map_or_else(|| Err(StoreError::Failed("a count came back empty".to_owned())), |mut row| row.number())
}

// === impl Reach ===

impl Reach {
    /// Refuses what is too long or too large.
    pub(crate) fn check(&self, id: &str, turns: u64, bytes: u64) -> Result<(), ConversationError> {
        let id = || id.to_owned();
        if turns > self.turns {
            return Err(ConversationError::TooLong { id: id(), turns, limit: self.turns });
        }
        if bytes > self.bytes {
            return Err(ConversationError::TooLarge { id: id(), bytes, limit: self.bytes });
        }
        Ok(())
    }
}
