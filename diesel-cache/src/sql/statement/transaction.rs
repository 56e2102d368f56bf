//! Statements that begin, end or structure a transaction.

use sqlparser::tokenizer::Token;

use super::meaning::has_word;
use crate::sql::{
    dialect::Dialect,
    facts::{StatementFacts, StatementKind, Writes},
    tokens::Cursor,
};

/// Words without which no statement leaves a transaction open.
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

/// Returns `true` if a text that could not be taken apart may leave a transaction open where there was none.
pub(in crate::sql) fn may_begin(text: &str) -> bool {
    has_word(text, BEGINNING)
}

/// Reads a statement that begins, ends or structures a transaction. Returns `None` for any other.
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
        // It makes visible what any session has prepared. This session is in no transaction.
        "COMMIT" if cursor.eat("PREPARED") => {
            return Some(vec![StatementFacts::write("COMMIT PREPARED", Writes::Everything)]);
        }
        // The transaction is left for any session to commit. If it fails, it is a rollback.
        "PREPARE" if syntax.prepare_transaction && cursor.eat("TRANSACTION") => StatementKind::Commit,
        "END" if !syntax.end_commits => return None,
        "COMMIT" | "END" => StatementKind::Commit,
        // It undoes what was never visible. This session's own transaction goes on.
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

/// Reads `XA …`. `XA START` opens a transaction, which is still open after `XA END`. `XA PREPARE` leaves it for any
/// session to commit.
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

/// Passes the name of a savepoint, and returns it such that two names are equal if they are to the database.
fn savepoint(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<Box<str>> {
    // A savepoint may have the name `savepoint`.
    let mut ahead = cursor.clone();
    if ahead.eat("SAVEPOINT") && !ahead.is_at_end() {
        *cursor = ahead;
    }
    let is_quoted = matches!(cursor.peek(), Some(Token::Word(word)) if word.quote_style.is_some());
    let name = cursor.identifier()?;
    Some((dialect.syntax().transactions.savepoint)(name, is_quoted))
}
