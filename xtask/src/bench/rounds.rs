//! The measuring: the same fixed work for every contender in turn, several rounds, nothing run side by side.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use super::load::Seen;
use super::process::{Cores, Process};
use super::procfs::{self, Memory};
use super::proxy::{self, Entrance, Proxy, Running};
use super::scenario::{PerAnswer, Scenario};

const STARTS: usize = 20;

/// Who answers the clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Contender {
    /// The model server itself.
    Direct,
    /// nginx between.
    Nginx,
    /// Callsign between (or a second nginx, when the noise is measured).
    Callsign,
    /// An older Callsign.
    Baseline,
    /// Callsign whose alias is a split, a pool and a fallback.
    Routed,
    /// Callsign with ten thousand other aliases in its file.
    Crowded,
    /// Callsign on the runtime whose workers share their work.
    Shared,
    /// Callsign at which nobody looks.
    Unobserved,
    /// Callsign at which everybody looks.
    Observed,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) scenarios: &'static [Scenario],
    pub(super) rounds: usize,
    /// A round's requests are divided by this.
    pub(super) divisor: usize,
    /// No round begins after this much time.
    pub(super) limit: Duration,
}

/// One scenario, one contender, one round.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Sample {
    pub(super) seen: Seen,
    /// What the proxy cost; zero for a direct connection.
    pub(super) proxy_cpu: f64,
    /// What the clients and the model server cost together: they share a core.
    pub(super) others_cpu: f64,
}

/// What a proxy weighs.
#[derive(Debug, Clone, Default)]
pub(super) struct Weight {
    pub(super) idle: Memory,
    pub(super) busy: Memory,
    pub(super) ready_after: Vec<Duration>,
}

/// Everything that was measured.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) samples: BTreeMap<(Scenario, Contender), Vec<Sample>>,
    pub(super) weights: BTreeMap<Contender, Weight>,
}

/// Everything that runs while measuring.
struct Field {
    cores: Cores,
    driver: PathBuf,
    upstream: Process,
    contenders: Vec<Entrant>,
}

/// One contender, ready to be asked.
struct Entrant {
    contender: Contender,
    entrances: PerAnswer<Entrance>,
    running: Option<Running>,
    settles: Duration,
}

/// The model server, started and listening.
pub(super) struct Upstream {
    process: Process,
    pub(super) ports: PerAnswer<SocketAddr>,
}

// === impl Upstream ===

impl Upstream {
    /// Starts `driver` as the model server.
    pub(super) fn start(driver: &Path, cores: Cores) -> Result<Self> {
        let mut command = Command::new(driver);
        command.arg("upstream").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(&mut command, cores.others)?;
        let output = process.child().stdout.take().context("the model server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let ports = serde_json::from_str(&line).context("the model server did not say its ports")?;
        Ok(Self { process, ports })
    }
}

/// Runs every scenario against each contender; the one without a proxy is the model server itself.
pub(super) fn measure(
    upstream: Upstream,
    driver: &Path,
    lineup: &[(Contender, Option<&Proxy>)],
    extent: Extent,
) -> Result<Findings> {
    let cores = Cores::pick()?;
    let mut findings = Findings::default();
    let mut contenders = Vec::with_capacity(lineup.len());
    for &(contender, proxy) in lineup {
        let Some(proxy) = proxy else {
            let entrances = proxy::direct(&upstream.ports);
            contenders.push(Entrant { contender, entrances, running: None, settles: Duration::ZERO });
            continue;
        };
        let (running, weight) = start_often(proxy, cores.proxy)?;
        findings.weights.insert(contender, weight);
        let (entrances, settles) = (proxy.entrances.clone(), proxy.settles);
        contenders.push(Entrant { contender, entrances, running: Some(running), settles });
    }
    let field = Field { cores, driver: driver.to_owned(), upstream: upstream.process, contenders };
    field.compare_answers(extent.scenarios)?;
    field.run(extent, &mut findings)?;
    for entrant in &field.contenders {
        if let Some(weight) = findings.weights.get_mut(&entrant.contender) {
            weight.busy = procfs::memory(&entrant.processes()?)?;
        }
    }
    Ok(findings)
}

/// Has `driver` make a number of requests of one kind.
pub(super) fn load(
    driver: &Path,
    cores: Cores,
    entrance: &Entrance,
    (scenario, requests): (Scenario, usize),
) -> Result<Seen> {
    let mut command = Command::new(driver);
    command.args(["load", "--scenario", scenario.name(), "--model", &entrance.model]);
    command.args(["--address", &entrance.address.to_string(), "--requests", &requests.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut clients = Process::start(&mut command, cores.others)?;
    let output = clients.child().stdout.take().context("the clients have no output")?;
    serde_json::from_reader(output).context("the clients did not finish")
}

/// Starts a proxy again and again; the last one stays.
fn start_often(proxy: &Proxy, core: usize) -> Result<(Running, Weight)> {
    let mut ready_after = Vec::with_capacity(STARTS);
    for _ in 1..STARTS {
        ready_after.push(proxy.start(core)?.ready_after);
    }
    let running = proxy.start(core)?;
    ready_after.push(running.ready_after);
    let idle = procfs::memory(&running.processes()?)?;
    Ok((running, Weight { idle, busy: Memory::default(), ready_after }))
}

// === impl Field ===

impl Field {
    /// Every contender must deliver what the model server sent, byte for byte, before its speed counts.
    fn compare_answers(&self, scenarios: &[Scenario]) -> Result<()> {
        for &scenario in scenarios {
            let answer = scenario.answer();
            for entrant in &self.contenders {
                let name = entrant.contender;
                let content = entrant.entrances.of(answer).try_once(scenario);
                let content = content.with_context(|| format!("{name:?} cannot serve {scenario:?}"))?;
                ensure!(content == answer.script().content, "{name:?} changes the content of {scenario:?}");
            }
        }
        Ok(())
    }

    fn run(&self, extent: Extent, findings: &mut Findings) -> Result<()> {
        let begun = Instant::now();
        for round in 0..extent.rounds {
            if round > 0 && begun.elapsed() > extent.limit {
                break;
            }
            for &scenario in extent.scenarios {
                for entrant in self.in_turn(round) {
                    let requests = scenario.requests().div_ceil(extent.divisor);
                    let sample = self.sample(entrant, scenario, requests)?;
                    findings.samples.entry((scenario, entrant.contender)).or_default().push(sample);
                }
            }
        }
        Ok(())
    }

    /// The contenders, every other round backwards, so that none always follows the same one.
    fn in_turn(&self, round: usize) -> Vec<&Entrant> {
        let mut order: Vec<&Entrant> = self.contenders.iter().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        order
    }

    fn sample(&self, entrant: &Entrant, scenario: Scenario, requests: usize) -> Result<Sample> {
        let proxy = entrant.processes()?;
        let before = (procfs::cpu_seconds(&proxy)?, procfs::cpu_seconds(&[self.upstream.id()])?);
        let entrance = entrant.entrances.of(scenario.answer());
        let seen = load(&self.driver, self.cores, entrance, (scenario, requests));
        let seen = seen.with_context(|| format!("{scenario:?} through {:?}", entrant.contender))?;
        thread::sleep(entrant.settles);
        let after = (procfs::cpu_seconds(&proxy)?, procfs::cpu_seconds(&[self.upstream.id()])?);
        let others_cpu = after.1 - before.1 + seen.cpu_seconds;
        Ok(Sample { seen, proxy_cpu: after.0 - before.0, others_cpu })
    }
}

// === impl Entrant ===

impl Entrant {
    fn processes(&self) -> Result<Vec<u32>> {
        self.running.as_ref().map_or_else(|| Ok(Vec::new()), Running::processes)
    }
}
