//! The methods of Diesel's raw queries, after `.cached`: binding values, and adding text.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::RunQueryDsl;
use diesel::backend::{Backend, DieselReserveSpecialization};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

use super::options::Cached;

/// The methods of Diesel's [`SqlQuery`](diesel::query_builder::SqlQuery).
impl<Q: Query<SqlType = Untyped>> Cached<Q> {
    /// Binds a value, as [`SqlQuery::bind`](diesel::query_builder::SqlQuery::bind) does.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use diesel::sql_types::Integer;
    /// # use diesel_cache::{Cache, Cacheable, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// #[derive(QueryableByName, Cacheable)]
    /// struct Sum {
    ///     #[diesel(sql_type = Integer)]
    ///     sum: i32,
    /// }
    ///
    /// let sum: Sum = diesel::sql_query("SELECT ? + ? AS sum")
    ///     .cached("default")
    ///     .bind::<Integer, _>(1)
    ///     .bind::<Integer, _>(2)
    ///     .get_result(&mut conn)?;
    /// assert_eq!(sum.sum, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bind<ST, Value>(self, value: Value) -> Cached<WithBind<Q, Value, ST>> {
        self.map(|query| WithBind {
            query,
            value,
            sql_type: PhantomData,
        })
    }

    /// Appends to the text, as [`SqlQuery::sql`](diesel::query_builder::SqlQuery::sql) does.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use diesel::sql_types::Integer;
    /// # use diesel_cache::{Cache, Cacheable, Region, prelude::*};
    /// # let cache = Cache::builder().region(Region::memory("default")).build()?;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # cache.attach(&mut conn);
    /// # #[derive(QueryableByName, Cacheable)]
    /// # struct Sum {
    /// #     #[diesel(sql_type = Integer)]
    /// #     sum: i32,
    /// # }
    /// let sum: Sum = diesel::sql_query("SELECT 1 + 2").cached("default").sql(" AS sum").get_result(&mut conn)?;
    /// assert_eq!(sum.sum, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sql(self, sql: impl Into<String>) -> Cached<WithSql<Q>> {
        let sql = sql.into();
        self.map(|query| WithSql { query, sql })
    }
}

/// A raw query and a value for its next placeholder; from [`Cached::bind`].
#[derive(Clone, Copy, Debug)]
pub struct WithBind<Q, Value, ST> {
    query: Q,
    value: Value,
    sql_type: PhantomData<ST>,
}

/// A raw query and more text; from [`Cached::sql`].
#[derive(Clone, Debug)]
pub struct WithSql<Q> {
    query: Q,
    sql: String,
}

impl<Q, Value, ST, DB> QueryFragment<DB> for WithBind<Q, Value, ST>
where
    DB: Backend + DieselReserveSpecialization + HasSqlType<ST>,
    Q: QueryFragment<DB>,
    Value: ToSql<ST, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_bind_param_value_only(&self.value)
    }
}

impl<Q, DB> QueryFragment<DB> for WithSql<Q>
where
    DB: Backend + DieselReserveSpecialization,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(&self.sql);
        Ok(())
    }
}

macro_rules! raw {
    ($query:ident<$($generic:ident),*>) => {
        /// The type does not determine the text.
        impl<$($generic),*> QueryId for $query<$($generic),*> {
            type QueryId = ();

            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl<$($generic),*> Query for $query<$($generic),*> {
            type SqlType = Untyped;
        }

        impl<$($generic),*, Conn> RunQueryDsl<Conn> for $query<$($generic),*> {}
    };
}

raw!(WithBind<Q, Value, ST>);
raw!(WithSql<Q>);
