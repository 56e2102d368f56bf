//! Keys of entries.
//!
//! # What a key is
//!
//! Two loads may share rows only if Diesel would send the same bytes to the database. So a [`CacheKey`] is the SHA-256
//! of what Diesel would send: the SQL text, and every bind as it was *serialised*, with its type. The user's values are
//! never formatted, because a `Debug` that hides a password would make two users share an entry.
//!
//! These parts make up a key, in this order:
//!
//! | part | form |
//! | --- | --- |
//! | statement | SHA-256 of a format version, the backend's name and the SQL text, each after its length |
//! | namespace | length, bytes |
//! | state of the connection's session | length, bytes |
//! | extra key | `0`, or `1`, length, bytes; a long one is `2` and its SHA-256 |
//! | binds | the backend's own form, which ends the input |
//!
//! If they have more than 256 bytes, a SHA-256 stands for what is long: for the session's state if it alone has more,
//! and for all others but the statement if the key has more without that state. [`memory_key`] has the forms.
//!
//! Every part shows where it ends, so two different lists of parts never give the same input. The statement's digest is
//! remembered, so that only the binds of a repeated query are hashed. Before they are hashed, the parts form the
//! [`MemoryKey`], by which memory finds an entry. The SHA-256 is computed only if memory has no entry that may be
//! returned.
//!
//! # What is remembered
//!
//! Most queries have a static `QueryId`: their type determines their SQL. Such a [`Statement`] is rendered once in a
//! process and then found by type, without a lock or an allocation. Other queries (boxed queries, `IN` lists, raw SQL)
//! are rendered every time. What is known about their text is found by the text.

mod backend;
mod binds;
mod cache_key;
mod extra;
mod hasher;
mod memo;
mod memory_key;
mod of_query;
mod parts;
mod shown;
mod statement;
mod value;

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod pg;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use backend::KeyBackend;
pub(crate) use binds::{Bind, Binds};
pub use cache_key::CacheKey;
pub(crate) use extra::ExtraKey;
pub use hasher::KeyHasher;
pub(crate) use memo::statement_of;
pub(crate) use memory_key::MemoryKey;
pub(crate) use of_query::{binds_of, hash_query};
pub(crate) use shown::Shown;
pub(crate) use statement::{Statement, StatementRef};
pub(crate) use value::value_key;
