//! Statements that change no values, but may change what a query returns: the positions of rows, and statistics.

use sqlparser::tokenizer::Token;

use crate::sql::{
    dialect::{Dialect, Vacuum},
    facts::{Operations, StatementFacts, StatementKind, TableName, Tables, Writes},
    tokens::{Cursor, is_any, word},
};

/// Reads `VACUUM`. If it rewrites a table, it gives the rows new numbers (`rowid`, `ctid`).
pub(super) fn vacuum(mut cursor: Cursor<'_>, dialect: Dialect) -> StatementFacts {
    const OPTIONS: &[&str] = &["FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"];
    match dialect.syntax().statements.vacuum {
        // It only makes a copy.
        Vacuum::Everything if cursor.has_any(&["INTO"]) => {
            return StatementFacts::new(StatementKind::Utility, "VACUUM");
        }
        Vacuum::Everything => return StatementFacts::write("VACUUM", Writes::Everything),
        Vacuum::Nothing => return StatementFacts::new(StatementKind::Utility, "VACUUM"),
        Vacuum::Options => {}
    }
    let mut full = false;
    if cursor.peek() == Some(&Token::LParen) {
        let options = cursor.group().map(Cursor::new);
        // `(FULL false)` counts as well, which does no harm.
        full = options.is_none_or(|options| options.has_any(&["FULL"]));
    }
    loop {
        if cursor.eat("FULL") {
            full = true;
        } else if !cursor.eat_any(OPTIONS) {
            break;
        }
    }
    if full {
        anew("VACUUM FULL", listed(cursor))
    } else {
        statistics("VACUUM", dialect)
    }
}

/// Returns the facts of a statement that moves all rows of these tables; of every table if they are not known.
fn anew(verb: &str, tables: Option<Tables>) -> StatementFacts {
    let writes = tables.map_or(Writes::Everything, |tables| Writes::to(&tables, &Operations::ALL));
    StatementFacts::write(verb, writes)
}

/// Reads `t (a, b), u`.
fn listed(mut cursor: Cursor<'_>) -> Option<Tables> {
    let mut tables = Tables::NONE;
    loop {
        tables.add(cursor.name()?);
        if cursor.peek() == Some(&Token::LParen) {
            cursor.group()?;
        }
        if !cursor.eat_token(&Token::Comma) {
            return Some(tables);
        }
    }
}

/// Reads `CLUSTER`, `CLUSTER t USING i` or `CLUSTER i ON t`.
pub(super) fn cluster(mut cursor: Cursor<'_>) -> StatementFacts {
    cursor.eat("VERBOSE");
    if cursor.peek() == Some(&Token::LParen) {
        cursor.group();
    }
    let first = cursor.name();
    let table = if cursor.eat("ON") { cursor.name() } else { first };
    anew("CLUSTER", table.map(Tables::one))
}

/// Returns the facts of `ANALYZE`, and of statements about indexes and comments. These write a table of the system
/// catalog.
pub(super) fn statistics(verb: &str, dialect: Dialect) -> StatementFacts {
    StatementFacts {
        writes: Writes::to(&catalog(dialect), &Operations::ALL),
        ..StatementFacts::new(StatementKind::Utility, verb)
    }
}

/// Returns a table of the system catalog that represents all of them.
pub(super) fn catalog(dialect: Dialect) -> Tables {
    Tables::one(TableName::new(dialect.syntax().statements.catalog_table))
}

/// Returns `true` if the statement names a column that changes when its row is locked.
pub(super) fn shows_locks(tokens: &[Token], dialect: Dialect) -> bool {
    let columns = dialect.syntax().statements.lock_columns;
    if columns.is_empty() {
        return false;
    }
    let mut alias = false;
    let mut names = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_)));
    names.any(|token| {
        let follows = std::mem::replace(
            &mut alias,
            word(token).is_some_and(|word| word.eq_ignore_ascii_case("AS")),
        );
        match token {
            Token::Word(name) => !follows && is_any(&name.value, columns),
            _ => false,
        }
    })
}
