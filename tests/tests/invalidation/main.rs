//! Which entries are invalidated, and which are left alone: by hand, in other caches and processes, during loads, and
//! in namespaces (`by_hand`, `processes`, `in_flight`, `namespaces`, `variants`); by writes (`coherence`, `corners`),
//! whose effects the text shows (`understood`), or only the catalog (`catalog`), or neither (`functions`); row by row
//! (`rows`); and between machines (`machines`).

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::duplicate_mod, reason = "one body, compiled for each database")]

mod catalog;
mod coherence;
mod corners;
mod functions;
mod machines;
mod rows;
mod understood;

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;

    /// Settings each of which gives a connection entries of its own.
    const SETTINGS: [&str; 3] = [
        "ATTACH ':memory:' AS other",
        "PRAGMA case_sensitive_like = ON",
        "CREATE TEMPORARY TABLE scratch (x INTEGER)",
    ];

    /// Returns one more, longer than the settings that a key keeps as they are.
    fn long_setting() -> String {
        format!("ATTACH ':memory:' AS {}", "x".repeat(1000))
    }

    mod by_hand;
    mod in_flight;
    mod namespaces;
    mod processes;
    mod variants;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;

    /// Settings each of which gives a connection entries of its own.
    const SETTINGS: [&str; 3] = [
        "SET TimeZone = 'Asia/Tokyo'",
        "SET ROLE postgres",
        "CREATE TEMPORARY TABLE scratch (x INTEGER)",
    ];

    /// Returns one more, longer than the settings that a key keeps as they are.
    fn long_setting() -> String {
        format!("SET app.long = '{}'", "x".repeat(1000))
    }

    mod by_hand;
    mod in_flight;
    mod namespaces;
    mod processes;
    mod variants;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;

    /// Settings each of which gives a connection entries of its own.
    const SETTINGS: [&str; 3] = [
        "SET sql_mode = 'ANSI'",
        "SET time_zone = '+09:00'",
        "CREATE TEMPORARY TABLE scratch (x INTEGER)",
    ];

    /// Returns one more, longer than the settings that a key keeps as they are.
    fn long_setting() -> String {
        format!("SET @long = '{}'", "x".repeat(1000))
    }

    mod by_hand;
    mod in_flight;
    mod namespaces;
    mod processes;
    mod variants;
}
