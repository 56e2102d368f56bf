//! Tests of what becomes visible to others at each step.

use super::Open::{Maybe, No, Yes};
use super::{ALL, Err, Lost, MYSQL, Ok, POSTGRES, SQLITE, Sent, Silence, TransactionState, sequence, show};
use crate::sql::{Dialect, analyse};

#[test]
fn a_write_becomes_visible_at_once_or_at_the_commit() {
    sequence(
        ALL,
        &[
            ("UPDATE a SET x = 1", Ok, "a", No),
            ("UPDATE a SET x = 1", Err, "a", No),
            ("SELECT * FROM a", Ok, "", No),
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("DELETE FROM b", Ok, "", Yes),
            ("COMMIT", Ok, "a b", No),
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("ROLLBACK", Ok, "", No),
            // The transaction began before the connection was attached.
            ("COMMIT", Ok, "*", No),
        ],
    );
}

#[test]
fn batches() {
    sequence(
        ALL,
        &[
            ("UPDATE a SET x = 1; UPDATE b SET x = 1", Ok, "a b", No),
            ("UPDATE a SET x = 1; UPDATE b SET x = 1", Err, "a b", No),
            ("BEGIN; UPDATE a SET x = 1; COMMIT; UPDATE b SET x = 1", Ok, "a b", No),
            ("BEGIN; UPDATE a SET x = 1; ROLLBACK", Ok, "", No),
            ("BEGIN; UPDATE a SET x = 1", Ok, "", Yes),
            ("UPDATE b SET x = 1; COMMIT; BEGIN; DELETE FROM c", Ok, "a b", Yes),
            ("COMMIT", Ok, "c", No),
        ],
    );
}

#[test]
fn a_batch_that_fails_may_have_stopped_anywhere() {
    for batch in [
        "BEGIN; UPDATE a SET x = 1; ROLLBACK",
        "BEGIN; UPDATE a SET x = 1; DELETE FROM b; ROLLBACK; BEGIN; ROLLBACK",
    ] {
        sequence(ALL, &[(batch, Err, "", Maybe)]);
        let written = if batch.contains("FROM b") { "a b" } else { "a" };
        sequence(ALL, &[(batch, Err, "", Maybe), ("COMMIT", Ok, written, No)]);
        sequence(ALL, &[(batch, Silence, "", Maybe), ("COMMIT", Ok, written, No)]);
    }
    sequence(
        ALL,
        &[
            ("BEGIN; UPDATE a SET x = 1; COMMIT", Err, "a", Maybe),
            ("COMMIT", Ok, "a", No),
        ],
    );
    sequence(
        ALL,
        &[
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("ROLLBACK; BEGIN", Err, "", Maybe),
            ("COMMIT", Ok, "a", No),
        ],
    );
}

#[test]
fn a_statement_that_never_ended_may_have_done_its_work() {
    for dialect in [SQLITE, MYSQL] {
        sequence(
            dialect,
            &[
                ("BEGIN", Ok, "", Yes),
                ("UPDATE a SET x = 1", Silence, "", Maybe),
                ("COMMIT", Ok, "a", No),
            ],
        );
    }
    sequence(
        POSTGRES,
        &[
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Silence, "", Yes),
            ("COMMIT", Ok, "a", No),
        ],
    );
}

#[test]
fn a_commit_that_fails() {
    // SQLite's transaction stays open, and may be committed later.
    sequence(
        SQLITE,
        &[
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("COMMIT", Err, "a", Maybe),
            ("UPDATE b SET x = 1", Ok, "b", Maybe),
            ("COMMIT", Ok, "a b", No),
        ],
    );
    // PostgreSQL's is over.
    sequence(
        POSTGRES,
        &[
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("COMMIT", Err, "a", No),
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("COMMIT", Lost, "a", Maybe),
        ],
    );
}

#[test]
fn an_error_may_end_the_transaction() {
    for dialect in [SQLITE, MYSQL] {
        sequence(
            dialect,
            &[
                ("BEGIN", Ok, "", Yes),
                ("UPDATE a SET x = 1", Ok, "", Yes),
                ("UPDATE b SET x = 1", Err, "", Maybe),
                ("UPDATE c SET x = 1", Ok, "c", Maybe),
                ("COMMIT", Ok, "a b c", No),
            ],
        );
    }
    sequence(
        POSTGRES,
        &[
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("UPDATE b SET x = 1", Err, "", Yes),
            ("COMMIT", Ok, "a b", No),
        ],
    );
    sequence(
        SQLITE,
        &[
            ("BEGIN", Ok, "", Yes),
            ("INSERT OR ROLLBACK INTO a VALUES (1) RETURNING id", Ok, "a", Maybe),
            ("UPDATE b SET x = 1", Ok, "b", Maybe),
        ],
    );
}

#[test]
fn savepoints() {
    sequence(
        ALL,
        &[
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("SAVEPOINT s", Ok, "", Yes),
            ("UPDATE b SET x = 1", Ok, "", Yes),
            ("SAVEPOINT s", Ok, "", Yes),
            ("UPDATE c SET x = 1", Ok, "", Yes),
            ("ROLLBACK TO s", Ok, "", Yes),
            ("RELEASE s", Ok, "", Yes),
            ("COMMIT", Ok, "a b", No),
        ],
    );
    sequence(
        SQLITE,
        &[
            ("BEGIN", Ok, "", Yes),
            ("SAVEPOINT s", Ok, "", Yes),
            ("UPDATE b SET x = 1", Ok, "", Yes),
            ("SAVEPOINT s", Ok, "", Yes),
            ("UPDATE c SET x = 1", Ok, "", Yes),
            ("RELEASE s", Ok, "", Yes),
            ("ROLLBACK TO s", Ok, "", Yes),
            ("COMMIT", Ok, "", No),
        ],
    );
    for dialect in [SQLITE, MYSQL, POSTGRES] {
        let open = if dialect == POSTGRES { Yes } else { Maybe };
        sequence(
            dialect,
            &[
                ("BEGIN", Ok, "", Yes),
                ("SAVEPOINT s", Ok, "", Yes),
                ("UPDATE a SET x = 1", Ok, "", Yes),
                ("ROLLBACK TO s; RELEASE s", Err, "", open),
                ("COMMIT", Ok, "a", No),
            ],
        );
    }
}

#[test]
fn a_savepoint_outside_a_transaction() {
    sequence(
        SQLITE,
        &[
            ("SAVEPOINT s", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("SAVEPOINT s", Ok, "", Yes),
            ("UPDATE b SET x = 1", Ok, "", Yes),
            ("RELEASE s", Ok, "", Yes),
            ("RELEASE s", Ok, "a b", No),
            ("SAVEPOINT s", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("ROLLBACK TO s", Ok, "", Yes),
            ("RELEASE s", Ok, "", No),
            ("SAVEPOINT s", Err, "", Maybe),
            ("UPDATE a SET x = 1", Ok, "a", Maybe),
            ("RELEASE s", Ok, "a", Maybe),
            ("COMMIT", Ok, "a", No),
        ],
    );
    sequence(
        MYSQL,
        &[("SAVEPOINT s", Ok, "", No), ("UPDATE a SET x = 1", Ok, "a", No)],
    );
}

#[test]
fn chained_transactions() {
    for dialect in [POSTGRES, MYSQL] {
        sequence(
            dialect,
            &[
                ("BEGIN", Ok, "", Yes),
                ("UPDATE a SET x = 1", Ok, "", Yes),
                ("COMMIT AND CHAIN", Ok, "a", Yes),
                ("UPDATE b SET x = 1", Ok, "", Yes),
                ("ROLLBACK AND CHAIN", Ok, "", Yes),
                ("UPDATE c SET x = 1", Ok, "", Yes),
                ("COMMIT", Ok, "c", No),
            ],
        );
    }
}

#[test]
fn mysql_commits_implicitly() {
    sequence(
        MYSQL,
        &[
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("CREATE TABLE b (x INT)", Ok, "a b", Maybe),
            ("UPDATE c SET x = 1", Ok, "c", Maybe),
            ("ROLLBACK", Ok, "", No),
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("BEGIN", Ok, "a", Yes),
            ("ROLLBACK", Ok, "", No),
        ],
    );
    for (sql, written) in [
        ("LOCK TABLES a READ", "a"),
        ("SET PASSWORD = 'x'", "a"),
        ("RESET QUERY CACHE", "a"),
        ("ANALYZE TABLE a", "a innodb_table_stats"),
    ] {
        sequence(
            MYSQL,
            &[
                ("BEGIN", Ok, "", Yes),
                ("UPDATE a SET x = 1", Ok, "", Yes),
                (sql, Ok, written, Maybe),
            ],
        );
    }
}

#[test]
fn autocommit() {
    sequence(
        MYSQL,
        &[
            ("SET autocommit = 0", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("COMMIT", Ok, "a", Yes),
            ("UPDATE b SET x = 1", Ok, "", Yes),
            ("ROLLBACK", Ok, "", Yes),
            ("UPDATE c SET x = 1", Ok, "", Yes),
            ("SET autocommit = 1", Ok, "c", No),
            ("UPDATE d SET x = 1", Ok, "d", No),
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            // It was on, so it commits nothing.
            ("SET autocommit = 1", Ok, "a", Yes),
            ("COMMIT", Ok, "a", No),
        ],
    );
    for sql in [
        "SET sql_mode = '', autocommit = 0",
        "SET GLOBAL autocommit = 0",
        "SET autocommit = @x",
        "SET autocommit = DEFAULT",
        "SET completion_type = 'CHAIN'",
        "SET @@session.completion_type = 1",
    ] {
        sequence(
            MYSQL,
            &[
                (sql, Ok, "", Maybe),
                ("UPDATE a SET x = 1", Ok, "a", Maybe),
                ("COMMIT", Ok, "a", Maybe),
                ("UPDATE b SET x = 1", Ok, "b", Maybe),
            ],
        );
    }
}

#[test]
fn an_unknown_statement_may_do_anything() {
    sequence(
        ALL,
        &[
            ("BEGIN", Ok, "", Yes),
            ("FROBNICATE a", Ok, "*", Maybe),
            ("COMMIT", Ok, "*", No),
            ("FROBNICATE a", Ok, "*", No),
            ("SELECT 'unfinished", Ok, "*", No),
            ("FROBNICATE; BEGIN'", Ok, "*", Maybe),
        ],
    );
    sequence(MYSQL, &[("CALL p()", Ok, "*", Maybe), ("COMMIT", Ok, "*", No)]);
    sequence(MYSQL, &[("/*!BEGIN*/", Ok, "*", Maybe)]);
    sequence(
        MYSQL,
        &[
            ("XA START 'x'", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("XA END 'x'", Ok, "", Yes),
            ("XA PREPARE 'x'", Ok, "", No),
            ("XA COMMIT 'x'", Ok, "*", No),
        ],
    );
    sequence(
        MYSQL,
        &[(
            "SET STATEMENT max_statement_time = 1 FOR UPDATE a SET x = 1",
            Ok,
            "a",
            No,
        )],
    );
    sequence(
        POSTGRES,
        &[
            ("BEGIN", Ok, "", Yes),
            ("UPDATE a SET x = 1", Ok, "", Yes),
            ("PREPARE TRANSACTION 'x'", Ok, "a", No),
            ("COMMIT PREPARED 'x'", Ok, "*", No),
        ],
    );
}

/// The collation may take two names for one, so that the rollback goes back to the second savepoint.
#[test]
fn a_rollback_to_a_name_that_may_be_another_undoes_nothing() {
    for dialect in [None, Some(Dialect::Mysql)] {
        let mut transaction = TransactionState::default();
        let mut visible = Vec::new();
        for sql in [
            "BEGIN",
            "SAVEPOINT `é`",
            "UPDATE a SET x = 1",
            "SAVEPOINT `É`",
            "ROLLBACK TO `é`",
            "COMMIT",
        ] {
            let analysis = analyse(sql, Dialect::Mysql);
            let plan = transaction.plan(Sent {
                analysis: &analysis,
                sql,
                prepared: false,
                dialect,
            });
            visible.push(show(&plan.visible));
            transaction.succeed(plan);
        }
        assert_eq!(visible, ["", "", "", "", "", "a"], "{dialect:?}");
    }
}
