//! The cache on diesel-async: the same results as on blocking connections, but other ways to wait.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub)]

mod doubt;
mod flights;
mod generations;
mod introspect;
mod lazy_pool;
mod lazy_pool_future;
mod pipelines;
mod proxy;
mod queries;
mod redis;
mod replica;
mod returning;
mod rows;
mod runtime;
mod session;
mod shared;
mod shared_changes;
mod statements;
mod ticker;
mod types;
mod values;
mod witness;
mod world;
