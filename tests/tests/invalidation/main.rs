//! What an invalidation reaches, and what it leaves alone: caches, processes, loads in flight, namespaces.

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::duplicate_mod, reason = "one body, compiled for each database")]

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;

    mod by_hand;
    mod in_flight;
    mod namespaces;
    mod processes;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;

    mod by_hand;
    mod in_flight;
    mod namespaces;
    mod processes;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;

    mod by_hand;
    mod in_flight;
    mod namespaces;
    mod processes;
}
