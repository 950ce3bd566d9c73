//! Gives memory that is free back to the system.
//!
//! The allocator of the system (glibc) keeps what was freed in pools, up to eight for every processor, and
//! in each of them everything below the highest block in use. A service with many short-lived threads thus
//! grows for hours although it holds no more than before. So `serve` has as many pools as it can use at
//! once, and hands free pages back every now and then.
//!
//! With another allocator nothing is done.

use std::time::Duration;

/// Time between two hand-backs, each of which takes some milliseconds.
const PAUSE: Duration = Duration::from_secs(30);

/// Bounds the number of pools; to be called before there are threads.
pub fn bound_pools() {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    glibc::bound_pools(processors.max(2));
}

/// Hands free memory back now. Blocking.
pub fn give_back() {
    glibc::give_back();
}

/// Hands free memory back again and again, for as long as the runtime lives.
pub fn start() {
    tokio::spawn(async {
        loop {
            tokio::time::sleep(PAUSE).await;
            if tokio::task::spawn_blocking(give_back).await.is_err() {
                return;
            }
        }
    });
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    pub fn bound_pools(most: usize) {
        let most = libc::c_int::try_from(most).unwrap_or(libc::c_int::MAX);
        // SAFETY: `mallopt` takes two numbers and may be called at any time.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, most) };
    }

    pub fn give_back() {
        // SAFETY: `malloc_trim` takes a number, locks what it touches and moves no block in use.
        unsafe { libc::malloc_trim(0) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod glibc {
    pub fn bound_pools(_most: usize) {}
    pub fn give_back() {}
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    fn own_mib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().strip_suffix("kB").unwrap().trim().parse::<u64>().unwrap() / 1024
    }

    #[test]
    fn pages_between_blocks_in_use_go_back() {
        // Of the blocks one in two hundred stays, so that everything lies below one in use.
        let mut blocks: Vec<Option<Vec<u8>>> = (0..400_000).map(|_| Some(vec![1; 1_000])).collect();
        for (number, block) in blocks.iter_mut().enumerate() {
            if number % 200 != 199 {
                *block = None;
            }
        }
        let before = own_mib();
        give_back();
        let after = own_mib();
        // Other tests allocate meanwhile; of 380 MiB most is seen to go.
        assert!(before > after + 200, "{before} MiB before, {after} MiB after");
        assert_eq!(blocks.iter().flatten().count(), 2_000);
    }
}
