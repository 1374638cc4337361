//! What the system says of the process; on another system than Linux only what every Unix tells.

use std::fs;

use rustix::time::{ClockId, clock_gettime};

/// The process as it is now.
#[derive(Debug, Default)]
pub(super) struct Process {
    /// Seconds of processor time.
    pub(super) cpu: f64,
    /// Bytes of memory in use.
    pub(super) resident: Option<u64>,
    /// Bytes of address space.
    pub(super) virtual_memory: Option<u64>,
    /// Threads.
    pub(super) threads: Option<u64>,
    /// Open files and sockets.
    pub(super) open_files: Option<u64>,
    /// How many may be open.
    pub(super) most_files: Option<u64>,
}

// === impl Process ===

impl Process {
    pub(super) fn look() -> Self {
        let spent = clock_gettime(ClockId::ProcessCPUTime);
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let open_files = fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64);
        Self {
            cpu: seconds(spent.tv_sec, spent.tv_nsec),
            resident: number(&status, "VmRSS:").map(|kibibytes| kibibytes << 10),
            virtual_memory: number(&status, "VmSize:").map(|kibibytes| kibibytes << 10),
            threads: number(&status, "Threads:"),
            open_files,
            most_files: number(&limits, "Max open files"),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no process runs for so long that a float could not tell it")]
fn seconds(whole: i64, nanoseconds: i64) -> f64 {
    whole as f64 + nanoseconds as f64 / 1e9
}

/// The first number behind `name` in one of the system's tables.
fn number(table: &str, name: &str) -> Option<u64> {
    let line = table.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_out_of_the_systems_tables() {
        let status = "Name:\tcallsign\nVmSize:\t   12 kB\nVmRSS:\t    8 kB\nThreads:\t3\n";
        let told = ["VmSize:", "VmRSS:", "Threads:", "VmSwap:"].map(|name| number(status, name));
        assert_eq!(told, [Some(12), Some(8), Some(3), None]);
        let limits = "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\n";
        assert_eq!(number(limits, "Max open files"), Some(1024));
    }

    #[test]
    fn this_process_has_taken_time() {
        let process = Process::look();
        assert!(process.cpu > 0.0);
        assert!(process.resident.is_none_or(|bytes| bytes > 4096));
    }
}
