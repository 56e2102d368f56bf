//! What sort of statement it is, by its first words.

use sqlparser::tokenizer::Token;

use super::{
    Calls, Dialect, Kind, Operations, StatementFacts, Tables, Writes,
    cursor::{Cursor, word},
    define, functions,
    name::cut,
    parse,
    session::{self, Change},
    settings, upkeep,
};

/// Statements that neither change nor show rows of tables, in every dialect that has them.
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

/// Of those that MySQL puts between transactions.
const COMMITTING: &[&str] = &["LOCK", "UNLOCK", "OPTIMIZE", "CHECK", "FLUSH", "ANALYZE", "RESET"];

/// Without one of these, no statement leaves a transaction open, whatever else it does.
const BEGINNING: &[&str] = &[
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

/// What is known of one statement: one set of facts, or two for `COMMIT AND CHAIN`.
pub(super) fn classify(tokens: &[Token], dialect: Dialect) -> Vec<StatementFacts> {
    let mut cursor = Cursor::new(tokens);
    let verb = cursor.peek_word().unwrap_or_default().to_ascii_uppercase();
    if let Some(pragma) = explained_pragma(cursor.clone(), dialect) {
        return classify(pragma, dialect);
    }
    if let Some(mut facts) = transaction(&verb, cursor.clone(), dialect) {
        // A transaction that begins ends the one before it.
        facts[0].commits |= dialect == Dialect::Mysql && facts[0].kind == Kind::Begin;
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
        "COPY" => copy(cursor, dialect).unwrap_or_else(|| StatementFacts::unknown(&verb)),
        "LOAD" => load_data(cursor).unwrap_or_else(|| StatementFacts::unknown(&verb)),
        "SET" if dialect == Dialect::Mysql && cursor.eat("STATEMENT") => set_statement(cursor),
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
        "ANALYZE" if dialect != Dialect::Mysql || cursor.eat_any(&["TABLE", "LOCAL", "NO_WRITE_TO_BINLOG"]) => {
            upkeep::statistics(&verb, dialect)
        }
        // MariaDB runs what follows `ANALYZE`.
        "ANALYZE" => explain(&verb, cursor, dialect),
        harmless if HARMLESS.contains(&harmless) => StatementFacts::new(Kind::Session, &verb),
        _ => StatementFacts::unknown(&verb),
    };
    let all = Cursor::new(tokens);
    facts.commits |= match dialect {
        Dialect::Mysql => COMMITTING.contains(&&*verb) && matches!(facts.kind, Kind::Session | Kind::Context),
        // `INSERT OR ROLLBACK`: if it fails, the transaction is gone.
        Dialect::Sqlite => facts.kind == Kind::Write && all.has_any(&["ROLLBACK"]),
        Dialect::Postgres => false,
    };
    facts.begins &= all.has_any(BEGINNING);
    if dialect == Dialect::Postgres && session::is_routine(&verb, dialect) {
        // A procedure may end a transaction only where it has begun it.
        facts.begins = false;
    }
    if matches!(facts.kind, Kind::Select { .. }) && session::sets(tokens, dialect) {
        // A cached one would not set anything.
        let verb = format!("{verb} that sets something");
        facts = match changes.is_empty() {
            true => StatementFacts::new(Kind::Session, &verb),
            false => StatementFacts::context(&verb),
        };
    }
    facts.session = changes.into();
    // What a parser does not understand may be a query that Diesel has built.
    facts.personal =
        matches!(facts.kind, Kind::Select { .. } | Kind::Unknown) && session::shows_session(tokens, dialect);
    if facts.kind == Kind::Unknown && facts.session.is_empty() && is_suspect(tokens, &verb) {
        facts.session = Box::new([Change::Unknown]);
    }
    if runs(&facts, &verb) {
        facts.calls = Calls::of(tokens);
    }
    if dialect == Dialect::Postgres && functions::run_texts(&facts.calls) {
        facts.reads = Tables::Everything;
        facts.calls = Calls::Anything;
    }
    facts.shows_locks = dialect == Dialect::Postgres && upkeep::shows_locks(tokens);
    // Of a statement that is run by this one it is known already.
    let may_be_private = matches!(&*verb, "CREATE" | "ALTER") || &*facts.verb == "SELECT INTO";
    facts.private |= may_be_private && names_temporary(tokens, dialect);
    vec![facts]
}

/// Are the calls in its text made when it is sent? Not those in the definition of a function, nor in a statement that is explained; where
/// that one runs, its own facts hold them.
fn runs(facts: &StatementFacts, verb: &str) -> bool {
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
    let explained = matches!(verb, "EXPLAIN" | "DESCRIBE" | "DESC");
    let defined = facts.defines && is_code();
    !explained && !defined
}

/// May a text that could not be taken apart leave a transaction open where there was none?
pub(super) fn may_begin(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .any(|word| BEGINNING.iter().any(|begin| word.eq_ignore_ascii_case(begin)))
}

/// SQLite's pragmas take effect while they are prepared, though it be to be explained.
fn explained_pragma<'a>(mut cursor: Cursor<'a>, dialect: Dialect) -> Option<&'a [Token]> {
    let explained = dialect == Dialect::Sqlite && cursor.eat("EXPLAIN");
    if explained {
        cursor.eat_all(&["QUERY", "PLAN"]);
    }
    (explained && cursor.clone().eat("PRAGMA")).then(|| cursor.rest())
}

/// Does a definition name something temporary? In SQLite, a name may stand in single quotes.
fn names_temporary(tokens: &[Token], dialect: Dialect) -> bool {
    let is_string = |token: &Token| match token {
        Token::SingleQuotedString(name) => dialect == Dialect::Sqlite && name.eq_ignore_ascii_case("temp"),
        _ => false,
    };
    tokens.iter().any(|token| is_temporary(token) || is_string(token))
}

/// `CREATE TEMPORARY TABLE t`, `CREATE TABLE pg_temp.t`, `CREATE TABLE "temp".t`
fn is_temporary(token: &Token) -> bool {
    let Token::Word(word) = token else { return false };
    let name = word.value.to_ascii_lowercase();
    matches!(&*name, "temp" | "temporary") || name.starts_with("pg_temp")
}

/// May a statement that is not understood change what other texts mean on its connection, in a way that its words do not tell?
fn is_suspect(tokens: &[Token], verb: &str) -> bool {
    const ROWS: &[&str] = &[
        "", "SELECT", "WITH", "VALUES", "TABLE", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "EXPLAIN",
        "ANALYZE", "COPY", "XA",
    ];
    if ROWS.contains(&verb) {
        return tokens.iter().any(is_temporary);
    }
    tokens.iter().any(|token| match token {
        Token::Word(word) => may_change_meaning(&word.value),
        Token::AtSign | Token::AtAt => true,
        _ => false,
    })
}

/// May a text that is not understood change what other texts mean on its connection, as [`Kind::Context`] and
/// [`StatementFacts::private`] do?
pub(crate) fn may_change_meaning(text: &str) -> bool {
    const CHANGING: &[&str] = &[
        "USE",
        "RESET",
        "DISCARD",
        "ATTACH",
        "DETACH",
        "PRAGMA",
        "SET_CONFIG",
        "SEARCH_PATH",
        "ROLE",
        "AUTHORIZATION",
        "SQL_MODE",
        "TEMP",
        "TEMPORARY",
        "PG_TEMP",
        "SET",
        "CALL",
        "DO",
        "EXECUTE",
        "LOAD_EXTENSION",
    ];
    text.contains('@')
        || text
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .any(|word| CHANGING.iter().any(|changing| word.eq_ignore_ascii_case(changing)))
}

/// Statements that begin, end or structure a transaction.
fn transaction(verb: &str, mut cursor: Cursor<'_>, dialect: Dialect) -> Option<Vec<StatementFacts>> {
    const NOISE: &[&str] = &["WORK", "TRANSACTION", "TRAN"];

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
        "XA" if dialect == Dialect::Mysql => return xa(cursor),
        // What was prepared by whichever session becomes visible; this session is in no transaction.
        "COMMIT" if cursor.eat("PREPARED") => {
            return Some(vec![StatementFacts::write("COMMIT PREPARED", Writes::Everything)]);
        }
        // It leaves the transaction to whoever commits it, and is a rollback if it fails.
        "PREPARE" if dialect != Dialect::Mysql && cursor.eat("TRANSACTION") => Kind::Commit,
        // It closes a block of MySQL's.
        "END" if dialect == Dialect::Mysql => return None,
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
    Some(match (dialect, is_quoted) {
        (Dialect::Postgres, true) => cut(name).into(),
        (Dialect::Postgres, false) => cut(&name.to_ascii_lowercase()).into(),
        _ => name.to_ascii_lowercase().into(),
    })
}

/// `COPY t [(…)] FROM`, `COPY t [(…)] TO`, `COPY (query) TO`
fn copy(mut cursor: Cursor<'_>, dialect: Dialect) -> Option<StatementFacts> {
    if cursor.peek() == Some(&Token::LParen) {
        let query = parse::query(cursor.group()?, "COPY", dialect);
        return Some(match query.kind {
            Kind::Select { .. } => StatementFacts {
                kind: Kind::Session,
                ..query
            },
            _ => query,
        });
    }
    let table = cursor.name()?;
    if cursor.peek() == Some(&Token::LParen) {
        cursor.group()?;
    }
    if cursor.eat("FROM") {
        return Some(StatementFacts::write("COPY", Writes::one(table, Operations::INSERT)));
    }
    cursor.eat("TO").then(|| StatementFacts {
        reads: Tables::one(table),
        ..StatementFacts::new(Kind::Session, "COPY")
    })
}

/// `LOAD DATA … INTO TABLE t`
fn load_data(mut cursor: Cursor<'_>) -> Option<StatementFacts> {
    if !cursor.eat_any(&["DATA", "XML"]) {
        return None;
    }
    let mut operations = Operations::INSERT;
    while !cursor.is_at_end() {
        if cursor.eat_all(&["INTO", "TABLE"]) {
            return Some(StatementFacts::write(
                "LOAD DATA",
                Writes::one(cursor.name()?, operations),
            ));
        }
        operations.delete |= cursor.clone().eat("REPLACE");
        cursor.next();
    }
    None
}

/// MariaDB's `SET STATEMENT max_statement_time = 1 FOR UPDATE …`
fn set_statement(mut cursor: Cursor<'_>) -> StatementFacts {
    while !cursor.is_at_end() {
        if cursor.eat("FOR") {
            return match classify(cursor.rest(), Dialect::Mysql).pop() {
                // A cached one would be asked for under other settings than it says.
                Some(facts) if matches!(facts.kind, Kind::Write) => facts,
                Some(facts) if matches!(facts.kind, Kind::Select { .. }) => StatementFacts {
                    kind: Kind::Session,
                    ..facts
                },
                _ => StatementFacts::unknown("SET STATEMENT"),
            };
        }
        cursor.next();
    }
    StatementFacts::unknown("SET STATEMENT")
}

/// `EXPLAIN` runs its statement only if it is to analyse it.
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
        // With `(ANALYZE false)` as well: it does no harm.
        runs |= word.eq_ignore_ascii_case("ANALYZE") || word.eq_ignore_ascii_case("ANALYSE");
        cursor.next();
    }
    if !runs {
        return StatementFacts::new(Kind::Session, verb);
    }
    let Some(mut facts) = classify(cursor.rest(), dialect).pop() else {
        return StatementFacts::unknown(verb);
    };
    if let Kind::Select { .. } = facts.kind {
        facts.kind = Kind::Session;
    }
    facts
}
