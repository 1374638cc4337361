//! A gateway made of entries and aliases, and what a client hears from it.

use std::fmt::Write;
use std::time::{Duration, Instant};

use callsign_testkit::client::{Call, Client};
use callsign_testkit::gateway::{Gateway, Launch};
use serde_json::Value;

use super::speech::{Mode, Speech, parse};

/// A configuration that grows line by line.
#[derive(Debug, Default)]
pub(crate) struct Config {
    entries: String,
    aliases: String,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Heard {
    /// How it was asked for.
    pub(crate) way: (Speech, Mode),
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, as far as it came.
    pub(crate) body: String,
    /// Whether the body came to the end that its framing announced.
    pub(crate) whole: bool,
    /// From the request to the end of the answer.
    pub(crate) took: Duration,
}

// === impl Config ===

impl Config {
    /// With an entry for `model` at `url`; `more` is further keys, each behind a comma.
    pub(crate) fn entry(&mut self, model: &str, url: &str, more: &str) {
        writeln!(
            self.entries,
            "  - {{model: {model}, access_key: 'key-of-{model}', base_url: '{url}'{more}}}"
        )
        .expect("memory takes text");
    }

    /// With an alias that means `route`, the inside of a YAML mapping.
    pub(crate) fn alias(&mut self, name: &str, route: &str) {
        writeln!(self.aliases, "  {name}: {{{route}}}").expect("memory takes text");
    }

    /// How the gateway is started with it.
    pub(crate) fn launch(&self) -> Launch {
        let Self { entries, aliases } = self;
        let text = format!(
            "listeners: [{{type: model, name: main, port: 0}}]\nmodel_providers:\n{entries}model_aliases:\n{aliases}"
        );
        Launch::new(env!("CARGO_BIN_EXE_callsign"), text)
    }

    /// The gateway, started.
    pub(crate) async fn start(&self) -> Gateway {
        self.launch().start().await
    }
}

/// Asks for `model` in an ordinary way and reads the whole answer.
pub(crate) async fn ask(client: Client, way: (Speech, Mode), model: &str) -> Heard {
    let call = client.post(way.0.path(), way.0.ask(model, way.1));
    hear(way, call).await
}

/// Sends `call` and reads the whole answer.
pub(crate) async fn hear(way: (Speech, Mode), call: Call) -> Heard {
    let start = Instant::now();
    let answer = call.send().await;
    let status = answer.status;
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("a header of text").to_owned()));
    let headers = headers.collect();
    let (body, end) = answer.drain().await;
    let body = String::from_utf8(body.to_vec()).expect("an answer of text");
    Heard { way, status, headers, body, whole: end.is_ok(), took: start.elapsed() }
}

// === impl Heard ===

impl Heard {
    /// The only value of a header; none if it is missing.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "`{name}` came twice: {:?}", self.headers);
        value
    }

    /// How many attempts the answer says it took.
    pub(crate) fn attempts(&self) -> usize {
        let count = self.header("x-callsign-attempts").expect("the attempts are counted");
        count.parse().expect("a number of attempts")
    }

    /// Which model the answer says it is from.
    pub(crate) fn model(&self) -> &str {
        self.header("x-callsign-model").unwrap_or_else(|| panic!("no model is named: {self:?}"))
    }

    /// The text of an answer that succeeded.
    pub(crate) fn text(&self) -> String {
        assert!(self.status == 200 && self.whole, "{self:?}");
        self.way.0.text(self.way.1, &self.body)
    }

    /// The inner object of an answer that is an error.
    pub(crate) fn error(&self) -> Value {
        assert!(self.status >= 400 && self.whole, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        let body = parse(&self.body);
        let kind = body.get("type").and_then(Value::as_str);
        assert_eq!(kind, (self.way.0 == Speech::Anthropic).then_some("error"), "{body}");
        assert!(body["error"]["message"].is_string(), "{body}");
        body["error"].clone()
    }
}
