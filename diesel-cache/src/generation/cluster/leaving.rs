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
    use std::sync::Arc;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::generation::cluster::{Cluster, ClusterOptions, Report};
    use crate::generation::{DoubtPolicy, Options, Slot, hash};
    use crate::redis_server::{Server, Timeouts};

    const PATIENCE: Duration = Duration::from_secs(60);

    /// Two members of a cluster of the test's own.
    fn members() -> [Cluster; 2] {
        let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
        let name = format!("unit/leaving/{:x}", hash::random());
        let members = [(); 2].map(|()| {
            let options = ClusterOptions {
                server: Server::parse(&url).unwrap(),
                name: name.clone(),
                lease: Duration::from_secs(1),
                timeouts: Timeouts {
                    connect: PATIENCE,
                    reply: PATIENCE,
                },
                stale_if_lost: Duration::ZERO,
                waits: true,
                report: Report(Arc::new(|_| {})),
            };
            Cluster::join(options, Options::default()).unwrap()
        });
        for member in &members {
            assert!(member.wait_until_serving(PATIENCE));
        }
        members
    }

    fn until(is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < PATIENCE);
            thread::yield_now();
        }
    }

    fn slot() -> Slot {
        Slot::from_index(7).unwrap()
    }

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
}
