//! Variables that MySQL statements other than `SET` assign to.

use sqlparser::tokenizer::Token;

use crate::sql::{
    facts::{SessionChange, SettingValue},
    tokens::{Cursor, is_literal, parts, value_as_written, word},
};

/// Returns the variables that a statement other than `SET` assigns to.
pub(super) fn set_by_expressions(tokens: &[Token], verb: &str) -> Vec<SessionChange> {
    let plain = plain_assignments(tokens);
    if !plain.is_empty() {
        return plain;
    }
    let into = {
        let mut cursor = Cursor::new(tokens);
        let mut found = false;
        while let Some(token) = cursor.next() {
            found |= word(token).is_some_and(|word| word.eq_ignore_ascii_case("INTO"))
                && variable(&mut cursor.clone()).is_some();
        }
        found
    };
    // `LOAD DATA … (@a)`, `GET DIAGNOSTICS @a = …`
    if into || matches!(verb, "LOAD" | "GET") {
        named(tokens)
    } else {
        assigned(tokens)
    }
}

/// Returns `true` if a SELECT sets variables.
pub(super) fn select_sets(tokens: &[Token]) -> bool {
    !set_by_expressions(tokens, "SELECT").is_empty()
}

/// Reads a `SELECT @a := 1, @b := 'x'` that does nothing else. Returns nothing for any other statement.
fn plain_assignments(tokens: &[Token]) -> Vec<SessionChange> {
    let mut cursor = Cursor::new(tokens);
    if !cursor.eat("SELECT") {
        return Vec::new();
    }
    let assignment = |part: &&[Token]| {
        let mut cursor = Cursor::new(part);
        let name = variable(&mut cursor)?;
        (cursor.eat_token(&Token::Assignment) && is_literal(cursor.rest()))
            .then(|| SessionChange::set(&name, value_as_written(cursor.rest())))
    };
    let all: Option<Vec<_>> = parts(cursor.rest()).iter().map(assignment).collect();
    all.unwrap_or_default()
}

/// Returns every variable to the left of a `:=`.
pub(super) fn assigned(tokens: &[Token]) -> Vec<SessionChange> {
    each_variable(tokens, |rest| rest.peek() == Some(&Token::Assignment))
}

/// Returns every variable.
fn named(tokens: &[Token]) -> Vec<SessionChange> {
    each_variable(tokens, |_| true)
}

fn each_variable(tokens: &[Token], counts: impl Fn(&Cursor<'_>) -> bool) -> Vec<SessionChange> {
    let mut cursor = Cursor::new(tokens);
    let mut changes = Vec::new();
    while !cursor.is_at_end() {
        match variable(&mut cursor) {
            Some(name) if counts(&cursor) => changes.push(SessionChange::set(&name, SettingValue::Unknown)),
            Some(_) => {}
            None => {
                cursor.next();
            }
        }
    }
    changes.dedup();
    changes
}

/// Consumes a user variable if one comes next (`@a`, `@'a'`, `@a.b`), and returns its name in lower case.
pub(super) fn variable(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut ahead = cursor.clone();
    let mut name = match ahead.next()? {
        Token::Word(word) if word.value.starts_with('@') && !word.value.starts_with("@@") && word.value.len() > 1 => {
            word.value.to_lowercase()
        }
        Token::AtSign => format!("@{}", ahead.identifier()?.to_lowercase()),
        _ => return None,
    };
    while ahead.eat_token(&Token::Period) {
        name.push('.');
        name.push_str(&ahead.identifier()?.to_lowercase());
    }
    *cursor = ahead;
    Some(name)
}

/// Returns `true` if the code sets a user variable: `SET @a = 1`, `SELECT 1 INTO @a`, `@a := 1`, `FETCH c INTO @a`,
/// `CALL p(@a)`.
pub(super) fn sets_user_variable(tokens: &[Token]) -> bool {
    let mut statements = tokens.split(|token| *token == Token::SemiColon);
    statements.any(|statement| {
        let is_user_variable = |token: &Token| match token {
            Token::Word(word) => word.value.starts_with('@') && !word.value.starts_with("@@"),
            Token::AtSign => true,
            _ => false,
        };
        let cursor = Cursor::new(statement);
        statement.iter().any(is_user_variable)
            && (cursor.has_any(&["SET", "INTO", "CALL"]) || statement.contains(&Token::Assignment))
    })
}
