//! `max_entry_size`, and entries larger than a whole region.

use diesel::prelude::*;
use diesel_cache::{Event, RefusalReason, prelude::*};
use diesel_cache_tests::{Backend, Database, Person, Setup, everyone, people, person};

use super::Db;

#[test]
fn larger_results_are_returned_and_not_stored() {
    let db = Database::<Db>::new();
    let mut setup = Setup::<Db>::with(&db, |builder| {
        builder
            .region(Region::disk("entry").max_entry_size(100))
            .region(Region::memory("memory").max_entry_size(100))
            .region(Region::disk("bound").max_capacity(100))
    });
    let conn: &mut <Db as Backend>::Conn = &mut setup.conn;
    for region in ["entry", "memory", "bound"] {
        for _ in 0..2 {
            setup.events.take();
            assert_eq!(everyone(region).load::<Person>(conn), Ok(people(50)));
            let too_large = |event: &Event| {
                matches!(
                    event,
                    Event::Refused {
                        reason: RefusalReason::TooLarge,
                        ..
                    }
                )
            };
            assert!(setup.events.take().iter().any(too_large), "{region}");
        }
        assert!(everyone(region).lookup::<Person>(conn).unwrap().is_none(), "{region}");
    }
    for region in ["entry", "memory"] {
        for hit in [false, true] {
            setup.statements.take();
            person::table.find(1).cached(region).load::<Person>(conn).unwrap();
            assert_eq!(setup.statements.selects(), usize::from(!hit), "{region}: small enough");
        }
    }
}
