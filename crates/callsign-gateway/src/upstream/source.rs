//! Where the bytes of an answer come from: a provider's connection, or a played script.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use callsign_wire::hub::loss::Losses;
use callsign_wire::hub::usage::Usage;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::origin::Place;
use super::played::Played;
use crate::conversations::Kept;
use crate::guard::{Guarded, Withheld};
use crate::translation::Translated;

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Source {
    /// From a server; the place in its connections is given back with the body.
    Server(Incoming, #[expect(dead_code, reason = "held for its drop")] Place),
    /// From the simulated provider.
    Played(Box<Played>),
    /// From either of them, in another dialect.
    Translated(Box<Translated>),
    /// From any of them, but for what must not leave.
    Guarded(Box<Guarded>),
    /// From any of them, and kept for those who go on from it.
    Kept(Box<Kept>),
    /// Given up.
    Gone,
}

/// An answer broke off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The server's connection failed.
    #[error("{}", innermost(.0))]
    Server(#[from] hyper::Error),
    /// The script says so.
    #[error("the simulated provider closed the connection")]
    Played,
    /// What came cannot be translated.
    #[error("{0}")]
    Unreadable(String),
    /// What came must not leave.
    #[error("{}", .0.message)]
    Withheld(Withheld),
}

/// The last cause is the one that tells what happened; those above it only say where.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

// === impl Source ===

impl Source {
    /// The answer goes to the client from now on: done when what is kept of it so far is written.
    pub(crate) async fn written(&mut self) {
        if let Self::Kept(kept) = self {
            kept.written().await;
        }
    }

    /// What the provider says that the answer took, where it is translated and that was heard.
    pub(crate) fn usage(&self) -> Option<Usage> {
        match self {
            Self::Translated(translated) => translated.usage(),
            Self::Guarded(guarded) => guarded.usage(),
            Self::Kept(kept) => kept.usage(),
            _ => None,
        }
    }

    /// Whether the answer has begun although nothing of it may leave yet; if not, once there is something to read.
    pub(crate) fn poll_begun(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, SourceError>> {
        match self {
            Self::Guarded(guarded) => guarded.poll_begun(context),
            Self::Kept(kept) => kept.poll_begun(context),
            _ => Poll::Ready(Ok(false)),
        }
    }

    /// What could not be carried so far, where it is translated.
    pub(crate) fn losses(&self) -> Option<&Losses> {
        match self {
            Self::Translated(translated) => Some(translated.losses()),
            Self::Guarded(guarded) => guarded.losses(),
            Self::Kept(kept) => kept.losses(),
            _ => None,
        }
    }
}

impl Body for Source {
    type Data = Bytes;
    type Error = SourceError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SourceError>>> {
        match self.get_mut() {
            Self::Server(body, _) => Pin::new(body).poll_frame(context).map_err(SourceError::from),
            Self::Played(played) => Pin::new(played.as_mut()).poll_frame(context),
            Self::Translated(translated) => translated.poll_piece(context),
            Self::Guarded(guarded) => guarded.poll_piece(context),
            Self::Kept(kept) => kept.poll_piece(context),
            Self::Gone => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Server(body, _) => body.is_end_stream(),
            Self::Played(played) => played.is_end_stream(),
            Self::Translated(translated) => translated.is_over(),
            Self::Guarded(guarded) => guarded.is_over(),
            Self::Kept(kept) => kept.is_over(),
            Self::Gone => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Server(body, _) => body.size_hint(),
            Self::Played(played) => played.size_hint(),
            Self::Translated(_) | Self::Guarded(_) => SizeHint::default(),
            Self::Kept(kept) => kept.size_hint(),
            Self::Gone => SizeHint::with_exact(0),
        }
    }
}
