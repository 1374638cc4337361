//! Where prices come from: those that are compiled in, those of a file, and those of an address that is asked from time to
//! time. What is broken is left, and the last good ones are kept.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use callsign_plan::price::PriceSource;
use callsign_price::book::{Book, BookError};
use callsign_price::family::Family;
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt, Limited};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::prices::Prices;
use super::world::World;
use crate::listen::unix_time;
use crate::upstream::origin::Wire;
use crate::upstream::payload::Payload;
use crate::upstream::source::{Source, innermost};
use crate::upstream::{Key, Upstream};

/// The prices in force.
#[derive(Debug)]
pub(crate) struct Books {
    current: ArcSwap<Book>,
    /// The address that they came from, if they did.
    asked: Mutex<Option<Arc<str>>>,
}

/// Why a file of prices cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// It cannot be read.
    #[error("the prices in `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("the prices in `{}` are of no use: {source}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BookError,
    },
}

/// How often it is looked whether an address is to be asked.
const LOOK: Duration = Duration::from_secs(1);
/// After a failure an address is asked again no sooner.
const PAUSE: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);
/// Prices of everything there is have a few megabytes.
const LARGEST: usize = 64 << 20;

// === impl Books ===

impl Books {
    /// The prices that a configuration begins with.
    pub(crate) fn open(source: &PriceSource) -> Result<Self, PricesError> {
        Ok(Self { current: ArcSwap::from_pointee(written(source)?), asked: Mutex::default() })
    }

    /// The same with another configuration: what an address told is kept as long as it stays the same.
    pub(crate) fn install(&self, source: &PriceSource) -> Result<(), PricesError> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.is_none() || *asked != source.url {
            self.current.store(Arc::new(written(source)?));
            *asked = None;
        }
        Ok(())
    }

    /// The prices in force.
    pub(crate) fn current(&self) -> Arc<Book> {
        self.current.load_full()
    }

    /// Asks the address of the configuration in force, again and again, until `over`.
    pub(crate) async fn tend(
        self: Arc<Self>,
        (world, upstream): (Arc<ArcSwap<World>>, Arc<Upstream>),
        over: CancellationToken,
    ) {
        let mut next: Option<(Arc<str>, Instant)> = None;
        loop {
            let PriceSource { url, refresh, .. } = world.load().catalog.parts().prices.clone();
            let due =
                url.filter(|url| next.as_ref().is_none_or(|(of, at)| of != url || *at <= Instant::now()));
            if let Some(url) = due {
                let pause = match self.ask(&world, &upstream, &url).await {
                    Ok(()) => refresh,
                    Err(why) => {
                        tracing::warn!(%url, why, "no newer prices, those known so far stay in force");
                        refresh.min(PAUSE)
                    }
                };
                next = Some((url, Instant::now() + pause));
            }
            tokio::select! {
                () = over.cancelled() => return,
                () = sleep(LOOK) => {}
            }
        }
    }

    async fn ask(&self, world: &ArcSwap<World>, upstream: &Upstream, url: &Arc<str>) -> Result<(), String> {
        let said = timeout(PATIENCE, fetch(upstream, url))
            .await
            .map_err(|_| format!("nothing came within {PATIENCE:?}"))??;
        let read = move || {
            let text = std::str::from_utf8(&said).map_err(|error| error.to_string())?;
            Book::read(text).map_err(|error| error.to_string())
        };
        let book = spawn_blocking(read).await.map_err(|error| error.to_string())??;
        let book = Arc::new(book);
        let world = world.load_full();
        if world.catalog.parts().prices.url.as_ref() != Some(url) {
            return Ok(());
        }
        self.current.store(Arc::clone(&book));
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(url));
        let prices = Prices::new(book);
        let known = Arc::clone(&world);
        let prepared = spawn_blocking(move || {
            prices.prepare(&known.catalog, unix_time());
            prices
        });
        world.prices.store(Arc::new(prepared.await.map_err(|error| error.to_string())?));
        tracing::info!(%url, "newer prices are in force");
        Ok(())
    }
}

/// Works out what targets cost, before anybody waits for it; and makes ready what counts their questions, beside the rest.
pub(crate) fn prepare(world: &World) {
    world.prices.load().prepare(&world.catalog, unix_time());
    if world.catalog.parts().aliases.iter().any(|alias| alias.guardrails.limits_cost()) {
        let work = || Family::of("").prepare();
        // Without it the first question does.
        let _unless = thread::Builder::new().name("callsign-prices".to_owned()).spawn(work);
    }
}

fn written(source: &PriceSource) -> Result<Book, PricesError> {
    match &source.file {
        Some(path) => read(path),
        None => Ok(Book::bundled()),
    }
}

fn read(path: &Path) -> Result<Book, PricesError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| PricesError::Unreadable { path: path.to_owned(), source })?;
    Book::read(&text).map_err(|source| PricesError::Unusable { path: path.to_owned(), source })
}

async fn fetch(upstream: &Upstream, url: &str) -> Result<Bytes, String> {
    let uri: Uri = url.parse().map_err(|_| "it is no URL".to_owned())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err("it names no host".to_owned());
    };
    let key = Key { origin: format!("{scheme}://{authority}").into(), connect: CONNECT, wire: Wire::Any };
    let origin = upstream.origin(&key).map_err(|error| error.to_string())?;
    let place = origin.enter().ok_or("no connection can be made")?;
    let mut request = Request::new(Payload::whole(Bytes::new()));
    (*request.method_mut(), *request.uri_mut()) = (Method::GET, uri);
    request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let answer = place.send(request).ok_or("no connection can be made")?;
    let (head, body) = answer.await.map_err(|error| innermost(&error))?.into_parts();
    if !head.status.is_success() {
        return Err(format!("it answered with status {}", head.status.as_u16()));
    }
    let body = Limited::new(Source::Server(body, place), LARGEST).collect().await;
    Ok(body.map_err(|error| error.to_string())?.to_bytes())
}
