//! The entries that a replica's connection shares with other connections.

use diesel::prelude::*;
use diesel_async::AsyncConnection;
use diesel_cache::{Replica, prelude::*};
use diesel_cache_tests::{AsyncBackend, Backend, Database, Mysql, PostgresDatabase, Sqlite, alone, person, regions};

use super::{LAG, Time};

macro_rules! on {
    ($name:ident, $backend:ty) => {
        /// Under `install` the URL is in the keys: that of the primary, if it was named.
        #[test]
        fn $name() {
            alone!();
            type Conn = <$backend as Backend>::Conn;
            let (primary, other) = (Database::<$backend>::new(), Database::<$backend>::new());
            let time = Time::default();
            let builder = regions(&primary.directory().join("cache")).monotonic_clock(time.clock());
            let cache = builder.build().unwrap();
            cache.install().unwrap();
            let query = || person::table.count().cached("default");
            let hits = || cache.region("default").unwrap().stats().hits();

            let mut conn = Conn::establish(primary.url()).unwrap();
            query().get_result::<i64>(&mut conn).unwrap();
            let mut replica = Conn::establish(other.url()).unwrap();
            cache.attach_replica(&mut replica, LAG);
            query().get_result::<i64>(&mut replica).unwrap();
            assert_eq!(hits(), 0, "it leads elsewhere, as far as is known");
            cache.attach_replica(&mut replica, Replica::behind(LAG).of(primary.url()));
            query().get_result::<i64>(&mut replica).unwrap();
            assert_eq!(hits(), 1);

            // It finds the shapes of the primary, too.
            cache.introspect(&mut conn).unwrap();
            let one = || person::table.find(1).cached("default");
            assert!(
                one()
                    .explain(&mut replica)
                    .unwrap()
                    .to_string()
                    .contains("person by id = 1")
            );

            tokio::runtime::Runtime::new().unwrap().block_on(async {
                let mut replica = <$backend as AsyncBackend>::AsyncConn::establish(other.url())
                    .await
                    .unwrap();
                cache.attach_replica(&mut replica, Replica::behind(LAG).of(primary.url()));
                one().first::<(i32, String)>(&mut conn).unwrap();
                let before = hits();
                let _: (i32, String) = diesel_async::RunQueryDsl::first(one(), &mut replica)
                    .await
                    .unwrap();
                assert_eq!(hits(), before + 1);
            });
        }
    };
}

on!(sqlite_under_install, Sqlite);
on!(postgres_under_install, PostgresDatabase);
on!(mysql_under_install, Mysql);

/// Two primaries whose replicas were attached without a name of either.
#[test]
fn replicas_of_different_databases_are_told_apart_under_install() {
    alone!();
    let dbs = [Database::<Sqlite>::new(), Database::<Sqlite>::new()];
    let time = Time::default();
    let builder = regions(&dbs[0].directory().join("cache")).monotonic_clock(time.clock());
    let cache = builder.build().unwrap();
    cache.install().unwrap();
    diesel::delete(person::table.find(1))
        .execute(&mut dbs[1].connect())
        .ok();
    let mut conns = [&dbs[0], &dbs[1]].map(|db| SqliteConnection::establish(db.url()).unwrap());
    for conn in &mut conns {
        cache.attach_replica(conn, LAG);
    }
    time.pass(LAG);
    for _ in 0..2 {
        let mut counts = Vec::new();
        for conn in &mut conns {
            // The write above is observed, and was within the lag.
            time.pass(LAG);
            counts.push(person::table.count().cached("default").get_result::<i64>(conn).unwrap());
        }
        assert_eq!(counts, [50, 49]);
    }
}
