//! Different keys never wait for each other.

use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Person, Together, connect, person};

use super::{Db, THREADS};

#[test]
fn as_many_queries_as_keys_are_on_their_way_at_once() {
    let db = Database::<Db>::new();
    let keys = 4 * THREADS;
    // A caller that waited for another would wait for ten minutes, and so would the barrier.
    let region = Db::shared_region("default").lock_timeout(Duration::from_secs(600));
    let cache = Cache::builder()
        .directory(db.directory().join("cache"))
        .region(region)
        .build()
        .unwrap();
    let together = Together::new(keys);
    thread::scope(|scope| {
        for id in 0..keys as i32 {
            let (cache, together, url) = (&cache, together.clone(), db.url());
            scope.spawn(move || {
                let mut conn = connect::<Db>(url);
                cache.attach_with(&mut conn, together);
                let found = person::table
                    .filter(person::id.eq(id))
                    .cached("default")
                    .load::<Person>(&mut conn);
                assert_eq!(found.unwrap().len(), usize::from((1..=50).contains(&id)));
            });
        }
    });
    assert_eq!(cache.region("default").unwrap().stats().coalesced_waits(), 0);
}
