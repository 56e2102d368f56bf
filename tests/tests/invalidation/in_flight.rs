//! An invalidation while a load is querying the database: the rows are returned, and not stored.

use std::sync::Arc;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Events, Person, everyone, people, person, regions};

use super::Db;

/// When the hook is called.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Moment {
    Start,
    Finish,
}

/// Calls a hook inside the first statement of a connection.
struct Within<F> {
    moment: Moment,
    hook: Option<F>,
}

impl<F: FnOnce() + Send + 'static> Instrumentation for Within<F> {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let now = match event {
            InstrumentationEvent::StartQuery { .. } => Moment::Start,
            InstrumentationEvent::FinishQuery { .. } => Moment::Finish,
            _ => return,
        };
        if now == self.moment
            && let Some(hook) = self.hook.take()
        {
            hook();
        }
    }
}

/// A load during which `invalidate` runs is not stored; the next one is.
fn refused(invalidate: fn(&str, &Cache, &Database<Db>)) {
    for (moment, region) in [Moment::Start, Moment::Finish]
        .into_iter()
        .flat_map(|moment| ["default", "files", "hot", "local"].map(|region| (moment, region)))
    {
        let db = Arc::new(Database::<Db>::new());
        let events = Events::new();
        let cache = regions(&db.directory().join("cache"))
            .listener(events.listener())
            .build()
            .unwrap();
        let mut conn = db.connect();
        let (other, database) = (cache.clone(), Arc::clone(&db));
        let hook = Some(move || invalidate(region, &other, &database));
        cache.attach_with(&mut conn, Within { moment, hook });
        cache.session(&mut conn, |conn| {
            assert_eq!(everyone(region).load::<Person>(conn).unwrap(), people(50));
            let first = events.words();
            assert!(first.contains(&"refused".into()), "{region}, {moment:?}: {first:?}");
            assert!(!first.contains(&"stored".into()), "{region}, {moment:?}: {first:?}");
            assert_eq!(everyone(region).load::<Person>(conn).unwrap(), people(50));
            assert_eq!(events.words(), ["miss Absent", "stored"], "{region}, {moment:?}");
            everyone(region).load::<Person>(conn).unwrap();
            assert!(events.words()[0].starts_with("hit"), "{region}, {moment:?}");
        });
    }
}

#[test]
fn by_query() {
    refused(|region, cache, db| {
        let mut conn = db.connect();
        cache.attach(&mut conn);
        assert!(
            !everyone(region).invalidate(&mut conn).unwrap(),
            "there is no entry yet"
        );
    });
}

#[test]
fn by_region() {
    refused(|region, cache, _| cache.region(region).unwrap().invalidate());
}

#[test]
fn by_clearing() {
    refused(|region, cache, _| cache.region(region).unwrap().clear());
}

#[test]
fn by_table() {
    refused(|_, cache, _| cache.invalidate_table::<person::table>());
}

#[test]
fn by_everything() {
    refused(|_, cache, _| cache.invalidate_all());
}

#[test]
fn by_a_refresh_elsewhere() {
    // Whoever refreshes has newer rows than a load that began before.
    let db = Arc::new(Database::<Db>::new());
    let cache = regions(&db.directory().join("cache")).build().unwrap();
    let mut conn = db.connect();
    let (other, database) = (cache.clone(), Arc::clone(&db));
    let hook = Some(move || {
        let mut conn = database.connect();
        diesel::update(person::table.find(1))
            .set(person::name.eq("new"))
            .execute(&mut conn)
            .unwrap();
        other.attach(&mut conn);
        everyone("default").refresh().load::<Person>(&mut conn).unwrap();
    });
    let moment = Moment::Finish;
    cache.attach_with(&mut conn, Within { moment, hook });
    assert_eq!(
        everyone("default").load::<Person>(&mut conn).unwrap()[0].name,
        "person 01"
    );
    assert_eq!(everyone("default").load::<Person>(&mut conn).unwrap()[0].name, "new");
}

#[test]
fn by_another_cache_on_the_directory() {
    refused(|_, cache, _| {
        let other = regions(cache.directory().unwrap()).build().unwrap();
        other.invalidate_tables(["person"]);
    });
}

#[test]
fn but_not_by_what_does_not_concern_it() {
    let db = Database::<Db>::new();
    let cache = regions(&db.directory().join("cache")).build().unwrap();
    let mut conn = db.connect();
    let other = cache.clone();
    let hook = Some(move || {
        other.invalidate_tables(["address"]);
        other.region("hot").unwrap().invalidate();
        other.namespace("tenant").invalidate_all();
    });
    let moment = Moment::Start;
    cache.attach_with(&mut conn, Within { moment, hook });
    everyone("default").load::<Person>(&mut conn).unwrap();
    assert!(everyone("default").lookup::<Person>(&mut conn).unwrap().is_some());
}
