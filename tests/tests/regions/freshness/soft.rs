//! `invalidate_soft`: the previous rows are served until one caller has refreshed them.

use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{
    Backend, Database, Gate, Peer, Person, Setup, connect, everyone, is_peer, people, person, regions, serve,
};

use super::Db;

type Conn = <Db as Backend>::Conn;

const REGIONS: [&str; 3] = ["default", "files", "hot"];

fn names(region: &str, conn: &mut Conn) -> Vec<Person> {
    everyone(region).load(conn).unwrap()
}

fn rename_unseen(db: &Database<Db>, name: &str) {
    diesel::update(person::table.find(1))
        .set(person::name.eq(name))
        .execute(&mut db.connect())
        .unwrap();
}

/// The entry point of the other process. Not a test by itself.
#[test]
fn peer() {
    if is_peer() {
        let [url, directory] = ["URL", "DIRECTORY"].map(|name| std::env::var(name).unwrap());
        let cache = regions(directory.as_ref()).build().unwrap();
        let mut conn = connect::<Db>(&url);
        cache.attach(&mut conn);
        serve(|task| match task {
            "soft" => {
                cache.region("default").unwrap().invalidate_soft();
                String::new()
            }
            "name" => names("default", &mut conn).remove(0).name,
            task => panic!("{task}"),
        });
    }
}

#[test]
fn one_asks_and_the_others_have_the_rows_of_before() {
    for region in REGIONS {
        let db = Database::<Db>::new();
        let mut setup = Setup::<Db>::new(&db);
        names(region, &mut setup.conn);
        rename_unseen(&db, "new");
        setup.cache.region(region).unwrap().invalidate_soft();
        let (gate, asked, go_on) = Gate::closed();
        let mut first = db.connect();
        setup.cache.attach_with(&mut first, gate);
        let leader = thread::spawn(move || names(region, &mut first));
        asked.recv().unwrap();
        setup.statements.take();
        assert_eq!(names(region, &mut setup.conn), people(50), "{region}: of before");
        assert_eq!(setup.statements.selects(), 0, "{region}");
        go_on.send(()).unwrap();
        assert_eq!(leader.join().unwrap()[0].name, "new");
        assert_eq!(names(region, &mut setup.conn)[0].name, "new", "{region}: refreshed");
        assert_eq!(setup.statements.selects(), 0, "{region}");
    }
}

#[test]
fn it_reaches_other_processes_and_outlives_them() {
    let db = Database::<Db>::new();
    let directory = db.directory().join("cache").display().to_string();
    let vars = [("URL", db.url()), ("DIRECTORY", &*directory)];
    let mut peer = Peer::spawn(module_path!(), &vars);
    let mut setup = Setup::<Db>::new(&db);
    names("default", &mut setup.conn);
    assert_eq!(peer.ask("name"), "person 01");
    rename_unseen(&db, "second");
    peer.ask("soft");
    setup.events.take();
    assert_eq!(
        names("default", &mut setup.conn)[0].name,
        "second",
        "the first to come asks"
    );
    assert_eq!(setup.events.words()[0], "miss Outdated");
    assert_eq!(peer.ask("name"), "second", "from the files");
    rename_unseen(&db, "third");
    peer.ask("soft");
    drop((peer, setup));
    // Everybody is gone, and comes back.
    assert_eq!(names("default", &mut Setup::<Db>::new(&db).conn)[0].name, "third");
}

#[test]
fn a_fill_in_flight_does_not_undo_it() {
    let db = Database::<Db>::new();
    let mut setup = Setup::<Db>::new(&db);
    let (gate, asked, go_on) = Gate::closed();
    let mut first = db.connect();
    setup.cache.attach_with(&mut first, gate);
    let leader = thread::spawn(move || names("default", &mut first));
    asked.recv().unwrap();
    setup.cache.region("default").unwrap().invalidate_soft();
    go_on.send(()).unwrap();
    leader.join().unwrap();
    setup.events.take();
    names("default", &mut setup.conn);
    assert_eq!(setup.events.words()[0], "miss Outdated");
}

#[test]
fn a_write_takes_the_rows_of_before_away() {
    let db = Database::<Db>::new();
    let mut setup = Setup::<Db>::new(&db);
    names("hot", &mut setup.conn);
    setup.cache.region("hot").unwrap().invalidate_soft();
    diesel::update(person::table.find(1))
        .set(person::name.eq("written"))
        .execute(&mut setup.conn)
        .unwrap();
    let only = everyone("hot").only_if_cached().load::<Person>(&mut setup.conn);
    assert_eq!(only, Err(diesel::NotFound));
}

#[test]
fn options_and_other_regions() {
    let db = Database::<Db>::new();
    let mut setup = Setup::<Db>::new(&db);
    for region in REGIONS {
        names(region, &mut setup.conn);
    }
    setup.cache.region("hot").unwrap().invalidate_soft();
    setup
        .cache
        .namespace("tenant")
        .region("default")
        .unwrap()
        .invalidate_soft();
    setup.statements.take();
    let conn = &mut setup.conn;
    assert!(!everyone("hot").lookup::<Person>(conn).unwrap().unwrap().is_fresh());
    assert_eq!(everyone("hot").ignore_expiration().load::<Person>(conn), Ok(people(50)));
    assert_eq!(everyone("hot").only_if_cached().load::<Person>(conn), Ok(people(50)));
    names("default", conn);
    names("files", conn);
    assert_eq!(setup.statements.selects(), 0, "nobody had to ask");
    let stale = Duration::from_secs(1);
    let mut outlived = Setup::<Db>::with(&db, |builder| {
        builder.region(
            Region::memory("short")
                .time_to_live(Duration::ZERO)
                .stale_if_error(stale),
        )
    });
    names("short", &mut outlived.conn);
    outlived.cache.region("short").unwrap().invalidate_soft();
    let only = everyone("short").only_if_cached().load::<Person>(&mut outlived.conn);
    assert_eq!(only, Err(diesel::NotFound), "its time is over, softly or not");
}
