//! The slots that an entry depends on, memoised for queries that come again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;

use super::Catalogs;
use super::closure::Dependency;
use super::extra::ExtraTables;
use super::rows::{InsertedSlots, RowReads};
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

/// The slots that an entry is stamped with, and that a reader requires in its stamp, beside the slot of its key: those
/// of its tables, of its region, and of everything.
#[derive(Clone, Debug)]
pub(crate) struct ReadSlots(
    /// Ascending, without duplicates, as in a stamp.
    SmallVec<[Slot; 8]>,
);

impl ReadSlots {
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = Slot> {
        self.0.iter().copied()
    }

    /// Returns the slots in ascending order, without duplicates.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[Slot] {
        &self.0
    }

    /// Clones by copying the slots as a whole, where `clone` goes through them one by one.
    #[inline]
    fn copied(&self) -> Self {
        Self(SmallVec::from_slice(&self.0))
    }
}

/// What a query depends on, and whether it does more than return rows.
#[derive(Clone, Debug)]
pub(crate) struct ReadFootprint {
    pub(crate) slots: ReadSlots,
    /// How it depends on rows, if it does.
    pub(crate) rows: Option<RowStamp>,
    /// Whether the query has effects that an entry in its place would leave out.
    pub(crate) has_side_effects: bool,
}

/// What an entry that depends on rows is stamped with, beside what its readers require.
#[derive(Clone, Debug)]
pub(crate) struct RowStamp {
    /// Slots of new rows. They matter only while the result is empty: a row that is there cannot be inserted again.
    pub(crate) inserted: InsertedSlots,
    /// The epoch in which the stamp has to be taken.
    pub(crate) epoch: u64,
}

/// A footprint, as far as it does not depend on binds.
#[derive(Clone, Debug)]
struct Derived {
    /// With whole tables.
    whole: ReadSlots,
    /// With rows, where they are known.
    rows: Option<Box<DerivedRows>>,
    has_side_effects: bool,
}

#[derive(Clone, Debug)]
struct DerivedRows {
    reads: RowReads,
    /// The slots that are the same for all binds.
    base: ReadSlots,
}

/// What is known of the rows that a query on one connection reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowView<'a> {
    /// The version of the catalogs, read before the shapes.
    pub(crate) version: u64,
    /// The shapes of the connection's database.
    pub(crate) shapes: Option<&'a Arc<Shapes>>,
    pub(crate) binds: &'a Binds,
    pub(crate) generations: &'a Generations,
}

/// Derives the footprints of what is read through one region, in one namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) catalogs: &'a Catalogs,
    pub(crate) namespace: &'a Namespace,
    pub(crate) region: &'a RegionSlots,
}

impl Reader<'_> {
    /// Returns the footprint of a query; `extra` tables were added by its caller.
    #[inline]
    pub(crate) fn query(self, statement: &StatementRef, extra: ExtraTables, view: RowView<'_>) -> ReadFootprint {
        if statement.is_remembered() {
            self.memoised(statement, extra, view)
        } else {
            self.resolve(&self.derive(statement, extra, view.shapes), view)
        }
    }

    /// Says which rows a query reads of which tables, for people; `None` where shapes are not known. Of every other table,
    /// the query reads any row.
    pub(crate) fn describe_rows(
        self,
        statement: &Statement,
        extra: ExtraTables,
        view: RowView<'_>,
    ) -> Option<Vec<(TableName, String)>> {
        let derived = self.derive(statement, extra, Some(view.shapes?));
        let rows = derived
            .rows
            .filter(|rows| rows.reads.slots(&[], view.binds, view.generations).is_some());
        Some(rows.map(|rows| rows.reads.describe(view.binds)).unwrap_or_default())
    }

    /// Returns the footprint of a query with whole tables.
    pub(crate) fn whole(self, statement: &Statement, extra: ExtraTables) -> ReadSlots {
        self.derive(statement, extra, None).whole
    }

    /// Puts binds into a footprint.
    #[inline]
    fn resolve(self, derived: &Derived, view: RowView<'_>) -> ReadFootprint {
        if let Some(rows) = &derived.rows
            && let Some(found) = rows.reads.slots(rows.base.as_slice(), view.binds, view.generations)
        {
            return ReadFootprint {
                slots: ReadSlots(found.slots),
                rows: Some(RowStamp {
                    inserted: found.inserted,
                    epoch: found.epoch,
                }),
                has_side_effects: derived.has_side_effects,
            };
        }
        ReadFootprint {
            slots: derived.whole.copied(),
            rows: None,
            has_side_effects: derived.has_side_effects,
        }
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
        Derived {
            whole: self.with_region(&tables),
            rows: shapes
                .and_then(|shapes| self.rows(shapes, statement, extra))
                .map(Box::new),
            has_side_effects: self.catalogs.have_side_effects() && statement.facts().iter().any(side_effect),
        }
    }

    /// Returns the footprint of a query that reads known rows of some tables.
    fn rows(self, shapes: &Shapes, statement: &Statement, extra: ExtraTables) -> Option<DerivedRows> {
        let (Tables::Known(reads), ExtraTables::These(extra)) = (statement.reads(), extra) else {
            return None;
        };
        if statement.facts().iter().any(|facts| shapes.may_be_read_by(facts)) {
            return None;
        }
        let (by_row, rows) = RowReads::of(shapes, statement.occurrences(), extra);
        if by_row.is_empty() {
            return None;
        }
        let mut others = TableSlots::new();
        let others_named = reads.iter().filter(|table| !by_row.contains(table)).chain(extra);
        others.extend(others_named.map(|table| whole(self.namespace, table)));
        self.add_dependencies(reads.iter().chain(extra), &mut others);
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
        let named = || known(reads).iter().chain(extra);
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
        slots.sort_unstable();
        slots.dedup();
        ReadSlots(slots)
    }

    fn memoised(self, statement: &Statement, extra: ExtraTables, view: RowView<'_>) -> ReadFootprint {
        let version = view.version;
        let list = match extra {
            ExtraTables::These([]) => 0,
            ExtraTables::These(list) => list.as_ptr().addr(),
            ExtraTables::Everything => usize::MAX,
        };
        let id = (self.region.id, statement.id(), list, view.shapes.is_some());
        let derive = || self.derive(statement, extra, view.shapes);
        let memoised = MEMO.try_with(|memo| {
            let mut memo = memo.borrow_mut();
            match memo.get(&id) {
                Some((derived_from, derived)) if *derived_from == version => self.resolve(derived, view),
                _ => {
                    let derived = derive();
                    if memo.len() >= CAPACITY {
                        memo.clear();
                    }
                    let footprint = self.resolve(&derived, view);
                    memo.insert(id, (version, derived));
                    footprint
                }
            }
        });
        // The memo is gone while the thread ends.
        memoised.unwrap_or_else(|_| self.resolve(&derive(), view))
    }
}

/// Returns the writes that make a query's rows stale: any to a table that it reads or to one of `extra`, and what the
/// catalog adds.
pub(crate) fn dependencies(catalogs: &Catalogs, namespace: &Namespace, reads: &Tables, extra: &[TableName]) -> Writes {
    let mut all = Writes::to(reads, &Operations::ALL);
    extra.iter().for_each(|table| all.add(table.clone(), Operations::ALL));
    catalogs.visit(
        namespace.shared(),
        known(reads).iter().chain(extra),
        |dependency| match dependency {
            Dependency::Table(table, operations, _) => all.add(table.clone(), operations.clone()),
            Dependency::Everything => all = Writes::Everything,
        },
    );
    all
}

fn known(tables: &Tables) -> &[TableName] {
    match tables {
        Tables::Known(tables) => tables,
        Tables::Everything => &[],
    }
}

/// A region in a namespace, a statement, the address of the list of extra tables, and whether rows are known.
type Id = (u64, u64, usize, bool);

/// The number of footprints that a thread memoises. A thread that meets more makes up namespaces, or texts; its memo
/// starts anew.
const CAPACITY: usize = 4096;

/// Footprints, with the version of the catalogs that they were derived from.
type Memo = HashMap<Id, (u64, Derived), foldhash::fast::RandomState>;

thread_local! {
    static MEMO: RefCell<Memo> = RefCell::default();
}
