//! The facts of a cache, for each namespace.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

use super::closure::{Dependencies, Dependency};
use super::settings::RowSettings;
use super::shapes::Shapes;
use crate::catalog::{Consequence, Facts, RowFacts, SideEffects};
use crate::generation::Definitions;
use crate::sql::{Analysis, SideEffect, StatementFacts, TableName};

/// The facts that were declared, which hold in every namespace, and those that were read from databases, for each
/// namespace.
///
/// Looked up at every load, without a lock; replaced as a whole.
#[derive(Debug, Default)]
pub(crate) struct Catalogs {
    by_hand: Facts,
    side_effects_by_hand: SideEffects,
    rows_by_hand: RowSettings,
    /// Whether any namespace knows of any effects. Most never do.
    has_side_effects: AtomicBool,
    /// Empty until facts are declared or read.
    known: ArcSwapOption<HashMap<Arc<str>, Arc<NamespaceFacts>>>,
    /// The version of all of these, which grows after each change.
    version: AtomicU64,
}

#[derive(Debug)]
struct NamespaceFacts {
    /// What was read from each database. A namespace may have several, whose writes move the same slots.
    read: Vec<Read>,
    /// The closure of everything that was read and declared.
    dependencies: Dependencies,
    side_effects: SideEffects,
    shapes: Arc<Shapes>,
    /// Whether the catalog was read, and no statement has been seen since that may have changed it.
    current: AtomicBool,
}

/// The findings of one database.
#[derive(Clone, Debug)]
struct Read {
    home: Arc<str>,
    facts: Facts,
    side_effects: SideEffects,
    rows: RowFacts,
    /// The generations of the definitions, read before everything else.
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

    /// Returns the version. What is derived from the facts after this call is right until the version changes.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Replaces the earlier findings of a database by new ones. Returns the consequences of everything that is known.
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
                // Databases with the same schema have the same findings.
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

    /// Records that a statement may have changed the catalog. Returns `true` if this is the first since the catalog was
    /// read.
    pub(crate) fn outdate(&self, namespace: &str) -> bool {
        let all = self.known.load();
        let known = all.as_ref().and_then(|all| all.get(namespace));
        known.is_some_and(|known| known.current.swap(false, Ordering::Relaxed))
    }

    /// Calls `see` with everything on which a read of `tables` depends beside them, possibly more than once with the
    /// same.
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

    /// Adds to the analysis of a text `sql` the known effects of its statements that the text does not show.
    #[inline]
    pub(crate) fn with_side_effects(&self, namespace: &Arc<str>, analysis: Arc<Analysis>, sql: &str) -> Arc<Analysis> {
        if !self.have_side_effects() {
            return analysis;
        }
        let of = |statement: &StatementFacts| self.side_effect_of(namespace, statement, sql);
        analysis.with_side_effects(of).map_or(analysis, Arc::new)
    }

    /// Returns `false` if no statement has an effect that its text does not show, so that effects need not be looked
    /// up.
    #[inline]
    pub(super) fn have_side_effects(&self) -> bool {
        self.has_side_effects.load(Ordering::Acquire)
    }

    /// Returns the effects of the statements in the text `sql` that the text does not show, if there are any.
    pub(super) fn side_effect_of(
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

    /// The first load in a namespace computes the closure of the declared facts for it, unless `introspect` has done so
    /// meanwhile.
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
