//! What a region offers for values; each a line, as [`Values`] does the work.

use std::time::Duration;

use super::{Prepared, Values};
use crate::Error;
use crate::cacheable::Cacheable;
use crate::engine::Lookup;
use crate::region::Region;

/// # Values
///
/// For what is not a query: anything [`Cacheable`], under a key of your own. Values have the same engine as cached
/// loads, and the same guarantees: one creation for all callers that miss a key at the same time, in all processes on
/// the directory; values that depend on [tables](Self::depends_on) go when these change; what was stale, set over or
/// deleted when a call began is never returned by it, in any process. A region that fails never fails a call: a value
/// that cannot be read is not there, one that cannot be stored is not stored, and an [`Event`](crate::Event) tells.
///
/// A key belongs to the region and to its namespace, and is never taken for a query. The type is checked: under a key
/// that holds another one there is nothing. A [null](Self::null) region keeps no values, and neither does a
/// [session](Self::session) region, as there is no connection here whose session it could be: creators always run.
///
/// **Tables.** A value depends on the tables that [`depends_on`](Self::depends_on) names, and on no others: a creator
/// that loads queries, or asks for other values, names the tables of these too.
///
/// **Transactions.** A value is for everybody, and what an open transaction sees is not. A creator may read several
/// tables in a transaction of its own. If it reads in one that was open before, or that has written, on an attached
/// connection and on its own thread, its value is returned and [not stored](crate::RefusalReason::Transaction). For
/// values that are brought by [`set`](Self::set), see [`prepare`](Self::prepare).
impl Region {
    /// The value under a key, if there is one that may serve.
    ///
    /// Neither creates nor waits. A value that has outlived its time is returned for as long as
    /// [`stale_while_revalidate`](crate::RegionBuilder::stale_while_revalidate) allows; after a
    /// [soft invalidation](Self::invalidate_soft), until it is created or set anew, however long that takes.
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

    /// The values under these keys, in their order, each as [`get`](Self::get) returns it.
    pub fn get_multi<V: Cacheable>(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<Option<V>> {
        Values::of(self).get_multi(keys)
    }

    /// Stores a value under a key, in the place of what is there.
    ///
    /// From the return of this call on, no call in any process on the directory returns an older value of the key, even
    /// if the new one could not be stored. Of two calls at one time, one counts as the later one.
    ///
    /// The value counts as made at the moment of the call. If it is made of rows, a write may have come between their
    /// reading and the call, and the value would be stale from the start and never found out: use
    /// [`get_or_create`](Self::get_or_create), or [`prepare`](Self::prepare). Never set what an open transaction has
    /// read.
    ///
    /// Keys are invalidated by one of 16,384 shared marks: to set one key makes, now and then, another one's value
    /// stale. A region that is to hold more values than a few thousand is better filled by creating.
    pub fn set<V: Cacheable>(&self, key: impl AsRef<str>, value: &V) {
        Values::of(self).set(key, value);
    }

    /// Stores values, each as [`set`](Self::set) does; of a key that is named twice, the last one.
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

    /// Gets ready to store a value that has yet to be computed: for values made of rows, where
    /// [`get_or_create`](Self::get_or_create) does not fit.
    ///
    /// The value that is [set](Prepared::set) is stored only if nothing that it depends on has changed since this call.
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

    /// Removes the value under a key, in every process on the directory; was there one that could have served?
    ///
    /// A creation that is on its way keeps its value for itself.
    pub fn delete(&self, key: impl AsRef<str>) -> bool {
        Values::of(self).delete(key)
    }

    /// Removes the values under these keys, in their order, each as [`delete`](Self::delete) does.
    pub fn delete_multi(&self, keys: impl IntoIterator<Item: AsRef<str>>) -> Vec<bool> {
        Values::of(self).delete_multi(keys)
    }

    /// The value under a key; if there is none, creates and stores it.
    ///
    /// Of all callers that miss a key at the same time, in all processes on the directory, one creates, and the others
    /// wait for its value, for [`lock_timeout`](crate::RegionBuilder::lock_timeout) at most; then they create for
    /// themselves. A creation that fails, or panics, sends each of those who waited for it in this process to create
    /// for itself, at once.
    ///
    /// The creator may ask for other keys; one that waits for a creation elsewhere while that waits for it is freed by
    /// `lock_timeout`. A value is stored unless the region, the key, or a [table](Self::depends_on) of it has changed
    /// since before the creator ran: it may read what it likes, at any time, of the tables that it depends on.
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
    /// The creator's own; within [`stale_if_error`](crate::RegionBuilder::stale_if_error), the value of before is
    /// returned instead. [`Error::AsksForItself`] if this is called, on its own thread, by the creator of that very
    /// key, directly or through creators of other keys.
    pub fn get_or_create<V, E>(&self, key: impl AsRef<str>, create: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        V: Cacheable,
        E: From<Error>,
    {
        Values::of(self).get_or_create(key, create)
    }

    /// The values under these keys, in their order; those that are missing are created together.
    ///
    /// The creator is given the missing keys, each once, in the order in which they were named, and returns a value for
    /// each. It is called once, but for keys that another caller was creating and failed to. Callers whose keys overlap
    /// create each key once, and never wait for each other in a circle. Otherwise, all is as in
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
    /// Those of [`get_or_create`](Self::get_or_create), and [`Error::ValueCount`] if the creator returns another number
    /// of values than it was given keys. Values that were found, or created by an earlier call of the creator, stay
    /// stored.
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

    /// What the region holds under a key, fresh or not, and since when; `None` if it holds nothing, or what it holds
    /// was invalidated or is of another type.
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

    /// The region's values, those that are made of these tables; see [`Values::depends_on`].
    pub fn depends_on<I>(&self, tables: I) -> Values
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Values::of(self).depends_on(tables)
    }

    /// The region's values, with a time to live of their own; see [`Values::time_to_live`].
    pub fn time_to_live(&self, duration: Duration) -> Values {
        Values::of(self).time_to_live(duration)
    }

    /// The region's values, expired ones too; see [`Values::ignore_expiration`].
    pub fn ignore_expiration(&self) -> Values {
        Values::of(self).ignore_expiration()
    }

    /// The region's values, to be created anew; see [`Values::refresh`].
    pub fn refresh(&self) -> Values {
        Values::of(self).refresh()
    }
}
