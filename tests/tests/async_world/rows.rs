//! An asynchronous write, too, invalidates only those entries whose rows it changes.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Mysql, Person, PostgresDatabase, Sqlite, person};

use crate::world::World;

macro_rules! on {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;

            #[tokio::test]
            async fn an_update_by_key_leaves_other_rows_alone() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                world.cache.introspect(&mut db.connect()).unwrap();
                is_precise(&world, &db).await;
            }

            #[tokio::test]
            async fn it_does_so_after_an_asynchronous_introspection() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                world.cache.introspect_async(&mut db.connect_async().await).await.unwrap();
                is_precise(&world, &db).await;
            }

            async fn is_precise(world: &World, db: &Database<$backend>) {
                let (mut conn, statements) = world.connect(db).await;
                macro_rules! is_hit {
                    ($id:expr) => {{
                        statements.take();
                        let query = person::table.find($id);
                        let cached: Vec<Person> = query.cached("default").load(&mut conn).await.unwrap();
                        let hit = statements.selects() == 0;
                        let rows: Vec<Person> = query.load(&mut conn).await.unwrap();
                        assert_eq!(cached, rows);
                        hit
                    }};
                }
                for id in [1, 2, 3] {
                    assert!(!is_hit!(id));
                }
                let rename = diesel::update(person::table.find(1)).set(person::name.eq("new"));
                rename.execute(&mut conn).await.unwrap();
                assert_eq!((is_hit!(1), is_hit!(2)), (false, true));
                conn.transaction(async |conn| {
                    diesel::delete(person::table.find(2)).execute(conn).await?;
                    diesel::insert_into(person::table)
                        .values((person::id.eq(99), person::name.eq("another")))
                        .execute(conn)
                        .await
                })
                .await
                .unwrap();
                assert_eq!((is_hit!(1), is_hit!(2), is_hit!(3), is_hit!(99)), (true, false, true, false));
            }
        }
    )*};
}

on! { sqlite: Sqlite, postgres: PostgresDatabase, mysql: Mysql }
