//! Writes on a connection that is attached to a cache, and on one that is not.

use std::cell::Cell;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache_bench::person;
use diesel_cache_tests::{Mysql, Postgres, Sqlite};

use crate::bench::{Bench, regions};
use crate::figures::Group;
use crate::harness::Turns;
use crate::servers::{At, Server};

macro_rules! group {
    ($bench:ident, $backend:ident, $world:ident, $name:literal, $relax:expr) => {
        if $bench.arguments.wants(concat!("write/", $name)) {
            let directory = $bench.directory();
            let cache = regions(&directory).build().unwrap();
            let world = &$bench.$world;
            let mut pins = Vec::new();
            let mut connect = || {
                let (conn, pin) = world.connect_at(At::SameCpu);
                pins.extend(pin);
                conn
            };
            let mut conns: [<$backend as diesel_cache_tests::Backend>::Conn; 4] = std::array::from_fn(|_| connect());
            let [plain, attached, plain_relaxed, attached_relaxed] = &mut conns;
            const RELAX: Option<&str> = $relax;
            if let Some(relax) = RELAX {
                plain_relaxed.batch_execute(relax).unwrap();
                attached_relaxed.batch_execute(relax).unwrap();
            }
            cache.attach(attached);
            cache.attach(attached_relaxed);
            let id = Cell::new(1_000_000);
            let insert = |conn: &mut _| {
                id.set(id.get() + 1);
                let row = (person::id.eq(id.get()), person::name.eq("x"));
                diesel::insert_into(person::table).values(row).execute(conn).unwrap()
            };
            let mut turns = Turns::new(
                Group::new(
                    concat!("write/", $name),
                    format!("INSERT of one row on {}", <$backend as Server>::NAME),
                )
                .note("Each is a transaction of its own."),
            );
            turns.case("not attached", || insert(plain));
            turns.case("attached", || insert(attached));
            if RELAX.is_some() {
                turns.case("not attached, commit without fsync", || insert(plain_relaxed));
                turns.case("attached, commit without fsync", || insert(attached_relaxed));
            }
            let group = turns.run(
                $bench
                    .pace
                    .batch(Duration::from_millis(10))
                    .budget(Duration::from_secs(8)),
            );
            $bench.add(group);
        }
    };
}

pub(crate) fn run(bench: &mut Bench) {
    group!(bench, Sqlite, sqlite, "sqlite", Some("PRAGMA synchronous = NORMAL"));
    group!(
        bench,
        Postgres,
        postgres,
        "postgres",
        Some("SET synchronous_commit = off")
    );
    // MariaDB can only relax durability for all connections at once.
    group!(bench, Mysql, mysql, "mariadb", None);
}
