//! What the process takes from its machine, read from `/proc` when it is asked for.

use std::time::{SystemTime, UNIX_EPOCH};

/// Ticks of a second in `/proc`, which Linux fixes for what programs see.
const TICKS: f64 = 100.0;

/// Resident memory, pages of mapped files included.
pub const MEMORY: &str = "process_resident_memory_bytes";
/// Resident memory of the process's own. Pages of mapped files, such as an archive's, are taken back by the system
/// when it needs them; these are not.
pub const OWN_MEMORY: &str = "process_anonymous_memory_bytes";
/// Open file descriptors.
pub const FILES: &str = "process_open_fds";
/// Processor time.
pub const PROCESSOR: &str = "process_cpu_seconds";
/// Time of the start.
pub const STARTED: &str = "process_start_time_seconds";

/// Notes when counting began.
pub fn note_start() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    metrics::gauge!(STARTED).set(now.as_secs_f64());
}

/// Reads the figures; where there is no `/proc`, they stay as they are.
pub fn read() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for (name, field) in [(MEMORY, "VmRSS:"), (OWN_MEMORY, "RssAnon:")] {
        if let Some(bytes) = bytes_of(&status, field) {
            metrics::gauge!(name).set(bytes as f64);
        }
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        metrics::gauge!(FILES).set(files.count() as f64);
    }
    if let Some(seconds) = processor_seconds() {
        metrics::gauge!(PROCESSOR).set(seconds);
    }
}

/// Reads a line of `/proc/self/status`.
fn bytes_of(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in brackets and may hold blanks.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place)?.parse::<u64>().ok();
    let used = ticks(11)? + ticks(12)?;
    Some(used as f64 / TICKS)
}
