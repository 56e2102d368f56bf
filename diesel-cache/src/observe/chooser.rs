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
    /// The namespaces of all previous connections.
    chosen: Mutex<BTreeSet<String>>,
}

/// The choice made for a connection.
pub(super) enum Choice {
    /// The connection is attached to this handle.
    Namespace(Cache),
    /// The connection is not observed.
    Unattached,
    /// The closure panicked.
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

    /// Chooses the namespace of a connection that is about to be opened. The URL is not kept, since it may contain a
    /// password.
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

    /// Returns a handle for each namespace that has been chosen so far.
    pub(super) fn chosen(&self) -> Vec<Cache> {
        let chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.iter().map(|name| self.cache.namespace(name)).collect()
    }
}
