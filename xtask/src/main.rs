//! The project's chores, run as `cargo xtask NAME`: what CI checks, and the benchmark.
#![forbid(unsafe_code)]

mod bench;
mod check;
mod guards;
mod matrix;
mod prices;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the project.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything CI asks for: format, lints, tidy, tests, documentation, dependencies.
    Check,
    /// House rules that no other tool knows: lengths, names, unnumbered notes.
    Tidy,
    /// Write into `docs/translation.md` what survives the way from one dialect to another.
    Matrix,
    /// Take over the prices of the genai-prices package in `Cargo.lock`.
    Prices,
    /// Measure Callsign against nginx on this machine.
    Bench(bench::Options),
    /// Count the instructions of a request through nginx and through Callsign.
    Instructions(bench::instructions::Options),
    /// Measure what each guard costs for a kilobyte of text.
    Guards,
    /// The benchmark's clients, as a process of its own.
    #[command(hide = true)]
    Load(bench::load::Options),
    /// The benchmark's model server, as a process of its own.
    #[command(hide = true)]
    Upstream,
}

#[expect(
    clippy::print_stderr,
    reason = "a chore's failure is told to the one who ran it, without a backtrace"
)]
fn main() -> ExitCode {
    let Err(error) = run(Arguments::parse().chore) else { return ExitCode::SUCCESS };
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}

fn run(chore: Chore) -> anyhow::Result<()> {
    match chore {
        Chore::Check => check::run(),
        Chore::Tidy => tidy::run(),
        Chore::Matrix => matrix::run(),
        Chore::Prices => prices::run(),
        Chore::Bench(options) => bench::run(&options),
        Chore::Instructions(options) => bench::instructions::run(&options),
        Chore::Guards => guards::run(),
        Chore::Load(options) => bench::load::run(&options),
        Chore::Upstream => bench::upstream::run(),
    }
}
