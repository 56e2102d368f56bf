//! Statements that change a connection's state while a cached load runs through a shared reference to it.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_cache::RefusalReason;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Postgres};

use crate::flights::until;
use crate::world::World;

#[derive(QueryableByName, Cacheable, Clone, PartialEq, Debug)]
struct Row {
    #[diesel(sql_type = Text)]
    v: String,
}

/// Shows a setting, and waits for the lock on the table.
const QUERY: &str = "SELECT coalesce(current_setting('test.v', true), '') AS v FROM person WHERE id = 1";

async fn shown(conn: &AsyncPgConnection) -> String {
    let row = diesel::sql_query(QUERY).cached("default").get_result_on::<Row>(conn);
    row.await.unwrap().v
}

async fn shown_to(conn: &mut AsyncPgConnection) -> String {
    let row = diesel::sql_query(QUERY).cached("default").get_result::<Row>(conn);
    row.await.unwrap().v
}

/// Polls the future until the condition is true. Panics if the future is done before.
async fn drive<F: Future>(future: &mut Pin<Box<F>>, what: &str, mut so: impl FnMut() -> bool) {
    let (stop, mut stopped) = tokio::sync::oneshot::channel();
    let watching = async {
        until(what, &mut so).await;
        stop.send(()).unwrap();
    };
    let polling = poll_fn(|context| match Pin::new(&mut stopped).poll(context) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending => {
            assert!(future.as_mut().poll(context).is_pending(), "done before it was {what}");
            Poll::Pending
        }
    });
    tokio::join!(watching, polling);
}

fn locked(db: &Database<Postgres>) -> PgConnection {
    let mut conn = db.connect();
    conn.batch_execute("BEGIN; LOCK TABLE person").unwrap();
    conn
}

/// Something begins on the connection behind the load's query, before the database has answered that.
#[tokio::test]
async fn what_begins_beside_the_query_refuses_its_rows() {
    for (change, reason) in [
        ("BEGIN", RefusalReason::Transaction),
        ("SET test.v = 'other'", RefusalReason::OtherContext),
        ("BEGIN; SELECT 1; COMMIT", RefusalReason::OtherContext),
    ] {
        let db = Database::<Postgres>::new();
        let world = World::new(&db);
        let (conn, sent) = world.connect(&db).await;
        let mut lock = locked(&db);
        sent.take();
        let mut load = Box::pin(shown(&conn));
        let mut selects = 0;
        drive(&mut load, "asked", || {
            selects += sent.selects();
            selects == 1
        })
        .await;
        let mut shared = &conn;
        let mut changing = Box::pin(shared.batch_execute(change));
        let mut begun = false;
        drive(&mut changing, "begun", || {
            begun |= sent.take().iter().any(|sql| sql == change);
            begun
        })
        .await;
        lock.batch_execute("COMMIT").unwrap();
        // The change's answer comes first, and has to be noticed first.
        let (changed, v) = tokio::join!(biased; changing, load);
        changed.unwrap();
        shared.batch_execute("ROLLBACK").await.unwrap();
        // The statement is prepared first, so what began behind it is executed before it.
        let changed = change.starts_with("SET");
        assert_eq!(v, if changed { "other" } else { "" });
        assert_eq!(world.told(), ["miss", "refused"], "{change}");
        let stats = world.cache.region("default").unwrap().stats();
        assert_eq!(stats.refusals_by(reason), 1, "{change}");
    }
}

/// A plain write, or another load, changes nothing that the query depends on.
#[tokio::test]
async fn other_statements_beside_the_query_do_not_matter() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (conn, _) = world.connect(&db).await;
    let (mut one, mut two) = (&conn, &conn);
    let write = diesel::sql_query("UPDATE address SET street = 'x'").execute(&mut one);
    let read = diesel::sql_query(QUERY).get_result::<Row>(&mut two);
    let (v, written, read) = tokio::join!(shown(&conn), write, read);
    assert_eq!(
        (v, written.unwrap(), read.unwrap().v),
        (String::new(), 50, String::new())
    );
    assert_eq!(world.told(), ["miss", "stored"]);
}

/// The future of a SET was made before the load began, and is polled while it waits for another load's rows.
#[tokio::test]
async fn a_change_that_is_yet_to_be_sent_counts() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (conn, sent) = world.connect(&db).await;
    let (mut leading, led) = world.connect(&db).await;
    let mut lock = locked(&db);
    let mut leader = Box::pin(shown_to(&mut leading));
    let mut selects = 0;
    drive(&mut leader, "led", || {
        selects += led.selects();
        selects == 1
    })
    .await;
    let mut shared = &conn;
    let set = diesel::sql_query("SET test.v = 'late'").execute(&mut shared);
    sent.take();
    let mut load = Box::pin(shown(&conn));
    let waits = || world.cache.region("default").unwrap().stats().coalesced_waits();
    drive(&mut load, "waiting or asked", || waits() == 1 || sent.selects() == 1).await;
    // A load that shared with others would wait for the leader, and query behind the SET. But it is to query at once.
    if waits() == 1 {
        set.await.unwrap();
        drop(leader);
        lock.batch_execute("COMMIT").unwrap();
        load.await;
    } else {
        drop(leader);
        lock.batch_execute("COMMIT").unwrap();
        let (_, set) = tokio::join!(load, set);
        set.unwrap();
    }
    let (mut fresh, _) = world.connect(&db).await;
    assert_eq!(shown_to(&mut fresh).await, "");
    assert_eq!(shown(&conn).await, "late");
}

#[tokio::test]
async fn nothing_is_cached_while_a_change_is_under_way() {
    for change in ["BEGIN", "SET test.v = 'late'", "SAVEPOINT s"] {
        let db = Database::<Postgres>::new();
        let world = World::new(&db);
        let (conn, _) = world.connect(&db).await;
        assert_eq!(shown(&conn).await, "");
        world.told();
        let mut shared = &conn;
        let changing = diesel::sql_query(change).execute(&mut shared);
        assert_eq!(shown(&conn).await, "");
        match change {
            // PostgreSQL has no savepoint outside a transaction.
            "SAVEPOINT s" => assert_eq!(world.told(), ["hit"]),
            _ => assert_eq!(world.told(), ["bypass"], "{change}"),
        }
        drop(changing);
    }
}

/// After two more statements, a statement without an end is taken for over. It may run all the same.
#[tokio::test]
async fn a_change_that_was_taken_for_over_counts_when_it_ends() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (conn, _) = world.connect(&db).await;
    let (mut one, mut two) = (&conn, &conn);
    let set = diesel::sql_query("SELECT set_config('test.v', 'late', false)").execute(&mut one);
    for _ in 0..3 {
        diesel::sql_query("SELECT 1").execute(&mut two).await.unwrap();
    }
    for _ in 0..2 {
        assert_eq!(shown(&conn).await, "");
    }
    assert_eq!(
        world.told(),
        ["miss", "stored", "hit"],
        "the connection shares with no other"
    );
    set.await.unwrap();
    for _ in 0..2 {
        assert_eq!(shown(&conn).await, "late");
    }
    let (mut fresh, _) = world.connect(&db).await;
    assert_eq!(shown_to(&mut fresh).await, "");
}
