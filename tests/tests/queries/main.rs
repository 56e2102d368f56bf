//! What can be cached. `.cached("region")` works on every shape of query, on every database: the second load returns
//! the same rows without a query (here, and `chain`). Also the keys of queries (`keys`), many keys at once
//! (`relations`), the encoding of rows and values (`cacheable`), and values that do not come from queries (`values`).

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::duplicate_mod, reason = "one body, compiled for each database")]

mod cacheable;
mod keys;
mod relations;
mod values;

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl as _;
use diesel::sql_types::Integer;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Backend, Database, Person, Statements, address, people, person};

/// A cache with one region of each kind, and a connection attached to it.
macro_rules! attached {
    ($db:ident) => {{
        let cache = Cache::builder()
            .directory($db.directory().join("cache"))
            .region(Region::disk("default"))
            .region(Region::memory("hot"))
            .region(Region::session("local"))
            .region(Region::null("off"))
            .build()
            .unwrap();
        let mut conn = $db.connect();
        let statements = Statements::new();
        cache.attach_with(&mut conn, statements.clone());
        (cache, conn, statements)
    }};
}

/// Loads a query twice. Asserts that only the first load sends a SELECT, and that both return the same rows.
macro_rules! once {
    ($conn:ident, $statements:ident, $query:expr => $row:ty) => {{
        $statements.take();
        let first: Vec<$row> = $query.load(&mut $conn).unwrap();
        assert_eq!($statements.selects(), 1, "the first load asks the database");
        let second: Vec<$row> = $query.load(&mut $conn).unwrap();
        assert_eq!($statements.selects(), 0, "the second load does not");
        assert_eq!(first, second);
        first
    }};
}

mod chain;

macro_rules! shapes {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;
            type Conn = <diesel_cache_tests::$backend as Backend>::Conn;
            type DB = <Conn as Connection>::Backend;

            #[test]
            fn every_shape() {
                let db = Database::<diesel_cache_tests::$backend>::new();
                let (_cache, mut conn, statements) = attached!(db);

                let all = once!(conn, statements, person::table.cached("default") => Person);
                assert_eq!(all, people(50));
                once!(conn, statements, person::table.filter(person::name.between("person 02", "person 12")).cached("default") => Person);
                once!(conn, statements, person::table.cached("default").filter(person::id.eq(3)).or_filter(person::id.eq(4)) => Person);
                once!(conn, statements, person::table.cached("default").find(7) => Person);
                once!(conn, statements, person::table.cached("default").order(person::id.desc()).then_order_by(person::name).limit(3).offset(2) => Person);
                once!(conn, statements, person::table.cached("default").select(person::name).distinct() => String);
                once!(conn, statements, person::table.cached("default").select(Person::as_select()).filter(person::id.lt(5)) => Person);
                once!(conn, statements, person::table.cached("default").count() => i64);
                once!(conn, statements, person::table.cached("default").inner_join(address::table) => (Person, Address));
                once!(conn, statements, person::table.cached("default").left_join(address::table) => (Person, Option<Address>));
                once!(conn, statements, person::table.cached("default").inner_join(address::table.on(address::id.eq(person::id))).select((person::name, address::street)) => (String, String));
                once!(conn, statements, person::table.inner_join(address::table).filter(person::id.ne(9)).cached("default").select((Person::as_select(), Address::as_select())) => (Person, Address));
                once!(conn, statements, address::table.cached("default").select(address::note.nullable()) => Option<String>);
                once!(conn, statements, address::table.group_by(address::person_id).cached("default").select((address::person_id, count_star())).having(count_star().gt(0)) => (i32, i64));
                once!(conn, statements, person::table.cached("default").into_boxed::<DB>().filter(person::id.gt(40)) => Person);
                once!(conn, statements, person::table.into_boxed::<DB>().filter(person::id.gt(41)).cached("default") => Person);
                once!(conn, statements, person::table.filter(person::id.eq_any(vec![1, 2, 3])).cached("default") => Person);
                once!(conn, statements, person::table.filter(person::id.eq_any(address::table.select(address::person_id))).cached("default") => Person);
                once!(conn, statements, diesel::select(exists(person::table.filter(person::id.eq(1)))).cached("default") => bool);
                once!(conn, statements, Address::belonging_to(&all[3]).cached("default") => Address);
                once!(conn, statements, Address::belonging_to(&all).cached("default").order(address::id) => Address);
                let other = diesel::alias!(person as other);
                once!(conn, statements, other.filter(other.field(person::id).lt(9)).cached("default").select(other.field(person::name)) => String);
                once!(conn, statements, person::table.select(person::name).filter(person::id.eq(1)).union(address::table.select(address::street).filter(address::id.eq(2))).cached("default") => String);
                once!(conn, statements, person::table.select(person::name).union_all(person::table.select(person::name)).cached("default").positional_order_by(1).limit(5) => String);
            }
        }
    )*};
}

shapes! { shapes_sqlite: Sqlite, shapes_postgres: Postgres, shapes_mysql: Mysql }

macro_rules! raw {
    ($($module:ident: $backend:ident, $one:literal;)*) => {$(
        #[test]
        fn $module() {
            let db = Database::<diesel_cache_tests::$backend>::new();
            let (_cache, mut conn, statements) = attached!(db);
            let text = concat!("SELECT id, name FROM person WHERE id > ", $one);
            once!(conn, statements, diesel::sql_query(text).bind::<Integer, _>(45).cached("default") => Person);
            once!(conn, statements, diesel::sql_query(text).bind::<Integer, _>(46).cached("default") => Person);
            once!(conn, statements, diesel::sql_query("SELECT id, name FROM person").cached("default") => Person);
            let boxed = || diesel::sql_query(text).into_boxed().bind::<Integer, _>(47).cached("default");
            once!(conn, statements, boxed() => Person);

            for (text, found) in [
                ("DELETE FROM person", "`DELETE`"),
                ("SELECT 1; DELETE FROM person", "2 statements"),
                ("", "no statement"),
                ("VALUES (1, 'x')", "`VALUES`"),
                ("TABLE person", ""),
                ("WITH gone AS (DELETE FROM person RETURNING id, name) SELECT * FROM gone", ""),
            ] {
                let error = diesel::sql_query(text).cached("default").load::<Person>(&mut conn).unwrap_err().to_string();
                assert!(error.contains(found) && error.contains("only a single SELECT"), "{text}: {error}");
                assert!(statements.take().is_empty(), "{text}: nothing is sent");
            }
            assert_eq!(person::table.count().get_result::<i64>(&mut conn).unwrap(), 50);
        }
    )*};
}

raw! { raw_sqlite: Sqlite, "?"; raw_postgres: Postgres, "$1"; raw_mysql: Mysql, "?"; }

macro_rules! bodies {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;

            #[test]
            fn every_loading_method_shares_the_entry() {
                let db = Database::<diesel_cache_tests::$backend>::new();
                let (_cache, mut conn, statements) = attached!(db);
                let query = || person::table.order(person::id).cached("default");
                let loaded: Vec<Person> = query().load(&mut conn).unwrap();
                assert_eq!(statements.selects(), 1);
                assert_eq!(query().get_results::<Person>(&mut conn).unwrap(), loaded);
                assert_eq!(query().get_result::<Person>(&mut conn).unwrap(), loaded[0]);
                let iterated: QueryResult<Vec<Person>> = query().load_iter::<Person, DefaultLoadingMode>(&mut conn).unwrap().collect();
                assert_eq!(iterated.unwrap(), loaded);
                assert_eq!(&*query().load_shared::<Person>(&mut conn).unwrap(), &*loaded);
                assert_eq!(statements.selects(), 0);
                assert_eq!(query().first::<Person>(&mut conn).unwrap(), loaded[0]);
                assert_eq!(query().first::<Person>(&mut conn).unwrap(), loaded[0]);
                assert_eq!(statements.selects(), 1, "`first` is another query: it has a limit");
                let nobody = || person::table.find(-1).cached("default");
                assert_eq!(nobody().first::<Person>(&mut conn).optional().unwrap(), None);
                assert_eq!(nobody().first::<Person>(&mut conn).optional().unwrap(), None);
                assert_eq!(statements.selects(), 1, "that there is nothing is worth remembering");
            }

            #[test]
            fn a_second_cache_on_the_directory_answers_from_files() {
                let db = Database::<diesel_cache_tests::$backend>::new();
                let rows = {
                    let (_cache, mut conn, statements) = attached!(db);
                    once!(conn, statements, person::table.cached("default") => Person)
                };
                let (_cache, mut conn, statements) = attached!(db);
                assert_eq!(person::table.cached("default").load::<Person>(&mut conn).unwrap(), rows);
                assert_eq!(statements.selects(), 0);
                assert_eq!(person::table.cached("hot").load::<Person>(&mut conn).unwrap(), rows);
                assert_eq!(statements.selects(), 1, "another region has entries of its own");
            }
        }
    )*};
}

bodies! { loads_sqlite: Sqlite, loads_postgres: Postgres, loads_mysql: Mysql }
