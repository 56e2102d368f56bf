//! The facts that a cache has, of each namespace.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;

use super::{Dependencies, Dependency, Facts};
use crate::tables::TableName;

/// Facts given by hand, which hold in every namespace, and those read from databases, one for each namespace.
///
/// Read at every load, without a lock; replaced as a whole.
#[derive(Debug, Default)]
pub(crate) struct Catalogs {
    by_hand: Facts,
    closed_by_hand: Option<Dependencies>,
    read: ArcSwapOption<HashMap<Arc<str>, Arc<Read>>>,
}

#[derive(Debug)]
struct Read {
    /// Of what was read and what was given by hand.
    dependencies: Dependencies,
    outdated: AtomicBool,
}

impl Catalogs {
    pub(crate) fn new(by_hand: Facts) -> Self {
        Self {
            closed_by_hand: (!by_hand.is_empty()).then(|| Dependencies::of(&by_hand)),
            by_hand,
            read: ArcSwapOption::empty(),
        }
    }

    /// Puts what was read from a database in the place of what was read earlier.
    pub(crate) fn replace(&self, namespace: &Arc<str>, mut facts: Facts) {
        facts.add_all(&self.by_hand);
        let read = Arc::new(Read {
            dependencies: Dependencies::of(&facts),
            outdated: AtomicBool::new(false),
        });
        self.read.rcu(|all| {
            let mut all = all.as_deref().cloned().unwrap_or_default();
            all.insert(Arc::clone(namespace), Arc::clone(&read));
            Some(Arc::new(all))
        });
    }

    /// A statement may have changed the catalog. Is that news?
    pub(crate) fn outdate(&self, namespace: &str) -> bool {
        let all = self.read.load();
        let read = all.as_ref().and_then(|all| all.get(namespace));
        read.is_some_and(|read| !read.outdated.swap(true, Ordering::Relaxed))
    }

    /// Calls `see` with what a read of `tables` depends on beside them; with some more than once.
    pub(crate) fn visit<'a>(
        &self,
        namespace: &str,
        tables: impl IntoIterator<Item = &'a TableName>,
        see: impl FnMut(Dependency<'_>),
    ) {
        let all = self.read.load();
        let read = all.as_ref().and_then(|all| all.get(namespace));
        let dependencies = read.map(|read| &read.dependencies).or(self.closed_by_hand.as_ref());
        if let Some(dependencies) = dependencies {
            dependencies.visit(tables, see);
        }
    }
}
