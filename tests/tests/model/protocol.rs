//! The protocol in a small world: its processes, and what may happen to them.

use super::mutation::Mutation;
use super::search::Model;
use super::state::{A, B, NONE, State};
use super::step::{Actor, Numbers, Step};
use super::{promise, reader, recovery, writer};

/// The writers, the readers, and what may go wrong. A world is so small that everything that can happen in it can be
/// tried.
#[derive(Clone, Copy)]
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) writers: &'static [Writer],
    pub(crate) readers: &'static [Reader],
    /// The processes that may be killed, at any step.
    pub(crate) mortal: &'static [usize],
    /// Whether a connection may be lost after it has sent its statement.
    pub(crate) lost_connections: bool,
    /// Whether a statement ends with its process, as in SQLite. Otherwise a server may commit it later.
    pub(crate) outcome_dies: bool,
    /// How often recovery itself may be killed.
    pub(crate) recovery_deaths: u8,
    pub(crate) single_flight: bool,
    pub(crate) mutation: Mutation,
}

/// A connection that commits once: an autocommitted statement, or a transaction.
#[derive(Clone, Copy)]
pub(crate) struct Writer {
    pub(crate) process: usize,
    /// The tables it writes, as a mask.
    pub(crate) tables: u8,
    /// Whether the server may answer the COMMIT with a rollback.
    pub(crate) may_roll_back: bool,
}

/// Loads, one after another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reader {
    /// The process whose memory is in front of the disk. `None` if there is only the disk.
    pub(crate) memory: Option<usize>,
    pub(crate) loads: &'static [Query],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Query {
    /// The tables it reads, as a mask.
    pub(crate) tables: u8,
    /// Whether it shows a snapshot that was taken earlier.
    pub(crate) in_transaction: bool,
}

impl Writer {
    pub(crate) const fn autocommit(process: usize, tables: u8) -> Self {
        Self {
            process,
            tables,
            may_roll_back: false,
        }
    }

    pub(crate) const fn transaction(process: usize, tables: u8) -> Self {
        Self {
            process,
            tables,
            may_roll_back: true,
        }
    }
}

impl Reader {
    pub(crate) const fn new(loads: &'static [Query]) -> Self {
        Self { memory: None, loads }
    }

    pub(crate) const fn with_memory(process: usize, loads: &'static [Query]) -> Self {
        Self {
            memory: Some(process),
            loads,
        }
    }
}

impl Query {
    pub(crate) const A: Self = Self {
        tables: A,
        in_transaction: false,
    };
    pub(crate) const JOIN: Self = Self {
        tables: A | B,
        in_transaction: false,
    };
    pub(crate) const SNAPSHOT: Self = Self {
        tables: A,
        in_transaction: true,
    };

    /// Returns the index of its entry.
    pub(crate) fn key(self) -> usize {
        usize::from(self.tables != A)
    }
}

impl World {
    /// A world in which nothing happens and nothing goes wrong.
    pub(crate) const EMPTY: Self = Self {
        name: "",
        writers: &[],
        readers: &[],
        mortal: &[],
        lost_connections: false,
        outcome_dies: false,
        recovery_deaths: 0,
        single_flight: false,
        mutation: Mutation::None,
    };

    pub(crate) fn mutated(self, mutation: Mutation) -> Self {
        Self { mutation, ..self }
    }
}

impl Model for World {
    type State = State;
    type Step = Step;

    fn start(&self) -> State {
        State::start(self.recovery_deaths)
    }

    fn steps(&self, state: &State, out: &mut Vec<(Step, State)>) {
        let out = &mut Steps(out);
        for at in 0..self.writers.len() {
            writer::steps(self, state, at, out);
        }
        for &process in self.mortal {
            writer::death(self, state, process, out);
        }
        recovery::steps(self, state, out);
        for at in 0..self.readers.len() {
            reader::steps(self, state, at, out);
        }
    }

    fn broken(&self, state: &State, stuck: bool) -> Option<String> {
        promise::broken(self, state, stuck)
    }

    /// If two readers have the same loads to make, states in which they are swapped count as one.
    fn canonical(&self, mut state: State) -> State {
        if let [one, other] = self.readers
            && one == other
            && state.loads[1] < state.loads[0]
        {
            state.loads.swap(0, 1);
            for load in [&mut state.leader, &mut state.broken] {
                *load = if *load == NONE { NONE } else { 1 - *load };
            }
        }
        state
    }
}

/// The steps that can be taken from a state.
pub(crate) struct Steps<'a>(&'a mut Vec<(Step, State)>);

impl Steps<'_> {
    pub(crate) fn add(&mut self, actor: Actor, verb: &'static str, next: State) {
        self.push(actor, verb, None, Numbers::None, next);
    }

    /// A step about a table.
    pub(crate) fn at(&mut self, actor: Actor, verb: &'static str, table: u8, next: State) {
        self.push(actor, verb, Some(table), Numbers::None, next);
    }

    /// A step about a table, with the number that is found or left there.
    pub(crate) fn number(&mut self, actor: Actor, verb: &'static str, table: u8, number: u8, next: State) {
        self.push(actor, verb, Some(table), Numbers::One(number), next);
    }

    pub(crate) fn rows(&mut self, actor: Actor, verb: &'static str, tables: u8, rows: [u8; 2], next: State) {
        self.push(actor, verb, None, Numbers::Rows(tables, rows), next);
    }

    fn push(&mut self, actor: Actor, verb: &'static str, table: Option<u8>, numbers: Numbers, next: State) {
        self.0.push((
            Step {
                actor,
                verb,
                table,
                numbers,
            },
            next,
        ));
    }
}
