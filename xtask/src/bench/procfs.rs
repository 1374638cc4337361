//! What the kernel knows of a process: processor time and memory, read from `/proc`.

use std::fs;

use anyhow::{Context, Result};

/// Memory of one or more processes, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Resident now (`VmRSS`).
    pub(super) resident: u64,
    /// The most that was ever resident (`VmHWM`).
    pub(super) peak: u64,
}

/// Processor time of `processes` so far, user and system, ended threads included.
pub(super) fn cpu_seconds(processes: &[u32]) -> Result<f64> {
    let mut ticks = 0;
    for process in processes {
        ticks += cpu_ticks(&read(*process, "stat")?)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "ticks of a bench are far below 2^52")]
    let seconds = ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
    Ok(seconds)
}

/// Memory of `processes`, added up; pages they share count once for each.
pub(super) fn memory(processes: &[u32]) -> Result<Memory> {
    let mut sum = Memory::default();
    for process in processes {
        let status = read(*process, "status")?;
        sum.resident += status_field(&status, "VmRSS:")?;
        sum.peak += status_field(&status, "VmHWM:")?;
    }
    Ok(sum)
}

/// A process and its children.
pub(super) fn family(process: u32) -> Result<Vec<u32>> {
    let children = read(process, &format!("task/{process}/children"))?;
    let children = children.split_ascii_whitespace().map(str::parse);
    std::iter::once(Ok(process))
        .chain(children)
        .collect::<Result<_, _>>()
        .context("a process id is not a number")
}

fn read(process: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{process}/{file}");
    fs::read_to_string(&path).with_context(|| format!("cannot read `{path}`: is the process still there"))
}

/// Fields 14 and 15 of `stat`; the second field is a name that may itself hold spaces and brackets.
fn cpu_ticks(stat: &str) -> Result<u64> {
    let (_, fields) = stat.rsplit_once(')').context("a `stat` without a name")?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next().and_then(|field| field.parse::<u64>().ok());
    let (user, system) = (ticks(), ticks());
    Ok(user.context("no user time in `stat`")? + system.context("no system time in `stat`")?)
}

fn status_field(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    value.with_context(|| format!("no `{name}` in `status`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_a_hostile_name() {
        let stat = "7 (a) R (b c) S 1 7 7 0 -1 4194304 10 20 30 40 250 50 9 9 20 0 1 0 5 6 7";
        assert_eq!(cpu_ticks(stat).unwrap(), 300);
        assert!(cpu_ticks("7 (a) S 1 2").is_err());
    }

    #[test]
    fn memory_is_read_in_kibibytes() {
        let status = "Name:\ta\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(status_field(status, "VmHWM:").unwrap(), 2048);
        assert_eq!(status_field(status, "VmRSS:").unwrap(), 1024);
        assert!(status_field(status, "VmSwap:").is_err());
    }

    #[test]
    fn this_process_can_be_measured() {
        let own = std::process::id();
        assert!(memory(&[own]).unwrap().peak > 0);
        assert!(cpu_seconds(&[own]).unwrap() >= 0.0);
        assert_eq!(family(own).unwrap()[0], own);
    }
}
