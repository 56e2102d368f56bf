//! Texts that no other connection has.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Returns a text that no process ever makes again.
pub(super) fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("?{}.{:x}", process(), COUNT.fetch_add(1, Relaxed))
}

/// Returns a text that stands for this process and no other.
pub(super) fn process() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    format!("{:x}", *PROCESS)
}
