//! A script of the simulated provider, played in time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::simulated::{End, Script, Step};
use super::source::SourceError;

/// The rest of a script.
#[derive(Debug)]
pub(crate) struct Played {
    steps: std::vec::IntoIter<Step>,
    upcoming: Option<Step>,
    end: Option<End>,
    pause: Option<Pin<Box<Sleep>>>,
}

// === impl Played ===

impl Played {
    /// Plays `script` up to its head, which comes with its first step.
    pub(crate) async fn open(script: &mut Script) -> Self {
        let mut steps = std::mem::take(&mut script.steps).into_iter();
        let upcoming = if let Some(first) = steps.next() {
            sleep(first.after).await;
            Some(Step { after: Duration::ZERO, ..first })
        } else {
            if script.end == End::Hang {
                std::future::pending::<()>().await;
            }
            None
        };
        Self { steps, upcoming, end: Some(script.end), pause: None }
    }

    fn poll_pause(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        Poll::Ready(())
    }

    fn poll_end(&mut self) -> Poll<Option<Result<Frame<Bytes>, SourceError>>> {
        match self.end.take() {
            None | Some(End::Done) => Poll::Ready(None),
            Some(End::Cut) => Poll::Ready(Some(Err(SourceError::Played))),
            Some(End::Hang) => {
                self.end = Some(End::Hang);
                Poll::Pending
            }
        }
    }
}

impl Body for Played {
    type Data = Bytes;
    type Error = SourceError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SourceError>>> {
        ready!(self.poll_pause(context));
        let Some(step) = self.upcoming.take() else { return self.poll_end() };
        self.upcoming = self.steps.next();
        if let Some(next) = self.upcoming.as_ref().filter(|next| !next.after.is_zero()) {
            self.pause = Some(Box::pin(sleep(next.after)));
        }
        Poll::Ready(Some(Ok(Frame::data(step.bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.upcoming.is_none() && matches!(self.end, None | Some(End::Done))
    }

    fn size_hint(&self) -> SizeHint {
        // A stream has no length that could be told beforehand.
        match (&self.upcoming, self.steps.as_slice(), self.end) {
            (None, [], Some(End::Done)) => SizeHint::with_exact(0),
            (Some(only), [], Some(End::Done)) => SizeHint::with_exact(only.bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}
