//! Keys.
//!
//! # What a key is
//!
//! Two loads may share rows only if the database would be sent the same bytes. So a [`CacheKey`] is the SHA-256 of what
//! Diesel would send: the SQL text, and every bind as it was *serialised*, with its type. The user's values are never formatted:
//! a `Debug` that hides a password would make two users share an entry.
//!
//! What is hashed, in this order:
//!
//! | part | form |
//! | --- | --- |
//! | format version | a fixed tag |
//! | backend | length, bytes |
//! | SQL text | length, bytes |
//! | *(zeros up to a whole SHA-256 block)* | |
//! | namespace | length, bytes |
//! | extra key | `0`, or `1`, length, bytes |
//! | binds | the backend's own form, which ends the input |
//!
//! Every part says where it ends, so no two inputs can read alike. The parts that one query type always shares come first: SHA-256's
//! state after them is kept in the [`Statement`], and a repeated query hashes its binds only.
//!
//! # What is remembered
//!
//! Most queries have a static `QueryId`: their SQL follows from their type. Such a [`Statement`] is rendered once in a process and
//! found by type afterwards, without a lock or an allocation. Others (boxed queries, `IN` lists, raw SQL) are rendered every time.

mod backend;
mod cache_key;
mod hasher;
mod memo;
mod statement;
mod value;

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod pg;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use backend::KeyBackend;
pub use cache_key::CacheKey;
pub use hasher::KeyHasher;
pub(crate) use memo::statement_of;
pub(crate) use statement::{Statement, StatementRef, key_of};
pub(crate) use value::value_key;
