//! Statements that move many rows at once: `COPY`, `LOAD DATA`.

use sqlparser::tokenizer::Token;

use super::parse;
use crate::sql::{
    dialect::Dialect,
    facts::{Operations, StatementFacts, StatementKind, Tables, Writes},
    tokens::Cursor,
};

/// Reads `COPY t [(…)] FROM`, `COPY t [(…)] TO` or `COPY (query) TO`.
pub(super) fn copy(mut cursor: Cursor<'_>, dialect: Dialect) -> Option<StatementFacts> {
    if cursor.peek() == Some(&Token::LParen) {
        let query = parse::query(cursor.group()?, "COPY", dialect);
        return Some(match query.kind {
            StatementKind::Select { .. } => StatementFacts {
                kind: StatementKind::Utility,
                ..query
            },
            _ => query,
        });
    }
    let table = cursor.name()?;
    if cursor.peek() == Some(&Token::LParen) {
        cursor.group()?;
    }
    if cursor.eat("FROM") {
        return Some(StatementFacts::write("COPY", Writes::one(table, Operations::INSERT)));
    }
    cursor.eat("TO").then(|| StatementFacts {
        reads: Tables::one(table),
        ..StatementFacts::new(StatementKind::Utility, "COPY")
    })
}

/// Reads `LOAD DATA … INTO TABLE t`.
pub(super) fn load_data(mut cursor: Cursor<'_>) -> Option<StatementFacts> {
    if !cursor.eat_any(&["DATA", "XML"]) {
        return None;
    }
    let mut operations = Operations::INSERT;
    while !cursor.is_at_end() {
        if cursor.eat_all(&["INTO", "TABLE"]) {
            return Some(StatementFacts::write(
                "LOAD DATA",
                Writes::one(cursor.name()?, operations),
            ));
        }
        operations.delete |= cursor.clone().eat("REPLACE");
        cursor.next();
    }
    None
}
