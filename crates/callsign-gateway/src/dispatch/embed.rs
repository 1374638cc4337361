//! Texts become vectors, at a target that is asked in another form than the client's. Where that form takes fewer texts at
//! once, it is asked several times, and the vectors come back in the order of the texts.

use callsign_price::tokens;
use callsign_wire::hub::loss::Losses;
use http::{HeaderMap, HeaderValue};

use super::attempt::Attempt;
use super::fault::Fault;
use super::opening::Begun;
use crate::alarm::Alarm;
use crate::translation::{Vectors, Words};

/// Where Bedrock says how many tokens a text had.
const TOKENS: &str = "x-amzn-bedrock-input-token-count";
/// What an estimate of them is called in `x-callsign-estimate`.
const PROMPT_TOKENS: HeaderValue = HeaderValue::from_static("prompt_tokens");

// === impl Attempt ===

impl Attempt<'_> {
    /// Asks the target for vectors.
    pub(super) async fn embed(&self, alarm: &mut Alarm) -> Result<Begun, Fault> {
        let Some(vectors) = self.vectors()? else { return self.converse(alarm).await };
        self.afford_texts(vectors.each.len()).await?;
        let (mut bodies, mut counted, mut last) = (Vec::new(), Some(0), None);
        for words in &vectors.each {
            let (head, mut body) = self.exchange(words, alarm).await?.into_parts();
            if !head.status.is_success() {
                return Err(self.read_error(head, body).await);
            }
            self.check_readable(&head)?;
            bodies.push(self.gather(words.asked, &mut body).await?);
            counted = counted
                .zip(tokens_in(&head.headers))
                .map(|(before, more): (u64, u64)| before.saturating_add(more));
            last = Some(head);
        }
        let mut answer = vectors.heard(&bodies).map_err(|why| self.unusable(&why))?;
        answer.tokens = answer.tokens.or(counted);
        let estimate = self.fill_in(&vectors, &mut answer.tokens).await?;
        let losses = vectors.each.first().map_or_else(Losses::default, Words::losses);
        let head = last.ok_or_else(|| Fault::bug("an embedding of nothing"))?;
        let (head, mut inflow) = self.written(head, vectors.told(&answer, self.model()), losses);
        inflow.estimate = estimate;
        Ok(Begun::Answer(head, inflow))
    }

    /// Estimates how many tokens the texts have, where nobody told what the client has to be told.
    async fn fill_in(&self, vectors: &Vectors, told: &mut Option<u64>) -> Result<Option<HeaderValue>, Fault> {
        if told.is_some() || !vectors.tells_tokens() {
            return Ok(None);
        }
        let texts: Vec<String> = vectors.texts().map(str::to_owned).collect();
        *told = Some(self.aside(move || tokens::of(texts.iter().map(String::as_str))).await?);
        Ok(Some(PROMPT_TOKENS))
    }
}

fn tokens_in(headers: &HeaderMap) -> Option<u64> {
    headers.get(TOKENS)?.to_str().ok()?.parse().ok()
}
