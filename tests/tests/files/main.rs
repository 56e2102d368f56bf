//! The cache's files: their content, the effects of damage, and files that cannot be written (here); faults of the
//! machine (`drills`); and their bounds in the long run (`soak`). Runs on SQLite alone, because files do not depend on
//! the database.

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
