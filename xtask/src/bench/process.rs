//! Processes of the benchmark: started on the core they belong to, and gone when their owner is.

use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

const GRACE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(5);

/// Where the proxy under test runs, and where everything else does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cores {
    pub(super) proxy: usize,
    pub(super) others: usize,
}

/// A child that is asked to end, and then made to, when dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
}

// === impl Cores ===

impl Cores {
    /// The first two cores this process may use; the same one twice where there is no second.
    pub(super) fn pick() -> Result<Self> {
        let allowed = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        let proxy = cores.next().context("this process may use no core")?;
        Ok(Self { proxy, others: cores.next().unwrap_or(proxy) })
    }
}

// === impl Process ===

impl Process {
    /// Starts `command` on one core; a child inherits the affinity of the thread that starts it.
    pub(super) fn start(command: &mut Command, core: usize) -> Result<Self> {
        let usual = sched_getaffinity(None)?;
        let mut pinned = CpuSet::new();
        pinned.set(core);
        sched_setaffinity(None, &pinned).with_context(|| format!("cannot run on core {core}"))?;
        let child = command.spawn();
        sched_setaffinity(None, &usual)?;
        let child = child.with_context(|| format!("cannot start `{}`", command.get_program().display()))?;
        Ok(Self { child })
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The child itself, for its pipes.
    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Whether it has ended already.
    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.has_ended() {
            return;
        }
        // A master process must hear of it in time to end its workers, hence not the kill signal first.
        kill_process(Pid::from_child(&self.child), Signal::TERM).ok();
        let deadline = Instant::now() + GRACE;
        while !self.has_ended() && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::procfs;

    #[test]
    fn a_child_runs_on_its_core_and_ends_with_its_owner() {
        let cores = Cores::pick().unwrap();
        let child = Process::start(Command::new("sleep").arg("60"), cores.others).unwrap();
        let affinity = sched_getaffinity(Pid::from_raw(child.id().cast_signed())).unwrap();
        assert!(affinity.is_set(cores.others));
        assert_eq!(affinity.count(), 1);
        let id = child.id();
        drop(child);
        assert!(procfs::memory(&[id]).is_err());
    }
}
