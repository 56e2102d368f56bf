//! The slots that an entry depends on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;

use super::catalogs::Catalogs;
use super::closure::Dependency;
use super::derived::{Derived, DerivedRows, FootprintId, ReadFootprint, ReadSlots};
use super::describe::DescribedRows;
use super::extra::ExtraTables;
use super::memo::Source;
use super::rows::RowReads;
use super::shapes::Shapes;
use super::slots::{TableSlots, any_table, whole};
use crate::generation::{Generations, Slot};
use crate::key::{Binds, Statement, StatementRef};
use crate::namespace::Namespace;
use crate::sql::{Operations, TableName, Tables, Writes};

/// The slots of a region itself, in one namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RegionSlots {
    /// Unique to each pair of a region and a namespace.
    id: u64,
    pub(crate) everything: Slot,
    pub(crate) region: Slot,
    /// Counts the region's soft invalidations. No entry is stamped with it.
    pub(crate) soft: Slot,
}

impl RegionSlots {
    pub(crate) fn new(namespace: &str, region: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Relaxed),
            everything: Slot::everything(namespace),
            region: Slot::region(namespace, region),
            soft: Slot::soft(namespace, region),
        }
    }
}

/// The footprint of a query, as far as it does not depend on binds.
#[derive(Debug)]
pub(crate) struct FootprintWithoutBinds {
    pub(crate) id: FootprintId,
    /// Whether the query has effects, which a hit would leave out.
    pub(crate) has_side_effects: bool,
    /// The footprint itself, if it is not memoised.
    derived: Option<Box<Derived>>,
}

/// What one connection knows of the rows of its database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowView<'a> {
    /// The version of the catalogs, read before the shapes.
    pub(crate) version: u64,
    /// The shapes of the connection's database.
    pub(crate) shapes: Option<&'a Arc<Shapes>>,
}

/// Derives the footprints of what is read through one region, in one namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) catalogs: &'a Catalogs,
    pub(crate) namespace: &'a Namespace,
    pub(crate) region: &'a RegionSlots,
}

impl Reader<'_> {
    /// Returns the footprint of a query without its binds; `extra` tables were added by its caller.
    #[inline(always)]
    pub(crate) fn without_binds(
        self,
        statement: &StatementRef,
        extra: ExtraTables,
        view: RowView<'_>,
    ) -> FootprintWithoutBinds {
        let of = |derived: &Derived| FootprintWithoutBinds {
            id: derived.id,
            has_side_effects: derived.has_side_effects,
            derived: None,
        };
        self.memoised(statement, extra, view, of).unwrap_or_else(|| {
            let derived = self.derive(statement, extra, view.shapes);
            let mut footprint = of(&derived);
            footprint.derived = Some(Box::new(derived));
            footprint
        })
    }

    /// Returns the footprint of a query with its binds. `known` is its footprint without them.
    pub(crate) fn with_binds(
        self,
        statement: &StatementRef,
        extra: ExtraTables,
        view: RowView<'_>,
        known: &FootprintWithoutBinds,
        binds: &Binds,
        generations: &Generations,
    ) -> ReadFootprint {
        let of = |derived: &Derived| derived.with_binds(binds, generations);
        match &known.derived {
            Some(derived) => of(derived),
            None => self
                .memoised(statement, extra, view, of)
                .unwrap_or_else(|| of(&self.derive(statement, extra, view.shapes))),
        }
    }

    /// Describes for people on which rows a query depends; `None` if shapes are not known. Tables that are not in the
    /// result are read as a whole.
    pub(crate) fn describe_rows(
        self,
        statement: &Statement,
        extra: ExtraTables,
        shapes: Option<&Arc<Shapes>>,
        binds: &Binds,
        generations: &Generations,
    ) -> Option<Vec<DescribedRows>> {
        let derived = self.derive(statement, extra, Some(shapes?));
        let rows = derived
            .rows
            .filter(|rows| rows.reads.slots(&[], binds, generations).is_some());
        Some(rows.map(|rows| rows.reads.describe(binds)).unwrap_or_default())
    }

    /// Returns the footprint of a query with whole tables.
    pub(crate) fn whole(self, statement: &Statement, extra: ExtraTables) -> ReadSlots {
        self.derive(statement, extra, None).whole
    }

    /// Passes a memoised footprint to `see`, and returns its result; `None` if the footprint is not memoised.
    #[inline(always)]
    fn memoised<T>(
        self,
        statement: &StatementRef,
        extra: ExtraTables,
        view: RowView<'_>,
        see: impl FnOnce(&Derived) -> T,
    ) -> Option<T> {
        if !statement.is_remembered() {
            return None;
        }
        let source = Source {
            region: self.region.id,
            statement,
            extra,
            has_shapes: view.shapes.is_some(),
            version: view.version,
        };
        source.memoised(|| self.derive(statement, extra, view.shapes), see)
    }

    fn derive(self, statement: &Statement, extra: ExtraTables, shapes: Option<&Arc<Shapes>>) -> Derived {
        let tables = match extra {
            ExtraTables::These(extra) => self.tables(statement.reads(), extra),
            ExtraTables::Everything => self.tables(&Tables::Everything, &[]),
        };
        let side_effect = |facts| {
            self.catalogs
                .side_effect_of(self.namespace.shared(), facts, statement.sql())
                .is_some()
        };
        Derived::new(
            self.with_region(&tables),
            shapes.and_then(|shapes| self.rows(shapes, statement, extra)),
            self.catalogs.have_side_effects() && statement.facts().iter().any(side_effect),
        )
    }

    /// Returns the footprint of a query that reads known rows of some tables.
    fn rows(self, shapes: &Shapes, statement: &Statement, extra: ExtraTables) -> Option<DerivedRows> {
        let (Tables::Known(reads), ExtraTables::These(extra)) = (statement.reads(), extra) else {
            return None;
        };
        if statement.facts().iter().any(|facts| shapes.may_be_read_by(facts)) {
            return None;
        }
        let (by_row, rows) = RowReads::of(self.namespace, shapes, statement, extra);
        if by_row.is_empty() {
            return None;
        }
        let mut others = TableSlots::new();
        let others_named = || reads.iter().filter(|table| !by_row.contains(table)).chain(extra);
        others.extend(others_named().map(|table| whole(self.namespace, table)));
        self.add_dependencies(others_named(), &mut others);
        others.extend_from_slice(&rows.fixed);
        let base = self.with_region(&others);
        Some(DerivedRows { reads: rows, base })
    }

    /// Returns the slots of tables, and of what the catalog adds to them.
    pub(crate) fn tables(self, reads: &Tables, extra: &[TableName]) -> TableSlots {
        let mut slots = TableSlots::new();
        if *reads == Tables::Everything {
            slots.push(any_table(self.namespace));
        }
        let named = || reads.known().iter().chain(extra);
        slots.extend(named().map(|table| whole(self.namespace, table)));
        self.add_dependencies(named(), &mut slots);
        slots
    }

    /// Adds what the catalog says that a read of these tables depends on beside them.
    fn add_dependencies<'t>(self, tables: impl IntoIterator<Item = &'t TableName>, slots: &mut TableSlots) {
        self.catalogs
            .visit(self.namespace.shared(), tables, |dependency| match dependency {
                Dependency::Table(.., watched) => slots.extend_from_slice(watched),
                Dependency::Everything => slots.push(any_table(self.namespace)),
            });
    }

    /// Adds the slots of the region and of everything.
    pub(crate) fn with_region(self, tables: &[Slot]) -> ReadSlots {
        let mut slots = SmallVec::from_slice(tables);
        slots.extend([self.region.everything, self.region.region]);
        ReadSlots::of(slots)
    }
}

/// Returns the writes that invalidate a query's entry: any to a table that it reads or to one of `extra`, and what the
/// catalog adds.
pub(crate) fn dependencies(catalogs: &Catalogs, namespace: &Namespace, reads: &Tables, extra: &[TableName]) -> Writes {
    let mut all = Writes::to(reads, &Operations::ALL);
    extra.iter().for_each(|table| all.add(table.clone(), Operations::ALL));
    catalogs.visit(
        namespace.shared(),
        reads.known().iter().chain(extra),
        |dependency| match dependency {
            Dependency::Table(table, operations, _) => all.add(table.clone(), operations.clone()),
            Dependency::Everything => all = Writes::Everything,
        },
    );
    all
}
