//! The exact text of each form that is read, as the locked version of Diesel prints it.

mod v2_3;

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
use std::any::type_name;
use std::fmt::{self, Debug, Write};

use diesel::connection::{DebugQuery, StrQueryHelper};
use diesel::internal::table_macro::StaticQueryFragment as _;

use super::{EventText, static_name};

/// The forms of the version of Diesel that the lock file names.
const LOCKED: &Forms = &v2_3::FORMS;

/// What one minor version of Diesel prints. Each field is a form that some file of [`diesel_text`](super) reads.
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "each database has forms of its own")
)]
struct Forms {
    /// Major and minor version.
    version: &'static str,
    /// A prepared statement in an event, in the pieces that are written up to the bound values, and what follows them.
    event: [&'static str; 3],
    /// The event of a text that is not prepared.
    batch: &'static str,
    /// Bind values for SQLite.
    sqlite_binds: &'static str,
    /// The name of a table.
    identifier: &'static str,
    /// The name of a table with its schema.
    qualified: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    mysql: &'static str,
}

/// Fails with what has to be done after an upgrade of Diesel.
#[track_caller]
fn check(what: &str, file: &str, printed: &str, golden: &str) {
    assert_eq!(
        printed, golden,
        "\nThis version of Diesel prints {what} in another form than {}.\n\
         1. Adapt `diesel_text/{file}` to the new form.\n\
         2. Add the new form beside `diesel_text/golden/v2_3.rs`, and make it `LOCKED`.\n\
         3. Where keys are made of the form, change `FORMAT` in `key/statement.rs`.\n\
         See `docs/decisions/0025-what-is-read-off-text.md`.\n",
        LOCKED.version
    );
}

/// Keeps apart the pieces that a formatter writes.
#[derive(Default)]
struct Pieces(Vec<String>);

impl Write for Pieces {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0.push(piece.to_owned());
        Ok(())
    }
}

fn pieces(query: &dyn DebugQuery) -> Vec<String> {
    let mut pieces = Pieces::default();
    write!(pieces, "{query}").unwrap();
    pieces.0
}

fn check_identifier(component: &impl Debug, golden: &str, name: &str) {
    check(
        "the name of a table",
        "identifier.rs",
        &format!("{component:?}"),
        golden,
    );
    assert_eq!(static_name(component).as_deref(), Some(name));
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn check_backend<DB>(golden: &str, name: &str) {
    check("the type of a backend", "backend.rs", type_name::<DB>(), golden);
    assert_eq!(super::backend_name::<DB>(), Some(name));
}

#[test]
fn the_forms_are_those_of_the_locked_version() {
    // The lock file is the workspace's, and no part of the published crate.
    let Ok(lock) = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")) else {
        return;
    };
    let (_, rest) = lock.split_once("name = \"diesel\"\nversion = \"").unwrap();
    let (version, _) = rest.split_once('"').unwrap();
    assert!(
        version.starts_with(&format!("{}.", LOCKED.version)),
        "Diesel {version} is locked, and `diesel_text/golden/` holds the forms of {} alone: add those of {version} and make them \
         `LOCKED`, even where they are the same",
        LOCKED.version
    );
}

#[test]
#[cfg(feature = "sqlite")]
fn a_prepared_statement_in_an_event() {
    use diesel::sql_types::{Integer, Text};
    use diesel::sqlite::Sqlite;

    let query = diesel::sql_query("SELECT ?, ?")
        .bind::<Text, _>("it's \"a\"\n")
        .bind::<Integer, _>(5);
    let query = diesel::debug_query::<Sqlite, _>(&query);
    let [sql, mark, binds] = LOCKED.event;
    let printed = pieces(&query);
    check("the SQL of an event", "event.rs", &printed[0], sql);
    check("the mark before bound values", "binds.rs", &printed[1], mark);
    check("bound values", "binds.rs", &printed[2..].concat(), binds);
    let text = printed.concat();
    assert_eq!(super::possible_ends(&text).next(), Some((sql, &text[sql.len()..])));
    assert!(super::is_text_of(&text, sql));
    let event = EventText::of(&query, String::new());
    assert_eq!((&*event.text, event.is_cut), (sql, true));
}

#[test]
fn a_text_in_an_event() {
    let query = StrQueryHelper::new("BEGIN; COMMIT");
    check(
        "a text that is not prepared",
        "event.rs",
        &pieces(&query).concat(),
        LOCKED.batch,
    );
    let event = EventText::of(&query, String::new());
    assert_eq!((&*event.text, event.is_cut), (LOCKED.batch, false));
}

#[test]
#[cfg(feature = "sqlite")]
fn bind_values_for_sqlite() {
    use diesel::backend::Backend;
    use diesel::query_builder::QueryFragment;
    use diesel::sql_types::{BigInt, Binary, Double, Integer, Nullable, Text};
    use diesel::sqlite::Sqlite;

    let query = diesel::sql_query("SELECT ?, ?, ?, ?, ?, ?, ?")
        .bind::<Text, _>("it's \"a\"\n\u{1f980}")
        .bind::<Text, _>(String::from("b"))
        .bind::<Binary, _>(vec![0_u8, 255])
        .bind::<Integer, _>(-1)
        .bind::<BigInt, _>(i64::MAX)
        .bind::<Double, _>(0.1)
        .bind::<Nullable<Text>, _>(None::<String>);
    let mut collector = <Sqlite as Backend>::BindCollector::default();
    query.collect_binds(&mut collector, &mut (), &Sqlite).unwrap();
    let printed = format!("{collector:?}");
    check(
        "the bind values of SQLite",
        "sqlite_binds.rs",
        &printed,
        LOCKED.sqlite_binds,
    );
    let expected = printed
        .strip_prefix("SqliteBindCollector { binds: [")
        .unwrap()
        .replace("Borrowed", "");
    let mut binds = super::SqliteBinds::new();
    binds.print(&collector).unwrap();
    assert_eq!(String::from_utf8_lossy(binds.bytes()), expected);
}

#[test]
fn names_of_tables() {
    diesel::table! { #[sql_name = "odd \"name\""] plain (id) { id -> Integer } }
    diesel::table! { audit.log (id) { id -> Integer } }

    check_identifier(
        &plain::table::STATIC_COMPONENT,
        LOCKED.identifier,
        "\"odd \"\"name\"\"\"",
    );
    check_identifier(&log::table::STATIC_COMPONENT, LOCKED.qualified, "\"audit\".\"log\"");
}

#[test]
fn types_of_backends() {
    #[cfg(feature = "sqlite")]
    check_backend::<diesel::sqlite::Sqlite>(LOCKED.sqlite, "Sqlite");
    #[cfg(feature = "postgres")]
    check_backend::<diesel::pg::Pg>(LOCKED.postgres, "Pg");
    #[cfg(feature = "mysql")]
    check_backend::<diesel::mysql::Mysql>(LOCKED.mysql, "Mysql");
}
