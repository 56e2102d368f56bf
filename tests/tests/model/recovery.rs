//! The recovery of a dead writer's fences. Under the writer's lock, it raises the generation and then clears the bit,
//! slot by slot. At last it frees the id.

use super::mutation::Mutation;
use super::protocol::{Steps, World};
use super::state::{B, NONE, Outcome, Recovering, State, after};
use super::step::Actor;

/// All tables, since recovery looks at every table of the file.
const ALL: u8 = B | 1;

pub(crate) fn steps(world: &World, state: &State, out: &mut Steps<'_>) {
    let recovery = state.recovery;
    let (table, bit) = (usize::from(recovery.table), 1 << recovery.id);
    let mut next = *state;
    match recovery.at {
        Recovering::Idle => {
            for id in 0..2 {
                begin(world, state, id, out);
            }
            return;
        }
        Recovering::Look => {
            let is_fenced = state.fences[table] & bit != 0;
            next.recovery.at = match world.mutation {
                _ if !is_fenced => Recovering::Look,
                Mutation::RecoveryWithoutBump | Mutation::RecoveryClearsFirst => Recovering::Unfence,
                _ => Recovering::Bump,
            };
            if !is_fenced {
                go_on(world, &mut next);
            }
            let verb = if is_fenced {
                "finds its bit at"
            } else {
                "finds no bit at"
            };
            out.at(Actor::Recovery, verb, recovery.table, next);
        }
        Recovering::Bump => {
            next.generation[table] += 1;
            match world.mutation {
                Mutation::RecoveryClearsFirst => go_on(world, &mut next),
                _ => next.recovery.at = Recovering::Unfence,
            }
            let generation = next.generation[table];
            out.number(
                Actor::Recovery,
                "raises the generation of",
                recovery.table,
                generation,
                next,
            );
        }
        Recovering::Unfence => {
            next.fences[table] &= !bit;
            match world.mutation {
                Mutation::RecoveryClearsFirst => next.recovery.at = Recovering::Bump,
                _ => go_on(world, &mut next),
            }
            out.at(Actor::Recovery, "clears its bit of", recovery.table, next);
        }
        Recovering::Free => {
            free(&mut next);
            end(&mut next);
            out.add(Actor::Recovery, "frees its id", next);
        }
    }
    if recovery.lives > 0 {
        let mut next = *state;
        next.recovery.lives -= 1;
        end(&mut next);
        out.add(Actor::Recovery, "is killed", next);
    }
}

/// Takes the writer's lock, which is free if the writer is dead, and looks whether its outcome is settled.
fn begin(world: &World, state: &State, id: u8, out: &mut Steps<'_>) {
    if state.in_use & 1 << id == 0 {
        return;
    }
    let is_alive = state.processes.iter().any(|process| process.id == id && process.alive);
    let in_doubt = (0..world.writers.len()).any(|at| {
        let process = state.processes[world.writers[at].process];
        process.id == id && state.connections[at].outcome == Outcome::Pending
    });
    let may = match world.mutation {
        Mutation::RecoverTheLiving => true,
        Mutation::LiftDoubtAtOnce => !is_alive,
        _ => !is_alive && !in_doubt,
    };
    if !may {
        return;
    }
    let mut next = *state;
    next.recovery.at = Recovering::Look;
    next.recovery.id = id;
    if world.mutation == Mutation::RecoveryFreesFirst {
        free(&mut next);
    }
    out.add(
        Actor::Recovery,
        ["begins with id 0", "begins with id 1"][usize::from(id)],
        next,
    );
}

/// Goes on to the next table, or to the id.
fn go_on(world: &World, next: &mut State) {
    match after(ALL, next.recovery.table) {
        Some(table) => {
            next.recovery.at = Recovering::Look;
            next.recovery.table = table;
        }
        None if world.mutation == Mutation::RecoveryFreesFirst => end(next),
        None => {
            next.recovery.at = Recovering::Free;
            next.recovery.table = 0;
        }
    }
}

/// Frees the id, so that it can be claimed again.
fn free(next: &mut State) {
    let id = next.recovery.id;
    next.in_use &= !(1 << id);
    for process in next
        .processes
        .iter_mut()
        .filter(|process| process.id == id && !process.alive)
    {
        process.id = NONE;
    }
}

fn end(next: &mut State) {
    next.recovery.at = Recovering::Idle;
    next.recovery.id = 0;
    next.recovery.table = 0;
}
