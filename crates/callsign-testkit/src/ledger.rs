//! What an upstream saw: every request as it came, and who has gone.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use crate::deadline::soon;
use crate::reply::Reply;

/// A request as an upstream received it.
#[derive(Debug, Clone)]
pub struct Received {
    /// Which request of the upstream's it was, from 0.
    pub index: usize,
    /// Which connection of the upstream's it came on, from 0.
    pub connection: usize,
    /// The method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The headers in the order sent, names as spelt.
    pub headers: Vec<(String, String)>,
    /// The body, without its framing.
    pub body: Bytes,
}

/// Decides what a request is answered with.
pub type Script = Box<dyn Fn(&Received) -> Reply + Send + Sync>;

/// What one upstream saw, shared by its connections.
pub(crate) struct Ledger {
    script: Script,
    received: watch::Sender<Vec<Arc<Received>>>,
    gone: watch::Sender<BTreeSet<usize>>,
    connections: watch::Sender<usize>,
}

// === impl Received ===

impl Received {
    /// The only value of a header; none if it is missing, a panic if it came twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "`{name}` came twice: {:?}", self.headers);
        value
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the upstream got JSON")
    }
}

// === impl Ledger ===

impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ledger").field("received", &self.received).finish_non_exhaustive()
    }
}

impl Ledger {
    pub(crate) fn new(script: Script) -> Arc<Self> {
        Arc::new(Self {
            script,
            received: watch::Sender::new(Vec::new()),
            gone: watch::Sender::new(BTreeSet::new()),
            connections: watch::Sender::new(0),
        })
    }

    /// Notes a new connection and numbers it.
    pub(crate) fn connected(&self) -> usize {
        let mut number = 0;
        self.connections.send_modify(|count| {
            number = *count;
            *count += 1;
        });
        number
    }

    /// Notes a request and decides its answer.
    pub(crate) fn receive(&self, mut request: Received) -> (Arc<Received>, Reply) {
        let mut noted = None;
        self.received.send_modify(|all| {
            request.index = all.len();
            let request = Arc::new(request);
            all.push(Arc::clone(&request));
            noted = Some(request);
        });
        let request = noted.expect("the request was noted");
        let reply = (self.script)(&request);
        (request, reply)
    }

    /// Notes that whoever waited for the answer to request `index` has gone.
    pub(crate) fn left(&self, index: usize) {
        self.gone.send_modify(|gone| {
            gone.insert(index);
        });
    }

    pub(crate) fn all(&self) -> Vec<Arc<Received>> {
        self.received.borrow().clone()
    }

    pub(crate) fn connection_count(&self) -> usize {
        *self.connections.borrow()
    }

    pub(crate) async fn request(&self, index: usize) -> Arc<Received> {
        let mut received = self.received.subscribe();
        let what = format!("request {index} at the upstream");
        let all = soon(&what, received.wait_for(|all| all.len() > index)).await.expect("the ledger is open");
        Arc::clone(&all[index])
    }

    pub(crate) async fn gone(&self, index: usize) {
        let mut gone = self.gone.subscribe();
        gone.wait_for(|gone| gone.contains(&index)).await.expect("the ledger is open");
    }
}
