//! The key-value interface of regions: values that do not come from cached queries.

mod agreement;
mod batches;
mod creators;
mod damage;
mod expiry;
mod flights;
mod processes;
mod round_trips;
mod tasks;
mod tasks_wait;
mod world;

#[path = "."]
mod sqlite {
    type Db = diesel_cache_tests::Sqlite;

    mod tables;
    mod tasks_in_transactions;
    mod transactions;
}

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;

    mod tables;
    mod tasks_in_transactions;
    mod transactions;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;

    mod tables;
    mod tasks_in_transactions;
    mod transactions;
}
