//! The namespaces of connections that are opened under `install_by`.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use crate::Cache;

type Choose = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Chooses the namespace of each connection by its URL.
pub(crate) struct Chooser {
    cache: Cache,
    choose: Box<Choose>,
    /// The namespaces of all connections so far.
    chosen: Mutex<BTreeSet<String>>,
}

/// What was chosen for a connection.
pub(super) enum Choice {
    /// The connection is attached to this handle.
    Namespace(Cache),
    /// The connection is not observed.
    Unattached,
    /// The closure has panicked.
    Panicked,
}

impl Chooser {
    pub(crate) fn new(cache: Cache, choose: Box<Choose>) -> Self {
        Self {
            cache,
            choose,
            chosen: Mutex::default(),
        }
    }

    /// Returns the handle on which `install_by` was called.
    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Chooses for a connection that is about to be opened. The URL may contain a password, so it is not kept.
    pub(super) fn choose(&self, url: &str) -> Choice {
        match catch_unwind(AssertUnwindSafe(|| (self.choose)(url))) {
            Ok(Some(name)) => {
                let cache = self.cache.namespace(&name);
                self.chosen.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
                Choice::Namespace(cache)
            }
            Ok(None) => Choice::Unattached,
            Err(_) => Choice::Panicked,
        }
    }

    /// Returns a handle for each namespace that was chosen so far.
    pub(super) fn chosen(&self) -> Vec<Cache> {
        let chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.iter().map(|name| self.cache.namespace(name)).collect()
    }
}
