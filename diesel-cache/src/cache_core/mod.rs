//! The state that all regions of a cache share.

pub(crate) mod disabled;

use std::fmt;
use std::sync::Arc;

use crate::clock::{Millis, Time};
use crate::footprint::Catalogs;
use crate::generation::Generations;
use crate::telemetry::Listeners;

/// What all handles of a cache share: its generations, clock, listeners and catalogs.
pub(crate) struct CacheCore {
    pub(crate) generations: Generations,
    pub(crate) clock: Time,
    pub(crate) listeners: Arc<Listeners>,
    pub(crate) catalogs: Catalogs,
    /// The largest number of statements of which each region keeps statistics.
    pub(crate) max_statements: usize,
}

impl CacheCore {
    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }
}

impl fmt::Debug for CacheCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheCore")
            .field("generations", &self.generations)
            .finish_non_exhaustive()
    }
}
