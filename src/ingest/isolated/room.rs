//! How much memory may a process that reads a file take? Where a control group (a container, a unit) has a limit,
//! the kernel may end everything in it when that is reached, the service included. So one reader gets half of it
//! and fails by itself.

use std::path::Path;

/// Where control groups are mounted.
const GROUPS: &str = "/sys/fs/cgroup";

/// Returns the most bytes of its own that a reader may take, if a control group has a limit.
pub(super) fn of_a_reader() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    limit(&groups, Path::new(GROUPS)).map(|limit| limit / 2)
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

/// Reads a limit; `max` is none.
fn read(file: &Path) -> Option<u64> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
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
    }
}
