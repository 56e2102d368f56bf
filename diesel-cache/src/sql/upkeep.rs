//! Statements that change no row, and something that a query may show all the same: where rows lie, and statistics.

use sqlparser::tokenizer::Token;

use super::{
    Dialect, Kind, Operations, StatementFacts, TableName, Tables, Writes,
    cursor::{Cursor, word},
};

/// What PostgreSQL keeps of the transactions that have written or locked a row; a lock is no write.
const LOCK_COLUMNS: &[&str] = &["xmax", "cmin", "cmax"];

/// `VACUUM`, which gives rows other numbers (`rowid`, `ctid`) where it writes their table anew.
pub(super) fn vacuum(mut cursor: Cursor<'_>, dialect: Dialect) -> StatementFacts {
    const OPTIONS: &[&str] = &["FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"];
    match dialect {
        // A copy.
        Dialect::Sqlite if cursor.has_any(&["INTO"]) => return StatementFacts::new(Kind::Session, "VACUUM"),
        Dialect::Sqlite => return StatementFacts::write("VACUUM", Writes::Everything),
        Dialect::Mysql => return StatementFacts::new(Kind::Session, "VACUUM"),
        Dialect::Postgres => {}
    }
    let mut full = false;
    if cursor.peek() == Some(&Token::LParen) {
        let options = cursor.group().map(Cursor::new);
        // With `(FULL false)` as well: it does no harm.
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

/// All rows of these tables get another place; of every table, where they are not known.
fn anew(verb: &str, tables: Option<Tables>) -> StatementFacts {
    let writes = tables.map_or(Writes::Everything, |tables| Writes::to(&tables, &Operations::ALL));
    StatementFacts::write(verb, writes)
}

/// `t (a, b), u`
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

/// `CLUSTER`, `CLUSTER t USING i`, `CLUSTER i ON t`
pub(super) fn cluster(mut cursor: Cursor<'_>) -> StatementFacts {
    cursor.eat("VERBOSE");
    if cursor.peek() == Some(&Token::LParen) {
        cursor.group();
    }
    let first = cursor.name();
    let table = if cursor.eat("ON") { cursor.name() } else { first };
    anew("CLUSTER", table.map(Tables::one))
}

/// `ANALYZE` and its kin, indexes and comments: they write a table of the catalog.
pub(super) fn statistics(verb: &str, dialect: Dialect) -> StatementFacts {
    StatementFacts {
        writes: Writes::to(&catalog(dialect), &Operations::ALL),
        ..StatementFacts::new(Kind::Session, verb)
    }
}

/// A table of the catalog, in the place of all of them: whatever reads a catalog reads everything, this one too.
pub(super) fn catalog(dialect: Dialect) -> Tables {
    Tables::one(TableName::new(match dialect {
        Dialect::Sqlite => "sqlite_stat1",
        Dialect::Postgres => "pg_statistic",
        Dialect::Mysql => "innodb_table_stats",
    }))
}

/// Does a statement for PostgreSQL name a column that changes when somebody locks the row?
pub(super) fn shows_locks(tokens: &[Token]) -> bool {
    let mut alias = false;
    let mut names = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_)));
    names.any(|token| {
        let follows = std::mem::replace(
            &mut alias,
            word(token).is_some_and(|word| word.eq_ignore_ascii_case("AS")),
        );
        match token {
            Token::Word(name) => {
                !follows
                    && LOCK_COLUMNS
                        .iter()
                        .any(|column| name.value.eq_ignore_ascii_case(column))
            }
            _ => false,
        }
    })
}
