//! The log: lines on standard error, as text or JSON, and the filter that may be changed while the gateway serves.

use std::io;

use callsign_gateway::{Form, Logbook};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload::Handle;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt, registry, reload};

use crate::cli::LogFormat;

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
    Ok(Filter(handle, form))
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
