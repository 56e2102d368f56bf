//! Classifying a statement by its first words.

use sqlparser::tokenizer::Token;

use super::{
    calls::calls,
    define, functions, load,
    meaning::{is_suspect, names_temporary},
    parse, rows, settings,
    transaction::{BEGINNING, transaction},
    upkeep,
};
use crate::sql::{
    dialect::Dialect,
    facts::{Calls, SessionChange, StatementFacts, StatementKind, Tables},
    session,
    tokens::{Cursor, word},
};

/// Verbs of statements that change no rows, in every dialect that has them. None of them is a SELECT, so none is
/// cached.
const HARMLESS: &[&str] = &[
    "SHOW",
    "DESCRIBE",
    "DESC",
    "LISTEN",
    "UNLISTEN",
    "NOTIFY",
    "CHECKPOINT",
    "LOCK",
    "UNLOCK",
    "DEALLOCATE",
    "DECLARE",
    "FETCH",
    "MOVE",
    "CLOSE",
    "CHECKSUM",
    "FLUSH",
    "KILL",
    "HELP",
    "PREPARE",
    "GET",
];

/// Returns what is known of one statement: one set of facts, or two for `COMMIT AND CHAIN`.
pub(in crate::sql) fn classify(tokens: &[Token], dialect: Dialect) -> Vec<StatementFacts> {
    let syntax = dialect.syntax();
    let mut cursor = Cursor::new(tokens);
    let verb = cursor.peek_word().unwrap_or_default().to_ascii_uppercase();
    if let Some(pragma) = explained_pragma(cursor.clone(), dialect) {
        return classify(pragma, dialect);
    }
    if let Some(mut facts) = transaction(&verb, cursor.clone(), dialect) {
        // A BEGIN commits the open transaction.
        facts[0].commits |= syntax.transactions.implicit_commit && facts[0].kind == StatementKind::Begin;
        return facts;
    }
    if !matches!(cursor.peek(), Some(Token::LParen)) {
        cursor.next();
    }
    let changes = session::changes(tokens, &verb, dialect);
    let mut facts = match &*verb {
        "" | "SELECT" | "WITH" | "VALUES" | "TABLE" | "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "MERGE" => {
            parse::query(tokens, &verb, dialect)
        }
        "CREATE" | "ALTER" | "DROP" | "TRUNCATE" | "RENAME" | "REFRESH" | "GRANT" | "REVOKE" => {
            define::facts(&verb, cursor, dialect)
        }
        "COPY" => load::copy(cursor, dialect).unwrap_or_else(|| StatementFacts::unknown(&verb)),
        "LOAD" => load::load_data(cursor).unwrap_or_else(|| StatementFacts::unknown(&verb)),
        "SET" if syntax.statements.set_statement && cursor.eat("STATEMENT") => set_statement(cursor, dialect),
        "PRAGMA" if cursor.clone().name().is_some_and(|name| name.as_str() == "optimize") => {
            upkeep::statistics(&verb, dialect)
        }
        "SET" | "RESET" | "DISCARD" | "USE" | "ATTACH" | "DETACH" | "PRAGMA" => {
            settings::facts(&verb, cursor, dialect, &changes)
        }
        "VACUUM" => upkeep::vacuum(cursor, dialect),
        "CLUSTER" => upkeep::cluster(cursor),
        "COMMENT" | "REINDEX" | "OPTIMIZE" | "CHECK" => upkeep::statistics(&verb, dialect),
        "EXPLAIN" | "DESCRIBE" | "DESC" => explain(&verb, cursor, dialect),
        "ANALYZE" if !syntax.statements.analyze_runs || cursor.eat_any(&["TABLE", "LOCAL", "NO_WRITE_TO_BINLOG"]) => {
            upkeep::statistics(&verb, dialect)
        }
        "ANALYZE" => explain(&verb, cursor, dialect),
        harmless if HARMLESS.contains(&harmless) => StatementFacts::new(StatementKind::Utility, &verb),
        _ => StatementFacts::unknown(&verb),
    };
    let all = Cursor::new(tokens);
    let committing = syntax.transactions.committing.contains(&&*verb);
    facts.commits |= committing && matches!(facts.kind, StatementKind::Utility | StatementKind::SessionChange);
    facts.commits |=
        syntax.transactions.or_rollback && facts.kind == StatementKind::Write && all.has_any(&["ROLLBACK"]);
    facts.begins &= all.has_any(BEGINNING);
    if session::is_routine(&verb, dialect) {
        facts.begins &= syntax.transactions.routines_may_begin;
    }
    if matches!(facts.kind, StatementKind::Select { .. }) && (syntax.session.select_sets)(tokens) {
        // A result from the cache would not set anything.
        let verb = format!("{verb} that sets something");
        facts = match changes.is_empty() {
            true => StatementFacts::new(StatementKind::Utility, &verb),
            false => StatementFacts::session_change(&verb),
        };
    }
    facts.session_changes = changes.into();
    // A statement that is not understood may still be a query that Diesel has built.
    facts.shows_session = matches!(facts.kind, StatementKind::Select { .. } | StatementKind::Unknown)
        && session::shows_session(tokens, dialect);
    if facts.kind == StatementKind::Unknown && facts.session_changes.is_empty() && is_suspect(tokens, &verb) {
        facts.session_changes = Box::new([SessionChange::Unknown]);
    }
    if runs(&facts) {
        facts.calls = calls(tokens, dialect);
    }
    if !rows::calls_are_known(&facts) {
        facts.forget_rows();
    }
    if functions::run_texts(&facts.calls, dialect) {
        facts.reads = Tables::Everything;
        facts.calls = Calls::Anything;
    }
    facts.binds = parse::binds(tokens, dialect);
    if facts.defines {
        facts.writes = facts.writes.defining();
    }
    facts.shows_locks = upkeep::shows_locks(tokens, dialect);
    // For a statement that this one runs (`EXPLAIN ANALYZE …`), the flag is already set.
    let may_be_private = matches!(&*verb, "CREATE" | "ALTER") || &*facts.verb == "SELECT INTO";
    facts.may_shadow |= may_be_private && names_temporary(tokens, dialect);
    vec![facts]
}

/// Returns `true` if the functions that the text names are called when the statement is sent. Those in the definition
/// of a function are not. `EXPLAIN` calls some functions to plan its statement.
fn runs(facts: &StatementFacts) -> bool {
    const DEFINED: &[&str] = &[
        "AGGREGATE",
        "CAST",
        "EVENT",
        "FUNCTION",
        "OPERATOR",
        "POLICY",
        "PROCEDURE",
        "ROUTINE",
        "RULE",
        "TRIGGER",
    ];
    let is_code = || facts.verb.split(' ').nth(1).is_some_and(|sort| DEFINED.contains(&sort));
    !facts.defines || !is_code()
}

/// Returns the pragma of an `EXPLAIN PRAGMA`, in a dialect where it takes effect.
fn explained_pragma<'a>(mut cursor: Cursor<'a>, dialect: Dialect) -> Option<&'a [Token]> {
    let explained = dialect.syntax().statements.explain_runs_pragmas && cursor.eat("EXPLAIN");
    if explained {
        cursor.eat_all(&["QUERY", "PLAN"]);
    }
    (explained && cursor.clone().eat("PRAGMA")).then(|| cursor.rest())
}

/// Reads `SET STATEMENT max_statement_time = 1 FOR UPDATE …`.
fn set_statement(mut cursor: Cursor<'_>, dialect: Dialect) -> StatementFacts {
    while !cursor.is_at_end() {
        if cursor.eat("FOR") {
            return match classify(cursor.rest(), dialect).pop() {
                Some(facts) if matches!(facts.kind, StatementKind::Write) => facts,
                // The rows depend on settings that are not part of the key, so they must not be cached.
                Some(facts) if matches!(facts.kind, StatementKind::Select { .. }) => StatementFacts {
                    kind: StatementKind::Utility,
                    ..facts
                },
                _ => StatementFacts::unknown("SET STATEMENT"),
            };
        }
        cursor.next();
    }
    StatementFacts::unknown("SET STATEMENT")
}

/// Reads `EXPLAIN` and its synonyms, which run their statement only with `ANALYZE`.
fn explain(verb: &str, mut cursor: Cursor<'_>, dialect: Dialect) -> StatementFacts {
    const STATEMENTS: &[&str] = &[
        "SELECT", "WITH", "VALUES", "TABLE", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "CREATE", "EXECUTE",
        "REFRESH", "DECLARE",
    ];
    let mut runs = verb == "ANALYZE";
    while let Some(token) = cursor.peek() {
        let word = word(token).unwrap_or_default();
        if STATEMENTS.iter().any(|verb| word.eq_ignore_ascii_case(verb)) {
            break;
        }
        // `(ANALYZE false)` counts as well, which does no harm.
        runs |= word.eq_ignore_ascii_case("ANALYZE") || word.eq_ignore_ascii_case("ANALYSE");
        cursor.next();
    }
    if !runs {
        return StatementFacts::new(StatementKind::Utility, verb);
    }
    let Some(mut facts) = classify(cursor.rest(), dialect).pop() else {
        return StatementFacts::unknown(verb);
    };
    if let StatementKind::Select { .. } = facts.kind {
        facts.kind = StatementKind::Utility;
    }
    facts
}
