//! A writer and a reader on two caches that share a directory, and an unattached connection to compare with.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::{Instrumentation, SimpleConnection};
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache::{BypassReason, Event};
use diesel_cache_tests::{
    Address, Backend, Database, Mysql, Person, Postgres, PostgresDatabase, Sqlite, Statements, address, person,
};

/// The loads and writes of the tests, on each database.
pub trait Loads: Backend<Conn: Connection + Send> {
    fn people(conn: &mut Self::Conn) -> QueryResult<Vec<Person>>;
    fn addresses(conn: &mut Self::Conn) -> QueryResult<Vec<Address>>;
    fn cached_people(conn: &mut Self::Conn) -> QueryResult<Vec<Person>>;
    fn cached_addresses(conn: &mut Self::Conn) -> QueryResult<Vec<Address>>;
    fn people_in_transaction(conn: &mut Self::Conn) -> QueryResult<Vec<Person>>;
    fn rename(conn: &mut Self::Conn, name: &str) -> QueryResult<usize>;
    fn raw(conn: &mut Self::Conn, sql: &str) -> QueryResult<usize>;
    fn insert(conn: &mut Self::Conn, people: &[Person]) -> QueryResult<usize>;
}

macro_rules! loads {
    ($($backend:ty),*) => {$(
        impl Loads for $backend {
            fn people(conn: &mut Self::Conn) -> QueryResult<Vec<Person>> {
                person::table.order(person::id).load(conn)
            }
            fn addresses(conn: &mut Self::Conn) -> QueryResult<Vec<Address>> {
                address::table.order(address::id).load(conn)
            }
            fn cached_people(conn: &mut Self::Conn) -> QueryResult<Vec<Person>> {
                person::table.order(person::id).cached("default").load(conn)
            }
            fn cached_addresses(conn: &mut Self::Conn) -> QueryResult<Vec<Address>> {
                address::table.order(address::id).cached("default").load(conn)
            }
            fn people_in_transaction(conn: &mut Self::Conn) -> QueryResult<Vec<Person>> {
                person::table.order(person::id).cached("default").in_transaction().load(conn)
            }
            fn rename(conn: &mut Self::Conn, name: &str) -> QueryResult<usize> {
                diesel::update(person::table.find(1)).set(person::name.eq(name)).execute(conn)
            }
            fn raw(conn: &mut Self::Conn, sql: &str) -> QueryResult<usize> {
                diesel::sql_query(sql).execute(conn)
            }
            fn insert(conn: &mut Self::Conn, people: &[Person]) -> QueryResult<usize> {
                diesel::insert_into(person::table).values(people).execute(conn)
            }
        }
    )*};
}
loads! { Sqlite, Postgres, PostgresDatabase, Mysql }

/// A connection with a cache of its own on the database's directory, as in another process.
pub struct Reader<B: Loads> {
    pub conn: B::Conn,
    pub statements: Statements,
    pub cache: Cache,
    pub events: Arc<Mutex<Vec<Event>>>,
}

pub fn cache<B: Backend>(db: &Database<B>, grace: Duration, events: &Arc<Mutex<Vec<Event>>>) -> Cache {
    let events = Arc::clone(events);
    Cache::builder()
        .directory(db.directory().join("cache"))
        .region(Region::disk("default"))
        .doubt_grace(grace)
        .listener(move |event| events.lock().unwrap().push(event.clone()))
        .build()
        .unwrap()
}

impl<B: Loads> Reader<B> {
    pub fn new(db: &Database<B>) -> Self {
        Self::with_grace(db, Duration::from_secs(60))
    }

    pub fn with_grace(db: &Database<B>, grace: Duration) -> Self {
        let events = Arc::default();
        let cache = cache(db, grace, &events);
        let mut conn = db.connect();
        let statements = Statements::new();
        cache.attach_with(&mut conn, statements.clone());
        Self {
            conn,
            statements,
            cache,
            events,
        }
    }

    /// Returns the people, and whether the database was queried.
    pub fn people(&mut self) -> (Option<Vec<Person>>, bool) {
        self.statements.take();
        let rows = B::cached_people(&mut self.conn).ok();
        (rows, self.statements.selects() > 0)
    }

    pub fn addresses(&mut self) -> (Option<Vec<Address>>, bool) {
        self.statements.take();
        let rows = B::cached_addresses(&mut self.conn).ok();
        (rows, self.statements.selects() > 0)
    }

    /// Returns `true` if a fence has kept loads from the cache since the last call.
    pub fn was_fenced_out(&self) -> bool {
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        events.iter().any(|event| {
            matches!(
                event,
                Event::Bypass {
                    reason: BypassReason::BeingWritten,
                    ..
                }
            )
        })
    }
}

pub struct World<B: Loads> {
    pub writer: B::Conn,
    pub reader: Reader<B>,
    pub truth: B::Conn,
    pub cache: Cache,
    pub db: Database<B>,
}

impl<B: Loads> World<B> {
    pub fn new() -> Self {
        Self::forwarding(Statements::new())
    }

    /// Creates a world in which the writer's events also go to `instrumentation`.
    pub fn forwarding(instrumentation: impl Instrumentation) -> Self {
        let db = Database::new();
        let cache = cache(&db, Duration::from_secs(60), &Arc::default());
        let mut writer = db.connect();
        cache.attach_with(&mut writer, instrumentation);
        let reader = Reader::new(&db);
        let truth = db.connect();
        let mut world = Self {
            writer,
            reader,
            truth,
            cache,
            db,
        };
        world.check("pa", "at first");
        world
    }

    /// Asserts that the reader sees the current rows. `asked` names the tables for which it has to query the database:
    /// `p`eople, `a`ddresses, `pa`, none; or `?`, if that does not matter.
    #[track_caller]
    pub fn check(&mut self, asked: &str, what: &str) {
        let (people, asked_people) = self.reader.people();
        let (addresses, asked_addresses) = self.reader.addresses();
        // The writer's cache must find the entries in the files, but does not wait for them in a transaction.
        self.reader.cache.flush().unwrap();
        assert!(
            people == B::people(&mut self.truth).ok(),
            "outdated people after {what}"
        );
        assert!(
            addresses == B::addresses(&mut self.truth).ok(),
            "outdated addresses after {what}"
        );
        if asked != "?" {
            let letters = [(asked_people, "p"), (asked_addresses, "a")];
            let did: String = letters
                .iter()
                .filter(|(asked, _)| *asked)
                .map(|(_, letter)| *letter)
                .collect();
            assert_eq!(did, asked, "tables asked for after {what}");
        }
    }

    /// Sends texts by `batch_execute` and checks after each. Those that begin with `!` must fail.
    #[track_caller]
    pub fn replay(&mut self, steps: &[(&str, &str)]) {
        for (sql, asked) in steps {
            let sent = self.writer.batch_execute(sql.trim_start_matches('!'));
            assert_eq!(sent.is_err(), sql.starts_with('!'), "{sql}: {sent:?}");
            self.check(asked, sql);
        }
    }

    /// Does the same with `sql_query`, which prepares the statements.
    #[track_caller]
    pub fn replay_prepared(&mut self, steps: &[(&str, &str)]) {
        for (sql, asked) in steps {
            let sent = B::raw(&mut self.writer, sql.trim_start_matches('!'));
            assert_eq!(sent.is_err(), sql.starts_with('!'), "{sql}: {sent:?}");
            self.check(asked, sql);
        }
    }
}
