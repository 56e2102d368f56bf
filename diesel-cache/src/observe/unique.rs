//! Texts that identify one connection or process.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Returns a text that no process ever creates again.
pub(super) fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("?{}.{:x}", process(), COUNT.fetch_add(1, Relaxed))
}

/// Returns a text that identifies this process.
pub(super) fn process() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    format!("{:x}", *PROCESS)
}
