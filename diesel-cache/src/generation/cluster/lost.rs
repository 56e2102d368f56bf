//! What a member knew when it lost the coordinator. If it was told so, it serves stale entries by it, for a time after its
//! lease.
//!
//! What others write meanwhile is missing there: that is the staleness. What this process writes or invalidates is not:
//! its fences are set there, too, before their statements are sent, and stay; and so do the slots of what it
//! invalidates, before the call returns. A generation of its own would not do in the place of these fences, because
//! another process that shares the files may have stored entries under the same one.
//!
//! After the end of the lease this needs an attempt to join that has failed. A process that was stopped for longer than
//! its lease cannot tell otherwise whether the coordinator is out of reach: its connections may have been closed because
//! it was stopped. Before that end no write of others has been sent of which this member does not know.

use std::sync::Arc;

use arc_swap::Guard;

use super::failure::Failure;
use super::held::HeldFences;
use super::mirror::Mirror;
use super::state::State;
use crate::generation::Slot;
use crate::generation::clock::millis;

impl State {
    /// Returns the mirror of the membership that was lost, if stale entries may be served by it now.
    pub(super) fn lost(&self) -> Option<Guard<Option<Arc<Mirror>>>> {
        let lost = self.lost.load();
        let mirror = lost.as_ref()?;
        mirror.serves_stale_at(self.clock.since_boot()).then_some(lost)
    }

    /// Returns `true` if this member may serve stale entries when it is lost because of this.
    pub(super) fn may_serve_stale_after(&self, failure: &Failure) -> bool {
        !self.options.stale_if_lost.is_zero() && failure.is_out_of_reach()
    }

    /// Keeps the mirror of a join that is about to be lost, unless it has never had a lease.
    pub(super) fn keep(&self, join: u64, held: &HeldFences) {
        let Some(mirror) = self.current.load_full().filter(|mirror| mirror.join == join) else {
            return;
        };
        if !mirror.serve_stale() {
            return;
        }
        // Writes and invalidations that were over before it joined may not have reached the coordinator by then.
        for (id, record) in held.all() {
            mirror.fence(id, record);
        }
        mirror.close(&held.owed().0);
        self.lost.store(Some(mirror));
    }

    /// Leaves slots to the next join, which moves them.
    pub(super) fn owe(&self, held: &mut HeldFences, slots: &[Slot]) {
        held.owe(slots);
        if let Some(mirror) = self.lost.load_full() {
            mirror.close(slots);
        }
    }

    /// Notes that an attempt to join has failed.
    pub(super) fn not_joined(&self, failure: &Failure) {
        if failure.is_out_of_reach()
            && let Some(mirror) = self.lost.load_full()
        {
            mirror.serve_stale_for(millis(self.options.stale_if_lost));
        }
    }

    /// Ends all that, if the coordinator has answered a request to join.
    pub(super) fn heard(&self, failure: Option<&Failure>) {
        if failure.is_none_or(|failure| !failure.is_out_of_reach()) {
            self.lost.store(None);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::time::Duration;

    use super::*;
    use crate::generation::cluster::wire::{FenceId, MemberId, Record};
    use crate::generation::cluster::{ClusterOptions, Report};
    use crate::generation::{BootClock, DoubtPolicy, GenerationOptions};
    use crate::redis_server::{Server, Timeouts};

    const LEASE_END: u64 = 1_000;
    const STALE: u64 = 500;

    /// A member with a lease, whose clock the test sets. No thread belongs to it.
    struct Process {
        state: State,
        now: Arc<AtomicU64>,
    }

    impl Process {
        fn new(stale_if_lost: u64) -> Self {
            let now = Arc::new(AtomicU64::new(1));
            let cluster = ClusterOptions {
                server: Server::parse("redis://127.0.0.1:1").unwrap(),
                name: "lost".to_owned(),
                lease: Duration::from_millis(LEASE_END),
                timeouts: Timeouts {
                    connect: Duration::ZERO,
                    reply: Duration::ZERO,
                },
                stale_if_lost: Duration::from_millis(stale_if_lost),
                waits: true,
                report: Report(Arc::new(|_| {})),
            };
            let options = GenerationOptions {
                clock: BootClock::Manual(Arc::clone(&now)),
                ..GenerationOptions::default()
            };
            let state = State::new(MemberId(1), cluster, options);
            let process = Self { state, now };
            process.join(1);
            process
        }

        /// Joins, and gets a lease.
        fn join(&self, join: u64) -> Arc<Mirror> {
            let mirror = Arc::new(Mirror::new(7, join, 0));
            self.state.heard(None);
            self.state.current.store(Some(Arc::clone(&mirror)));
            self.state.advance(|progress| {
                progress.joins = join;
                progress.is_joined = true;
            });
            mirror.serve_until(LEASE_END);
            mirror
        }

        /// Loses the coordinator, or not.
        fn lose(&self, failure: &Failure) {
            let join = self.state.progress().joins;
            self.state.lose(join, failure);
        }

        /// Loses the coordinator, and does not find it again.
        fn lose_and_try(&self) {
            self.lose(&Failure::TimedOut);
            self.state.not_joined(&Failure::TimedOut);
        }

        /// Returns the generation of a slot for stale entries.
        fn generation(&self, slot: Slot) -> Option<u64> {
            self.state.lost()?.as_ref()?.generation(slot)
        }

        /// Fences a slot, like a write.
        fn fence(&self, slot: Slot) -> u64 {
            let mut held = self.state.held();
            let number = held.add([slot].into(), DoubtPolicy::AtDeath, 0);
            self.state.fence_here(&held, number);
            number
        }

        fn at(&self, now: u64) {
            self.now.store(now, SeqCst);
        }
    }

    fn slot(index: u32) -> Slot {
        Slot::from_index(index).unwrap()
    }

    #[test]
    fn the_time_counts_from_the_end_of_the_lease() {
        let process = Process::new(STALE);
        assert_eq!(process.generation(slot(1)), None, "it has a lease");
        process.lose_and_try();
        assert!(process.state.serving().is_none());
        assert_eq!(process.generation(slot(1)), Some(0));
        process.at(LEASE_END + STALE - 1);
        assert_eq!(process.generation(slot(1)), Some(0));
        process.at(LEASE_END + STALE);
        assert_eq!(process.generation(slot(1)), None, "also after a long suspension");
        process.state.not_joined(&Failure::TimedOut);
        assert_eq!(process.generation(slot(1)), None);
    }

    /// It may have been stopped until its lease was over, and its connections with it.
    #[test]
    fn after_the_lease_it_has_tried_to_join() {
        let process = Process::new(STALE);
        process.lose(&Failure::TimedOut);
        process.at(LEASE_END - 1);
        assert_eq!(process.generation(slot(1)), Some(0), "others wait for its lease");
        process.at(LEASE_END);
        assert_eq!(process.generation(slot(1)), None);
        process.state.not_joined(&Failure::OtherEpoch);
        assert_eq!(process.generation(slot(1)), None);
        process.state.not_joined(&Failure::Server("closed".to_owned()));
        assert_eq!(process.generation(slot(1)), Some(0));
    }

    #[test]
    fn without_the_setting_nothing_is_kept() {
        let process = Process::new(0);
        process.lose_and_try();
        assert!(process.state.lost.load().is_none());
    }

    #[test]
    fn a_process_that_never_served_serves_nothing() {
        let process = Process::new(STALE);
        let mirror = process.join(2);
        mirror.serve_until(0);
        process.lose_and_try();
        assert_eq!(process.generation(slot(1)), None);
    }

    /// A process that was stopped for longer than its lease learns from the coordinator that it is no member any more.
    #[test]
    fn only_a_coordinator_that_is_out_of_reach_is_lost() {
        for failure in [Failure::NotMember, Failure::OtherEpoch, Failure::Gap] {
            let process = Process::new(STALE);
            process.lose(&failure);
            assert_eq!(process.generation(slot(1)), None, "{failure}");
        }
        for (answer, expected) in [
            (None, None),
            (Some(Failure::Foreign), None),
            (Some(Failure::TimedOut), Some(0)),
        ] {
            let process = Process::new(STALE);
            process.lose_and_try();
            process.state.heard(answer.as_ref());
            assert_eq!(process.generation(slot(1)), expected, "{answer:?}");
        }
    }

    #[test]
    fn what_this_process_writes_is_fenced_for_good() {
        let process = Process::new(STALE);
        let before = process.fence(slot(1));
        process.lose_and_try();
        let after = process.fence(slot(2));
        for number in [before, after] {
            process.state.held().end(number);
        }
        let seen = [1, 2, 3].map(|at| process.generation(slot(at)));
        assert_eq!(seen, [None, None, Some(0)]);
    }

    /// They have been over before it joined, and the coordinator may not know of them.
    #[test]
    fn what_the_coordinator_has_not_been_told_is_fenced() {
        let process = Process::new(STALE);
        process.lose_and_try();
        let over = process.fence(slot(1));
        process.state.held().end(over);
        process.join(2);
        process.state.held().owe(&[slot(2)]);
        process.lose_and_try();
        let seen = [1, 2, 3].map(|at| process.generation(slot(at)));
        assert_eq!(seen, [None, None, Some(0)]);
    }

    #[test]
    fn an_invalidation_without_the_coordinator_counts() {
        let process = Process::new(STALE);
        process.lose_and_try();
        // The coordinator has been out of reach for a lease, and was tried again.
        process.state.advance(|progress| progress.tried_at = u64::MAX);
        let known = process.state.known_shapes();
        assert!(process.state.publish_bump([slot(1)].into(), known).is_none());
        assert_eq!([1, 2].map(|at| process.generation(slot(at))), [None, Some(0)]);
    }

    /// What it had applied before counts as well.
    #[test]
    fn fences_of_others_stay() {
        let process = Process::new(STALE);
        let mirror = process.join(2);
        let id = FenceId {
            member: MemberId(2),
            number: 1,
        };
        let record = Record {
            grace: 0,
            session: None,
            slots: [slot(1)].into(),
        };
        mirror.fence(id, &record);
        mirror.set(slot(2), 5);
        process.lose_and_try();
        assert_eq!([1, 2].map(|at| process.generation(slot(at))), [None, Some(5)]);
    }
}
