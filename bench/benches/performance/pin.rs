//! Pins threads to CPUs.
//!
//! A query to a server takes half as long if client and server share a CPU, but the scheduler moves both at will. So
//! the benchmark chooses their CPUs.

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::OnceLock;

    use rustix::process::Pid;
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    fn set(thread: Option<Pid>, cpus: &[usize]) -> bool {
        let mut set = CpuSet::new();
        cpus.iter().for_each(|&cpu| set.set(cpu));
        sched_setaffinity(thread, &set).is_ok()
    }

    fn allowed(thread: Option<Pid>) -> Option<Vec<usize>> {
        let set = sched_getaffinity(thread).ok()?;
        Some((0..CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect())
    }

    /// Returns the CPUs that this process could use at the first call, in order.
    pub(crate) fn cpus() -> &'static [usize] {
        static CPUS: OnceLock<Vec<usize>> = OnceLock::new();
        CPUS.get_or_init(|| allowed(None).unwrap_or_default())
    }

    /// Pins this thread, and the threads that it will start, to these CPUs. Returns `false` if that is not possible.
    pub(crate) fn this_thread(cpus: &[usize]) -> bool {
        !cpus.is_empty() && set(None, cpus)
    }

    /// Does the work on any of [`cpus`]. This matters if the work starts threads, because a thread inherits the CPUs of
    /// the thread that starts it.
    pub(crate) fn unpinned<T>(work: impl FnOnce() -> T) -> T {
        let before = allowed(None).unwrap_or_default();
        this_thread(cpus());
        let done = work();
        this_thread(&before);
        done
    }

    /// A thread of a server, which is pinned to one CPU until this is dropped.
    #[derive(Debug)]
    pub(crate) struct Pinned {
        thread: Pid,
        before: Vec<usize>,
    }

    impl Pinned {
        /// Pins a thread if it runs on this machine, its name begins with `name`, and the system permits it.
        pub(crate) fn new(thread: i32, name: &str, cpu: usize) -> Option<Self> {
            let is = std::fs::read_to_string(format!("/proc/{thread}/comm")).ok()?;
            let thread = Pid::from_raw(thread)?;
            let before = allowed(Some(thread))?;
            (is.trim_end().starts_with(name) && set(Some(thread), &[cpu])).then_some(Self { thread, before })
        }
    }

    impl Drop for Pinned {
        fn drop(&mut self) {
            set(Some(self.thread), &self.before);
        }
    }
}

#[cfg(target_os = "linux")]
pub(crate) use linux::{Pinned, cpus, this_thread, unpinned};

#[cfg(not(target_os = "linux"))]
mod other {
    /// Returns no CPUs, because they are unknown.
    pub(crate) fn cpus() -> &'static [usize] {
        &[]
    }

    /// Returns `false`, because pinning is not possible.
    pub(crate) fn this_thread(_: &[usize]) -> bool {
        false
    }

    /// Does the work. No thread is pinned.
    pub(crate) fn unpinned<T>(work: impl FnOnce() -> T) -> T {
        work()
    }

    /// Never exists, because threads cannot be pinned here.
    #[derive(Debug)]
    pub(crate) struct Pinned;

    impl Pinned {
        pub(crate) fn new(_: i32, _: &str, _: usize) -> Option<Self> {
            None
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) use other::{Pinned, cpus, this_thread, unpinned};
