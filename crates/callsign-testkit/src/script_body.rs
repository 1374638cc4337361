//! A scripted reply as a hyper body, for the upstreams whose framing hyper does.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec::IntoIter;

use bytes::Bytes;
use hyper::body::{Body, Frame};

use crate::ledger::Ledger;
use crate::reply::Piece;

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The pieces of a reply's body; dropped before its end, it notes that the client has left.
pub(crate) struct ScriptBody {
    pieces: IntoIter<Piece>,
    wait: Option<Wait>,
    finished: bool,
    request: usize,
    ledger: Arc<Ledger>,
}

// === impl ScriptBody ===

impl ScriptBody {
    /// Ends it here: nobody left.
    pub(crate) fn forget(&mut self) {
        self.finished = true;
    }

    pub(crate) fn new(pieces: Vec<Piece>, request: usize, ledger: Arc<Ledger>) -> Self {
        Self { pieces: pieces.into_iter(), wait: None, finished: false, request, ledger }
    }
}

impl Drop for ScriptBody {
    fn drop(&mut self) {
        if !self.finished {
            self.ledger.left(self.request);
        }
    }
}

impl Body for ScriptBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            if let Some(wait) = &mut self.wait {
                ready!(wait.as_mut().poll(context));
                self.wait = None;
            }
            match self.pieces.next() {
                Some(
                    Piece::Data(bytes) | Piece::Trickle(bytes) | Piece::Drip(bytes, _) | Piece::Raw(bytes),
                ) => {
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Some(Piece::Wait(gate)) => self.wait = Some(Box::pin(async move { gate.pass().await })),
                Some(Piece::Stall) => self.wait = Some(Box::pin(std::future::pending())),
                Some(Piece::Fin | Piece::Reset) => {
                    return Poll::Ready(Some(Err(io::Error::other("the script resets the stream"))));
                }
                None => {
                    self.finished = true;
                    return Poll::Ready(None);
                }
            }
        }
    }
}
