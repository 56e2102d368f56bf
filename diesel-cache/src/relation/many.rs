//! Loads of many keys, before they are run.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;

use diesel::associations::{HasTable, Identifiable};

use super::key::KeyOf;
use super::references::{ChildOf, References};
use super::separable::{HasPrimaryKey, Separable};
use crate::Cached;

/// A cached query that is loaded for many keys at once: from [`find_many`](Cached::find_many),
/// [`filter_many`](Cached::filter_many), [`children_of`](Cached::children_of) or [`parents_of`](Cached::parents_of).
///
/// [`LoadManyDsl`](crate::LoadManyDsl) loads it on a connection, and [`LoadManyFromDsl`](crate::LoadManyFromDsl) from a
/// pool.
///
/// Each key has an entry of its own: the one that the query has that is loaded for this key alone. What the cache has
/// is taken from there, and the database is asked for all other keys at once. That a key has no rows is stored too.
///
/// # What the answer promises
///
/// Each key's rows are as fresh as those of a load for that key alone. The answer as a whole is not one snapshot: the
/// rows of two keys may come from two entries, and another client may have written one of them in between.
/// [`consistent`](Self::consistent) makes it one.
#[derive(Clone, Debug)]
#[must_use = "queries are only executed when calling `load` or similar"]
pub struct LoadMany<Q, C, K, N> {
    pub(super) cached: Cached<Q>,
    pub(super) columns: C,
    pub(super) keys: Keys<K>,
    pub(super) is_consistent: bool,
    pub(super) rows: PhantomData<fn() -> N>,
}

impl<Q, C, K, N> LoadMany<Q, C, K, N> {
    /// Requires that all rows are those of one moment.
    ///
    /// If nothing that the rows depend on has changed during the load, they are. Otherwise the load asks the database
    /// for all keys in one statement, and does not store those rows. So a hit stays a hit, as long as no other client
    /// is writing the same rows; it costs about as much again.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { account (id) { id -> Integer, balance -> Integer } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO account VALUES (1, 60), (2, 40)").execute(&mut conn)?;
    /// let accounts = account::table.select(account::balance).cached("default").find_many([1, 2]).consistent();
    /// let balances: Vec<Option<i32>> = accounts.load_in_order(&mut conn)?;
    /// assert_eq!(balances.iter().flatten().sum::<i32>(), 100); // whatever is transferred meanwhile
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The load returns [`Error::TooManyKeys`](crate::Error::TooManyKeys) if one statement cannot ask for all keys, and
    /// [`NotFound`](diesel::NotFound) if it would have to ask, and the query is
    /// [`only_if_cached`](crate::Cached::only_if_cached).
    pub fn consistent(mut self) -> Self {
        self.is_consistent = true;
        self
    }
}

/// The keys of a load.
#[derive(Clone, Debug)]
pub(super) struct Keys<K> {
    /// Each key once, sorted.
    pub(super) sorted: Vec<K>,
    /// For each key as given, its place in `sorted`; `None` where none was given.
    pub(super) places: Vec<Option<usize>>,
}

/// How many rows a key has.
pub trait RowsPerKey {
    /// The rows of a key, in an answer that has all keys in order.
    type InOrder<U>;
    /// The rows of a key, in an answer by key.
    type ByKey<U>;

    #[doc(hidden)]
    const IS_UNIQUE: bool;

    #[doc(hidden)]
    fn in_order<U>(rows: Vec<U>) -> Self::InOrder<U>;

    #[doc(hidden)]
    fn by_key<U>(rows: Vec<U>) -> Option<Self::ByKey<U>>;
}

/// At most one row for each key.
#[derive(Debug)]
pub enum OneRow {}

/// Any number of rows for each key.
#[derive(Debug)]
pub enum AllRows {}

impl RowsPerKey for OneRow {
    type InOrder<U> = Option<U>;
    type ByKey<U> = U;

    const IS_UNIQUE: bool = true;

    fn in_order<U>(rows: Vec<U>) -> Option<U> {
        rows.into_iter().next()
    }

    fn by_key<U>(rows: Vec<U>) -> Option<U> {
        rows.into_iter().next()
    }
}

impl RowsPerKey for AllRows {
    type InOrder<U> = Vec<U>;
    type ByKey<U> = Vec<U>;

    const IS_UNIQUE: bool = false;

    fn in_order<U>(rows: Vec<U>) -> Vec<U> {
        rows
    }

    fn by_key<U>(rows: Vec<U>) -> Option<Vec<U>> {
        Some(rows)
    }
}

impl<K: Clone + Ord + Hash> Keys<K> {
    fn of(keys: impl IntoIterator<Item = Option<K>>) -> Self {
        let named: Vec<Option<K>> = keys.into_iter().collect();
        let mut sorted: Vec<K> = named.iter().flatten().cloned().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let place: HashMap<&K, usize> = sorted.iter().enumerate().map(|(place, key)| (key, place)).collect();
        let places = named
            .iter()
            .map(|key| key.as_ref().and_then(|key| place.get(key).copied()))
            .collect();
        Self { sorted, places }
    }
}

impl<Q> Cached<Q> {
    fn load_many<C, K, N>(self, columns: C, keys: impl IntoIterator<Item = Option<K>>) -> LoadMany<Q, C, K, N>
    where
        K: Clone + Ord + Hash,
    {
        LoadMany {
            cached: self,
            columns,
            keys: Keys::of(keys),
            is_consistent: false,
            rows: PhantomData,
        }
    }

    /// Loads the rows with these primary keys.
    ///
    /// Each key has the entry that `.find(key)` has, loaded by `load`, `get_result` or `load_shared`. (`first` adds
    /// `LIMIT 1`, and so has another.) What is missing comes from one query. Filters, joins and the select of the query
    /// stay, as with `find`. Keys may repeat, and may be in any order.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # use std::collections::HashMap;
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace')").execute(&mut conn)?;
    /// let people = || person::table.cached("default");
    /// people().find(1).get_result::<(i32, String)>(&mut conn)?;
    ///
    /// let found: HashMap<i32, (i32, String)> = people().find_many([1, 2, 3]).load_by_key(&mut conn)?; // asks for 2 and 3
    /// assert_eq!(found[&2].1, "Grace");
    /// let found: Vec<Option<(i32, String)>> = people().find_many([3, 1]).load_in_order(&mut conn)?; // no query
    /// assert_eq!(found, [None, Some((1, "Ada".into()))]);
    /// # assert_eq!(cache.region("default")?.stats().hits(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn find_many<K>(self, keys: impl IntoIterator<Item = K>) -> LoadMany<Q, Q::Key, K, OneRow>
    where
        Q: HasPrimaryKey,
        K: KeyOf<Q::Key>,
    {
        self.load_many(Q::key(), keys.into_iter().map(Some))
    }

    /// Loads the rows that have one of these values in a column, for each value.
    ///
    /// Each value has the entry that `.filter(column.eq(value))` has, after all other filters of the query. What is
    /// missing comes from one query. The rows of a value are in the query's order.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { address (id) { id -> Integer, person_id -> Integer, street -> Text } }
    /// # use diesel_cache::{Cache, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE address (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, street TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO address VALUES (1, 2, 'a'), (2, 1, 'b'), (3, 2, 'c')").execute(&mut conn)?;
    /// let streets: Vec<Vec<String>> = address::table
    ///     .order(address::id)
    ///     .select(address::street)
    ///     .cached("default")
    ///     .filter_many(address::person_id, [1, 2, 3])
    ///     .load_in_order(&mut conn)?;
    /// assert_eq!(streets, [vec!["b"], vec!["a", "c"], vec![]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn filter_many<C, K>(self, column: C, values: impl IntoIterator<Item = K>) -> LoadMany<Q, C, K, AllRows>
    where
        Q: Separable,
        K: KeyOf<C>,
    {
        self.load_many(column, values.into_iter().map(Some))
    }

    /// Loads the rows that belong to these parents, for each parent: `children_of::<Address, _>(&people)`.
    ///
    /// The query is one of the children's table; the association `Child` → `Parent`, which `derive(Associations)` has
    /// generated, says by which column they belong to a parent. Each parent has the entry that
    /// `Child::belonging_to(&parent)` has, with the same `order` and `select` after it. A `filter` stands before the
    /// condition on the parent here, and after it there, so with a filter the two have different entries:
    /// `.filter(…).filter(column.eq(parent.id))` has the same.
    ///
    /// [`load_in_order`](crate::LoadManyDsl::load_in_order) returns the children in the order of the parents.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # diesel::table! { address (id) { id -> Integer, person_id -> Integer, street -> Text } }
    /// # use diesel_cache::{Cache, Cacheable, Region, prelude::*};
    /// #[derive(Queryable, Selectable, Identifiable, Cacheable)]
    /// #[diesel(table_name = person)]
    /// struct Person { id: i32, name: String }
    ///
    /// #[derive(Clone, Queryable, Selectable, Identifiable, Associations, Cacheable)]
    /// #[diesel(table_name = address, belongs_to(Person))]
    /// struct Address { id: i32, person_id: i32, street: String }
    ///
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("CREATE TABLE address (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, street TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace')").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO address VALUES (1, 2, 'a'), (2, 1, 'b'), (3, 2, 'c')").execute(&mut conn)?;
    /// let people: Vec<Person> = person::table.order(person::id).cached("default").load(&mut conn)?;
    /// let addresses: Vec<Vec<Address>> = address::table
    ///     .order(address::id)
    ///     .cached("default")
    ///     .children_of::<Address, _>(&people)
    ///     .load_in_order(&mut conn)?;
    /// for (person, addresses) in people.iter().zip(&addresses) {
    ///     println!("{}: {}", person.name, addresses.len());
    /// }
    /// # assert_eq!(addresses[1][1].street, "c");
    /// # let alone: Vec<Address> = Address::belonging_to(&people[1]).order(address::id).cached("default").load(&mut conn)?;
    /// # assert_eq!((alone.len(), cache.region("default")?.stats().hits()), (2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn children_of<'p, Child, Parent>(
        self,
        parents: &'p [Parent],
    ) -> LoadMany<Q, Child::KeyColumn, Child::Key, AllRows>
    where
        Q: Separable,
        Child: ChildOf<Parent>,
        Child::Key: KeyOf<Child::KeyColumn>,
        &'p Parent: Identifiable<Id: Borrow<Child::Key>>,
    {
        let keys = parents.iter().map(|parent| Some(parent.id().borrow().clone()));
        self.load_many(Child::key_column(), keys)
    }

    /// Loads the rows to which these children belong: `parents_of::<City, _>(&postal_codes)`.
    ///
    /// The query is one of the parents' table. Each parent is loaded once, however many children it has, and has the
    /// entry that `.find(key)` has. A child whose foreign key is `NULL` has no parent.
    ///
    /// The children are a slice of values: `&[PostalCode]`. If there are only references, use
    /// [`find_many`](Self::find_many) with their foreign keys.
    ///
    /// `joinable!` must say that the children's foreign key is the primary key of the query's table. Where it cannot,
    /// as for a table that refers to itself, or for a second key to the same table, use [`find_many`](Self::find_many)
    /// with the foreign keys.
    ///
    /// [`load_in_order`](crate::LoadManyDsl::load_in_order) returns the parents in the order of the children.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # diesel::table! { address (id) { id -> Integer, person_id -> Nullable<Integer> } }
    /// # diesel::joinable!(address -> person (person_id));
    /// # use diesel_cache::{Cache, Cacheable, Region, prelude::*};
    /// # #[derive(Clone, Queryable, Selectable, Identifiable, Cacheable)]
    /// # #[diesel(table_name = person)]
    /// # struct Person { id: i32, name: String }
    /// # #[derive(Clone, Queryable, Selectable, Identifiable, Associations, Cacheable)]
    /// # #[diesel(table_name = address, belongs_to(Person))]
    /// # struct Address { id: i32, person_id: Option<i32> }
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
    /// # diesel::sql_query("CREATE TABLE address (id INTEGER PRIMARY KEY, person_id INTEGER)").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace')").execute(&mut conn)?;
    /// # diesel::sql_query("INSERT INTO address VALUES (1, 2), (2, NULL), (3, 1)").execute(&mut conn)?;
    /// let addresses: Vec<Address> = address::table.order(address::id).cached("default").load(&mut conn)?;
    /// let people: Vec<Option<Person>> =
    ///     person::table.cached("default").parents_of::<Person, _>(&addresses).load_in_order(&mut conn)?;
    /// let names: Vec<_> = people.iter().map(|person| person.as_ref().map(|person| &*person.name)).collect();
    /// assert_eq!(names, [Some("Grace"), None, Some("Ada")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// It does not compile on a query of another table:
    ///
    /// ```compile_fail
    /// # use diesel::prelude::*;
    /// # diesel::table! { person (id) { id -> Integer, name -> Text } }
    /// # diesel::table! { country (id) { id -> Integer, name -> Text } }
    /// # diesel::table! { address (id) { id -> Integer, person_id -> Integer } }
    /// # diesel::joinable!(address -> person (person_id));
    /// # use diesel_cache::prelude::*;
    /// # #[derive(Identifiable)]
    /// # #[diesel(table_name = person)]
    /// # struct Person { id: i32 }
    /// # #[derive(Identifiable, Associations)]
    /// # #[diesel(table_name = address, belongs_to(Person))]
    /// # struct Address { id: i32, person_id: i32 }
    /// # let addresses: Vec<Address> = Vec::new();
    /// let _ = country::table.cached("default").parents_of::<Person, _>(&addresses);
    /// ```
    pub fn parents_of<Parent, Child>(self, children: &[Child]) -> LoadMany<Q, Q::Key, Child::Key, OneRow>
    where
        Q: HasPrimaryKey,
        Child: ChildOf<Parent> + HasTable,
        Child::Table: References<Q::From, Child::KeyColumn, Q::Key>,
        Child::Key: KeyOf<Q::Key>,
    {
        let keys = children.iter().map(|child| child.key().cloned());
        self.load_many(Q::key(), keys)
    }
}
