//! Results that change without a write to a table that the query names: the catalog, sequences, the server's own
//! settings.

use diesel_cache_tests::{Database, Mysql, PostgresDatabase, Setup, Sqlite};

use super::{Asks, is_right, tell, wrong};

/// Runs a query on one connection, and then each statement on another one. Asserts that each statement changes the
/// result, and that the cache then returns the new result.
fn goes_stale<B: Asks>(db: &Database<B>, cases: &[(&str, &[&str])]) {
    let (mut asking, mut sending) = (Setup::<B>::new(db), Setup::<B>::new(db));
    let mut wrongs = Vec::new();
    for (n, (query, statements)) in cases.iter().enumerate() {
        let query = &format!("{query} /* {n} */");
        for sql in *statements {
            is_right(&mut asking, query, &[]);
            let before = B::load_uncached(&mut asking.conn, query).unwrap();
            tell(&mut sending, &[sql]);
            wrongs.extend(wrong(&mut asking, query, &[sql]));
            assert_ne!(
                B::load_uncached(&mut asking.conn, query).unwrap(),
                before,
                "{sql} changes nothing"
            );
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn of_postgres() {
    // Of its own: what it reads of the catalog, others would change.
    let db = Database::<PostgresDatabase>::new();
    tell(
        &mut Setup::new(&db),
        &[
            "CREATE SEQUENCE seq",
            "CREATE TABLE numbered (id SERIAL, t TEXT)",
            "CREATE TABLE indexed (id INT)",
        ],
    );
    let indexes = "SELECT CAST(string_agg(indexname, ',' ORDER BY indexname) AS text) AS v FROM pg_indexes";
    goes_stale(
        &db,
        &[
            (
                indexes,
                &[
                    "CREATE INDEX one ON indexed (id)",
                    "ALTER INDEX one RENAME TO two",
                    "DROP INDEX two",
                    "CREATE INDEX CONCURRENTLY three ON indexed (id)",
                ],
            ),
            (
                "SELECT CAST(count(*) AS text) AS v FROM pg_description WHERE description = 'z'",
                &["COMMENT ON TABLE indexed IS 'z'"],
            ),
            (
                "SELECT CAST(relfilenode AS text) AS v FROM pg_class WHERE relname = 'three'",
                &["REINDEX INDEX three"],
            ),
            (
                "SELECT CAST(last_value AS text) AS v FROM seq",
                &["SELECT setval('seq', 40)", "SELECT nextval('seq')"],
            ),
            (
                "SELECT CAST(last_value AS text) AS v FROM numbered_id_seq",
                &["INSERT INTO numbered (t) VALUES ('a'), ('b')"],
            ),
            (
                "SELECT CAST(s.last_value AS text) AS v FROM pg_sequences AS s WHERE sequencename = 'seq'",
                &["SELECT nextval('seq')"],
            ),
        ],
    );
}

#[test]
fn of_mysql() {
    let db = Database::<Mysql>::new();
    tell(&mut Setup::new(&db), &["CREATE TABLE indexed (id INT)"]);
    goes_stale(
        &db,
        &[
            (
                "SELECT CAST(COUNT(*) AS CHAR) AS v FROM information_schema.STATISTICS WHERE TABLE_NAME = 'indexed'",
                &["CREATE INDEX i ON indexed (id)", "DROP INDEX i ON indexed"],
            ),
            (
                "SELECT CAST(@@global.long_query_time AS CHAR) AS v",
                &["SET GLOBAL long_query_time = 11", "SET GLOBAL long_query_time = 10"],
            ),
            (
                "SELECT VARIABLE_VALUE AS v FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'LONG_QUERY_TIME'",
                &["SET GLOBAL long_query_time = 11", "SET GLOBAL long_query_time = 10"],
            ),
        ],
    );
    // It commits, though it only sets.
    let (mut asking, mut sending) = (Setup::<Mysql>::new(&db), Setup::<Mysql>::new(&db));
    let query = "SELECT name AS v FROM person WHERE id = 1";
    is_right(&mut asking, query, &[]);
    tell(
        &mut sending,
        &[
            "BEGIN",
            "UPDATE person SET name = 'z' WHERE id = 1",
            "SET DEFAULT ROLE NONE",
        ],
    );
    is_right(&mut asking, query, &["SET DEFAULT ROLE NONE"]);
    tell(&mut sending, &["ROLLBACK"]);
    is_right(&mut asking, query, &["ROLLBACK"]);
}

#[test]
fn of_sqlite() {
    let db = Database::<Sqlite>::new();
    goes_stale(
        &db,
        &[
            (
                "SELECT CAST(COUNT(*) AS TEXT) AS v FROM pragma_index_list('person')",
                &["CREATE INDEX i ON person (name)", "DROP INDEX i"],
            ),
            (
                "SELECT CAST(COUNT(*) AS TEXT) AS v FROM sqlite_master WHERE type = 'index'",
                &["CREATE INDEX i ON person (name)", "DROP INDEX i"],
            ),
        ],
    );
}
