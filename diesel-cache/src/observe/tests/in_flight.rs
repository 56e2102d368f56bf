//! When fences are lifted if statements run at the same time, report no end, or report it at the wrong time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::StrQueryHelper;
use diesel::result::{DatabaseErrorKind, Error};

use super::super::Observer;
use crate::generation::BootClock;
use crate::sql::{Dialect, Operations, TableName, Writes, canonical};
use crate::{Cache, Region};

const PERSON: &str = "UPDATE person SET name = $1 -- binds: [\"x\"]";
const ADDRESS: &str = "UPDATE address SET street = $1 -- binds: [\"x\"]";
const RETURNING: &str = "INSERT INTO person (name) VALUES ($1) RETURNING id -- binds: [\"x\"]";
const READ: &str = "SELECT $1 -- binds: [1]";

struct Connection {
    cache: Cache,
    observer: Observer,
}

impl Connection {
    fn new(dialect: Dialect, is_async: bool) -> Self {
        Self::of(
            Cache::builder().region(Region::memory("default")).build().unwrap(),
            dialect,
            is_async,
        )
    }

    fn of(cache: Cache, dialect: Dialect, is_async: bool) -> Self {
        let mut observer = Observer::for_new_connection(cache.clone(), None);
        observer.dialect = Some(dialect);
        observer.is_async = Some(is_async);
        observer.is_new = false;
        Self { cache, observer }
    }

    fn postgres() -> Self {
        Self::new(Dialect::Postgres, true)
    }

    fn start(&mut self, text: &str) -> &mut Self {
        self.observer.start(&StrQueryHelper::new(text));
        self
    }

    /// Reports the end as this kind of connection does.
    fn end(&mut self, text: &str) -> &mut Self {
        self.end_with(text, None)
    }

    fn end_with(&mut self, text: &str, error: Option<&Error>) -> &mut Self {
        let reported = match self.observer.is_async {
            Some(false) => text,
            _ => text.split(" -- binds").next().unwrap(),
        };
        self.observer.finish(&StrQueryHelper::new(reported), error);
        self
    }

    fn fenced(&self) -> String {
        let is_fenced = |name: &&str| {
            let table: TableName = canonical(name);
            let slots = self.cache.write_slots(&Writes::one(table, Operations::INSERT));
            self.cache.generations().stamp(slots.into_iter().take(1)).is_err()
        };
        ["address", "person"]
            .into_iter()
            .filter(is_fenced)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[track_caller]
    fn has(&mut self, fenced: &str) -> &mut Self {
        assert_eq!(self.fenced(), fenced);
        self
    }

    fn generation(&self) -> Option<u64> {
        let slots = self
            .cache
            .write_slots(&Writes::one(canonical("person"), Operations::INSERT));
        self.cache.generations().generation(slots[0])
    }
}

#[test]
fn each_fence_of_a_pipeline_stays_until_its_own_statement_is_over() {
    let mut conn = Connection::postgres();
    conn.start(PERSON).start(ADDRESS).has("address person");
    conn.end(PERSON).has("address").end(ADDRESS).has("");
    // The ends arrive in the order in which the futures are polled.
    conn.start(PERSON)
        .start(ADDRESS)
        .end(ADDRESS)
        .has("person")
        .end(PERSON)
        .has("");
    // Two statements with the same text have the same fences: the last end counts.
    conn.start(PERSON)
        .start(PERSON)
        .end(PERSON)
        .has("person")
        .end(PERSON)
        .has("");
}

#[test]
fn a_later_read_does_not_show_that_a_statement_of_a_pipeline_is_over() {
    let mut conn = Connection::postgres();
    conn.start(PERSON)
        .start(READ)
        .end(READ)
        .has("person")
        .end(PERSON)
        .has("");
}

#[test]
fn a_cancelled_statement_is_over_when_later_ones_are() {
    // On PostgreSQL, when the second later one is: the first may have been in one pipeline with it.
    Connection::postgres()
        .start(PERSON)
        .start(READ)
        .end(READ)
        .has("person")
        .start(READ)
        .end(READ)
        .has("");
    // When the first later one is, if it started after the caller had exclusive access.
    let mut conn = Connection::postgres();
    conn.start(PERSON).has("person");
    conn.observer.assume_exclusive();
    conn.has("person").start(READ).has("person").end(READ).has("");
    // Others have no pipelines.
    for (dialect, is_async) in [
        (Dialect::Postgres, false),
        (Dialect::Sqlite, true),
        (Dialect::Mysql, false),
    ] {
        Connection::new(dialect, is_async)
            .start(PERSON)
            .start(READ)
            .has("person")
            .end(READ)
            .has("");
    }
}

#[test]
fn a_statement_that_never_reached_the_database_shows_nothing() {
    let mut conn = Connection::postgres();
    conn.start(PERSON);
    conn.observer.assume_exclusive();
    let unsent = Error::QueryBuilderError("cannot be rendered".into());
    conn.start(READ).end_with(READ, Some(&unsent)).has("person");
    conn.start(READ).end(READ).has("");
}

#[test]
fn an_end_with_rows_is_reported_too_early() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        let mut conn = Connection::new(dialect, true);
        conn.start(RETURNING).end(RETURNING).has("person");
        conn.start(READ).has("person").end(READ).has("");
        // One write settles the other.
        conn.start(RETURNING).end(RETURNING).start(ADDRESS).end(ADDRESS).has("");
        Connection::new(dialect, false).start(RETURNING).end(RETURNING).has("");
    }
    // SQLite's connection inside reports the real end.
    let mut conn = Connection::new(Dialect::Sqlite, true);
    conn.start(RETURNING).has("person").end(RETURNING).has("");
    let mut conn = Connection::postgres();
    let hidden = "WITH moved AS (DELETE FROM person) SELECT $1 -- binds: [1]";
    conn.start(hidden)
        .end(hidden)
        .has("person")
        .start(READ)
        .end(READ)
        .has("");
    // An error is no row.
    let refused = Error::DatabaseError(DatabaseErrorKind::UniqueViolation, Box::new("twice".to_owned()));
    conn.start(RETURNING).end_with(RETURNING, Some(&refused)).has("");
}

/// diesel-async's `AsyncConnectionWrapper` is attached as a blocking connection, and forwards the reports of the one
/// inside it.
#[test]
fn an_end_without_the_bound_values_is_one_of_diesel_async() {
    let mut conn = Connection::new(Dialect::Postgres, true);
    conn.observer.is_async = Some(false);
    let reported = RETURNING.split(" -- binds").next().unwrap();
    conn.observer.start(&StrQueryHelper::new(RETURNING));
    conn.observer.finish(&StrQueryHelper::new(reported), None);
    conn.has("person").start(READ).end(READ).has("");
}

#[test]
fn the_end_of_a_concurrent_statement_does_not_show_that_rows_are_complete() {
    let mut conn = Connection::postgres();
    conn.start(READ).start(RETURNING).end(RETURNING).end(READ).has("person");
    conn.start(READ).end(READ).has("");
}

#[test]
fn mysql_returns_answers_to_the_wrong_statements() {
    let mut conn = Connection::new(Dialect::Mysql, true);
    assert!(!conn.observer.in_transaction());
    conn.start(PERSON).start(ADDRESS);
    assert!(
        conn.observer.in_transaction(),
        "nothing that is read here may be stored"
    );
    // The answer belonged to the first one.
    conn.end(ADDRESS).has("address").start(READ).end(READ).has("address");
    // With two statements without an end, it is not known whose answer it is.
    let mut conn = Connection::new(Dialect::Mysql, true);
    conn.start(PERSON)
        .start(ADDRESS)
        .start(READ)
        .end(READ)
        .has("address person");
}

#[test]
fn a_lost_connection_leaves_everything_in_doubt() {
    let mut conn = Connection::postgres();
    let lost = Error::DatabaseError(DatabaseErrorKind::UnableToSendCommand, Box::new("closed".to_owned()));
    conn.start(PERSON)
        .start(ADDRESS)
        .end_with(ADDRESS, Some(&lost))
        .has("address person");
    conn.start(READ).end(READ).start(READ).end(READ).has("address person");
}

#[test]
fn a_cancelled_write_is_in_doubt_for_the_grace_once_its_connection_is_dropped() {
    const GRACE: u64 = 60_000;
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        let clock = Arc::new(AtomicU64::new(1));
        let mut builder = Cache::builder().doubt_grace(Duration::from_millis(GRACE));
        builder.generations.clock = BootClock::Manual(Arc::clone(&clock));
        let mut conn = Connection::of(builder.build().unwrap(), dialect, true);
        let before = conn.generation();
        // Its future is dropped, which is not reported: as far as is known, the server is still executing it.
        conn.start(PERSON);
        clock.fetch_add(2 * GRACE, Ordering::SeqCst);
        conn.has("person");
        let cache = conn.cache.clone();
        drop(conn);
        // Other connections look at the fences.
        let mut other = Connection::of(cache, dialect, true);
        clock.fetch_add(GRACE - 1, Ordering::SeqCst);
        other.has("person");
        clock.fetch_add(1_000, Ordering::SeqCst);
        other.has("");
        assert_ne!(other.generation(), before, "it may have been committed");
    }
}

#[test]
fn a_write_beside_a_begin_counts_at_the_commit_as_well() {
    let mut conn = Connection::postgres();
    conn.start(PERSON).start("BEGIN").end("BEGIN").end(PERSON).has("");
    conn.start("COMMIT").has("person").end("COMMIT").has("");
}

#[test]
fn a_begin_without_an_end_may_have_opened_a_transaction() {
    let mut conn = Connection::postgres();
    conn.start("BEGIN");
    conn.observer.assume_exclusive();
    assert!(conn.observer.in_transaction());
}

#[test]
fn an_end_without_a_start_invalidates_as_well() {
    let mut conn = Connection::postgres();
    conn.start(PERSON).start(READ).end(READ).start(READ).end(READ).has("");
    let before = conn.generation();
    conn.end(PERSON);
    assert_ne!(conn.generation(), before);
}

#[test]
fn the_set_up_of_diesel_async_is_not_part_of_the_context() {
    let cache = Cache::builder().build().unwrap();
    let mut observer = Observer::for_new_connection(cache, None);
    for text in ["SET TIME ZONE 'UTC'", "SET CLIENT_ENCODING TO 'UTF8'"] {
        observer.start(&StrQueryHelper::new(&format!("{text} -- binds: []")));
        observer.finish(&StrQueryHelper::new(text), None);
    }
    assert_eq!(observer.context(), "");
    observer.start(&StrQueryHelper::new("SET TIME ZONE 'Asia/Tokyo' -- binds: []"));
    observer.finish(&StrQueryHelper::new("SET TIME ZONE 'Asia/Tokyo'"), None);
    assert_ne!(observer.context(), "");
}

/// A future of a pipeline may be kept unpolled while later statements run, and be polled then.
#[test]
fn a_setting_that_ends_after_it_was_taken_for_over_counts_once_more() {
    const SET: &str = "SET app.tenant = '1'";
    let mut connection = Connection::postgres();
    connection.start(SET);
    assert!(connection.observer.in_flight.has_changes());
    for _ in 0..3 {
        connection.start(READ).end(READ);
    }
    assert!(!connection.observer.in_flight.has_changes());
    let (context, changes) = (connection.observer.context().to_owned(), connection.observer.changes);
    connection.start(READ).end(READ).end(SET);
    assert_ne!(connection.observer.context(), context);
    assert!(connection.observer.changes > changes);
}

#[test]
fn what_may_change_a_connection_is_counted() {
    for (text, expected) in [
        ("BEGIN", 1),
        ("SAVEPOINT s", 0), // PostgreSQL refuses it outside a transaction
        ("SET search_path = other", 1),
        ("SELECT set_config('app.tenant', '1', false)", 1),
        ("BEGIN; UPDATE person SET name = 'x'; COMMIT", 1),
        (READ, 0),
        (PERSON, 0),
        (RETURNING, 0),
    ] {
        let mut connection = Connection::postgres();
        connection.start(text);
        assert_eq!(connection.observer.changes, expected, "{text}");
        assert_eq!(connection.observer.in_flight.has_changes(), expected > 0, "{text}");
        connection.end(text);
        assert!(!connection.observer.in_flight.has_changes(), "{text}");
    }
}
