//! How a process ceases to be a member, so that no writer has to wait for the end of its lease.

use std::time::Instant;

use super::arrears::{lift, pay};
use super::link::Call;
use super::replica::Replica;
use super::scripts::Script;
use super::state::{Presence, State};
use crate::exit::AtExit;

/// How often the end of the process looks whether its patience is over, in milliseconds.
const INTERVAL: u64 = 20;

/// Leaves the cluster, so that no writer has to wait for the end of this member's lease.
///
/// Does nothing while a write of this process is under way: for as long as it is a member, others know that its writer is
/// alive.
pub(super) fn leave(state: &State, replica: &Replica) {
    let _ = lift(state, replica).and_then(|()| pay(state, replica));
    // No fence is added until the coordinator has been told: a new one then finds that it has to join again.
    let held = state.held();
    if !held.is_settled() {
        return;
    }
    replica.leave();
    if state.withdraw(replica.join, None) {
        let call = Call {
            script: Script::Leave,
            arguments: Vec::new(),
        };
        let _ = state.link.call(&state.options, state.member, replica.epoch, call);
    }
}

impl AtExit for State {
    /// Has the courier leave, because a cache in a static is never dropped.
    fn at_exit(&self, deadline: Option<Instant>) {
        let is_over = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        self.advance(|progress| progress.presence = Presence::Leaving);
        let mut progress = self.progress();
        while progress.presence == Presence::Leaving && !progress.is_stopped && !is_over() {
            progress = self.wait(progress, self.clock.since_boot() + INTERVAL);
        }
    }
}

/// Tests that need the server of `REDIS_URL`.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod on_redis {
    use std::sync::{Arc, mpsc};
    use std::thread;

    use super::super::link::Failure;
    use super::super::state::Progress;
    use super::*;
    use crate::generation::cluster::joining::Before;
    use crate::generation::cluster::link::Commands;
    use crate::generation::cluster::testing::{member, members, options, slot, until};
    use crate::generation::cluster::wire::Member;
    use crate::generation::cluster::{Cluster, Incident, Report, courier};
    use crate::generation::{DoubtPolicy, Options, hash};

    fn end(member: &Cluster) {
        member.state().at_exit(None);
    }

    #[test]
    fn a_process_that_has_left_joins_again_to_write() {
        let [ending, other] = members();
        end(&ending);
        end(&ending);
        assert!(!ending.status().is_joined && ending.stamp([slot()]).is_err());
        until(|| other.status().members == 1);

        let fence = ending.fence(&[slot()], DoubtPolicy::AtDeath, |_| Vec::new());
        assert_eq!(other.read().generation(slot()), None, "nobody serves what it writes");
        let status = ending.status();
        assert!(status.is_joined && status.unfenced == 0, "{status:?}");
        let before = other.status().events;
        fence.lift();
        until(|| other.read().generation(slot()).is_some());
        assert!(other.status().events > before);
        assert_eq!(other.status().expired, 0);
    }

    #[test]
    fn a_process_that_writes_does_not_leave() {
        let [ending, other] = members();
        let fence = ending.fence(&[slot()], DoubtPolicy::AtDeath, |_| Vec::new());
        end(&ending);
        assert!(ending.status().is_joined);
        other.bump(&[slot()]);
        assert_eq!((other.status().members, other.status().fences), (2, 1));
        fence.lift();
        until(|| other.status().members == 1);
    }

    /// An end for a process that is about to become a member.
    type End = fn(&mut Progress);
    const ENDS: [End; 2] = [
        |progress| progress.is_stopped = true,
        |progress| progress.presence = Presence::Leaving,
    ];

    #[test]
    fn whoever_ends_while_it_joins_leaves() {
        for end in ENDS {
            let name = format!("unit/leaving/{:x}", hash::random());
            let other = member(options(&name));
            let (send, observed) = mpsc::channel();
            let mut options = options(&name);
            options.report = Report(Arc::new(move |incident| {
                if matches!(incident, Incident::Observed(_)) {
                    let _ = send.send(());
                }
            }));
            let state = Arc::new(State::new(Member(hash::random()), options, Options::default()));
            let mut commands = Commands::connect(&state.options, state.member).unwrap();
            let told = state.begin_to_join().unwrap();
            state.advance(end);
            let courier = {
                let state = Arc::clone(&state);
                thread::spawn(move || courier::run(&state))
            };
            observed.recv().unwrap(); // it knows by now that the process ends
            state.ask_to_join(&mut commands, &Before::default(), told).unwrap();
            until(|| state.current.load().is_none());
            until(|| other.status().members == 1);
            state.advance(|progress| progress.is_stopped = true);
            courier.join().unwrap();
        }
    }

    #[test]
    fn the_end_of_a_process_waits_for_no_longer_than_its_deadline() {
        // Without a courier.
        let state = State::new(Member(1), options("unit/leaving"), Options::default());
        state.at_exit(Some(Instant::now()));
        assert_eq!(state.progress().presence, Presence::Leaving);
    }

    #[test]
    fn whoever_has_ended_does_not_join() {
        for end in ENDS {
            let state = State::new(Member(1), options("unit/leaving"), Options::default());
            state.advance(end);
            assert_eq!(state.begin_to_join().err(), Some(Failure::Unwanted));
        }
    }
}
