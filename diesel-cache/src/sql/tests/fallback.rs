//! Statements that the parser does not parse.

use super::super::{SessionChange, split, statement};
use super::{
    ALL, Dialect, MYSQL, POSTGRES, SQLITE, StatementKind, everything, kinds, locking_selects, one, selects, show,
    writes,
};

/// Returns `true` if sqlparser parses the statement. Such a case does not test the fallback.
fn is_parsed(sql: &str, dialect: Dialect) -> bool {
    let statements = split::split(sql, dialect).unwrap();
    let parsed = statement::parsed(&statements[0], "", dialect);
    parsed.is_some_and(|facts| facts.kind != StatementKind::Unknown)
}

#[test]
fn what_is_not_parsed_reads_the_words_that_may_be_tables() {
    let cases = [
        ("SELECT a 1 FROM person", "a person"),
        (
            "SELECT t.a 1 FROM main.person AS t, \"Other\" x WHERE x.id IS 5 6",
            "a id other person x",
        ),
        ("WITH x AS (SELECT 1 2 FROM a) SELECT * FROM x", "a with x"),
        ("SELECT count(*) 1, lower(a) FROM person WHERE f(b) 1", "a b person"),
        ("SELECT 1 2 FROM person JOIN (SELECT * FROM a) x", "a person x"),
        ("(SELECT 1 2 FROM a) UNION SELECT * FROM b", "a b"),
        ("VALUES (1 2)", ""),
    ];
    assert!(cases.iter().all(|(sql, _)| !is_parsed(sql, Dialect::Postgres)));
    selects(&[Dialect::Sqlite, Dialect::Postgres], &cases);
    selects(
        ALL,
        &[
            ("SELECT 1 2 FROM secret(1)", "*"),
            ("SELECT 1 2 FROM a, secret(1)", "*"),
            ("SELECT 1 2 FROM (a JOIN secret(1) ON true)", "*"),
            ("SELECT 1 2 FROM mine.json_each(1)", "*"),
            ("SELECT 1 2 FROM a, json_each(a)", "a"),
            ("SELECT 1 2 FROM information_schema.tables", "*"),
            ("SELECT 1 2 WHERE a IN secret(1)", "*"),
            ("SELECT * FROM person WHERE (", "person"),
        ],
    );
    selects(
        POSTGRES,
        &[
            ("SELECT 1 2 FROM pg_class", "*"),
            ("SELECT 1 2 FROM U&\"p\\0065rson\"", "person"),
            ("SELECT * FROM ROWS FROM (f(1))", "*"),
            ("SELECT 1 2, '3'::t FROM a", "a"),
        ],
    );
    selects(
        SQLITE,
        &[
            ("SELECT 1 2 FROM 'person', [odd name], `x`", "odd name person x"),
            ("SELECT 1 2 FROM left, cast", "cast left"),
            ("SELECT 1 2 FROM sqlite_master", "*"),
            ("SELECT * FROM a WHERE x IN b", "a b"),
        ],
    );
    selects(MYSQL, &[("SELECT 1 2 FROM \"person\", `odd name`", "odd name person")]);
    let many: String = (0..100).map(|n| format!(", t{n}")).collect();
    selects(ALL, &[(&format!("SELECT 1 2 FROM t{many}"), "*")]);
}

#[test]
fn what_is_not_parsed_may_lock() {
    locking_selects(
        POSTGRES,
        &[
            ("SELECT 1 2 FROM a FOR UPDATE", "a for update"),
            ("SELECT 1 2 FROM a FOR NO KEY UPDATE", "a for key no update"),
            ("SELECT 1 2 FROM a FOR KEY SHARE", "a for key share"),
        ],
    );
    locking_selects(MYSQL, &[("SELECT 1 2 FROM a LOCK IN SHARE MODE", "a lock mode share")]);
}

#[test]
fn what_is_not_parsed_writes_what_its_heads_name() {
    writes(
        POSTGRES,
        &[
            ("INSERT INTO public.person VALUES (1 2)", "person"),
            ("UPDATE ONLY person SET a = 1 2", "person"),
            ("UPDATE ONLY (person) SET a = 1 2", "person"),
            ("DELETE FROM \"Person\" WHERE 1 2", "person"),
            (
                "MERGE INTO person USING a ON 1 2 WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
                "person",
            ),
            (
                "INSERT INTO person VALUES (1) ON CONFLICT (a) DO UPDATE SET x = 1 2",
                "person",
            ),
            ("WITH x AS (DELETE FROM a WHERE 1 2 RETURNING *) SELECT * FROM x", "a"),
            (
                "WITH x AS (INSERT INTO a VALUES (1 2)), y AS (UPDATE b SET x = 1) MERGE INTO c USING x ON true WHEN MATCHED THEN DO NOTHING",
                "a b c",
            ),
            ("SELECT 1 2 INTO TEMP TABLE fresh FROM a", "fresh"),
            ("SELECT * FROM (SELECT 1 2) x, (UPDATE person SET a = 1) y", "person"),
            (
                "WITH RECURSIVE c AS (SELECT 1 2) SEARCH DEPTH FIRST BY a SET x INSERT INTO t SELECT 1",
                "t",
            ),
        ],
    );
    writes(
        SQLITE,
        &[
            ("INSERT OR IGNORE INTO main.person VALUES (1 2)", "person"),
            ("REPLACE INTO [person] VALUES (1 2)", "person"),
            ("UPDATE OR ROLLBACK person SET a = 1 2", "person"),
            ("WITH x AS (SELECT 1 2) DELETE FROM 'person'", "person"),
        ],
    );
    writes(
        MYSQL,
        &[
            ("INSERT LOW_PRIORITY IGNORE INTO person VALUES (1 2)", "person"),
            ("INSERT person VALUES (1 2) ON DUPLICATE KEY UPDATE a = 1", "person"),
            ("REPLACE DELAYED shop.person VALUES (1 2)", "person"),
            (
                "UPDATE person, address SET person.x = 1 WHERE person.id = address.id",
                "address person",
            ),
            (
                "UPDATE person p JOIN `Address` USING (id) SET a = 1 2",
                "address id p person",
            ),
            ("DELETE p.* FROM person p, address WHERE 1", "address p person"),
            ("SELECT NEXT VALUE FOR s", "s"),
        ],
    );
    kinds(
        MYSQL,
        &StatementKind::Utility,
        &[
            "SELECT * FROM person INTO OUTFILE '/tmp/x'",
            "SELECT 1 2 INTO DUMPFILE 'x'",
        ],
    );
}

#[test]
fn a_head_that_is_not_understood_changes_everything() {
    everything(
        POSTGRES,
        &[
            "SELECT update, 1 2 FROM person",
            "INSERT INTO U&\"p!0065rson\" UESCAPE '!' VALUES (1 2)",
            "WITH x AS (DELETE FROM U&\"a\" UESCAPE '!') SELECT 1 2",
            "SELECT 1 2 FROM `person`",
        ],
    );
    everything(SQLITE, &["SELECT 1 2 INTO person"]);
    everything(
        MYSQL,
        &[
            "SELECT x INTO @y FROM person",
            "SELECT 1 2 INTO y FROM person",
            "UPDATE SET a = 1",
            "DELETE",
            "INSERT (a) VALUES (1)",
            "SELECT 1 2 INTO OUTFILE 'x' FROM a; DELETE",
        ],
    );
    everything(ALL, &["'x' 1 2", "1 2"]);
}

/// A statement that is understood neither begins a transaction nor changes a setting, whatever words it contains.
#[test]
fn a_read_is_a_read() {
    for sql in [
        "SELECT set 1, begin, \"use\" FROM role 2",
        "UPDATE t SET \"tags\"[1:2] = 'search_path'",
    ] {
        let facts = one(sql, Dialect::Postgres);
        assert_ne!(facts.kind, StatementKind::Unknown, "{sql}");
        assert!(!facts.begins && !facts.commits && !facts.defines, "{facts:?}");
        assert!(statement::may_begin(sql) || sql.starts_with("UPDATE"));
    }
    let facts = one("SELECT set_config('a', 'b', false) 1 2", Dialect::Postgres);
    assert_eq!(facts.kind, StatementKind::SessionChange);
    for sql in [
        "UPDATE pg_settings SET setting = 'x' WHERE name = 'search_path'",
        "WITH a AS (UPDATE pg_catalog.\"pg_settings\" SET setting = 'x' RETURNING 1) SELECT * FROM a",
        "EXPLAIN ANALYZE UPDATE pg_settings SET setting = 'x'",
    ] {
        let facts = one(sql, Dialect::Postgres);
        assert_eq!(*facts.session_changes, [SessionChange::Unknown], "{sql}");
    }
    let facts = one("SELECT @a := 1 2", Dialect::Mysql);
    assert_eq!(
        (facts.kind, show(&facts.writes.tables())),
        (StatementKind::SessionChange, "*".into())
    );
}
