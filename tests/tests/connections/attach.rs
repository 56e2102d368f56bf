//! Attaching a cache to a single connection and to a pooled one, with and without the user's own instrumentation.

use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Person, Setup, Statements, everyone, people, person};

use super::Db;

type Conn = <Db as Backend>::Conn;

/// The kinds of events, in order.
#[derive(Clone, Default)]
struct Kinds(Arc<Mutex<Vec<String>>>);

impl Kinds {
    fn listener(&self) -> impl FnMut(InstrumentationEvent<'_>) + Send + 'static {
        let kinds = Arc::clone(&self.0);
        move |event: InstrumentationEvent<'_>| {
            let text = format!("{event:?}");
            let kind = text.split([' ', '{']).next().unwrap_or_default().to_owned();
            kinds.lock().unwrap().push(kind);
        }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Uses a connection as a program does. Returns the kinds of all its events.
fn events(conn: &mut Conn, kinds: &Kinds) -> Vec<String> {
    let _: QueryResult<()> = conn.transaction(|conn| {
        person::table.find(1).load::<Person>(conn)?;
        Err(diesel::result::Error::RollbackTransaction)
    });
    conn.transaction(|conn| conn.transaction(|conn| person::table.load::<Person>(conn)))
        .unwrap();
    assert!(diesel::sql_query("nonsense").execute(conn).is_err());
    kinds.take()
}

#[test]
fn every_event_is_forwarded() {
    let db = Database::<Db>::new();
    let kinds = Kinds::default();
    let mut plain = db.connect();
    plain.set_instrumentation(kinds.listener());
    let expected = events(&mut plain, &kinds);
    for kind in [
        "StartQuery",
        "FinishQuery",
        "BeginTransaction",
        "CommitTransaction",
        "RollbackTransaction",
    ] {
        assert!(expected.contains(&kind.to_owned()), "{kind}: {expected:?}");
    }

    let setup = Setup::new(&db);
    let mut attached = db.connect();
    setup.cache.attach_with(&mut attached, kinds.listener());
    assert_eq!(events(&mut attached, &kinds), expected);
}

#[test]
fn attaching_again_takes_the_first_ones_place() {
    let db = Database::<Db>::new();
    let Setup {
        cache,
        mut conn,
        statements,
        ..
    } = Setup::new(&db);
    everyone("default").load::<Person>(&mut conn).unwrap();
    assert_eq!(statements.selects(), 1);
    let other = Statements::new();
    let elsewhere = Cache::builder().region(Region::memory("default")).build().unwrap();
    elsewhere.attach_with(&mut conn, other.clone());
    everyone("default").load::<Person>(&mut conn).unwrap();
    assert_eq!((statements.selects(), other.selects()), (0, 1));
    cache.attach(&mut conn);
    assert_eq!(everyone("default").load::<Person>(&mut conn).unwrap(), people(50));
    assert_eq!((statements.selects(), other.selects()), (0, 0));
}

#[test]
fn a_pooled_connection_stays_attached_after_check_in() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let pool = Pool::builder()
        .max_size(1)
        .build(ConnectionManager::<Conn>::new(db.url()))
        .unwrap();
    setup
        .cache
        .attach_with(&mut pool.get().unwrap(), setup.statements.clone());
    for expected in [1, 0] {
        let mut conn = pool.get().unwrap();
        assert_eq!(everyone("default").load::<Person>(&mut conn).unwrap(), people(50));
        // The pool asks for a sign of life whenever it gives a connection away.
        let about_people = |sql: &&String| sql.contains("person");
        assert_eq!(setup.statements.take().iter().filter(about_people).count(), expected);
    }
    // A session goes through the pool's connection, too.
    let mut conn = pool.get().unwrap();
    setup.cache.session(&mut conn, |conn| {
        let first = everyone("local").load_shared::<Person>(conn).unwrap();
        assert!(Arc::ptr_eq(&first, &everyone("local").load_shared(conn).unwrap()));
    });
}

#[derive(Debug)]
struct Attach(Cache, Statements);

impl CustomizeConnection<Conn, diesel::r2d2::Error> for Attach {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), diesel::r2d2::Error> {
        self.0.attach_with(conn, self.1.clone());
        Ok(())
    }
}

#[test]
fn a_pool_attaches_what_it_opens() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let pool = Pool::builder()
        .max_size(3)
        .connection_customizer(Box::new(Attach(setup.cache.clone(), setup.statements.clone())))
        .build(ConnectionManager::<Conn>::new(db.url()))
        .unwrap();
    let mut conns = [0; 3].map(|_| pool.get().unwrap());
    setup.statements.take();
    for conn in &mut conns {
        assert_eq!(everyone("hot").load::<Person>(conn).unwrap(), people(50));
    }
    assert_eq!(setup.statements.selects(), 1, "one of the three asked");
}
