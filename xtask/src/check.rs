//! `cargo xtask check`: exactly what CI asks for, in the order in which a mistake shows soonest.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::tidy;

const FORMAT: &[&str] = &["fmt", "--all", "--check"];
const LINTS: &[&str] = &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
const NEXTEST: &[&str] = &["nextest", "run", "--workspace"];
const TESTS: &[&str] = &["test", "--workspace", "--lib", "--bins", "--tests"];
const EXAMPLES_IN_DOCS: &[&str] = &["test", "--workspace", "--doc"];
const DOCS: &[&str] = &["doc", "--workspace", "--no-deps", "--document-private-items"];
const DEPENDENCIES: &[&str] = &["deny", "check"];

/// Runs every step and stops at the first that fails.
#[expect(clippy::print_stderr, reason = "a step that is left out must not go unseen")]
pub(crate) fn run() -> Result<()> {
    cargo(FORMAT)?;
    tidy::run()?;
    cargo(LINTS)?;
    cargo(if is_installed("nextest") { NEXTEST } else { TESTS })?;
    cargo(EXAMPLES_IN_DOCS)?;
    cargo(DOCS)?;
    if is_installed("deny") {
        return cargo(DEPENDENCIES);
    }
    eprintln!("left out: `cargo deny check` (`cargo install cargo-deny` to have it)");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "says which step the following output belongs to")]
fn cargo(arguments: &[&str]) -> Result<()> {
    let step = arguments.join(" ");
    eprintln!("\n=== cargo {step}");
    let status = Command::new("cargo").args(arguments).env("RUSTDOCFLAGS", "-D warnings").status()?;
    if !status.success() {
        bail!("`cargo {step}` failed");
    }
    Ok(())
}

fn is_installed(subcommand: &str) -> bool {
    let mut command = Command::new("cargo");
    command.args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
