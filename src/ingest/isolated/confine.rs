//! What the child gives up before it looks at a file: limits (setrlimit), files (Landlock), system calls
//! (seccomp). Each is given up as far as the kernel can; how far is told, never guessed.
//!
//! Signals to others are given up with the system calls: Landlock keeps them in since Linux 6.12 alone, and the
//! service has the same user. So is leaving the process group: by it the parent ends all that a child has started.

use serde::{Deserialize, Serialize};

use super::frames::Request;

/// How far a child has given up its rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Memory, processor time and output are limited.
    pub limits: bool,
    /// No file can be opened but what text recognition needs (Landlock, Linux 5.13 and later).
    pub files: bool,
    /// No connection, no power over other processes, no other program but text recognition (seccomp).
    pub system_calls: bool,
}

impl Confinement {
    /// Returns what the kernel did not give, in words; empty if nothing is lacking.
    pub fn lacking(&self) -> Vec<&'static str> {
        [
            (self.limits, "limits on memory and time (setrlimit)"),
            (self.files, "a ban on files (Landlock)"),
            (self.system_calls, "a ban on network, programs, processes and signals (seccomp)"),
        ]
        .into_iter()
        .filter_map(|(given, what)| (!given).then_some(what))
        .collect()
    }
}

#[cfg(target_os = "linux")]
pub(super) fn confine(request: &Request) -> Confinement {
    linux::close_descriptors();
    // The order matters: a process that may not make system calls cannot give up files.
    Confinement {
        limits: linux::limits(request).is_ok(),
        files: linux::files(request.ocr.as_ref()).unwrap_or(false),
        system_calls: linux::system_calls(request.ocr.is_some()).is_ok(),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn confine(_: &Request) -> Confinement {
    Confinement { limits: false, files: false, system_calls: false }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
        RulesetStatus, Scope, path_beneath_rules,
    };
    use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};
    use seccompiler::{
        BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
        SeccompFilter, SeccompRule,
    };

    use super::Request;
    use crate::ingest::ocr::Ocr;

    /// Open files: pipes, and those of children that read pages.
    const OPEN_FILES: u64 = 256;
    /// Newest Landlock version whose rights are asked for; older kernels give what they have.
    const LANDLOCK: ABI = ABI::V6;
    /// Commands of `fcntl` that name the owner of a file: F_SETOWN and F_SETOWN_EX.
    const F_SETOWN: [i32; 2] = [8, 15];
    /// Flags of processes that nobody would end or wait for, or that have rights of their own: children of the
    /// parent, namespaces.
    const STRAYING: [i32; 8] = [
        libc::CLONE_PARENT,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ];
    /// Where programs and their libraries and data lie.
    const PROGRAM_PLACES: [&str; 7] =
        ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives", "/opt"];

    /// Closes what the parent may have let the child inherit: pipes and locks, connections of libraries.
    pub(super) fn close_descriptors() {
        // Linux before 5.9 has no such call. What this program opens itself does not pass to a child.
        // SAFETY: nothing is open in the child but standard input, output and error.
        unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) };
    }

    pub(super) fn limits(request: &Request) -> rustix::io::Result<()> {
        // A child whose parent was killed has nobody to answer.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        let mut wanted = vec![
            (Resource::Core, 0),
            (Resource::Nofile, OPEN_FILES),
            (Resource::Cpu, request.processor_time.as_secs().max(1)),
            (Resource::As, request.memory),
        ];
        wanted.extend(request.ocr.is_none().then_some((Resource::Fsize, 0)));
        wanted.extend(request.heap.map(|heap| (Resource::Data, heap)));
        // One that is refused is no reason to go without the others.
        wanted.into_iter().map(|(resource, most)| lower(resource, most)).fold(Ok(()), Result::and)
    }

    /// Lowers a limit for good; one that is lower already stays, for it cannot be raised.
    fn lower(resource: Resource, most: u64) -> rustix::io::Result<()> {
        let most = getrlimit(resource).maximum.map_or(most, |already| already.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    }

    /// Gives up all files, or all but reading those of installed programs, and TCP connections and signals
    /// to others besides. True if the kernel can do the former: what older ones lack of the rest – truncating by name,
    /// connections, signals – is given up with the system calls.
    pub(super) fn files(ocr: Option<&Ocr>) -> Result<bool, RulesetError> {
        let ruleset = Ruleset::default()
            .handle_access(AccessFs::from_all(LANDLOCK))?
            .handle_access(AccessNet::from_all(LANDLOCK))?
            .scope(Scope::from_all(LANDLOCK))?
            .create()?;
        let ruleset = match ocr {
            None => ruleset,
            Some(ocr) => {
                let places = PROGRAM_PLACES.iter().map(std::path::PathBuf::from).chain(ocr.places());
                let readable: Vec<_> = places.filter(|place| place.exists()).collect();
                ruleset
                    .add_rules(path_beneath_rules(&readable, AccessFs::from_read(LANDLOCK)))?
                    .add_rules(path_beneath_rules(["/dev/null"], AccessFs::from_file(LANDLOCK)))?
            }
        };
        Ok(ruleset.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
    }

    /// Gives up system calls that reading a file never needs. A list of what is forbidden rather than of
    /// what is allowed: what a C library calls differs from version to version, and Landlock and the
    /// limits stand behind it.
    pub(super) fn system_calls(runs_programs: bool) -> Result<(), String> {
        let mut forbidden = vec![
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_bind,
            libc::SYS_listen,
            libc::SYS_accept,
            libc::SYS_accept4,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_pidfd_getfd,
            libc::SYS_mount,
            libc::SYS_umount2,
            libc::SYS_pivot_root,
            libc::SYS_chroot,
            libc::SYS_setns,
            libc::SYS_unshare,
            libc::SYS_init_module,
            libc::SYS_finit_module,
            libc::SYS_delete_module,
            libc::SYS_kexec_load,
            libc::SYS_bpf,
            libc::SYS_perf_event_open,
            libc::SYS_userfaultfd,
            libc::SYS_keyctl,
            libc::SYS_add_key,
            libc::SYS_request_key,
            libc::SYS_io_uring_setup,
            libc::SYS_io_uring_enter,
            libc::SYS_io_uring_register,
            libc::SYS_open_by_handle_at,
            libc::SYS_personality,
            libc::SYS_reboot,
            libc::SYS_swapon,
            libc::SYS_swapoff,
            libc::SYS_acct,
            libc::SYS_clock_settime,
            libc::SYS_settimeofday,
            libc::SYS_sethostname,
            libc::SYS_setuid,
            libc::SYS_setgid,
            libc::SYS_setgroups,
            libc::SYS_truncate,
            libc::SYS_kill,
            libc::SYS_tkill,
            libc::SYS_setsid,
            libc::SYS_setpgid,
            libc::SYS_rt_sigqueueinfo,
            libc::SYS_rt_tgsigqueueinfo,
            libc::SYS_pidfd_open,
            libc::SYS_pidfd_send_signal,
            // The service has the same user, so without these a reader could leave it one processor, and that last.
            libc::SYS_sched_setscheduler,
            libc::SYS_sched_setparam,
            libc::SYS_sched_setattr,
            libc::SYS_ioprio_set,
            libc::SYS_migrate_pages,
            libc::SYS_move_pages,
            libc::SYS_process_madvise,
            libc::SYS_process_mrelease,
        ];
        if !runs_programs {
            forbidden.extend([libc::SYS_execve, libc::SYS_execveat]);
            // Elsewhere they are forms of `clone`.
            #[cfg(target_arch = "x86_64")]
            forbidden.extend([libc::SYS_fork, libc::SYS_vfork]);
        }
        let mut rules: BTreeMap<i64, Vec<_>> = forbidden.into_iter().map(|call| (call, Vec::new())).collect();
        rules.extend(power_over_others().map_err(|error| error.to_string())?);
        rules.insert(libc::SYS_clone, processes(runs_programs).map_err(|error| error.to_string())?);
        answer(rules, libc::EPERM)?;
        // What it is to make stands in memory, where no filter sees it. Told that the kernel has it not, C libraries
        // ask for `clone` instead.
        answer([(libc::SYS_clone3, Vec::new())].into(), libc::ENOSYS)
    }

    /// Has the kernel answer system calls with an error from now on.
    fn answer(calls: BTreeMap<i64, Vec<SeccompRule>>, number: i32) -> Result<(), String> {
        let filter = SeccompFilter::new(
            calls,
            SeccompAction::Allow,
            SeccompAction::Errno(number as u32),
            std::env::consts::ARCH.try_into().map_err(|error| format!("{error}"))?,
        )
        .map_err(|error| error.to_string())?;
        let program: BpfProgram = filter.try_into().map_err(|error| format!("{error}"))?;
        seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())
    }

    /// Processes that may not be made: all but threads or, where programs are run, those that stray.
    fn processes(runs_programs: bool) -> Result<Vec<SeccompRule>, BackendError> {
        let having = |flag: i32, value: i32| {
            let operator = SeccompCmpOp::MaskedEq(flag as u64);
            SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Dword, operator, value as u64)?])
        };
        if !runs_programs {
            return Ok(vec![having(libc::CLONE_THREAD, 0)?]);
        }
        STRAYING.into_iter().map(|flag| having(flag, flag)).collect()
    }

    /// System calls that a process needs for itself, forbidden for others: `abort` sends a signal to its own thread,
    /// the C library asks for its own limits, and threads lower their own priority. Limits of others can end them,
    /// and a file can be made to send a signal to whoever is called its owner.
    fn power_over_others() -> Result<BTreeMap<i64, Vec<SeccompRule>>, BackendError> {
        let is = |argument, operator, value: i32| {
            SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value as u64)
        };
        let own = rustix::process::getpid().as_raw_pid();
        let limits_of_others = vec![is(0, SeccompCmpOp::Ne, 0)?, is(0, SeccompCmpOp::Ne, own)?];
        let others = || SeccompRule::new(vec![is(0, SeccompCmpOp::Ne, 0)?]);
        let of_another = SeccompRule::new(vec![is(1, SeccompCmpOp::Ne, 0)?])?;
        let owner_by = |command| SeccompRule::new(vec![is(1, SeccompCmpOp::Eq, command)?]);
        Ok([
            (libc::SYS_tgkill, vec![SeccompRule::new(vec![is(0, SeccompCmpOp::Ne, own)?])?]),
            (libc::SYS_prlimit64, vec![SeccompRule::new(limits_of_others)?]),
            // Its first argument says of what: 0 is one process or thread, the second which, 0 the own.
            (libc::SYS_setpriority, vec![others()?, of_another]),
            (libc::SYS_sched_setaffinity, vec![others()?]),
            (libc::SYS_fcntl, F_SETOWN.map(owner_by).into_iter().collect::<Result<_, _>>()?),
        ]
        .into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Output};

    use rustix::io::Errno;
    use rustix::process::{
        PidfdFlags, Resource, Rlimit, getppid, pidfd_open, prlimit, setpriority_pgrp, setpriority_process,
        test_kill_process,
    };

    use super::*;
    use crate::ingest::limits::Limits;

    /// Set in a process that is about to confine itself: it cannot be undone, so no other test may share it.
    const INSIDE: &str = "EIA_SCREEN_TEST_CONFINED";

    #[test]
    fn a_confined_process_reaches_nothing() {
        match std::env::var(INSIDE).as_deref() {
            Ok("to abort") => {
                confine(&request());
                std::process::abort();
            }
            Ok("to run a program") => return inside_with_programs(),
            Ok(_) => return inside(),
            Err(_) => {}
        }
        for what in ["to try", "to run a program"] {
            let child = again(what);
            let said = String::from_utf8_lossy(&child.stdout);
            assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stderr));
            assert!(said.contains("1 passed"), "{said}");
        }
        // It ends itself as before: by this the parent knows that memory ran out.
        let child = again("to abort");
        assert_eq!(child.status.signal(), Some(libc::SIGABRT), "{child:?}");
    }

    /// Runs this test in a process of its own.
    fn again(what: &str) -> Output {
        let name = "ingest::isolated::confine::tests::a_confined_process_reaches_nothing";
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env(INSIDE, what)
            .output()
            .unwrap()
    }

    fn request() -> Request {
        Request {
            task: super::super::frames::Task::Read,
            name: "probe".to_owned(),
            bytes: 0,
            limits: Limits::default(),
            ocr: None,
            fatal_pages: Vec::new(),
            memory: 1 << 30,
            heap: Some(256 << 20),
            processor_time: std::time::Duration::from_secs(60),
        }
    }

    /// Binds a process to all processors; returns the number of the error.
    fn bind(process: i32) -> Option<i32> {
        let all = [u64::MAX; 16];
        // SAFETY: the kernel reads so many bytes of the array and keeps none.
        let bound =
            unsafe { libc::syscall(libc::SYS_sched_setaffinity, process, size_of_val(&all), all.as_ptr()) };
        (bound != 0).then(|| std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
    }

    /// Tries to make a process; returns the number of the error.
    fn fork() -> Option<i32> {
        // SAFETY: a process that is made ends at once.
        match unsafe { libc::fork() } {
            0 => unsafe { libc::_exit(0) },
            -1 => std::io::Error::last_os_error().raw_os_error(),
            _ => None,
        }
    }

    /// Text recognition runs programs, and they cannot get away from who ends them.
    fn inside_with_programs() {
        linux::system_calls(true).unwrap();
        assert!(Command::new("/bin/true").status().unwrap().success());
        assert_eq!(rustix::process::setsid().err(), Some(Errno::PERM), "it left its session");
        assert_eq!(rustix::process::setpgid(None, None), Err(Errno::PERM), "it left its process group");
        let strays = libc::CLONE_PARENT | libc::SIGCHLD;
        // SAFETY: nothing is shared with the process, and if it is made it ends at once.
        let made = unsafe { libc::syscall(libc::SYS_clone, strays, 0, 0, 0, 0) };
        if made == 0 {
            // SAFETY: the process that was made ends.
            unsafe { libc::_exit(0) };
        }
        assert_eq!(made, -1, "the parent got a child that it did not start");
    }

    fn inside() {
        let inherited = std::os::fd::IntoRawFd::into_raw_fd(std::fs::File::open("/dev/null").unwrap());
        let confinement = confine(&request());
        // SAFETY: asks for flags of a number, open or not.
        assert_eq!(unsafe { libc::fcntl(inherited, libc::F_GETFD) }, -1, "a descriptor was inherited");
        assert_eq!(fork(), Some(libc::EPERM), "a process was made");
        assert_eq!(rustix::process::setsid().err(), Some(Errno::PERM), "it left its session");
        assert_eq!(rustix::process::setpgid(None, None), Err(Errno::PERM), "it left its process group");
        assert!(confinement.limits && confinement.system_calls, "{confinement:?}");
        assert!(std::net::TcpListener::bind("127.0.0.1:0").is_err(), "a socket was opened");
        assert!(std::net::UdpSocket::bind("127.0.0.1:0").is_err(), "a socket was opened");
        assert!(Command::new("/bin/true").spawn().is_err(), "a program was started");
        // The parent stands for the service: neither signals nor limits reach it, and nothing that could carry one.
        let parent = getppid().unwrap();
        assert_eq!(test_kill_process(parent), Err(Errno::PERM), "a signal reached another process");
        assert!(pidfd_open(parent, PidfdFlags::empty()).is_err(), "a process was opened");
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let limited = prlimit(Some(parent), Resource::Core, none);
        assert_eq!(limited.err(), Some(Errno::PERM), "another process was limited");
        assert!(prlimit(None, Resource::Core, none).is_ok(), "its own limits may be lowered");
        let slowed = setpriority_process(Some(parent), 19);
        assert_eq!(slowed, Err(Errno::PERM), "another process was slowed down");
        assert_eq!(setpriority_pgrp(None, 19), Err(Errno::PERM), "the whole group was slowed down");
        assert_eq!(
            bind(parent.as_raw_pid()),
            Some(libc::EPERM),
            "another process was bound to its processors"
        );
        assert_eq!(bind(0), None, "its own processors may be chosen");
        assert!(setpriority_process(None, 19).is_ok(), "its own priority may be lowered");
        let mut space: Vec<u8> = Vec::new();
        assert!(space.try_reserve_exact(512 << 20).is_err(), "memory beyond the limit was given");
        // Kernels without Landlock say so, and the test of what they lack is that they say so.
        if confinement.files {
            assert!(std::fs::read("/etc/passwd").is_err(), "a file was read");
            assert!(std::fs::write("/tmp/eia-screen-confined", "x").is_err(), "a file was written");
            assert!(confinement.lacking().is_empty());
        } else {
            assert_eq!(confinement.lacking().len(), 1);
        }
        let work: String = std::thread::spawn(|| "threads still run".to_owned()).join().unwrap();
        assert!(!work.is_empty());
    }
}
