//! A very large number of entries, and very large entries.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer};
use diesel_cache::{Cacheable, prelude::*};
use diesel_cache_tests::{Events, person};

use super::tools::{cache, connect};

#[derive(QueryableByName, Cacheable)]
struct Blob {
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
}

/// Loads a gigabyte, in rows of 64 MiB.
#[test]
fn a_result_of_a_gigabyte() {
    const ROW: i32 = 64 << 20;
    let directory = tempfile::TempDir::new().unwrap();
    let events = Events::new();
    let cache = cache(directory.path(), &events, |builder| {
        builder
            .region(Region::disk("bounded").max_entry_size(1 << 20))
            .region(Region::memory("memory").max_capacity(1 << 20))
    });
    let mut conn = connect();
    cache.attach(&mut conn);
    let zeros = vec![0; ROW as usize];
    let rows = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 16) \
                SELECT zeroblob(?) AS bytes FROM n";
    for (region, words) in [
        ("bounded", vec!["miss Absent", "refused"]),
        ("memory", vec!["miss Absent", "stored"]), // and gone at once
        ("files", vec!["miss Absent", "stored"]),
        ("files", vec!["hit Disk"]),
    ] {
        events.take();
        let query = diesel::sql_query(rows).bind::<Integer, _>(ROW).cached(region);
        let blobs: Vec<Blob> = query.load(&mut conn).unwrap();
        assert_eq!(blobs.len(), 16);
        assert!(blobs.iter().all(|blob| blob.bytes == zeros));
        assert_eq!(events.words(), words, "{region}");
    }
    assert_eq!(cache.region("memory").unwrap().stats().entries(), 0);
}

/// Stores a hundred thousand keys in one region.
#[test]
fn a_hundred_thousand_keys() {
    const KEYS: i32 = 100_000;
    let directory = tempfile::TempDir::new().unwrap();
    let events = Events::new();
    let mut conn = connect();
    let load = |conn: &mut SqliteConnection, id: i32| {
        let found = person::table
            .filter(person::id.eq(id))
            .select(person::id)
            .cached("default")
            .load::<i32>(conn);
        assert_eq!(found.unwrap().len(), usize::from(id == 7));
    };
    for round in 0..2 {
        let cache = cache(directory.path(), &events, |builder| builder);
        cache.attach(&mut conn);
        // All of them at first, every tenth when they are there.
        for id in (0..KEYS).step_by(if round == 0 { 1 } else { 10 }) {
            load(&mut conn, id);
            // Told one by one, not kept.
            let told = events.take();
            let expected = if round == 0 { 2 } else { 1 };
            assert_eq!(told.len(), expected, "{told:?}");
        }
        let stats = cache.region("default").unwrap().stats();
        assert_eq!(stats.misses(), if round == 0 { KEYS as u64 } else { 0 });
        conn.set_instrumentation(|_: diesel::connection::InstrumentationEvent<'_>| {});
    }
}
