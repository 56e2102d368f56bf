//! How a process ceases to be a member, so that no writer has to wait for the end of its lease.

use std::time::Instant;

use super::arrears::{lift, pay};
use super::commands::Call;
use super::mirror::Mirror;
use super::scripts::Script;
use super::state::{Presence, State};
use crate::exit::AtExit;

/// How often the end of the process looks whether its patience is over, in milliseconds.
const INTERVAL: u64 = 20;

/// Leaves the cluster, so that no writer has to wait for the end of this member's lease.
///
/// Does nothing while a write of this process is under way: for as long as it is a member, others know that its writer is
/// alive.
pub(super) fn leave(state: &State, mirror: &Mirror) {
    let _ = lift(state, mirror).and_then(|()| pay(state, mirror));
    // No fence is added until the coordinator has been told: a new one then finds that it has to join again.
    let held = state.held();
    if !held.is_settled() {
        return;
    }
    mirror.leave();
    if state.withdraw(mirror.join, None) {
        let call = Call {
            script: Script::Leave,
            arguments: vec![mirror.first.to_string().into_bytes()],
        };
        let _ = state.link.call(&state.options, state.member, mirror.epoch, call);
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

    use super::super::failure::Failure;
    use super::super::state::Progress;
    use super::*;
    use crate::generation::cluster::commands::{Commands, connect, epoch_name, text};
    use crate::generation::cluster::joining::Before;
    use crate::generation::cluster::testing::{member, members, options, slot, until};
    use crate::generation::cluster::wire::MemberId;
    use crate::generation::cluster::{Cluster, Incident, Report, courier};
    use crate::generation::{DoubtPolicy, GenerationOptions, hash};

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
            let state = Arc::new(State::new(
                MemberId(hash::random()),
                options,
                GenerationOptions::default(),
            ));
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

    /// A member without threads.
    fn joined(name: &str) -> (State, Commands, Arc<Mirror>) {
        let state = State::new(MemberId(hash::random()), options(name), GenerationOptions::default());
        let mut commands = Commands::connect(&state.options, state.member).unwrap();
        let told = state.begin_to_join().unwrap();
        let (mirror, _) = state.ask_to_join(&mut commands, &Before::default(), told).unwrap();
        (state, commands, mirror)
    }

    #[test]
    fn whoever_leaves_tells_of_its_last_write() {
        let name = format!("unit/leaving/{:x}", hash::random());
        let other = member(options(&name));
        let (state, _, mirror) = joined(&name);
        until(|| other.status().members == 2);
        let number = state.held().add([slot()].into(), DoubtPolicy::AtDeath, 0);
        state.held().owe(&[slot()]);
        state.held().end(number);
        leave(&state, &mirror);
        assert!(state.held().is_settled());
        until(|| other.status().members == 1);
        assert_eq!(
            other.read().generation(slot()),
            Some(2),
            "for the write, and what was owed"
        );
    }

    /// It has heard of no fence since.
    #[test]
    fn whoever_has_left_does_not_vouch() {
        for (leaves, survivors) in [(false, "2"), (true, "1")] {
            let name = format!("unit/leaving/{:x}", hash::random());
            let (state, mut commands, mirror) = joined(&name);
            if leaves {
                leave(&state, &mirror);
            }
            let (mut connection, ..) = connect(&state.options).unwrap();
            let mut ask = |words: &[&str]| {
                let mut command = ::redis::cmd(words[0]);
                command.arg(state.options.key()).arg(&words[1..]);
                command.query::<::redis::Value>(&mut connection).unwrap()
            };
            ask(&["DEL"]);
            let before = Before {
                mirror: Some(mirror),
                lease_end: u64::MAX,
            };
            let told = state.begin_to_join().unwrap();
            state.ask_to_join(&mut commands, &before, told).unwrap();
            assert_eq!(text(&ask(&["HGET", "survivors"])).as_deref(), Some(survivors));
        }
    }

    /// The process went on to write, and has joined again before the call arrives.
    #[test]
    fn a_late_call_does_not_remove_who_has_joined_again() {
        let name = format!("unit/leaving/{:x}", hash::random());
        let (state, mut commands, first) = joined(&name);
        let told = state.begin_to_join().unwrap();
        let (again, _) = state.ask_to_join(&mut commands, &Before::default(), told).unwrap();
        let mut leave = |mirror: &Mirror| {
            let call = Call {
                script: Script::Leave,
                arguments: vec![mirror.first.to_string().into_bytes()],
            };
            commands.call(&epoch_name(mirror.epoch), &call).map(|_| ())
        };
        assert_eq!(leave(&first), Err(Failure::NotMember));
        assert_eq!(leave(&again), Ok(()));
    }

    /// While it was away, others served what it did not hear of.
    #[test]
    fn whoever_comes_back_to_write_waits_for_a_lease() {
        let state = State::new(MemberId(1), options("unit/leaving"), GenerationOptions::default());
        state.advance(|progress| {
            progress.presence = Presence::Away;
            progress.lost_at = 0;
            progress.tried_at = state.clock.since_boot();
        });
        let now = state.clock.since_boot();
        assert!(state.wait_until_sendable(now, |_| ()).is_none());
        let progress = state.progress();
        assert_eq!(progress.presence, Presence::Wanted);
        assert!(progress.lost_at >= now && !progress.is_alone(state.lease(), now, false));
    }

    #[test]
    fn the_end_of_a_process_waits_for_no_longer_than_its_deadline() {
        // Without a courier.
        let state = State::new(MemberId(1), options("unit/leaving"), GenerationOptions::default());
        state.at_exit(Some(Instant::now()));
        assert_eq!(state.progress().presence, Presence::Leaving);
    }

    #[test]
    fn whoever_has_ended_does_not_join() {
        for end in ENDS {
            let state = State::new(MemberId(1), options("unit/leaving"), GenerationOptions::default());
            state.advance(end);
            assert_eq!(state.begin_to_join().err(), Some(Failure::Unwanted));
        }
    }
}
