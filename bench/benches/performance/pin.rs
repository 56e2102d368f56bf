//! On which CPU what runs.
//!
//! A query to a server takes half the time where client and server share a CPU, and the scheduler moves them at will: so
//! this says where they are.

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

    /// The CPUs that this process could use when it began, in order.
    pub(crate) fn cpus() -> &'static [usize] {
        static CPUS: OnceLock<Vec<usize>> = OnceLock::new();
        CPUS.get_or_init(|| allowed(None).unwrap_or_default())
    }

    /// Puts this thread, and those that it will start, on these.
    pub(crate) fn this_thread(cpus: &[usize]) -> bool {
        !cpus.is_empty() && set(None, cpus)
    }

    /// Does something on all CPUs that this process could use: threads stay where those may be who have started them.
    pub(crate) fn unpinned<T>(work: impl FnOnce() -> T) -> T {
        let before = allowed(None).unwrap_or_default();
        this_thread(cpus());
        let done = work();
        this_thread(&before);
        done
    }

    /// A thread of a server, on one CPU as long as this lives.
    #[derive(Debug)]
    pub(crate) struct Pinned {
        thread: Pid,
        before: Vec<usize>,
    }

    impl Pinned {
        /// Pins a thread, if it is one of this machine, of this name, and it is permitted.
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
    /// Not known.
    pub(crate) fn cpus() -> &'static [usize] {
        &[]
    }

    /// Not possible.
    pub(crate) fn this_thread(_: &[usize]) -> bool {
        false
    }

    /// Nothing is pinned.
    pub(crate) fn unpinned<T>(work: impl FnOnce() -> T) -> T {
        work()
    }

    /// A thread of a server, which cannot be pinned here.
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
