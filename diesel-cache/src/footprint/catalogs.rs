//! The facts that a cache has, of each namespace.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

use super::closure::{Dependencies, Dependency};
use super::settings::RowSettings;
use super::shapes::Shapes;
use crate::catalog::{Consequence, Facts, RowFacts, SideEffects};
use crate::generation::Definitions;
use crate::sql::{SideEffect, StatementFacts, TableName};

/// Facts given by hand, which hold in every namespace, and those read from databases, for each namespace.
///
/// Looked up at every load, without a lock; replaced as a whole.
#[derive(Debug, Default)]
pub(crate) struct Catalogs {
    by_hand: Facts,
    side_effects_by_hand: SideEffects,
    rows_by_hand: RowSettings,
    /// Whether any namespace knows of any effects. Most never do.
    has_side_effects: AtomicBool,
    /// Empty as long as no facts were given or read.
    known: ArcSwapOption<HashMap<Arc<str>, Arc<NamespaceFacts>>>,
    /// Goes up after each change.
    version: AtomicU64,
}

#[derive(Debug)]
struct NamespaceFacts {
    /// What was read, of each database. A namespace may hold several, whose writes move the same slots.
    read: Vec<Read>,
    /// Of all that was read and what was given by hand.
    dependencies: Dependencies,
    side_effects: SideEffects,
    shapes: Arc<Shapes>,
    /// Whether something was read of which no statement has been seen to change it.
    current: AtomicBool,
}

/// What a database says of itself.
#[derive(Clone, Debug)]
struct Read {
    home: Arc<str>,
    facts: Facts,
    side_effects: SideEffects,
    rows: RowFacts,
    /// Read before all of these.
    definitions: Definitions,
}

impl Catalogs {
    pub(crate) fn new(by_hand: Facts, side_effects_by_hand: SideEffects, rows_by_hand: RowSettings) -> Self {
        Self {
            rows_by_hand,
            by_hand,
            has_side_effects: AtomicBool::new(!side_effects_by_hand.is_empty()),
            side_effects_by_hand,
            known: ArcSwapOption::empty(),
            version: AtomicU64::new(0),
        }
    }

    /// What was derived from the facts after this version was read stands until there is another.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Puts what was read from a database in the place of what was read from it earlier; returns what follows from all
    /// that is known.
    pub(crate) fn replace(
        &self,
        namespace: &Arc<str>,
        home: &Arc<str>,
        facts: &Facts,
        side_effects: &SideEffects,
        rows: &RowFacts,
        definitions: &Definitions,
    ) -> Vec<Consequence> {
        let mut consequences = Vec::new();
        self.known.rcu(|all| {
            let mut all = all.as_deref().cloned().unwrap_or_default();
            let before = all.get(namespace).map_or(&[][..], |known| &known.read);
            let others = before.iter().filter(|other| other.home != *home).cloned();
            let this = Read {
                home: Arc::clone(home),
                facts: facts.clone(),
                side_effects: side_effects.clone(),
                rows: rows.clone(),
                definitions: definitions.clone(),
            };
            let read: Vec<_> = others.chain([this]).collect();
            let mut union = self.by_hand.clone();
            let mut all_effects = SideEffects::default();
            for (place, this) in read.iter().enumerate() {
                // Databases of one schema say the same.
                if !read[..place].iter().any(|earlier| earlier.facts == this.facts) {
                    union.add_all(&this.facts);
                }
                all_effects.add_all(&this.side_effects);
            }
            all_effects.declare(&self.side_effects_by_hand);
            all_effects.close_over(&union);
            if !all_effects.is_empty() {
                self.has_side_effects.store(true, Ordering::Release);
            }
            let known = NamespaceFacts {
                dependencies: Dependencies::of(&union, namespace),
                side_effects: all_effects,
                shapes: Arc::new(Shapes::of(
                    namespace,
                    read.iter().map(|read| (&read.home, &read.rows, &read.definitions)),
                    &union,
                    &self.rows_by_hand,
                )),
                read,
                current: AtomicBool::new(true),
            };
            let followed = known.dependencies.all();
            consequences = followed
                .filter_map(|(read, dependency)| match dependency {
                    Dependency::Table(written, operations, _) => Some(Consequence::new(written, operations, read)),
                    Dependency::Everything => None,
                })
                .collect();
            all.insert(Arc::clone(namespace), Arc::new(known));
            Some(Arc::new(all))
        });
        self.version.fetch_add(1, Ordering::Release);
        consequences
    }

    /// Returns the shapes of the tables of this database; `None` if it was not read, or no table has any.
    pub(crate) fn shapes(&self, namespace: &str, home: &str) -> Option<Arc<Shapes>> {
        let all = self.known.load();
        let known = all.as_ref().and_then(|all| all.get(namespace))?;
        known.shapes.are_of(home).then(|| Arc::clone(&known.shapes))
    }

    /// Notes that a statement may have changed what was read. Returns `true` if none had before.
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

    /// Returns `false` if no statement can have an effect that its text does not show. Then none need be looked up.
    #[inline]
    pub(crate) fn have_side_effects(&self) -> bool {
        self.has_side_effects.load(Ordering::Acquire)
    }

    /// What a statement of the text `sql` does beyond what it says, if anything.
    pub(crate) fn side_effect_of(
        &self,
        namespace: &Arc<str>,
        statement: &StatementFacts,
        sql: &str,
    ) -> Option<SideEffect> {
        let all = self.known.load();
        match all.as_ref().and_then(|all| all.get(namespace)) {
            Some(known) => known.side_effects.of(statement, sql),
            None => self.remember_by_hand(namespace).side_effects.of(statement, sql),
        }
    }

    /// The first load in a namespace closes the facts given by hand for it, unless it has been introspected meanwhile.
    #[cold]
    fn remember_by_hand(&self, namespace: &Arc<str>) -> Arc<NamespaceFacts> {
        let mut side_effects = self.side_effects_by_hand.clone();
        side_effects.close_over(&self.by_hand);
        let known = Arc::new(NamespaceFacts {
            read: Vec::new(),
            dependencies: Dependencies::of(&self.by_hand, namespace),
            side_effects,
            shapes: Arc::default(),
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
