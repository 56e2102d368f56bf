//! The columns of a SET list, read from its tokens.

use sqlparser::tokenizer::Token;

use crate::sql::{
    dialect::Dialect,
    facts::{Column, Operations},
    statement::column,
    tokens::Cursor,
};

/// Reads the SET list that begins here, and returns its UPDATE.
///
/// The rest of the statement after the list is read as part of the list. This may add a column, but misses none.
/// The first target, and everything that looks like one after a comma outside of parentheses, counts as a target.
pub(super) fn read(mut cursor: Cursor<'_>, dialect: Dialect) -> Operations {
    let mut columns = Vec::new();
    let mut is_first = true;
    loop {
        match target(&mut cursor.clone(), dialect) {
            Target::Columns(more) => columns.extend(more),
            Target::Any => return Operations::UPDATE,
            Target::None if is_first => return Operations::UPDATE,
            Target::None => {}
        }
        is_first = false;
        if !pass_to_comma(&mut cursor) {
            return Operations::update_of(columns);
        }
    }
}

enum Target {
    Columns(Vec<Column>),
    Any,
    None,
}

/// Reads `c =`, `t.c =`, `c[1] =` or `(a, b) =`, or the same with `:=`.
fn target(cursor: &mut Cursor<'_>, dialect: Dialect) -> Target {
    let mut names = Vec::new();
    if cursor.eat_token(&Token::LParen) {
        while !cursor.eat_token(&Token::RParen) {
            match cursor.next() {
                Some(Token::Comma | Token::Period) => {}
                Some(Token::LBracket) => pass_brackets(cursor),
                Some(Token::Word(word)) => names.push(&*word.value),
                Some(Token::SingleQuotedString(text) | Token::DoubleQuotedString(text)) => names.push(text),
                _ => return Target::None,
            }
        }
    } else {
        while let Some(name) = cursor.identifier() {
            names.push(name);
            while cursor.eat_token(&Token::LBracket) {
                pass_brackets(cursor);
            }
            if !cursor.eat_token(&Token::Period) {
                break;
            }
        }
    }
    if names.is_empty() || !(cursor.eat_token(&Token::Eq) || cursor.eat_token(&Token::Assignment)) {
        return Target::None;
    }
    let columns: Option<Vec<Column>> = names.iter().map(|name| column(name, dialect)).collect();
    columns.map_or(Target::Any, Target::Columns)
}

/// Consumes everything up to and including the bracket that closes the one before the cursor.
fn pass_brackets(cursor: &mut Cursor<'_>) {
    let mut depth = 1_usize;
    while depth > 0 {
        match cursor.next() {
            Some(Token::LBracket) => depth += 1,
            Some(Token::RBracket) => depth -= 1,
            Some(_) => {}
            None => return,
        }
    }
}

/// Consumes everything up to and including the next comma outside of brackets. Returns `false` at the end of the
/// statement.
fn pass_to_comma(cursor: &mut Cursor<'_>) -> bool {
    let mut depth = 0_usize;
    while let Some(token) = cursor.next() {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
            Token::RParen | Token::RBracket | Token::RBrace if depth == 0 => return false,
            Token::RParen | Token::RBracket | Token::RBrace => depth -= 1,
            Token::SemiColon => return false,
            Token::Comma if depth == 0 => return true,
            _ => {}
        }
    }
    false
}
