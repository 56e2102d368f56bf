//! What regions keep, and the options of a load (here); how long entries are served, and what is returned afterwards
//! (`freshness`); that only one of all callers that miss a key queries the database (`single_flight`); settings from
//! files (`config`); regions on Redis, and its faults (`on_redis`); statistics, traces and metrics (`seen`); and
//! statistics by statement (`statements`).

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::duplicate_mod, reason = "one body, compiled for each database")]

mod config;
mod freshness;
mod on_redis;
mod seen;
mod single_flight;

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;

    mod events;
    mod explained;
    mod kinds;
    mod layouts;
    mod lookup;
    mod memory;
    mod options;
    mod sessions;
    mod statements;
    mod time_to_live;
}

#[path = "."]
mod redis {
    type Db = diesel_cache_tests::SqliteAndRedis;

    mod events;
    mod kinds;
    mod layouts;
    mod lookup;
    mod options;
    mod time_to_live;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;

    mod events;
    mod explained;
    mod kinds;
    mod layouts;
    mod lookup;
    mod memory;
    mod options;
    mod sessions;
    mod statements;
    mod time_to_live;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;

    mod events;
    mod explained;
    mod kinds;
    mod layouts;
    mod lookup;
    mod memory;
    mod options;
    mod sessions;
    mod statements;
    mod time_to_live;
}
