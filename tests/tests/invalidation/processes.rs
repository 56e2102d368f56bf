//! Another process on the directory observes every invalidation of this one, and this process observes the other's.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{
    Address, Backend, Database, Peer, Person, Statements, address, connect, everyone, is_peer, person, regions, serve,
};

use super::Db;

/// Does a task on the other process's behalf.
fn act(cache: &Cache, conn: &mut <Db as Backend>::Conn, statements: &Statements, task: &str) -> String {
    statements.take();
    match task {
        "load" => {
            for region in ["default", "files"] {
                everyone(region).load::<Person>(conn).unwrap();
                address::table.cached(region).load::<Address>(conn).unwrap();
            }
        }
        "name" => return everyone("default").load::<Person>(conn).unwrap().remove(0).name,
        "query" => return everyone("default").invalidate(conn).unwrap().to_string(),
        "region" => cache.region("default").unwrap().invalidate(),
        "clear" => cache.region("default").unwrap().clear(),
        "table" => cache.invalidate_table::<person::table>(),
        "tables" => cache.invalidate_tables(["PERSON"]),
        "everything" => cache.invalidate_all(),
        "refresh" => drop(everyone("default").refresh().load::<Person>(conn).unwrap()),
        task => panic!("{task}"),
    }
    statements.selects().to_string()
}

/// Opens a cache and a connection in this process.
fn open(url: &str, directory: &str) -> (Cache, <Db as Backend>::Conn, Statements) {
    let cache = regions(directory.as_ref()).build().unwrap();
    let mut conn = connect::<Db>(url);
    let statements = Statements::new();
    cache.attach_with(&mut conn, statements.clone());
    (cache, conn, statements)
}

/// Not a test of its own: the body of the other process.
#[test]
fn peer() {
    if is_peer() {
        let (cache, mut conn, statements) = open(&std::env::var("URL").unwrap(), &std::env::var("DIRECTORY").unwrap());
        serve(|task| act(&cache, &mut conn, &statements, task));
    }
}

#[test]
fn invalidations_cross_processes_both_ways() {
    let db = Database::<Db>::new();
    let directory = db.directory().join("cache").display().to_string();
    let (cache, mut conn, statements) = open(db.url(), &directory);
    let mut here = |task: &str| act(&cache, &mut conn, &statements, task);
    let mut peer = Peer::spawn(module_path!(), &[("URL", db.url()), ("DIRECTORY", &directory)]);
    assert_eq!(here("load"), "4");
    assert_eq!(peer.ask("load"), "0", "answered from the files");
    assert_eq!(peer.ask("load"), "0", "answered from its memory");

    // How many of the four queries the database answers afterwards.
    for (task, gone) in [
        ("region", "2"),
        ("clear", "2"),
        ("table", "2"),
        ("tables", "2"),
        ("everything", "4"),
    ] {
        here(task);
        assert_eq!(peer.ask("load"), gone, "{task}, from here");
        assert_eq!(here("load"), "0", "{task}: what it stored serves here");
        peer.ask(task);
        assert_eq!(here("load"), gone, "{task}, from there");
        assert_eq!(peer.ask("load"), "0", "{task}: what was stored here serves there");
    }
    assert_eq!(here("query"), "true");
    assert_eq!(peer.ask("query"), "false", "there is nothing left to invalidate");
    assert_eq!(peer.ask("load"), "2", "the slot of a key is the same in all regions");
    assert_eq!(here("load"), "0");
    assert_eq!(peer.ask("query"), "true");
    assert_eq!(here("load"), "2");
}

#[test]
fn a_refresh_reaches_the_memory_of_other_processes() {
    let db = Database::<Db>::new();
    let directory = db.directory().join("cache").display().to_string();
    let (cache, mut conn, statements) = open(db.url(), &directory);
    let mut peer = Peer::spawn(module_path!(), &[("URL", db.url()), ("DIRECTORY", &directory)]);
    assert_eq!(peer.ask("name"), "person 01");
    diesel::update(person::table.find(1))
        .set(person::name.eq("new"))
        .execute(&mut db.connect())
        .unwrap();
    assert_eq!(peer.ask("name"), "person 01", "nobody has told it");
    assert_eq!(act(&cache, &mut conn, &statements, "refresh"), "1");
    assert_eq!(peer.ask("name"), "new");
    assert_eq!(
        peer.ask("load"),
        "3",
        "and it asked the database for the other queries only"
    );
}
