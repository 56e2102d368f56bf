//! The cost of storing: a query on SQLite whose rows go into a store, each time under a new key.

use std::cell::RefCell;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use diesel_cache_bench::{Ask, Person};

use super::Fresh;
use crate::bench::{Bench, regions};
use crate::figures::Group;
use crate::harness::Turns;
use crate::peers::encode;

const ROWS: i32 = 11;
const TABLE: redb::TableDefinition<'_, i32, &[u8]> = redb::TableDefinition::new("rows");

pub(crate) fn run(bench: &mut Bench) {
    let name = "store/sqlite";
    if !bench.arguments.wants(name) {
        return;
    }
    let directory = bench.directory();
    let path = |name: &str| directory.join(name);
    let cache = regions(&path("cache")).build().unwrap();
    let conn = RefCell::new(bench.sqlite.connect());
    let mut attached = [bench.sqlite.connect(), bench.sqlite.connect()];
    attached.iter_mut().for_each(|conn| cache.attach(conn));
    let fresh = Fresh::default();
    let ask = |conn: &mut diesel::SqliteConnection| encode(&Person::ask(conn, 0, ROWS));

    let moka = moka::sync::Cache::<i32, Arc<[u8]>>::new(10_000_000);
    let quick = quick_cache::sync::Cache::<i32, Arc<[u8]>>::new(1_000_000);
    let (cacache, files) = (path("cacache"), path("files"));
    fs::create_dir(&files).unwrap();
    let redb = redb::Database::create(path("redb")).unwrap();

    let mut turns = Turns::new(
        Group::new(name, "Query on SQLite WAL and store, 11 rows of 2 columns").note(
            "Nobody calls fsync. The peers store without asking who else asks, and whether the rows are still true.",
        ),
    );
    turns.case("query alone", || ask(&mut conn.borrow_mut()));
    let [a, b] = &mut attached;
    turns.case("diesel-cache, memory", || Person::load(a, "hot", fresh.next(), ROWS));
    turns.case("diesel-cache, disk", || Person::load(b, "files", fresh.next(), ROWS));
    turns.case("moka", || moka.insert(fresh.next(), ask(&mut conn.borrow_mut()).into()));
    turns.case("quick_cache", || {
        quick.insert(fresh.next(), ask(&mut conn.borrow_mut()).into())
    });
    turns.case("cacache by key", || {
        cacache::write_sync(&cacache, fresh.next().to_string(), ask(&mut conn.borrow_mut())).unwrap()
    });
    turns.case("write a file, rename", || {
        let (temporary, last) = (files.join("new"), files.join(fresh.next().to_string()));
        fs::write(&temporary, ask(&mut conn.borrow_mut())).unwrap();
        fs::rename(temporary, last).unwrap();
    });
    turns.case("redb, no fsync", || {
        let mut write = redb.begin_write().unwrap();
        write.set_durability(redb::Durability::None).unwrap();
        let bytes = ask(&mut conn.borrow_mut());
        write.open_table(TABLE).unwrap().insert(fresh.next(), &*bytes).unwrap();
        write.commit().unwrap();
    });
    let group = turns.run(bench.pace.batch(Duration::from_millis(5)));
    bench.add(group);
}
