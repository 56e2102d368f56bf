//! The cache on diesel-async: the same answers, by other ways to wait.

mod flights;
mod pipelines;
mod runtime;
mod ticker;
mod types;
mod world;
