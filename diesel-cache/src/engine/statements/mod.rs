//! Statistics by statement: what the loads of each statement have done in a region.
//!
//! A hit in memory looks nothing up: it counts in a cell to which its entry leads. The entry holds the place of its
//! statement, and a number for the tenancy, that is, for this statement's use of the place. The statement is looked up
//! only if its tenancy is over, or if the entry is hit for the first time. Everything else looks the statement up: a
//! miss, a bypass, a hit on disk.
//!
//! The number of statements in the list is limited (`max_statements`). When the list is full, the twentieth of them
//! that was called least of late is removed. Their counts are added to the *others*, so the sum of all stays exact. A
//! thread may be about to count a hit for a statement that is removed at this moment. So the place stays empty for a
//! while, and what is counted in it meanwhile is added to the others.

mod cells;
mod counts;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError, RwLock};

use self::cells::{Cells, Sum, Tenancy};
pub(crate) use self::counts::{Counts, CountsNow, LastInvalidation};
use crate::entry::Entry;
use crate::key::{Shown, Statement};
use crate::sql::Tables;

/// The largest number of statements that can be listed.
const MOST: usize = 1 << 20;

/// A statement and its counts.
#[derive(Clone, Debug)]
pub(crate) struct StatementNow {
    /// The statement; `None` for all others together.
    pub(crate) statement: Option<(Arc<str>, Tables)>,
    pub(crate) counts: CountsNow,
}

/// The statements of a region, and their counts.
pub(crate) struct CountedStatements {
    limit: usize,
    cells: Cells,
    list: RwLock<List>,
}

#[derive(Default)]
struct List {
    rows: HashMap<u128, Row, BuildHasherDefault<IdHasher>>,
    /// The counts of the statements that were removed.
    others: Counts,
    /// Places without a statement, each with what had been counted there when its last statement was removed. The place
    /// that has been empty for longest comes first.
    empty: VecDeque<(u32, Sum)>,
    /// The number of places that were ever used.
    places: u32,
    /// The number of statements that were ever listed.
    listed: u64,
}

struct Row {
    tenancy: Tenancy,
    /// What had been counted in its place before this statement.
    before: Sum,
    /// The number of statements that were listed before this one.
    number: u64,
    /// The number of calls when the list was last full.
    calls_then: u64,
    /// The recent calls: a moving sum, which is halved each time the list is full.
    calls_of_late: u64,
    sql: Arc<str>,
    tables: Tables,
    counts: Counts,
}

impl Row {
    fn quick(&self, cells: &Cells) -> Sum {
        cells.sum(self.tenancy.place()).since(self.before)
    }
}

impl CountedStatements {
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.min(MOST);
        Self {
            limit,
            // There are as many spare places as statements are removed at once, so that an empty place is not reused
            // immediately.
            cells: Cells::new(match limit {
                0 => 0,
                limit => limit + leaving(limit),
            }),
            list: RwLock::default(),
        }
    }

    /// Counts a call that an entry in memory has answered at once.
    #[inline]
    pub(super) fn hit(&self, entry: &Entry, statement: &Statement) {
        let tenancy = Tenancy::of(entry.statement.load(Relaxed));
        if !self.cells.hit(tenancy, entry.header.cost.micros()) {
            self.first_hit(entry, statement);
        }
    }

    #[cold]
    fn first_hit(&self, entry: &Entry, statement: &Statement) {
        let saved = entry.header.cost.micros();
        self.visit(statement, |list, row| {
            // The list is locked, so the statement is not removed meanwhile.
            entry.statement.store(row.tenancy.number(), Relaxed);
            if !self.cells.hit(row.tenancy, saved) {
                list.others.add_quick(Sum { hits: 1, saved });
            }
        });
    }

    /// Counts something other than a quick hit for a statement.
    pub(super) fn count(&self, statement: &Statement, count: impl FnOnce(&Counts)) {
        self.visit(statement, |_, row| count(&row.counts));
    }

    fn visit(&self, statement: &Statement, visit: impl FnOnce(&List, &Row)) {
        if self.limit == 0 {
            return;
        }
        let Shown { sql, id } = statement.shown();
        {
            let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(row) = list.rows.get(id) {
                return visit(&list, row);
            }
        }
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        if !list.rows.contains_key(id) {
            if list.rows.len() >= self.limit {
                list.make_room(&self.cells, leaving(self.limit));
            }
            if let Some(row) = list.new_row(&self.cells, sql, statement.reads()) {
                list.rows.insert(*id, row);
            }
        }
        if let Some(row) = list.rows.get(id) {
            visit(&list, row);
        }
    }

    /// Returns all statements, and the others if there are any, in no particular order.
    pub(crate) fn now(&self) -> Vec<StatementNow> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = (list.rows.values())
            .map(|row| StatementNow {
                statement: Some((Arc::clone(&row.sql), row.tables.clone())),
                counts: row.counts.now(row.quick(&self.cells)),
            })
            .collect();
        let mut late = Sum::default();
        for (place, then) in &list.empty {
            let more = self.cells.sum(*place).since(*then);
            (late.hits, late.saved) = (late.hits + more.hits, late.saved + more.saved);
        }
        let others = list.others.now(late);
        if others.calls > 0 {
            all.push(StatementNow {
                statement: None,
                counts: others,
            });
        }
        all
    }

    /// Empties the list, and resets all counts.
    pub(crate) fn reset(&self) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let all = list.rows.len();
        list.make_room(&self.cells, all);
        list.others = Counts::default();
        for (place, then) in &mut list.empty {
            *then = self.cells.sum(*place);
        }
    }
}

/// Returns how many statements are removed from a full list at once.
fn leaving(limit: usize) -> usize {
    (limit / 20).max(1)
}

impl List {
    /// Removes this many statements.
    fn make_room(&mut self, cells: &Cells, number: usize) {
        let mut order: Vec<_> = (self.rows.iter_mut())
            .map(|(id, row)| {
                let calls = row.counts.calls() + row.quick(cells).hits;
                row.calls_of_late = row.calls_of_late / 2 + (calls - row.calls_then);
                row.calls_then = calls;
                (row.calls_of_late, row.number, *id)
            })
            .collect();
        order.sort_unstable();
        for (.., id) in order.into_iter().take(number) {
            let Some(row) = self.rows.remove(&id) else { continue };
            // From here on no hit counts in this place, except for those of threads that are about to count.
            let place = row.tenancy.place();
            cells.let_to_next(place);
            let then = cells.sum(place);
            self.others.add_all(&row.counts);
            self.others.add_quick(then.since(row.before));
            self.empty.push_back((place, then));
        }
    }

    fn new_row(&mut self, cells: &Cells, sql: &Arc<str>, tables: &Tables) -> Option<Row> {
        let fresh = self.places;
        let (tenancy, before) = match cells.let_to_next(fresh) {
            Some(tenancy) => {
                self.places += 1;
                (tenancy, Sum::default())
            }
            None => {
                let (place, then) = self.empty.pop_front()?;
                let before = cells.sum(place);
                self.others.add_quick(before.since(then));
                (cells.let_to_next(place)?, before)
            }
        };
        self.listed += 1;
        Some(Row {
            tenancy,
            before,
            number: self.listed,
            calls_then: 0,
            calls_of_late: 0,
            sql: Arc::clone(sql),
            tables: shown_tables(sql, tables),
            counts: Counts::default(),
        })
    }
}

/// Uses a statement's id as its hash, because the id is part of a SHA-256.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u128(&mut self, id: u128) {
        self.0 = id as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl fmt::Debug for CountedStatements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountedStatements")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Returns the tables whose names occur in the text without values. If the parser does not know a text, any quoted word
/// counts as a table, but may be a value, which must not be shown.
fn shown_tables(sql: &str, tables: &Tables) -> Tables {
    let Tables::Known(tables) = tables else {
        return tables.clone();
    };
    let sql = sql.to_lowercase();
    let named = tables.iter().filter(|table| has_word(&sql, table.as_str()));
    Tables::Known(named.cloned().collect())
}

/// Returns `true` if the text has the word, and not only as a part of another one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(place, _)| {
        let (before, after) = (&text[..place], &text[place + word.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}
