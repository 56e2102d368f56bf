//! Quotes that every server closes in the same place, and quotes that a setting may close elsewhere.

use super::super::dialect::QuotingModes;
use super::super::spelling::readable;
use super::{ALL, Dialect, MYSQL, POSTGRES, SQLITE, StatementKind, analyse, everything, selects, writes};

fn plain(sql: &str, dialect: Dialect) -> Option<String> {
    readable(sql, dialect, QuotingModes::Any).ok().map(Into::into)
}

/// In one mode, the server sees a statement where it sees a literal in another.
#[test]
fn no_mode_hides_a_statement() {
    everything(
        POSTGRES,
        &[
            r"UPDATE address SET note = '\''; DELETE FROM secret -- '",
            r"UPDATE address SET note = '\'' WHERE id = 1; DELETE FROM secret -- '",
            r"UPDATE address SET note = 'x\\\''; DELETE FROM secret -- '",
            r"UPDATE address SET note = N'\''; DELETE FROM secret -- '",
            r"UPDATE address SET note = '\''; DELETE FROM secret; SELECT $$ ' $$",
            r"UPDATE address SET note = '\' /* ', id = 2; DELETE FROM secret -- */ '",
            "SELECT 'a'\n'\\''; DELETE FROM secret -- '",
            "SELECT E'\\1'\n'01'; DELETE FROM secret",
        ],
    );
    everything(
        MYSQL,
        &[
            r"UPDATE address SET note = '\'; DELETE FROM secret -- '",
            r"UPDATE address SET note = 'a\\\'; DELETE FROM secret -- '",
            r"UPDATE address SET note = N'\'; DELETE FROM secret -- '",
            r"UPDATE address SET note = _utf8'\'; DELETE FROM secret -- '",
            r"UPDATE address SET note = '\'; DELETE FROM secret # '",
            r#"UPDATE address SET note = "\"; DELETE FROM secret -- ""#,
            r#"SELECT 1 AS "\"; DELETE FROM secret; SELECT """#,
            r"UPDATE address SET note = '\'; DELETE FROM secret; SELECT '\'', '\'; SELECT 1, '",
            // The first statement sets the mode for the second.
            r#"SET @a = '\'', sql_mode = "NO_BACKSLASH_ESCAPES"; SELECT '\'; DELETE FROM secret -- '"#,
            "SELECT 1 AS [it's]; DELETE FROM secret -- '",
        ],
    );
    everything(
        SQLITE,
        &[
            "SELECT $a('), 1; DELETE FROM secret; --'",
            "SELECT :a::b('), 1; DELETE FROM secret; --'",
        ],
    );
}

/// Nor does a mode hide a table that a SELECT reads.
#[test]
fn no_mode_hides_a_table() {
    for sql in [
        r"SELECT id FROM person WHERE name <> '\'' AND id IN (SELECT id FROM secret) -- '",
        "SELECT id FROM person WHERE name <> 'a'\n'\\'' AND id IN (SELECT id FROM secret) -- '",
    ] {
        assert!(analyse(sql, Dialect::Postgres).single_select().is_err(), "{sql}");
    }
    let sql = r"SELECT id FROM person WHERE name <> '\' AND id IN (SELECT id FROM secret) -- '";
    assert!(analyse(sql, Dialect::Mysql).single_select().is_err());
    selects(
        MYSQL,
        &[
            ("SELECT id FROM \"secret\"", "secret"),
            (
                "SELECT id FROM \"shop\".\"secret\" AS \"s\" JOIN \"other\" ON true",
                "other secret",
            ),
            (
                "SELECT id FROM person WHERE id IN (SELECT id FROM \"secret\")",
                "person secret",
            ),
            ("SELECT 1 2 FROM \"information_schema\".tables", "*"),
        ],
    );
    writes(
        MYSQL,
        &[
            ("UPDATE \"secret\" SET \"a\" = 1", "secret"),
            ("DELETE FROM \"secret\"", "secret"),
            ("INSERT INTO \"secret\" VALUES (1)", "secret"),
            ("REPLACE \"secret\" VALUES (1)", "secret"),
            ("TRUNCATE TABLE \"secret\"", "secret"),
        ],
    );
}

/// A PostgreSQL literal that continues on another line keeps its meaning.
#[test]
fn a_literal_goes_on_in_another_line() {
    for literal in ["E'a'\n'b\\''", "e'a' -- it's\r\n\t'b\\''", "E''\n--'\n\x0c''\n'\\''"] {
        let facts = analyse(&format!("SELECT {literal}; DELETE FROM secret -- '"), Dialect::Postgres);
        assert_eq!(facts.statements().len(), 2, "{literal}");
        assert_eq!(super::show(&facts.writes().tables()), "secret", "{literal}");
        selects(
            POSTGRES,
            &[(
                &format!("SELECT id FROM person WHERE name <> {literal} AND id IN (SELECT id FROM secret) -- '"),
                "person secret",
            )],
        );
    }
    // The second literal does not continue the first. No line break separates them, or another kind of comment does, or
    // the first is a quoted name.
    for sql in [
        "SELECT E'a' 'b\\'; DELETE FROM secret; SELECT 1, ''",
        "SELECT E'a'/*\n*/'b\\'; DELETE FROM secret; SELECT 1, ''",
        "SELECT 1 \"E\" \n'b\\'; DELETE FROM secret; SELECT 1, ''",
    ] {
        let facts = analyse(sql, Dialect::Postgres);
        assert!(
            super::show(&facts.writes().tables())
                .replace('*', "secret")
                .contains("secret"),
            "{sql}"
        );
    }
}

/// A text that means the same in every mode is understood.
#[test]
fn most_backslashes_are_understood() {
    selects(
        ALL,
        &[
            (r"SELECT id FROM a WHERE path = 'C:\dir\file'", "a"),
            (r"SELECT id FROM a WHERE path LIKE '100\%'", "a"),
            (r"SELECT id FROM a WHERE path = 'C:\\'", "a"),
            (r"SELECT id FROM a WHERE path = 'it''s \d''s'", "a"),
            (
                r"SELECT id FROM a WHERE path = 'a\\' OR path IN (SELECT 'b' FROM b)",
                "a b",
            ),
        ],
    );
    selects(
        POSTGRES,
        &[
            (r"SELECT id FROM a WHERE path LIKE 'a\%' ESCAPE '\'", "a"),
            (r"SELECT id FROM a WHERE path IN ('\', '/', 'C:\', '')", "a"),
            (r"SELECT id FROM a WHERE path = E'it\'s' OR path ~ '^\d+$'", "a"),
            ("SELECT E'a'\n'b', 'c' -- it's\n 'd' FROM a", "a"),
            (r#"SELECT "a\" FROM a"#, "a"),
            (r"SELECT U&'\0061' FROM a", "a"),
        ],
    );
    selects(
        MYSQL,
        &[
            (r"SELECT id FROM a WHERE name = 'it\'s'", "a"),
            (r"SELECT id FROM a WHERE name IN ('it\'s', 'he\'s')", "a"),
            (
                r"SELECT id FROM a WHERE name IN ('it\'s', 'he\'s', '\'') AND b IS NOT \N",
                "a b id n name",
            ),
            (r#"SELECT id FROM a WHERE name = "C:\dir\\" OR name = 'x'"#, "a"),
        ],
    );
}

/// sqlparser reads each of these as something else.
#[test]
fn what_looks_like_a_literal_is_none() {
    selects(
        POSTGRES,
        &[
            ("SELECT id FROM b\"x\"", "b"),
            ("SELECT id FROM public.b\"x\" JOIN c ON true", "b c"),
        ],
    );
    let mysql = ["b\"a\\\" \"", "x.b'a\\' '", "b'1''a\\' '", "@b'a\\' '"].map(|literal| {
        let quote = if literal.contains('"') { '"' } else { '\'' };
        let hidden = format!("DELETE FROM secret WHERE name <> {quote} {quote}");
        (Dialect::Mysql, format!("SELECT {literal}; {hidden}; SELECT {literal}"))
    });
    let others = [
        (
            Dialect::Postgres,
            "SELECT $\u{20ac}$ it's $\u{20ac}$; DELETE FROM secret; SELECT $\u{20ac}$ ' $\u{20ac}$".into(),
        ),
        (
            Dialect::Sqlite,
            "SELECT x'\\'; DELETE FROM secret WHERE name <> '\\'".into(),
        ),
    ];
    for (dialect, sql) in mysql.into_iter().chain(others) {
        let analysis = analyse(&sql, dialect);
        let seen = |facts: &super::StatementFacts| {
            facts.kind == StatementKind::Unknown || super::show(&facts.writes.tables()).contains("secret")
        };
        assert!(
            analysis.statements().iter().any(seen),
            "{dialect:?}: {sql}: {analysis:?}"
        );
    }
}

#[test]
fn a_text_is_spelled_as_sqlparser_reads_it() {
    for (dialect, sql, expected) in [
        (
            Dialect::Postgres,
            "SELECT 'a' \t--'\n 'b''c' 'd'",
            Some("SELECT 'ab''c' 'd'"),
        ),
        (
            Dialect::Postgres,
            "SELECT B'1'\n'0', 'a' 'b', 'c'--d",
            Some("SELECT B'10', 'a' 'b', 'c' "),
        ),
        (Dialect::Postgres, "SELECT 'a'/*\n*/'b'", Some("SELECT 'a' 'b'")),
        (
            Dialect::Postgres,
            "SELECT U&\"n\\0061m\\+000065\", u&\"a\"\"b\", E'\\''",
            Some("SELECT  \"name\",  \"a\"\"b\", E'\\''"),
        ),
        (Dialect::Postgres, "SELECT U&\"n!0061me\" UESCAPE '!'", None),
        (Dialect::Postgres, "SELECT U&\"n\\006\"", None),
        (
            Dialect::Postgres,
            "SELECT date'2000-01-01', n'a'",
            Some("SELECT date '2000-01-01', n'a'"),
        ),
        (
            Dialect::Postgres,
            "SELECT U & \"a\", 1-1",
            Some("SELECT U & \"a\", 1-1"),
        ),
        (
            Dialect::Mysql,
            r"SELECT 'a\nb\\', b'1'",
            Some(r"SELECT 'a\\nb\\\\', b'1'"),
        ),
        (Dialect::Mysql, r"SELECT 'it\'s'", Some(r"SELECT 'it\'s'")),
        (Dialect::Mysql, "SELECT '[', [a]", None),
        (
            Dialect::Sqlite,
            "SELECT [it's], ?1, $a, count(*)",
            Some("SELECT [it's], ?1, $a, count(*)"),
        ),
    ] {
        assert_eq!(plain(sql, dialect).as_deref(), expected, "{dialect:?}: {sql}");
    }
}

/// If two texts set different values, they never seem to set the same value.
#[test]
fn values_are_told_apart_in_every_mode() {
    let session = |sql, dialect| analyse(sql, dialect).statements()[0].session_changes.clone();
    for (dialect, one, other) in [
        (Dialect::Mysql, r"SET @a = 'x\y'", "SET @a = 'xy'"),
        (Dialect::Mysql, r"SET @a = 'x\\y'", r"SET @a = 'x\y'"),
        (Dialect::Postgres, r"SET app.a = 'x\101'", "SET app.a = 'xA'"),
    ] {
        assert_ne!(session(one, dialect), session(other, dialect), "{one}");
    }
    let sql = r"SELECT set_config('app\056tenant', 'a', false)";
    assert_eq!(*session(sql, Dialect::Postgres), [super::super::SessionChange::Unknown]);
}

/// A table, a function or a setting has the name that its escapes spell.
#[test]
fn names_of_unicode_escapes_are_read() {
    selects(
        POSTGRES,
        &[
            ("SELECT id FROM U&\"secr\\0065t\"", "secret"),
            (
                "SELECT id FROM a JOIN public.u&\"secr\\+000065t\" s ON true",
                "a secret",
            ),
            ("SELECT 1 2 FROM U&\"secr\\0065t\"", "secret"),
            ("TABLE U&\"secr\\0065t\"", "secret"),
        ],
    );
    writes(
        POSTGRES,
        &[
            ("DELETE FROM U&\"secr\\0065t\"", "secret"),
            ("TRUNCATE a, U&\"secr\\0065t\"", "a secret"),
            ("COPY U&\"secr\\0065t\" FROM STDIN", "secret"),
        ],
    );
    everything(
        POSTGRES,
        &[
            "DELETE FROM U&\"secr!0065t\" UESCAPE '!'",
            "SELECT id FROM U&\"secr!0065t\" UESCAPE '!'",
        ],
    );
    let calls = |sql| analyse(sql, Dialect::Postgres).statements()[0].calls.clone();
    assert_eq!(calls("SELECT U&\"not\\0065\"(1)"), calls("SELECT note(1)"));
    assert_eq!(
        calls("SELECT U&\"not!0065\"(1) UESCAPE '!'"),
        super::super::Calls::Anything
    );
    let kind = |sql| analyse(sql, Dialect::Postgres).statements()[0].kind.clone();
    assert_eq!(kind("SAVEPOINT U&\"\\0061\""), kind("SAVEPOINT a"));
}

/// A function that is passed the text of a query may read any table.
#[test]
fn functions_that_run_a_text_read_everything() {
    for call in [
        "query_to_xml('SELECT * FROM secret', true, false, '')",
        "pg_catalog.table_to_xml('secret', true, false, '')",
        "SCHEMA_TO_XML('public', true, false, '')",
        "database_to_xml(true, false, '')",
        "\"cursor_to_xml\"('c', 1, true, false, '')",
        "ts_rewrite('a'::tsquery, 'SELECT a, b FROM secret')",
    ] {
        let sql = format!("SELECT {call}::text FROM person");
        selects(POSTGRES, &[(&sql, "*")]);
        assert_eq!(
            analyse(&sql, Dialect::Postgres).statements()[0].calls,
            super::super::Calls::Anything
        );
    }
    selects(
        POSTGRES,
        &[
            ("SELECT * FROM ts_stat('SELECT v FROM secret')", "*"),
            (
                "SELECT id FROM a WHERE b = (SELECT count(*) FROM crosstab('SELECT 1') AS c(x int))",
                "*",
            ),
            ("SELECT query_to_xml FROM a", "a"),
        ],
    );
}
