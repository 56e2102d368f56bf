//! A model of the protocol behind the cache's one promise, searched exhaustively.
//!
//! **The promise.** Loads are linearizable: a load that starts after a commit has returned, or after another load has
//! returned its rows, never shows anything older, even if a writer is killed at any instruction. At rest, with nothing
//! pending and no fence, a valid entry holds what the database holds. `promise` states this in code.
//!
//! **What is modelled.** Two tables, each with a slot: a generation, and a bit for each writer id. Writers fence their
//! tables one by one, send a statement or a COMMIT, learn the outcome, and lift table by table: generation, count, bit
//! (`writer`). A process may have two connections, which share its bit under its mutex. The server commits what it was
//! sent when it likes, or rolls it back; a rollback moves no generation. A process may be killed between any two steps,
//! and a connection may be lost after it has sent. Then the server goes on alone, and the fence is in doubt until the
//! outcome is settled. Recovery lifts the fences of dead writers, and may be killed itself (`recovery`). A load reads
//! one table or joins two. It looks at an entry, and checks its stamp slot by slot, fences before generation. If the
//! entry is not valid, it stamps, queries, checks and stores. Loads wait for one another in a single flight, and may
//! have a memory in front of the disk (`reader`).
//!
//! **Steps.** One step is one atomic access to something shared: the word of fences, the word of a generation, an
//! entry, a lock, the database. Memory is sequentially consistent, as all of the implementation's accesses to the file
//! are. An action that touches nothing shared is part of the step before or after it.
//!
//! **Worlds.** Each (`worlds`) has one or two connections that write once, and one or two readers that load once or
//! twice; it is small enough for everything that can happen in it to be tried, and `holds` counts the states. Every
//! safeguard is left out in turn (`mutation`), and `breaks` has the shortest way to a broken promise. A safeguard
//! without such a way would not be necessary.
//!
//! A file of generations that is replaced at run time has a small model of its own (`replacement`), and so have entries
//! that depend on rows (`rows`), and several machines that share generations through a coordinator (`cluster`).
//!
//! **Not modelled.** The grace period as time (a doubt ends when its outcome is settled, which is what the grace
//! assumes); ids that several processes share; reboots; the slots of keys and regions, which move without a fence; hits
//! inside a transaction; times to live; databases that show uncommitted rows.
//!
//! **Reading a trace.** `cargo test -p diesel-cache-tests --test model -- --nocapture` prints the counter-examples, for
//! instance
//!
//! ```text
//! StampAfterQuery, where two processes write one table:
//!    1  W0 claims id 0
//!    2  W0 fences A
//!    3  W0 sends
//!    4  R0 starts, and finds nothing
//!    5  R0 queries: a0
//!    6  server, for W0, commits: a1
//!    7  W0 learns: committed
//!    8  W0 raises the generation of A: 1
//!    9  W0 counts itself out of the fences of A: 0
//!   10  W0 clears its bit of A
//!   11  R0 finds no fence on A
//!   12  R0 stamps the generation of A: 1
//!   13  R0 stores: a0
//!       => at rest, a0 on disk is valid, and the database is at a1
//! ```
//!
//! `W0` is a connection that writes, `R0` a reader, and `a1` version 1 of the rows of table `A`. A number after a colon
//! is the value that the step has found, or that it has left.
#![allow(clippy::expect_used)]

mod breaks;
mod cluster;
mod holds;
mod mutation;
mod promise;
mod protocol;
mod reader;
mod recovery;
mod replacement;
mod rows;
mod search;
mod state;
mod step;
mod worlds;
mod writer;
