//! The threads that read.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use crate::ledger;
use crate::queue::{Read, Reply};
use crate::session::Session;
use crate::statements::TOTALS;

/// A queue that several readers share.
pub(crate) type Shared = Arc<Mutex<mpsc::Receiver<Read>>>;

/// Reads until the store is dropped.
pub(crate) async fn run<S: Session>(mut session: S, queue: Shared) {
    loop {
        let next = queue.lock().await.recv().await;
        let Some(read) = next else { return };
        answer(&mut session, read).await;
    }
}

/// Answers, unless whoever asked has gone meanwhile.
pub(crate) async fn answer<S: Session>(session: &mut S, read: Read) {
    match read {
        Read::Get { key, since, reply } if !reply.is_closed() => {
            tell(reply, ledger::get(session, &key, since).await);
        }
        Read::Chain { key, asked, reach, reply } if !reply.is_closed() => {
            tell(reply, ledger::chain(session, &key, &asked, reach).await);
        }
        Read::Check { reply } if !reply.is_closed() => {
            tell(reply, session.query(TOTALS, &[]).await.map(|_| ()));
        }
        _ => {}
    }
}

fn tell<T, E>(reply: Reply<T, E>, answer: Result<T, E>) {
    // An answer that nobody waits for any more is no loss.
    drop(reply.send(answer));
}
