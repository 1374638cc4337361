//! The clients of the benchmark: a fixed number of requests over a fixed number of connections, one thread each.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::http1::{Framing, Reader};
use super::procfs;
use super::scenario::Scenario;

const PATIENCE: Duration = Duration::from_secs(20);

/// What to ask, and of whom.
#[derive(Args)]
pub(crate) struct Options {
    #[arg(long)]
    address: SocketAddr,
    #[arg(long, value_enum)]
    scenario: Scenario,
    #[arg(long)]
    model: String,
    #[arg(long)]
    requests: usize,
}

/// What one run saw.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) requests: usize,
    pub(super) seconds: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    /// How often a client had to read: with the events it tells how many of them came together.
    pub(super) reads: u64,
    /// What the clients themselves cost.
    pub(super) cpu_seconds: f64,
}

/// What the threads share.
struct Work {
    request: Vec<u8>,
    content: usize,
    requests: usize,
    begun: AtomicUsize,
    start: Barrier,
}

/// What one thread brings home.
#[derive(Default)]
struct Notes {
    took: Vec<Duration>,
    reads: u64,
}

/// Runs the clients and prints what they saw, as JSON.
#[expect(clippy::print_stdout, reason = "the parent reads the figures from there")]
pub(crate) fn run(options: &Options) -> Result<()> {
    let connections = options.scenario.connections();
    let work = Work {
        request: options.scenario.request(&options.model),
        content: options.scenario.answer().script().content.len(),
        requests: options.requests,
        begun: AtomicUsize::new(0),
        start: Barrier::new(connections + 1),
    };
    let streams: Vec<TcpStream> =
        (0..connections).map(|_| connect(options.address)).collect::<Result<_>>()?;
    let (seconds, notes) = drive_all(&work, &streams)?;
    println!("{}", serde_json::to_string(&summary(seconds, notes)?)?);
    Ok(())
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn drive_all(work: &Work, streams: &[TcpStream]) -> Result<(f64, Vec<Notes>)> {
    thread::scope(|scope| {
        let threads: Vec<_> = streams.iter().map(|stream| scope.spawn(|| drive(work, stream))).collect();
        work.start.wait();
        let begun = Instant::now();
        let joined =
            threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a client panicked"))?);
        let notes = joined.collect::<Result<_>>()?;
        Ok((begun.elapsed().as_secs_f64(), notes))
    })
}

fn drive(work: &Work, stream: &TcpStream) -> Result<Notes> {
    let mut reader = Reader::new(stream);
    let mut notes = Notes { took: Vec::with_capacity(work.requests), reads: 0 };
    work.start.wait();
    while work.begun.fetch_add(1, Ordering::Relaxed) < work.requests {
        let begun = Instant::now();
        ask(work, stream, &mut reader)?;
        notes.took.push(begun.elapsed());
    }
    notes.reads = reader.reads();
    Ok(notes)
}

fn ask(work: &Work, mut stream: &TcpStream, reader: &mut Reader<&TcpStream>) -> Result<()> {
    stream.write_all(&work.request)?;
    let head = reader.head()?.context("the connection was closed before the answer")?;
    if head.status != Some(200) {
        return Err(unexpected(head.status, head.framing, reader));
    }
    let mut received = 0;
    reader.body(head.framing, &mut |part| received += part.len())?;
    ensure!(received == work.content, "an answer had {received} bytes instead of {}", work.content);
    Ok(())
}

fn unexpected(status: Option<u16>, framing: Framing, reader: &mut Reader<&TcpStream>) -> anyhow::Error {
    let mut body = Vec::new();
    let ended = reader.body(framing, &mut |part| body.extend_from_slice(part));
    let text = String::from_utf8_lossy(&body);
    let error = anyhow!("an answer had status {}: {text}", status.unwrap_or_default());
    ended.err().map_or(error, |cut| cut.context(text.into_owned()))
}

fn summary(seconds: f64, notes: Vec<Notes>) -> Result<Seen> {
    let reads = notes.iter().map(|notes| notes.reads).sum();
    let mut took: Vec<Duration> = notes.into_iter().flat_map(|notes| notes.took).collect();
    took.sort_unstable();
    Ok(Seen {
        requests: took.len(),
        seconds,
        p50_us: quantile(&took, 50)?,
        p99_us: quantile(&took, 99)?,
        reads,
        cpu_seconds: procfs::cpu_seconds(&[std::process::id()])?,
    })
}

/// The smallest time that `percent` of the requests did not pass, in microseconds.
fn quantile(sorted: &[Duration], percent: usize) -> Result<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    let time = sorted.get(rank).context("no request was made")?;
    Ok(time.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_times_that_were_measured() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_micros).collect();
        let check = |percent, expected: f64| {
            let found = quantile(&times, percent).unwrap();
            assert!((found - expected).abs() < 1e-6, "p{percent} is {found}");
        };
        check(50, 100.0);
        check(99, 198.0);
        check(100, 200.0);
        assert!(quantile(&[], 50).is_err());
    }
}
