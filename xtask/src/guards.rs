//! `cargo xtask guards`: what each guard costs for a kilobyte of text, in instructions where callgrind is installed, and in time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::bench;

/// One measurement.
#[derive(Debug, PartialEq)]
struct Measured {
    guard: String,
    kind: String,
    size: f64,
    nanoseconds: f64,
    instructions: Option<f64>,
}

const KILOBYTE: f64 = 1024.0;

/// Measures and prints the table.
#[expect(clippy::print_stdout, reason = "the table is what the user asked for")]
pub(crate) fn run() -> Result<()> {
    let target = bench::target_folder()?;
    let built = Command::new("cargo")
        .args(["build", "--release", "--locked", "-p", "callsign-guard", "--example", "costs"])
        .status()?;
    ensure!(built.success(), "the example `costs` of callsign-guard does not build");
    let program = target.join("release/examples/costs");
    let said = said(&mut Command::new(&program))?;
    let counts = counted(&program, &target.join("bench/guards"))?;
    println!("{}", table(&measurements(&said, &counts)));
    Ok(())
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The instructions of each call of `measured`, in order; none where there is no callgrind.
fn counted(program: &Path, folder: &Path) -> Result<Vec<f64>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(Vec::new());
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let dumps = folder.join("out");
    let mut command = Command::new("valgrind");
    command.args([
        "--tool=callgrind",
        "--collect-atstart=no",
        "--toggle-collect=costs::measured",
        "--dump-after=costs::measured",
    ]);
    command.arg(format!("--callgrind-out-file={}", dumps.display())).arg(program).arg("--once");
    said(&mut command)?;
    (1..)
        .map(|number| folder.join(format!("out.{number}")))
        .take_while(|dump| dump.exists())
        .map(|dump| bench::instructions::instructions(&fs::read_to_string(dump)?))
        .collect()
}

/// What was printed, line by line, with the counts in the same order.
fn measurements(said: &str, counts: &[f64]) -> Vec<Measured> {
    let mut counts = counts.iter().copied();
    let line = |line: &str| {
        let mut words = line.split(' ');
        let (guard, kind) = (words.next()?.to_owned(), words.next()?.to_owned());
        let (size, nanoseconds) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Measured { guard, kind, size, nanoseconds, instructions: counts.next() })
    };
    said.lines().filter_map(line).collect()
}

/// For each guard and kind of text a row, for each size a column.
fn table(measured: &[Measured]) -> String {
    let mut rows: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let mut order = Vec::new();
    for one in measured {
        let key = (one.guard.as_str(), one.kind.as_str());
        if !rows.contains_key(&key) {
            order.push(key);
        }
        let kilobytes = one.size / KILOBYTE;
        let cell = rows.entry(key).or_default();
        let time = one.nanoseconds / 1000.0 / kilobytes;
        let _infallible = match one.instructions {
            Some(count) => write!(cell, " {:.0} | {time:.1} |", count / kilobytes),
            None => write!(cell, " | {time:.1} |"),
        };
    }
    let mut table = "| guard | text | 1 KB: instructions a KB | µs a KB | 10 KB: instructions a KB | µs a KB | 100 KB: instructions a KB | µs a KB |\n\
                     |---|---|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for key in order {
        let cells = rows.get(&key).map_or("", String::as_str);
        let _infallible = writeln!(table, "| {} | {} |{cells}", key.0, key.1);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_gets_the_count_of_its_call() {
        let said = "pii prose 1024 2000\npii prose 10240 20000\n";
        let measured = measurements(said, &[4096.0, 40960.0]);
        assert_eq!(measured.len(), 2);
        let table = table(&measured);
        assert!(table.ends_with("| pii | prose | 4096 | 2.0 | 4096 | 2.0 |\n"), "{table}");
        assert!(super::table(&measurements(said, &[])).ends_with("| pii | prose | | 2.0 | | 2.0 |\n"));
    }
}
