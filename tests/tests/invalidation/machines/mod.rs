//! Machines that share a database and a Redis server, but no directory. Once one of them has written or invalidated
//! rows, no other shows them as they were before, whatever happens to Redis, to the network, and to the machines.
//!
//! A machine is a cache with a directory and a proxy of its own. It runs in another process only if the test has to
//! pause or kill it.

mod coordinator;
mod failover;
mod foreign;
mod late;
mod refusing;
mod way;
mod world;

#[path = "."]
mod postgres {
    type Db = diesel_cache_tests::Postgres;
    /// A database of its own, of which the catalog is read.
    type WholeDb = diesel_cache_tests::PostgresDatabase;
    /// A condition for which the server needs two seconds.
    const SLOW: &str = "(SELECT pg_sleep(2)) IS NOT NULL";
    /// Counts the sessions that execute a statement with this text.
    const RUNNING: &str = "SELECT count(*) AS number FROM pg_stat_activity WHERE state = 'active' \
        AND pid <> pg_backend_pid() AND query LIKE ";

    mod by_hand;
    mod coherence;
    mod members;
    mod rows;
    mod stale;
    mod stale_own;
    mod stale_stopped;
    mod tasks;
    mod values;
}

#[path = "."]
mod mysql {
    type Db = diesel_cache_tests::Mysql;
    /// A database of its own, of which the catalog is read.
    type WholeDb = diesel_cache_tests::Mysql;
    /// A condition for which the server needs two seconds.
    const SLOW: &str = "SLEEP(2) = 0";
    /// Counts the sessions that execute a statement with this text.
    const RUNNING: &str = "SELECT count(*) AS number FROM information_schema.processlist \
        WHERE id <> CONNECTION_ID() AND info LIKE ";

    mod by_hand;
    mod coherence;
    mod members;
    mod rows;
    mod stale;
    mod stale_own;
    mod stale_stopped;
    mod tasks;
    mod values;
}
