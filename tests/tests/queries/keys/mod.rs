//! Keys: one query, one key; two queries, two keys; everywhere and always.
//!
//! No test here needs a server: a key needs no connection.

mod binds;
mod custom_types;
mod golden;
mod memo;
mod multi_connection;
mod parts;
mod property;
mod schema;
