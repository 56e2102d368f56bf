//! The cache's files: what is in them, what damage does, and what happens when they cannot be written (here); what a machine does to
//! them (`drills`); and their bounds, in the long run (`soak`).
//!
//! On SQLite alone: files know nothing of databases.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod corruption;
mod directories;
#[cfg(target_os = "linux")]
mod drills;
#[cfg(unix)]
mod failing_writes;
mod generations;
mod hostile;
mod overwriting;
#[cfg(unix)]
mod soak;
mod sweeping;
mod tree;
