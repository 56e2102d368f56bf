//! DDL and TRUNCATE.
//!
//! DDL is rare, so little is lost if most of it counts as writing everything: DDL on schemas, on functions, which a
//! query may call, and on triggers, privileges and row security, which change what a query sees.

use sqlparser::tokenizer::Token;

use super::{parse, upkeep};
use crate::sql::{
    dialect::Dialect,
    facts::{Operations, StatementFacts, StatementKind, TableName, Tables, Writes},
    tokens::Cursor,
};

/// Words that may occur between CREATE, ALTER or DROP and the sort of object.
const MODIFIERS: &[&str] = &[
    "OR",
    "REPLACE",
    "GLOBAL",
    "LOCAL",
    "TEMPORARY",
    "TEMP",
    "UNLOGGED",
    "UNIQUE",
    "FULLTEXT",
    "SPATIAL",
    "VIRTUAL",
    "MATERIALIZED",
    "FOREIGN",
    "RECURSIVE",
    "ONLINE",
    "OFFLINE",
    "IGNORE",
];

/// Words of an ALTER TABLE that changes rows of other tables, or changes which writes affect them.
const FAR_REACHING: &[&str] = &[
    "CASCADE",
    "INHERIT",
    "EXCHANGE",
    "ATTACH",
    "DETACH",
    "REFERENCES",
    "SWAP",
];

pub(super) fn facts(verb: &str, cursor: Cursor<'_>, dialect: Dialect) -> StatementFacts {
    let mut ahead = cursor.clone();
    let temporary = matches!(verb, "CREATE" | "DROP")
        && (
            ahead.eat("OR"),
            ahead.eat("REPLACE"),
            ahead.eat_any(&["TEMPORARY", "TEMP"]),
        )
            .2;
    let (verb, writes) = match verb {
        "TRUNCATE" => (verb.into(), truncate(cursor)),
        "RENAME" => (verb.into(), rename(cursor)),
        "REFRESH" => (verb.into(), refresh(cursor)),
        "GRANT" | "REVOKE" => (verb.into(), Some(Tables::Everything)),
        _ => object(verb, cursor, dialect),
    };
    let operations = match &*verb {
        "TRUNCATE" => Operations::TRUNCATE,
        _ => Operations::ALL,
    };
    let writes = Writes::to(&writes.unwrap_or(Tables::Everything), &operations);
    let mut facts = StatementFacts::write(&verb, writes);
    facts.commits = dialect.syntax().transactions.implicit_commit && !temporary;
    facts.defines = !matches!(&*verb, "TRUNCATE" | "REFRESH");
    facts
}

/// Reads CREATE, ALTER and DROP. Returns the verb with the sort of object, and the tables; `None` if it may be any
/// table.
fn object(verb: &str, mut cursor: Cursor<'_>, dialect: Dialect) -> (String, Option<Tables>) {
    while cursor.eat_any(MODIFIERS) {}
    let Some(sort) = cursor.peek_word().map(str::to_ascii_uppercase) else {
        return (verb.into(), None);
    };
    cursor.next();
    cursor.eat("CONCURRENTLY");
    if !cursor.eat_all(&["IF", "NOT", "EXISTS"]) {
        cursor.eat_all(&["IF", "EXISTS"]);
    }
    let writes = match (verb, &*sort) {
        (_, "INDEX") => Some(upkeep::catalog(dialect)),
        ("CREATE", "TABLE") => create_table(cursor, dialect),
        ("CREATE", "VIEW") => cursor.name().map(Tables::one),
        ("DROP", "TABLE" | "VIEW") => drop_tables(cursor),
        ("ALTER", "TABLE" | "VIEW") => alter(cursor),
        _ => None,
    };
    (format!("{verb} {sort}"), writes)
}

/// Returns the table, the tables of which it becomes a part, and the tables that its query writes.
fn create_table(mut cursor: Cursor<'_>, dialect: Dialect) -> Option<Tables> {
    let mut tables = Tables::one(cursor.name()?);
    if !dialect.syntax().statements.create_table_writes_others {
        return Some(tables);
    }
    while !cursor.is_at_end() {
        if cursor.eat_all(&["PARTITION", "OF"]) {
            // If it is a foreign table, it adds its rows to the partitioned table.
            tables.add(cursor.name()?);
        } else if cursor.eat("INHERITS") && cursor.eat_token(&Token::LParen) {
            cursor.names()?.into_iter().for_each(|parent| tables.add(parent));
        } else if cursor.eat("AS") {
            tables.add_all(&written_by_query(&cursor, dialect)?);
            break;
        } else if cursor.peek() == Some(&Token::LParen) {
            cursor.group()?;
        } else {
            cursor.next();
        }
    }
    Some(tables)
}

/// Returns what the query of `CREATE TABLE … AS WITH w AS (DELETE … RETURNING …) SELECT …` writes.
fn written_by_query(cursor: &Cursor<'_>, dialect: Dialect) -> Option<Tables> {
    const WRITING: &[&str] = &["INSERT", "UPDATE", "DELETE", "MERGE", "EXECUTE"];
    if !cursor.has_any(WRITING) {
        return Some(Tables::NONE);
    }
    let query = parse::query(cursor.rest(), "", dialect);
    matches!(query.kind, StatementKind::Select { .. } | StatementKind::Write).then(|| query.writes.tables())
}

fn drop_tables(mut cursor: Cursor<'_>) -> Option<Tables> {
    let names = cursor.names()?;
    (!cursor.has_any(&["CASCADE"])).then(|| names.into_iter().collect())
}

fn alter(mut cursor: Cursor<'_>) -> Option<Tables> {
    cursor.eat("ONLY");
    let mut tables = Tables::one(cursor.name()?);
    // MariaDB's `CONVERT PARTITION p TO TABLE t` and its reverse.
    let converts = cursor.has_any(&["CONVERT"]) && cursor.has_any(&["PARTITION"]);
    if converts || cursor.has_any(FAR_REACHING) {
        return None;
    }
    if cursor.has_any(&["RENAME"]) {
        // The new name of the table follows, or that of a column, which does no harm.
        while !cursor.is_at_end() {
            if cursor.eat("RENAME") {
                cursor.eat_any(&["TO", "AS", "COLUMN"]);
                add_next(&cursor, &mut tables);
            } else if cursor.eat_any(&["TO", "AS"]) {
                add_next(&cursor, &mut tables);
            } else {
                cursor.next();
            }
        }
    }
    Some(tables)
}

fn add_next(cursor: &Cursor<'_>, tables: &mut Tables) {
    if let Some(name) = cursor.clone().name() {
        tables.add(name);
    }
}

fn truncate(mut cursor: Cursor<'_>) -> Option<Tables> {
    cursor.eat("TABLE");
    drop_tables(cursor)
}

/// Reads `RENAME TABLE a TO b, c TO d`.
fn rename(mut cursor: Cursor<'_>) -> Option<Tables> {
    if !cursor.eat_any(&["TABLE", "TABLES"]) {
        return None;
    }
    cursor.eat_all(&["IF", "EXISTS"]);
    let mut names: Vec<TableName> = Vec::new();
    loop {
        names.push(cursor.name()?);
        if !cursor.eat("TO") {
            // MariaDB's `WAIT n`
            return None;
        }
        names.push(cursor.name()?);
        if !cursor.eat_token(&Token::Comma) {
            return Some(names.into_iter().collect());
        }
    }
}

fn refresh(mut cursor: Cursor<'_>) -> Option<Tables> {
    if !cursor.eat_all(&["MATERIALIZED", "VIEW"]) {
        return None;
    }
    cursor.eat("CONCURRENTLY");
    cursor.name().map(Tables::one)
}
