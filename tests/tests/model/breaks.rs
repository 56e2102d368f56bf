//! Every mistake breaks the promise. A safeguard without a counter-example would not be necessary.

use super::mutation::Mutation;
use super::protocol::World;
use super::search::explore;
use super::worlds::*;

/// Asserts that the mutation breaks the promise. The shortest counter-example has this many steps, and ends with `end`.
fn breaks(world: &World, mutation: Mutation, steps: usize, end: &str) {
    let Err(counterexample) = explore(&world.mutated(mutation)) else {
        panic!("{mutation:?} is harmless where {}", world.name);
    };
    println!("{mutation:?}, where {}:\n{counterexample}\n", world.name);
    assert_eq!(
        (counterexample.steps.len(), &*counterexample.why),
        (steps, end),
        "{mutation:?}:\n{counterexample}"
    );
}

/// An old entry is valid while a commit is visible that has not returned.
const TOO_OLD: &str = "R0 returns a0, but a1 had been seen before it started";
/// An old entry is valid for good.
const FOR_GOOD: &str = "at rest, a0 on disk is valid, and the database is at a1";

#[test]
fn of_writers() {
    breaks(&AUTOCOMMIT, Mutation::NoFence, 20, TOO_OLD);
    breaks(&AUTOCOMMIT, Mutation::BumpAtStatement, 11, FOR_GOOD);
    breaks(&AUTOCOMMIT, Mutation::LiftClearsFirst, 20, TOO_OLD);
}

#[test]
fn of_writers_in_doubt() {
    breaks(&LOST_CONNECTION, Mutation::LiftDoubtAtOnce, 16, FOR_GOOD);
    breaks(&KILLED, Mutation::LiftDoubtAtOnce, 18, FOR_GOOD);
    let end = "at rest, a1 on disk is valid, and the database is at a2";
    breaks(&KILLED, Mutation::ClaimUnrecovered, 20, end);
}

#[test]
fn of_connections_that_share_a_bit() {
    breaks(&SHARED_BIT, Mutation::EveryLiftClears, 23, TOO_OLD);
    breaks(&SHARED_BIT, Mutation::OnlyLastLiftBumps, 20, FOR_GOOD);
    breaks(&SHARED_BIT, Mutation::NoMutex, 23, TOO_OLD);
}

#[test]
fn of_recovery() {
    breaks(&KILLED, Mutation::RecoveryWithoutBump, 17, FOR_GOOD);
    breaks(&RECOVERY_KILLED, Mutation::RecoveryClearsFirst, 22, FOR_GOOD);
    breaks(&KILLED_SQLITE, Mutation::RecoveryFreesFirst, 20, FOR_GOOD);
    breaks(&AUTOCOMMIT, Mutation::RecoverTheLiving, 21, TOO_OLD);
}

#[test]
fn of_loads() {
    breaks(&AUTOCOMMIT, Mutation::StampAfterQuery, 13, FOR_GOOD);
    breaks(&AUTOCOMMIT, Mutation::GenerationFirst, 22, TOO_OLD);
    breaks(&AUTOCOMMIT, Mutation::HitIgnoresFences, 17, TOO_OLD);
    let end = "R0 returns a0 b0, but a0 b1 had been seen before it started";
    breaks(&TRANSACTION, Mutation::StampForgetsTable, 18, end);
    let end = "R1 returns a0, but a1 had been seen before it started";
    breaks(&SINGLE_FLIGHT, Mutation::WaiterTakesUnseen, 18, end);
    breaks(&SNAPSHOT, Mutation::StoreInTransaction, 12, FOR_GOOD);
}
