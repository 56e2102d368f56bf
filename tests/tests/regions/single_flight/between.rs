//! Another process may store the rows after a load has missed, and before the load has locked the key.

use std::sync::Mutex;

use diesel::prelude::*;
use diesel_cache::Event;
use diesel_cache_tests::{Backend, Database, Person, Setup, everyone, people};

use super::Db;

#[test]
fn what_others_store_after_the_look_is_found_before_anybody_asks() {
    for region in ["default", "files"] {
        let db = Database::<Db>::new();
        // On the same files, as another process is.
        let other = Mutex::new(Some(Setup::new(&db)));
        let mut setup = Setup::with(&db, |builder| {
            builder.listener(move |event| {
                if let Event::Miss { .. } = event
                    && let Some(mut other) = other.lock().unwrap().take()
                {
                    let query = everyone(region).key("between");
                    assert_eq!(query.load::<Person>(&mut other.conn).unwrap(), people(50));
                    other.cache.flush().unwrap();
                }
            })
        });
        let query = everyone(region).key("between");
        assert_eq!(query.load::<Person>(&mut setup.conn).unwrap(), people(50));
        assert_eq!(setup.statements.selects(), 0, "{region}");
        assert_eq!(setup.events.words(), ["miss Absent", Db::SHARED_HIT], "{region}");
    }
}
