//! Entries that are written behind their callers' backs: where they are found meanwhile, what supersedes them, and that they arrive.
//!
//! On SQLite alone: the writer knows nothing of databases.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bounds;
mod ends;
mod failing;
mod gate;
mod leaders;
mod processes;
mod waiting;
mod world;
