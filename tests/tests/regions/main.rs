//! What regions keep, for how long, and what a load may ask of them; each on SQLite, PostgreSQL and MariaDB.

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::duplicate_mod, reason = "one body, compiled for each database")]

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
