//! What clouds give for a while: tokens and keys, asked for when they are needed, kept until shortly before they end.
//!
//! One holder stands for one grant, whoever's requests it vouches for and whichever configuration names it. While it
//! asks anew, what it holds goes on to be used; where it holds nothing, those who need it wait for one asking.

mod aws;
mod date;
mod entra;
mod fetch;
mod google;
mod sigv4;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use callsign_plan::grant::{Grant, Keys, SigV4};
use http::{HeaderValue, Request, header};
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use fetch::Asker;
pub(crate) use fetch::GrantError;

use super::Upstream;
use super::payload::Payload;

/// The holders of a configuration, while it is compiled.
pub(crate) struct Holders<'b> {
    before: Option<&'b HashMap<Arc<Grant>, Arc<Holder>>>,
    now: HashMap<Arc<Grant>, Arc<Holder>>,
}

/// Holds what one grant gives.
#[derive(Debug)]
pub(crate) struct Holder {
    grant: Arc<Grant>,
    held: ArcSwapOption<Held>,
    /// Locked by whoever asks; holds why the last asking failed.
    asking: Mutex<Option<Failed>>,
    renewing: AtomicBool,
}

/// What vouches for requests, and how long.
#[derive(Debug)]
pub(crate) struct Held {
    proof: Proof,
    secrets: Vec<SecretString>,
    since: Instant,
    /// When it ends, and when to ask anew; `None` if it lasts.
    ends: Option<(Instant, Instant)>,
}

#[derive(Debug)]
enum Proof {
    Bearer(HeaderValue),
    Signing(Keys, SigV4),
}

/// What a source gave.
#[derive(Debug)]
enum Given {
    Token(SecretString),
    Keys(Keys),
}

/// How long it may be used.
type Lifetime = Option<Duration>;

#[derive(Debug)]
struct Failed {
    error: GrantError,
    at: Instant,
}

/// So long before its end a proof is renewed, if it lasts long enough; else at half of its time.
const AHEAD: Duration = Duration::from_mins(5);
/// A proof is not shown to a provider whose clock may be ahead of ours by less than this.
const MARGIN: Duration = Duration::from_secs(10);
/// An identity service that failed is left alone for so long.
const PAUSE: Duration = Duration::from_secs(2);
/// A proof that was refused when it was younger than this is not what is wrong.
const YOUNG: Duration = Duration::from_secs(30);

// === impl Holders ===

impl<'b> Holders<'b> {
    /// Those of a configuration that follows one with `before`: what is held is kept.
    pub(crate) fn after(before: Option<&'b HashMap<Arc<Grant>, Arc<Holder>>>) -> Self {
        Self { before, now: HashMap::new() }
    }

    /// Who holds this grant.
    pub(crate) fn of(&mut self, grant: &Arc<Grant>) -> Arc<Holder> {
        let known = self.now.get(grant).or_else(|| self.before?.get(grant));
        let holder = known.map_or_else(|| Arc::new(Holder::new(Arc::clone(grant))), Arc::clone);
        self.now.insert(Arc::clone(grant), Arc::clone(&holder));
        holder
    }

    /// All of them.
    pub(crate) fn settled(self) -> HashMap<Arc<Grant>, Arc<Holder>> {
        self.now
    }
}

// === impl Holder ===

impl Holder {
    fn new(grant: Arc<Grant>) -> Self {
        Self {
            grant,
            held: ArcSwapOption::empty(),
            asking: Mutex::new(None),
            renewing: AtomicBool::new(false),
        }
    }

    /// What vouches for a request that is sent now.
    pub(crate) async fn held(
        self: &Arc<Self>,
        upstream: &Arc<Upstream>,
        now: Instant,
    ) -> Result<Arc<Held>, GrantError> {
        let Some(held) = self.held.load_full().filter(|held| held.is_usable(now)) else {
            return self.ask(upstream, now).await;
        };
        if held.is_old(now) && !self.renewing.swap(true, Ordering::AcqRel) {
            self.renew(upstream);
        }
        Ok(held)
    }

    /// A provider refused what it was shown at `now`: it is asked for anew, unless it has just been.
    pub(crate) fn doubt(&self, held: &Arc<Held>, now: Instant) {
        let is_old = now.duration_since(held.since) >= YOUNG;
        if held.ends.is_some() && is_old {
            self.held.compare_and_swap(held, None);
        }
    }

    /// Waits for one asking, whoever does it.
    async fn ask(&self, upstream: &Arc<Upstream>, now: Instant) -> Result<Arc<Held>, GrantError> {
        let mut last = self.asking.lock().await;
        // Somebody else may have been answered meanwhile.
        if let Some(held) = self.held.load_full().filter(|held| held.since >= now || held.is_usable(now)) {
            return Ok(held);
        }
        if let Some(failed) = last.as_ref().filter(|failed| failed.at + PAUSE > now) {
            return Err(failed.error.clone());
        }
        match self.fetch(upstream).await {
            Ok(held) => {
                *last = None;
                self.held.store(Some(Arc::clone(&held)));
                Ok(held)
            }
            Err(error) => {
                tracing::warn!(%error, "an identity service gave nothing");
                *last = Some(Failed { error: error.clone(), at: Instant::now() });
                Err(error)
            }
        }
    }

    /// Asks anew beside the requests that go on with what is held.
    fn renew(self: &Arc<Self>, upstream: &Arc<Upstream>) {
        let (holder, way) = (Arc::clone(self), Arc::clone(upstream));
        upstream.tasks.spawn(async move {
            let mut last = holder.asking.lock().await;
            let rested = last.as_ref().is_none_or(|failed| failed.at + PAUSE <= Instant::now());
            if rested {
                match holder.fetch(&way).await {
                    Ok(held) => {
                        *last = None;
                        holder.held.store(Some(held));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "an identity service gave nothing new, the old is used on");
                        *last = Some(Failed { error, at: Instant::now() });
                    }
                }
            }
            holder.renewing.store(false, Ordering::Release);
        });
    }

    async fn fetch(&self, upstream: &Arc<Upstream>) -> Result<Arc<Held>, GrantError> {
        let asker = Asker::new(upstream, crate::listen::unix_time());
        let (given, lifetime) = match &*self.grant {
            Grant::SigV4(signing) => aws::keys(signing, &asker).await?,
            Grant::Google(google) => google::token(google, &asker).await?,
            Grant::Entra(entra) => entra::token(entra, &asker).await?,
        };
        Ok(Arc::new(Held::new(given, lifetime, &self.grant)?))
    }
}

// === impl Held ===

impl Held {
    fn new(given: Given, lifetime: Lifetime, grant: &Grant) -> Result<Self, GrantError> {
        let since = Instant::now();
        let (proof, secrets) = match (given, grant) {
            (Given::Keys(keys), Grant::SigV4(signing)) => {
                let secrets = keys.session.iter().map(callsign_plan::grant::Secret::text).collect();
                (Proof::Signing(keys, signing.clone()), secrets)
            }
            (Given::Token(token), _) => (Proof::Bearer(fetch::bearer(&token)?), vec![token]),
            (Given::Keys(_), _) => return Err(GrantError::Unusable("keys where a token was wanted".into())),
        };
        let ends = lifetime.map(|lifetime| (since + lifetime, since + renewed_after(lifetime)));
        Ok(Self { proof, secrets, since, ends })
    }

    fn is_usable(&self, now: Instant) -> bool {
        self.ends.is_none_or(|(end, _)| now + MARGIN < end)
    }

    fn is_old(&self, now: Instant) -> bool {
        self.ends.is_some_and(|(_, renewal)| now >= renewal)
    }

    /// What must never be seen by a client.
    pub(crate) fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }

    /// Adds to a request what its provider wants to see. `now` is in seconds since 1970-01-01 UTC.
    pub(crate) fn vouch(&self, request: &mut Request<Payload>, now: u64) -> Result<(), GrantError> {
        match &self.proof {
            Proof::Bearer(value) => {
                request.headers_mut().insert(header::AUTHORIZATION, value.clone());
                Ok(())
            }
            Proof::Signing(keys, signing) => {
                sigv4::sign(request, keys, (&signing.region, &signing.service), now)
            }
        }
    }
}

/// Gateways that were started together shall not ask together.
fn renewed_after(lifetime: Duration) -> Duration {
    let latest = lifetime.saturating_sub(AHEAD).max(lifetime / 2);
    let part = u32::try_from(Uuid::now_v7().as_u64_pair().1 % 64).unwrap_or_default();
    latest.saturating_sub(latest / 1024 * part)
}

#[cfg(test)]
mod tests;
