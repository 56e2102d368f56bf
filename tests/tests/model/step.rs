//! One atomic step, as a line of a trace.

use std::fmt::{self, Display};

/// Who took the step.
#[derive(Clone, Copy)]
pub(crate) enum Actor {
    /// A process, on which the operating system acts.
    Process(usize),
    /// A connection that writes.
    Writer(usize),
    /// The server, at the statement of that writer.
    Server(usize),
    Reader(usize),
    Recovery,
    /// The coordinator that several machines share.
    Coordinator,
}

#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) actor: Actor,
    pub(crate) verb: &'static str,
    /// The table, if the step is about one.
    pub(crate) table: Option<u8>,
    /// The numbers that the step has found, or has left.
    pub(crate) numbers: Numbers,
}

#[derive(Clone, Copy)]
pub(crate) enum Numbers {
    None,
    One(u8),
    Rows(u8, [u8; 2]),
}

impl Display for Actor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(at) => write!(out, "process {at}"),
            Self::Writer(at) => write!(out, "W{at}"),
            Self::Server(at) => write!(out, "server, for W{at},"),
            Self::Reader(at) => write!(out, "R{at}"),
            Self::Recovery => write!(out, "recovery"),
            Self::Coordinator => write!(out, "the coordinator"),
        }
    }
}

impl Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.actor, self.verb)?;
        if let Some(table) = self.table {
            write!(out, " {}", ["A", "B"][usize::from(table)])?;
        }
        match self.numbers {
            Numbers::None => Ok(()),
            Numbers::One(number) => write!(out, ": {number}"),
            Numbers::Rows(mask, rows) => write!(out, ": {}", Rows(mask, rows)),
        }
    }
}

/// The versions of tables, displayed like `a0 b1`.
pub(crate) struct Rows(pub(crate) u8, pub(crate) [u8; 2]);

impl Display for Rows {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(mask, [a, b]) = self;
        match mask {
            1 => write!(out, "a{a}"),
            2 => write!(out, "b{b}"),
            _ => write!(out, "a{a} b{b}"),
        }
    }
}
