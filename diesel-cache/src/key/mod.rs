//! Keys.
//!
//! # What a key is
//!
//! Two loads may share rows only if they send the same bytes to the database. So a [`CacheKey`] is the SHA-256 of what
//! Diesel sends: the SQL text, and every bind as it is *serialised*, with its type. The values of users are never
//! formatted: a `Debug` that hides a password would make two users share an entry.
//!
//! What is hashed, in this order:
//!
//! | part | form |
//! | --- | --- |
//! | statement | SHA-256 of a format version, the backend's name and the SQL text, each preceded by its length |
//! | namespace | length, bytes |
//! | settings of the connection | length, bytes |
//! | extra key | `0` if there is none; `1`, length, bytes; or for a long one, `2` and its SHA-256 |
//! | binds | the backend's own form, which ends the input |
//!
//! Every part shows where it ends, so that different parts never give the same input. The statement's digest is kept
//! with the statement, so that a repeated query hashes only its binds. These parts, before they are hashed, are the
//! [`MemoryKey`], by which memory finds an entry. The SHA-256 is computed only if memory has none.
//! # Memoised statements
//!
//! Most queries have a static `QueryId`: their SQL follows from their type. Such a [`Statement`] is rendered once in a
//! process, and found by type afterwards, without a lock or an allocation. Others (boxed queries, `IN` lists, raw SQL)
//! are rendered every time. Their analysis is found by their text.

mod backend;
mod cache_key;
mod extra;
mod hasher;
mod memo;
mod memory_key;
mod of_query;
mod parts;
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
pub(crate) use extra::ExtraKey;
pub use hasher::KeyHasher;
pub(crate) use memo::statement_of;
pub(crate) use memory_key::MemoryKey;
pub(crate) use of_query::memory_key_of;
pub(crate) use statement::{Statement, StatementRef};
pub(crate) use value::value_key;
