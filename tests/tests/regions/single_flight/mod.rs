//! Of all callers in all processes that miss a key at the same time, only one queries the database. Each test runs on
//! SQLite, PostgreSQL and MariaDB.

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;
    /// The number of concurrent callers in each of eight processes.
    const THREADS: usize = 16;

    mod between;
    mod keys;
    mod leaders;
    mod processes;
}

#[path = "."]
mod redis {
    type Db = diesel_cache_tests::SqliteAndRedis;
    const THREADS: usize = 16;

    mod between;
    mod keys;
    mod leaders;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;
    /// Fewer, because the server accepts only a hundred connections.
    const THREADS: usize = 4;

    mod between;
    mod keys;
    mod leaders;
    mod processes;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;
    const THREADS: usize = 4;

    mod between;
    mod keys;
    mod leaders;
    mod processes;
}
