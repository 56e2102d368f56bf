//! Loads of many keys on connections of diesel-async, and from a pool of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, AsyncBackend, Database, Person, Setup, Statements, address, connect_async, person};

use super::B;

type Conn = <B as AsyncBackend>::AsyncConn;

async fn attached(db: &Database<B>) -> (Setup<B>, Conn, Statements) {
    let (setup, mut conn, statements) = (Setup::new(db), db.connect_async().await, Statements::new());
    setup.cache.attach_with(&mut conn, statements.clone());
    (setup, conn, statements)
}

#[tokio::test]
async fn tasks_and_threads_share_the_entries() {
    let db = Database::<B>::new();
    let (mut setup, mut conn, statements) = attached(&db).await;
    let find = |ids: &[i32]| person::table.cached("default").find_many(ids.to_vec());
    let found: HashMap<i32, Person> = find(&[2, 1, 99]).load_by_key(&mut conn).await.unwrap();
    assert_eq!((found.len(), found[&2].id, statements.selects()), (2, 2, 1));
    let found: Vec<Option<Person>> = find(&[3, 2, 3, 99]).load_in_order(&mut conn).await.unwrap();
    assert_eq!(
        found
            .iter()
            .map(|row| row.as_ref().map(|row| row.id))
            .collect::<Vec<_>>(),
        [Some(3), Some(2), Some(3), None]
    );
    assert_eq!(statements.selects(), 1);
    let alone = person::table
        .cached("default")
        .find(3)
        .load_shared::<Person>(&mut conn)
        .await
        .unwrap();
    let shared = find(&[3]).load_shared::<Person>(&mut conn).await.unwrap();
    assert!(Arc::ptr_eq(&alone, &shared[0]));
    let theirs = person::table.cached("default").find_many([1, 2, 3]);
    let theirs: HashMap<i32, Person> = theirs.load_by_key(&mut setup.conn).unwrap();
    assert_eq!(
        (theirs.len(), setup.statements.selects(), statements.selects()),
        (3, 0, 0)
    );
    assert_eq!(find(&[1, 5]).invalidate(&mut conn).await.unwrap(), 1);
    find(&[1, 2])
        .consistent()
        .load_by_key::<Person>(&mut conn)
        .await
        .unwrap();
    assert_eq!(statements.selects(), 1);
}

#[tokio::test]
async fn in_a_transaction_one_query_asks_for_all() {
    let db = Database::<B>::new();
    let (_setup, mut conn, statements) = attached(&db).await;
    let people: Vec<Person> = person::table.filter(person::id.le(3)).load(&mut conn).await.unwrap();
    let found = conn
        .transaction(async |conn| {
            statements.take();
            let all = address::table.order(address::id).cached("default");
            all.children_of::<Address, _>(&people)
                .load_in_order::<Address>(conn)
                .await
        })
        .await
        .unwrap();
    assert_eq!(found.len(), 3);
    let sent = statements.take();
    assert_eq!(sent.iter().filter(|sql| sql.starts_with("SELECT")).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlapping_tasks_ask_for_each_key_once() {
    let db = Database::<B>::new();
    let (setup, ..) = attached(&db).await;
    let mut tasks = Vec::new();
    for number in 0..6 {
        let (cache, mut conn) = (setup.cache.clone(), db.connect_async().await);
        cache.attach(&mut conn);
        tasks.push(tokio::spawn(async move {
            let ids: Vec<i32> = (0..30).map(|at| (at * 7 + number * 11) % 50 + 1).collect();
            let found: HashMap<i32, Person> = person::table
                .cached("default")
                .find_many(ids.clone())
                .load_by_key(&mut conn)
                .await
                .unwrap();
            assert!(ids.iter().all(|id| found[id].id == *id));
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(setup.cache.region("default").unwrap().stats().stores(), 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_is_dropped_leaves_no_flight_behind() {
    let db = Database::<B>::new();
    let (setup, mut conn, _) = attached(&db).await;
    let find = || person::table.cached("default").find_many([1, 2, 3]);
    for polls in 0..6 {
        let mut dropped = db.connect_async().await;
        setup.cache.attach(&mut dropped);
        let mut load = Box::pin(find().load_by_key::<Person>(&mut dropped));
        for _ in 0..polls {
            if futures_util::poll!(&mut load).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(load);
        assert_eq!(find().load_by_key::<Person>(&mut conn).await.unwrap().len(), 3);
        setup.cache.invalidate_table::<person::table>();
    }
}

#[tokio::test]
async fn a_pool_gives_a_connection_only_if_something_is_missing() {
    let db = Database::<B>::new();
    let (setup, ..) = attached(&db).await;
    let (url, attached) = (db.url().to_owned(), setup.cache.clone());
    let taken = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&taken);
    let pool = setup.cache.lazy_pool(move || {
        let (url, cache, counts) = (url.clone(), attached.clone(), Arc::clone(&counts));
        async move {
            counts.fetch_add(1, SeqCst);
            let mut conn = connect_async::<B>(&url).await;
            cache.attach(&mut conn);
            Ok::<_, std::io::Error>(conn)
        }
    });
    let find = |ids: &[i32]| person::table.cached("default").find_many(ids.to_vec());
    assert_eq!(find(&[1, 2]).load_by_key_from::<Person>(&pool).await.unwrap().len(), 2);
    assert_eq!(
        find(&[2, 3, 99])
            .load_in_order_from::<Person>(&pool)
            .await
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        find(&[1, 2, 3, 99]).load_shared_from::<Person>(&pool).await.unwrap()[3].len(),
        0
    );
    assert_eq!(
        find(&[3, 1])
            .consistent()
            .load_by_key_from::<Person>(&pool)
            .await
            .unwrap()
            .len(),
        2
    );
    let taken: &AtomicUsize = &taken;
    assert_eq!(AtomicUsize::load(taken, SeqCst), 2);
}
