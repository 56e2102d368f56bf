//! Why a SELECT may read any table.

use sqlparser::parser::Parser;

use super::{ALL, MYSQL, POSTGRES, one, show};
use crate::sql::{Dialect, why_any_table};

#[track_caller]
fn assert_reason(sql: &str, dialects: &[Dialect], reason: &str) {
    for &dialect in dialects {
        assert_eq!(show(&one(sql, dialect).reads), "*", "{dialect:?}: {sql}");
        let why = why_any_table(sql, dialect);
        assert!(why.starts_with(reason), "{dialect:?}: {sql}: {why}");
    }
}

#[test]
fn the_part_that_may_read_any_table_is_named() {
    let catalog = "`information_schema.tables` shows the state of the database";
    assert_reason("SELECT 1 FROM information_schema.tables", ALL, catalog);
    assert_reason(
        "SELECT 1 FROM a WHERE b IN (SELECT 1 FROM information_schema.tables)",
        ALL,
        catalog,
    );
    assert_reason(
        "SELECT 1 FROM f(1)",
        POSTGRES,
        "the function `f` stands in place of a table",
    );
    assert_reason(
        "SELECT table_to_xml('a', true, true, '')",
        POSTGRES,
        "`table_to_xml` runs the text",
    );
}

/// What sqlparser alone does not parse is no reason if the pipeline does.
#[test]
fn a_text_that_is_rewritten_is_not_blamed() {
    let catalog = "`information_schema.tables` shows the state of the database";
    let window = "SELECT sum(1) OVER (ORDER BY 1 ROWS CURRENT ROW EXCLUDE TIES) FROM information_schema.tables";
    let cast = "SELECT CAST('a' AS CHAR(5) CHARACTER SET utf8mb4) FROM information_schema.tables";
    let deep = format!(
        "SELECT {}1{} FROM information_schema.tables",
        "(".repeat(200),
        ")".repeat(200)
    );
    for (sql, dialects) in [(window, ALL), (cast, MYSQL), (&*deep, ALL)] {
        for dialect in dialects {
            assert!(
                Parser::parse_sql(dialect.syntax().parser, sql).is_err(),
                "{dialect:?}: {sql}"
            );
        }
        assert_reason(sql, dialects, catalog);
    }
}

/// A syntax tree is dropped recursively, so a long chain must not be parsed on the caller's stack.
#[test]
fn a_long_chain_that_is_not_understood_does_no_harm() {
    let chain = "a = 1 OR ".repeat(50_000);
    for sql in [
        format!("SELECT 1 FROM a WHERE {chain} b = = 1"),
        format!("SELECT 1 FROM a WHERE {chain} {chain} {chain} 1"),
    ] {
        let why = std::thread::Builder::new().stack_size(512 << 10);
        let why = why
            .spawn(move || why_any_table(&sql, Dialect::Postgres))
            .unwrap()
            .join();
        assert!(why.unwrap().starts_with("it is not understood"));
    }
}

#[test]
fn the_error_has_its_position() {
    let why = why_any_table("SELECT 1 FROM a WHERE\n  b = = 1", Dialect::Postgres);
    assert!(
        why.starts_with("it is not understood (") && why.contains("Line: 2"),
        "{why}"
    );
    for hostile in ["SELECT 'a", "SELECT \0", "", "SELECT /*! 1 */ FROM a"] {
        for &dialect in ALL {
            assert!(why_any_table(hostile, dialect).starts_with("it is not understood"));
        }
    }
}
