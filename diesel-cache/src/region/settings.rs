//! What a region was told.

use std::time::Duration;

/// How a region keeps its entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Disk,
    Memory,
    Session,
    Null,
}

/// Bytes held in memory by a region that was not told otherwise.
const DEFAULT_MEMORY: u64 = 32 << 20;

/// How long a caller waits for another's query that was not told otherwise.
const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) time_to_live: Option<Duration>,
    pub(crate) time_to_idle: Option<Duration>,
    /// The share of its time to live that an entry may lose, by chance: 0.0 to 1.0.
    pub(crate) jitter: f64,
    /// How long after its end an entry may serve while another caller asks.
    pub(crate) stale_while_revalidate: Duration,
    /// How long after its end an entry may serve in the place of an error.
    pub(crate) stale_if_error: Duration,
    /// Bytes of encoded rows held in memory; zero for none.
    pub(crate) memory_capacity: u64,
    /// Bytes of files.
    pub(crate) disk_capacity: Option<u64>,
    /// Bytes of encoded rows of one entry.
    pub(crate) max_entry_size: u64,
    /// The longest that a caller waits for another's query.
    pub(crate) lock_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            time_to_live: None,
            time_to_idle: None,
            jitter: 0.0,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            memory_capacity: DEFAULT_MEMORY,
            disk_capacity: None,
            max_entry_size: u64::MAX,
            lock_timeout: DEFAULT_LOCK_TIMEOUT,
        }
    }
}
