//! The differences between the three databases.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Text};
use diesel_cache::prelude::*;
use diesel_cache::{Cache, Introspection};
use diesel_cache_tests::{Backend, Mysql, PostgresDatabase, Sqlite, Statements};

use crate::sql::{Bind, Sql};

/// A row of any query.
#[derive(QueryableByName, Cacheable, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Row {
    #[diesel(sql_type = Nullable<Integer>)]
    pub a: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub b: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    pub s: Option<String>,
}

/// The kinds of databases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Sqlite,
    Postgres,
    Mysql,
}

pub trait Engine: Backend<Conn: Connection + SimpleConnection> {
    const NAME: &'static str;
    const KIND: Kind;

    fn attach(cache: &Cache, conn: &mut Self::Conn, statements: &Statements);
    fn introspect(cache: &Cache, conn: &mut Self::Conn) -> QueryResult<Introspection>;
    fn execute(conn: &mut Self::Conn, sql: &Sql) -> QueryResult<usize>;
    fn load(conn: &mut Self::Conn, sql: &Sql) -> QueryResult<Vec<Row>>;
    fn cached(conn: &mut Self::Conn, sql: &Sql) -> QueryResult<Vec<Row>>;
}

/// Calls a method on a query after it has bound all binds.
macro_rules! bound {
    ($query:expr, $binds:expr, $do:ident($($argument:expr),*)) => {
        match $binds {
            [] => $query.$do($($argument),*),
            [Bind::Integer(a)] => $query.bind::<Integer, _>(*a).$do($($argument),*),
            [Bind::Integer(a), Bind::Integer(b)] => $query.bind::<Integer, _>(*a).bind::<Integer, _>(*b).$do($($argument),*),
            [Bind::Integer(a), Bind::Integer(b), Bind::Integer(c)] => {
                $query.bind::<Integer, _>(*a).bind::<Integer, _>(*b).bind::<Integer, _>(*c).$do($($argument),*)
            }
            [Bind::Text(a)] => $query.bind::<Text, _>(a).$do($($argument),*),
            [Bind::Text(a), Bind::Integer(b)] => $query.bind::<Text, _>(a).bind::<Integer, _>(*b).$do($($argument),*),
            [Bind::Text(a), Bind::Integer(b), Bind::Integer(c)] => {
                $query.bind::<Text, _>(a).bind::<Integer, _>(*b).bind::<Integer, _>(*c).$do($($argument),*)
            }
            [Bind::Optional(a), Bind::Integer(b)] => {
                $query.bind::<Nullable<Integer>, _>(*a).bind::<Integer, _>(*b).$do($($argument),*)
            }
            other => unreachable!("{other:?}"),
        }
    };
}

macro_rules! engine {
    ($backend:ty, $kind:ident, $name:literal, $array:expr) => {
        impl Engine for $backend {
            const NAME: &'static str = $name;
            const KIND: Kind = Kind::$kind;

            fn attach(cache: &Cache, conn: &mut Self::Conn, statements: &Statements) {
                cache.attach_with(conn, statements.clone());
            }

            fn introspect(cache: &Cache, conn: &mut Self::Conn) -> QueryResult<Introspection> {
                cache.introspect(conn)
            }

            fn execute(conn: &mut Self::Conn, sql: &Sql) -> QueryResult<usize> {
                if sql.binds.is_empty() {
                    return conn.batch_execute(&sql.text).map(|()| 1);
                }
                bound!(diesel::sql_query(&sql.text), &*sql.binds, execute(conn))
            }

            fn load(conn: &mut Self::Conn, sql: &Sql) -> QueryResult<Vec<Row>> {
                let array: fn(&mut Self::Conn, &Sql, &[i32], bool) -> QueryResult<Vec<Row>> = $array;
                match &*sql.binds {
                    [Bind::Array(ids)] => array(conn, sql, ids, false),
                    binds => bound!(diesel::sql_query(&sql.text), binds, load(conn)),
                }
            }

            fn cached(conn: &mut Self::Conn, sql: &Sql) -> QueryResult<Vec<Row>> {
                let array: fn(&mut Self::Conn, &Sql, &[i32], bool) -> QueryResult<Vec<Row>> = $array;
                match &*sql.binds {
                    [Bind::Array(ids)] => array(conn, sql, ids, true),
                    binds => bound!(diesel::sql_query(&sql.text).cached("default"), binds, load(conn)),
                }
            }
        }
    };
}

engine!(Sqlite, Sqlite, "sqlite", |_, _, _, _| unreachable!());
engine!(Mysql, Mysql, "mysql", |_, _, _, _| unreachable!());
engine!(PostgresDatabase, Postgres, "postgres", |conn, sql, ids, cached| {
    let query = diesel::sql_query(&sql.text);
    match cached {
        true => query.cached("default").bind::<Array<Integer>, _>(ids).load(conn),
        false => query.bind::<Array<Integer>, _>(ids).load(conn),
    }
});
