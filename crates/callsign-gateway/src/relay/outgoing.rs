//! The one body type of all responses.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::stream::{Broken, Relayed};
use crate::listen::watch::Answering;
use crate::record::Record;

/// The body of a response.
#[derive(Debug)]
pub(crate) struct Outgoing {
    shape: Shape,
    attached: Option<Attached>,
}

/// What ends with the body.
#[derive(Debug)]
struct Attached {
    record: Record,
    bytes: usize,
    _answering: Answering,
}

#[derive(Debug)]
enum Shape {
    Whole(Option<Bytes>),
    Relayed(Box<Relayed>),
}

// === impl Outgoing ===

impl Outgoing {
    /// A body that is all there.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { shape: Shape::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())), attached: None }
    }

    /// A body that comes from a target.
    pub(crate) fn relayed(relayed: Relayed) -> Self {
        Self { shape: Shape::Relayed(Box::new(relayed)), attached: None }
    }

    /// Ends `answering` and `record` with this body.
    pub(crate) fn watched(mut self, answering: Answering, record: Record) -> Self {
        self.attached = Some(Attached { record, bytes: 0, _answering: answering });
        self
    }

    fn poll_shape(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        match &mut self.shape {
            Shape::Whole(bytes) => Poll::Ready(bytes.take().map(Ok)),
            Shape::Relayed(relayed) => relayed.poll_next(context),
        }
    }

    fn note(&mut self, piece: &Bytes) {
        if let Some(attached) = &mut self.attached {
            attached.bytes += piece.len();
            attached.record.heard(piece);
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        let whole = self.is_end_stream();
        if let Some(Attached { record, bytes, .. }) = &self.attached {
            record.relayed(*bytes, whole);
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let piece = ready!(self.poll_shape(context));
        if let Some(Ok(piece)) = &piece {
            self.note(piece);
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.shape {
            Shape::Whole(bytes) => bytes.is_none(),
            Shape::Relayed(relayed) => relayed.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.shape {
            Shape::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Shape::Relayed(relayed) => relayed.size_hint(),
        }
    }
}
