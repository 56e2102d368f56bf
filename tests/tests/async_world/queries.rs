//! Shapes of queries, and what invalidates them, on asynchronous connections: the same as on blocking ones.

use diesel::dsl::auto_type;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl as _;
use diesel::sql_types::{BigInt, Integer};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use diesel_cache::CacheableQuery;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Mysql, Person, Postgres, Sqlite, address, person};

use crate::world::World;

#[auto_type(dsl_path = "diesel_cache::dsl")]
fn names_and_streets() -> _ {
    person::table
        .select(person::name)
        .cached("default")
        .union(address::table.select(address::street))
}

#[derive(HasQuery, Cacheable, Clone, PartialEq, Debug)]
#[diesel(table_name = person)]
#[diesel(base_query = person::table.order(person::id))]
struct Ordered {
    id: i32,
    name: String,
}

/// A page of a query's rows, each with the number of all.
#[derive(Clone, Copy, Debug, QueryId)]
struct Paginated<T> {
    query: T,
    offset: i64,
}

impl<T: Query> Query for Paginated<T> {
    type SqlType = (T::SqlType, BigInt);
}

impl<T, DB> QueryFragment<DB> for Paginated<T>
where
    DB: diesel::backend::Backend + diesel::backend::DieselReserveSpecialization + diesel::sql_types::HasSqlType<BigInt>,
    T: QueryFragment<DB>,
    i64: diesel::serialize::ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT *, COUNT(*) OVER () FROM (");
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(") AS page LIMIT 2 OFFSET ");
        out.push_bind_param::<BigInt, _>(&self.offset)
    }
}

impl<T, Conn: Connection> diesel::RunQueryDsl<Conn> for Paginated<T> {}

enum Page {}

impl<T> CacheableQuery<Page> for Paginated<T> {
    type Query = Self;

    fn into_query(self) -> Self {
        self
    }
}

macro_rules! on {
    ($name:ident: $backend:ty, $placeholder:literal, $setting:literal) => {
        mod $name {
            use super::*;

            /// Loads twice: one SELECT, then none, and equal rows.
            macro_rules! once {
                ($conn:ident, $statements:ident, $query:expr => $row:ty) => {{
                    $statements.take();
                    let first: Vec<$row> = $query.load(&mut $conn).await.unwrap();
                    assert_eq!($statements.selects(), 1);
                    let second: Vec<$row> = $query.load(&mut $conn).await.unwrap();
                    assert_eq!($statements.selects(), 0);
                    assert_eq!(first, second);
                    first
                }};
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn shapes() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut conn, statements) = world.connect(&db).await;
                assert_eq!(once!(conn, statements, names_and_streets() => String).len(), 100);
                let query = person::table.select(person::id).filter(person::id.lt(4)).cached("default");
                let all = query.union_all(query_of_addresses()).positional_order_by(1);
                assert_eq!(once!(conn, statements, all => i32), [1, 1, 2, 2, 3]);
                assert_eq!(once!(conn, statements, all.limit(2) => i32), [1, 1]);
                assert_eq!(once!(conn, statements, Ordered::query().cached("default") => Ordered).len(), 50);
                let text = concat!("SELECT id, name FROM person WHERE id > ", $placeholder);
                let raw = || diesel::sql_query(text).cached("default").bind::<Integer, _>(48);
                assert_eq!(once!(conn, statements, raw() => Person).len(), 2);
                let page = Paginated { query: person::table.select(person::id).order(person::id), offset: 3 };
                assert_eq!(once!(conn, statements, page.cached("default") => (i32, i64)), [(4, 50), (5, 50)]);
                // A blocking connection asks the same.
                let mut blocking = db.connect();
                world.cache.attach_with(&mut blocking, statements.clone());
                let rows = diesel::RunQueryDsl::load::<(i32, i64)>(page.cached("default"), &mut blocking);
                assert_eq!(rows.unwrap(), [(4, 50), (5, 50)]);
                assert_eq!(statements.selects(), 0);
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn an_invalidation_reaches_those_that_were_told_something_else() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut plain, _) = world.connect(&db).await;
                let (mut told, statements) = world.connect(&db).await;
                told.batch_execute($setting).await.unwrap();
                for region in ["default", "files", "hot"] {
                    let query = person::table.order(person::id).cached(region);
                    once!(told, statements, query => Person);
                    query.invalidate(&mut plain).await.unwrap();
                    once!(told, statements, query => Person);
                    let shared = query.load_shared::<Person>(&mut told).await.unwrap();
                    query.refresh().load::<Person>(&mut plain).await.unwrap();
                    let again = query.load_shared::<Person>(&mut told).await.unwrap();
                    assert!(!std::sync::Arc::ptr_eq(&shared, &again));
                }
            }
        }
    };
}

#[auto_type(dsl_path = "diesel_cache::dsl")]
fn query_of_addresses() -> _ {
    address::table.select(address::id).filter(address::id.lt(3_i32))
}

on!(sqlite: Sqlite, "?", "ATTACH ':memory:' AS other");
on!(postgres: Postgres, "$1", "SET TimeZone = 'Asia/Tokyo'");
on!(mysql: Mysql, "?", "SET sql_mode = 'ANSI'");
