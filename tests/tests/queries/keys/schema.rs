//! The tables that the tests query, and short functions that return a key.

use diesel::mysql::Mysql;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, backend::Backend};
use diesel_cache::{CacheKey, KeyBackend};

diesel::table! {
    item (id) {
        id -> Integer,
        name -> Nullable<Text>,
        price -> Double,
        weight -> Float,
        stock -> SmallInt,
        total -> BigInt,
        data -> Binary,
        active -> Bool,
    }
}

diesel::table! {
    part (id) {
        id -> Integer,
        item_id -> Integer,
        label -> Text,
    }
}

diesel::joinable!(part -> item (item_id));
diesel::allow_tables_to_appear_in_same_query!(item, part);

pub(crate) fn key<DB, Q>(query: &Q) -> CacheKey
where
    DB: KeyBackend,
    Q: QueryFragment<DB> + QueryId,
{
    CacheKey::of::<DB, Q>(query, "", None).expect("the query can be keyed")
}

pub(crate) fn sqlite<Q: QueryFragment<Sqlite> + QueryId>(query: &Q) -> CacheKey {
    key::<Sqlite, Q>(query)
}

pub(crate) fn pg<Q: QueryFragment<Pg> + QueryId>(query: &Q) -> CacheKey {
    key::<Pg, Q>(query)
}

pub(crate) fn mysql<Q: QueryFragment<Mysql> + QueryId>(query: &Q) -> CacheKey {
    key::<Mysql, Q>(query)
}

/// Hides a query's static id, so that its text is rendered each time.
pub(crate) struct Fresh<'a, Q>(pub(crate) &'a Q);

impl<Q> QueryId for Fresh<'_, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Fresh<'_, Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}
