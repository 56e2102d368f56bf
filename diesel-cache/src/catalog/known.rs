//! The facts that a cache has, of each namespace.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

use super::{Consequence, Dependencies, Dependency, Facts};
use crate::tables::TableName;

/// Facts given by hand, which hold in every namespace, and those read from databases, for each namespace.
///
/// Looked up at every load, without a lock; replaced as a whole.
#[derive(Debug, Default)]
pub(crate) struct Catalogs {
    by_hand: Facts,
    /// Empty as long as nobody gave or read any facts.
    known: ArcSwapOption<HashMap<Arc<str>, Arc<Known>>>,
    /// Goes up after each change.
    version: AtomicU64,
}

#[derive(Debug)]
struct Known {
    /// What was read, by the home of the database that it was read from. A namespace may hold several, whose writes move the same slots.
    read: Vec<(Arc<str>, Facts)>,
    /// Of all that was read and what was given by hand.
    dependencies: Dependencies,
    /// Something was read, and nobody has yet been told that it may have changed.
    current: AtomicBool,
}

impl Catalogs {
    pub(crate) fn new(by_hand: Facts) -> Self {
        Self {
            by_hand,
            known: ArcSwapOption::empty(),
            version: AtomicU64::new(0),
        }
    }

    /// What was derived from the facts after this version was read stands until there is another.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Puts what was read from a database in the place of what was read from it earlier; returns what follows from all that is known.
    pub(crate) fn replace(&self, namespace: &Arc<str>, home: &Arc<str>, facts: &Facts) -> Vec<Consequence> {
        let mut consequences = Vec::new();
        self.known.rcu(|all| {
            let mut all = all.as_deref().cloned().unwrap_or_default();
            let before = all.get(namespace).map_or(&[][..], |known| &known.read);
            let others = before.iter().filter(|(other, _)| other != home).cloned();
            let read: Vec<_> = others.chain([(Arc::clone(home), facts.clone())]).collect();
            let mut union = self.by_hand.clone();
            for (place, (_, facts)) in read.iter().enumerate() {
                // Databases of one schema say the same.
                if !read[..place].iter().any(|(_, earlier)| earlier == facts) {
                    union.add_all(facts);
                }
            }
            let known = Known {
                dependencies: Dependencies::of(&union, namespace),
                read,
                current: AtomicBool::new(true),
            };
            let followed = known.dependencies.all();
            consequences = followed
                .filter_map(|(read, dependency)| Consequence::of(read, dependency))
                .collect();
            all.insert(Arc::clone(namespace), Arc::new(known));
            Some(Arc::new(all))
        });
        self.version.fetch_add(1, Ordering::Release);
        consequences
    }

    /// A statement may have changed what was read. Is that news?
    pub(crate) fn outdate(&self, namespace: &str) -> bool {
        let all = self.known.load();
        let known = all.as_ref().and_then(|all| all.get(namespace));
        known.is_some_and(|known| known.current.swap(false, Ordering::Relaxed))
    }

    /// Calls `see` with what a read of `tables` depends on beside them; with some more than once.
    pub(crate) fn visit<'a>(
        &self,
        namespace: &Arc<str>,
        tables: impl IntoIterator<Item = &'a TableName>,
        see: impl FnMut(&Dependency),
    ) {
        let all = self.known.load();
        match all.as_ref().and_then(|all| all.get(namespace)) {
            Some(known) => known.dependencies.visit(tables, see),
            None if self.by_hand.is_empty() => {}
            None => self.remember_by_hand(namespace).dependencies.visit(tables, see),
        }
    }

    /// The first load in a namespace closes the facts given by hand for it, unless it has been introspected meanwhile.
    #[cold]
    fn remember_by_hand(&self, namespace: &Arc<str>) -> Arc<Known> {
        let known = Arc::new(Known {
            read: Vec::new(),
            dependencies: Dependencies::of(&self.by_hand, namespace),
            current: AtomicBool::new(false),
        });
        self.known.rcu(|all| {
            let mut all = all.as_deref().cloned().unwrap_or_default();
            all.entry(Arc::clone(namespace)).or_insert_with(|| Arc::clone(&known));
            Some(Arc::new(all))
        });
        known
    }
}
