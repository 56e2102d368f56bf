//! The cache on diesel-async: the same answers, by other ways to wait.

mod flights;
mod runtime;
mod types;
mod world;
