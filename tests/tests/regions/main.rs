//! What regions keep, and what a load may ask of them (here); how long entries serve, and what serves in their place (`freshness`); that
//! one of all who miss a key asks the database (`single_flight`); settings from files (`config`); and what regions show of themselves
//! (`seen`).

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::duplicate_mod, reason = "one body, compiled for each database")]

mod config;
mod freshness;
mod seen;
mod single_flight;

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;

    mod events;
    mod kinds;
    mod layouts;
    mod lookup;
    mod memory;
    mod options;
    mod sessions;
    mod time_to_live;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;

    mod events;
    mod kinds;
    mod layouts;
    mod lookup;
    mod memory;
    mod options;
    mod sessions;
    mod time_to_live;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;

    mod events;
    mod kinds;
    mod layouts;
    mod lookup;
    mod memory;
    mod options;
    mod sessions;
    mod time_to_live;
}
