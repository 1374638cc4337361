//! Callsign's command line: files, environment and signals. Everything else is in the other crates.

mod check;
mod cli;
mod clock;
mod collector;
mod completions;
mod configuration;
mod environment;
mod explain;
mod fetch;
mod guard;
mod import;
mod init;
mod logs;
mod output;
mod plan;
mod reload;
mod report;
mod resolve;
mod schema;
mod serve;
mod sockets;
mod supervisor;
mod unknown;

use std::fmt::Display;
use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

/// Tells on stderr why a command did not do what it should.
fn tell(error: &dyn Display) {
    if logs::is_json() {
        logs::say(tracing::Level::ERROR, &error.to_string());
    } else {
        anstream::eprintln!("\u{1b}[1;31merror\u{1b}[0m: {error}");
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(options) => Ok(serve::run(&options)?),
        Command::Check(options) => Ok(check::run(&options.files)),
        Command::Resolve(options) => Ok(resolve::run(&options)?),
        Command::Explain(options) => Ok(explain::run(&options)),
        Command::Plan(options) => Ok(plan::run(&options)?),
        Command::Guard(options) => Ok(guard::run(&options)?),
        Command::Init(options) => Ok(init::run(&options)?),
        Command::Import(options) => Ok(import::run(&options)?),
        Command::Schema => Ok(schema::run()?),
        Command::Completions(options) => Ok(completions::run(options.shell)?),
    }
}
