//! Invalidating a query, a region, tables or everything by hand, in this cache and in another one on the same
//! directory.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Database, Person, Setup, address, everyone, people, person};

use super::Db;

const REGIONS: [&str; 2] = ["default", "files"];

/// Returns whether a region of this cache holds people, and whether it holds addresses.
fn holds(setup: &mut Setup<Db>, region: &str) -> (bool, bool) {
    let people = everyone(region).lookup::<Person>(&mut setup.conn).unwrap();
    let addresses = address::table
        .cached(region)
        .lookup::<Address>(&mut setup.conn)
        .unwrap();
    (people.is_some(), addresses.is_some())
}

/// Returns what `default` and `files` hold after an invalidation, in that cache and in another: each (people,
/// addresses).
fn after(invalidate: impl Fn(&mut Setup<Db>)) -> [(bool, bool); 2] {
    let db = Database::<Db>::new();
    let mut here = Setup::new(&db);
    let mut there = Setup::new(&db);
    for setup in [&mut here, &mut there] {
        for region in REGIONS {
            everyone(region).load::<Person>(&mut setup.conn).unwrap();
            address::table.cached(region).load::<Address>(&mut setup.conn).unwrap();
            assert_eq!(holds(setup, region), (true, true));
        }
    }
    invalidate(&mut here);
    let [ours, theirs] = [&mut here, &mut there].map(|setup| REGIONS.map(|region| holds(setup, region)));
    assert_eq!(ours, theirs, "the other cache sees the same");

    // What is gone comes from the database, once.
    here.statements.take();
    let gone = ours
        .iter()
        .map(|(people, addresses)| usize::from(!people) + usize::from(!addresses))
        .sum();
    for expected in [gone, 0] {
        for region in REGIONS {
            assert_eq!(everyone(region).load::<Person>(&mut here.conn).unwrap(), people(50));
            address::table.cached(region).load::<Address>(&mut here.conn).unwrap();
        }
        assert_eq!(here.statements.selects(), expected);
    }
    ours
}

#[test]
fn nothing_is_lost_without_one() {
    assert_eq!(after(|_| ()), [(true, true), (true, true)]);
}

#[test]
fn a_query() {
    let left = after(|setup| {
        assert!(
            everyone("default").invalidate(&mut setup.conn).unwrap(),
            "there was an entry"
        );
        assert!(
            !everyone("default").invalidate(&mut setup.conn).unwrap(),
            "not any more"
        );
    });
    // The slot of a key is the same in all regions, which costs `files` a query.
    assert_eq!(left[0], (false, true));
    assert!(left[1].1);
}

#[test]
fn a_query_that_was_never_loaded() {
    let left = after(|setup| {
        let nobody = person::table.find(-1).cached("default");
        assert!(!nobody.invalidate(&mut setup.conn).unwrap());
    });
    assert_eq!(left, [(true, true), (true, true)]);
}

#[test]
fn a_region() {
    assert_eq!(
        after(|setup| setup.cache.region("default").unwrap().invalidate()),
        [(false, false), (true, true)]
    );
}

#[test]
fn a_cleared_region() {
    let left = after(|setup| {
        setup.cache.region("files").unwrap().clear();
        let directory = setup.cache.directory().unwrap().join("files");
        assert_eq!(directory.read_dir().unwrap().count(), 0, "the files are gone");
    });
    assert_eq!(left, [(true, true), (false, false)]);
}

#[test]
fn a_table_of_the_schema() {
    assert_eq!(
        after(|setup| setup.cache.invalidate_table::<person::table>()),
        [(false, true), (false, true)]
    );
}

#[test]
fn tables_however_they_are_spelled() {
    for name in [
        "person",
        "PERSON",
        "\"person\"",
        "`person`",
        "public.person",
        "\"public\".\"person\"",
        " person ",
    ] {
        assert_eq!(
            after(|setup| setup.cache.invalidate_tables([name])),
            [(false, true), (false, true)],
            "{name}"
        );
    }
    assert_eq!(
        after(|setup| setup.cache.invalidate_tables(["address", "person"])),
        [(false, false), (false, false)]
    );
    assert_eq!(
        after(|setup| setup.cache.invalidate_tables(vec![String::from("country")])),
        [(true, true), (true, true)]
    );
    assert_eq!(
        after(|setup| setup.cache.invalidate_tables::<[&str; 0]>([])),
        [(true, true), (true, true)]
    );
}

#[test]
fn everything() {
    assert_eq!(
        after(|setup| setup.cache.invalidate_all()),
        [(false, false), (false, false)]
    );
}

#[test]
fn a_join_goes_with_either_table() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let join = || person::table.inner_join(address::table).cached("default");
    for table in ["person", "address"] {
        join().load::<(Person, Address)>(&mut setup.conn).unwrap();
        assert!(join().lookup::<(Person, Address)>(&mut setup.conn).unwrap().is_some());
        setup.cache.invalidate_tables([table]);
        assert!(
            join().lookup::<(Person, Address)>(&mut setup.conn).unwrap().is_none(),
            "{table}"
        );
    }
}

#[test]
fn memory_regions_too() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let ways: [fn(&mut Setup<Db>); 5] = [
        |setup| assert!(everyone("hot").invalidate(&mut setup.conn).unwrap()),
        |setup| setup.cache.region("hot").unwrap().invalidate(),
        |setup| setup.cache.region("hot").unwrap().clear(),
        |setup| setup.cache.invalidate_table::<person::table>(),
        |setup| setup.cache.invalidate_all(),
    ];
    for (number, invalidate) in ways.into_iter().enumerate() {
        everyone("hot").load::<Person>(&mut setup.conn).unwrap();
        assert!(everyone("hot").lookup::<Person>(&mut setup.conn).unwrap().is_some());
        invalidate(&mut setup);
        assert!(
            everyone("hot").lookup::<Person>(&mut setup.conn).unwrap().is_none(),
            "{number}"
        );
    }
}

#[test]
fn a_cache_without_a_directory_invalidates_too() {
    let db = Database::<Db>::new();
    let cache = Cache::builder().region(Region::memory("hot")).build().unwrap();
    let mut conn = db.connect();
    cache.attach(&mut conn);
    everyone("hot").load::<Person>(&mut conn).unwrap();
    assert!(everyone("hot").lookup::<Person>(&mut conn).unwrap().is_some());
    cache.invalidate_table::<person::table>();
    assert!(everyone("hot").lookup::<Person>(&mut conn).unwrap().is_none());
}
