//! The functions that a statement calls.
//!
//! A call is a name before an opening parenthesis, anywhere in the statement. So calls are found among the tokens even
//! if the parser does not understand the statement. Some of these names are not functions (`INSERT INTO person (id)`).
//! This does no harm, since the names are only looked up among the functions that are known to have an effect.

use sqlparser::tokenizer::Token;

use crate::sql::{
    dialect::Dialect,
    facts::{Calls, TableName},
};

/// Words that often precede a parenthesis, and that no database accepts as the name of a function unless they are
/// quoted.
const RESERVED: &[&str] = &[
    "ALL", "AND", "AS", "DISTINCT", "ELSE", "EXISTS", "FROM", "HAVING", "IN", "INTO", "NOT", "ON", "OR", "SELECT",
    "THEN", "UNION", "USING", "VALUES", "WHEN", "WHERE", "WITH",
];

/// Returns the functions that these tokens call.
pub(super) fn calls(tokens: &[Token], dialect: Dialect) -> Calls {
    let mut names = Vec::new();
    let solid = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_)));
    // The first token is the verb, not a function: `COPY (…)`.
    let solid: Vec<&Token> = solid.skip(1).collect();
    for (place, token) in solid.iter().enumerate() {
        let Some(called) = solid[..place].last().and_then(|last| name(last)) else {
            continue;
        };
        if **token != Token::LParen {
            continue;
        }
        names.push(TableName::new(called));
        if dialect.syntax().statements.packages
            && let [.., package, Token::Period, _] = &solid[..place]
        {
            names.extend(name(package).map(TableName::new));
        }
    }
    names.sort_unstable();
    names.dedup();
    Calls::Known(names.into_boxed_slice())
}

/// Returns the name of the function, if this token may be one.
fn name(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) => {
            let is_reserved = || {
                RESERVED
                    .iter()
                    .any(|reserved| word.value.eq_ignore_ascii_case(reserved))
            };
            (word.quote_style.is_some() || !is_reserved()).then_some(&*word.value)
        }
        // With MySQL's `ANSI_QUOTES`, this is a name.
        Token::DoubleQuotedString(name) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::sql::{Dialect, analyse};

    #[track_caller]
    fn calls(sql: &str, dialect: Dialect, expected: &[&str]) {
        let analysis = analyse(sql, dialect);
        let found: Vec<_> = analysis
            .statements()
            .iter()
            .flat_map(|facts| &facts.calls)
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, expected, "{sql}");
    }

    #[test]
    fn calls_are_found_wherever_they_stand() {
        for sql in [
            "SELECT f()",
            "SELECT public.f(1)",
            "SELECT \"public\" . \"F\" ( 1 )",
            "SELECT /* ( */ f -- (\n (1)",
            "SELECT * FROM f()",
            "SELECT * FROM person JOIN f(1) AS t ON true",
            "SELECT id FROM person WHERE f(id) > 1",
            "SELECT id FROM person ORDER BY f(id)",
            "SELECT id FROM person GROUP BY id HAVING f(1) IN (1, 2)",
            "SELECT CASE WHEN f(1) THEN 1 END FROM person",
            "WITH c AS (SELECT f(1)) SELECT * FROM c",
            "INSERT INTO person VALUES (f(1), 2)",
            "INSERT INTO person DEFAULT VALUES RETURNING f(id)",
            "UPDATE person SET name = f(name)",
            "DELETE FROM person WHERE f(id)",
            "MERGE INTO person p USING address a ON f(1) WHEN MATCHED THEN DELETE",
            "SELECT 1 FROM person WINDOW w AS (PARTITION BY f(id))",
            "EXPLAIN ANALYZE SELECT f(1)",
            "EXPLAIN SELECT f(1)",
            "COPY (SELECT f(1)) TO STDOUT",
            "CALL f(1)",
            "CREATE TABLE novel AS SELECT f(1)",
            "REFRESH MATERIALIZED VIEW v; SELECT f(1)",
            "SELECT f(1) this is not SQL",
        ] {
            calls(sql, Dialect::Postgres, &["f"]);
        }
        calls("SELECT `shop`.`F` (1)", Dialect::Mysql, &["f", "shop"]);
        for sql in ["SELECT f(1)", "DO f(1)", "SET @a = f(1)"] {
            calls(sql, Dialect::Mysql, &["f"]);
        }
    }

    #[test]
    fn what_is_none_is_not_found() {
        for sql in [
            "SELECT 'f(1)', f FROM person",
            "SELECT $$f(1)$$",
            "SELECT 1 /* f(1) */ -- f(1)",
            "CREATE OR REPLACE FUNCTION f(a INT) RETURNS INT LANGUAGE sql AS 'SELECT 1'",
            "DROP FUNCTION f(INT)",
            "CREATE TRIGGER t AFTER INSERT ON person EXECUTE FUNCTION f()",
            "SELECT id FROM person WHERE (id) IN (1) AND (id = 1 OR (id = 2)) AND EXISTS (SELECT 1)",
        ] {
            calls(sql, Dialect::Postgres, &[]);
        }
    }
}
