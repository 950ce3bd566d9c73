//! How much memory may a process that reads a file take? Where a control group (a container, a unit) has a limit,
//! the kernel may end everything in it when that is reached, the service included. So all readers together get half
//! of it, each as much as its file may need, and wait for each other when that is taken. Pages that are drawn for people
//! do not wait: few are drawn at once, and not for long.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError, TryLockError};
use std::time::Duration;

/// Where control groups are mounted.
const GROUPS: &str = "/sys/fs/cgroup";
/// Part of the readers' half that one of them gets whatever the size of its file.
const BASE: u64 = 4;
/// Least that a reader gets if the half holds as much: the stacks of its threads count, up to four of 256 MiB.
const LEAST: u64 = 1 << 30;
/// More than any machine has.
const NO_LIMIT: u64 = 1 << 60;
/// How often a caller that has gone is noticed.
const POLL: Duration = Duration::from_millis(20);

/// What the readers of this process have taken.
static READERS: Readers = Readers { taken: Mutex::new(0), freed: Condvar::new(), first: Mutex::new(()) };

struct Readers {
    taken: Mutex<u64>,
    freed: Condvar,
    /// Held by the one that waits for room: smaller ones do not overtake it.
    first: Mutex<()>,
}

/// Room of one reader, until it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    bytes: Option<u64>,
}

impl Share {
    /// Most bytes of its own that the reader may take, if a control group has a limit.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.bytes
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(bytes) = self.bytes {
            READERS.give_back(bytes);
        }
    }
}

/// Waits for the room that reading may take whose copies of its file have `copies` bytes together. `None` if it is
/// cancelled before.
pub(super) fn share(copies: u64, is_cancelled: &dyn Fn() -> bool) -> Option<Share> {
    share_of(half(), copies, is_cancelled)
}

fn share_of(half: Option<u64>, copies: u64, is_cancelled: &dyn Fn() -> bool) -> Option<Share> {
    let Some(all) = half else { return Some(Share { bytes: None }) };
    let bytes = part(all, copies);
    // Made only if something was taken: whatever is made is given back.
    READERS.take(bytes, all, is_cancelled).then(|| Share { bytes: Some(bytes) })
}

/// Most bytes of its own that drawing a page may take, if a control group has a limit.
pub(super) fn of_a_drawing(copies: u64) -> Option<u64> {
    half().map(|all| part(all, copies))
}

/// Half of the limit, if a control group has one.
fn half() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    limit(&groups, Path::new(GROUPS)).map(|limit| limit / 2)
}

/// What one reader may take of `all`.
fn part(all: u64, copies: u64) -> u64 {
    all.min((all / BASE).max(LEAST).saturating_add(copies))
}

impl Readers {
    /// Takes `bytes` of `all`; false if it is cancelled before there is room.
    fn take(&self, bytes: u64, all: u64, is_cancelled: &dyn Fn() -> bool) -> bool {
        let _first = loop {
            if is_cancelled() {
                return false;
            }
            match self.first.try_lock() {
                Ok(first) => break first,
                Err(TryLockError::Poisoned(first)) => break first.into_inner(),
                Err(TryLockError::WouldBlock) => std::thread::sleep(POLL),
            }
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Alone a reader gets what it asks for, so that a limit that was lowered stops nobody for good.
        while *taken > 0 && *taken + bytes > all {
            if is_cancelled() {
                return false;
            }
            taken = self.freed.wait_timeout(taken, POLL).unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken += bytes;
        true
    }

    fn give_back(&self, bytes: u64) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) -= bytes;
        self.freed.notify_all();
    }
}

/// Returns the smallest memory limit of the groups named as in `/proc/self/cgroup`, of either version, and of the
/// groups around them.
fn limit(groups: &str, mounted: &Path) -> Option<u64> {
    let of_line = |line: &str| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (root, file) = match controllers {
            "" => (mounted.to_owned(), "memory.max"),
            one if one.split(',').any(|name| name == "memory") => {
                (mounted.join("memory"), "memory.limit_in_bytes")
            }
            _ => return None,
        };
        // A container may see the path that its group has outside; then only the root is there.
        let around = Path::new(path.trim_start_matches('/')).ancestors();
        around.filter_map(|group| read(&root.join(group).join(file))).min()
    };
    groups.lines().filter_map(of_line).min()
}

/// Reads a limit; `max` is none, and so is one that no machine reaches, which the first version writes instead.
fn read(file: &Path) -> Option<u64> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok().filter(|limit| *limit < NO_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(file: &Path, content: &str) {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    #[test]
    fn smallest_limit_around_the_process_counts() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        assert_eq!(limit("0::/system.slice/screen.service\n", folder.path()), None);
        write(&at("system.slice/screen.service/memory.max"), "max\n");
        assert_eq!(limit("0::/system.slice/screen.service\n", folder.path()), None);
        write(&at("system.slice/memory.max"), "4294967296\n");
        assert_eq!(limit("0::/system.slice/screen.service\n", folder.path()), Some(4 << 30));
        write(&at("system.slice/screen.service/memory.max"), "1073741824\n");
        assert_eq!(limit("0::/system.slice/screen.service\n", folder.path()), Some(1 << 30));
    }

    #[test]
    fn first_version_and_paths_of_outside_are_understood() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("memory/memory.limit_in_bytes"), "2147483648\n");
        let groups = "9:name=systemd:/\n4:cpu,memory:/docker/0123\n0::/\n";
        assert_eq!(limit(groups, folder.path()), Some(2 << 30));
        assert_eq!(limit("8:pids:/\n", folder.path()), None);
        write(&folder.path().join("memory/memory.limit_in_bytes"), "9223372036854771712\n");
        assert_eq!(limit(groups, folder.path()), None, "as the kernel writes that there is none");
    }

    #[test]
    fn a_reader_has_room_for_its_stacks_and_its_file() {
        assert_eq!(part(8 << 30, 0), 2 << 30);
        assert_eq!(part(2 << 30, 100), (1 << 30) + 100);
        assert_eq!(part(2 << 30, 4 << 30), 2 << 30);
        assert_eq!(part(512 << 20, 0), 512 << 20);
    }

    #[test]
    fn who_is_cancelled_gives_nothing_back() {
        let all = Some(100 << 30);
        assert!(share_of(all, 0, &|| true).is_none());
        let begun = std::time::Instant::now();
        let share = share_of(all, 0, &|| begun.elapsed() > Duration::from_secs(60));
        assert_eq!(share.expect("there is room").bytes(), Some(25 << 30));
    }

    #[test]
    fn readers_wait_for_each_other_in_their_order() {
        use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

        let readers = Readers { taken: Mutex::new(0), freed: Condvar::new(), first: Mutex::new(()) };
        let goes_on = || false;
        assert!(readers.take(60, 100, &goes_on));
        assert!(readers.take(40, 100, &goes_on));
        assert!(!readers.take(1, 100, &|| true), "cancelled while it waits");
        let (large, small) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(readers.take(80, 100, &goes_on));
                large.store(true, SeqCst);
            });
            while readers.first.try_lock().is_ok() {
                std::thread::yield_now();
            }
            scope.spawn(|| {
                assert!(readers.take(30, 100, &goes_on));
                small.store(true, SeqCst);
            });
            readers.give_back(40);
            std::thread::sleep(5 * POLL);
            assert!(
                !large.load(SeqCst) && !small.load(SeqCst),
                "the small one does not overtake the large one"
            );
            readers.give_back(60);
            while !large.load(SeqCst) {
                std::thread::yield_now();
            }
            std::thread::sleep(5 * POLL);
            assert!(!small.load(SeqCst));
            readers.give_back(80);
        });
        assert!(small.load(SeqCst));
    }
}
