//! No worker thread of a runtime waits for Redis. The server is paused until the runtime's only thread resumes it, so a
//! load that waited on this thread would time out.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_cache::prelude::*;
use diesel_cache::{Error, Region, RegionBuilder, Tier};
use diesel_cache_tests::{Database, Person, RedisServer, Sqlite, person};

use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(60);

fn remote(server: &RedisServer) -> RegionBuilder {
    Region::redis("remote")
        .redis_url(server.url())
        .redis_timeout(PATIENCE)
        .redis_connect_timeout(PATIENCE)
        .memory_capacity(0)
}

#[tokio::test(flavor = "current_thread")]
async fn a_load_waits_for_the_server_elsewhere() {
    let db = Database::<Sqlite>::new();
    let server = RedisServer::start(&[]);
    let world = World::with(&db, |builder| builder.region(remote(&server)));
    let (mut conn, sent) = world.connect(&db).await;
    let query = || person::table.find(1).cached("remote");
    query().first::<Person>(&mut conn).await.unwrap();
    sent.take();
    server.pause();
    let mut load = pin!(query().first::<Person>(&mut conn));
    for _ in 0..100 {
        assert!(poll(load.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    server.resume();
    assert_eq!(load.await.unwrap().id, 1);
    assert_eq!(sent.selects(), 0);
    assert_eq!(world.cache.region("remote").unwrap().stats().hits_in(Tier::Redis), 1);
}

/// What a dropped future gives back includes the lock of its key. If that failed, the lock would last for a minute.
#[tokio::test(flavor = "current_thread")]
async fn a_lock_is_given_back_elsewhere() {
    let db = Database::<Sqlite>::new();
    let server = RedisServer::start(&[]);
    let region = remote(&server).redis_timeout(PATIENCE / 10).lock_timeout(2 * PATIENCE);
    let world = World::with(&db, |builder| builder.region(region));
    let region = world.cache.region("remote").unwrap();
    let keys = || -> Vec<String> { redis::cmd("KEYS").arg("*").query(&mut server.connect()).unwrap() };
    {
        let (creates, mut is_creating) = tokio::sync::oneshot::channel();
        let mut create = Box::pin(region.get_or_create_async("key", || async move {
            let _ = creates.send(());
            std::future::pending::<Result<i32, Error>>().await
        }));
        while is_creating.try_recv().is_err() {
            assert!(poll(create.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
        assert!(keys()[0].ends_with(":lock"));
        server.pause();
    }
    server.resume();
    let start = Instant::now();
    while !keys().is_empty() {
        assert!(start.elapsed() < PATIENCE / 2, "it is not given back");
        tokio::task::yield_now().await;
    }
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
