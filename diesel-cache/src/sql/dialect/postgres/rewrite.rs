//! Rewrites what sqlparser does not parse of PostgreSQL's SQL.

use sqlparser::tokenizer::Token;

use crate::sql::tokens::{
    Cursor, conflict_target, last_is, materialized, null_test, passes_group, push, push_all_of, rewritten, word,
};

pub(super) fn rewrite(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    match cursor.peek() {
        Some(Token::Period) => field(cursor, result),
        Some(Token::LBracket) => element(cursor, result),
        Some(Token::LParen) => compared_query(cursor, result),
        Some(token) if word(token).is_some() => {
            lock(cursor, result)
                || only(cursor, result)
                || search_or_cycle(cursor)
                || materialized(cursor, result)
                || null_test(cursor, result)
                || operator(cursor, result)
                || left_out(cursor, result)
                || table_command(cursor, result)
                || alias_of_using(cursor, result)
                || conflict_target(cursor, result)
        }
        _ => false,
    }
}

fn lock(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    if cursor.eat_all(&["FOR", "NO", "KEY", "UPDATE"]) {
        push(result, &["FOR", "UPDATE"]);
    } else if cursor.eat_all(&["FOR", "KEY", "SHARE"]) {
        push(result, &["FOR", "SHARE"]);
    } else {
        return cursor.eat_all(&["FOR", "READ", "ONLY"]);
    }
    true
}

/// Leaves out the `ONLY` of `FROM ONLY t`, but not that of `FETCH FIRST 3 ROWS ONLY`.
fn only(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    !last_is(result, &["ROW", "ROWS"]) && cursor.eat("ONLY")
}

/// Leaves out words that neither name tables nor change which tables are named.
fn left_out(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    if last_is(result, &["BETWEEN"]) {
        return cursor.eat_any(&["SYMMETRIC", "ASYMMETRIC"]);
    }
    if last_is(result, &["BY"]) && last_is(&result[..result.len() - 1], &["GROUP"]) {
        return cursor.eat_any(&["DISTINCT", "ALL"]);
    }
    if last_is(result, &["COLLATION"]) {
        return cursor.eat("FOR");
    }
    cursor.eat_all(&["OVERRIDING", "SYSTEM", "VALUE"])
        || cursor.eat_all(&["OVERRIDING", "USER", "VALUE"])
        || argument(cursor, result)
        || escape(cursor)
}

/// Leaves out the words of `f(VARIADIC a)` and `trim(BOTH FROM s)`.
fn argument(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    let mut ahead = cursor.clone();
    let found = match result.last() {
        Some(Token::LParen) if ahead.eat_any(&["LEADING", "TRAILING", "BOTH"]) => ahead.eat("FROM"),
        Some(Token::LParen | Token::Comma) if ahead.eat("VARIADIC") => {
            !matches!(ahead.peek(), None | Some(Token::RParen | Token::Comma | Token::Period))
        }
        _ => false,
    };
    if found {
        *cursor = ahead;
    }
    found
}

/// Leaves out the `UESCAPE '!'` of `U&'…' UESCAPE '!'`.
fn escape(cursor: &mut Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    let found = ahead.eat("UESCAPE") && matches!(ahead.next(), Some(Token::SingleQuotedString(_)));
    if found {
        *cursor = ahead;
    }
    found
}

/// Leaves out what may follow a recursive CTE: `SEARCH DEPTH FIRST BY id SET position`,
/// `CYCLE id SET is_cycle USING path`.
fn search_or_cycle(cursor: &mut Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    let search = ahead.eat("SEARCH");
    if search {
        if !ahead.eat_any(&["DEPTH", "BREADTH"]) || !ahead.eat_all(&["FIRST", "BY"]) {
            return false;
        }
    } else if !ahead.eat("CYCLE") {
        return false;
    }
    if ahead.names().is_none() || !ahead.eat("SET") || ahead.identifier().is_none() {
        return false;
    }
    if !search {
        let marks = !ahead.eat("TO") || (ahead.next().is_some() && ahead.eat("DEFAULT") && ahead.next().is_some());
        if !marks || !ahead.eat("USING") || ahead.identifier().is_none() {
            return false;
        }
    }
    *cursor = ahead;
    true
}

/// Rewrites `a OPERATOR(pg_catalog.+) b` and `a IS DOCUMENT`.
fn operator(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut ahead = cursor.clone();
    if ahead.eat("OPERATOR") && ahead.peek() == Some(&Token::LParen) && passes_group(&mut ahead) {
        *cursor = ahead;
        result.push(Token::Plus);
        return true;
    }
    if last_is(result, &["IS", "NOT"]) && cursor.eat("DOCUMENT") {
        push(result, &["NULL"]);
        return true;
    }
    false
}

/// Rewrites `(TABLE t)`.
fn table_command(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let found = result.last() == Some(&Token::LParen) && cursor.eat("TABLE");
    if found {
        push_all_of(result);
    }
    found
}

/// Rewrites `= ANY ((SELECT …) UNION (SELECT …))` and `= ANY (VALUES …)`.
fn compared_query(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    let mut inside = cursor.clone();
    inside.next();
    let brackets = inside.peek() == Some(&Token::LParen);
    while inside.eat_token(&Token::LParen) {}
    let query = (brackets && inside.eat_any(&["SELECT", "WITH"])) || inside.eat_any(&["VALUES", "TABLE", "WITH"]);
    let compared = last_is(result, &["ANY", "SOME", "ALL"]) && !last_is_set_operation(result);
    let mut ahead = cursor.clone();
    let (true, true, Some(group)) = (query, compared, ahead.group()) else {
        return false;
    };
    *cursor = ahead;
    result.push(Token::LParen);
    push_all_of(result);
    result.extend(rewritten(group, rewrite));
    result.push(Token::RParen);
    true
}

/// Returns `true` for the `ALL` of `UNION ALL (SELECT …)`.
fn last_is_set_operation(result: &[Token]) -> bool {
    let before = &result[..result.len().saturating_sub(1)];
    last_is(before, &["UNION", "INTERSECT", "EXCEPT"])
}

/// Leaves out the selection of a part of a value: `(c).f`, `(c).*`, `a[1].f`.
fn field(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    let mut ahead = cursor.clone();
    ahead.next();
    let found = matches!(result.last(), Some(Token::RParen | Token::RBracket))
        && (ahead.identifier().is_some() || ahead.eat_token(&Token::Mul));
    if found {
        *cursor = ahead;
    }
    found
}

/// Rewrites `SET tags[1] = 'x'`: the index becomes part of the value.
fn element(cursor: &mut Cursor<'_>, result: &mut Vec<Token>) -> bool {
    if !is_assigned(result) {
        return false;
    }
    let mut ahead = cursor.clone();
    let mut index = Vec::new();
    ahead.next();
    loop {
        match ahead.next() {
            // It is a slice, or an element of an element.
            None | Some(Token::Colon | Token::LBracket) => return false,
            Some(Token::RBracket) => break,
            Some(token) => index.push(token.clone()),
        }
    }
    if !ahead.eat_token(&Token::Eq) {
        return false;
    }
    *cursor = ahead;
    result.extend([Token::Eq, Token::LParen]);
    result.extend(rewritten(&index, rewrite));
    result.extend([Token::RParen, Token::StringConcat]);
    true
}

/// Returns `true` after `SET a` and `SET a = 1, b`.
fn is_assigned(result: &[Token]) -> bool {
    let [before @ .., Token::Word(_)] = result else {
        return false;
    };
    let passed = ["SET", "SELECT", "FROM", "WHERE", "RETURNING"];
    let is_passed = |word: &&str| passed.iter().any(|passed| word.eq_ignore_ascii_case(passed));
    let clause = before.iter().rev().filter_map(word).find(is_passed);
    clause.is_some_and(|clause| clause.eq_ignore_ascii_case("SET"))
        && (before.last() == Some(&Token::Comma) || last_is(before, &["SET"]))
}

/// Leaves out the alias of `JOIN t USING (id) AS j`, if the parentheses contain only names.
fn alias_of_using(cursor: &mut Cursor<'_>, result: &[Token]) -> bool {
    let mut ahead = cursor.clone();
    if result.last() != Some(&Token::RParen) || !ahead.eat("AS") || ahead.identifier().is_none() {
        return false;
    }
    let mut before = result[..result.len() - 1].iter().rev();
    let found = loop {
        match (before.next(), before.next()) {
            (Some(Token::Word(_)), Some(Token::Comma)) => {}
            (Some(Token::Word(_)), Some(Token::LParen)) => {
                let using = before.next().and_then(word);
                break using.is_some_and(|word| word.eq_ignore_ascii_case("USING"));
            }
            _ => break false,
        }
    };
    if found {
        *cursor = ahead;
    }
    found
}
