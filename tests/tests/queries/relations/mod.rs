//! Many keys at once: rows by key, children of many parents, parents of many children. Each key has the entry of the
//! query for this key alone, and what is missing comes from one query. On each database, blocking (here) and in tasks
//! (`tasks`).
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
