//! What can be made of a function, by its language.

use super::queries::Function;
use crate::catalog::routine::{Extent, Library, Routine};
use crate::tables::body::Language;
use crate::tables::{Columns, TableName, Writes};

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
        library.add(&function.name, routine(&function));
    }
    library
}

fn routine(function: &Function) -> Routine {
    let text = function.text();
    match function.language.as_str() {
        "sql" => Routine::read(&text, Language::PostgresSql),
        "plpgsql" => Routine::read(&text, Language::Plpgsql),
        // Built into the server; or promised not to write, or known not to. What a trigger in C sets is among its arguments.
        "internal" => Routine::new(&text, Extent::Read(Writes::Nothing)).assigning(Columns::None),
        "c" if !function.volatile || HARMLESS.contains(&function.name.as_str()) => {
            Routine::new(&text, Extent::Read(Writes::Nothing)).assigning(Columns::None)
        }
        "c" => Routine::new(&text, Extent::Anything("runs a library in C".into())),
        other => Routine::new(&text, Extent::Guessed(format!("runs {other}, which is not parsed"))),
    }
}
