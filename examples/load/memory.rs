//! The memory of a server and of the processes it starts to read files, sampled from `/proc`.

use std::time::Duration;

/// Resident memory at one moment, in MiB.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Seconds since the load began.
    pub seconds: f64,
    /// Of the server alone, pages of mapped files of the archive included.
    pub server: f64,
    /// Of the server's own, without such pages, which the system takes back when it needs them.
    pub own: f64,
    /// Of all its children together.
    pub children: f64,
    /// Of the largest child, at its peak so far.
    pub largest_child: f64,
}

/// What a series of samples says about growth of the server's own memory.
#[derive(Debug, Clone, Copy)]
pub struct Growth {
    /// Mean of the first fifth after the warm-up.
    pub first: f64,
    /// Mean of the last fifth.
    pub last: f64,
    /// MiB a minute, by least squares over everything after the warm-up.
    pub slope: f64,
    /// Largest of the server alone.
    pub server_peak: f64,
    /// Largest of the server with its children.
    pub peak: f64,
    /// Largest child.
    pub largest_child: f64,
}

/// Value of a field of `/proc/PID/status` in MiB.
fn field(pid: u32, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
}

/// Processes that read files for the server. One that has not begun its own program yet shows the memory of
/// the server.
fn children(pid: u32) -> Vec<u32> {
    let parent = |pid: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name of the program stands in brackets and may hold blanks.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let reads = |process: u32| {
        let command = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).any(|word| word == b"read-document")
    };
    processes.filter(|process| parent(*process) == Some(pid) && reads(*process)).collect()
}

/// Takes a sample; `None` if there is no such process.
pub fn sample(pid: u32, seconds: f64) -> Option<Sample> {
    let server = field(pid, "VmRSS")?;
    let (mut sum, mut largest) = (0.0, 0.0_f64);
    for child in children(pid) {
        sum += field(child, "VmRSS").unwrap_or(0.0);
        largest = largest.max(field(child, "VmHWM").unwrap_or(0.0));
    }
    let own = field(pid, "RssAnon")?;
    Some(Sample { seconds, server, own, children: sum, largest_child: largest })
}

/// True while the process runs; one that has ended and was not waited for does not.
pub fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// Judges the samples after the warm-up; `None` for fewer than ten.
pub fn growth(samples: &[Sample], warm_up: Duration) -> Option<Growth> {
    let warm: Vec<Sample> =
        samples.iter().filter(|sample| sample.seconds >= warm_up.as_secs_f64()).copied().collect();
    if warm.len() < 10 {
        return None;
    }
    let count = warm.len() as f64;
    let mean = |of: &[Sample], value: fn(&Sample) -> f64| of.iter().map(value).sum::<f64>() / of.len() as f64;
    let (middle, level) = (mean(&warm, |s| s.seconds), mean(&warm, |s| s.own));
    let covariance = warm.iter().map(|s| (s.seconds - middle) * (s.own - level)).sum::<f64>() / count;
    let variance = warm.iter().map(|s| (s.seconds - middle).powi(2)).sum::<f64>() / count;
    let largest = |value: fn(&Sample) -> f64| samples.iter().map(value).fold(0.0, f64::max);
    let fifth = warm.len() / 5;
    Some(Growth {
        first: mean(&warm[..fifth], |s| s.own),
        last: mean(&warm[warm.len() - fifth..], |s| s.own),
        slope: 60.0 * covariance / variance,
        server_peak: largest(|s| s.server),
        peak: largest(|s| s.server + s.children),
        largest_child: largest(|s| s.largest_child),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_from_noise() {
        let at = |seconds: u32, own: f64| Sample {
            seconds: f64::from(seconds),
            server: own,
            own,
            children: 0.0,
            largest_child: 0.0,
        };
        let series = |of: fn(u32) -> f64| (0..300).map(|n| at(n, of(n))).collect::<Vec<_>>();
        let growing = growth(&series(|n| 100.0 + f64::from(n) / 6.0), Duration::from_secs(60)).unwrap();
        assert!((growing.slope - 10.0).abs() < 1e-6, "{growing:?}");
        let steady = series(|n| if n < 60 { f64::from(n) } else { 100.0 + f64::from(n % 2) });
        let steady = growth(&steady, Duration::from_secs(60)).unwrap();
        assert!(steady.slope.abs() < 0.1 && (steady.last - steady.first).abs() < 0.1, "{steady:?}");
        assert!(growth(&series(|_| 1.0), Duration::from_secs(295)).is_none());
    }
}
