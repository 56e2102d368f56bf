//! A write: fence, send, learn the outcome, lift. Also the process, which may be killed, and the server, which then
//! goes on.

use super::mutation::Mutation;
use super::protocol::{Steps, World};
use super::state::{NONE, Outcome, State, Writing, after, first, newest, tables};
use super::step::Actor;

pub(crate) fn steps(world: &World, state: &State, at: usize, out: &mut Steps<'_>) {
    server(world, state, at, out);
    let me = state.connections[at];
    let process = &state.processes[world.writers[at].process];
    if !process.alive {
        return;
    }
    let may_enter = process.mutex == NONE || process.mutex == at as u8 || world.mutation == Mutation::NoMutex;
    match me.at {
        Writing::Idle | Writing::Fence if may_enter => fence(world, state, at, out),
        Writing::Send => {
            let mut next = *state;
            next.connections[at].at = Writing::Sent;
            next.connections[at].outcome = Outcome::Pending;
            out.add(Actor::Writer(at), "sends", next);
        }
        Writing::Sent => learn(world, state, at, out),
        Writing::Doubt if me.outcome != Outcome::Pending || world.mutation == Mutation::LiftDoubtAtOnce => {
            let mut next = *state;
            begin_lift(world, &mut next, at);
            let verb = if me.outcome == Outcome::Pending {
                "waits no longer"
            } else {
                "is no longer in doubt"
            };
            out.add(Actor::Writer(at), verb, next);
        }
        Writing::Bump | Writing::Uncount | Writing::Unfence if may_enter => lift(world, state, at, out),
        _ => {}
    }
}

/// Fences table by table. The first fence claims an id. Each counts this connection in, and sets the bit if the
/// connection is the first of its process.
fn fence(world: &World, state: &State, at: usize, out: &mut Steps<'_>) {
    let (mut next, spec, me) = (*state, world.writers[at], Actor::Writer(at));
    let start = state.connections[at].at == Writing::Idle;
    let table = if start {
        first(spec.tables)
    } else {
        state.connections[at].table
    };
    match world.mutation {
        Mutation::NoFence => {
            next.connections[at].at = Writing::Send;
            return out.add(me, "fences nothing", next);
        }
        Mutation::BumpAtStatement => {
            next.generation[usize::from(table)] += 1;
            go_on(world, &mut next, at, table);
            return out.number(
                me,
                "raises the generation of",
                table,
                next.generation[usize::from(table)],
                next,
            );
        }
        _ => {}
    }
    if state.processes[spec.process].id == NONE {
        let id = (0..2).find(|&id| state.in_use & 1 << id == 0 || is_up_for_grabs(world, state, id));
        let Some(id) = id else { return };
        next.processes[spec.process].id = id;
        next.in_use |= 1 << id;
        return out.add(me, ["claims id 0", "claims id 1"][usize::from(id)], next);
    }
    let process = &mut next.processes[spec.process];
    process.mutex = at as u8;
    process.held[usize::from(table)] += 1;
    if process.held[usize::from(table)] == 1 {
        next.fences[usize::from(table)] |= 1 << process.id;
    }
    go_on(world, &mut next, at, table);
    out.at(me, "fences", table, next);
}

/// Goes on to the next table, or to the server.
fn go_on(world: &World, next: &mut State, at: usize, table: u8) {
    let spec = world.writers[at];
    let (writing, table) = match after(spec.tables, table) {
        Some(table) => (Writing::Fence, table),
        None => {
            next.processes[spec.process].mutex = NONE;
            (Writing::Send, 0)
        }
    };
    next.connections[at].at = writing;
    next.connections[at].table = table;
}

fn is_up_for_grabs(world: &World, state: &State, id: u8) -> bool {
    world.mutation == Mutation::ClaimUnrecovered && state.processes.iter().all(|other| other.id != id || !other.alive)
}

fn learn(world: &World, state: &State, at: usize, out: &mut Steps<'_>) {
    let me = state.connections[at];
    if me.outcome != Outcome::Pending {
        let mut next = *state;
        next.connections[at].answered = true;
        begin_lift(world, &mut next, at);
        let verb = if me.outcome == Outcome::Committed {
            "learns: committed"
        } else {
            "learns: rolled back"
        };
        out.add(Actor::Writer(at), verb, next);
    }
    if world.lost_connections {
        let mut next = *state;
        next.connections[at].at = Writing::Doubt;
        out.add(Actor::Writer(at), "loses its connection", next);
    }
}

fn begin_lift(world: &World, next: &mut State, at: usize) {
    if world.mutation == Mutation::BumpAtStatement {
        return end(world, next, at);
    }
    open(world, next, at, first(world.writers[at].tables));
}

/// The first step of the lift at a table.
fn open(world: &World, next: &mut State, at: usize, table: u8) {
    let me = &mut next.connections[at];
    me.table = table;
    let clears_first = world.mutation == Mutation::LiftClearsFirst;
    me.at = if is_unchanged(*me) || clears_first {
        Writing::Uncount
    } else {
        Writing::Bump
    };
}

/// Returns `true` if the server has answered that nothing changed. Without an answer, something may have changed.
fn is_unchanged(me: super::state::Connection) -> bool {
    me.answered && me.outcome == Outcome::RolledBack
}

/// Lifts the fences table by table: raises the generation, counts this connection out, and clears the bit if the
/// connection was the last of its process.
fn lift(world: &World, state: &State, at: usize, out: &mut Steps<'_>) {
    let (mut next, spec, actor) = (*state, world.writers[at], Actor::Writer(at));
    let me = state.connections[at];
    let table = usize::from(me.table);
    let held = state.processes[spec.process].held[table];
    if world.mutation != Mutation::NoFence {
        next.processes[spec.process].mutex = at as u8;
    }
    match me.at {
        Writing::Bump => {
            if world.mutation != Mutation::OnlyLastLiftBumps || held == 1 {
                next.generation[table] += 1;
            }
            match world.mutation {
                Mutation::NoFence | Mutation::LiftClearsFirst => close(world, &mut next, at),
                _ => next.connections[at].at = Writing::Uncount,
            }
            out.number(
                actor,
                "raises the generation of",
                me.table,
                next.generation[table],
                next,
            );
        }
        Writing::Uncount => {
            next.processes[spec.process].held[table] -= 1;
            if held == 1 || world.mutation == Mutation::EveryLiftClears {
                next.connections[at].at = Writing::Unfence;
            } else {
                bump_or_close(world, &mut next, at);
            }
            out.number(actor, "counts itself out of the fences of", me.table, held - 1, next);
        }
        Writing::Unfence => {
            next.fences[table] &= !(1 << state.processes[spec.process].id);
            bump_or_close(world, &mut next, at);
            out.at(actor, "clears its bit of", me.table, next);
        }
        _ => {}
    }
}

fn bump_or_close(world: &World, next: &mut State, at: usize) {
    if world.mutation == Mutation::LiftClearsFirst && !is_unchanged(next.connections[at]) {
        next.connections[at].at = Writing::Bump;
    } else {
        close(world, next, at);
    }
}

/// Ends the lift at a table.
fn close(world: &World, next: &mut State, at: usize) {
    match after(world.writers[at].tables, next.connections[at].table) {
        Some(table) => open(world, next, at, table),
        None => end(world, next, at),
    }
}

/// Returns from the call. From now on, every load must show what it has committed.
fn end(world: &World, next: &mut State, at: usize) {
    let me = &mut next.connections[at];
    if me.answered {
        next.floor = newest(next.floor, me.committed);
    }
    let process = &mut next.processes[world.writers[at].process];
    process.mutex = NONE;
    *me = super::state::Connection {
        at: Writing::Done,
        table: 0,
        ..State::start(0).connections[0]
    };
}

/// The server commits at any time, whether the client is alive or dead. It may also drop what a dead client has sent.
fn server(world: &World, state: &State, at: usize, out: &mut Steps<'_>) {
    let me = state.connections[at];
    if me.outcome != Outcome::Pending {
        return;
    }
    let spec = world.writers[at];
    let is_alone = matches!(me.at, Writing::Dead | Writing::Doubt);
    let mut next = *state;
    for table in tables(spec.tables) {
        next.database[table] += 1;
        next.connections[at].committed[table] = next.database[table];
    }
    settle(&mut next, at, Outcome::Committed);
    out.rows(Actor::Server(at), "commits", spec.tables, next.database, next);
    if spec.may_roll_back || is_alone {
        let mut next = *state;
        settle(&mut next, at, Outcome::RolledBack);
        out.add(Actor::Server(at), "rolls back", next);
    }
}

fn settle(next: &mut State, at: usize, outcome: Outcome) {
    let me = &mut next.connections[at];
    me.outcome = outcome;
    if me.at == Writing::Dead {
        // Nobody learns of the outcome.
        me.outcome = Outcome::None;
        me.committed = [0; 2];
    }
}

/// Kills a process. Its lock is released, and what it has sent may go on without it.
pub(crate) fn death(world: &World, state: &State, process: usize, out: &mut Steps<'_>) {
    let own = || (0..world.writers.len()).filter(|&at| world.writers[at].process == process);
    let is_at_work = |at: usize| !matches!(state.connections[at].at, Writing::Idle | Writing::Done);
    if !state.processes[process].alive || !own().any(is_at_work) {
        return;
    }
    let mut next = *state;
    let dead = &mut next.processes[process];
    dead.alive = false;
    dead.held = [0; 2];
    dead.mutex = NONE;
    for at in own().filter(|&at| state.connections[at].at != Writing::Done) {
        let me = &mut next.connections[at];
        let goes_on = me.outcome == Outcome::Pending && !world.outcome_dies;
        *me = State::start(0).connections[0];
        me.at = Writing::Dead;
        me.outcome = if goes_on { Outcome::Pending } else { Outcome::None };
    }
    out.add(Actor::Process(process), "is killed", next);
}
