//! `cargo xtask bench`: Callsign and nginx in front of the same model server, on the same core, in turn.
//! What is measured and how to read it is told in `docs/bench.md`.

mod figure;
mod http1;
pub(crate) mod instructions;
pub(crate) mod load;
mod process;
mod procfs;
mod proxy;
mod report;
mod rounds;
mod scenario;
pub(crate) mod upstream;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use process::Cores;
use proxy::Proxy;
use report::Circumstances;
use rounds::{Contender, Extent, Upstream};

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Less than a minute: fewer rounds of fewer requests. For a first look, not for a verdict.
    #[arg(long)]
    quick: bool,
    /// How many rounds; each contender has its turn in each.
    #[arg(long)]
    rounds: Option<usize>,
    /// Measure nginx against itself: how far the ratios stray from 1 is the noise of this machine.
    #[arg(long, conflicts_with = "binary")]
    noise: bool,
    /// Measure this binary of Callsign rather than building one.
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// The profile to build with: `release`, or the shipped binary's `dist`.
    #[arg(long, default_value = "release")]
    profile: String,
    /// Where to write the results beside printing them: `PATH.md` and `PATH.json`.
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// Builds what is needed, measures, prints the table.
#[expect(clippy::print_stdout, reason = "the table is what the user asked for")]
pub(crate) fn run(options: &Options) -> Result<()> {
    let target = target_folder()?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    let driver = build_driver(&target)?;
    let cores = Cores::pick()?;
    let upstream = Upstream::start(&driver, cores)?;
    let nginx = Proxy::nginx(&folder, "nginx", &upstream.ports)?;
    let candidate = options.candidate(&target, &upstream)?;
    let extent = options.extent();
    let mut circumstances = Circumstances {
        candidate: if options.noise { "nginx again" } else { "Callsign" },
        remarks: remarks(&nginx, &candidate, cores)?,
    };
    let proxies = [(Contender::Nginx, &nginx), (Contender::Callsign, &candidate)];
    let findings = rounds::measure(upstream, &driver, proxies, extent)?;
    let done = findings.samples.values().map(Vec::len).max().unwrap_or_default();
    circumstances.remarks.push(("rounds", format!("{done} of {}", extent.rounds)));
    circumstances.remarks.push(("load average after", load_average()?));

    let table = report::markdown(&circumstances, &findings);
    let output = options.output.clone().unwrap_or_else(|| folder.join("results"));
    fs::write(output.with_extension("md"), &table)?;
    fs::write(output.with_extension("json"), format!("{:#}\n", report::json(&circumstances, &findings)))?;
    println!("{table}\nwritten to {0}.md and {0}.json", output.with_extension("").display());
    Ok(())
}

// === impl Options ===

impl Options {
    fn extent(&self) -> Extent {
        let (rounds, divisor, seconds) = if self.quick { (3, 5, 25) } else { (7, 1, 240) };
        Extent { rounds: self.rounds.unwrap_or(rounds), divisor, limit: Duration::from_secs(seconds) }
    }

    fn candidate(&self, target: &Path, upstream: &Upstream) -> Result<Proxy> {
        let folder = target.join("bench");
        if self.noise {
            return Proxy::nginx(&folder, "nginx-again", &upstream.ports);
        }
        let binary = self.binary.clone().map_or_else(|| build_callsign(&self.profile, target), Ok)?;
        Proxy::callsign(&folder, &binary, &upstream.ports)
    }
}

/// The clients and the model server, optimised: this very program, if it is.
fn build_driver(target: &Path) -> Result<PathBuf> {
    if !cfg!(debug_assertions) {
        return Ok(std::env::current_exe()?);
    }
    cargo_build(&["--release", "--package", "xtask"])?;
    Ok(target.join("release/xtask"))
}

fn build_callsign(profile: &str, target: &Path) -> Result<PathBuf> {
    cargo_build(&["--profile", profile, "--package", "callsign"])?;
    Ok(target.join(profile).join("callsign"))
}

fn cargo_build(arguments: &[&str]) -> Result<()> {
    let status = Command::new("cargo").arg("build").args(arguments).status().context("cannot run cargo")?;
    ensure!(status.success(), "`cargo build {}` failed", arguments.join(" "));
    Ok(())
}

/// Where cargo puts what it builds: two levels above this very program.
fn target_folder() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    own.ancestors().nth(2).map(Path::to_owned).context("this program does not lie in cargo's target folder")
}

fn remarks(nginx: &Proxy, candidate: &Proxy, cores: Cores) -> Result<Vec<(&'static str, String)>> {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let processor = processor.map_or("unknown", |(_, name)| name.trim());
    let count = thread::available_parallelism()?;
    Ok(vec![
        ("machine", format!("{processor}, {count} cores, Linux {}", kernel.trim())),
        ("baseline", nginx.version()?),
        ("candidate", candidate.version()?),
        ("cores", format!("proxy on {}, clients and model server on {}", cores.proxy, cores.others)),
        ("load average before", load_average()?),
    ])
}

fn load_average() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}
