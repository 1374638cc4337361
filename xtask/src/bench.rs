//! `cargo xtask bench`: Callsign and nginx in front of the same model server, on the same core, in turn.
//! What is measured and how to read it is told in `docs/bench.md`.

mod beside;
mod collector;
mod config;
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

use beside::Variant;
use config::{Observers, Routes};
use figure::{Figure, figures};
use process::Cores;
use proxy::{Proxy, Runtime, Setup};
use report::Circumstances;
use rounds::{Contender, Extent, Findings, Upstream};
use scenario::Scenario;

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
    /// The runtime that Callsign is started with.
    #[arg(long, value_enum, default_value_t = Runtime::PerCore)]
    runtime: Runtime,
    /// Measure Callsign beside itself and not nginx: what these add to a plain alias.
    #[arg(long, value_enum, value_delimiter = ',', conflicts_with = "noise")]
    beside: Vec<Variant>,
    /// Measure Callsign beside itself and not nginx: a plain alias beside what it costs in this older binary.
    #[arg(long, value_name = "PATH", conflicts_with = "noise")]
    baseline: Option<PathBuf>,
    /// The profile to build with: `release`, or the shipped binary's `dist`.
    #[arg(long, default_value = "release")]
    profile: String,
    /// Where to write the results beside printing them: `PATH.md` and `PATH.json`.
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// Where everything is while it is measured.
struct Site {
    target: PathBuf,
    folder: PathBuf,
    driver: PathBuf,
    cores: Cores,
}

/// Builds what is needed, measures, prints the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    let target = target_folder()?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    let site = Site { folder, driver: build_driver(&target)?, cores: Cores::pick()?, target };
    let upstream = Upstream::start(&site.driver, site.cores)?;
    if options.beside.is_empty() && options.baseline.is_none() {
        by_nginx(options, &site, upstream)
    } else {
        by_itself(options, &site, upstream)
    }
}

fn by_nginx(options: &Options, site: &Site, upstream: Upstream) -> Result<()> {
    let nginx = Proxy::nginx(&site.folder, "nginx", &upstream.ports)?;
    let candidate = options.candidate(site, &upstream)?;
    let mut circumstances = Circumstances {
        columns: ("nginx", if options.noise { "nginx again" } else { "Callsign" }),
        remarks: remarks(&nginx, &candidate, site.cores)?,
    };
    if !options.noise {
        circumstances.remarks.push(("runtime", options.runtime.name().to_owned()));
    }
    let lineup = [
        (Contender::Direct, None),
        (Contender::Nginx, Some(&nginx)),
        (Contender::Callsign, Some(&candidate)),
    ];
    let extent = options.extent(&Scenario::ALL);
    let findings = rounds::measure(upstream, &site.driver, &lineup, extent)?;
    circumstances.remarks.extend(afterwards(&findings, extent)?);
    let output = options.output.clone().unwrap_or_else(|| site.folder.join("results"));
    tell(&circumstances, &figures(&findings), &findings, &output)
}

/// The plain alias comes first: it is what the others are measured by, and so is measured with each of them.
fn by_itself(options: &Options, site: &Site, upstream: Upstream) -> Result<()> {
    let proxies = options.beside_itself(site, &upstream)?;
    let (_, plain) = proxies.first().context("nothing is to be measured")?;
    let (_, oldest) = proxies.last().context("nothing is to be measured")?;
    let mut circumstances =
        Circumstances { columns: ("reference", "measured"), remarks: remarks(oldest, plain, site.cores)? };
    let lineup: Vec<_> = proxies.iter().map(|(contender, proxy)| (*contender, Some(proxy))).collect();
    let extent = options.extent(beside::SCENARIOS);
    let findings = rounds::measure(upstream, &site.driver, &lineup, extent)?;
    circumstances.remarks.extend(afterwards(&findings, extent)?);
    let output = options.output.clone().unwrap_or_else(|| site.folder.join("beside"));
    tell(&circumstances, &beside::figures(&findings), &findings, &output)
}

/// What is only known after the last round.
fn afterwards(findings: &Findings, extent: Extent) -> Result<[(&'static str, String); 2]> {
    let done = findings.samples.values().map(Vec::len).max().unwrap_or_default();
    Ok([("rounds", format!("{done} of {}", extent.rounds)), ("load average after", load_average()?)])
}

#[expect(clippy::print_stdout, reason = "the table is what the user asked for")]
fn tell(circumstances: &Circumstances, figures: &[Figure], findings: &Findings, output: &Path) -> Result<()> {
    let table = report::markdown(circumstances, figures, findings);
    fs::write(output.with_extension("md"), &table)?;
    let json = report::json(circumstances, figures, findings);
    fs::write(output.with_extension("json"), format!("{json:#}\n"))?;
    println!("{table}\nwritten to {0}.md and {0}.json", output.with_extension("").display());
    Ok(())
}

// === impl Options ===

impl Options {
    fn extent(&self, scenarios: &'static [Scenario]) -> Extent {
        let (rounds, divisor, seconds) = if self.quick { (3, 5, 25) } else { (7, 1, 240) };
        let rounds = self.rounds.unwrap_or(rounds);
        Extent { scenarios, rounds, divisor, limit: Duration::from_secs(seconds) }
    }

    fn candidate(&self, site: &Site, upstream: &Upstream) -> Result<Proxy> {
        if self.noise {
            return Proxy::nginx(&site.folder, "nginx-again", &upstream.ports);
        }
        Proxy::callsign(&site.folder, &self.plain(self.program(site)?), &upstream.ports)
    }

    /// The plain alias, its variants, the older binary.
    fn beside_itself(&self, site: &Site, upstream: &Upstream) -> Result<Vec<(Contender, Proxy)>> {
        let program = self.program(site)?;
        let mut setups = vec![(Contender::Callsign, self.plain(program.clone()))];
        setups.extend(self.beside.iter().map(|variant| {
            let (routes, runtime, observers) = (variant.routes(), variant.runtime(), variant.observers());
            let setup =
                Setup { name: variant.folder(), program: program.clone(), routes, runtime, observers };
            (variant.contender(), setup)
        }));
        setups.extend(
            self.baseline
                .iter()
                .map(|older| (Contender::Baseline, Setup { name: "baseline", ..self.plain(older.clone()) })),
        );
        let proxies = setups.into_iter().map(|(contender, setup)| {
            Ok((contender, Proxy::callsign(&site.folder, &setup, &upstream.ports)?))
        });
        proxies.collect()
    }

    fn plain(&self, program: PathBuf) -> Setup {
        let observers = Observers::Usual;
        Setup { name: "callsign", program, routes: Routes::Plain, runtime: self.runtime, observers }
    }

    fn program(&self, site: &Site) -> Result<PathBuf> {
        self.binary.clone().map_or_else(|| build_callsign(&self.profile, &site.target), Ok)
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
pub(crate) fn target_folder() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    own.ancestors().nth(2).map(Path::to_owned).context("this program does not lie in cargo's target folder")
}

fn remarks(reference: &Proxy, candidate: &Proxy, cores: Cores) -> Result<Vec<(&'static str, String)>> {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let processor = processor.map_or("unknown", |(_, name)| name.trim());
    let count = thread::available_parallelism()?;
    Ok(vec![
        ("machine", format!("{processor}, {count} cores, Linux {}", kernel.trim())),
        ("baseline", reference.version()?),
        ("candidate", candidate.version()?),
        ("cores", format!("proxy on {}, clients and model server on {}", cores.proxy, cores.others)),
        ("load average before", load_average()?),
    ])
}

fn load_average() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}
