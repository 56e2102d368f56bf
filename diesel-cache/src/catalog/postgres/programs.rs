//! What can be known of a function, by its language.

use super::callers::SET_CONFIG;
use super::queries::{Function, Sort};
use crate::catalog::routine::{Extent, Library, Routine};
use crate::sql::body::{SessionEffects, session_effects};
use crate::sql::{Columns, Dialect, Language, TableName, Writes, may_change_meaning};

/// Functions in C that are part of PostgreSQL's extensions. They are volatile, but write no table. Some are trigger
/// functions.
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

/// Functions in C that change a setting on which other functions depend.
const CHANGING: &[&str] = &["set_limit"];

/// Languages whose programs access the database through a module of a known name.
const PROCEDURAL: &[&str] = &["plperl", "plpython", "plv8"];

/// Returns the library of everything that a text may name.
pub(super) fn library(tables: Vec<String>, functions: Vec<Function>) -> Library {
    let mut library = Library::default();
    library.tables.extend(tables.iter().map(|table| TableName::new(table)));
    for function in functions {
        library.add(&function.name, routine(&function));
    }
    let changes = SessionEffects {
        changes_session: true,
        defines: false,
    };
    library.add(
        SET_CONFIG,
        Routine::new("", Extent::Read(Writes::Nothing)).with_session(changes),
    );
    library
}

fn routine(function: &Function) -> Routine {
    let text = function.text();
    let mut routine = code(function, &text);
    let session = match function.sort {
        _ if !routine.is_opaque() || !function.volatile => session(function, &text),
        // A trigger function receives no texts to run, so everything that it runs is among its own strings.
        Sort::Trigger if function.language == "plpgsql" => session_of_texts(&text),
        Sort::Trigger => SessionEffects::default(),
        Sort::Function | Sort::Procedure => SessionEffects::UNKNOWN,
    };
    routine = routine.with_session(session);
    if !function.volatile {
        routine = routine.only_reading();
    }
    match function.sort {
        Sort::Function => routine.callable(),
        Sort::Trigger | Sort::Procedure => routine,
    }
}

/// Returns `true` if the function writes nothing. A function in C that belongs to an extension has a known purpose,
/// unless it is for triggers.
fn is_harmless(function: &Function) -> bool {
    !function.volatile
        || HARMLESS.contains(&function.name.as_str())
        || (function.is_extensions && function.sort == Sort::Function && !function.name.starts_with("dblink"))
}

fn session(function: &Function, text: &str) -> SessionEffects {
    let changes = |changes_session| SessionEffects {
        changes_session,
        defines: false,
    };
    match function.language.as_str() {
        "sql" | "plpgsql" => session_effects(text, Dialect::Postgres, &|_| false),
        "internal" => SessionEffects::default(),
        "c" => changes(!is_harmless(function) || CHANGING.contains(&function.name.as_str())),
        // Without its interface to SQL, a program cannot access the database.
        language if PROCEDURAL.iter().any(|known| language.starts_with(known)) && !reaches_sql(text) => {
            SessionEffects::default()
        }
        _ => changes(may_change_meaning(text)),
    }
}

/// Returns the session effects of code that runs statements which it builds from its own strings.
fn session_of_texts(text: &str) -> SessionEffects {
    const CHANGING: &[&str] = &[
        "reset",
        "discard",
        "set_config",
        "search_path",
        "role",
        "authorization",
        "temp",
        "temporary",
        "pg_temp",
    ];
    let text = text.to_lowercase();
    let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let count = |word: &str| words().filter(|found| *found == word).count();
    SessionEffects {
        // `UPDATE … SET` is another one.
        changes_session: words().any(|word| CHANGING.contains(&word)) || count("set") > count("update"),
        defines: words().any(|word| ["create", "alter", "drop"].contains(&word)),
    }
}

fn reaches_sql(text: &str) -> bool {
    ["plpy", "spi", "plv8"].iter().any(|interface| text.contains(interface))
}

fn code(function: &Function, text: &str) -> Routine {
    match function.language.as_str() {
        "sql" => Routine::read(text, Language::PostgresSql),
        "plpgsql" => Routine::read(text, Language::Plpgsql),
        // The function is built into the server, is declared not to write, or is known not to write. The columns that a
        // trigger function in C sets are among its arguments.
        "internal" => Routine::new(text, Extent::Read(Writes::Nothing)).assigning(Columns::None),
        "c" if is_harmless(function) => Routine::new(text, Extent::Read(Writes::Nothing)).assigning(Columns::None),
        "c" => Routine::new(text, Extent::Anything("runs a library in C".into())),
        other => Routine::new(text, Extent::Guessed(format!("runs {other}, which is not parsed"))),
    }
}
