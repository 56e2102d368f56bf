//! What is kept for each home: of a connection that is attached again, and of a database's catalog.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Sqlite, address, alone, person};

use super::{Answer, MARK, install, mark};

/// A connection that is attached again, for a namespace, keeps its home; one that was opened before the installation
/// has none.
#[test]
fn a_connection_keeps_its_home() {
    alone!();
    let (one, other) = (Database::<Sqlite>::new(), Database::<Sqlite>::new());
    let mut before = SqliteConnection::establish(one.url()).unwrap();
    mark::<Sqlite>(one.url(), "one");
    mark::<Sqlite>(other.url(), "other");
    let (cache, _) = install(&one.directory().join("cache"));
    let tenant = cache.namespace("tenant");
    let mut conns = [one.url(), other.url(), one.url()].map(|url| SqliteConnection::establish(url).unwrap());
    conns.iter_mut().for_each(|conn| tenant.attach(conn));
    assert_eq!(conns.each_mut().map(|conn| ask!(conn)), ["one", "other", "one"]);
    assert_eq!(cache.region("default").unwrap().stats().hits(), 1);

    tenant.attach(&mut before);
    diesel::sql_query("UPDATE mark SET v = 'new'")
        .execute(&mut conns[0])
        .unwrap();
    assert_eq!(ask!(&mut before), "new", "writes are seen by all of a namespace");
    assert_eq!(ask!(&mut conns[2]), "new");
    assert_eq!(
        cache.region("default").unwrap().stats().hits(),
        1,
        "and entries are not shared"
    );
}

/// The facts of one database's catalog are kept besides those of another, whichever was read last.
#[test]
fn what_is_introspected_in_one_database_is_kept_beside_the_others() {
    alone!();
    let (one, other) = (Database::<Sqlite>::new(), Database::<Sqlite>::new());
    let (cache, _) = install(&one.directory().join("cache"));
    let (mut one, mut other) = (one.connect(), other.connect());
    other
        .batch_execute("DROP TABLE address; CREATE TABLE address (id INTEGER PRIMARY KEY)")
        .unwrap();
    let cascading = "1 cascading foreign key";
    assert_eq!(cache.introspect(&mut one).unwrap().to_string(), cascading);
    assert_ne!(cache.introspect(&mut other).unwrap().to_string(), cascading);
    let addresses = |conn: &mut SqliteConnection| address::table.count().cached("default").first::<i64>(conn).unwrap();
    assert_eq!((addresses(&mut one), addresses(&mut other)), (50, 0));
    diesel::delete(person::table.find(1)).execute(&mut one).unwrap();
    assert_eq!((addresses(&mut one), addresses(&mut other)), (49, 0));
    // What is read again in one takes the place of what was read there.
    one.batch_execute("DROP TABLE address; CREATE TABLE address (id INTEGER PRIMARY KEY)")
        .unwrap();
    cache.introspect(&mut one).unwrap();
    let tables = |conn: &mut SqliteConnection| {
        format!(
            "{:?}",
            address::table.count().cached("default").explain(conn).unwrap().tables()
        )
    };
    assert_eq!(tables(&mut one), r#"Some(["address"])"#);
}
