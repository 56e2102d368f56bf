//! What must hold in every state.

use super::protocol::World;
use super::state::{DISK, Loading, Outcome, Recovering, State, Writing, only};
use super::step::Rows;

/// Returns how the state breaks the promise, if it does.
pub(crate) fn broken(world: &World, state: &State, stuck: bool) -> Option<String> {
    old_rows(world, state)
        .or_else(|| old_entry(state))
        .or_else(|| stuck.then(|| left_over(state)).flatten())
}

/// Loads are linearizable: none shows anything older than what was committed, or shown, when it started.
fn old_rows(world: &World, state: &State) -> Option<String> {
    let load = state.loads.get(usize::from(state.broken))?;
    let tables = world.readers[usize::from(state.broken)].loads[usize::from(load.number)].tables;
    Some(format!(
        "R{} returns {}, but {} had been seen before it started",
        state.broken,
        Rows(tables, load.rows),
        Rows(tables, load.floor)
    ))
}

/// At rest, a valid entry holds what the database holds.
fn old_entry(state: &State) -> Option<String> {
    let rest = state.fences == [0; 2]
        && state.recovery.at == Recovering::Idle
        && state.loads.iter().all(|load| load.at == Loading::Idle)
        && state.connections.iter().all(|connection| {
            connection.outcome != Outcome::Pending
                && matches!(connection.at, Writing::Idle | Writing::Done | Writing::Dead)
        });
    if !rest {
        return None;
    }
    for (place, entries) in state.entries.iter().enumerate() {
        for (entry, tables) in entries.iter().zip([1, 3]) {
            let is_valid = entry.present && entry.stamp == only(tables, state.generation);
            if is_valid && entry.rows != only(tables, state.database) {
                let place = if place == DISK { "disk" } else { "memory" };
                let (rows, database) = (Rows(tables, entry.rows), Rows(tables, state.database));
                return Some(format!(
                    "at rest, {rows} on {place} is valid, and the database is at {database}"
                ));
            }
        }
    }
    None
}

/// When no step is possible any more, nothing is left over: no fence, no waiting load, and no id of a dead writer.
fn left_over(state: &State) -> Option<String> {
    if state.fences != [0; 2] {
        Some("a fence stays for good".into())
    } else if state.loads.iter().any(|load| load.at != Loading::Idle) {
        Some("a load waits for good".into())
    } else if state.in_use.count_ones() as usize > state.processes.iter().filter(|process| process.alive).count() {
        Some("the id of a dead writer stays in use for good".into())
    } else {
        None
    }
}
