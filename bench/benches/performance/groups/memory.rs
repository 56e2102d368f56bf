//! Memory hits, compared with caches made by hand and with the query itself on each database.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_cache_bench::{Ask, Invoice, Person};
use diesel_cache_tests::{Mysql, Postgres};

use super::grouped;
use crate::bench::{Bench, SIZES, regions};
use crate::figures::Group;
use crate::harness::Turns;
use crate::peers::{Memoized, Peers, decode, encode};
use crate::pin;
use crate::servers::{At, Server, World};

pub(crate) fn run(bench: &mut Bench) {
    for rows in SIZES {
        group::<Person>(bench, rows);
    }
    for rows in SIZES {
        group::<Invoice>(bench, rows);
    }
}

fn group<R>(bench: &mut Bench, rows: i32)
where
    R: Memoized + Ask<SqliteConnection> + Ask<PgConnection> + Ask<MysqlConnection>,
{
    let name = format!("memory/{}/{rows}", R::NAME);
    if !bench.arguments.wants(&name) {
        return;
    }
    let columns = if R::NAME == "person" { 2 } else { 12 };
    let title = format!("Memory hit, {} rows of {columns} columns", grouped(rows as usize));

    let directory = bench.directory();
    let cache = regions(&directory).build().unwrap();
    let mut connections: [SqliteConnection; 4] = std::array::from_fn(|_| bench.sqlite.connect());
    for conn in &mut connections {
        cache.attach(conn);
        for region in ["hot", "default"] {
            R::load_shared(conn, region, 0, rows);
            assert!(<R as Ask<SqliteConnection>>::is_cached(conn, region, 0, rows));
        }
    }
    let [a, b, c, d] = &mut connections;
    let mut on_postgres = bench.postgres.connect();
    cache.attach(&mut on_postgres);
    let mut on_mariadb = bench.mysql.connect();
    cache.attach(&mut on_mariadb);
    let mut plain = bench.sqlite.connect();
    let mut in_memory = in_memory(bench.sqlite.url());
    let peers = Peers::<R>::new(100);
    peers.insert(&mut plain, 0, rows);
    let bytes = encode(&<R as Ask<SqliteConnection>>::ask(&mut plain, 0, rows));
    let mut memoized = bench.sqlite.connect();

    let mut turns = Turns::new(Group::new(name, title));
    turns.case("load_shared", || R::load_shared(a, "hot", 0, rows));
    turns.case("load_shared, boxed", || R::load_shared_boxed(b, "hot", 0, rows));
    turns.case("load", || R::load(c, "hot", 0, rows));
    turns.case("load, boxed", || R::load_boxed(d, "hot", 0, rows));
    let mut disk = bench.sqlite.connect();
    cache.attach(&mut disk);
    turns.case("load, memory of a disk region", move || {
        R::load(&mut disk, "default", 0, rows)
    });
    let [mut loaded, mut shared] = [(); 2].map(|()| bench.sqlite.connect());
    for conn in [&mut loaded, &mut shared] {
        cache.attach(conn);
        R::load_shared(conn, "bounded", 0, rows);
    }
    turns.case("load, memory of a bounded disk region", move || {
        R::load(&mut loaded, "bounded", 0, rows)
    });
    turns.case("load_shared, memory of a bounded disk region", move || {
        R::load_shared(&mut shared, "bounded", 0, rows)
    });

    elsewhere::<R, Postgres>(&mut turns, on_postgres, rows);
    elsewhere::<R, Mysql>(&mut turns, on_mariadb, rows);

    turns.case("moka by text, shared", || peers.moka(0, rows));
    turns.case("moka by text, decoded", || peers.moka_bytes(0, rows));
    turns.case("moka by binds, shared", || peers.moka_by_binds.get(&(0, rows)).unwrap());
    turns.case("quick_cache by binds, shared", || peers.quick.get(&(0, rows)).unwrap());
    turns.case("quick_cache by binds, decoded", || peers.quick_bytes(0, rows));
    turns.case("cached crate, cloned", move || R::memoized(&mut memoized, 0, rows));
    turns.case("postcard decode alone", move || decode::<R>(&bytes));

    turns.case("SQLite in memory", move || R::ask(&mut in_memory, 0, rows));
    turns.case("SQLite WAL", move || R::ask(&mut plain, 0, rows));
    let mut ways = Vec::new();
    let mut pins = Vec::new();
    server::<R, _>(&mut turns, &bench.postgres, rows, &mut pins, &mut ways);
    server::<R, _>(&mut turns, &bench.mysql, rows, &mut pins, &mut ways);
    let group = turns.run(bench.pace).note(format!("{}.", ways.join("; ")));
    bench.add(group);
}

/// Adds memory hits of queries to another database, whose keys cost a different time, and hits of a cache made by hand
/// that takes the same queries as keys.
fn elsewhere<'a, R, B>(turns: &mut Turns<'a>, mut conn: B::Conn, rows: i32)
where
    B: Server<Conn: 'a>,
    R: Ask<B::Conn>,
{
    let hand_made = moka::sync::Cache::new(100);
    hand_made.insert(R::text(0, rows), R::load_shared(&mut conn, "hot", 0, rows));
    turns.case(format!("load_shared, {}", B::NAME), move || {
        R::load_shared(&mut conn, "hot", 0, rows)
    });
    turns.case(format!("moka by text, shared, {}", B::NAME), move || {
        hand_made.get(&R::text(0, rows)).unwrap()
    });
}

/// Adds the query itself on a server, with the server on the client's CPU and on another one.
fn server<'a, R, B>(
    turns: &mut Turns<'a>,
    world: &World<B>,
    rows: i32,
    pins: &mut Vec<pin::Pinned>,
    ways: &mut Vec<String>,
) where
    B: Server,
    R: Ask<B::Conn>,
{
    for (at, which) in [(At::SameCpu, "same CPU"), (At::OtherCpu, "other CPU")] {
        let (mut conn, pinned) = world.connect_at(at);
        let is_pinned = pinned.is_some();
        if !is_pinned && at == At::OtherCpu {
            continue;
        }
        pins.extend(pinned);
        let name = if is_pinned {
            format!("{}, {which}", B::NAME)
        } else {
            format!("{}, not pinned", B::NAME)
        };
        turns.case(name, move || R::ask(&mut conn, 0, rows));
        if at == At::SameCpu {
            let pinned = if is_pinned { "pinned" } else { "not pinned" };
            ways.push(format!("{} by {}, {pinned}", B::NAME, world.way()));
        }
    }
}

/// Creates a database in memory with the same tables and rows.
fn in_memory(url: &str) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute(&format!("ATTACH '{url}' AS file")).unwrap();
    for table in ["person", "invoice"] {
        let create = format!("(SELECT sql FROM file.sqlite_master WHERE name = '{table}')");
        let create: String = diesel::select(sql::<Text>(&create)).get_result(&mut conn).unwrap();
        let insert = format!("{create}; INSERT INTO main.{table} SELECT * FROM file.{table}");
        conn.batch_execute(&insert).unwrap();
    }
    conn.batch_execute("DETACH file").unwrap();
    conn
}
