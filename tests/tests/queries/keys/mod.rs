//! Keys: equal queries have equal keys, and different queries have different keys, in every process and build.
//!
//! A key needs no connection, so no test here needs a server.

mod binds;
mod custom_types;
mod golden;
mod memo;
mod multi_connection;
mod parts;
mod property;
mod schema;
