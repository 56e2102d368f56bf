//! Write-behind: where entries are found before they are written, what replaces them, and that all of them are written.
//! Runs on SQLite alone, because the writer does not depend on the database.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bounds;
mod cluster_ends;
mod ends;
mod failing;
mod gate;
mod leaders;
mod processes;
mod waiting;
mod world;
