//! The promise holds in every world.

use super::mutation::Mutation;
use super::protocol::World;
use super::search::explore;
use super::worlds::*;

/// Asserts that the promise holds. Also asserts the number of states, so that a change does not make the world smaller,
/// and the search weaker, without notice.
fn holds(world: &World, states: usize) {
    match explore(world) {
        Ok(found) => {
            println!("{}: {found} states", world.name);
            assert_eq!(found, states, "{}", world.name);
        }
        Err(counterexample) => panic!("{} ({:?}):\n{counterexample}", world.name, world.mutation),
    }
}

#[test]
fn autocommit() {
    holds(&AUTOCOMMIT, 148_100);
}

#[test]
fn killed() {
    holds(&KILLED, 141_204);
}

#[test]
fn killed_with_its_statement() {
    holds(&KILLED_SQLITE, 68_170);
}

#[test]
fn transaction() {
    holds(&TRANSACTION, 310_687);
}

#[test]
fn table_and_join() {
    holds(&TABLE_AND_JOIN, 33_765);
}

#[test]
fn lost_connection() {
    holds(&LOST_CONNECTION, 99_001);
}

#[test]
fn shared_bit() {
    holds(&SHARED_BIT, 82_547);
    holds(&SHARED_BIT_KILLED, 29_576);
}

#[test]
fn recovery_killed() {
    holds(&RECOVERY_KILLED, 160_362);
}

#[test]
fn tiers() {
    holds(&TIERS, 12_520);
}

#[test]
fn single_flight() {
    holds(&SINGLE_FLIGHT, 13_900);
}

#[test]
fn snapshot() {
    holds(&SNAPSHOT, 434);
}

/// The check before rows are stored, and the look at the fences when the stamp is taken, only avoid useless stores and
/// queries. The promise rests on the check of every hit against the first stamp.
#[test]
fn economies_are_not_safeguards() {
    holds(&TABLE_AND_JOIN.mutated(Mutation::StoreUnchecked), 28_706);
    holds(&TABLE_AND_JOIN.mutated(Mutation::StampIgnoresFences), 57_597);
    for (world, states) in [(TABLE_AND_JOIN, 29_341), (SHARED_BIT, 74_056), (SINGLE_FLIGHT, 13_966)] {
        holds(&world.mutated(Mutation::StoreUncheckedStampIgnoresFences), states);
    }
}

#[test]
#[ignore = "for a release build: millions of states"]
fn large() {
    for (world, states) in LARGE
        .iter()
        .zip([1_677_932, 646_826, 340_763, 610_034, 2_944_102, 1_418_656])
    {
        holds(world, states);
    }
}
