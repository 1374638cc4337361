//! `callsign explain`: the way that a request would take, played without sending anything.

mod cost;
pub(crate) mod fault;
mod keys;
mod picture;
mod reach;
mod rehearsal;
mod tally;

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use callsign_config::MissingKeys;
use callsign_config::diagnostic::Severity;
use callsign_plan::catalog::Catalog;
use callsign_plan::course::Broken;
use callsign_plan::ids::TargetId;
use callsign_plan::target::{Model, Target};
use serde_json::{Value, json};

use crate::cli::{Explain, Format};
use crate::clock;
use crate::configuration::{self, Missing};
use crate::unknown::{Unknown, listed};
use crate::{output, report};
use cost::Costs;
use rehearsal::{Attempt, Caller, Calm, Ending, Played, Rehearsal};
use tally::Tally;

/// Why nothing can be explained.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// There is no configuration.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The name means nothing.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// What is to be ejected has no breaker on this way.
    #[error("`--eject {target}` names no target of `{name}`; {hint}")]
    NoTarget {
        /// As named.
        target: String,
        /// What was asked for.
        name: String,
        /// What could be named.
        hint: String,
    },
    /// The walk cannot go on.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// Nothing can be printed.
    #[error("the explanation cannot be printed: {0}")]
    Output(#[from] io::Error),
}

/// Prints the way that the request would take.
pub(crate) fn run(options: &Explain) -> ExitCode {
    explain(options).unwrap_or_else(|failure| {
        crate::tell(&failure);
        match failure {
            Failure::Missing(_) | Failure::NoTarget { .. } => ExitCode::from(2),
            Failure::Unknown(_) | Failure::Broken(_) | Failure::Output(_) => ExitCode::FAILURE,
        }
    })
}

fn explain(options: &Explain) -> Result<ExitCode, Failure> {
    let opened = configuration::open(options.source.path(), MissingKeys::Allow)?;
    if opened.loaded.count(Severity::Error) > 0 {
        report::print(&opened.path, &opened.bytes, &opened.loaded);
    }
    let Some(written) = &opened.loaded.catalog else { return Ok(ExitCode::FAILURE) };
    let assumed = (!options.strict_keys).then(|| keys::assumed(written));
    let catalog = assumed.as_ref().unwrap_or(written);
    let name = options.name.as_str();
    let found = catalog.find(name).ok_or_else(|| Unknown::new(catalog, name, &opened.path))?;
    let reachable = reach::targets(catalog, found);
    let rehearsal = Rehearsal {
        catalog,
        asked: (found, name),
        faults: &options.faults,
        stream: options.stream,
        caller: Caller::new(options.key.as_deref(), options.prompt.as_deref(), options.dialect()),
        costs: Costs::new(
            (catalog, clock::today()),
            (options.dialect(), options.stream),
            (options.prompt.as_deref(), options.max_tokens),
        ),
        calm: Calm::new(ejected(catalog, options, &reachable)?, options.turn),
        total: catalog.parts().listeners.first().map_or(Duration::MAX, |listener| listener.timeout),
        date: clock::today(),
    };
    let (is_served, tried) = print(&rehearsal, options, &reachable)?;
    if let Some(note) = assumed.as_ref().and_then(|_| keys::note(written, tried.into_iter())) {
        anstream::eprintln!("\u{1b}[1mnote\u{1b}[0m: {note}");
    }
    Ok(if is_served { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plays and prints; tells whether every request is served, and which targets were tried.
fn print(
    rehearsal: &Rehearsal<'_>,
    options: &Explain,
    reachable: &[TargetId],
) -> Result<(bool, Vec<TargetId>), Failure> {
    if let Some(requests) = options.requests {
        let tally = Tally::of(rehearsal, requests, reachable)?;
        match options.format {
            Format::Text => output::print_coloured(&tally.draw())?,
            Format::Json => output::print(&format!("{:#}\n", tally.json(&options.name)))?,
        }
        return Ok((tally.unserved.served == 0, tally.tried.into_iter().collect()));
    }
    let played = rehearsal.play(0)?;
    match options.format {
        Format::Text => output::print_coloured(&picture::draw(&played))?,
        Format::Json => output::print(&format!("{:#}\n", json(&options.name, &played)))?,
    }
    Ok((played.ending == Ending::Served, played.attempts.iter().map(|attempt| attempt.id).collect()))
}

/// The targets of `--eject`. That of a `provider/*` is as many models as clients can name, and has no breaker.
fn ejected(catalog: &Catalog, options: &Explain, reachable: &[TargetId]) -> Result<Vec<TargetId>, Failure> {
    let target = |id: &TargetId| Some((*id, catalog.target(*id)?));
    let has_breaker = |(_, target): &(TargetId, &Target)| matches!(target.model, Model::Fixed(_));
    let known: Vec<(TargetId, &Target)> = reachable.iter().filter_map(target).filter(has_breaker).collect();
    let mut ejected = Vec::new();
    for named in &options.eject {
        let before = ejected.len();
        let same = known.iter().filter(|(_, target)| *target.name == **named);
        ejected.extend(same.map(|(id, _)| *id));
        if ejected.len() == before {
            let names: Vec<&str> = known.iter().map(|(_, target)| &*target.name).collect();
            let hint = match names.as_slice() {
                [] => "none of its targets has a breaker".to_owned(),
                names => format!("it can eject {}", listed(names)),
            };
            return Err(Failure::NoTarget { target: named.clone(), name: options.name.clone(), hint });
        }
    }
    Ok(ejected)
}

fn json(asked: &str, played: &Played) -> Value {
    let served = played.attempts.last().filter(|_| played.ending == Ending::Served);
    json!({
        "asked": asked,
        "decisions": played.decisions.iter().map(callsign_gateway::tell_decision).collect::<Vec<_>>(),
        "attempts": played.attempts.iter().map(attempt).collect::<Vec<_>>(),
        "served": served.map(|attempt| &attempt.target),
    })
}

fn attempt(attempt: &Attempt) -> Value {
    json!({
        "target": attempt.target,
        "outcome": attempt.fault.map_or("answers", |fault| fault.name),
        "after_ms": milliseconds(attempt.after),
        "max_latency_ms": attempt.max_latency.map(milliseconds),
        "first_token_ms": attempt.first_token.map(milliseconds),
        "left_ms": milliseconds(attempt.left),
        "cost": attempt.cost.as_ref().map(cost::tell),
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
