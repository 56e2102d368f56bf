//! Texts for display.

use super::super::shown;
use super::{ALL, Dialect, MYSQL, POSTGRES, SQLITE};

#[test]
fn values_are_left_out_and_all_else_stays() {
    let cases: &[(&[Dialect], &str, &str)] = &[
        (
            ALL,
            "SELECT name FROM person WHERE id = 7",
            "SELECT name FROM person WHERE id = ?",
        ),
        (ALL, "  SELECT\n\tname  FROM person ", "SELECT name FROM person"),
        (
            ALL,
            "SELECT 'Ada', -1.5e3, 0x41, x'41', NULL",
            "SELECT ?, -?, ?, ?, NULL",
        ),
        (
            ALL,
            "SELECT a FROM t WHERE b = 'O''Neil' -- Ada\n AND c = 1",
            "SELECT a FROM t WHERE b = ? AND c = ?",
        ),
        (ALL, "/* user 42 */ SELECT a /* Ada */ FROM t", "SELECT a FROM t"),
        (
            ALL,
            "SELECT a FROM t WHERE b IN (1, -2, 'c') AND d = 1",
            "SELECT a FROM t WHERE b IN (?, …) AND d = ?",
        ),
        (
            ALL,
            "SELECT a FROM t WHERE b IN (1)",
            "SELECT a FROM t WHERE b IN (?, …)",
        ),
        (
            ALL,
            "SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE d = 1)",
            "SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE d = ?)",
        ),
        (
            ALL,
            "SELECT f(1, 'a') FROM t WHERE b IN (c, 1)",
            "SELECT f(?, ?) FROM t WHERE b IN (c, ?)",
        ),
        (ALL, "SELECT a FROM t1 LIMIT 10", "SELECT a FROM t1 LIMIT ?"),
        (
            SQLITE,
            "SELECT `person`.`id` FROM `person` WHERE (`person`.`id` = ?) LIMIT ?",
            "SELECT `person`.`id` FROM `person` WHERE (`person`.`id` = ?) LIMIT ?",
        ),
        (
            SQLITE,
            "SELECT a FROM t WHERE b IS NOT DISTINCT FROM \"Ada\" AND c IS DISTINCT FROM/**/\"Eve\"",
            "SELECT a FROM t WHERE b IS NOT DISTINCT FROM ? AND c IS DISTINCT FROM ?",
        ),
        (SQLITE, "SELECT a FROM \"two\nlines\"", "SELECT a FROM \"two lines\""),
        (
            SQLITE,
            "SELECT a FROM t WHERE b IN (?, ?, ?)",
            "SELECT a FROM t WHERE b IN (?, …)",
        ),
        (
            SQLITE,
            "SELECT \"t\".\"a\" FROM \"t\" AS \"u\" WHERE \"t\".b = \"Ada\"",
            "SELECT \"t\".\"a\" FROM \"t\" AS \"u\" WHERE \"t\".b = ?",
        ),
        (
            SQLITE,
            "SELECT [a] FROM t WHERE b = :name AND c = @d",
            "SELECT [a] FROM t WHERE b = :name AND c = @d",
        ),
        (
            POSTGRES,
            "SELECT \"person\".\"id\" FROM \"person\" WHERE (\"person\".\"name\" = $1) LIMIT $2",
            "SELECT \"person\".\"id\" FROM \"person\" WHERE (\"person\".\"name\" = ?) LIMIT ?",
        ),
        (
            POSTGRES,
            "SELECT \"a\" FROM t WHERE b = E'it\\'s' AND c = $$Ada$$ AND d = $x$Ada$x$",
            "SELECT \"a\" FROM t WHERE b = ? AND c = ? AND d = ?",
        ),
        (
            POSTGRES,
            "SELECT U&'d\\0061t' , B'01', N'Ada', 1_000",
            "SELECT ? , ?, ?, ?",
        ),
        (
            POSTGRES,
            "SELECT a FROM t WHERE b = ANY($1) AND c->>'d' = 'e' AND f::int > INTERVAL '1 day'",
            "SELECT a FROM t WHERE b = ANY(?) AND c->>? = ? AND f::int > INTERVAL ?",
        ),
        (
            MYSQL,
            "SELECT `a` FROM t WHERE b = \"Ada\" AND c = _utf8mb4'Ada' AND d = 'it\\'s'",
            "SELECT `a` FROM t WHERE b = ? AND c = _utf8mb4 ? AND d = ?",
        ),
        (
            MYSQL,
            "SELECT a FROM t WHERE b = 0b01 # Ada\n AND c = b'01'",
            "SELECT a FROM t WHERE b = ? AND c = ?",
        ),
    ];
    for (dialects, sql, expected) in cases {
        for dialect in *dialects {
            assert_eq!(shown(sql, *dialect).as_deref(), Some(*expected), "{dialect:?}: {sql}");
        }
    }
}

#[test]
fn a_text_that_cannot_be_taken_apart_is_not_shown() {
    for dialect in ALL {
        for sql in ["SELECT 'Ada", "SELECT 1 /* Ada", "SELECT 'Ada\0'", "SELECT 'O'Neil's'"] {
            assert_eq!(shown(sql, *dialect), None, "{dialect:?}: {sql}");
        }
    }
    // Where the literal ends depends on the server's mode.
    assert_eq!(shown("SELECT 'a\\', name, ' FROM t'", Dialect::Mysql), None);
    assert_eq!(shown("SELECT /*! 'Ada' */ 1", Dialect::Mysql), None);
}

/// No part of a literal is shown, whatever it contains and however it is spelled.
#[test]
fn no_text_shows_a_literal() {
    let spellings = [
        "'{}'",
        "E'{}'",
        "N'{}'",
        "U&'{}'",
        "$${}$$",
        "$q${}$q$",
        "_utf8'{}'",
        "B'{}'",
        "X'{}'",
        "\"{}\"",
        "q'[{}]'",
        "r'{}'",
    ];
    let values = [
        "secret",
        "sec''ret",
        "sec\\'ret",
        "sec\"ret",
        "sec--ret",
        "sec/*ret",
        "sec;ret",
        "$1secret",
        "(secret",
    ];
    for spelling in spellings {
        for value in values {
            for (template, dialects) in [
                ("SELECT a FROM t WHERE b = @", ALL),
                ("SELECT @", ALL),
                ("SELECT a FROM t WHERE b IN (@, @)", ALL),
            ] {
                let literal = spelling.replace("{}", value);
                let sql = template.replace('@', &literal);
                for dialect in dialects {
                    // In this dialect, `"…"` is a name, or `$…` a parameter.
                    let is_postgres = *dialect == Dialect::Postgres;
                    if spelling.starts_with(if is_postgres { '"' } else { '$' }) {
                        continue;
                    }
                    let text = shown(&sql, *dialect).unwrap_or_default();
                    assert!(
                        !text.contains("secret") && !text.contains("sec"),
                        "{dialect:?}: {sql}: {text}"
                    );
                }
            }
        }
    }
}
