//! `cargo xtask instructions`: how many instructions a request costs, counted by callgrind. Time on a shared machine
//! wavers; this does not. What the kernel does is not counted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::config::{Observers, Routes};
use super::process::Cores;
use super::proxy::{Proxy, Runtime, Setup};
use super::rounds::{self, Upstream};
use super::scenario::Scenario;

/// What is counted, and over how many requests.
const COUNTED: [(Scenario, usize); 4] =
    [(Scenario::Small, 2000), (Scenario::Large, 500), (Scenario::Burst, 64), (Scenario::Brisk, 64)];
const WARM_UP: usize = 64;

/// What to count.
#[derive(Args)]
pub(crate) struct Options {
    /// Count this binary of Callsign rather than building one.
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// What the aliases mean.
    #[arg(long, value_enum, default_value_t = Routes::Plain)]
    routes: Routes,
    /// Who looks at exchanges.
    #[arg(long, value_enum, default_value_t = Observers::Usual)]
    observers: Observers,
    /// Also show the functions that cost the most, this many of each scenario.
    #[arg(long, default_value_t = 0)]
    top: usize,
}

/// Where everything is.
struct Counting<'a> {
    folder: &'a Path,
    driver: &'a Path,
    cores: Cores,
}

/// Counts nginx and Callsign and prints the table.
#[expect(clippy::print_stdout, reason = "the table is what the user asked for")]
pub(crate) fn run(options: &Options) -> Result<()> {
    let target = super::target_folder()?;
    let driver = super::build_driver(&target)?;
    let binary = options.binary.clone().map_or_else(|| super::build_callsign("release", &target), Ok)?;
    let folder = target.join("bench/callgrind");
    fs::create_dir_all(&folder)?;
    let counting = Counting { folder: &folder, driver: &driver, cores: Cores::pick()? };
    let upstream = Upstream::start(&driver, counting.cores)?;
    let nginx = counting.count(Proxy::nginx(&folder, "nginx", &upstream.ports)?, "nginx")?;
    let (routes, observers) = (options.routes, options.observers);
    let setup = Setup { name: "callsign", program: binary, routes, runtime: Runtime::PerCore, observers };
    let callsign = counting.count(Proxy::callsign(&folder, &setup, &upstream.ports)?, "callsign")?;

    println!("| scenario | instructions per | nginx | Callsign | ratio |\n|---|---|--:|--:|--:|");
    for (((scenario, _), nginx), callsign) in COUNTED.iter().zip(&nginx).zip(&callsign) {
        let unit = if scenario.events() > 0 { "event" } else { "request" };
        let ratio = callsign / nginx;
        println!("| {} | {unit} | {nginx:.0} | {callsign:.0} | {ratio:.2} |", scenario.name());
    }
    if options.top > 0 {
        for (scenario, _) in COUNTED {
            println!("\n{}", costliest(&counting.dump("callsign", scenario), options.top)?);
        }
    }
    Ok(())
}

// === impl Counting ===

impl Counting<'_> {
    /// Instructions per request, or per event, of each scenario.
    fn count(&self, proxy: Proxy, name: &str) -> Result<Vec<f64>> {
        let dumps = self.folder.join(format!("{name}.out"));
        let proxy = proxy.under_callgrind(&dumps);
        let running = proxy.start(self.cores.proxy)?;
        let process = running.processes()?.first().copied().context("a proxy is no process")?;
        let mut counts = Vec::new();
        for (at, (scenario, requests)) in COUNTED.into_iter().enumerate() {
            let entrance = proxy.entrances.of(scenario.answer());
            rounds::load(self.driver, self.cores, entrance, (scenario, WARM_UP))?;
            thread::sleep(proxy.settles);
            control("--zero", process)?;
            rounds::load(self.driver, self.cores, entrance, (scenario, requests))?;
            thread::sleep(proxy.settles);
            control("--dump", process)?;
            let dump = self.dump(name, scenario);
            fs::rename(format!("{}.{}", dumps.display(), at + 1), &dump)
                .context("callgrind wrote no counts")?;
            counts.push(
                instructions(&fs::read_to_string(&dump)?)?
                    / super::figure::float(requests * scenario.events().max(1)),
            );
        }
        Ok(counts)
    }

    fn dump(&self, name: &str, scenario: Scenario) -> PathBuf {
        self.folder.join(format!("{name}.{}", scenario.name()))
    }
}

fn control(action: &str, process: u32) -> Result<()> {
    let mut command = Command::new("callgrind_control");
    command.args([action, &process.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let status =
        command.status().context("callgrind is not installed: on Debian, `apt-get install valgrind`")?;
    ensure!(status.success(), "callgrind does not answer");
    Ok(())
}

/// The sum that a dump of callgrind states.
pub(crate) fn instructions(dump: &str) -> Result<f64> {
    let total = dump.lines().find_map(|line| line.strip_prefix("totals: "));
    total.and_then(|total| total.trim().parse().ok()).context("a dump of callgrind states no total")
}

/// The functions with the most instructions, with what they call, and then without. Functions that never return, such
/// as a thread's first, are said to have cost everything: they are left out.
fn costliest(dump: &Path, top: usize) -> Result<String> {
    let mut text = format!("{}\n", dump.display());
    for (title, options) in [("with callees", ["--inclusive=yes"].as_slice()), ("alone", &[])] {
        let output = Command::new("callgrind_annotate")
            .args(["--auto=no", "--threshold=100"])
            .args(options)
            .arg(dump)
            .output()?;
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(title);
        text.push('\n');
        let functions = output.lines().filter(|line| line.contains("%)") && line.contains(':'));
        functions.filter(|line| !line.contains("(100.0%)")).take(top).for_each(|line| {
            text.extend(line.trim_start().chars().take(180));
            text.push('\n');
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_a_dump() {
        let dump = "version: 1\nevents: Ir\nsummary: 7\n\nfn=(1) a\n1 2\n\ntotals: 1234\n";
        assert!((instructions(dump).unwrap() - 1234.0).abs() < 1e-9);
        assert!(instructions("version: 1\n").is_err());
    }
}
