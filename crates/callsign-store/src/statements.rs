//! The tables and every statement on them, in the words that both engines understand.
//!
//! A conversation is a tree of responses under one root; it is kept, expires and makes room as a whole, because a chain
//! without its beginning is of no use. `depth` and `chain` (bytes) are told of the way from the root to a response.

/// Steps from one form of the tables to the next. Never change one that was released; add another.
pub(crate) const FORMS: &[&str] = &[r"
CREATE TABLE callsign_conversations (
    owner BYTEA NOT NULL,
    root TEXT NOT NULL,
    touched BIGINT NOT NULL,
    stamp BIGINT NOT NULL,
    turns BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (owner, root)
);
CREATE INDEX callsign_conversations_touched ON callsign_conversations (touched);
CREATE UNIQUE INDEX callsign_conversations_stamp ON callsign_conversations (stamp);
CREATE TABLE callsign_responses (
    owner BYTEA NOT NULL,
    id TEXT NOT NULL,
    root TEXT NOT NULL,
    previous TEXT,
    depth BIGINT NOT NULL,
    chain BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    created BIGINT NOT NULL,
    model TEXT NOT NULL,
    input TEXT NOT NULL,
    output TEXT NOT NULL,
    response TEXT NOT NULL,
    PRIMARY KEY (owner, id),
    FOREIGN KEY (owner, root) REFERENCES callsign_conversations (owner, root) ON DELETE CASCADE
);
CREATE INDEX callsign_responses_root ON callsign_responses (owner, root);
"];

pub(crate) const MAKE_SCHEMA: &str = "CREATE TABLE callsign_schema (form BIGINT NOT NULL)";
pub(crate) const FORM: &str = "SELECT COALESCE(MAX(form), 0) FROM callsign_schema";
pub(crate) const SET_FORM: &str = "INSERT INTO callsign_schema (form) VALUES ($1)";

/// The places of a response and of the one before it, if they are kept.
pub(crate) const PLACES: &str = "SELECT id, root, depth, chain FROM callsign_responses \
     WHERE owner = $1 AND (id = $2 OR id = $3)";

/// The stamp puts conversations in the order of their last turn, whatever clocks say.
pub(crate) const TOUCH: &str = "INSERT INTO callsign_conversations (owner, root, touched, stamp, turns, bytes) VALUES \
     ($1, $2, $3, (SELECT COALESCE(MAX(stamp), 0) + 1 FROM callsign_conversations), 1, $4) \
     ON CONFLICT (owner, root) DO UPDATE SET touched = excluded.touched, stamp = excluded.stamp, \
     turns = callsign_conversations.turns + 1, bytes = callsign_conversations.bytes + excluded.bytes";

pub(crate) const INSERT: &str = "INSERT INTO callsign_responses \
     (owner, id, root, previous, depth, chain, bytes, created, model, input, output, response) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

pub(crate) const DELETE: &str =
    "DELETE FROM callsign_responses WHERE owner = $1 AND id = $2 RETURNING root, bytes";
pub(crate) const SHRINK: &str = "UPDATE callsign_conversations SET turns = turns - 1, bytes = bytes - $3 \
     WHERE owner = $1 AND root = $2";
pub(crate) const DROP_EMPTY: &str =
    "DELETE FROM callsign_conversations WHERE owner = $1 AND root = $2 AND turns <= 0";

/// Not all at once, so that no transaction grows without bound.
pub(crate) const EXPIRE: &str = "DELETE FROM callsign_conversations WHERE stamp IN \
     (SELECT stamp FROM callsign_conversations WHERE touched <= $1 ORDER BY touched LIMIT 500)";

pub(crate) const TOTALS: &str = "SELECT CAST(COALESCE(SUM(turns), 0) AS BIGINT), \
     CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM callsign_conversations";
pub(crate) const OLDEST: &str =
    "SELECT owner, root, turns, bytes FROM callsign_conversations ORDER BY stamp LIMIT 100";
pub(crate) const DROP: &str = "DELETE FROM callsign_conversations WHERE owner = $1 AND root = $2";

pub(crate) const GET: &str = "SELECT r.previous, r.created, r.model, r.input, r.output, r.response \
     FROM callsign_responses r JOIN callsign_conversations c ON c.owner = r.owner AND c.root = r.root \
     WHERE r.owner = $1 AND r.id = $2 AND c.touched > $3";

pub(crate) const MEASURE: &str = "SELECT r.depth, r.chain \
     FROM callsign_responses r JOIN callsign_conversations c ON c.owner = r.owner AND c.root = r.root \
     WHERE r.owner = $1 AND r.id = $2 AND c.touched > $3";

/// From a response back to its root. Depths fall from step to step, so that it ends even where ids form a circle.
pub(crate) const CHAIN: &str = "WITH RECURSIVE chain (id, previous, depth) AS ( \
     SELECT id, previous, depth FROM callsign_responses WHERE owner = $1 AND id = $2 \
     UNION ALL \
     SELECT r.id, r.previous, r.depth FROM chain JOIN callsign_responses r \
     ON r.owner = $1 AND r.id = chain.previous AND r.depth < chain.depth) \
     SELECT r.previous, r.id, r.input, r.output FROM chain JOIN callsign_responses r \
     ON r.owner = $1 AND r.id = chain.id ORDER BY r.depth";
