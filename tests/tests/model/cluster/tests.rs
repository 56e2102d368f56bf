//! The protocol holds, and every mistake breaks the promise.

use super::state::{ALL, MEMBERS};
use super::{Cluster, Loss, Mutation};
use crate::search::explore;

/// A cluster in which one connection writes, and the reader of each member loads this often.
const fn loads(loads: [u8; MEMBERS]) -> Cluster {
    Cluster {
        loads,
        losses: 0,
        loss: Loss::Replaced,
        writers: 1,
        kills: true,
        by_hand: false,
        disconnects: ALL,
        leaves: false,
        late: false,
        stale: false,
        mutation: Mutation::None,
    }
}

/// The same cluster, but no writer is killed, and only the member that does not write loses its connection.
const fn calm(cluster: Cluster) -> Cluster {
    Cluster {
        kills: false,
        disconnects: 1 << 1,
        ..cluster
    }
}

/// The same cluster, but a member loses its connection only if the coordinator does not know the member.
const fn connected(cluster: Cluster) -> Cluster {
    Cluster {
        disconnects: 0,
        ..cluster
    }
}

/// The same cluster, in which members leave and come back.
const fn leaving(cluster: Cluster) -> Cluster {
    Cluster {
        leaves: true,
        ..cluster
    }
}

const fn late(cluster: Cluster) -> Cluster {
    Cluster { late: true, ..cluster }
}

/// The same cluster, in which members serve stale rows.
const fn stale(cluster: Cluster) -> Cluster {
    Cluster { stale: true, ..cluster }
}

const fn by_hand(cluster: Cluster) -> Cluster {
    Cluster {
        by_hand: true,
        ..cluster
    }
}

/// The same cluster, in which the coordinator is lost as well.
const fn lost(loss: Loss, cluster: Cluster) -> Cluster {
    Cluster {
        losses: 1,
        loss,
        ..cluster
    }
}

/// The same cluster, in which the coordinator is out of reach and may come back with all its data.
const fn back(cluster: Cluster) -> Cluster {
    lost(Loss::DownAndBack, cluster)
}

const fn replaced(cluster: Cluster) -> Cluster {
    lost(Loss::Replaced, cluster)
}

/// Asserts that the protocol holds. Also asserts the number of states, so that a change does not weaken the search
/// without notice.
fn holds(cluster: &Cluster, states: usize) {
    match explore(cluster) {
        Ok(found) => {
            println!("several machines, loads {:?}: {found} states", cluster.loads);
            assert_eq!(found, states);
        }
        Err(counterexample) => panic!("{counterexample}"),
    }
}

/// Asserts that the mutation breaks the promise. The shortest counter-example has this many steps.
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
    holds(&loads([0, 2]), 99_977);
    holds(&calm(loads([1, 1])), 125_238);
    holds(&late(loads([0, 2])), 263_084);
    holds(&leaving(calm(loads([0, 2]))), 31_501);
}

#[test]
fn the_protocol_holds_for_invalidations_by_hand() {
    holds(&by_hand(loads([0, 2])), 31_787);
    holds(&replaced(connected(by_hand(loads([0, 2])))), 227_562);
}

/// Without the coordinator, writers send once nobody can have a lease any more.
#[test]
fn the_protocol_holds_when_the_coordinator_is_lost() {
    holds(&lost(Loss::Down, connected(calm(loads([0, 2])))), 642_909);
}

/// Members that serve stale rows do not miss the writes of their own processes.
#[test]
fn stale_rows_are_never_older_than_own_writes() {
    holds(&stale(loads([2, 0])), 190_848);
    holds(&stale(calm(loads([1, 1]))), 170_564);
    breaks(stale(loads([2, 0])), Mutation::StaleWithoutOwn, 15);
}

/// The coordinator has heard nobody for the length of a lease, so a new epoch begins.
#[test]
fn the_protocol_holds_when_the_coordinator_is_back() {
    holds(&back(connected(calm(loads([0, 2])))), 401_677);
    breaks(back(connected(calm(loads([0, 2])))), Mutation::NoLapse, 18);
}

/// The limits of the promise. A writer that cannot reach the coordinator writes without it, and members that can reach
/// it learn of the write only when the writer is back. That may be too late in three cases: only this writer is cut
/// off, it does not come back within the length of a lease, or no member is left from whose silence the coordinator
/// could conclude that it was out of reach.
#[test]
fn members_that_reach_the_coordinator_miss_writes_without_it() {
    breaks(loads([0, 2]), Mutation::CutOff, 14);
    breaks(back(calm(loads([0, 2]))), Mutation::StayAway, 23);
    breaks(leaving(back(calm(loads([0, 2])))), Mutation::None, 18);
}

#[test]
fn mistakes_of_writers_break_it() {
    breaks(loads([0, 2]), Mutation::NoFence, 13);
    breaks(loads([0, 2]), Mutation::NoAcks, 13);
    breaks(loads([0, 2]), Mutation::ExpireAtOnce, 14);
    breaks(connected(loads([1, 2])), Mutation::LiftDoubt, 20);
}

#[test]
fn mistakes_of_invalidations_break_it() {
    breaks(by_hand(loads([0, 2])), Mutation::BumpAtOnce, 11);
    breaks(by_hand(loads([0, 2])), Mutation::ExpireAtOnce, 12);
    breaks(by_hand(loads([0, 2])), Mutation::GrantUnacked, 14);
}

#[test]
fn mistakes_of_members_break_it() {
    breaks(loads([0, 2]), Mutation::NoLease, 16);
    breaks(loads([0, 2]), Mutation::GrantUnacked, 16);
    breaks(late(loads([0, 2])), Mutation::GrantUnacked, 17);
    breaks(loads([1, 1]), Mutation::ForgetOwn, 17);
    breaks(loads([0, 2]), Mutation::SubscribeLate, 17);
    breaks(loads([0, 2]), Mutation::IgnoreGap, 15);
}

#[test]
fn mistakes_about_a_new_epoch_break_it() {
    let world = replaced(connected(calm(loads([0, 2]))));
    breaks(world, Mutation::NoYoung, 17);
    breaks(world, Mutation::NoStageOne, 18);
    breaks(world, Mutation::SendInStageOne, 17);
    breaks(world, Mutation::StaleAcks, 22);
}

#[test]
fn mistakes_about_doubts_break_it() {
    let world = replaced(connected(calm(loads([0, 2]))));
    breaks(world, Mutation::ServeInStageTwo, 22);
    breaks(world, Mutation::NoDoubtGrace, 23);
    breaks(world, Mutation::TrustAnySurvivor, 24);
    breaks(world, Mutation::NoUpload, 24);
}

/// With these mistakes, a survivor is trusted to know a fence that it has never seen.
#[test]
fn mistakes_about_joining_break_it() {
    breaks(replaced(calm(loads([0, 2]))), Mutation::JoinAcks, 23);
}

/// Searches of millions of states. They are in `long::`, which `bin/test` runs separately.
mod long {
    use super::*;

    #[test]
    fn the_protocol_holds_with_two_readers() {
        holds(&loads([1, 1]), 431_177);
        holds(&by_hand(loads([1, 1])), 178_279);
    }

    #[test]
    fn the_protocol_holds_with_two_writers() {
        let writers = 2;
        holds(
            &Cluster {
                writers,
                ..calm(loads([0, 2]))
            },
            2_073_628,
        );
    }

    #[test]
    fn the_protocol_holds_when_the_coordinator_is_replaced() {
        holds(&replaced(loads([0, 2])), 3_196_478);
    }

    #[test]
    fn the_protocol_holds_when_nobody_reaches_the_coordinator() {
        holds(&lost(Loss::Down, calm(loads([0, 2]))), 972_695);
    }

    #[test]
    fn the_protocol_holds_when_the_coordinator_is_back() {
        holds(&back(calm(loads([0, 2]))), 610_612);
        holds(&back(calm(by_hand(loads([0, 2])))), 245_885);
    }

    #[test]
    fn stale_rows_are_never_older_than_own_writes_without_the_coordinator() {
        holds(&stale(lost(Loss::Down, calm(loads([2, 0])))), 1_655_768);
        holds(&stale(back(connected(calm(loads([2, 0]))))), 626_397);
    }

    #[test]
    fn mistakes_about_late_requests_break_it() {
        breaks(replaced(late(calm(loads([0, 2])))), Mutation::AnyEpoch, 26);
    }

    #[test]
    #[ignore = "for a release build: millions of states"]
    fn large() {
        holds(&replaced(calm(loads([1, 1]))), 4_841_273);
        holds(&replaced(calm(by_hand(loads([1, 1])))), 2_305_913);
        holds(&replaced(late(calm(loads([0, 2])))), 2_419_356);
        holds(&lost(Loss::Down, loads([0, 2])), 3_327_807);
        holds(&back(loads([0, 2])), 2_177_813);
        holds(&back(late(calm(loads([0, 2])))), 1_369_966);
        // The writer is killed in doubt after it has written without the coordinator.
        breaks(back(connected(loads([1, 2]))), Mutation::None, 26);
    }
}
