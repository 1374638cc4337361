//! The log: lines on standard error, as text or JSON, and the filter that may be changed while the gateway serves.

use std::io;
use std::sync::OnceLock;

use callsign_gateway::{Form, Logbook};
use serde_json::json;
use tracing::Level;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload::Handle;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt, registry, reload};

use crate::cli::LogFormat;

/// How this process writes its log; nothing before it is open, and then as little to be changed as standard error itself.
static OPENED: OnceLock<Form> = OnceLock::new();

/// The filter in force.
#[derive(Debug)]
pub(crate) struct Filter(Handle<EnvFilter, Registry>, Form);

/// Opens the log.
pub(crate) fn open(filter: &str, format: LogFormat) -> Result<Filter, ParseError> {
    let (filter, handle) = reload::Layer::new(EnvFilter::try_new(filter)?);
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match format {
        LogFormat::Text => {
            let ansi = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
            lines.with_ansi(ansi).boxed()
        }
        LogFormat::Json => {
            let json = lines.with_ansi(false).json().flatten_event(true);
            json.with_current_span(false).with_span_list(false).boxed()
        }
    };
    registry().with(filter).with(lines).init();
    let form = match format {
        LogFormat::Text => Form::Text,
        LogFormat::Json => Form::Json,
    };
    Ok(Filter(handle, *OPENED.get_or_init(|| form)))
}

/// Whether every line is to be JSON, what is said of the process itself too.
pub(crate) fn is_json() -> bool {
    OPENED.get().is_some_and(|form| matches!(form, Form::Json))
}

/// Says of the process itself what no filter holds back: for people as it is, for programs as one line of the log.
pub(crate) fn say(level: Level, text: &str) {
    if !is_json() {
        anstream::eprintln!("{text}");
        return;
    }
    let mut timestamp = String::new();
    // Writing to a string cannot fail.
    _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
    let (level, message) = (level.as_str(), anstream::adapter::strip_str(text.trim_end()).to_string());
    let line = json!({ "timestamp": timestamp, "level": level, "message": message, "target": "callsign" });
    anstream::eprintln!("{line}");
}

// === impl Filter ===

impl Logbook for Filter {
    fn filter(&self) -> String {
        self.0.with_current(ToString::to_string).unwrap_or_default()
    }

    fn form(&self) -> Form {
        self.1
    }

    fn set(&self, filter: &str) -> Result<(), String> {
        let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
        self.0.reload(filter).map_err(|error| error.to_string())
    }
}
