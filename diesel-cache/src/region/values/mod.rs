//! The key/value face of a region: for what is not a query, with the same engine, and the same promise.
//!
//! A value is an entry of one row, under a key of its own. What is decided about it is decided in [`engine`](super::engine), as for
//! a cached load; here are the callers: who looks ([`read`]), who brings a value ([`set`]), and who creates what is
//! missing ([`create`], [`batch`]). What waits is written once, over a [`Wait`](super::wait::Wait); `tasks` has the calls that return futures.
//!
//! # One value at a time
//!
//! Two loads that ask the database under equal stamps get equal rows, so both may be stored. Two values need not be equal: one process
//! would keep the first in its memory, and another the second. So a value is stored only by whoever *alone* may do so: the leader of all
//! who miss the key, or who has moved the key's slot and stores under the generation that this gave (a [`Claim`]). Of several who do
//! that at one time, the last one's generation stands.
//!
//! [`Claim`]: crate::generation::Claim

mod batch;
mod create;
mod face;
#[cfg(feature = "async")]
mod face_async;
mod read;
mod set;
#[cfg(feature = "async")]
mod tasks;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

pub use set::Prepared;
#[cfg(feature = "async")]
pub use tasks::PreparedAsync;

use super::slots::TableSlots;
use super::{Ask, Demand, Region, Request, Slots, Standing, Terms, slots};
use crate::Error;
use crate::cacheable::{Cacheable, Layout};
use crate::entry::Entry;
use crate::key::{NearKey, value_key};
use crate::tables::{self, TableName, Tables};

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
    region: Region,
    depends_on: Vec<TableName>,
    time_to_live: Option<Duration>,
    ignore_expiration: bool,
    refresh: bool,
}

impl Values {
    fn of(region: &Region) -> Self {
        Self {
            region: region.clone(),
            depends_on: Vec::new(),
            time_to_live: None,
            ignore_expiration: false,
            refresh: false,
        }
    }

    /// Adds tables that the values are made of: a write to one of them, through an attached connection, makes them stale, and so does an
    /// [invalidation](crate::Cache::invalidate_tables).
    ///
    /// Views and cascades that the cache knows of count as for queries. Names are written as in SQL. A value that was stored
    /// without one of these tables is not accepted.
    pub fn depends_on<I>(mut self, tables: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let names = tables.into_iter().map(|table| tables::canonical(table.as_ref()));
        self.depends_on.extend(names);
        self
    }

    /// How long a value may serve, in place of the region's time to live.
    ///
    /// It is what values stored by these calls are given, and no older value is accepted by them, whatever that one was given. Kept
    /// to the millisecond. Defaults to the region's.
    pub fn time_to_live(mut self, duration: Duration) -> Self {
        self.time_to_live = Some(duration);
        self
    }

    /// Accepts values that have outlived their time to live. What was invalidated is never accepted.
    pub fn ignore_expiration(mut self) -> Self {
        self.ignore_expiration = true;
        self
    }

    /// Creates anew what [`get_or_create`](Self::get_or_create) and [`get_or_create_multi`](Self::get_or_create_multi) are asked for,
    /// and puts it in the place of what there is: that is stale from the call on, in every process.
    ///
    /// For the other methods it changes nothing.
    pub fn refresh(mut self) -> Self {
        self.refresh = true;
        self
    }

    /// What all of these values depend on, beside the region and their keys.
    fn tables(&self) -> TableSlots {
        slots::of_tables(&self.region, &Tables::NONE, &self.depends_on)
    }

    fn request(&self, key: &str, layout: Option<Layout>, use_as: Use) -> Arc<Request> {
        self.request_with(key, layout, use_as, self.tables())
    }

    fn request_with(&self, key: &str, layout: Option<Layout>, use_as: Use, tables: TableSlots) -> Arc<Request> {
        let key = value_key(&self.region.namespace, self.region.name(), key);
        let demand = Demand {
            layout,
            slots: Slots::new(&self.region, &tables),
            max_age: self.time_to_live,
            ignore_expiration: self.ignore_expiration,
        };
        let terms = Terms {
            time_to_live: self.time_to_live,
            only_if_cached: use_as == Use::Look,
            refresh: self.refresh && use_as == Use::Create,
            skip_empty: false,
        };
        // There is no connection here: no session, and no transaction that anybody knew of.
        let ask = Ask {
            near: NearKey::of_value(key),
            demand,
            terms,
            standing: Standing::Full,
        };
        Arc::new(Request::new(&self.region, None, key, ask))
    }
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Look,
    Create,
    Set,
}

/// The value that an entry holds.
fn value_of<V: Cacheable>(entry: &Entry) -> Option<V> {
    let mut rows = entry.decode::<V>()?;
    let value = rows.pop()?;
    rows.is_empty().then_some(value)
}

/// A creator asks for what it is making.
fn asks_for_itself(key: &str) -> Error {
    Error::AsksForItself { key: key.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Mutex, PoisonError};
    use std::time::Instant;

    use super::*;
    use crate::Cache;
    use crate::region::flight::{Flight, Landing};
    use crate::region::request::Seen;
    use crate::region::{Blocking, Step, Wait, now};
    use crate::store::{KeyLock, KeyLocks};

    /// Lets another process's lock go as soon as it is waited for.
    struct LettingGo(Mutex<Option<KeyLock>>);

    impl Wait for LettingGo {
        const GIVES_WAY: bool = false;

        async fn blocking<T, F>(&self, work: F) -> T
        where
            F: FnOnce() -> T + Send + 'static,
            T: Send + 'static,
        {
            work()
        }

        async fn landing(&self, flight: Arc<Flight>, deadline: Option<Instant>) -> Landing {
            Blocking.landing(flight, deadline).await
        }

        async fn pause(&self, _: Duration) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    #[test]
    fn processes_that_waited_for_one_that_failed_do_not_wait_for_each_other() {
        let directory = tempfile::TempDir::new().unwrap();
        let builder = Cache::builder().directory(directory.path());
        let region = builder.region(Region::disk("files")).build().unwrap();
        let region = region.region("files").unwrap();
        let others = KeyLocks::open(&directory.path().join("flights/files")).unwrap();
        let request = Values::of(&region).request("key", Some(i32::LAYOUT), Use::Create);
        let key = request.accept.key;
        let begin = |wait: &LettingGo| match now(request.begin(wait, Seen(None))) {
            Step::Fill(ticket) => ticket,
            step => panic!("{step:?}"),
        };

        let failing = LettingGo(Mutex::new(others.try_lock(&key)));
        let ticket = begin(&failing);
        assert!(failing.0.lock().unwrap().is_none(), "it was waited for");
        assert!(
            others.try_lock(&key).is_some(),
            "the next one who waited goes on as well"
        );
        drop(ticket);

        let nobody = LettingGo(Mutex::new(None));
        let ticket = begin(&nobody);
        assert!(others.try_lock(&key).is_none(), "who did not wait lets the others wait");
        drop(ticket);
    }

    #[test]
    fn without_locks_between_processes_all_still_have_one_value() {
        let directory = tempfile::TempDir::new().unwrap();
        let open = || {
            let builder = Cache::builder().directory(directory.path());
            let cache = builder.region(Region::disk("files")).build().unwrap();
            let region = cache.region("files").unwrap();
            region.state.locks.as_ref().unwrap().disable();
            region
        };
        let (one, other) = (open(), open());
        let create = |region: &Region, value: i32| region.get_or_create("key", || Ok::<_, Error>(value)).unwrap();
        let created = one.get_or_create("key", || {
            // Nobody can know that another process is creating it.
            assert_eq!(create(&other, 2), 2);
            Ok::<_, Error>(1)
        });
        assert_eq!(created.unwrap(), 1);
        assert_eq!((create(&one, 3), create(&other, 4)), (2, 2));
    }
}
