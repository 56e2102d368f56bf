//! The protocol holds, and every mistake breaks the promise.

use super::{Cluster, Mutation};
use crate::search::explore;

/// One connection writes, and a reader of each member loads this often.
const fn loads(loads: [u8; 2]) -> Cluster {
    Cluster {
        loads,
        replacements: 0,
        writers: 1,
        mutation: Mutation::None,
    }
}

/// The coordinator is replaced as well.
const fn replaced(cluster: Cluster) -> Cluster {
    Cluster {
        replacements: 1,
        ..cluster
    }
}

/// The number of states is asserted so that a change which empties the search is noticed.
fn holds(cluster: &Cluster, states: usize) {
    match explore(cluster) {
        Ok(found) => {
            println!("several machines, loads {:?}: {found} states", cluster.loads);
            assert_eq!(found, states);
        }
        Err(counterexample) => panic!("{counterexample}"),
    }
}

/// The shortest counter-example has so many steps.
fn breaks(cluster: Cluster, mutation: Mutation, steps: usize) {
    let mutated = Cluster { mutation, ..cluster };
    let Err(counterexample) = explore(&mutated) else {
        panic!("{mutation:?} is harmless");
    };
    println!("{mutation:?}, on several machines:\n{counterexample}\n");
    assert_eq!(counterexample.steps.len(), steps, "{mutation:?}:\n{counterexample}");
    assert_eq!(
        counterexample.why,
        "a load returns a0, but a1 had been seen before it started"
    );
}

#[test]
fn the_protocol_holds() {
    holds(&loads([1, 2]), 297_907);
}

#[test]
fn the_protocol_holds_when_the_coordinator_is_replaced() {
    holds(&replaced(loads([1, 0])), 250_629);
    holds(&replaced(loads([0, 1])), 254_200);
}

#[test]
fn mistakes_of_writers_break_it() {
    breaks(loads([0, 2]), Mutation::NoFence, 13);
    breaks(loads([0, 2]), Mutation::NoAcks, 13);
    breaks(loads([1, 2]), Mutation::LiftDoubt, 19);
}

#[test]
fn mistakes_about_leases_break_it() {
    breaks(loads([0, 2]), Mutation::NoLease, 15);
    breaks(loads([0, 2]), Mutation::DropEarly, 14);
    breaks(loads([1, 1]), Mutation::ForgetOwn, 17);
}

#[test]
fn mistakes_about_a_new_epoch_break_it() {
    breaks(replaced(loads([0, 2])), Mutation::NoYoung, 17);
    breaks(replaced(loads([0, 2])), Mutation::MatureAtOnce, 18);
    breaks(replaced(loads([0, 2])), Mutation::SendYoung, 17);
    breaks(replaced(loads([0, 2])), Mutation::NoUpload, 21);
    breaks(replaced(loads([0, 2])), Mutation::StaleAcks, 19);
    breaks(replaced(loads([0, 2])), Mutation::NoDoubtGrace, 20);
}

/// In `long::`, which `bin/test` runs apart: millions of states.
mod long {
    use super::*;

    #[test]
    fn the_protocol_holds_with_more_loads() {
        holds(&replaced(loads([1, 2])), 7_838_976);
    }
}
