//! What the integration tests share: a database for each test on each backend, a model, servers that tests may stop,
//! and records of statements and events.
//!
//! A test body is a generic function. [`on_every_database!`] runs it on SQLite, PostgreSQL and MariaDB.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set up has failed"
)]

mod asynchronous;
mod database;
mod events;
mod examples;
mod gate;
mod model;
mod process;
mod proxy;
mod redis;
mod rng;
#[cfg(test)]
mod rooms;
mod schema;
mod setup;
mod statements;
#[cfg(feature = "fault-injection")]
mod tier;

pub use asynchronous::{AsyncBackend, connect_async};
pub use database::{Backend, Database, Mysql, Postgres, PostgresDatabase, Sqlite, SqliteAndRedis, connect};
pub use events::{Events, ManualClock};
pub use examples::examples;
pub use gate::{Gate, Together};
pub use model::{Address, Person, people};
pub use process::{Peer, is_alone, is_peer, serve};
pub use proxy::{Proxy, Towards, Traffic};
pub use redis::{Certificates, NamingSentinel, RedisCluster, RedisServer, Sentinels, redis_region, redis_url};
pub use rng::Rng;
pub use schema::{address, person};
pub use setup::{Setup, everyone, regions};
pub use statements::Statements;
#[cfg(feature = "fault-injection")]
pub use tier::{TierAccess, hook_shared_tiers};

/// Turns generic test bodies `fn name<B: Backend>(db: Database<B>)` into a test on each database.
///
/// ```
/// fn connects<B: diesel_cache_tests::Backend>(db: diesel_cache_tests::Database<B>) {
///     db.connect();
/// }
///
/// diesel_cache_tests::on_every_database! { connects }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! on_every_database {
    ($($body:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $body() { super::$body($crate::Database::<$crate::Sqlite>::new()); })*
        }
        mod postgres {
            $(#[test] fn $body() { super::$body($crate::Database::<$crate::Postgres>::new()); })*
        }
        mod mysql {
            $(#[test] fn $body() { super::$body($crate::Database::<$crate::Mysql>::new()); })*
        }
    };
}
