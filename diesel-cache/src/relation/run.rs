//! The methods that load many keys on a connection, or from a pool.

use std::collections::HashMap;
use std::sync::Arc;

use super::invalidate::InvalidateMany;
use super::many::{LoadMany, RowsPerKey};
use crate::cacheable::Cacheable;
use crate::observe::world;
use crate::pool::LazyPool;

/// A load of many keys that can be run on a connection, or from a pool: `&mut Conn` or `&LazyPool<P>`.
///
/// The rows must be [`Cacheable`]. `World` is the [kind](world) of connection, blocking or asynchronous.
pub trait RunMany<'query, Via, U, World>: Sized {
    /// The type of the keys.
    type Key;
    /// How many rows a key has.
    type Rows: RowsPerKey;
    /// A `Result`, or a future of one.
    type Answer<T>;

    /// Loads the rows by key; see [`load_by_key`](LoadManyDsl::load_by_key).
    fn by_key(self, via: Via) -> ByKey<'query, Self, Via, U, World>;

    /// Loads the rows in the order of the keys; see [`load_in_order`](LoadManyDsl::load_in_order).
    fn in_order(self, via: Via) -> Self::Answer<Vec<<Self::Rows as RowsPerKey>::InOrder<U>>>
    where
        U: Clone;

    /// Loads the rows as shared objects; see [`load_shared`](LoadManyDsl::load_shared).
    fn shared(self, via: Via) -> Self::Answer<Vec<Arc<[U]>>>
    where
        U: Cacheable + Send + Sync;
}

/// What [`load_by_key`](LoadManyDsl::load_by_key) returns: the rows by key.
type ByKey<'query, Load, Via, U, World> = <Load as RunMany<'query, Via, U, World>>::Answer<
    HashMap<
        <Load as RunMany<'query, Via, U, World>>::Key,
        <<Load as RunMany<'query, Via, U, World>>::Rows as RowsPerKey>::ByKey<U>,
    >,
>;

/// What [`load_in_order`](LoadManyDsl::load_in_order) returns: the rows in the order of the keys.
type InOrder<'query, Load, Via, U, World> = <Load as RunMany<'query, Via, U, World>>::Answer<
    Vec<<<Load as RunMany<'query, Via, U, World>>::Rows as RowsPerKey>::InOrder<U>>,
>;

/// What [`load_shared`](LoadManyDsl::load_shared) returns: the rows as shared objects, in the order of the keys.
type Shared<'query, Load, Via, U, World> = <Load as RunMany<'query, Via, U, World>>::Answer<Vec<Arc<[U]>>>;

/// The methods that run a [`LoadMany`] on a connection.
///
/// The trait is in the [prelude](crate::prelude). On a connection of diesel-async (feature `async`) the same methods
/// return futures of the same results. `World` only distinguishes [the two](world); leave it to inference.
///
/// The database is asked for all keys that are missing in one query. Where the backend limits the number of binds, many
/// keys take several: SQLite has 32,766 binds, MySQL 65,535. PostgreSQL needs one for all keys of one column. Of keys
/// of several columns, a statement asks for 1,000. If one of the queries fails, the rows of those before it stay
/// stored.
///
/// The options of the query apply to each key. With [`only_if_cached`](crate::Cached::only_if_cached), the load returns
/// [`NotFound`](diesel::NotFound) if the cache lacks one of them. In a transaction all keys are loaded from the
/// database, as always.
///
/// # Errors
///
/// Those of `load`, and [`Error::Inseparable`](crate::Error::Inseparable) if something that the query's types do not
/// show, such as a window function, covers the rows of several keys.
pub trait LoadManyDsl<Conn, World = world::Blocking>: Sized {
    /// Loads the rows by key. From [`find_many`](crate::Cached::find_many), keys without a row are left out.
    ///
    /// # Errors
    ///
    /// Those of [the trait](Self).
    fn load_by_key<'query, 'c, U>(self, conn: &'c mut Conn) -> ByKey<'query, Self, &'c mut Conn, U, World>
    where
        Self: RunMany<'query, &'c mut Conn, U, World>,
    {
        self.by_key(conn)
    }

    /// Loads the rows in the order of the keys, parents or children that were given. A row whose key was given twice is
    /// cloned.
    ///
    /// # Errors
    ///
    /// Those of [the trait](Self).
    fn load_in_order<'query, 'c, U>(self, conn: &'c mut Conn) -> InOrder<'query, Self, &'c mut Conn, U, World>
    where
        Self: RunMany<'query, &'c mut Conn, U, World>,
        U: Clone,
    {
        self.in_order(conn)
    }

    /// Loads the rows of each key as one shared object, in the order of the keys.
    ///
    /// A hit in memory neither decodes nor copies, as with [`load_shared`](crate::RunCachedDsl::load_shared) of the
    /// query for one key, which returns the same object.
    ///
    /// # Errors
    ///
    /// Those of [the trait](Self).
    fn load_shared<'query, 'c, U>(self, conn: &'c mut Conn) -> Shared<'query, Self, &'c mut Conn, U, World>
    where
        Self: RunMany<'query, &'c mut Conn, U, World>,
        U: Cacheable + Send + Sync,
    {
        self.shared(conn)
    }

    /// Invalidates the entries of all keys, like [`invalidate`](crate::RunCachedDsl::invalidate) of the query for one
    /// key. Returns how many keys had an entry that could have been served.
    ///
    /// # Errors
    ///
    /// Misuse, as for `load`.
    fn invalidate(&self, conn: &mut Conn) -> <Self as InvalidateMany<Conn, World>>::Answer
    where
        Self: InvalidateMany<Conn, World>,
    {
        self.invalidate_all(conn)
    }
}

impl<Q, C, K, N, Conn, World> LoadManyDsl<Conn, World> for LoadMany<Q, C, K, N> {}

/// The methods that run a [`LoadMany`] on a connection from a [`LazyPool`], which they take only if something is
/// missing.
///
/// The trait is in the [prelude](crate::prelude). On a pool of asynchronous connections (feature `async`) the same
/// methods return futures of the same results. `World` only distinguishes [the two](world); leave it to inference.
/// While a load waits for the rows of others, it holds no connection. See [`LoadFromDsl`](crate::LoadFromDsl).
///
/// # Errors
///
/// [`LoadFromError::Connection`](crate::LoadFromError::Connection) if the load has to query the database and the pool
/// has no connection; [`LoadFromError::Query`](crate::LoadFromError::Query) as for [`LoadManyDsl`].
pub trait LoadManyFromDsl<P, World = world::Blocking>: Sized {
    /// Loads the rows by key, like [`load_by_key`](LoadManyDsl::load_by_key).
    ///
    /// # Errors
    ///
    /// Those of [the trait](Self).
    fn load_by_key_from<'query, 'p, U>(self, pool: &'p LazyPool<P>) -> ByKey<'query, Self, &'p LazyPool<P>, U, World>
    where
        Self: RunMany<'query, &'p LazyPool<P>, U, World>,
    {
        self.by_key(pool)
    }

    /// Loads the rows in the order of the keys, like [`load_in_order`](LoadManyDsl::load_in_order).
    ///
    /// # Errors
    ///
    /// Those of [the trait](Self).
    fn load_in_order_from<'query, 'p, U>(
        self,
        pool: &'p LazyPool<P>,
    ) -> InOrder<'query, Self, &'p LazyPool<P>, U, World>
    where
        Self: RunMany<'query, &'p LazyPool<P>, U, World>,
        U: Clone,
    {
        self.in_order(pool)
    }

    /// Loads the rows of each key as one shared object, like [`load_shared`](LoadManyDsl::load_shared).
    ///
    /// # Errors
    ///
    /// Those of [the trait](Self).
    fn load_shared_from<'query, 'p, U>(self, pool: &'p LazyPool<P>) -> Shared<'query, Self, &'p LazyPool<P>, U, World>
    where
        Self: RunMany<'query, &'p LazyPool<P>, U, World>,
        U: Cacheable + Send + Sync,
    {
        self.shared(pool)
    }
}

impl<Q, C, K, N, P, World> LoadManyFromDsl<P, World> for LoadMany<Q, C, K, N> {}
