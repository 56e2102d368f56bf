//! Queries that can be asked for many keys at once, and their rows with the key of each.

use std::marker::PhantomData;

use diesel::associations::HasTable;
use diesel::backend::Backend;
use diesel::backend::sql_dialect::select_statement_syntax::AnsiSqlSelectStatement;
use diesel::dsl::Filter;
use diesel::expression::{NonAggregate, SelectableExpression};
use diesel::query_builder::{
    AstPass, FromClause, LimitOffsetClause, NoLimitClause, NoOffsetClause, Query, QueryFragment, QueryId,
    SelectClauseExpression, SelectStatement,
};
use diesel::query_dsl::methods::FilterDsl;
use diesel::query_source::{QuerySource, Table};
use diesel::{QueryResult, RunQueryDsl};

use super::key::KeyOf;

/// A SELECT whose rows can be loaded for many keys at once, because each row depends on its own key alone.
///
/// It has no limit, no offset, no groups, no `DISTINCT` and no aggregates, and is not boxed. Filters, orders, joins and
/// selects of any kind are fine. What the types do not show, such as a window function, is an
/// [`Error`](crate::Error::Inseparable) of the load.
///
/// ```
/// # use diesel::prelude::*;
/// # use diesel_cache::prelude::*;
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// let people = person::table.filter(person::name.ne("Eve")).order(person::name).cached("default");
/// let _ = people.find_many([1, 2]);
/// ```
///
/// A limit would be one of all keys together:
///
/// ```compile_fail
/// # use diesel::prelude::*;
/// # use diesel_cache::prelude::*;
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// let people = person::table.order(person::name).limit(3).cached("default");
/// let _ = people.find_many([1, 2]); // this query cannot be loaded for many keys at once
/// ```
///
/// So would an aggregate, or groups:
///
/// ```compile_fail
/// # use diesel::prelude::*;
/// # use diesel_cache::prelude::*;
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// let number = person::table.select(diesel::dsl::count_star()).cached("default");
/// let _ = number.filter_many(person::id, [1, 2]);
/// ```
///
/// ```compile_fail
/// # use diesel::prelude::*;
/// # use diesel_cache::prelude::*;
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// let names = person::table.group_by(person::name).select(person::name).cached("default");
/// let _ = names.filter_many(person::name, [1, 2]);
/// ```
#[diagnostic::on_unimplemented(
    message = "this query cannot be loaded for many keys at once",
    label = "its rows do not belong to one key each, or its type does not show that they do",
    note = "a limit, an offset, groups, `DISTINCT` or an aggregate would cover the rows of all keys together: load the keys one by one, `.find(key).limit(1).cached(…)`",
    note = "a boxed query does not show whether it has them: leave out `into_boxed()`"
)]
pub trait Separable: Clone {
    #[doc(hidden)]
    type From;
}

/// The parts of a statement whose types have no public names.
#[doc(hidden)]
pub trait Parts {
    type Distinct;
    type GroupBy;
    type Having;
}

impl<F, S, D, W, O, LOf, G, H> Parts for SelectStatement<F, S, D, W, O, LOf, G, H> {
    type Distinct = D;
    type GroupBy = G;
    type Having = H;
}

/// A statement without clauses.
type Plain = SelectStatement<(), ()>;
type NoDistinct = <Plain as Parts>::Distinct;
type NoGroupBy = <Plain as Parts>::GroupBy;
type NoHaving = <Plain as Parts>::Having;
type NoLimit = LimitOffsetClause<NoLimitClause, NoOffsetClause>;

/// A separable statement.
type Select<F, S, W, O> = SelectStatement<FromClause<F>, S, NoDistinct, W, O, NoLimit, NoGroupBy, NoHaving>;

impl<F, S, W, O> Separable for Select<F, S, W, O>
where
    F: QuerySource,
    S: SelectClauseExpression<FromClause<F>, Selection: NonAggregate>,
    Self: Clone,
{
    type From = F;
}

/// A separable SELECT from a table, with that table's primary key.
pub trait HasPrimaryKey: Separable {
    /// The column, or the tuple of columns.
    type Key;

    #[doc(hidden)]
    fn key() -> Self::Key;
}

impl<Q> HasPrimaryKey for Q
where
    Q: Separable<From: Table + HasTable<Table = Q::From>>,
{
    type Key = <Q::From as Table>::PrimaryKey;

    fn key() -> Self::Key {
        Q::From::table().primary_key()
    }
}

/// A query as it is asked for one key, and for many.
pub trait Separate<C, K>: Clone {
    /// The query for one key.
    type One;
    /// The query for many keys. Each row ends with its key.
    type Many;

    #[doc(hidden)]
    fn one(&self, columns: C, key: K) -> Self::One;

    #[doc(hidden)]
    fn many(&self, columns: C, keys: Vec<K>) -> Self::Many;
}

impl<Q, C, K> Separate<C, K> for Q
where
    Q: Separable + FilterDsl<K::One> + FilterDsl<K::Any>,
    C: Copy,
    K: KeyOf<C>,
    Filter<Q, K::Any>: WithKey<C, K::Read>,
{
    type One = Filter<Q, K::One>;
    type Many = <Filter<Q, K::Any> as WithKey<C, K::Read>>::Output;

    fn one(&self, columns: C, key: K) -> Self::One {
        FilterDsl::filter(self.clone(), key.one(columns))
    }

    fn many(&self, columns: C, keys: Vec<K>) -> Self::Many {
        FilterDsl::filter(self.clone(), K::any(keys, columns)).with_key(columns)
    }
}

/// A query whose rows can end with their keys.
pub trait WithKey<C, Read> {
    /// The query.
    type Output;

    #[doc(hidden)]
    fn with_key(self, columns: C) -> Self::Output;
}

impl<F, S, W, O, C, Read> WithKey<C, Read> for Select<F, S, W, O>
where
    F: QuerySource,
{
    type Output = ThenKey<C, Self, Read>;

    fn with_key(self, columns: C) -> Self::Output {
        ThenKey {
            columns,
            query: self,
            read: PhantomData,
        }
    }
}

/// A query for many keys: it selects what the query for one key selects, and then the columns of the key.
///
/// They come last, so that `ORDER BY 1` means the same as in the query for one key.
#[derive(Clone, Copy, Debug)]
pub struct ThenKey<C, Q, Read> {
    columns: C,
    query: Q,
    read: PhantomData<fn() -> Read>,
}

impl<F, S, W, O, C, Read> Query for ThenKey<C, Select<F, S, W, O>, Read>
where
    F: QuerySource,
    C: SelectableExpression<F>,
    Select<F, S, W, O>: Query,
{
    type SqlType = (<Select<F, S, W, O> as Query>::SqlType, Read);
}

impl<C, Q, Read, Conn> RunQueryDsl<Conn> for ThenKey<C, Q, Read> {}

/// The text varies with the number of keys.
impl<C, Q, Read> QueryId for ThenKey<C, Q, Read> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<F, S, W, O, C, Read, DB> QueryFragment<DB> for ThenKey<C, Select<F, S, W, O>, Read>
where
    F: QuerySource,
    C: QueryFragment<DB>,
    S: QueryFragment<DB>,
    FromClause<F>: QueryFragment<DB>,
    W: QueryFragment<DB>,
    O: QueryFragment<DB>,
    DB: Backend<SelectStatementSyntax = AnsiSqlSelectStatement>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Self { columns, query, .. } = self;
        out.push_sql("SELECT ");
        query.select.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        columns.walk_ast(out.reborrow())?;
        // Otherwise `ORDER BY id` might mean it, too.
        out.push_sql(" AS ");
        out.push_identifier("diesel_cache_key")?;
        query.from.walk_ast(out.reborrow())?;
        query.where_clause.walk_ast(out.reborrow())?;
        query.order.walk_ast(out)
    }
}
