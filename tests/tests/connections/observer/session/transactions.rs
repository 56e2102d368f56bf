//! Transactions that routines, failed batches and XA leave open, after which caching resumes.

use diesel_cache_tests::{Database, Mysql, Postgres, Setup};

use super::{Asks, asked_twice, is_right, tell};

#[test]
fn a_procedure_does_not_end_caching() {
    let db = Database::<Mysql>::new();
    let mut setup = Setup::<Mysql>::new(&db);
    tell(
        &mut setup,
        &[
            "CREATE PROCEDURE plain() SELECT COUNT(*) FROM person",
            "CREATE PROCEDURE opens() START TRANSACTION",
            "CREATE PROCEDURE goes_on() SET autocommit = 0",
        ],
    );
    let query = "SELECT name AS v FROM person WHERE id = 1";
    for text in [
        "CALL plain()",
        "EXECUTE IMMEDIATE 'SELECT 1'",
        "BEGIN NOT ATOMIC DO 1; END",
    ] {
        tell(&mut setup, &[text]);
        // One question, one load.
        assert_eq!(asked_twice(&mut setup, query).len(), 2, "{text}");
        assert_eq!(asked_twice(&mut setup, query).len(), 0, "{text}");
    }
    for (text, end) in [("CALL opens()", "COMMIT"), ("CALL goes_on()", "SET autocommit = 1")] {
        tell(&mut setup, &[text]);
        // The question, once; and both loads.
        assert_eq!(asked_twice(&mut setup, query).len(), 3, "{text}");
        assert_eq!(asked_twice(&mut setup, query).len(), 2, "{text}");
        tell(&mut setup, &[end]);
        if text == "CALL goes_on()" {
            tell(&mut setup, &["COMMIT"]);
        }
        asked_twice(&mut setup, query);
        assert_eq!(asked_twice(&mut setup, query).len(), 0, "{text}; {end}");
    }
    // Settings that it has changed are its own.
    tell(
        &mut setup,
        &[
            "CREATE PROCEDURE bin() SET collation_connection = utf8mb4_bin",
            "CALL bin()",
        ],
    );
    is_right(&mut setup, "SELECT CAST('a' = 'A' AS CHAR) AS v", &["CALL bin()"]);
}

#[test]
fn a_routine_of_postgres_leaves_no_transaction_open() {
    let db = Database::<Postgres>::new();
    let mut setup = Setup::<Postgres>::new(&db);
    tell(
        &mut setup,
        &[
            "CREATE PROCEDURE plain() LANGUAGE sql AS 'SELECT 1'",
            "PREPARE p AS SELECT 1",
        ],
    );
    let query = "SELECT name AS v FROM person WHERE id = 1";
    for text in ["CALL plain()", "EXECUTE p", "DO 'BEGIN COMMIT; END'"] {
        tell(&mut setup, &[text]);
        assert_eq!(asked_twice(&mut setup, query).len(), 1, "{text}");
    }
}

#[test]
fn transactions_of_xa_end() {
    let db = Database::<Mysql>::new();
    let query = "SELECT name AS v FROM person WHERE id = 1";
    for (place, ends) in [
        &["XA END 'x'", "XA COMMIT 'x' ONE PHASE"][..],
        &["XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'"],
        &["XA END 'x'", "XA ROLLBACK 'x'"],
        &["XA END 'x'", "XA PREPARE 'x'", "XA ROLLBACK 'x'"],
    ]
    .iter()
    .enumerate()
    {
        let (mut writer, mut reader) = (Setup::<Mysql>::new(&db), Setup::<Mysql>::new(&db));
        is_right(&mut reader, query, ends);
        let update = format!("UPDATE person SET name = 'xa {place}' WHERE id = 1");
        // A name for each test, as the server has them in common.
        let name = format!("'xa_{}_{place}'", std::process::id());
        let named = |sql: &str| sql.replace("'x'", &name);
        tell(&mut writer, &[&named("XA START 'x'"), &update]);
        is_right(&mut reader, query, ends);
        for end in *ends {
            tell(&mut writer, &[&named(end)]);
            is_right(&mut reader, query, ends);
        }
        is_right(&mut writer, query, ends);
        assert_eq!(asked_twice(&mut writer, query).len(), 0, "{ends:?}");
    }
}

fn a_batch_that_fails_behind_its_commit_ends_nothing<B: Asks>(db: Database<B>) {
    let mut setup = Setup::<B>::new(&db);
    let query = "SELECT name AS v FROM person WHERE id = 1";
    tell(
        &mut setup,
        &["!BEGIN; UPDATE person SET name = 'Ada' WHERE id = 1; COMMIT; SELECT * FROM no_such_table;"],
    );
    assert_eq!(asked_twice(&mut setup, query).len(), 2, "a question and a load");
    assert_eq!(asked_twice(&mut setup, query).len(), 0);
    // One that fails before it leaves the transaction open.
    tell(
        &mut setup,
        &["!BEGIN; UPDATE person SET name = 'Grace' WHERE id = 1; SELECT * FROM no_such_table; COMMIT;"],
    );
    let _ = B::load_cached(&mut setup.conn, query);
    let mut reader = Setup::<B>::new(&db);
    assert_eq!(
        B::load_cached(&mut reader.conn, query).unwrap()[0].v.as_deref(),
        Some("Ada")
    );
    tell(&mut setup, &["ROLLBACK"]);
    is_right(&mut setup, query, &["ROLLBACK"]);
    assert_eq!(asked_twice(&mut setup, query).len(), 0);
}

diesel_cache_tests::on_every_database! { a_batch_that_fails_behind_its_commit_ends_nothing }
