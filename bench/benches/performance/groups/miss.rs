//! Misses, compared with the query that a miss cannot save.

use std::time::{Duration, Instant};

use diesel_cache_bench::{Ask, Person};

use super::Fresh;
use crate::bench::{Bench, regions};
use crate::figures::Group;
use crate::harness::{Pace, Turns};
use crate::peers::encode;
use crate::pin;
use crate::servers::{At, Server, World};

const ROWS: i32 = 11;

pub(crate) fn run(bench: &mut Bench) {
    let pace = bench
        .pace
        .budget(Duration::from_secs(8))
        .batch(Duration::from_millis(5));
    for name in ["miss/sqlite", "miss/postgres", ON_ANOTHER_CPU, "miss/mariadb"] {
        if !bench.arguments.wants(name) {
            continue;
        }
        let directory = bench.directory();
        let group = match name {
            "miss/sqlite" => group(name, &bench.sqlite, At::SameCpu, &directory, pace),
            "miss/postgres" => group(name, &bench.postgres, At::SameCpu, &directory, pace),
            ON_ANOTHER_CPU => group(name, &bench.postgres, At::OtherCpu, &directory, pace),
            _ => group(name, &bench.mysql, At::SameCpu, &directory, pace),
        };
        bench.add(group);
    }
}

/// The group in which the server runs on another CPU, as the scheduler places it if it has the choice.
const ON_ANOTHER_CPU: &str = "miss/postgres, other CPU";

fn group<B>(name: &str, world: &World<B>, at: At, directory: &std::path::Path, pace: Pace) -> Group
where
    B: Server,
    Person: Ask<B::Conn>,
{
    let cache = regions(&directory.join("cache")).build().unwrap();
    let fresh = Fresh::default();
    let mut pins = Vec::new();
    let mut connect = || {
        let (conn, pin) = world.connect_at(at);
        pins.extend(pin);
        conn
    };
    let (mut plain, mut attached) = (connect(), connect());
    cache.attach(&mut attached);
    let mut conns = [connect(), connect(), connect(), connect()];
    conns.iter_mut().for_each(|conn| cache.attach(conn));
    let [a, b, c, d] = &mut conns;
    let mut peers = [connect(), connect()];
    let moka = moka::sync::Cache::new(1_000_000);
    let cacache = directory.join("cacache");

    for region in ["hot", "default"] {
        // The first entry starts the cache's writer thread, which must not be pinned to this thread's CPU.
        pin::unpinned(|| Person::load(&mut attached, region, fresh.next(), ROWS));
        assert!(<Person as Ask<B::Conn>>::is_cached(
            &mut attached,
            region,
            fresh.last(),
            ROWS
        ));
    }

    let mut turns = Turns::new(Group::new(name, format!("Miss on {}, 11 rows of 2 columns", B::NAME)));
    turns.case("query", || Person::ask(&mut plain, 0, ROWS));
    turns.case("query, attached connection", || Person::ask(&mut attached, 0, ROWS));
    turns.case("memory, fresh key", || Person::load(a, "hot", fresh.next(), ROWS));
    turns.timed("memory, invalidated", |times| after_invalidation::<B>(b, "hot", times));
    turns.case("disk, fresh key", || Person::load(c, "default", fresh.next(), ROWS));
    turns.timed("disk, invalidated", |times| {
        after_invalidation::<B>(d, "default", times)
    });
    let [a, b] = &mut peers;
    turns.case("query, then into moka by text", || {
        let variant = fresh.next();
        let text = <Person as Ask<B::Conn>>::text(variant, ROWS);
        moka.insert(text, std::sync::Arc::new(Person::ask(a, variant, ROWS)));
    });
    turns.case("query, then into cacache by key", || {
        let variant = fresh.next();
        let text = <Person as Ask<B::Conn>>::text(variant, ROWS);
        cacache::write_sync(&cacache, text, encode(&Person::ask(b, variant, ROWS))).unwrap();
    });
    let group = turns.run(pace);
    let pinned = match at {
        _ if pins.is_empty() => "not pinned",
        At::SameCpu => "pinned to the client's CPU",
        At::OtherCpu => "pinned to another CPU",
    };
    let note = match B::NAME {
        "SQLite WAL" => "In the process itself.".into(),
        _ => format!("By {}, {pinned}.", world.way()),
    };
    group.note(note)
}

/// Times loads of one key, without its invalidation, which precedes each load.
fn after_invalidation<B>(conn: &mut B::Conn, region: &'static str, times: u64) -> Duration
where
    B: Server,
    Person: Ask<B::Conn>,
{
    let mut took = Duration::ZERO;
    for _ in 0..times {
        Person::invalidate(conn, region, 0, ROWS);
        let start = Instant::now();
        std::hint::black_box(Person::load(conn, region, 0, ROWS));
        took += start.elapsed();
    }
    took
}
