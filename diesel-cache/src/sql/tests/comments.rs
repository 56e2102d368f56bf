//! Comments, and text that only looks like a comment.

use super::super::dialect::QuotingModes;
use super::super::spelling::readable;
use super::{Dialect, MYSQL, POSTGRES, SQLITE, StatementKind, analyse};

fn plain(sql: &str, dialect: Dialect) -> Option<String> {
    readable(sql, dialect, QuotingModes::Usual).ok().map(Into::into)
}

#[test]
fn each_database_has_its_own() {
    for (dialects, sql, expected) in [
        (SQLITE, "a -- b\nc /* d\n */ e", Some("a  \nc   e")),
        (POSTGRES, "a -- b\rc /* /* d */ */ e", Some("a  \rc   e")),
        (MYSQL, "a -- b\nc --d # e\n/* /* f */ g", Some("a  \nc --d  \n  g")),
        (SQLITE, "a -- b\r c", Some("a  ")),
        (
            SQLITE,
            "'--' \"/*\" `--` [--] '''--' --",
            Some("'--' \"/*\" `--` [--] '''--'  "),
        ),
        (POSTGRES, "'\\' -- b", Some("'\\'  ")),
        (
            POSTGRES,
            "E'\\'--' || e'''\\'--' -- b",
            Some("E'\\'--' || e'''\\'--'  "),
        ),
        (POSTGRES, "type'\\' -- b", Some("type '\\'  ")),
        (
            POSTGRES,
            "$$--$$ $a$ $$--$$ $a$ a$$ -- b$$",
            Some("$$--$$ $a$ $$--$$ $a$ a$$  "),
        ),
        (POSTGRES, "$1$ -- b", Some("$1$  ")),
        (MYSQL, "'\\'--' \"\\\"--\" `\\` -- b", Some("'\\'--' \"\\\"--\" `\\`  ")),
        (POSTGRES, "a # b -- c", Some("a # b  ")),
        (POSTGRES, "a @-- it's\nb", Some("a @ \nb")),
        (SQLITE, "a |/* it's */ b", Some("a |  b")),
        (SQLITE, "/* a", None),
        (POSTGRES, "/* /* */ a", None),
        (MYSQL, "'\\' -- a", None),
        (POSTGRES, "$a$ -- $b$", None),
    ] {
        for &dialect in dialects {
            assert_eq!(plain(sql, dialect).as_deref(), expected, "{dialect:?}: {sql}");
        }
    }
}

/// sqlparser reads the beginning of each comment as part of the operator before it, and the text after the quote as a
/// literal.
#[test]
fn no_operator_hides_a_statement() {
    let hiding = |dialect, operator: &str, comment: &str, end: &str| {
        let sql = format!("SELECT 1 {operator}{comment} it's {end} 1; DELETE FROM person -- '");
        let kinds: Vec<_> = analyse(&sql, dialect)
            .statements()
            .iter()
            .map(|facts| facts.kind.clone())
            .collect();
        let unknown = kinds.contains(&StatementKind::Unknown);
        assert!(
            unknown || kinds.get(1) == Some(&StatementKind::Write),
            "{dialect:?}: {sql}: {kinds:?}"
        );
    };
    let operators = [
        "@", "|", "||", "?", "&>", "%", "#", "~", "<", ">", "=", "!", "&", "|/", "@>", "->", "?|", "-|", "*",
    ];
    for operator in operators {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
            if !(dialect == Dialect::Mysql && operator.contains('#')) {
                hiding(dialect, operator, "--", "\n");
                hiding(dialect, operator, "/*", "*/");
            }
        }
    }
}
