//! What can be made of a function, by its language.

use super::queries::Function;
use crate::catalog::routine::{Library, Routine, Writes};
use crate::tables::body::body_writes;
use crate::tables::{Dialect, TableName, Tables};

/// Functions in C that come with PostgreSQL's extensions and write no table, though they are volatile.
const HARMLESS: &[&str] = &[
    "autoinc",
    "gen_random_bytes",
    "gen_random_uuid",
    "gen_salt",
    "insert_username",
    "lo_manage",
    "moddatetime",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
];

/// All that a text may name.
pub(super) fn library(tables: Vec<String>, functions: Vec<Function>) -> Library {
    let mut library = Library::default();
    library.tables.extend(tables.iter().map(|table| TableName::new(table)));
    for function in functions {
        let text = function.definition.as_deref().unwrap_or_default();
        library.add(&function.name, Routine::new(text, writes(&function, text)));
    }
    library
}

fn writes(function: &Function, text: &str) -> Writes {
    let Function { name, language, .. } = function;
    match language.as_str() {
        "sql" | "plpgsql" if is_dynamic(text) => Writes::Anything("builds statements at run time, or cascades".into()),
        // The body of one with `BEGIN ATOMIC` is not kept as a text.
        "sql" if !function.body.is_empty() => match body_writes(&function.body, Dialect::Postgres) {
            Some(writes) => Writes::Parsed(writes),
            None => Writes::Named("runs SQL that cannot be parsed".into()),
        },
        "sql" => Writes::Named("runs SQL that is not parsed".into()),
        "plpgsql" => Writes::Named("runs plpgsql, which is not parsed".into()),
        // Built into the server; or promised not to write, or known not to.
        "internal" => Writes::Parsed(Tables::NONE),
        "c" if !function.volatile || HARMLESS.contains(&name.as_str()) => Writes::Parsed(Tables::NONE),
        "c" => Writes::Anything("runs a library in C".into()),
        other => Writes::Guessed(format!("runs {other}, which is not parsed")),
    }
}

/// May the text write a table that it does not name? `EXECUTE`, `TRUNCATE … CASCADE`, and names spelled by escapes. In a comment
/// they count too.
fn is_dynamic(text: &str) -> bool {
    let text = text.to_lowercase();
    let has = |word: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|found| found == word)
    };
    has("execute") || (has("cascade") && (has("truncate") || has("drop"))) || text.contains("u&\"")
}
