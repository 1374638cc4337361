//! Writing to stdout. A reader that goes away early (`| head`) is no error.

use std::io::{self, Write};

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
