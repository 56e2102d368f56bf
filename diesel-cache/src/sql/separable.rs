//! Whether a SELECT can be sent once for the rows of several keys.
//!
//! `SELECT … WHERE id = 1` and `SELECT … WHERE id = 2` can be sent together as `SELECT … WHERE id IN (1, 2)`, if each
//! row of the result depends on the rows of its own key only. A limit, a group, an aggregate or a window would cover
//! the rows of all keys.

use sqlparser::tokenizer::Token;

use super::dialect::{Dialect, QuotingModes};
use super::split::tokens;
use super::statement::AGGREGATES;
use super::tokens::{is_any, is_word, word};

/// Words outside of sub-selects that make the rows of the result depend on each other.
const CLAUSES: &[&str] = &[
    "EXCEPT",
    "FETCH",
    "GROUP",
    "HAVING",
    "INTERSECT",
    "LIMIT",
    "OFFSET",
    "OVER",
    "UNION",
    "WINDOW",
];

/// Aggregate functions that are missing from [`AGGREGATES`]. That list holds only aggregates that leave it known which
/// rows a statement reads.
const MORE_AGGREGATES: &[&str] = &[
    "any_value",
    "bit_xor",
    "corr",
    "covar_pop",
    "covar_samp",
    "json_arrayagg",
    "json_group_object",
    "json_objectagg",
    "jsonb_group_array",
    "jsonb_group_object",
    "median",
    "mode",
    "percentile",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "range_intersect_agg",
    "std",
    "xmlagg",
];

/// Returns the part of the text that prevents it from being sent for several keys at once; `None` if nothing does.
pub(crate) fn inseparable(sql: &str, dialect: Dialect) -> Option<String> {
    let Ok(tokens) = tokens(sql, dialect, QuotingModes::Any) else {
        return Some("a text that cannot be read".into());
    };
    let tokens: Vec<&Token> = tokens
        .iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1);
        if **token == Token::LParen && next.is_some_and(|next| is_word(next, "SELECT") || is_word(next, "WITH")) {
            at = end_of_group(&tokens, at);
            continue;
        }
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_called = next.is_some_and(|next| **next == Token::LParen);
        if let Token::Word(called) = token
            && is_called
            && [AGGREGATES, MORE_AGGREGATES]
                .iter()
                .any(|list| is_any(&called.value, list))
        {
            return Some(called.value.to_uppercase());
        }
        // This comes from a raw filter. In `a OR b AND key = 1`, the condition on the key applies to `b` only.
        if depth == 0 && (is_word(token, "OR") || is_word(token, "XOR")) {
            return Some("OR without parentheses".into());
        }
        if let Some(name) = word(token) {
            // `a IS DISTINCT FROM b` is a comparison.
            let is_distinct =
                is_word(token, "DISTINCT") && at.checked_sub(1).is_some_and(|at| is_word(tokens[at], "SELECT"));
            if is_distinct || is_any(name, CLAUSES) {
                return Some(name.to_uppercase());
            }
        }
        at += 1;
    }
    None
}

/// Returns the position after the parenthesis that closes the one at `at`.
fn end_of_group(tokens: &[&Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Option<String> {
        inseparable(sql, Dialect::Postgres)
    }

    #[test]
    fn what_covers_rows_of_several_keys_is_found() {
        for (sql, expected) in [
            ("SELECT id FROM a WHERE x = $1 LIMIT 3", "LIMIT"),
            ("SELECT id FROM a WHERE x = $1 offset 3", "OFFSET"),
            ("SELECT id FROM a FETCH FIRST ROW ONLY", "FETCH"),
            ("SELECT DISTINCT ON (x) id FROM a", "DISTINCT"),
            ("SELECT id, row_number() OVER (ORDER BY id) FROM a", "OVER"),
            ("SELECT id, count(*) FROM a", "COUNT"),
            ("SELECT id, (1 + Sum ( x )) FROM a", "SUM"),
            (r#"SELECT id, "sum"(x) FROM a"#, "SUM"),
            (
                "SELECT id FROM a WHERE y = 1 OR y = 2 AND x = $1",
                "OR without parentheses",
            ),
            ("SELECT id FROM a GROUP BY id", "GROUP"),
            ("SELECT id FROM a UNION SELECT id FROM b", "UNION"),
        ] {
            assert_eq!(found(sql).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn what_covers_the_rows_of_one_key_or_of_a_sub_select_is_not() {
        for sql in [
            r#"SELECT "a"."id", "a"."limit", "a"."count" FROM "a" WHERE ("a"."x" = $1) ORDER BY "a"."id""#,
            "SELECT id, (SELECT count(*) FROM b WHERE b.x = a.id) FROM a",
            "SELECT id FROM a WHERE x IN (SELECT x FROM b GROUP BY x LIMIT 3) AND y = $1",
            "SELECT id FROM a WHERE note = 'LIMIT' -- GROUP BY",
            "SELECT id, count FROM a",
            "SELECT id FROM a WHERE (y = 1 OR y = 2) AND x = $1",
            "SELECT id FROM a WHERE x IS DISTINCT FROM $1",
        ] {
            assert_eq!(found(sql), None, "{sql}");
        }
    }
}
