//! `.cached("region")` anywhere in the chain: the methods that follow it work, and belong to the same query.

use std::time::Duration;

use diesel::dsl::auto_type;
use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl as _;
use diesel::sql_types::{Integer, Text};

use super::*;

/// Both load the same rows, from one entry, which are those of the query without a cache.
macro_rules! same {
    ($conn:ident, $statements:ident, $row:ty, $plain:expr, $behind:expr) => {{
        $statements.take();
        let plain: Vec<$row> = $plain.load(&mut $conn).unwrap();
        assert_eq!($statements.selects(), 1);
        let behind: Vec<$row> = $behind.load(&mut $conn).unwrap();
        assert_eq!($statements.selects(), 1, "asked once");
        let before: Vec<$row> = $plain.cached("default").load(&mut $conn).unwrap();
        assert_eq!($statements.selects(), 0, "the same query");
        let shared = $behind.load_shared::<$row>(&mut $conn).unwrap();
        assert_eq!($statements.selects(), 0);
        assert_eq!((&plain, &plain, &*plain), (&behind, &before, &*shared));
        assert!($behind.invalidate(&mut $conn).unwrap());
    }};
}

/// The values of columns that two tables have in common.
macro_rules! ids {
    ($table:ident, $id:ident < $bound:expr) => {
        $table::table.select($table::$id).filter($table::$id.lt($bound))
    };
}

macro_rules! combining {
    ($($module:ident: $backend:ident, [$($operation:ident),*];)*) => {$(
        #[test]
        fn $module() {
            let db = Database::<diesel_cache_tests::$backend>::new();
            let (_cache, mut conn, statements) = attached!(db);
            $(
                let cached = || ids!(person, id < 6).cached("default");
                let plain = || ids!(person, id < 6);
                let other = || ids!(address, id < 4);
                same!(conn, statements, i32, plain().$operation(other()).positional_order_by(1), cached().$operation(other()).positional_order_by(1));
                same!(
                    conn, statements, i32,
                    plain().$operation(other()).positional_order_by(1).limit(2).offset(1),
                    cached().$operation(other()).positional_order_by(1).limit(2).offset(1)
                );
                same!(
                    conn, statements, i32,
                    plain().$operation(other()).union(other()).positional_order_by(1),
                    cached().$operation(other()).union(other()).positional_order_by(1)
                );
                same!(
                    conn, statements, Person,
                    person::table.$operation(person::table.filter(person::id.lt(3))).positional_order_by(1),
                    person::table.cached("default").$operation(person::table.filter(person::id.lt(3))).positional_order_by(1)
                );
                let query = || cached().$operation(other()).positional_order_by(1);
                let first = query().first::<i32>(&mut conn).optional().unwrap();
                statements.take();
                assert_eq!(query().first::<i32>(&mut conn).optional().unwrap(), first);
                assert_eq!(statements.selects(), 0);
                let named = query().key("named");
                assert!(!named.invalidate(&mut conn).unwrap());
                assert_eq!(cached().key("named").$operation(other()).positional_order_by(1).explain(&mut conn).unwrap().key(), named.explain(&mut conn).unwrap().key());
                assert_eq!(named.explain(&mut conn).unwrap().tables().unwrap(), ["address", "person"]);
            )*
        }
    )*};
}

combining! {
    combining_on_sqlite: Sqlite, [union, union_all, intersect, except];
    combining_on_postgres: Postgres, [union, union_all, intersect, intersect_all, except, except_all];
    combining_on_mysql: Mysql, [union, union_all];
}

#[auto_type(dsl_path = "diesel_cache::dsl")]
fn names_from(first: i32) -> _ {
    person::table
        .filter(person::id.ge(first))
        .cached("default")
        .skip_empty()
        .key("names")
        .select(person::name)
        .order(person::id)
}

#[auto_type(dsl_path = "diesel_cache::dsl")]
fn streets_and_names() -> _ {
    let minute: Duration = Duration::from_secs(60);
    address::table
        .select(address::street)
        .cached("default")
        .time_to_live(minute)
        .union(person::table.select(person::name))
}

/// A query that is not cached can name its type in the same way.
#[auto_type(dsl_path = "diesel_cache::dsl")]
fn uncached() -> _ {
    address::table
        .select(address::street)
        .union_all(person::table.select(person::name))
}

fn copied<T: Copy>(value: T) -> [T; 2] {
    [value, value]
}

macro_rules! chains {
    ($($module:ident: $backend:ident, $placeholders:expr;)*) => {$(
        mod $module {
            use super::*;

            type DB = <<diesel_cache_tests::$backend as Backend>::Conn as Connection>::Backend;

            #[derive(HasQuery, Cacheable, Clone, PartialEq, Debug)]
            #[diesel(table_name = person)]
            #[diesel(base_query = person::table.filter(person::id.lt(5_i32)).order(person::id))]
            struct Early {
                id: i32,
                name: String,
            }

            #[test]
            fn a_text_takes_binds_and_more_text() {
                let db = Database::<diesel_cache_tests::$backend>::new();
                let (_cache, mut conn, statements) = attached!(db);
                let select = "SELECT id, name FROM person WHERE id > ";
                let [one, two] = $placeholders;
                let text = format!("{select}{one}");
                same!(
                    conn, statements, Person,
                    diesel::sql_query(&text).bind::<Integer, _>(40),
                    diesel::sql_query(&text).cached("default").bind::<Integer, _>(40)
                );
                let more = format!(" AND name <> {two}");
                same!(
                    conn, statements, Person,
                    diesel::sql_query(&text).bind::<Integer, _>(40).sql(&more).bind::<Text, _>("x"),
                    diesel::sql_query(&text).bind::<Integer, _>(40).cached("default").sql(&more).bind::<Text, _>("x")
                );
                same!(
                    conn, statements, Person,
                    diesel::sql_query(&text).into_boxed::<DB>().bind::<Integer, _>(40),
                    diesel::sql_query(&text).into_boxed::<DB>().cached("default").bind::<Integer, _>(40)
                );
                let delete = diesel::sql_query("SELECT id, name FROM person").cached("default").sql("; DELETE FROM person");
                let error = delete.load::<Person>(&mut conn).unwrap_err().to_string();
                assert!(error.contains("only a single SELECT"), "{error}");
            }

            #[test]
            fn a_copy_is_the_same_query() {
                let db = Database::<diesel_cache_tests::$backend>::new();
                let (cache, mut conn, statements) = attached!(db);
                let region = cache.region("hot").unwrap();
                let long = "x".repeat(1000);
                let query = person::table.filter(person::id.lt(5));
                let queries = [
                    query.cached("default"),
                    query.cached(&region),
                    query.cached(String::from("hot")).key("named"),
                    query.cached("hot").key(&long),
                    query.cached("default").depends_on(["address"]).depends_on(vec![String::from("audit")]),
                    query.cached("default").key("all").time_to_live(Duration::from_secs(60)).skip_empty().in_transaction(),
                ];
                for query in queries {
                    for (asked, query) in [1, 0].into_iter().zip(copied(query)) {
                        assert_eq!(query.load::<Person>(&mut conn).unwrap().len(), 4);
                        assert_eq!(statements.selects(), asked, "{query:?}");
                    }
                }
                let _ = copied(person::table.cached("default"));
                let _ = copied(person::table.cached("default").find(1).limit(2).offset(3).select(person::name).order(person::id.desc()));
                let _ = copied(person::table.cached("default").inner_join(address::table).distinct());
                let _ = copied(diesel::select(exists(person::table.find(1))).cached("default"));
                let _ = copied(ids!(person, id < 6).cached("default").union(ids!(address, id < 4)).positional_order_by(1));
            }

            #[test]
            fn a_type_need_not_be_written_out() {
                let db = Database::<diesel_cache_tests::$backend>::new();
                let (_cache, mut conn, statements) = attached!(db);
                let names = once!(conn, statements, names_from(48).limit(2) => String);
                assert_eq!(names, ["person 48", "person 49"]);
                assert_eq!(once!(conn, statements, streets_and_names() => String).len(), 100);
                assert_eq!(once!(conn, statements, uncached().cached("default") => String).len(), 100);
            }

            #[test]
            fn a_type_that_has_a_query() {
                let db = Database::<diesel_cache_tests::$backend>::new();
                let (_cache, mut conn, statements) = attached!(db);
                assert_eq!(once!(conn, statements, Early::query().cached("default") => Early).len(), 4);
                assert_eq!(once!(conn, statements, Early::query().filter(person::id.gt(2)).cached("hot") => Early).len(), 2);
                assert_eq!(once!(conn, statements, Early::query().cached("hot").filter(person::id.gt(3)) => Early).len(), 1);
                let first: Early = Early::query().cached("default").first(&mut conn).unwrap();
                assert_eq!((first.id, &*first.name), (1, "person 01"));
            }
        }
    )*};
}

chains! { on_sqlite: Sqlite, ["?", "?"]; on_postgres: Postgres, ["$1", "$2"]; on_mysql: Mysql, ["?", "?"]; }

#[test]
fn what_only_postgresql_has() {
    use diesel::dsl::{OnlyDsl, TablesampleDsl};

    let db = Database::<diesel_cache_tests::Postgres>::new();
    let (_cache, mut conn, statements) = attached!(db);
    same!(
        conn,
        statements,
        String,
        person::table.distinct_on(person::name).select(person::name),
        person::table
            .cached("default")
            .distinct_on(person::name)
            .select(person::name)
    );
    once!(conn, statements, person::table.only().cached("default") => Person);
    once!(conn, statements, person::table.only().cached("default").select(person::name) => String);
    once!(conn, statements, person::table.tablesample_bernoulli(100).cached("default") => Person);
}
