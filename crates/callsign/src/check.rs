//! `callsign check`: everything there is to say about files, and an exit code that scripts can use.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use callsign_config::diagnostic::{Diagnostic, Severity};
use callsign_config::{Loaded, MissingKeys};

use crate::{configuration, environment, report};

/// How a file fared, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Usable,
    Wrong,
    Unreadable,
}

/// Checks every file, and exits with what the worst of them deserves.
pub(crate) fn run(files: &[PathBuf]) -> ExitCode {
    match files.iter().map(|file| check(file)).max() {
        Some(Outcome::Unreadable) => ExitCode::from(2),
        Some(Outcome::Wrong) => ExitCode::FAILURE,
        Some(Outcome::Usable) | None => ExitCode::SUCCESS,
    }
}

fn check(path: &Path) -> Outcome {
    let name = path.display();
    // A file is checked where it is written, which is seldom where its keys are.
    let opened = match configuration::load(path, MissingKeys::Allow) {
        Ok(opened) => opened,
        Err(reason) => {
            anstream::eprintln!("{name}: {reason}");
            return Outcome::Unreadable;
        }
    };
    let loaded = &opened.loaded;
    report::print(path, &opened.bytes, loaded);
    if let Some(praise) = praise(loaded) {
        anstream::eprintln!("{name}: {praise}");
    }
    let outcome = outcome(loaded);
    if environment::chosen().is_some() {
        return outcome;
    }
    let others = loaded.environments.iter().map(|chosen| check_other(path, chosen, &loaded.diagnostics));
    others.fold(outcome, Ord::max)
}

fn outcome(loaded: &Loaded) -> Outcome {
    if loaded.count(Severity::Error) > 0 { Outcome::Wrong } else { Outcome::Usable }
}

/// Tells what holds in one environment beside what was `told` of the file without its overlays.
fn check_other(path: &Path, chosen: &str, told: &[Diagnostic]) -> Outcome {
    let Ok(mut opened) = configuration::load_for(path, MissingKeys::Allow, Some(chosen)) else {
        return Outcome::Unreadable;
    };
    opened.loaded.diagnostics.retain(|diagnostic| !told.contains(diagnostic));
    let name = PathBuf::from(format!("{} (env {chosen})", path.display()));
    report::print(&name, &opened.bytes, &opened.loaded);
    if let Some(praise) = praise(&opened.loaded) {
        anstream::eprintln!("{}: {praise}", name.display());
    }
    outcome(&opened.loaded)
}

/// "ok, 7 aliases, 4 models", unless there are errors.
fn praise(loaded: &Loaded) -> Option<String> {
    let parts = loaded.catalog.as_ref()?.parts();
    let aliases = counted(parts.aliases.len(), "alias", "aliases");
    Some(format!("ok, {aliases}, {}", counted(parts.entries.len(), "model", "models")))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
