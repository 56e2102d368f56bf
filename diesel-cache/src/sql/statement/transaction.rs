//! Statements that begin or end a transaction, or manage its savepoints.

use sqlparser::tokenizer::Token;

use super::meaning::has_word;
use crate::sql::{
    dialect::Dialect,
    facts::{StatementFacts, StatementKind, Writes},
    tokens::Cursor,
};

/// Every statement that may leave a transaction open contains one of these words.
pub(super) const BEGINNING: &[&str] = &[
    "BEGIN",
    "START",
    "SAVEPOINT",
    "COMMIT",
    "ROLLBACK",
    "CHAIN",
    "XA",
    "AUTOCOMMIT",
    "COMPLETION_TYPE",
    "CALL",
    "EXECUTE",
];

/// Returns `true` if a text that is not understood may leave a transaction open where there was none.
pub(in crate::sql) fn may_begin(text: &str) -> bool {
    has_word(text, BEGINNING)
}

/// Reads a statement that begins or ends a transaction, or manages its savepoints. Returns `None` for any other.
pub(super) fn transaction(verb: &str, mut cursor: Cursor<'_>, dialect: Dialect) -> Option<Vec<StatementFacts>> {
    const NOISE: &[&str] = &["WORK", "TRANSACTION", "TRAN"];

    let syntax = &dialect.syntax().transactions;
    cursor.next();
    let kind = match verb {
        "BEGIN" => {
            // MariaDB's `BEGIN NOT ATOMIC` begins a block of statements.
            let block = cursor.clone().eat_all(&["NOT", "ATOMIC"]);
            let modes = [
                "DEFERRED",
                "IMMEDIATE",
                "EXCLUSIVE",
                "CONCURRENT",
                "ISOLATION",
                "READ",
                "NOT",
                "DEFERRABLE",
            ];
            let begins = cursor.is_at_end() || cursor.eat_any(NOISE) || cursor.eat_any(&modes);
            if block || !begins {
                return None;
            }
            StatementKind::Begin
        }
        "START" if cursor.eat("TRANSACTION") => StatementKind::Begin,
        "XA" if syntax.xa => return xa(cursor),
        // This makes the writes of a prepared transaction visible. Any session may have prepared it. This session is
        // not in a transaction.
        "COMMIT" if cursor.eat("PREPARED") => {
            return Some(vec![StatementFacts::write("COMMIT PREPARED", Writes::Everything)]);
        }
        // Any session may commit the prepared transaction. If the statement fails, the transaction is rolled back.
        "PREPARE" if syntax.prepare_transaction && cursor.eat("TRANSACTION") => StatementKind::Commit,
        "END" if !syntax.end_commits => return None,
        "COMMIT" | "END" => StatementKind::Commit,
        // This undoes writes that were never visible. This session's own transaction continues.
        "ROLLBACK" if cursor.eat("PREPARED") => StatementKind::Utility,
        "ROLLBACK" | "ABORT" => {
            cursor.eat_any(NOISE);
            if cursor.eat("TO") {
                StatementKind::RollbackTo(savepoint(&mut cursor, dialect)?)
            } else {
                StatementKind::Rollback
            }
        }
        "SAVEPOINT" => StatementKind::Savepoint(savepoint(&mut cursor, dialect)?),
        "RELEASE" => StatementKind::Release(savepoint(&mut cursor, dialect)?),
        _ => return None,
    };
    cursor.eat_any(NOISE);
    let chained = matches!(kind, StatementKind::Commit | StatementKind::Rollback) && cursor.eat_all(&["AND", "CHAIN"]);
    let mut facts = vec![StatementFacts::new(kind, verb)];
    if chained {
        facts.push(StatementFacts::new(StatementKind::Begin, verb));
    }
    Some(facts)
}

/// Reads `XA …`. The transaction that `XA START` begins is still open after `XA END`. After `XA PREPARE`, any session
/// may commit it.
fn xa(mut cursor: Cursor<'_>) -> Option<Vec<StatementFacts>> {
    let verb = cursor.peek_word()?.to_ascii_uppercase();
    cursor.next();
    let one_phase = cursor.has_any(&["PHASE"]);
    let facts = match &*verb {
        "START" | "BEGIN" => vec![StatementFacts::new(StatementKind::Begin, "XA START")],
        "END" => vec![StatementFacts::new(StatementKind::Utility, "XA END")],
        "PREPARE" => vec![StatementFacts::new(StatementKind::Rollback, "XA PREPARE")],
        "ROLLBACK" => vec![StatementFacts::new(StatementKind::Rollback, "XA ROLLBACK")],
        "COMMIT" if one_phase => vec![StatementFacts::new(StatementKind::Commit, "XA COMMIT")],
        // Another session may have prepared the transaction.
        "COMMIT" => {
            let mut all = StatementFacts::write("XA COMMIT", Writes::Everything);
            all.commits = true;
            vec![all, StatementFacts::new(StatementKind::Rollback, "XA COMMIT")]
        }
        "RECOVER" => vec![StatementFacts::new(StatementKind::Utility, "XA RECOVER")],
        _ => return None,
    };
    Some(facts)
}

/// Consumes the name of a savepoint. Returns it in a form in which two names are equal if the database considers them
/// equal.
fn savepoint(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<Box<str>> {
    // A savepoint may be named `savepoint`.
    let mut ahead = cursor.clone();
    if ahead.eat("SAVEPOINT") && !ahead.is_at_end() {
        *cursor = ahead;
    }
    let is_quoted = matches!(cursor.peek(), Some(Token::Word(word)) if word.quote_style.is_some());
    let name = cursor.identifier()?;
    Some((dialect.syntax().transactions.savepoint)(name, is_quoted))
}
