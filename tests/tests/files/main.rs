//! The cache's files: what is in them, what damage does, and what happens when they cannot be written.
//!
//! On SQLite alone: files know nothing of databases.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod corruption;
mod directories;
#[cfg(unix)]
mod failing_writes;
mod generations;
mod hostile;
mod overwriting;
mod sweeping;
mod tree;
