//! Assignments to the row for which a trigger fires: to `NEW`, or to `OLD` if the trigger may return that instead.

use sqlparser::tokenizer::Token;

use crate::sql::{
    dialect::Language,
    facts::{Column, Columns, Operations},
    tokens::{Cursor, is_word, word},
};

/// Words that an assignment may follow. It may also follow the end of a statement.
const BEFORE: &[&str] = &["BEGIN", "THEN", "ELSE", "LOOP", "DO", "SET"];

/// Returns the columns of the row to which the code assigns values, or more.
pub(super) fn assigned(code: &[Token], language: Language) -> Columns {
    if !language.assigns_new() {
        return Columns::None;
    }
    let has = |expected| code.iter().any(|token| is_word(token, expected));
    // The code may give `NEW` another name, or assign to it by an unusual statement or as the argument of a procedure.
    let unseen = has("ALIAS") || has("DIAGNOSTICS") || has("CALL");
    let mut columns: Vec<Column> = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).map(|before| &code[before]), &code[at + 1..]);
        if is_word(token, "RETURN") && language.returns_row() && !returns_row(after) {
            return Columns::Any;
        }
        if ["INTO", "FOR", "FOREACH"].iter().any(|keyword| is_word(token, keyword)) {
            match targets(after, language) {
                Some(more) => columns.extend(more),
                None => return Columns::Any,
            }
        }
        if !is_row(token, language) {
            continue;
        }
        let (column, next) = match after {
            [Token::Period, column, next @ ..] if name(column).is_some() => (name(column), next),
            _ => (None, after),
        };
        // `:NEW.id`, with `sql_mode = ORACLE`
        let before = match before {
            Some(Token::Colon) if language.lists_assignments() => at.checked_sub(2).map(|before| &code[before]),
            // `f.new.id`, with the name of the function or of a block
            Some(Token::Period) => at.checked_sub(3).map(|before| &code[before]),
            before => before,
        };
        let is_set = matches!(
            next.first(),
            Some(Token::Assignment | Token::Eq | Token::Period | Token::LBracket)
        ) && before.is_none_or(|before| may_precede(before, language));
        match column {
            Some(column) if is_set || unseen => columns.push(Column::new(column)),
            None if is_set || (unseen && !before.is_some_and(|before| is_word(before, "RETURN"))) => {
                return Columns::Any;
            }
            _ => {}
        }
    }
    match columns.is_empty() {
        true => Columns::None,
        false => Operations::update_of(columns).update,
    }
}

fn is_row(token: &Token, language: Language) -> bool {
    name(token).is_some_and(|name| {
        name.eq_ignore_ascii_case("new") || (language.returns_row() && name.eq_ignore_ascii_case("old"))
    })
}

/// Returns a name, quoted or not. With `ANSI_QUOTES`, MySQL reads `"…"` as a name.
fn name(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) => Some(&word.value),
        Token::DoubleQuotedString(name) => Some(name),
        _ => None,
    }
}

/// Returns `true` if an assignment may begin after this token.
fn may_precede(token: &Token, language: Language) -> bool {
    let is_keyword = |word: &str| BEFORE.iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
    match token {
        // `<<label>>`
        Token::SemiColon | Token::ShiftRight => true,
        Token::Comma => language.lists_assignments(),
        _ => word(token).is_some_and(is_keyword),
    }
}

/// Returns those targets of an `INTO` or a `FOR` that are columns of the row; `None` if the row itself is a target.
fn targets(list: &[Token], language: Language) -> Option<Vec<Column>> {
    let mut columns = Vec::new();
    let mut cursor = Cursor::new(list);
    cursor.eat("STRICT");
    loop {
        cursor.eat_token(&Token::Colon);
        let names_row = |cursor: &Cursor<'_>| cursor.peek().is_some_and(|token| is_row(token, language));
        let mut is_named = names_row(&cursor);
        cursor.identifier();
        let mut first = None;
        while cursor.eat_token(&Token::Period) {
            if !is_named && names_row(&cursor) {
                // `f.new.id`
                is_named = true;
                cursor.identifier();
            } else {
                let component = cursor.identifier();
                first = first.or(component);
            }
        }
        if is_named {
            columns.push(Column::new(first?));
        }
        if !cursor.eat_token(&Token::Comma) {
            return Some(columns);
        }
    }
}

/// Returns `true` for `RETURN NEW`, `RETURN coalesce(NEW, OLD)` and `RETURN NULL`. The result is then the row as the
/// code has left it, the row as it was, or no row.
fn returns_row(after: &[Token]) -> bool {
    let mut value = after.iter().take_while(|token| **token != Token::SemiColon);
    value.all(|token| match token {
        Token::LParen | Token::RParen | Token::Comma => true,
        _ => ["NEW", "OLD", "NULL", "COALESCE"]
            .iter()
            .any(|known| is_word(token, known)),
    })
}
