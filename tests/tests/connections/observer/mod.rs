//! Tests the observer with sequences of statements on real databases: every reader sees what an attached connection
//! writes.

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
