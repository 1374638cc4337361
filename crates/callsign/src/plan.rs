//! `callsign plan`: what would move if one configuration took the place of another.

mod tell;

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use callsign_config::MissingKeys;
use callsign_config::diagnostic::Severity;
use callsign_plan::change::{self, Change};
use callsign_plan::outline::Outline;

use crate::cli::Plan;
use crate::configuration::{self, Unreadable};
use crate::fetch::secure::Files;
use crate::fetch::{self, Bounds, Shown};
use crate::{output, report};

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file cannot be read.
    #[error("`{file}` cannot be read: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why, and what to do.
        why: Unreadable,
    },
    /// A file means nothing.
    #[error("`{0}` has errors, so it would change nothing")]
    Wrong(String),
    /// A file has parts that no gateway of this version puts in force.
    #[error("`{0}` has parts that are not served yet, so it would change nothing")]
    Unserved(String),
    /// The gateway does not tell what it serves.
    #[error(
        "the gateway at `{url}` does not tell what is in force: {why}; name its admin listener, as in `http://127.0.0.1:12001`, and set `CALLSIGN_ADMIN_TOKEN` where it wants a token, `CALLSIGN_ADMIN_CA` where its authority is your own"
    )]
    Silent {
        /// As written.
        url: String,
        /// Why.
        why: io::Error,
    },
    /// Nothing can be printed.
    #[error("the plan cannot be printed: {0}")]
    Output(#[from] io::Error),
}

/// What a gateway tells is bounded as its configuration is.
const ANSWER: Bounds = Bounds { time: Duration::from_secs(5), size: 64 << 20 };

/// Where it tells what is in force.
const OUTLINE: &str = "/api/v1/outline";

/// Nothing would change.
const SAME: u8 = 0;
/// Something would.
const CHANGES: u8 = 2;
/// Something would that somebody should look at twice.
const RISKS: u8 = 3;

/// Prints what would move; the exit code says how much that is.
pub(crate) fn run(options: &Plan) -> Result<ExitCode, Failure> {
    let (before, after) = if let Some(url) = &options.against {
        (in_force(url, &shown(options))?, read(&options.first, Needed::Served)?)
    } else {
        let next = options.second.as_deref().unwrap_or(Path::new(""));
        (read(&options.first, Needed::Understood)?, read(next, Needed::Served)?)
    };
    let changes = change::changes(&before, &after);
    output::print(&tell::tell(&changes, options.format))?;
    Ok(ExitCode::from(code(&changes)))
}

fn code(changes: &[Change]) -> u8 {
    if changes.iter().any(Change::is_risky) {
        RISKS
    } else if changes.is_empty() {
        SAME
    } else {
        CHANGES
    }
}

/// What a file has to be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    /// To be compared with.
    Understood,
    /// To be put in force.
    Served,
}

fn read(path: &Path, needed: Needed) -> Result<Outline, Failure> {
    let file = path.display().to_string();
    let opened = configuration::load(path, MissingKeys::Allow)
        .map_err(|why| Failure::Unreadable { file: file.clone(), why })?;
    let Some(catalog) = &opened.loaded.catalog else {
        report::print(path, &opened.bytes, &opened.loaded);
        return Err(Failure::Wrong(file));
    };
    if needed == Needed::Served && opened.loaded.count(Severity::Unserved) > 0 {
        report::print(path, &opened.bytes, &opened.loaded);
        return Err(Failure::Unserved(file));
    }
    Ok(Outline::of(catalog))
}

fn shown(options: &Plan) -> Shown<'_> {
    let identity = options.cert.clone().zip(options.key.clone());
    Shown { token: options.token.as_deref(), files: Files { ca: options.ca.clone(), identity } }
}

fn in_force(url: &str, shown: &Shown<'_>) -> Result<Outline, Failure> {
    let silent = |why| Failure::Silent { url: url.to_owned(), why };
    let told = fetch::get_as(url, OUTLINE, shown, ANSWER).map_err(silent)?;
    serde_json::from_str(&told).map_err(|why| silent(why.into()))
}
