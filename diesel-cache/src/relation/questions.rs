//! What a load of many keys asks: memory for each key, and the database for one key or for many.

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};

use super::answers::Answers;
use super::batch::Batch;
use super::chunk::keys_at_once;
use super::key::KeyOf;
use super::many::{LoadMany, RowsPerKey};
use super::separable::Separate;
use crate::Cached;
use crate::cacheable::Cacheable;
use crate::key::{KeyBackend, statement_of};
use crate::observe::Reach;
use crate::query::{Form, Opened, Viewpoint};

impl<Q, C, K, N> LoadMany<Q, C, K, N>
where
    Q: Separate<C, K>,
    C: Copy,
    K: KeyOf<C>,
{
    /// The query for one key.
    pub(super) fn one(&self, key: K) -> Cached<Q::One> {
        self.cached.clone().map(|query| query.one(self.columns, key))
    }

    /// The query for many keys.
    pub(super) fn many(&self, keys: Vec<K>) -> Q::Many {
        self.cached.query.many(self.columns, keys)
    }

    /// Begins a load.
    pub(super) fn batch<U, R>(&self) -> Batch<K, U, R>
    where
        N: RowsPerKey,
        U: Cacheable,
        R: Form<U>,
    {
        Batch::new(self.keys.sorted.clone(), N::IS_UNIQUE)
    }

    /// Looks into memory, as seen on a connection, for at most so many keys. Returns `true` if there are more. After the
    /// last key, it begins again with those that have no answer.
    pub(super) fn look_on<World, Conn, U, R>(
        &self,
        batch: &mut Batch<K, U, R>,
        conn: &mut Conn,
        keys: usize,
    ) -> QueryResult<bool>
    where
        Conn: Reach<World>,
        Conn::DB: KeyBackend,
        Q::One: QueryFragment<Conn::DB> + QueryId,
        U: Cacheable,
        R: Form<U>,
    {
        if batch.begins() && self.is_consistent {
            batch.watch(|key| self.one(key).spec(Some(U::LAYOUT)).plan_on(conn))?;
        }
        batch.look(keys, |key| {
            let one = self.one(key);
            let spec = one.spec(Some(U::LAYOUT));
            Opened::new(spec.look_on(conn)?, || spec.plan_on(conn))
        })
    }

    /// Does the same without a connection.
    pub(super) fn look_from<'v, DB, U, R>(
        &self,
        batch: &mut Batch<K, U, R>,
        from: impl Fn() -> Viewpoint<'v>,
        keys: usize,
    ) -> QueryResult<bool>
    where
        DB: KeyBackend,
        Q::One: QueryFragment<DB> + QueryId,
        U: Cacheable,
        R: Form<U>,
    {
        if batch.begins() && self.is_consistent {
            batch.watch(|key| self.one(key).spec(Some(U::LAYOUT)).plan::<DB>(from()))?;
        }
        batch.look(keys, |key| {
            let one = self.one(key);
            let spec = one.spec(Some(U::LAYOUT));
            Opened::new(spec.look::<DB>(from())?, || spec.plan::<DB>(from()))
        })
    }

    /// Returns `true` if the load may have to query the database, and tells the batch for how many keys a statement can
    /// ask.
    ///
    /// # Errors
    ///
    /// [`TooManyKeys`](crate::Error::TooManyKeys), as for [`ask_at_once`](Batch::ask_at_once).
    pub(super) fn may_ask<DB, U, R>(&self, batch: &mut Batch<K, U, R>) -> QueryResult<bool>
    where
        DB: KeyBackend,
        Q::One: QueryFragment<DB> + QueryId,
        U: Cacheable,
        R: Form<U>,
    {
        let Some(key) = batch.needs_limit() else {
            return Ok(false);
        };
        let statement = statement_of::<Q::One, DB>(&self.one(key).query)?;
        batch.ask_at_once(keys_at_once(&statement, K::COLUMNS)?)?;
        Ok(true)
    }

    /// Ends a load.
    pub(super) fn answers<U, R>(self, batch: Batch<K, U, R>) -> Answers<K, R>
    where
        U: Cacheable,
        R: Form<U>,
    {
        Answers {
            rows: batch.finish(),
            places: self.keys.places,
        }
    }
}
