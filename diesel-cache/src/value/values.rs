//! A region's values with options, and the requests to the engine that they become.

use std::sync::Arc;
use std::time::Duration;

use crate::Error;
use crate::cacheable::{Cacheable, Layout};
use crate::creator::{Creator, ValueId};
use crate::engine::{Access, LoadOptions, LoadSpec, Request, Requirements, Scope, Terms, Ticket};
use crate::entry::Entry;
use crate::event::RefusalReason;
use crate::footprint::TableSlots;
use crate::key::{MemoryKey, value_key};
use crate::region::Region;
use crate::sql::{self, TableName, Tables};

/// A region's values, with options; from [`Region::depends_on`], [`Region::time_to_live`] and their like.
///
/// Has the methods of the region for values. Keep one for values of one kind.
///
/// ```
/// use diesel_cache::{Cache, Region};
/// use std::time::Duration;
///
/// let cache = Cache::builder().region(Region::memory("hot")).build()?;
/// let totals = cache.region("hot")?.depends_on(["orders"]).time_to_live(Duration::from_secs(60));
/// let total = totals.get_or_create("2026-11", || Ok::<i64, diesel_cache::Error>(1815))?;
/// assert_eq!(totals.get("2026-11"), Some(total));
/// cache.invalidate_tables(["orders"]); // so does a write to them on an attached connection
/// assert_eq!(totals.get::<i64>("2026-11"), None);
/// # Ok::<(), diesel_cache::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until a value is asked for, or set"]
pub struct Values {
    pub(super) scope: Scope,
    pub(super) depends_on: Vec<TableName>,
    pub(super) time_to_live: Option<Duration>,
    pub(super) ignore_expiration: bool,
    pub(super) refresh: bool,
}

impl Values {
    pub(super) fn of(region: &Region) -> Self {
        Self {
            scope: region.scope.clone(),
            depends_on: Vec::new(),
            time_to_live: None,
            ignore_expiration: false,
            refresh: false,
        }
    }

    /// Adds tables from which the values are computed. A write to one of them on an attached connection invalidates the
    /// values, and so does [`invalidate_tables`](crate::Cache::invalidate_tables).
    ///
    /// Views and cascades that the cache knows of count, as for queries. Names are written as in SQL. If a value was
    /// stored without one of these tables, it counts as missing.
    pub fn depends_on<I>(mut self, tables: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let names = tables.into_iter().map(|table| sql::canonical(table.as_ref()));
        self.depends_on.extend(names);
        self
    }

    /// Sets how long a value may be served, in place of the region's time to live.
    ///
    /// Values that are stored through this object have this time to live. Calls through it also do not accept older
    /// values, whatever time to live those have. The precision is a millisecond. Defaults to the region's time to live.
    pub fn time_to_live(mut self, duration: Duration) -> Self {
        self.time_to_live = Some(duration);
        self
    }

    /// Accepts values that have outlived their time to live. Invalidated values are never accepted.
    pub fn ignore_expiration(mut self) -> Self {
        self.ignore_expiration = true;
        self
    }

    /// Makes [`get_or_create`](Self::get_or_create) and [`get_or_create_multi`](Self::get_or_create_multi) create the
    /// values even if there are some, and replace those. Existing values are invalid from the beginning of the call on,
    /// in every process.
    ///
    /// This has no effect on other methods.
    pub fn refresh(mut self) -> Self {
        self.refresh = true;
        self
    }

    /// Returns the slots that all of these values depend on, beside those of the region and of their keys.
    pub(super) fn tables(&self) -> TableSlots {
        self.scope.reader().tables(&Tables::NONE, &self.depends_on)
    }

    pub(super) fn request(&self, key: &str, layout: Option<Layout>, use_as: Use) -> Arc<Request> {
        self.request_with(key, layout, use_as, self.tables())
    }

    pub(super) fn request_with(
        &self,
        key: &str,
        layout: Option<Layout>,
        use_as: Use,
        tables: TableSlots,
    ) -> Arc<Request> {
        let scope = &self.scope;
        let key = value_key(&scope.namespace, scope.core.name(), key);
        let requirements = Requirements {
            terms: Terms {
                layout,
                max_age: self.time_to_live,
                ignore_expiration: self.ignore_expiration,
            },
            footprint: None,
            slots: scope.reader().with_region(&tables),
            rows: None,
        };
        let options = LoadOptions {
            time_to_live: self.time_to_live,
            only_if_cached: use_as == Use::Look,
            refresh: self.refresh && use_as == Use::Create,
            skip_empty: false,
        };
        // A value has no connection, and so no session and no known transaction.
        let spec = LoadSpec {
            statement: None,
            memory_key: MemoryKey::of_value(key),
            requirements,
            options,
            access: Access::Full,
        };
        Arc::new(Request::new(scope, None, key, spec))
    }
}

/// The purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Look,
    Create,
    Set,
}

/// Decodes the value that an entry holds.
pub(super) fn value_of<V: Cacheable>(entry: &Entry) -> Option<V> {
    let mut rows = entry.decode::<V>()?;
    let value = rows.pop()?;
    rows.is_empty().then_some(value)
}

/// Identifies the value that a request is for.
pub(super) fn id_of(request: &Request) -> ValueId {
    ValueId::of(request.core(), request.entry.key)
}

/// Returns why the creator's value must not be stored under the ticket; `None` if it may be.
pub(super) fn refusal(creator: &Creator, ticket: &mut Ticket) -> Option<RefusalReason> {
    if creator.is_tainted() {
        return Some(RefusalReason::Transaction);
    }
    ticket.read_from_replica(creator.lag());
    (!ticket.is_current(false)).then_some(RefusalReason::ReplicaLag)
}

/// Returns the error of a creator that requests its own value.
pub(super) fn asks_for_itself(key: &str) -> Error {
    Error::AsksForItself { key: key.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::Ordering::SeqCst;

    use super::*;
    use crate::engine::tests::World;

    #[test]
    fn without_locks_between_processes_all_still_have_one_value() {
        let world = World::new();
        world.tier.has_no_locks.store(true, SeqCst);
        let [one, other] = [(), ()].map(|()| Region::for_tests(world.peer(|_| {}).scope));
        let create = |region: &Region, value: i32| region.get_or_create("key", || Ok::<_, Error>(value)).unwrap();
        let created = one.get_or_create("key", || {
            // Without locks, no process knows whether another one is creating the value.
            assert_eq!(create(&other, 2), 2);
            Ok::<_, Error>(1)
        });
        assert_eq!(created.unwrap(), 1);
        assert_eq!((create(&one, 3), create(&other, 4)), (2, 2));
    }
}
