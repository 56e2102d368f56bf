//! Statements that begin, end or structure a transaction.

use sqlparser::tokenizer::Token;

use crate::sql::{
    dialect::Dialect,
    facts::{Kind, StatementFacts, Writes},
    tokens::Cursor,
};

/// Without one of these, no statement leaves a transaction open, whatever else it does.
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

/// May a text that could not be taken apart leave a transaction open where there was none?
pub(in crate::sql) fn may_begin(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .any(|word| BEGINNING.iter().any(|begin| word.eq_ignore_ascii_case(begin)))
}

/// Statements that begin, end or structure a transaction.
pub(super) fn transaction(verb: &str, mut cursor: Cursor<'_>, dialect: Dialect) -> Option<Vec<StatementFacts>> {
    const NOISE: &[&str] = &["WORK", "TRANSACTION", "TRAN"];

    let syntax = &dialect.syntax().transactions;
    cursor.next();
    let kind = match verb {
        "BEGIN" => {
            // MariaDB's `BEGIN NOT ATOMIC` is a block of statements.
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
            Kind::Begin
        }
        "START" if cursor.eat("TRANSACTION") => Kind::Begin,
        "XA" if syntax.xa => return xa(cursor),
        // What was prepared by whichever session becomes visible; this session is in no transaction.
        "COMMIT" if cursor.eat("PREPARED") => {
            return Some(vec![StatementFacts::write("COMMIT PREPARED", Writes::Everything)]);
        }
        // It leaves the transaction to whoever commits it, and is a rollback if it fails.
        "PREPARE" if syntax.prepare_transaction && cursor.eat("TRANSACTION") => Kind::Commit,
        "END" if !syntax.end_commits => return None,
        "COMMIT" | "END" => Kind::Commit,
        // Undoes what was never visible; this session's own transaction goes on.
        "ROLLBACK" if cursor.eat("PREPARED") => Kind::Session,
        "ROLLBACK" | "ABORT" => {
            cursor.eat_any(NOISE);
            if cursor.eat("TO") {
                Kind::RollbackTo(savepoint(&mut cursor, dialect)?)
            } else {
                Kind::Rollback
            }
        }
        "SAVEPOINT" => Kind::Savepoint(savepoint(&mut cursor, dialect)?),
        "RELEASE" => Kind::Release(savepoint(&mut cursor, dialect)?),
        _ => return None,
    };
    cursor.eat_any(NOISE);
    let chained = matches!(kind, Kind::Commit | Kind::Rollback) && cursor.eat_all(&["AND", "CHAIN"]);
    let mut facts = vec![StatementFacts::new(kind, verb)];
    if chained {
        facts.push(StatementFacts::new(Kind::Begin, verb));
    }
    Some(facts)
}

/// `XA START` opens a transaction, which is still open after `XA END`. `XA PREPARE` leaves it to whichever session commits it.
fn xa(mut cursor: Cursor<'_>) -> Option<Vec<StatementFacts>> {
    let verb = cursor.peek_word()?.to_ascii_uppercase();
    cursor.next();
    let one_phase = cursor.has_any(&["PHASE"]);
    let facts = match &*verb {
        "START" | "BEGIN" => vec![StatementFacts::new(Kind::Begin, "XA START")],
        "END" => vec![StatementFacts::new(Kind::Session, "XA END")],
        "PREPARE" => vec![StatementFacts::new(Kind::Rollback, "XA PREPARE")],
        "ROLLBACK" => vec![StatementFacts::new(Kind::Rollback, "XA ROLLBACK")],
        "COMMIT" if one_phase => vec![StatementFacts::new(Kind::Commit, "XA COMMIT")],
        // Of a transaction that another session may have prepared.
        "COMMIT" => {
            let mut all = StatementFacts::write("XA COMMIT", Writes::Everything);
            all.commits = true;
            vec![all, StatementFacts::new(Kind::Rollback, "XA COMMIT")]
        }
        "RECOVER" => vec![StatementFacts::new(Kind::Session, "XA RECOVER")],
        _ => return None,
    };
    Some(facts)
}

/// Its name, such that two are one if they are to the database.
fn savepoint(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<Box<str>> {
    // A savepoint may be called `savepoint`.
    let mut ahead = cursor.clone();
    if ahead.eat("SAVEPOINT") && !ahead.is_at_end() {
        *cursor = ahead;
    }
    let is_quoted = matches!(cursor.peek(), Some(Token::Word(word)) if word.quote_style.is_some());
    let name = cursor.identifier()?;
    Some((dialect.syntax().transactions.savepoint)(name, is_quoted))
}
