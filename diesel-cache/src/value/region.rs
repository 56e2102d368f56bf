//! The methods of a region for values. Each calls [`Values`].

use std::time::Duration;

use super::Prepared;
use super::values::Values;
use crate::Error;
use crate::cacheable::Cacheable;
use crate::engine::Lookup;
use crate::region::Region;

/// # Values
///
/// A region also keeps values: anything [`Cacheable`], under a key of your own. Values use the same engine as cached
/// loads, and have the same guarantees:
///
/// - Of all callers that miss a key at the same time, in all processes that share the region's entries, one creates the
///   value.
/// - Values that depend on [tables](Self::depends_on) are invalidated when these change.
/// - A call never returns a value that had been invalidated, replaced or deleted when the call began, in any process.
///
/// A failure of the region never makes a call fail. A value that cannot be read counts as missing, and one that cannot
/// be stored is not stored. An [`Event`](crate::Event) reports the failure.
///
/// A key belongs to the region and to its namespace, and is never mistaken for a query. The type is checked: a value of
/// another type counts as missing. A [null](Self::null) region keeps no values. Neither does a [session](Self::session)
/// region, because there is no connection here whose session it could be. In both, creators always run.
///
/// **Tables.** A value depends on the tables that [`depends_on`](Self::depends_on) names, and on no others. If a
/// creator loads queries or gets other values, name the tables of these, too.
///
/// **Transactions.** All callers share a value, but only its own connection may see the rows of an open transaction. A
/// creator may read several tables in a transaction of its own. If it reads in a transaction that was open before, or
/// that has written, on an attached connection and on its own thread, its value is returned and [not
/// stored](crate::RefusalReason::Transaction). For values that are stored with [`set`](Self::set), see
/// [`prepare`](Self::prepare).
impl Region {
    /// Returns the value under a key, if there is one that may be served.
    ///
    /// Neither creates nor waits. A value that has outlived its time is returned for as long as
    /// [`stale_while_revalidate`](crate::RegionBuilder::stale_while_revalidate) allows. After a [soft
    /// invalidation](Self::invalidate_soft), it is returned until a caller creates or sets it again, however long that
    /// takes.
    ///
    /// ```
    /// # let cache = diesel_cache::Cache::builder().region(diesel_cache::Region::memory("hot")).build()?;
    /// let hot = cache.region("hot")?;
    /// hot.set("answer", &42_i32);
    /// assert_eq!(hot.get("answer"), Some(42_i32));
    /// assert_eq!(hot.get::<String>("answer"), None);
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn get<V: Cacheable>(&self, key: impl AsRef<str>) -> Option<V> {
        Values::of(self).get(key)
    }

    /// Returns the values under these keys, in their order, each as [`get`](Self::get) returns it.
    pub fn get_multi<V: Cacheable>(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<Option<V>> {
        Values::of(self).get_multi(keys)
    }

    /// Stores a value under a key, replacing an earlier one.
    ///
    /// Once this call has returned, no call in any process that uses the same directory or cluster returns an older
    /// value of the key, even if the new one could not be stored. Of two calls at the same time, one counts as the
    /// later.
    ///
    /// The value counts as created at the moment of the call. If it is computed from rows that are written between
    /// their reading and the call, it is too old from the start, and nothing detects that. For such values use
    /// [`get_or_create`](Self::get_or_create) or [`prepare`](Self::prepare). Never set what an open transaction has
    /// read.
    ///
    /// Keys share 16,384 slots, so setting one key occasionally invalidates another one's value. If a region holds more
    /// than a few thousand values, prefer to fill it with [`get_or_create`](Self::get_or_create).
    pub fn set<V: Cacheable>(&self, key: impl AsRef<str>, value: &V) {
        Values::of(self).set(key, value);
    }

    /// Stores values, each as [`set`](Self::set) does. If a key is named twice, its last value counts.
    ///
    /// ```
    /// # let cache = diesel_cache::Cache::builder().region(diesel_cache::Region::memory("hot")).build()?;
    /// let hot = cache.region("hot")?;
    /// hot.set_multi([("one", &1_i32), ("two", &2)]);
    /// assert_eq!(hot.get_multi::<i32>(["two", "three", "one"]), [Some(2), None, Some(1)]);
    /// assert_eq!(hot.delete_multi(["one", "three"]), [true, false]);
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn set_multi<'v, V: Cacheable>(&self, values: impl IntoIterator<Item = (impl AsRef<str>, &'v V)>) {
        Values::of(self).set_multi(values);
    }

    /// Prepares to store a value that has yet to be computed. Use it for values computed from rows, where
    /// [`get_or_create`](Self::get_or_create) does not fit.
    ///
    /// The value is [stored](Prepared::set) only if nothing that it depends on has changed since this call.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("hot")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// let counts = cache.region("hot")?.depends_on(["person"]);
    ///
    /// let place = counts.prepare("people"); // before the rows are read
    /// let people: i64 = person::table.count().get_result(&mut conn)?;
    /// place.set(&people);
    /// assert_eq!(counts.get("people"), Some(people));
    ///
    /// diesel::insert_into(person::table).values(person::name.eq("Ada")).execute(&mut conn)?;
    /// assert_eq!(counts.get::<i64>("people"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prepare(&self, key: impl AsRef<str>) -> Prepared {
        Values::of(self).prepare(key)
    }

    /// Removes the value under a key, in every process that uses the same directory or cluster. Returns `true` if there
    /// was one that could have been served.
    ///
    /// A creation in progress returns its value to its caller, but does not store it.
    pub fn delete(&self, key: impl AsRef<str>) -> bool {
        Values::of(self).delete(key)
    }

    /// Removes the values under these keys, in their order, each as [`delete`](Self::delete) does.
    pub fn delete_multi(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<bool> {
        Values::of(self).delete_multi(keys)
    }

    /// Returns the value under a key. If there is none, creates and stores it.
    ///
    /// Of all callers that miss a key at one time, in all processes on the directory, one creates the value. The others
    /// wait for it, for [`lock_timeout`](crate::RegionBuilder::lock_timeout) at most, and then create the value
    /// themselves. If the creation fails or panics, all callers of this process that waited for it create the value
    /// themselves, at once.
    ///
    /// The creator may get other keys. If it waits for another creation that waits for it, `lock_timeout` ends the
    /// wait. The value is stored unless the region, the key, or a [table](Self::depends_on) of it has changed since
    /// before the creator ran. So the creator may read these tables at any time.
    ///
    /// ```
    /// # let cache = diesel_cache::Cache::builder().region(diesel_cache::Region::memory("hot")).build()?;
    /// let hot = cache.region("hot")?;
    /// let parse = || "1815".parse::<i32>().map_err(Box::from);
    /// let year: Result<i32, Box<dyn std::error::Error>> = hot.get_or_create("year", parse);
    /// assert_eq!(year?, 1815);
    /// assert_eq!(hot.get("year"), Some(1815));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The creator's errors. Within [`stale_if_error`](crate::RegionBuilder::stale_if_error), the previous value is
    /// returned instead. [`Error::AsksForItself`] if the creator of the same key calls this on its own thread, directly
    /// or through creators of other keys.
    pub fn get_or_create<V, E>(&self, key: impl AsRef<str>, create: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        V: Cacheable,
        E: From<Error>,
    {
        Values::of(self).get_or_create(key, create)
    }

    /// Returns the values under these keys, in their order. Missing values are created together.
    ///
    /// The creator receives the missing keys, each once, in the order in which they were named, and returns a value for
    /// each. It is called once, and again only for keys that another caller failed to create. Callers whose keys
    /// overlap create each key once, and never wait for each other in a circle. Otherwise this works like
    /// [`get_or_create`](Self::get_or_create).
    ///
    /// ```
    /// # let cache = diesel_cache::Cache::builder().region(diesel_cache::Region::memory("hot")).build()?;
    /// let hot = cache.region("hot")?;
    /// hot.set("b", &2_usize);
    /// let lengths = hot.get_or_create_multi(["ccc", "b", "a"], |missing| {
    ///     assert_eq!(missing, ["ccc", "a"]);
    ///     Ok::<_, diesel_cache::Error>(missing.iter().map(|key| key.len()).collect())
    /// })?;
    /// assert_eq!(lengths, [3, 2, 1]);
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get_or_create`](Self::get_or_create), and [`Error::ValueCount`] if the number of values that the
    /// creator returns is not that of its keys. Values that were found, or created by an earlier call of the creator,
    /// stay stored.
    pub fn get_or_create_multi<V, E>(
        &self,
        keys: impl IntoIterator<Item: AsRef<str>>,
        create: impl FnMut(&[&str]) -> Result<Vec<V>, E>,
    ) -> Result<Vec<V>, E>
    where
        V: Cacheable + Clone,
        E: From<Error>,
    {
        Values::of(self).get_or_create_multi(keys, create)
    }

    /// Returns what the region holds under a key, fresh or not, and its age; `None` if it holds nothing, or what it
    /// holds was invalidated or is of another type.
    ///
    /// Counts neither as a hit nor as a miss.
    ///
    /// ```
    /// # let cache = diesel_cache::Cache::builder().region(diesel_cache::Region::memory("hot")).build()?;
    /// let hot = cache.region("hot")?;
    /// hot.set("answer", &42_i32);
    /// let held = hot.lookup::<i32>("answer").ok_or("lost")?;
    /// assert_eq!((held.value(), held.is_fresh()), (Some(&42), true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lookup<V: Cacheable + Send + Sync>(&self, key: impl AsRef<str>) -> Option<Lookup<V>> {
        Values::of(self).lookup(key)
    }

    /// Returns the region's values, which depend on these tables; see [`Values::depends_on`].
    pub fn depends_on<I>(&self, tables: I) -> Values
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Values::of(self).depends_on(tables)
    }

    /// Returns the region's values, with a time to live of their own; see [`Values::time_to_live`].
    pub fn time_to_live(&self, duration: Duration) -> Values {
        Values::of(self).time_to_live(duration)
    }

    /// Returns the region's values, including expired ones; see [`Values::ignore_expiration`].
    pub fn ignore_expiration(&self) -> Values {
        Values::of(self).ignore_expiration()
    }

    /// Returns the region's values, to be created again; see [`Values::refresh`].
    pub fn refresh(&self) -> Values {
        Values::of(self).refresh()
    }
}
