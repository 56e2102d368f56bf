//! A load without a connection depends on rows, not on tables, once the cache has read the keys.

use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Mysql, PostgresDatabase, Setup, Sqlite, connect, person};

macro_rules! on {
    ($name:ident, $backend:ty) => {
        #[test]
        fn $name() {
            let db = Database::<$backend>::new();
            let mut setup = Setup::new(&db);
            let (cache, url) = (setup.cache.clone(), db.url().to_owned());
            let pool = setup.cache.lazy_pool(move || {
                let mut conn = connect::<$backend>(&url);
                cache.attach(&mut conn);
                Ok::<_, ConnectionError>(conn)
            });
            let name = |id: i32| person::table.find(id).select(person::name).cached("default");
            assert_eq!(name(1).first_from::<String>(&pool).unwrap(), "person 01");
            // The pool's context is known by now, and the keys of its tables are not.
            setup.cache.introspect(&mut setup.conn).unwrap();
            for id in [1, 2] {
                name(id).first_from::<String>(&pool).unwrap();
            }
            let rename = diesel::update(person::table.find(1)).set(person::name.eq("Ada"));
            rename.execute(&mut setup.conn).unwrap();
            setup.events.take();
            assert_eq!(name(2).first_from::<String>(&pool).unwrap(), "person 02");
            assert_eq!(setup.events.words(), ["hit Memory"], "another row was written");
            assert_eq!(name(1).first_from::<String>(&pool).unwrap(), "Ada");
        }
    };
}

on!(sqlite, Sqlite);
on!(postgres, PostgresDatabase);
on!(mysql, Mysql);
