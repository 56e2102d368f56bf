//! What `explain` says about the next load.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::dsl::Order;
use diesel::prelude::*;
use diesel_cache::{BypassReason, InvalidationCause, MissReason, Outcome, RefusalReason, Tier, WrittenBy, prelude::*};
use diesel_cache_tests::{
    Backend, Database, ManualClock, Peer, Person, Setup, connect, everyone, is_peer, person, regions, serve,
};

use super::Db;

type Conn = <Db as Backend>::Conn;
type Everyone = Cached<Order<person::table, person::id>>;

/// Returns a line of the explanation.
fn line<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name:<8}")));
    line.unwrap_or_else(|| panic!("no `{name}` in\n{text}"))
}

/// Asserts what an explanation says about the next load.
#[track_caller]
fn assert_next(conn: &mut Conn, query: &dyn Fn() -> Everyone, next: &str, why: &str) {
    let explained = query().explain(conn).unwrap().to_string();
    assert_eq!((line(&explained, "next"), line(&explained, "why")), (next, why));
}

#[test]
fn hits_and_misses() {
    let db = Database::<Db>::new();
    let clock = ManualClock::new();
    let minute = Duration::from_secs(60);
    let mut setup = Setup::with(&db, |builder| {
        let stale = Region::memory("stale")
            .time_to_live(minute)
            .stale_while_revalidate(minute);
        builder.clock(clock.clone()).region(stale)
    });
    let (cache, conn) = (setup.cache.clone(), &mut setup.conn);
    let query = || everyone("stale");
    let stored = "the rows would be stored";
    let absent = "the region has no entry under this key";
    assert_next(conn, &query, &format!("miss (absent); {stored}"), absent);
    assert_next(
        conn,
        &|| query().skip_empty(),
        "miss (absent); the rows would be stored unless there are none",
        absent,
    );
    assert_next(
        conn,
        &|| query().only_if_cached(),
        "miss (absent); `only_if_cached` finds nothing",
        absent,
    );
    query().load::<Person>(conn).unwrap();
    let hit = query().explain(conn).unwrap();
    assert_eq!(line(&hit.to_string(), "next"), "hit in memory");
    assert!(!hit.to_string().contains("\nwhy "));
    assert_eq!(hit.outcome(), query().explain(conn).unwrap().outcome());
    assert!(matches!(
        hit.outcome(),
        Outcome::Hit {
            tier: Tier::Memory,
            stale: false,
            ..
        }
    ));
    assert_next(
        conn,
        &|| query().refresh(),
        &format!("miss (refresh); {stored}"),
        "the query has `refresh`",
    );
    clock.advance(minute);
    let outlived = "the entry has outlived its time to live";
    assert_next(conn, &query, &format!("miss (expired); {stored}"), outlived);
    cache.region("stale").unwrap().invalidate_soft();
    cache.region("stale").unwrap().invalidate();
    let invalidated = format!("miss (invalidated by region); {stored}");
    assert_next(conn, &query, &invalidated, "the region was invalidated");
    conn.batch_execute("UPDATE person SET name = 'Ada' WHERE id = 1")
        .unwrap();
    query().load::<Person>(conn).unwrap();
    conn.batch_execute("UPDATE person SET name = 'Eve' WHERE id = 1")
        .unwrap();
    let explanation = query().explain(conn).unwrap();
    assert!(matches!(
        explanation.outcome(),
        Outcome::Miss {
            reason: MissReason::Invalidated,
            cause: Some(InvalidationCause::Table),
            ..
        }
    ));
    assert_eq!(explanation.refusal(), None);
    // It has changed nothing.
    setup.events.take();
    query().load::<Person>(conn).unwrap();
    assert_eq!(setup.events.words(), ["miss Invalidated", "stored"]);
}

#[test]
fn entries_on_disk() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    everyone("files").load::<Person>(&mut setup.conn).unwrap();
    let explained = everyone("files").explain(&mut setup.conn).unwrap();
    assert_eq!(line(&explained.to_string(), "next"), "hit in disk");
}

#[test]
fn bypasses() {
    let db = Database::<Db>::new();
    let mut setup = Setup::with(&db, |builder| builder.function_writes("abs", ["person"]));
    let (cache, conn) = (setup.cache.clone(), &mut setup.conn);
    let next = |reason: &str| format!("bypass ({reason}); the rows would not be stored");
    assert_next(
        conn,
        &|| everyone("off"),
        &next("null_region"),
        "the region is of the null kind",
    );
    let why = "the region keeps its entries in sessions, and the connection is in none";
    assert_next(conn, &|| everyone("local"), &next("no_session"), why);
    cache.disabled(|| {
        assert_next(
            conn,
            &|| everyone("default"),
            &next("disabled"),
            "caching is disabled in this scope",
        );
    });
    conn.transaction(|conn| {
        let why = "a transaction is open on the connection, or may be";
        assert_next(conn, &|| everyone("default"), &next("transaction"), why);
        assert_next(
            conn,
            &|| everyone("default").in_transaction(),
            "miss (absent); the rows would not be stored, because a transaction is open",
            "the region has no entry under this key",
        );
        QueryResult::Ok(())
    })
    .unwrap();
    let raw = diesel::sql_query("SELECT abs(id) AS id, name FROM person").cached("default");
    let explained = raw.explain(conn).unwrap();
    assert_eq!(explained.outcome(), Outcome::Bypass(BypassReason::SideEffects));
    assert_eq!(
        line(&explained.to_string(), "why"),
        "the query calls a function that writes, or changes its session"
    );
}

#[test]
fn the_settings_of_the_connection() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let plain = everyone("default").explain(&mut setup.conn).unwrap();
    assert!(plain.context().is_empty() && !plain.to_string().contains("\ncontext "));
    let set = match std::any::type_name::<Db>() {
        name if name.contains("Sqlite") => "PRAGMA case_sensitive_like = 1",
        name if name.contains("Mysql") => "SET sql_mode = 'ANSI'",
        _ => "SET datestyle = 'SQL, DMY'",
    };
    setup.conn.batch_execute(set).unwrap();
    let told = everyone("default").explain(&mut setup.conn).unwrap();
    assert_eq!(told.context().len(), 1);
    let name = set.split(' ').nth(1).unwrap();
    assert!(line(&told.to_string(), "context").contains(name), "{told}");
    assert_ne!(told.key(), plain.key());
}

#[test]
fn rows_of_a_replica() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let cache = setup.cache.clone();
    cache.attach_replica(&mut setup.conn, Duration::from_secs(3600));
    let explained = everyone("default").explain(&mut setup.conn).unwrap();
    assert_eq!(explained.refusal(), Some(RefusalReason::ReplicaLag));
    assert_next(
        &mut setup.conn,
        &|| everyone("default"),
        "miss (absent); the rows would not be stored (replica_lag)",
        "the region has no entry under this key; the connection leads to a replica, and something was written within its \
         lag, or may have been",
    );
    let cached = everyone("default").load::<Person>(&mut setup.conn);
    assert_eq!(cached.unwrap().len(), 50);
    cache.attach(&mut setup.conn);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    cache.attach_replica(&mut setup.conn, Duration::from_secs(3600));
    let explained = everyone("default").explain(&mut setup.conn).unwrap();
    assert_eq!(line(&explained.to_string(), "next"), "hit in memory");
}

#[test]
fn texts_that_may_read_any_table() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let mut tables = |sql: &str| {
        let explained = diesel::sql_query(sql)
            .cached("default")
            .explain(&mut setup.conn)
            .unwrap();
        assert!(explained.tables().is_none());
        line(&explained.to_string(), "tables").to_owned()
    };
    let catalog = tables("SELECT 1 AS id FROM information_schema.tables");
    assert_eq!(
        catalog,
        "unknown: any write invalidates it, because `information_schema.tables` shows the state of the database"
    );
    if std::any::type_name::<Db>().contains("Mysql") {
        return;
    }
    if std::any::type_name::<Db>().contains("Postgres") {
        let running = tables("SELECT query_to_xml('SELECT 1', true, true, '')::text AS name");
        assert!(
            running.ends_with("because `query_to_xml` runs the text, or reads the table, that it is given"),
            "{running}"
        );
    }
    let function = tables("SELECT 1 AS id FROM everybody(7) AS e JOIN person ON true");
    assert!(
        function.ends_with("because the function `everybody` stands in place of a table"),
        "{function}"
    );
}

#[test]
fn a_name_breaks_no_line() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let quote = if std::any::type_name::<Db>().contains("Mysql") {
        '`'
    } else {
        '"'
    };
    let sql = format!("SELECT 1 AS id FROM {quote}x\nnext    hit in memory{quote}");
    let explained = diesel::sql_query(sql)
        .cached("default")
        .explain(&mut setup.conn)
        .unwrap();
    assert_eq!(
        line(&explained.to_string(), "next"),
        "miss (absent); the rows would be stored"
    );
}

/// Reports that an UPDATE is about to be sent, and waits until it is released.
struct Stop(Sender<()>, Receiver<()>);

impl Instrumentation for Stop {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && query.to_string().starts_with("UPDATE")
        {
            self.0.send(()).unwrap();
            let _ = self.1.recv();
        }
    }
}

/// Two caches on one directory are like two processes.
#[test]
fn writes_under_way_and_whose_they_are() {
    let db = Database::<Db>::new();
    let (mut setup, other) = (Setup::new(&db), Setup::new(&db));
    for (writer, by, words) in [
        (&setup.cache, WrittenBy::ThisProcess, "by a connection of this process"),
        (&other.cache, WrittenBy::AnotherProcess, "by another process"),
    ] {
        let (reached, is_reached) = mpsc::channel();
        let (opener, open) = mpsc::channel();
        let mut conn = db.connect();
        writer.attach_with(&mut conn, Stop(reached, open));
        thread::scope(|scope| {
            let write = scope.spawn(move || {
                conn.batch_execute("UPDATE person SET name = 'Ada' WHERE id = 1")
                    .unwrap()
            });
            is_reached.recv().unwrap();
            let explained = everyone("default").explain(&mut setup.conn).unwrap();
            assert_eq!(explained.outcome(), Outcome::Bypass(BypassReason::BeingWritten));
            assert_eq!(
                (explained.written_by(), explained.written_tables()),
                (Some(by), vec!["person"])
            );
            let why = format!("`person` is being written {words}");
            assert_eq!(line(&explained.to_string(), "why"), why);
            drop(opener);
            write.join().unwrap();
        });
        let explained = everyone("default").explain(&mut setup.conn).unwrap();
        assert_eq!(explained.written_by(), None);
    }
}

/// A process that begins a write on request, and does not end it.
#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let [directory, url] = ["DIRECTORY", "URL"].map(|name| std::env::var(name).unwrap());
    let cache = regions(Path::new(&directory)).build().unwrap();
    let mut conn = connect::<Db>(&url);
    let (reached, is_reached) = mpsc::channel();
    let (opener, open) = mpsc::channel();
    cache.attach_with(&mut conn, Stop(reached, open));
    let mut writer = Some(conn);
    serve(|_| {
        let mut conn = writer.take().unwrap();
        thread::spawn(move || conn.batch_execute("UPDATE person SET name = 'Ada' WHERE id = 1"));
        is_reached.recv().unwrap();
        "begun".into()
    });
    drop(opener);
}

#[test]
fn another_process_that_writes_and_dies() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let directory = db.directory().join("cache").display().to_string();
    let mut peer = Peer::spawn(module_path!(), &[("DIRECTORY", &directory), ("URL", db.url())]);
    assert_eq!(peer.ask("write"), "begun");
    let explained = everyone("default").explain(&mut setup.conn).unwrap();
    assert_eq!(explained.written_by(), Some(WrittenBy::AnotherProcess));
    assert_eq!(explained.written_tables(), ["person"]);
    peer.kill();
    // Whether a process is alive is looked at several times in a second.
    let explained = loop {
        let explained = everyone("default").explain(&mut setup.conn).unwrap();
        match explained.written_by() {
            Some(WrittenBy::AnotherProcess) => thread::sleep(Duration::from_millis(20)),
            _ => break explained,
        }
    };
    if std::any::type_name::<Db>().contains("Sqlite") {
        // With the process, the write is over.
        assert_eq!(
            line(&explained.to_string(), "next"),
            "miss (absent); the rows would be stored"
        );
        return;
    }
    assert_eq!(explained.written_by(), Some(WrittenBy::InDoubt));
    assert_eq!(
        line(&explained.to_string(), "why"),
        "the outcome of a write to `person` is in doubt"
    );
}

#[test]
fn queries_on_a_pool() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let (cache, url) = (setup.cache.clone(), db.url().to_owned());
    let pool = setup.cache.lazy_pool(move || {
        let mut conn = connect::<Db>(&url);
        cache.attach(&mut conn);
        Ok::<_, ConnectionError>(conn)
    });
    let query = || everyone("default");
    // The first takes a connection.
    assert!(!query().invalidate_from(&pool).unwrap());
    let explained = query().explain_from(&pool).unwrap();
    assert!(matches!(
        explained.outcome(),
        Outcome::Miss {
            reason: MissReason::Absent,
            ..
        }
    ));
    assert!(pool.knows_context());
    query().load_from::<Person>(&pool).unwrap();
    let explained = query().explain_from(&pool).unwrap();
    assert!(matches!(explained.outcome(), Outcome::Hit { .. }));
    assert_eq!(explained.tables().unwrap(), ["person"]);
    assert!(query().invalidate_from(&pool).unwrap());
    assert!(!query().invalidate_from(&pool).unwrap());
    assert!(query().lookup_from::<Person>(&pool).unwrap().is_none());
}
