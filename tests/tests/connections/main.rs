//! Connections: how a cache is attached to them, what transactions do, and what happens when it is done wrong.

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::duplicate_mod, reason = "one body, compiled for each database")]

mod misuse;
mod multi_connection;
mod postgres_only;

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;

    mod attach;
    mod threads;
    mod transactions;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;

    mod attach;
    mod threads;
    mod transactions;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;

    mod attach;
    mod threads;
    mod transactions;
}
