//! Statements that move rows or count them.

use super::{Dialect, MYSQL, POSTGRES, SQLITE, StatementKind, everything, kinds, one, show, writes};

#[test]
fn rows_that_get_other_numbers_are_written() {
    writes(SQLITE, &[("VACUUM", "*"), ("VACUUM main", "*")]);
    writes(
        POSTGRES,
        &[
            ("VACUUM FULL", "*"),
            (
                "VACUUM FULL VERBOSE ANALYZE person (a, b), public.address",
                "address person",
            ),
            ("VACUUM (FULL) person", "person"),
            ("VACUUM (VERBOSE, FULL true, ANALYZE)", "*"),
            ("CLUSTER", "*"),
            ("CLUSTER person", "person"),
            ("CLUSTER VERBOSE public.person USING i", "person"),
            ("CLUSTER (VERBOSE) person", "person"),
            ("CLUSTER i ON person", "person"),
        ],
    );
    everything(
        POSTGRES,
        &[
            "VACUUM FULL U&\"p!0065rson\" UESCAPE '!'",
            "CLUSTER U&\"p!0065rson\" UESCAPE '!'",
        ],
    );
}

#[test]
fn rows_that_stay_are_not() {
    kinds(
        SQLITE,
        &StatementKind::Utility,
        &[
            "VACUUM INTO 'copy.db'",
            "VACUUM main INTO 'copy.db'",
            "ANALYZE",
            "REINDEX",
        ],
    );
    kinds(
        POSTGRES,
        &StatementKind::Utility,
        &[
            "VACUUM",
            "VACUUM person",
            "VACUUM FREEZE ANALYZE person",
            "VACUUM (FREEZE)",
            "REINDEX TABLE person",
        ],
    );
    kinds(
        MYSQL,
        &StatementKind::Utility,
        &["OPTIMIZE TABLE person", "ANALYZE TABLE person", "CHECK TABLE person"],
    );
    for (dialect, sql) in [
        (Dialect::Sqlite, "ANALYZE person"),
        (Dialect::Sqlite, "PRAGMA main.optimize"),
        (Dialect::Postgres, "ANALYZE person"),
        (Dialect::Postgres, "VACUUM ANALYZE person"),
        (Dialect::Mysql, "ANALYZE TABLE person"),
    ] {
        let facts = one(sql, dialect);
        // It writes a table of the system catalog, which only concerns queries that read a catalog.
        assert!(
            facts.kind == StatementKind::Utility && !show(&facts.writes.tables()).contains("person"),
            "{facts:?}"
        );
        assert!(
            !facts.writes.is_empty() && show(&facts.writes.tables()) != "*",
            "{facts:?}"
        );
    }
}

#[test]
fn columns_that_a_lock_changes() {
    let shows = |sql| one(sql, Dialect::Postgres).shows_locks;
    assert!(shows("SELECT xmax FROM person"));
    assert!(shows(
        "SELECT p.\"xmax\"::text FROM person p WHERE id IN (SELECT id FROM a WHERE cmax = '1')"
    ));
    assert!(!shows("SELECT xmin, ctid, tableoid, 'xmax' FROM person"));
    assert!(!shows("SELECT max(x) AS xmax FROM person"));
    assert!(!one("SELECT xmax FROM person", Dialect::Sqlite).shows_locks);
}
