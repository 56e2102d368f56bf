//! How long entries are served, and what is returned afterwards. Each test runs on SQLite, PostgreSQL and MariaDB.

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;

    mod errors;
    mod idle;
    mod jitter;
    mod sizes;
    mod soft;
    mod stale;
}

#[path = "."]
mod redis {
    type Db = diesel_cache_tests::SqliteAndRedis;

    mod errors;
    mod idle;
    mod soft;
    mod stale;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;

    mod errors;
    mod idle;
    mod jitter;
    mod sizes;
    mod soft;
    mod stale;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;

    mod errors;
    mod idle;
    mod jitter;
    mod sizes;
    mod soft;
    mod stale;
}
