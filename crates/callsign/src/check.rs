//! `callsign check`: everything there is to say about files, and an exit code that scripts can use.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use callsign_config::diagnostic::Severity;
use callsign_config::{Loaded, MissingKeys, Source};

use crate::{environment, report};

/// More than any configuration; what is larger is something else.
const LARGEST: u64 = 16 << 20;

/// How a file fared, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Usable,
    Wrong,
    Unreadable,
}

/// Why a file is not checked.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("there is no such file")]
    Absent,
    #[error("this is a directory; name the file in it")]
    Directory,
    #[error("this file may not be read; check its permissions")]
    Forbidden,
    #[error("this file has more than 16 MiB; is it a configuration?")]
    TooLarge,
    #[error("this file cannot be read: {0}")]
    Other(io::Error),
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
    let name = path.display().to_string();
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            anstream::eprintln!("{name}: {error}");
            return Outcome::Unreadable;
        }
    };
    // A file is checked where it is written, which is seldom where its keys are.
    let loaded = callsign_config::load(
        &Source { name: &name, bytes: &bytes },
        &environment::variable,
        MissingKeys::Allow,
    );
    report::print(path, &bytes, &loaded);
    if let Some(praise) = praise(&loaded) {
        anstream::eprintln!("{name}: {praise}");
    }
    if loaded.count(Severity::Error) > 0 { Outcome::Wrong } else { Outcome::Usable }
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

fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    if path.is_dir() {
        return Err(Unreadable::Directory);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Unreadable::TooLarge);
    }
    Ok(bytes)
}

// === impl Unreadable ===

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Absent,
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            io::ErrorKind::IsADirectory => Self::Directory,
            _ => Self::Other(error),
        }
    }
}
