//! Code in the database, as a catalog shows it: the query of a view, the body of a trigger or of a function.

mod code;
mod heads;
mod row;
mod session_effects;
mod set_list;
mod trigger;

use sqlparser::tokenizer::Token;

pub(crate) use self::code::Body;
use self::heads::Heads;
#[cfg_attr(
    not(any(feature = "postgres", feature = "mysql")),
    allow(unused_imports, reason = "SQLite has no functions of its own")
)]
pub(crate) use self::session_effects::{SessionEffects, session_effects};
#[cfg_attr(
    not(feature = "sqlite"),
    allow(unused_imports, reason = "other catalogs list the events")
)]
pub(crate) use self::trigger::trigger_events;
use crate::sql::{
    dialect::{Dialect, Language, QuotingModes},
    facts::{Columns, StatementKind, Tables},
    split::{split, tokens},
    statement::classify,
    tokens::{Cursor, is_word, word},
};

/// Finds the statements in a piece of code that write, by the words with which they begin.
///
/// The rest of the grammar is too large to read. The keywords of these beginnings also occur in a few other places
/// (`FOR UPDATE`, `ON DELETE`, `replace(…)`), which are recognised. A keyword in any other place leaves its statement
/// [unread](Body::unread).
///
/// Returns `None` if the text cannot be tokenised, or lacks the keyword after which its code begins.
pub(crate) fn read_body(text: &str, language: Language) -> Option<Body> {
    // A search for the name of a function or a table in the text would not find a name that is spelled by escapes.
    let may_escape = language.dialect().syntax().spelling.unicode_literals;
    if may_escape && spells_by_escapes(text) {
        return Some(Body {
            assigned: Columns::Any,
            is_dynamic: true,
            ..Body::default()
        });
    }
    let tokens = tokens(text, language.dialect(), language.modes()).ok()?;
    let tokens: Vec<Token> = tokens
        .into_iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    let code = match language.begins_behind() {
        Some(keyword) => after(&tokens, keyword)?,
        None => &tokens,
    };
    let mut body = Heads::read(code, language);
    body.assigned = row::assigned(code, language);
    Some(body)
}

/// Returns `true` if the text may spell a name by escapes: `U&"…"`.
pub(crate) fn spells_by_escapes(text: &str) -> bool {
    text.as_bytes()
        .windows(3)
        .any(|three| matches!(three, [b'u' | b'U', b'&', b'"']))
}

/// Returns what follows the first occurrence of this word outside of parentheses.
fn after<'a>(tokens: &'a [Token], keyword: &str) -> Option<&'a [Token]> {
    let mut depth = 0_usize;
    let place = tokens.iter().position(|token| {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && is_word(token, keyword)
    })?;
    Some(&tokens[place + 1..])
}

/// Returns `true` if this `CREATE TABLE` contains `ON CONFLICT REPLACE`, so that a new row may remove another.
pub(crate) fn replaces_rows(definition: &str, dialect: Dialect) -> bool {
    let Ok(tokens) = tokens(definition, dialect, QuotingModes::Any) else {
        return true;
    };
    let words: Vec<&str> = tokens.iter().filter_map(word).collect();
    words.windows(3).any(|words| {
        let mut pairs = words.iter().zip(["ON", "CONFLICT", "REPLACE"]);
        pairs.all(|(word, expected)| word.eq_ignore_ascii_case(expected))
    })
}

/// Returns what the query of a `CREATE VIEW … AS …` reads.
pub(crate) fn view_reads(definition: &str, dialect: Dialect) -> Tables {
    let Ok(statements) = split(definition, dialect) else {
        return Tables::Everything;
    };
    let [tokens] = &*statements else {
        return Tables::Everything;
    };
    let mut cursor = Cursor::new(tokens);
    while !cursor.eat("AS") {
        // Columns may be listed before the query.
        let passed = match cursor.peek() {
            Some(Token::LParen) => cursor.group().is_some(),
            _ => cursor.next().is_some(),
        };
        if !passed {
            return Tables::Everything;
        }
    }
    match &*classify(cursor.rest(), dialect) {
        [query] if matches!(query.kind, StatementKind::Select { .. }) => query.reads.clone(),
        _ => Tables::Everything,
    }
}
