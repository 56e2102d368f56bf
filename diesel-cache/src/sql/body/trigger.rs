//! The part of a trigger's definition before its body.

use crate::sql::{
    dialect::{Dialect, QuotingModes},
    facts::Operations,
    split::tokens,
    statement::column,
    tokens::Cursor,
};

/// Returns the operations that fire a trigger, from its `CREATE TRIGGER …`; `None` if the definition is not understood.
pub(crate) fn trigger_events(definition: &str, dialect: Dialect) -> Option<Operations> {
    let tokens = tokens(definition, dialect, QuotingModes::Any).ok()?;
    let mut cursor = Cursor::new(&tokens);
    cursor.eat("CREATE");
    cursor.eat_any(&["TEMP", "TEMPORARY"]);
    if !cursor.eat("TRIGGER") {
        return None;
    }
    cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    cursor.name()?;
    if !cursor.eat_all(&["INSTEAD", "OF"]) {
        cursor.eat_any(&["BEFORE", "AFTER"]);
    }
    let events = if cursor.eat("INSERT") {
        Operations::INSERT
    } else if cursor.eat("DELETE") {
        Operations::DELETE
    } else if cursor.eat_all(&["UPDATE", "OF"]) {
        let mut columns = Vec::new();
        loop {
            columns.push(column(cursor.identifier()?, dialect));
            if !cursor.eat_token(&sqlparser::tokenizer::Token::Comma) {
                break;
            }
        }
        match columns.into_iter().collect::<Option<Vec<_>>>() {
            Some(columns) => Operations::update_of(columns),
            None => Operations::UPDATE,
        }
    } else if cursor.eat("UPDATE") {
        Operations::UPDATE
    } else {
        return None;
    };
    cursor.eat("ON").then_some(events)
}
