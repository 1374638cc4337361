//! Time limits and other futures that hardly ever come true, for next to nothing: what waits beside a busy future is only
//! polled once it has woken its task, and what is there at once needs no timer.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker, ready};

use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

/// Tells whether a future has woken its task since it was polled.
#[derive(Debug, Default)]
pub(crate) struct Bell(Option<Arc<Cord>>);

/// What the future pulls to wake the task.
#[derive(Debug)]
struct Cord {
    pulled: AtomicBool,
    task: Waker,
}

/// It took too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Late;

/// A timer that is only moved when it fires. It may bound one thing after another, since setting one up costs more than
/// moving it.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<Timer>);

#[derive(Debug)]
struct Timer {
    sleep: Pin<Box<Sleep>>,
    bell: Bell,
}

/// What `future` comes to; or what was waited for, once the time for it has passed. Where nothing has to be waited for, no
/// timer is made.
pub(crate) async fn within<F: Future, T>(
    patience: impl FnOnce() -> (Instant, T),
    future: F,
) -> Result<F::Output, T> {
    let mut future = pin!(future);
    let first = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
    if let Poll::Ready(output) = first {
        return Ok(output);
    }
    let (deadline, waited_for) = patience();
    timeout_at(deadline, future).await.map_err(|_| waited_for)
}

// === impl Bell ===

impl Bell {
    /// Polls `future` if it may be ready. It must always be the same one.
    pub(crate) fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let cord = match self.0.take() {
            Some(cord) if cord.task.will_wake(context.waker()) => cord,
            _ => Arc::new(Cord { pulled: AtomicBool::new(true), task: context.waker().clone() }),
        };
        let cord = self.0.insert(cord);
        // A look is cheaper than an exchange.
        let pulled = cord.pulled.load(Ordering::Acquire) && cord.pulled.swap(false, Ordering::AcqRel);
        if !pulled {
            return Poll::Pending;
        }
        let waker = Waker::from(Arc::clone(cord));
        future.poll(&mut Context::from_waker(&waker))
    }
}

// === impl Cord ===

impl Wake for Cord {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.pulled.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

// === impl Alarm ===

impl Alarm {
    /// Ready once `due` has passed, which may be another each time.
    pub(crate) fn poll(&mut self, due: Instant, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.0.get_or_insert_with(|| Timer::set(due));
        if timer.sleep.deadline() > due {
            timer.reset(due);
        }
        loop {
            ready!(timer.bell.poll(timer.sleep.as_mut(), context));
            if Instant::now() >= due {
                self.0 = None;
                return Poll::Ready(());
            }
            timer.reset(due);
        }
    }

    /// What `future` comes to, unless it is `end` before that.
    pub(crate) async fn within<F: Future>(&mut self, end: Instant, future: F) -> Result<F::Output, Late> {
        let mut future = pin!(future);
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.poll(end, context).map(|()| Err(Late)),
        })
        .await
    }
}

// === impl Timer ===

impl Timer {
    fn set(due: Instant) -> Self {
        Self { sleep: Box::pin(sleep_until(due)), bell: Bell::default() }
    }

    fn reset(&mut self, due: Instant) {
        self.sleep.as_mut().reset(due);
        self.bell = Bell::default();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::{Instant, advance, sleep};

    use super::{Alarm, Bell, Late, within};

    #[tokio::test(start_paused = true)]
    async fn alarm_goes_off_at_the_time_it_was_moved_to() {
        let start = Instant::now();
        let seconds = |seconds| start + Duration::from_secs(seconds);
        let mut alarm = Alarm::default();
        let mut poll = async |due| poll_fn(|context| Poll::Ready(alarm.poll(due, context))).await;
        assert_eq!(poll(seconds(10)).await, Poll::Pending);
        assert_eq!(poll(seconds(20)).await, Poll::Pending);
        advance(Duration::from_secs(15)).await;
        assert_eq!(poll(seconds(20)).await, Poll::Pending);
        assert_eq!(poll(seconds(12)).await, Poll::Ready(()));
        assert_eq!(poll(seconds(16)).await, Poll::Pending);
        poll_fn(|context| alarm.poll(seconds(16), context)).await;
        assert_eq!(start.elapsed().as_secs(), 16);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_is_only_asked_for_where_something_is_waited_for() {
        let limit = || (Instant::now() + Duration::from_secs(1), "late");
        assert_eq!(within(|| unreachable!("nothing is waited for"), async { 7 }).await, Ok::<_, ()>(7));
        assert_eq!(within(limit, sleep(Duration::from_millis(999))).await, Ok(()));
        assert_eq!(within(limit, pending::<()>()).await, Err("late"));
    }

    #[tokio::test]
    async fn future_is_polled_once_it_has_woken_its_task_or_the_task_is_another() {
        let polls = std::cell::Cell::new(0);
        let (sender, mut receiver) = oneshot::channel::<()>();
        let counted = poll_fn(|context| {
            polls.set(polls.get() + 1);
            Pin::new(&mut receiver).poll(context)
        });
        let (mut counted, mut bell) = (pin!(counted), Bell::default());
        for _ in 0..3 {
            let polled = poll_fn(|context| Poll::Ready(bell.poll(counted.as_mut(), context))).await;
            assert!(polled.is_pending());
        }
        assert_eq!(polls.get(), 1);
        let mut other = Context::from_waker(Waker::noop());
        assert!(bell.poll(counted.as_mut(), &mut other).is_pending());
        assert_eq!(polls.get(), 2);
        sender.send(()).unwrap();
        assert_eq!(bell.poll(counted.as_mut(), &mut other), Poll::Ready(Ok(())));
    }

    #[tokio::test(start_paused = true)]
    async fn one_alarm_bounds_one_future_after_another() {
        let mut alarm = Alarm::default();
        for (limit, takes, expected) in
            [(10, 5, Ok(())), (10, 20, Err(Late)), (60, 30, Ok(())), (5, 6, Err(Late)), (7, 6, Ok(()))]
        {
            let (start, limit) = (Instant::now(), Duration::from_secs(limit));
            let takes = Duration::from_secs(takes);
            let outcome = alarm.within(start + limit, sleep(takes)).await;
            assert_eq!((outcome, start.elapsed().as_secs()), (expected, limit.min(takes).as_secs()));
        }
    }
}
