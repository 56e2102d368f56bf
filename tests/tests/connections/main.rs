//! Connections: attaching a cache to them, transactions, and misuse (here); caches that are installed for all
//! connections of a process (`install`); what an attached connection does and its cache observes (`observer`);
//! connections that are lost in the middle of a write (`doubt`); and loads that take their connection from a pool, on a
//! miss only (`lazy_pool`).

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::duplicate_mod, reason = "one body, compiled for each database")]

mod doubt;
mod install;
mod lazy_pool_rows;
mod misuse;
mod multi_connection;
mod observer;
mod postgres_only;
mod replica;

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;

    mod attach;
    mod lazy_pool;
    mod threads;
    mod transactions;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;

    mod attach;
    mod lazy_pool;
    mod threads;
    mod transactions;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;

    mod attach;
    mod lazy_pool;
    mod threads;
    mod transactions;
}
