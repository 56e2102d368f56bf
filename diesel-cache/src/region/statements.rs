//! Statistics by statement.

mod table;

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use super::stats::{BYPASSES, MISSES, REFUSALS, TIERS};
use crate::engine::{CountsNow, RegionCore, StatementNow};
use crate::event::{BypassReason, InvalidationCause, MissReason, RefusalReason};
use crate::sql::Tables;
use crate::telemetry::Count;

/// What the loads of each statement have done, in one region or several; from [`Cache::statements`] and
/// [`Region::statements`].
///
/// The statement that has spent most time in the database comes first; the [others](StatementStats::is_others) come
/// last. It prints as a table. Long lists of columns and long texts are abbreviated; `{:#}` prints them in full:
///
/// ```text
/// region   calls  hits  misses  bypasses  in database    mean   saved     size  invalidated by  statement
/// default    310   204     103         3        1.2 s  11.3 ms  2.4 s  1.2 KiB  row of person   SELECT … FROM `person` WHERE (`person`.`id` = ?)
/// lists     1003  1000       3         0      28.1 ms   9.4 ms  9.4 s  8.0 KiB  person          SELECT … FROM `person` ORDER BY `person`.`name`
/// ```
///
/// # What is a statement
///
/// The text that Diesel sends, without its values: bound or written in the text, each becomes a `?`, and a list of them
/// after `IN` becomes `(?, …)`. Comments are left out. Texts that are then equal are one statement. So no bind value is
/// ever shown, and no literal of a [`sql_query`](diesel::sql_query). Where the cache cannot tell where the text's
/// literals end, it shows a number instead of the text. Names are shown: a table or a column that is named after a
/// person is not anonymous. On SQLite, a name in double quotes is shown only where it can be nothing but a name, since
/// SQLite takes an unknown one for a string.
///
/// [`Cache::statements`]: crate::Cache::statements
/// [`Region::statements`]: crate::Region::statements
#[derive(Clone, Debug)]
pub struct Statements(Vec<StatementStats>);

impl Statements {
    pub(crate) fn of<'a>(cores: impl IntoIterator<Item = &'a RegionCore>) -> Self {
        let mut all: Vec<_> = (cores.into_iter())
            .flat_map(|core| {
                let region = core.name();
                let now = core.record.statements.now();
                now.into_iter().map(|now| StatementStats::of(region, now))
            })
            .collect();
        all.sort_by(|one, other| one.order().cmp(&other.order()));
        Self(all)
    }

    /// Returns the statements, in the order in which they are printed.
    pub fn iter(&self) -> std::slice::Iter<'_, StatementStats> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Statements {
    type Item = &'a StatementStats;
    type IntoIter = std::slice::Iter<'a, StatementStats>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What the loads of one statement have done in one region, in this process, since the statement was listed. Prints
/// as a small table, without lines that would be empty.
#[derive(Clone, Debug)]
pub struct StatementStats {
    region: Arc<str>,
    /// `None` for the others.
    text: Option<(Arc<str>, Tables)>,
    counts: CountsNow,
}

/// What has last invalidated an entry of a statement, as a later load has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastInvalidation {
    cause: InvalidationCause,
    table: Option<String>,
}

impl LastInvalidation {
    /// Returns the cause.
    pub fn cause(&self) -> InvalidationCause {
        self.cause
    }

    /// Returns the table whose write it was, if that is known.
    ///
    /// It is not known for a write to rows of a statement that reads several tables, nor for a table that only
    /// [`depends_on`](crate::Cached::depends_on) names.
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }
}

impl StatementStats {
    fn of(region: &Arc<str>, now: StatementNow) -> Self {
        Self {
            region: Arc::clone(region),
            text: now.statement,
            counts: now.counts,
        }
    }

    fn order(&self) -> impl Ord + '_ {
        let cost = (
            Reverse(self.time_in_database()),
            Reverse(self.time_saved()),
            Reverse(self.calls()),
        );
        (self.is_others(), cost, &*self.region, self.sql())
    }

    /// Returns the name of the region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the statement's SQL, with `?` for each value; `others` for the [others](Self::is_others).
    pub fn sql(&self) -> &str {
        self.text.as_ref().map_or("others", |(sql, _)| sql)
    }

    /// Returns `true` if these are the statements of the region that are not listed, together: those that have left the
    /// list because there were more than [`max_statements`](crate::CacheBuilder::max_statements).
    pub fn is_others(&self) -> bool {
        self.text.is_none()
    }

    /// Returns the tables that the statement reads, in lower case and without their schemas; `None` if they are not
    /// known. Of a text that the cache does not understand, these are the words that may be tables.
    pub fn tables(&self) -> Option<Vec<&str>> {
        match &self.text {
            Some((_, Tables::Known(tables))) => Some(tables.iter().map(|table| table.as_str()).collect()),
            _ => None,
        }
    }

    /// Returns the number of loads.
    ///
    /// This may differ from the sum of [`hits`](Self::hits), [`misses`](Self::misses) and [`bypasses`](Self::bypasses).
    /// A load that misses and then waits for the rows of another is a hit as well. One that misses while a table is
    /// being written is a bypass as well.
    pub fn calls(&self) -> u64 {
        self.counts.calls
    }

    /// Returns the number of loads that the cache answered, including those with stale rows.
    pub fn hits(&self) -> u64 {
        TIERS.iter().map(|tier| self.counts.get(Count::Hit(*tier))).sum()
    }

    /// Returns the number of hits on stale entries.
    pub fn stale_hits(&self) -> u64 {
        self.counts.get(Count::StaleHit)
    }

    /// Returns the number of loads that found nothing usable.
    pub fn misses(&self) -> u64 {
        MISSES.iter().map(|reason| self.misses_by(*reason)).sum()
    }

    /// Returns the number of misses for one reason.
    pub fn misses_by(&self, reason: MissReason) -> u64 {
        self.counts.get(Count::Miss(reason))
    }

    /// Returns the number of misses whose entry had been invalidated by this cause; see
    /// [`RegionStats::invalidated_by`](crate::RegionStats::invalidated_by).
    pub fn invalidated_by(&self, cause: InvalidationCause) -> u64 {
        self.counts.get(Count::Invalidated(cause))
    }

    /// Returns what had invalidated an entry of the statement, at the most recent load that found an invalid entry;
    /// `None` for the [others](Self::is_others). Entries that are never loaded again do not count.
    pub fn last_invalidation(&self) -> Option<LastInvalidation> {
        let last = self.counts.last_invalidation.as_ref()?;
        Some(LastInvalidation {
            cause: last.cause,
            table: last.table.as_ref().map(ToString::to_string),
        })
    }

    /// Returns the number of loads that did not use the cache.
    pub fn bypasses(&self) -> u64 {
        BYPASSES.iter().map(|reason| self.bypasses_by(*reason)).sum()
    }

    /// Returns the number of bypasses for one reason.
    pub fn bypasses_by(&self, reason: BypassReason) -> u64 {
        self.counts.get(Count::Bypass(reason))
    }

    /// Returns the number of results that were returned and not stored.
    pub fn refusals(&self) -> u64 {
        REFUSALS.iter().map(|reason| self.refusals_by(*reason)).sum()
    }

    /// Returns the number of refusals for one reason.
    pub fn refusals_by(&self, reason: RefusalReason) -> u64 {
        self.counts.get(Count::Refusal(reason))
    }

    /// Returns how often a caller waited for another's rows, within the process.
    pub fn coalesced_waits(&self) -> u64 {
        self.counts.get(Count::Wait)
    }

    /// Returns the number of times that the database was queried, including those that failed.
    pub fn queries(&self) -> u64 {
        self.counts.queries
    }

    /// Returns the time that callers have spent querying the database.
    pub fn time_in_database(&self) -> Duration {
        self.counts.time(Count::QueryTime)
    }

    /// Returns the mean time of a query; zero if there was none.
    pub fn mean_query_time(&self) -> Duration {
        let mean = self.counts.get(Count::QueryTime).checked_div(self.queries());
        Duration::from_micros(mean.unwrap_or(0))
    }

    /// Returns the time that hits have saved: for each hit, the time that it had taken to query its entry.
    pub fn time_saved(&self) -> Duration {
        self.counts.time(Count::SavedTime)
    }

    /// Returns the number of results that were stored.
    pub fn stores(&self) -> u64 {
        self.counts.get(Count::Store)
    }

    /// Returns the total size of all results that were ever stored, as encoded, in bytes. Most of them may be gone by
    /// now: see [`RegionStats::bytes`](crate::RegionStats::bytes) for what a region holds.
    pub fn bytes_stored(&self) -> u64 {
        self.counts.stored_bytes
    }

    /// Returns the size of the result that was stored last, in bytes; zero if none was.
    pub fn last_size(&self) -> u64 {
        self.counts.last_size
    }

    /// Returns the share of hits among hits and misses, from 0.0 to 1.0; 0.0 if there were neither.
    pub fn hit_ratio(&self) -> f64 {
        match self.hits() + self.misses() {
            0 => 0.0,
            all => self.hits() as f64 / all as f64,
        }
    }
}
