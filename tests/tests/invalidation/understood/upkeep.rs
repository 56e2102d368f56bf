//! Maintenance that changes what queries may return, such as row ids and statistics, although it changes no row.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use diesel_cache::BypassReason;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Postgres, PostgresDatabase, Sqlite, Statements};

#[derive(Debug, PartialEq, QueryableByName, Cacheable)]
struct Row {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Integer)]
    n: i32,
}

const ROWIDS: &str = "SELECT CAST(rowid AS TEXT) AS place, n FROM plain ORDER BY n";
const CTIDS: &str = "SELECT ctid::text AS place, n FROM plain ORDER BY n";
const BYSTANDER: &str = "SELECT name AS place, id AS n FROM person ORDER BY id";
const SETUP: &str = "CREATE TABLE plain (n INTEGER); INSERT INTO plain VALUES (1); INSERT INTO plain VALUES (2); \
                     INSERT INTO plain VALUES (3); DELETE FROM plain WHERE n = 1";
/// The place of a row that was rolled back can be reused at once, whatever rows other sessions still see.
const PG_SETUP: &str = "BEGIN; CREATE TABLE plain (n INTEGER); COMMIT; BEGIN; INSERT INTO plain VALUES (1); ROLLBACK; \
                        INSERT INTO plain VALUES (2); INSERT INTO plain VALUES (3)";

/// Asserts that `sql` moves the rows of `plain`, and that the cache does not keep their old numbers.
macro_rules! moves {
    ($db:ident, $places:ident, $sql:expr, $bystander:expr) => {{
        let cache = Cache::builder()
            .directory($db.directory().join("cache"))
            .region(Region::memory("hot"))
            .build()
            .unwrap();
        let (mut conn, mut plain, statements) = ($db.connect(), $db.connect(), Statements::new());
        cache.attach_with(&mut conn, statements.clone());
        let before: Vec<Row> = diesel::sql_query($places).cached("hot").load(&mut conn).unwrap();
        let _: Vec<Row> = diesel::sql_query(BYSTANDER).cached("hot").load(&mut conn).unwrap();
        conn.batch_execute($sql).unwrap();
        let after: Vec<Row> = diesel::sql_query($places).cached("hot").load(&mut conn).unwrap();
        let truth: Vec<Row> = diesel::sql_query($places).load(&mut plain).unwrap();
        assert_eq!(after, truth, "{}", $sql);
        statements.take();
        let _: Vec<Row> = diesel::sql_query(BYSTANDER).cached("hot").load(&mut conn).unwrap();
        assert_eq!(statements.selects(), $bystander, "{}", $sql);
        before != truth
    }};
}

#[test]
fn rowids_after_a_vacuum() {
    for (sql, moved, bystander) in [
        ("VACUUM", true, 1),
        ("VACUUM main", true, 1),
        ("ANALYZE", false, 0),
        ("REINDEX", false, 0),
    ] {
        let db = Database::<Sqlite>::new();
        db.connect().batch_execute(SETUP).unwrap();
        assert_eq!(moves!(db, ROWIDS, sql, bystander), moved, "{sql}");
    }
    let db = Database::<Sqlite>::new();
    db.connect().batch_execute(SETUP).unwrap();
    let copy = format!("VACUUM INTO '{}'", db.directory().join("copy.sqlite").display());
    assert!(!moves!(db, ROWIDS, &copy, 0));
}

#[test]
fn ctids_after_a_table_is_written_anew() {
    for (sql, moved) in [
        ("VACUUM FULL plain", true),
        ("VACUUM (FULL, ANALYZE) plain (n)", true),
        ("CREATE INDEX plain_n ON plain (n); CLUSTER plain USING plain_n", true),
        ("ALTER TABLE plain ALTER n TYPE integer USING n + 0", true),
        ("VACUUM plain", false),
        ("VACUUM ANALYZE plain", false),
        ("ANALYZE plain", false),
        ("REINDEX TABLE plain", false),
    ] {
        let db = Database::<PostgresDatabase>::new();
        db.connect().batch_execute(PG_SETUP).unwrap();
        // Not in one text with others: these run in no transaction.
        let (first, last) = sql.rsplit_once("; ").unwrap_or(("", sql));
        if !first.is_empty() {
            db.connect().batch_execute(first).unwrap();
        }
        assert_eq!(moves!(db, CTIDS, last, 0), moved, "{sql}");
    }
}

mod asynchronous {
    use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};

    use super::*;

    macro_rules! moved {
        ($backend:ident, $setup:ident, $places:ident, $sql:literal) => {{
            let db = Database::<$backend>::new();
            let cache = Cache::builder()
                .directory(db.directory().join("cache"))
                .region(Region::memory("hot"))
                .build()
                .unwrap();
            let (mut conn, mut plain) = (db.connect_async().await, db.connect_async().await);
            plain.batch_execute($setup).await.unwrap();
            cache.attach(&mut conn);
            let before: Vec<Row> = diesel::sql_query($places).cached("hot").load(&mut conn).await.unwrap();
            conn.batch_execute($sql).await.unwrap();
            let after: Vec<Row> = diesel::sql_query($places).cached("hot").load(&mut conn).await.unwrap();
            let truth: Vec<Row> = diesel::sql_query($places).load(&mut plain).await.unwrap();
            assert_ne!(before, truth);
            assert_eq!(after, truth);
        }};
    }

    #[tokio::test]
    async fn rowids_after_a_vacuum() {
        moved!(Sqlite, SETUP, ROWIDS, "VACUUM");
    }

    #[tokio::test]
    async fn ctids_after_a_table_is_written_anew() {
        moved!(PostgresDatabase, PG_SETUP, CTIDS, "VACUUM FULL plain");
    }
}

#[test]
fn statistics_after_an_analyze() {
    #[derive(Debug, PartialEq, QueryableByName, Cacheable)]
    struct Statistic {
        #[diesel(sql_type = Text)]
        stat: String,
    }
    let sql = "SELECT stat FROM sqlite_stat1 WHERE tbl = 'person'";
    let db = Database::<Sqlite>::new();
    let cache = Cache::builder()
        .directory(db.directory().join("cache"))
        .region(Region::memory("hot"))
        .build()
        .unwrap();
    let mut conn = db.connect();
    cache.attach(&mut conn);
    conn.batch_execute("CREATE INDEX person_name ON person (name); ANALYZE")
        .unwrap();
    let before: Vec<Statistic> = diesel::sql_query(sql).cached("hot").load(&mut conn).unwrap();
    db.connect().batch_execute("DELETE FROM person WHERE id > 3").unwrap();
    conn.batch_execute("ANALYZE").unwrap();
    let after: Vec<Statistic> = diesel::sql_query(sql).cached("hot").load(&mut conn).unwrap();
    let truth: Vec<Statistic> = diesel::sql_query(sql).load(&mut db.connect()).unwrap();
    assert_ne!(before, truth);
    assert_eq!(after, truth);
}

/// A row lock is not a write, but is visible in `xmax`: such a query is not cached.
#[test]
fn columns_that_a_lock_changes() {
    const LOCKS: &str = "SELECT xmax::text AS place, n FROM plain ORDER BY n";
    let db = Database::<Postgres>::new();
    db.connect().batch_execute(SETUP).unwrap();
    let cache = Cache::builder()
        .directory(db.directory().join("cache"))
        .region(Region::memory("hot"))
        .build()
        .unwrap();
    let mut conn = db.connect();
    cache.attach(&mut conn);
    let before: Vec<Row> = diesel::sql_query(LOCKS).cached("hot").load(&mut conn).unwrap();
    db.connect()
        .batch_execute("BEGIN; SELECT * FROM plain FOR UPDATE; COMMIT")
        .unwrap();
    let after: Vec<Row> = diesel::sql_query(LOCKS).cached("hot").load(&mut conn).unwrap();
    assert_ne!(before, after);
    let stats = cache.region("hot").unwrap().stats();
    assert_eq!((stats.bypasses_by(BypassReason::RowLocks), stats.stores()), (2, 0));
    // A column of one's own may be called so.
    let own = "SELECT 'x' AS place, n AS xmax, n FROM plain";
    let _: Vec<Row> = diesel::sql_query(own).cached("hot").load(&mut conn).unwrap();
    assert_eq!(cache.region("hot").unwrap().stats().stores(), 1);
}
