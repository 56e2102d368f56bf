//! The state at one moment: the database, the shared file, the entries, and how far each process has come.

/// Tables are numbers, `A` and `B`; a set of them is a mask.
pub(crate) const TABLES: usize = 2;
pub(crate) const A: u8 = 1;
pub(crate) const B: u8 = 2;

/// One number for each table: a version of its rows, or a generation. 0 for tables that do not matter.
pub(crate) type Each = [u8; TABLES];

/// Stands for no table, process, id or load.
pub(crate) const NONE: u8 = 15;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// The committed version of each table's rows.
    pub(crate) database: Each,
    /// The shared file: generations,
    pub(crate) generation: Each,
    /// fences, one bit for each writer id,
    pub(crate) fences: Each,
    /// and ids with a record in use.
    pub(crate) in_use: u8,
    /// The newest version of each table that a returned commit has written or a returned load has shown.
    pub(crate) floor: Each,
    pub(crate) processes: [Process; 2],
    pub(crate) connections: [Connection; 2],
    pub(crate) loads: [Load; 2],
    /// By place (`DISK`, or the memory of a loading process), then by key (`A` alone, or the join).
    pub(crate) entries: [[Entry; 2]; 3],
    pub(crate) recovery: Recovery,
    /// The load that leads the single flight.
    pub(crate) leader: u8,
    /// The load that has returned rows older than its floor.
    pub(crate) broken: u8,
}

pub(crate) const DISK: usize = 2;

/// A process that writes. Its lock is held as long as it lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) alive: bool,
    /// Its writer id, claimed with its first fence.
    pub(crate) id: u8,
    /// How many of its connections fence each table.
    pub(crate) held: Each,
    /// The connection that is inside the process's mutex.
    pub(crate) mutex: u8,
}

/// A connection that writes once, and the statement or COMMIT that it has sent to the server.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Connection {
    pub(crate) at: Writing,
    /// The table that a step of fencing or lifting is about.
    pub(crate) table: u8,
    pub(crate) outcome: Outcome,
    pub(crate) committed: Each,
    /// Whether the server has answered. If not, the commit never returns, whatever its outcome.
    pub(crate) answered: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Writing {
    Idle,
    Fence,
    Send,
    Sent,
    /// The connection is lost. It is unknown whether the write has been or will be committed.
    Doubt,
    Bump,
    Uncount,
    Unfence,
    Done,
    Dead,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    None,
    Pending,
    Committed,
    RolledBack,
}

/// The present load of a reader, which makes one load after another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Load {
    /// The number of the load.
    pub(crate) number: u8,
    pub(crate) at: Loading,
    /// The table that a step of a check is about.
    pub(crate) table: u8,
    /// `State::floor` at the start.
    pub(crate) floor: Each,
    pub(crate) rows: Each,
    pub(crate) stamp: Each,
}

/// Where a load is. A check goes table by table: fences, then generation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Loading {
    Idle,
    LookOnDisk,
    Fences(Aim),
    Generation(Aim),
    Query,
    /// Queries without permission to store.
    Bypass,
    /// About to lead the flight, or to wait for its leader.
    Enter,
    Wait,
    /// Stores the rows, in memory first if there is one.
    Store,
    StoreOnDisk,
    /// Copies the entry that was found on disk into memory.
    Promote,
}

/// What is being checked, or the stamp that is being taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Aim {
    /// An entry from memory, to be a hit.
    Memory,
    /// An entry from disk, to be a hit.
    Disk,
    /// The rows of a flight's leader.
    Leader,
    /// The stamp is taken.
    Stamp,
    /// The stamp is checked before the rows are stored.
    Store,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    pub(crate) present: bool,
    pub(crate) rows: Each,
    pub(crate) stamp: Each,
}

/// A process that takes a dead writer's lock and lifts its fences.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Recovery {
    pub(crate) at: Recovering,
    pub(crate) id: u8,
    pub(crate) table: u8,
    /// How often it may still be killed.
    pub(crate) lives: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Recovering {
    Idle,
    Look,
    Bump,
    Unfence,
    Free,
}

impl State {
    pub(crate) fn start(recovery_lives: u8) -> Self {
        let entry = Entry {
            present: false,
            rows: [0; TABLES],
            stamp: [0; TABLES],
        };
        let process = Process {
            alive: true,
            id: NONE,
            held: [0; TABLES],
            mutex: NONE,
        };
        let connection = Connection {
            at: Writing::Idle,
            table: 0,
            outcome: Outcome::None,
            committed: [0; TABLES],
            answered: false,
        };
        let load = Load {
            number: 0,
            at: Loading::Idle,
            table: 0,
            floor: [0; TABLES],
            rows: [0; TABLES],
            stamp: [0; TABLES],
        };
        Self {
            database: [0; TABLES],
            generation: [0; TABLES],
            fences: [0; TABLES],
            in_use: 0,
            floor: [0; TABLES],
            processes: [process; 2],
            connections: [connection; 2],
            loads: [load; 2],
            entries: [[entry; 2]; 3],
            recovery: Recovery {
                at: Recovering::Idle,
                id: 0,
                table: 0,
                lives: recovery_lives,
            },
            leader: NONE,
            broken: NONE,
        }
    }
}

/// Returns the tables of a mask, the lowest first.
pub(crate) fn tables(mask: u8) -> impl Iterator<Item = usize> {
    (0..TABLES).filter(move |table| mask & 1 << table != 0)
}

pub(crate) fn first(mask: u8) -> u8 {
    mask.trailing_zeros() as u8
}

/// Returns the table of the mask that comes after this one.
pub(crate) fn after(mask: u8, table: u8) -> Option<u8> {
    let rest = mask & !((2 << table) - 1);
    (rest != 0).then(|| first(rest))
}

/// Returns the numbers of the mask's tables, and 0 for the others.
pub(crate) fn only(mask: u8, each: Each) -> Each {
    std::array::from_fn(|table| if mask & 1 << table != 0 { each[table] } else { 0 })
}

pub(crate) fn newest(one: Each, other: Each) -> Each {
    std::array::from_fn(|table| one[table].max(other[table]))
}
