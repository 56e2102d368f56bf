//! Writes in doubt, which loads of asynchronous connections settle. The server goes on with the statement of a future
//! that was dropped or of a process that was killed. The write is settled once the server no longer knows its session.

use std::env;
use std::path::Path;
use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use diesel_cache::prelude::*;
use diesel_cache_tests::{
    Address, AsyncBackend, Database, Mysql, Peer, Person, Postgres, Statements, address, connect_async, is_peer,
    person, regions, serve,
};

use crate::flights::until;
use crate::world::World;

/// A grace that does not end during any test.
const GRACE: Duration = Duration::from_secs(3600);

/// Returns a world in which a doubt ends only with its session.
fn world<B: AsyncBackend>(db: &Database<B>) -> World {
    World::with(db, |builder| builder.doubt_grace(GRACE))
}

macro_rules! on {
    ($name:ident, $backend:ty, $slow:literal, $running:literal, $asleep:literal, $question:literal, $settles:literal) => {
        mod $name {
            use super::*;

            type Conn = <$backend as AsyncBackend>::AsyncConn;

            /// Returns an UPDATE that keeps the server busy for two seconds.
            fn slow(marker: &str) -> String {
                format!(
                    "UPDATE person SET name = 'Ada' WHERE id = 1 AND {} /* {marker} */",
                    $slow
                )
            }

            /// Returns `true` while the server prepares or executes that statement.
            fn runs(conn: &mut <$backend as diesel_cache_tests::Backend>::Conn, marker: &str) -> bool {
                let count = format!("{} LIKE 'UPDATE % /* {marker} */%'", $running);
                diesel::RunQueryDsl::get_result::<i64>(sql::<BigInt>(&count), conn).unwrap() > 0
            }

            /// Returns `true` while the server executes that statement, and no longer only prepares it.
            fn sleeps(conn: &mut <$backend as diesel_cache_tests::Backend>::Conn, marker: &str) -> bool {
                let count = format!("{} LIKE 'UPDATE % /* {marker} */%' AND {}", $running, $asleep);
                diesel::RunQueryDsl::get_result::<i64>(sql::<BigInt>(&count), conn).unwrap() > 0
            }

            async fn name(conn: &mut Conn) -> String {
                let people = person::table.order(person::id).cached("default");
                people.load::<Person>(conn).await.unwrap().swap_remove(0).name
            }

            /// Asserts that the table of an abandoned write is not cached while the server executes the write, and is
            /// cached again soon after, rather than after the grace.
            async fn is_settled(db: &Database<$backend>, world: &World, marker: &str, abandon: impl AsyncFnOnce()) {
                let (mut reader, sent) = world.connect(db).await;
                let mut other = db.connect();
                assert_eq!(name(&mut reader).await, "person 01");
                address::table
                    .cached("default")
                    .load::<Address>(&mut reader)
                    .await
                    .unwrap();
                abandon().await;
                world.told();
                let mut bypassed = 0;
                while runs(&mut other, marker) {
                    let shown = name(&mut reader).await;
                    // The server may have finished in between, so not every load has to be a bypass.
                    bypassed += u32::from(world.told() == ["miss", "bypass"] && shown == "person 01");
                }
                assert!(bypassed > 1, "the test was too late to see anything");
                let meanwhile = questions(&sent);
                assert!(meanwhile > 0, "its session is there");
                let settling = async {
                    loop {
                        assert_eq!(name(&mut reader).await, "Ada");
                        if world.told() == ["hit"] {
                            break;
                        }
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                };
                tokio::time::timeout(Duration::from_secs(60), settling)
                    .await
                    .expect("the doubt was never settled");
                // The reader may have noticed the end before the loop has.
                assert!(meanwhile + questions(&sent) > 1, "its session is gone");
                // Asking changes nothing itself.
                address::table
                    .cached("default")
                    .load::<Address>(&mut reader)
                    .await
                    .unwrap();
                assert_eq!(world.told(), ["hit"]);
            }

            fn questions(sent: &Statements) -> usize {
                sent.take().iter().filter(|sql| sql.contains($question)).count()
            }

            #[tokio::test]
            async fn a_dropped_writes_doubt_ends_with_its_session() {
                let db = Database::<$backend>::new();
                let world = world(&db);
                let (mut conn, _) = world.connect(&db).await;
                world.cache.identify_async(&mut conn).await.unwrap();
                let mut other = db.connect();
                let marker = format!("dropped {}", db.url().rsplit('_').next().unwrap());
                let write = slow(&marker);
                is_settled(&db, &world, &marker, async || {
                    let task = tokio::spawn(async move { diesel::sql_query(write).execute(&mut conn).await });
                    until("run", || sleeps(&mut other, &marker)).await;
                    task.abort(); // with its connection
                    assert!(task.await.unwrap_err().is_cancelled());
                })
                .await;
            }

            #[test]
            fn peer() {
                if !is_peer() {
                    return;
                }
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                let directory = env::var_os("DIRECTORY").unwrap();
                let cache = regions(Path::new(&directory)).doubt_grace(GRACE).build().unwrap();
                let mut conn = runtime.block_on(connect_async::<$backend>(&env::var("URL").unwrap()));
                cache.attach(&mut conn);
                runtime.block_on(cache.identify_async(&mut conn)).unwrap();
                serve(|marker| {
                    let write = diesel::sql_query(slow(marker));
                    format!("{:?}", runtime.block_on(write.execute(&mut conn)))
                });
            }

            #[tokio::test]
            async fn a_killed_writers_doubt_ends_with_its_session() {
                let db = Database::<$backend>::new();
                let world = world(&db);
                let mut other = db.connect();
                let directory = db.directory().join("cache").display().to_string();
                let mut peer = Peer::spawn(module_path!(), &[("DIRECTORY", &directory), ("URL", db.url())]);
                let marker = format!("killed {}", db.url().rsplit('_').next().unwrap());
                is_settled(&db, &world, &marker, async || {
                    peer.start(&marker);
                    until("run", || sleeps(&mut other, &marker)).await;
                    peer.kill();
                })
                .await;
            }

            /// Its end is not reported either, and the connection lives: statements that come after it settle the
            /// doubt.
            #[tokio::test]
            async fn a_dropped_write_is_settled_by_its_own_connection() {
                let db = Database::<$backend>::new();
                let world = world(&db);
                let (mut conn, _) = world.connect(&db).await;
                let (mut reader, sent) = world.connect(&db).await;
                let mut other = db.connect();
                assert_eq!(name(&mut reader).await, "person 01");
                let marker = format!("kept {}", db.url().rsplit('_').next().unwrap());
                {
                    let mut write = std::pin::pin!(diesel::sql_query(slow(&marker)).execute(&mut conn));
                    std::future::poll_fn(|context| {
                        let polled = write.as_mut().poll(context);
                        assert!(polled.is_pending(), "{polled:?}");
                        match sleeps(&mut other, &marker) {
                            true => std::task::Poll::Ready(()),
                            false => {
                                context.waker().wake_by_ref();
                                std::task::Poll::Pending
                            }
                        }
                    })
                    .await;
                }
                world.told();
                let shown = name(&mut reader).await;
                let told = world.told();
                if runs(&mut other, &marker) {
                    assert_eq!((shown.as_str(), &*told), ("person 01", &["miss", "bypass"][..]));
                }
                assert_eq!(questions(&sent), 0, "its session is not known");
                // Their answers come when the server is done with it; MySQL's driver takes each for the next one's.
                for _ in 0..2 {
                    let _ = diesel::sql_query("SELECT 1").execute(&mut conn).await;
                }
                until("over", || !runs(&mut other, &marker)).await;
                world.told();
                assert_eq!(name(&mut reader).await, "Ada");
                if $settles {
                    assert_eq!(world.told(), ["miss", "stored"]);
                    assert_eq!(name(&mut reader).await, "Ada");
                    assert_eq!(world.told(), ["hit"]);
                }
            }
        }
    };
}

on!(
    postgres,
    Postgres,
    "(SELECT pg_sleep(2)) IS NOT NULL",
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query",
    "wait_event = 'PgSleep'",
    "pg_stat_activity",
    true
);
on!(
    mysql,
    Mysql,
    "SLEEP(2) = 0",
    "SELECT CAST(count(*) AS SIGNED) FROM information_schema.processlist WHERE info",
    "state = 'User sleep'",
    "PROCESSLIST",
    false
);

/// A pool's connection may be attached whenever it is lent: it is the same session still.
#[tokio::test]
async fn a_connection_that_is_attached_again_is_identified_still() {
    let db = Database::<Postgres>::new();
    let world = world(&db);
    let (mut conn, _) = world.connect(&db).await;
    let (mut reader, _) = world.connect(&db).await;
    world.cache.identify_async(&mut conn).await.unwrap();
    world.cache.attach(&mut conn);
    let load = async |conn: &mut _| {
        person::table
            .cached("default")
            .load::<Person>(conn)
            .await
            .unwrap()
            .len()
    };
    load(&mut reader).await;
    crate::flights::cut(diesel::delete(person::table).execute(&mut conn), 1).await;
    drop(conn);
    world.told();
    let settling = async {
        while !world.told().contains(&"hit") {
            load(&mut reader).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), settling)
        .await
        .expect("the doubt was never settled");
}
