//! What a statement leaves behind on its connection, where the same text may mean something else from now on, and what
//! it shows of the connection.

mod shows;

use sqlparser::tokenizer::Token;

pub(in crate::sql) use self::shows::shows_session;
use crate::sql::{
    dialect::{Dialect, attach, pragma},
    facts::SessionChange,
    tokens::{Cursor, change_as_written, string, value_as_written},
};

/// Statements that run other statements, which their text does not show.
const ROUTINES: &[&str] = &["CALL", "DO", "EXECUTE"];

/// Returns `true` if the statement runs code that its text does not show.
pub(in crate::sql) fn is_routine(verb: &str, dialect: Dialect) -> bool {
    ROUTINES.contains(&verb) || dialect.syntax().statements.compound.contains(&verb)
}

/// Returns what a statement that begins with `verb` leaves behind. The statement must not begin or end a transaction.
pub(in crate::sql) fn changes(tokens: &[Token], verb: &str, dialect: Dialect) -> Vec<SessionChange> {
    let changes = changes_as_read(tokens, verb, dialect);
    let misreads = dialect.syntax().spelling.misreads_escapes;
    if misreads && !changes.is_empty() && tokens.iter().any(is_misread) {
        return vec![SessionChange::Unknown];
    }
    changes
}

/// Returns `true` if the string contains one of the characters that sqlparser makes of `\a` and `\f`.
fn is_misread(token: &Token) -> bool {
    string(token).is_some_and(|text| text.contains(['\u{7}', '\u{c}']))
}

fn changes_as_read(tokens: &[Token], verb: &str, dialect: Dialect) -> Vec<SessionChange> {
    let mut cursor = Cursor::new(tokens);
    if !matches!(cursor.peek(), Some(Token::LParen)) {
        cursor.next();
    }
    let session = &dialect.syntax().session;
    match verb {
        "SET" if dialect.syntax().statements.set_statement && cursor.eat("STATEMENT") => {
            by_expressions(tokens, verb, dialect)
        }
        "SET" => (session.set)(tokens, cursor),
        "RESET" => (session.reset)(cursor),
        "DISCARD" => (session.discard)(&cursor),
        "USE" => vec![SessionChange::set("use", value_as_written(cursor.rest()))],
        "ATTACH" | "DETACH" => vec![attach(tokens, verb, cursor)],
        "PRAGMA" => pragma(cursor),
        "LOAD" if session.load_is_library => vec![change_as_written(tokens)],
        _ if is_routine(verb, dialect) => vec![SessionChange::Unknown],
        _ => by_expressions(tokens, verb, dialect),
    }
}

/// Objects whose definition contains code that is run later.
const DEFINED: &[&str] = &[
    "AGGREGATE",
    "EVENT",
    "FUNCTION",
    "PACKAGE",
    "POLICY",
    "PROCEDURE",
    "RULE",
    "TRIGGER",
];

/// Returns what a statement sets by the functions that it calls and the variables that it assigns.
fn by_expressions(tokens: &[Token], verb: &str, dialect: Dialect) -> Vec<SessionChange> {
    let all = Cursor::new(tokens);
    let defines = matches!(verb, "CREATE" | "ALTER" | "DROP" | "GRANT" | "REVOKE");
    if verb == "PREPARE" || (defines && (all.has_any(DEFINED) || matches!(verb, "DROP" | "GRANT" | "REVOKE"))) {
        return Vec::new();
    }
    let runs = matches!(verb, "EXPLAIN" | "DESCRIBE" | "DESC" | "ANALYZE" | "CREATE");
    if runs && all.has_any(&["EXECUTE"]) {
        return vec![SessionChange::Unknown];
    }
    (dialect.syntax().session.set_by_expressions)(tokens, verb)
}
