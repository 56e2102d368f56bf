//! A runtime's own threads do not access the files by which entries are judged and tables are fenced, or do so only
//! once.

use std::env;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_cache::fault::{self, Point};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Peer, Person, Postgres, Sqlite, address, connect, is_peer, person, regions, serve};
use rustix::process::{Signal, getpid, kill_process};

use crate::ticker::Ticker;
use crate::witness::{self, FileAccess, Witness};
use crate::world::World;

/// A process that is killed when its write is fenced, and not yet sent.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let cache = regions(Path::new(&env::var_os("DIRECTORY").unwrap())).build().unwrap();
    let mut conn = connect::<Sqlite>(&env::var("URL").unwrap());
    cache.attach(&mut conn);
    fault::set_hook(|point| {
        if point == Point::AfterFence {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
    });
    serve(|_| format!("{:?}", conn.batch_execute("UPDATE person SET name = 'nobody'")));
}

fn a_writer_dies(db: &Database<Sqlite>) {
    let directory = db.directory().join("cache").display().to_string();
    let mut peer = Peer::spawn(module_path!(), &[("DIRECTORY", &directory), ("URL", db.url())]);
    peer.start("write"); // dropped, it is waited for
}

#[tokio::test(flavor = "current_thread")]
async fn a_dead_writers_lock_is_tried_elsewhere() {
    witness::install();
    let db = Database::<Sqlite>::new();
    let world = World::new(&db);
    let (mut conn, _) = world.connect(&db).await;
    let witness = Witness::here();
    for region in ["hot", "files"] {
        let people = || person::table.order(person::id).cached(region);
        people().load::<Person>(&mut conn).await.unwrap();
        a_writer_dies(&db);
        world.told();
        for _ in 0..2 {
            people().load::<Person>(&mut conn).await.unwrap();
        }
        assert_eq!(
            world.told(),
            ["miss", "stored", "hit"],
            "{region}: not one load has suffered"
        );
    }
    assert_eq!(witness.take(), []);
}

#[tokio::test(flavor = "current_thread")]
async fn a_directory_that_went_away_is_made_elsewhere() {
    witness::install();
    let db = Database::<Sqlite>::new();
    let world = World::new(&db);
    let (mut conn, _) = world.connect(&db).await;
    let file = db.directory().join("cache/generations");
    let people = || person::table.order(person::id).cached("hot");
    people().load::<Person>(&mut conn).await.unwrap();
    let witness = Witness::here();
    fs::remove_dir_all(db.directory().join("cache")).unwrap();
    let noticing = async {
        while !file.exists() {
            people().load::<Person>(&mut conn).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), noticing)
        .await
        .expect("never noticed");
    world.told();
    people().load::<Person>(&mut conn).await.unwrap();
    assert_eq!(world.told(), ["hit"], "stored by the load that has noticed");
    assert_eq!(witness.take(), []);
}

const HITS: usize = 10_000;

/// Hits on disk, misses, waits for the locks of another process, and writes with their fences, all on one thread. For
/// its first fence a process claims a writer's id, by the lock on a file; nothing else has to do with files there.
#[tokio::test(flavor = "current_thread")]
async fn everything_beside_a_ticker() {
    witness::install();
    let db = Database::<Postgres>::new();
    // Two caches on one directory are to each other as two processes are.
    let worlds = [World::new(&db), World::new(&db)];
    let people = || person::table.order(person::id).cached("files");
    let witness = Witness::here();
    let over = Arc::<AtomicBool>::default();
    let mut conns = Vec::new();
    for world in worlds.iter().cycle().take(8) {
        conns.push(world.connect(&db).await.0);
    }
    let mut conns = conns.into_iter();
    let mut conn_of_each = || conns.next().unwrap();
    let ticker = Ticker::start();
    let (mut hits, mut others) = (Vec::new(), Vec::new());
    for place in 0..2 {
        for mut conn in [conn_of_each(), conn_of_each()] {
            hits.push(tokio::spawn(async move {
                for _ in 0..HITS / 4 {
                    assert_eq!(people().load::<Person>(&mut conn).await.unwrap().len(), 50);
                }
            }));
        }
        for (is_writer, mut conn) in [(place == 0, conn_of_each()), (false, conn_of_each())] {
            let until = Arc::clone(&over);
            others.push(tokio::spawn(async move {
                let mut longest = Duration::ZERO;
                for round in 0.. {
                    if AtomicBool::load(&until, Relaxed) {
                        break;
                    }
                    if is_writer {
                        let write = diesel::update(address::table.find(1)).set(address::street.eq(format!("{round}")));
                        let begun = Instant::now();
                        let sent = write.execute(&mut conn); // is told to the observer before it is polled
                        longest = longest.max(begun.elapsed());
                        sent.await.unwrap();
                    }
                    // Invalid more often than not: one of the two processes asks, and the other waits for its lock.
                    address::table
                        .cached("files")
                        .load_shared::<(i32, i32, String, Option<String>)>(&mut conn)
                        .await
                        .unwrap();
                }
                longest
            }));
        }
    }
    for hits in hits {
        hits.await.unwrap();
    }
    over.store(true, Relaxed);
    let mut longest = Duration::ZERO;
    for other in others {
        longest = longest.max(other.await.unwrap());
    }
    ticker.stop();
    println!("longest gap: {:?}; to fence and send: {longest:?}", ticker.gap());
    let told: Vec<_> = worlds.iter().flat_map(World::told).collect();
    let count = |word| told.iter().filter(|it| **it == word).count();
    assert!(count("hit") >= HITS - 4, "{}", count("hit"));
    assert!(count("stored") > 10, "{}", count("stored"));
    assert!(ticker.ticks() > 100, "{}", ticker.ticks());
    let mut opened = witness.take();
    opened.retain(|access| *access == FileAccess::Open);
    assert!(opened.len() <= worlds.len() + 1, "{opened:?}");
    assert!(ticker.gap() < Duration::from_secs(2), "{:?}", ticker.gap());
}
