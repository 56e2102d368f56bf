//! Every way to attach a cache, also with the user's own instrumentation.

use std::time::Duration;

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel::result::Error::QueryBuilderError;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Mysql, Postgres, Sqlite, Statements, alone, person};

use crate::observer::world::{Loads, World, cache};

macro_rules! on {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;
            type Conn = <$backend as diesel_cache_tests::Backend>::Conn;

            #[derive(Debug)]
            struct Attach(Cache);

            impl CustomizeConnection<Conn, diesel::r2d2::Error> for Attach {
                fn on_acquire(&self, conn: &mut Conn) -> Result<(), diesel::r2d2::Error> {
                    self.0.attach(conn);
                    Ok(())
                }
            }

            #[test]
            fn in_a_pool() {
                let mut world = World::<$backend>::new();
                let pool = Pool::builder()
                    .max_size(1)
                    .connection_customizer(Box::new(Attach(world.cache.clone())))
                    .build(ConnectionManager::<Conn>::new(world.db.url()))
                    .unwrap();
                for name in ["Ada", "Bob"] {
                    let mut conn = pool.get().unwrap();
                    diesel::update(person::table.find(1)).set(person::name.eq(name)).execute(&mut conn).unwrap();
                    world.check("p", name);
                }
                let mut conn = pool.get().unwrap();
                conn.transaction(|conn| $backend::rename(conn, "Eve")).unwrap();
                world.check("p", "a transaction in a pool");
                let loaded = person::table.order(person::id).cached("default").load::<(i32, String)>(&mut conn).unwrap();
                assert_eq!(loaded[0].1, "Eve");
            }

            #[test]
            fn installed() {
                alone!();
                let mut world = World::<$backend>::new();
                let statements = Statements::new();
                let forward = statements.clone();
                world.cache.install_with(move || forward.clone()).unwrap();
                let mut conn = world.db.connect();
                let mut quiet = world.db.connect();
                diesel::connection::set_default_instrumentation(|| None).unwrap();
                $backend::rename(&mut conn, "Ada").unwrap();
                world.check("p", "a write on an installed connection");
                assert!(statements.take().iter().any(|sql| sql.contains("UPDATE")));
                let pool = {
                    world.cache.install().unwrap();
                    let pool = Pool::builder().max_size(1).build(ConnectionManager::<Conn>::new(world.db.url())).unwrap();
                    drop(pool.get().unwrap());
                    diesel::connection::set_default_instrumentation(|| None).unwrap();
                    pool
                };
                diesel::update(person::table.find(1)).set(person::name.eq("Bob")).execute(&mut pool.get().unwrap()).unwrap();
                world.check("p", "a write in a pool, installed");
                quiet.transaction(|conn| $backend::rename(conn, "Eve")).unwrap();
                world.check("p", "a transaction, installed");
                assert_eq!($backend::cached_people(&mut quiet).unwrap()[0].name, "Eve");
            }

            #[test]
            fn replaced() {
                let mut world = World::<$backend>::new();
                world.writer.set_instrumentation(|_: InstrumentationEvent<'_>| {});
                let error = $backend::cached_people(&mut world.writer).unwrap_err();
                let QueryBuilderError(error) = error else { panic!("{error}") };
                assert!(matches!(error.downcast_ref(), Some(diesel_cache::Error::NotAttached)));
                assert!(error.to_string().contains("attach_with"), "{error}");
                // What works beside it.
                let statements = Statements::new();
                world.cache.attach_with(&mut world.writer, statements.clone());
                $backend::rename(&mut world.writer, "Ada").unwrap();
                assert_eq!(statements.take().len(), 1);
                world.check("p", "a write with the user's instrumentation beside");
            }
        }
    )*};
}

on! { sqlite: Sqlite, postgres: Postgres, mysql: Mysql }

#[derive(diesel::MultiConnection)]
enum AnyConnection {
    Postgres(PgConnection),
    Mysql(MysqlConnection),
    Sqlite(SqliteConnection),
}

fn inside_a_multi_connection<B: Loads>() {
    let mut world = World::<B>::new();
    let mut any = AnyConnection::establish(world.db.url()).unwrap();
    world.cache.attach(&mut any);
    let all = person::table.order(person::id).load::<(i32, String)>(&mut any).unwrap();
    assert_eq!(all.len(), 50);
    world.check("", "a SELECT of a MultiConnection");
    diesel::update(person::table.find(1))
        .set(person::name.eq("Ada"))
        .execute(&mut any)
        .unwrap();
    world.check("p", "a write of a MultiConnection");
    any.transaction(|conn| {
        diesel::update(person::table.find(1))
            .set(person::name.eq("Bob"))
            .execute(conn)
    })
    .unwrap();
    world.check("p", "a transaction of a MultiConnection");
    let undone = any.transaction(|conn| {
        diesel::update(person::table.find(1))
            .set(person::name.eq("Eve"))
            .execute(conn)?;
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    assert!(undone.is_err());
    world.check("", "a rollback of a MultiConnection");
    any.transaction(|conn| {
        conn.transaction(|conn| {
            diesel::update(person::table.find(1))
                .set(person::name.eq("Zoe"))
                .execute(conn)
        })
    })
    .unwrap();
    world.check("p", "a savepoint of a MultiConnection");
    diesel::insert_into(person::table)
        .values((person::id.eq(60), person::name.eq("x")))
        .execute(&mut any)
        .unwrap();
    world.check("p", "an INSERT of a MultiConnection");
}

#[test]
fn inside_a_multi_connection_on_sqlite() {
    inside_a_multi_connection::<Sqlite>();
}

#[test]
fn inside_a_multi_connection_on_postgres() {
    inside_a_multi_connection::<Postgres>();
}

#[test]
fn inside_a_multi_connection_on_mysql() {
    inside_a_multi_connection::<Mysql>();
}

/// An installed observer inside a `MultiConnection` learns the database from the URL.
#[test]
fn a_multi_connection_that_was_installed() {
    alone!();
    let db = Database::<Sqlite>::new();
    let cache = cache(&db, Duration::from_secs(60), &std::sync::Arc::default());
    let mut reader = crate::observer::world::Reader::<Sqlite>::new(&db);
    reader.people();
    cache.install().unwrap();
    let mut any = AnyConnection::establish(db.url()).unwrap();
    diesel::connection::set_default_instrumentation(|| None).unwrap();
    diesel::update(person::table.find(1))
        .set(person::name.eq("Ada"))
        .execute(&mut any)
        .unwrap();
    let (people, asked) = reader.people();
    assert!(asked);
    assert_eq!(people.unwrap()[0].name, "Ada");
}
