//! Writing to stdout and to new files. A reader that goes away early (`| head`) is no error.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a file is not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritten {
    /// There is one already.
    #[error(
        "`{}` is there already; write over it with `--force`, or choose another file with `--output FILE`",
        .0.display()
    )]
    Exists(PathBuf),
    /// It cannot be written.
    #[error("`{}` cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

/// What becomes of a file that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays.
    Keep,
    /// It is replaced.
    Replace,
}

// === impl Existing ===

impl From<bool> for Existing {
    /// What `--force` asks for.
    fn from(forced: bool) -> Self {
        if forced { Self::Replace } else { Self::Keep }
    }
}

/// Writes `text` to a file.
pub(crate) fn save(path: &Path, text: &str, existing: Existing) -> Result<(), Unwritten> {
    let mut open = OpenOptions::new();
    open.write(true);
    match existing {
        Existing::Replace => open.create(true).truncate(true),
        Existing::Keep => open.create_new(true),
    };
    open.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(|reason| {
        match reason.kind() {
            io::ErrorKind::AlreadyExists => Unwritten::Exists(path.to_owned()),
            _ => Unwritten::Unwritable { path: path.to_owned(), reason },
        }
    })
}

/// Prints `text` as it is.
pub(crate) fn print(text: &str) -> io::Result<()> {
    write(&mut io::stdout().lock(), text)
}

/// Prints `text`; its colours are left out where nobody would see them.
pub(crate) fn print_coloured(text: &str) -> io::Result<()> {
    write(&mut anstream::stdout().lock(), text)
}

fn write(stdout: &mut dyn Write, text: &str) -> io::Result<()> {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
