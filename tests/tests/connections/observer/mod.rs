//! Every reader sees what an attached connection does: the observer, replayed sequence by sequence on real databases.

#![allow(missing_docs, unreachable_pub)]

mod attachment;
mod context;
mod diesel_api;
mod doubt;
mod during;
mod property;
mod quoting;
mod session;
mod settings;
mod statements;
mod transactions;
mod world;
