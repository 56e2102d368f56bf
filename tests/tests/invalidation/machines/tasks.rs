//! Machines whose connections are asynchronous, on runtimes of one thread and of several.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::{AsyncBackend, Database, Person, RedisServer, everyone, person};

use super::Db;
use super::stale::{LOCAL, LONG, lose, starting};
use crate::machines::world::{Machine, PATIENCE, REGIONS};

type Conn = <Db as AsyncBackend>::AsyncConn;

async fn first(conn: &mut Conn, region: &str) -> String {
    let mut rows: Vec<Person> = everyone(region).load(conn).await.unwrap();
    rows.remove(0).name
}

/// Loads until the entry is cached. Asserts that each load shows this name.
async fn settle(conn: &mut Conn, region: &str, name: &str) {
    let settles = async {
        loop {
            assert_eq!(first(conn, region).await, name, "{region}");
            if everyone(region).lookup::<Person>(conn).await.unwrap().is_some() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, settles)
        .await
        .expect("the cache answers");
}

async fn no_machine_shows_the_rows_of_before() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let machines = ["one", "two"].map(|name| Machine::<Db>::new(&db, &server, name));
    let mut conns = Vec::new();
    for machine in &machines {
        let mut conn = db.connect_async().await;
        machine.cache.attach(&mut conn);
        conns.push(conn);
    }
    let mut name = "person 01".to_owned();
    for round in 0..4 {
        for conn in &mut conns {
            for region in REGIONS {
                settle(conn, region, &name).await;
            }
        }
        name = format!("name {round}");
        let writer = &mut conns[round % 2];
        let rename = diesel::update(person::table.find(1)).set(person::name.eq(&name));
        match round < 2 {
            true => drop(rename.execute(writer).await.unwrap()),
            false => {
                let commits = writer.transaction(async |conn| rename.execute(conn).await).await;
                commits.unwrap();
            }
        }
        for conn in &mut conns {
            for region in REGIONS {
                assert_eq!(first(conn, region).await, name, "{region}");
            }
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn on_one_thread() {
    no_machine_shows_the_rows_of_before().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_several_threads() {
    no_machine_shows_the_rows_of_before().await;
}

/// A machine that has lost Redis, and may serve stale rows, does so on asynchronous connections, too.
#[tokio::test(flavor = "current_thread")]
async fn stale_rows() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let machine = starting(&db, &server, "one", LONG);
    machine.serves();
    let mut conn = db.connect_async().await;
    machine.cache.attach(&mut conn);
    for region in REGIONS {
        settle(&mut conn, region, "person 01").await;
    }
    lose(&machine);
    let mut unseen = db.connect_async().await;
    let rename = diesel::update(person::table.find(1)).set(person::name.eq("name"));
    assert_eq!(rename.execute(&mut unseen).await, Ok(1));
    for (region, tier) in LOCAL {
        machine.events.take();
        assert_eq!(first(&mut conn, region).await, "person 01", "{region}");
        assert_eq!(machine.events.words(), [format!("stale hit {tier:?}")], "{region}");
    }
    let rename = diesel::update(person::table.find(1)).set(person::name.eq("own"));
    assert_eq!(rename.execute(&mut conn).await, Ok(1));
    for region in REGIONS {
        assert_eq!(first(&mut conn, region).await, "own", "{region}");
    }
}

/// A future that is dropped in the middle of a write leaves its table out of every machine's cache until its connection
/// is used again, or gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_dropped() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let machines = ["one", "two"].map(|name| Machine::<Db>::new(&db, &server, name));
    let mut reader = db.connect_async().await;
    machines[1].cache.attach(&mut reader);
    for polls in 1..8 {
        settle(&mut reader, "hot", &first_uncached(&db).await).await;
        let mut writer = db.connect_async().await;
        machines[0].cache.attach(&mut writer);
        machines[0].cache.identify_async(&mut writer).await.unwrap();
        let name = format!("name {polls}");
        let rename = diesel::update(person::table.find(1)).set(person::name.eq(&name));
        let mut left = polls;
        let mut write = Box::pin(rename.execute(&mut writer));
        let dropped = std::future::poll_fn(|context| {
            left -= 1;
            match write.as_mut().poll(context) {
                std::task::Poll::Pending if left > 0 => std::task::Poll::Pending,
                other => std::task::Poll::Ready(other.is_pending()),
            }
        });
        dropped.await;
        drop(write);
        for _ in 0..20 {
            let before = first_uncached(&db).await;
            let seen = first(&mut reader, "hot").await;
            assert!(before != name || seen == name, "{seen}, when {before} was there");
        }
        drop(writer);
    }
}

async fn first_uncached(db: &Database<Db>) -> String {
    let mut conn = db.connect_async().await;
    person::table
        .find(1)
        .select(person::name)
        .first(&mut conn)
        .await
        .unwrap()
}
