//! The worlds that are searched: each small enough for everything that can happen in it.

use super::protocol::{Query, Reader, World, Writer};
use super::state::{A, B};

const ONE: Reader = Reader::new(&[Query::A]);
const TWO: Reader = Reader::new(&[Query::A, Query::A]);
const JOIN: Reader = Reader::new(&[Query::JOIN]);
const TWO_JOINS: Reader = Reader::new(&[Query::JOIN, Query::JOIN]);

/// Two processes write one table.
pub(crate) const AUTOCOMMIT: World = World {
    name: "two processes write one table",
    writers: &[Writer::autocommit(0, A), Writer::autocommit(1, A)],
    readers: &[TWO, TWO],
    ..World::EMPTY
};

/// One of them may be killed; its server goes on.
pub(crate) const KILLED: World = World {
    name: "a writer is killed, and its server goes on",
    writers: &[Writer::autocommit(0, A), Writer::autocommit(1, A)],
    readers: &[ONE, ONE],
    mortal: &[0],
    ..World::EMPTY
};

/// The outcome dies with the process.
pub(crate) const KILLED_SQLITE: World = World {
    name: "writers are killed, and their statements with them (SQLite)",
    outcome_dies: true,
    mortal: &[0, 1],
    readers: &[TWO],
    ..KILLED
};

pub(crate) const TRANSACTION: World = World {
    name: "a transaction on two tables, and loads of their join",
    writers: &[Writer::transaction(0, A | B), Writer::autocommit(1, B)],
    readers: &[TWO_JOINS, ONE],
    ..World::EMPTY
};

pub(crate) const TABLE_AND_JOIN: World = World {
    name: "a transaction on two tables, and loads of one of them and of their join",
    writers: &[Writer::transaction(0, A | B)],
    readers: &[
        Reader::new(&[Query::A, Query::JOIN]),
        Reader::new(&[Query::JOIN, Query::A]),
    ],
    ..World::EMPTY
};

pub(crate) const LOST_CONNECTION: World = World {
    name: "a connection is lost, and then perhaps the process too",
    writers: &[Writer::autocommit(0, A), Writer::transaction(1, A)],
    readers: &[TWO],
    lost_connections: true,
    mortal: &[0],
    ..World::EMPTY
};

pub(crate) const SHARED_BIT: World = World {
    name: "two connections of one process share a bit",
    writers: &[Writer::transaction(0, A), Writer::transaction(0, A)],
    readers: &[TWO, ONE],
    ..World::EMPTY
};

pub(crate) const SHARED_BIT_KILLED: World = World {
    name: "two connections of one process, lost or killed",
    lost_connections: true,
    mortal: &[0],
    readers: &[TWO],
    ..SHARED_BIT
};

pub(crate) const RECOVERY_KILLED: World = World {
    name: "a transaction on two tables is killed, and its recovery twice",
    writers: &[Writer::transaction(0, A | B)],
    readers: &[JOIN, ONE],
    mortal: &[0],
    recovery_deaths: 2,
    ..World::EMPTY
};

pub(crate) const TIERS: World = World {
    name: "two processes load, each with a memory of its own before the disk",
    writers: &[Writer::autocommit(0, A)],
    readers: &[Reader::with_memory(0, TWO.loads), Reader::with_memory(1, TWO.loads)],
    ..World::EMPTY
};

pub(crate) const SINGLE_FLIGHT: World = World {
    name: "a single flight, and who waits for it",
    writers: &[Writer::autocommit(0, A)],
    readers: &[TWO, TWO],
    single_flight: true,
    ..World::EMPTY
};

pub(crate) const SNAPSHOT: World = World {
    name: "a load inside a transaction",
    writers: &[Writer::autocommit(0, A)],
    readers: &[Reader::new(&[Query::SNAPSHOT]), TWO],
    ..World::EMPTY
};

/// Larger worlds, which take longer to search.
pub(crate) const LARGE: &[World] = &[
    World {
        name: "two writers are killed",
        mortal: &[0, 1],
        readers: &[TWO, ONE],
        ..KILLED
    },
    World {
        readers: &[TWO_JOINS, JOIN],
        ..TRANSACTION
    },
    World {
        readers: &[TWO_JOINS, ONE],
        ..RECOVERY_KILLED
    },
    World {
        writers: AUTOCOMMIT.writers,
        ..SINGLE_FLIGHT
    },
    World {
        writers: AUTOCOMMIT.writers,
        mortal: &[0],
        ..TIERS
    },
    World {
        recovery_deaths: 1,
        readers: &[TWO, ONE],
        ..SHARED_BIT_KILLED
    },
];
