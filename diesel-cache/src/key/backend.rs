//! The backends whose queries can be cached.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::QueryFragment;

use super::hasher::KeyHasher;

/// A backend whose queries can be cached.
///
/// Implemented for `Sqlite`, `Pg` and `Mysql`, each behind the feature with its name. Functions that are generic over
/// the connection use it as a bound: `C: LoadConnection<Backend: KeyBackend>`.
///
/// # An enum of connections
///
/// The backend that `#[derive(MultiConnection)]` generates has no keys, because only its connection knows which
/// database it stands for. Match on the enum, and load on the inner connection. The query is still written only once,
/// because it belongs to no backend before it is loaded:
///
/// ```
/// # fn main() {}
/// # #[cfg(all(feature = "sqlite", feature = "postgres"))] mod example {
/// use diesel::prelude::*;
/// # use diesel::query_builder::{QueryFragment, QueryId};
/// # use diesel_cache::{CacheKey, KeyBackend};
/// #
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// # fn load<C, Q>(_: &mut C, query: &Q) -> QueryResult<CacheKey>
/// # where C: Connection<Backend: KeyBackend>, Q: QueryFragment<C::Backend> + QueryId
/// # { CacheKey::of::<C::Backend, Q>(query, "", None) }
///
/// #[derive(diesel::MultiConnection)]
/// enum AnyConnection {
///     Sqlite(SqliteConnection),
///     Pg(PgConnection),
/// }
///
/// fn by_name(conn: &mut AnyConnection, name: &str) -> QueryResult<CacheKey> {
///     let query = person::table.filter(person::name.eq(name));
///     match conn {
///         AnyConnection::Sqlite(conn) => load(conn, &query), // `query.cached("default").load(conn)`
///         AnyConnection::Pg(conn) => load(conn, &query),
///     }
/// }
/// # }
/// ```
///
/// # Implementing it
///
/// A third-party backend must hash its binds in their serialised form. Two lists of binds may give the same bytes only
/// if the database could not distinguish them. One list must give the same bytes in every process. For a backend that
/// uses Diesel's `RawBytesBindCollector`:
///
/// ```
/// use diesel::QueryResult;
/// use diesel::backend::Backend;
/// use diesel::query_builder::QueryFragment;
/// use diesel::query_builder::bind_collector::RawBytesBindCollector;
/// use diesel_cache::{KeyBackend, KeyHasher};
/// # use diesel::backend::{SqlDialect, sql_dialect as d};
/// # use diesel::sql_types::TypeMetadata;
/// # #[derive(Default)] struct MyDb;
/// # #[derive(Default)] struct Builder(String);
/// # impl diesel::query_builder::QueryBuilder<MyDb> for Builder {
/// #     fn push_sql(&mut self, sql: &str) { self.0.push_str(sql) }
/// #     fn push_identifier(&mut self, i: &str) -> QueryResult<()> { self.0.push_str(i); Ok(()) }
/// #     fn push_bind_param(&mut self) { self.0.push('?') }
/// #     fn finish(self) -> String { self.0 }
/// # }
/// # impl Backend for MyDb {
/// #     type QueryBuilder = Builder;
/// #     type RawValue<'a> = &'a [u8];
/// #     type BindCollector<'a> = RawBytesBindCollector<MyDb>;
/// # }
/// # impl diesel::backend::TrustedBackend for MyDb {}
/// # impl TypeMetadata for MyDb { type TypeMetadata = u8; type MetadataLookup = (); }
/// # macro_rules! types { ($($t:ident)*) => { $(
/// #     impl diesel::sql_types::HasSqlType<diesel::sql_types::$t> for MyDb { fn metadata(_: &mut ()) -> u8 { 0 } }
/// # )* } }
/// # types!(SmallInt Integer BigInt Float Double Text Binary Date Time Timestamp);
/// # impl SqlDialect for MyDb {
/// #     type ReturningClause = d::returning_clause::DoesNotSupportReturningClause;
/// #     type OnConflictClause = d::on_conflict_clause::DoesNotSupportOnConflictClause;
/// #     type InsertWithDefaultKeyword = d::default_keyword_for_insert::IsoSqlDefaultKeyword;
/// #     type BatchInsertSupport = d::batch_insert_support::PostgresLikeBatchInsertSupport;
/// #     type ConcatClause = d::concat_clause::ConcatWithPipesClause;
/// #     type DefaultValueClauseForInsert = d::default_value_clause::AnsiDefaultValueClause;
/// #     type EmptyFromClauseSyntax = d::from_clause_syntax::AnsiSqlFromClauseSyntax;
/// #     type SelectStatementSyntax = d::select_statement_syntax::AnsiSqlSelectStatement;
/// #     type ExistsSyntax = d::exists_syntax::AnsiSqlExistsSyntax;
/// #     type ArrayComparison = d::array_comparison::AnsiSqlArrayComparison;
/// #     type AliasSyntax = d::alias_syntax::AsAliasSyntax;
/// #     type WindowFrameClauseGroupSupport = d::window_frame_clause_group_support::NoGroupWindowFrameUnit;
/// #     type WindowFrameExclusionSupport = d::window_frame_exclusion_support::NoFrameFrameExclusionSupport;
/// #     type AggregateFunctionExpressions = d::aggregate_function_expressions::NoAggregateFunctionExpressions;
/// #     type BuiltInWindowFunctionRequireOrder = d::built_in_window_function_require_order::NoOrderRequired;
/// # }
///
/// impl KeyBackend for MyDb {
///     const NAME: &'static str = "my_db";
///
///     fn hash_binds<Q>(query: &Q, hasher: &mut KeyHasher) -> QueryResult<()>
///     where
///         Q: QueryFragment<Self> + ?Sized,
///     {
///         let mut collector = RawBytesBindCollector::<Self>::new();
///         query.collect_binds(&mut collector, &mut (), &MyDb)?;
///         for (bind, sql_type) in collector.binds.iter().zip(&collector.metadata) {
///             hasher.bind(&[*sql_type], bind.as_deref());
///         }
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "queries for `{Self}` cannot be cached",
    label = "no cache key can be made for this backend",
    note = "`Sqlite`, `Pg` and `Mysql` can be keyed: enable the feature `sqlite`, `postgres` or `mysql` of `diesel-cache`",
    note = "for an enum with `#[derive(MultiConnection)]`, match on it and load on the connection inside"
)]
pub trait KeyBackend: Backend<QueryBuilder: Default> + Default + 'static {
    /// The backend's name. It is part of every key, so no two backends may have the same name.
    const NAME: &'static str;

    /// Hashes every bind of `query`, with its type, in order.
    ///
    /// # Errors
    ///
    /// If a bind cannot be serialised.
    fn hash_binds<Q>(query: &Q, hasher: &mut KeyHasher) -> QueryResult<()>
    where
        Q: QueryFragment<Self> + ?Sized;
}
