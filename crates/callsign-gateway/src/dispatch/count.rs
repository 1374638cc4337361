//! How many tokens a question has: the target's own count where it counts, else an estimate that is marked as one.

use callsign_price::tokens;
use callsign_wire::count;
use callsign_wire::hub::loss::Losses;
use http::{HeaderValue, Response, response};
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use super::Inflow;
use super::attempt::Attempt;
use super::fault::Fault;
use super::opening::Begun;
use crate::alarm::Alarm;
use crate::translation;

/// What an estimate of a count is called in `x-callsign-estimate`.
const INPUT_TOKENS: HeaderValue = HeaderValue::from_static("input_tokens");

// === impl Attempt ===

impl Attempt<'_> {
    /// Asks the target how many tokens the question has.
    pub(super) async fn count(&self, alarm: &mut Alarm) -> Result<Begun, Fault> {
        if self.asked().is_none() {
            return self.estimate().await;
        }
        let words = self.words()?;
        let (mut head, mut body) = self.exchange(&words, alarm).await?.into_parts();
        if !head.status.is_success() {
            let said = self.read_failed(&mut body).await;
            if count::is_unserved(words.asked.dialect(), head.status.as_u16(), &said) {
                return self.estimate().await;
            }
            return Err(self.failed(head, said));
        }
        if words.asked == self.operation() {
            let body = self.guarded(&mut head, body)?;
            return self.open((head, body), words.losses()).await;
        }
        self.check_readable(&head)?;
        let whole = self.gather(words.asked, &mut body).await?;
        let tokens = count::tokens(words.asked.dialect(), &whole);
        let tokens = tokens.map_err(|error| self.unusable(&error.to_string()))?;
        let (head, inflow) = self.counted(head, tokens, words.losses());
        Ok(Begun::Answer(head, inflow))
    }

    fn counted(&self, head: response::Parts, tokens: u64, losses: Losses) -> (response::Parts, Inflow) {
        let body = count::answer(self.operation().dialect(), tokens);
        self.written(head, body.into(), losses)
    }

    /// Answers without the target.
    async fn estimate(&self) -> Result<Begun, Fault> {
        let (spoken, body) = self.question();
        let estimated = move || count::conversation(spoken, &body).map(|asked| tokens::estimate(&asked));
        let tokens = self.aside(estimated).await?;
        let tokens = tokens.map_err(|error| Fault::unaskable(translation::misread(&error)))?;
        let (head, ()) = Response::new(()).into_parts();
        let (head, mut inflow) = self.counted(head, tokens, Losses::default());
        (inflow.estimate, inflow.is_own) = (Some(INPUT_TOKENS), true);
        Ok(Begun::Answer(head, inflow))
    }

    /// Lets another thread do what would keep this one's requests waiting.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (deadline, phase) = self.patience();
        match timeout_at(deadline, spawn_blocking(work)).await {
            Err(_) => Err(Fault::late(self.target_name(), phase)),
            Ok(Err(_)) => Err(Fault::bug("an estimate that came to nothing")),
            Ok(Ok(done)) => Ok(done),
        }
    }
}
