//! Statements inside other statements: the query of a view, the body of a trigger. They are what a catalog shows of them.

use sqlparser::tokenizer::Token;

use super::{
    Dialect, Kind, Tables,
    control::classify,
    cursor::{Cursor, word},
    split::split,
};

/// What the query of a `CREATE VIEW … AS …` reads.
pub(crate) fn view_reads(definition: &str, dialect: Dialect) -> Tables {
    let Ok(statements) = split(definition, dialect) else {
        return Tables::Everything;
    };
    let [tokens] = &*statements else {
        return Tables::Everything;
    };
    let mut cursor = Cursor::new(tokens);
    while !cursor.eat("AS") {
        // Columns may be listed before.
        let passed = match cursor.peek() {
            Some(Token::LParen) => cursor.group().is_some(),
            _ => cursor.next().is_some(),
        };
        if !passed {
            return Tables::Everything;
        }
    }
    match &*classify(cursor.rest(), dialect) {
        [query] if matches!(query.kind, Kind::Select { .. }) => query.reads.clone(),
        _ => Tables::Everything,
    }
}

/// What a body writes: one statement, or several between `BEGIN` and `END`, with `CREATE TRIGGER …` in front or not.
///
/// `None` where one of its statements is not understood: a procedural one, such as `IF`, or a `CALL`.
pub(crate) fn body_writes(body: &str, dialect: Dialect) -> Option<Tables> {
    let statements = split(body, dialect).ok()?;
    let mut pieces = statements
        .iter()
        .flat_map(|statement| statement.split(|token| *token == Token::SemiColon));
    let mut writes = Tables::NONE;
    let mut next = pieces.next().map(|first| after_begin(Cursor::new(first)));
    while let Some(cursor) = next {
        writes.add_all(&piece_writes(cursor?, dialect)?);
        next = pieces.next().map(|piece| Some(Cursor::new(piece)));
    }
    Some(writes)
}

/// `CREATE TRIGGER … BEGIN` is passed, and so is `BEGIN` alone.
fn after_begin(mut cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    if cursor.eat("CREATE") {
        while !cursor.eat("BEGIN") {
            cursor.next()?;
        }
    } else if cursor.eat("BEGIN") {
        cursor.eat_all(&["NOT", "ATOMIC"]);
    }
    Some(cursor)
}

fn piece_writes(cursor: Cursor<'_>, dialect: Dialect) -> Option<Tables> {
    let end = cursor.clone().eat("END") && cursor.rest().iter().filter_map(word).count() == 1;
    if cursor.is_at_end() || end {
        return Some(Tables::NONE);
    }
    // MySQL's variables, and the columns of the row itself.
    let sets = cursor.clone().eat("SET") || (cursor.clone().eat("DECLARE") && !cursor.has_any(&["HANDLER"]));
    if dialect == Dialect::Mysql && sets {
        return Some(Tables::NONE);
    }
    match &*classify(cursor.rest(), dialect) {
        [facts] if matches!(facts.kind, Kind::Select { .. } | Kind::Write) && facts.writes != Tables::Everything => {
            Some(facts.writes.clone())
        }
        _ => None,
    }
}
