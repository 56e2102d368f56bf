//! Many keys at once: rows by key, children of many parents, parents of many children. Each key shares its entry with
//! the query for this key alone, and one query loads all missing keys. The tests run on each database, and `tasks` runs
//! them on asynchronous connections.
mod schema;

#[path = "."]
mod sqlite {
    type B = diesel_cache_tests::Sqlite;

    /// Whether a column can have the collation `NOCASE`.
    const HAS_NOCASE: bool = true;

    mod by_key;
    mod children;
    mod failures;
    mod matching;
    mod moments;
    mod options;
    mod overlap;
    mod pools;
    mod random;
    mod tasks;
}

#[path = "."]
mod postgres {
    type B = diesel_cache_tests::PostgresDatabase;

    const HAS_NOCASE: bool = false;

    mod by_key;
    mod children;
    mod failures;
    mod matching;
    mod moments;
    mod options;
    mod overlap;
    mod pools;
    mod random;
    mod tasks;
}

#[path = "."]
mod mysql {
    type B = diesel_cache_tests::Mysql;

    const HAS_NOCASE: bool = false;

    mod by_key;
    mod children;
    mod failures;
    mod matching;
    mod moments;
    mod options;
    mod overlap;
    mod pools;
    mod random;
    mod tasks;
}
