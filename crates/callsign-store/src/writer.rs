//! The thread that writes: everything in the order it came, several writes in one transaction.

use std::sync::Arc;

use callsign_plan::storage::Limits;
use tokio::sync::mpsc;

use crate::error::StoreError;
use crate::ledger::{self, Bounds, Entry};
use crate::queue::{Change, Read, Write};
use crate::reader;
use crate::response::to_u64;
use crate::session::Session;
use crate::unwritten::Unwritten;

/// Most writes of one transaction.
const BATCH: usize = 64;
/// A transaction ends when it holds more bytes than this.
const BATCH_BYTES: u64 = 8 << 20;

/// One engine's only writer.
pub(crate) struct Writer<S> {
    session: S,
    unwritten: Arc<Unwritten>,
    ttl: i64,
    bounds: Bounds,
    /// What may still come before there is to be looked whether it is too much.
    room: Bounds,
}

/// What the writer is fed with. `reads` are those of an engine that only one thread can use.
pub(crate) struct Queues {
    pub(crate) writes: mpsc::Receiver<Write>,
    pub(crate) reads: Option<mpsc::Receiver<Read>>,
}

// === impl Writer ===

impl<S: Session> Writer<S> {
    pub(crate) fn new(session: S, unwritten: Arc<Unwritten>, limits: &Limits, bytes: u64) -> Self {
        let bounds = Bounds { entries: limits.entries, bytes };
        let ttl = i64::try_from(limits.ttl.as_secs()).unwrap_or(i64::MAX);
        Self { session, unwritten, ttl, bounds, room: Bounds { entries: 0, bytes: 0 } }
    }

    /// Writes until the store is dropped and everything is written.
    pub(crate) async fn run(mut self, mut queues: Queues) {
        loop {
            let Queues { writes, reads } = &mut queues;
            tokio::select! {
                write = writes.recv() => match write {
                    Some(write) => self.write(gather(write, writes)).await,
                    None => return,
                },
                Some(read) = next_read(reads) => reader::answer(&mut self.session, read).await,
            }
        }
    }

    async fn write(&mut self, batch: Vec<Write>) {
        let mut done = self.attempt(&batch).await;
        // One write that cannot be done shall not take the others with it.
        if matches!(done, Err(StoreError::Failed(_))) && batch.len() > 1 {
            for write in batch {
                let alone = [write];
                done = self.attempt(&alone).await;
                self.settle(alone, done);
            }
            return;
        }
        self.settle(batch, done);
    }

    /// The whole batch in one transaction; gives how many things each write changed.
    async fn attempt(&mut self, batch: &[Write]) -> Result<Vec<u64>, StoreError> {
        if batch.iter().all(|write| matches!(write.change, Change::Flush)) {
            return Ok(vec![0; batch.len()]);
        }
        self.session.begin().await?;
        let changed = self.apply(batch).await;
        let done = match changed {
            Ok(counts) => self.session.commit().await.map(|()| counts),
            Err(error) => Err(error),
        };
        if done.is_err() {
            self.session.roll_back().await;
            // What was counted may not be there.
            self.room = Bounds { entries: 0, bytes: 0 };
        }
        done
    }

    async fn apply(&mut self, batch: &[Write]) -> Result<Vec<u64>, StoreError> {
        let now = batch.iter().map(|write| write.now).max().unwrap_or_default();
        let expired = ledger::expire(&mut self.session, now.saturating_sub(self.ttl)).await?;
        let mut counts = Vec::with_capacity(batch.len());
        for run in batch.chunk_by(|one, next| one.is_put() && next.is_put()) {
            let puts: Vec<_> = run.iter().filter_map(Write::entry).collect();
            ledger::put(&mut self.session, &puts).await?;
            self.spend(&puts);
            for write in run {
                counts.push(match &write.change {
                    Change::Put(_) => 1,
                    Change::Delete(key) => {
                        u64::from(ledger::delete(&mut self.session, key.owner, &key.id).await?)
                    }
                    Change::Sweep => expired,
                    Change::Flush => 0,
                });
            }
        }
        self.make_room().await?;
        Ok(counts)
    }

    fn spend(&mut self, puts: &[Entry<'_>]) {
        let bytes = puts.iter().map(|(response, _)| response.bytes()).sum();
        self.room.entries = self.room.entries.saturating_sub(to_u64(puts.len()));
        self.room.bytes = self.room.bytes.saturating_sub(bytes);
    }

    /// Counting everything takes time, so it is done once for each 64th part of what may be kept.
    async fn make_room(&mut self) -> Result<(), StoreError> {
        if self.room.entries > 0 && self.room.bytes > 0 {
            return Ok(());
        }
        let slack = Bounds { entries: self.bounds.entries / 64, bytes: self.bounds.bytes / 64 };
        let most =
            Bounds { entries: self.bounds.entries - slack.entries, bytes: self.bounds.bytes - slack.bytes };
        let dropped = ledger::make_room(&mut self.session, most).await?;
        if dropped > 0 {
            tracing::debug!(dropped, "conversations that rested longest made room");
        }
        self.room = slack;
        Ok(())
    }

    fn settle(&self, batch: impl IntoIterator<Item = Write>, done: Result<Vec<u64>, StoreError>) {
        let mut counts = done.map(Vec::into_iter);
        for Write { change, reply, .. } in batch {
            if let Change::Put(response) = &change {
                self.unwritten.settle(response);
            }
            let answer = match &mut counts {
                Ok(counts) => Ok(counts.next().unwrap_or_default()),
                Err(error) => Err(error.clone()),
            };
            // Whoever asked may have gone; what was done stays done.
            drop(reply.send(answer));
        }
    }
}

// === impl Write ===

impl Write {
    fn entry(&self) -> Option<Entry<'_>> {
        match &self.change {
            Change::Put(response) => Some((response, self.now)),
            _ => None,
        }
    }

    fn is_put(&self) -> bool {
        self.entry().is_some()
    }
}

/// The write, and what waits behind it.
fn gather(first: Write, queue: &mut mpsc::Receiver<Write>) -> Vec<Write> {
    let mut bytes = size(&first);
    let mut batch = vec![first];
    while batch.len() < BATCH && bytes < BATCH_BYTES {
        let Ok(next) = queue.try_recv() else { break };
        bytes += size(&next);
        batch.push(next);
    }
    batch
}

fn size(write: &Write) -> u64 {
    write.entry().map_or(0, |(response, _)| response.bytes())
}

async fn next_read(reads: &mut Option<mpsc::Receiver<Read>>) -> Option<Read> {
    match reads {
        Some(reads) => reads.recv().await,
        None => std::future::pending().await,
    }
}
