//! The cache on diesel-async: the same answers, by other ways to wait.

mod types;
mod world;
