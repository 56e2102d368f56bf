//! The corpus of the library's own unit tests: each statement is valid, and does what its section says.

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Mysql, Postgres, Sqlite};

use crate::understood::world::{Table, Texts, World};

macro_rules! text {
    ($name:literal) => {
        include_str!(concat!("../../../../diesel-cache/src/sql/tests/corpus/", $name))
    };
}

/// Sends every statement of a corpus.
fn send<B: Texts>(setup: &str, rows: &str, corpus: &str, tables: &[Table]) {
    let mut world = World::<B>::new(setup, tables);
    let mut faults = Vec::new();
    let mut written: Vec<&str> = Vec::new();
    let mut is_warm = false;
    for line in corpus.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            written = title
                .split_once(" => ")
                .map_or(Vec::new(), |(_, tables)| tables.split(", ").collect());
            is_warm = false;
            continue;
        }
        if !is_warm || !written.is_empty() {
            world.writer.batch_execute(rows).unwrap();
            world.warm();
            is_warm = true;
        }
        match world.writer.batch_execute(line) {
            Ok(()) => {
                let found = world.faults(&written).into_iter();
                faults.extend(found.map(|fault| format!("{fault}: {line}")));
            }
            Err(error) => faults.push(format!("{error}: {line}")),
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn sqlite() {
    send::<Sqlite>(
        text!("sqlite.setup.sql"),
        text!("sqlite.rows.sql"),
        text!("sqlite.sql"),
        &[
            ("t", "id, a, b, s"),
            ("u", "id, t_id, a, s"),
            ("w", "id, a, s, key"),
            ("tree", "id, parent, name"),
            ("odd name", "id, a"),
            ("plain", "a, b"),
            ("mail", "subject, body"),
            ("ids", "id"),
        ],
    );
}

#[test]
fn postgres() {
    let tables = ["t", "u", "w", "tree", "ids", "seq"].map(|table| (table, ""));
    send::<Postgres>(
        text!("postgres.setup.sql"),
        text!("postgres.rows.sql"),
        text!("postgres.sql"),
        &tables,
    );
}

#[test]
fn mysql() {
    send::<Mysql>(
        text!("mysql.setup.sql"),
        text!("mysql.rows.sql"),
        text!("mysql.sql"),
        &[
            ("t", "id, a, b, s, d"),
            ("u", "id, t_id, a, s"),
            ("w", "id, a, s"),
            ("tree", "id, parent, name"),
            ("ids", "id"),
            ("parts", "id, a"),
            ("history", "id, a"),
            ("spans", "id, a, since, until"),
            ("odd name", "id, `key`"),
        ],
    );
}
