//! What the threads of one member share.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::redis::Value;
use arc_swap::{ArcSwapOption, Guard};

use super::commands::Call;
use super::failure::Failure;
use super::held::HeldFences;
use super::link::Link;
use super::lists::ShapeLists;
use super::mirror::Mirror;
use super::options::{ClusterOptions, Incident};
use super::wire::{Age, MemberId};
use crate::generation::GenerationOptions;
use crate::generation::clock::{BootClock, millis};
use crate::generation::history::History;

#[derive(Debug)]
pub(super) struct State {
    pub(super) options: ClusterOptions,
    pub(super) member: MemberId,
    /// What readers use; `None` while this process is no member.
    pub(super) current: ArcSwapOption<Mirror>,
    /// See `lost`. Changes under the lock of `held`, as `current` does where the two have to agree.
    pub(super) lost: ArcSwapOption<Mirror>,
    pub(super) held: Mutex<HeldFences>,
    pub(super) shapes: Mutex<ShapeLists>,
    pub(super) progress: Mutex<Progress>,
    /// Signals a change of `progress`.
    pub(super) changed: Condvar,
    pub(super) link: Link,
    /// Held by each thread that reads the answer to a request to join.
    pub(super) readers: Arc<()>,
    pub(super) clock: BootClock,
    pub(super) history: History,
    pub(super) doubt_grace: u64,
    pub(super) lease: AtomicU64,
    /// When a member, this one or another, has last looked whether all are still there.
    pub(super) probed_at: AtomicU64,
    /// When to ask about sessions again.
    pub(super) ask_at: AtomicU64,
    /// The number of fences that callers other than their connections may lift.
    pub(super) begun: AtomicUsize,
    pub(super) figures: Figures,
}

/// How things stand with the coordinator.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The number of joins, the present one included.
    pub(super) joins: u64,
    pub(super) is_joined: bool,
    /// A request to join is under way. It tells what there was before it.
    pub(super) is_joining: bool,
    /// When that request was made, in milliseconds since the boot; the end of time once its answer is there.
    pub(super) asked_at: u64,
    /// The number of attempts to join that are over.
    pub(super) attempts: u64,
    pub(super) age: Age,
    /// What all other members have applied.
    pub(super) acknowledged: u64,
    /// When contact was lost, in milliseconds since the boot.
    pub(super) lost_at: u64,
    /// When the last attempt to join that has failed had begun.
    pub(super) tried_at: u64,
    pub(super) error: Option<String>,
    /// The courier has something to do.
    pub(super) has_errand: bool,
    pub(super) presence: Presence,
    pub(super) is_stopped: bool,
}

/// Whether this process wants to be a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Presence {
    #[default]
    Wanted,
    /// The process ends, and waits for the courier to leave.
    Leaving,
    /// The process ends. If one of its threads still writes, it joins again.
    Away,
}

/// What this member has seen, for people.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) epochs: AtomicU64,
    pub(super) losses: AtomicU64,
    pub(super) events: AtomicU64,
    pub(super) fences: AtomicU64,
    pub(super) unfenced: AtomicU64,
    pub(super) expired: AtomicU64,
    /// Microseconds that writes have waited, in all, and at most.
    pub(super) waited: AtomicU64,
    pub(super) longest_wait: AtomicU64,
    pub(super) was_serving: AtomicBool,
}

impl Progress {
    /// Returns `true` if a write goes on without the coordinator: it has been out of reach for a lease, and so it was for an
    /// attempt to join that has begun after that. If it is back within a lease, the epoch goes on, and others may serve.
    /// Later, it ends.
    ///
    /// A write that `has_waited` for long goes on as soon as this process is no member, even if it always joins again.
    /// Nothing goes on while a member waits for the end of its epoch's youth, which takes a lease at most, or for the
    /// answer to a request to join: that has not told of this write. If there is no answer for a lease, the request counts
    /// as one that has failed, and whoever goes on has to [give it up](Self::give_up_join).
    pub(super) fn is_alone(&self, lease: u64, now: u64, has_waited: bool) -> bool {
        if self.is_joined || self.is_joining && now <= self.asked_at.saturating_add(lease) {
            return false;
        }
        let tried_at = if self.is_joining { self.asked_at } else { self.tried_at };
        has_waited || tried_at > self.lost_at + lease
    }

    /// Makes an unanswered request to join one that has failed, even if its answer is still to come.
    pub(super) fn give_up_join(&mut self) {
        if self.is_joining {
            self.is_joining = false;
            self.tried_at = self.asked_at;
        }
    }

    /// Returns `true` if this process is a member by that join, and has not joined again since.
    pub(super) fn is_member_by(&self, join: u64) -> bool {
        self.is_joined && self.joins == join
    }

    /// Returns `true` if this process is no member, and no request to join is under way.
    pub(super) fn is_away(&self) -> bool {
        !self.is_joined && !self.is_joining
    }
}

impl State {
    pub(super) fn new(member: MemberId, cluster: ClusterOptions, options: GenerationOptions) -> Self {
        let clock = options.clock.of_process();
        let progress = Progress {
            lost_at: clock.since_boot(),
            ..Progress::default()
        };
        Self {
            member,
            current: ArcSwapOption::empty(),
            lost: ArcSwapOption::empty(),
            held: Mutex::new(HeldFences::new(member)),
            shapes: Mutex::default(),
            progress: Mutex::new(progress),
            changed: Condvar::new(),
            lease: AtomicU64::new(millis(cluster.lease)),
            options: cluster,
            link: Link::new(),
            readers: Arc::default(),
            doubt_grace: millis(options.doubt_grace),
            clock,
            history: History::new(options.monotonic),
            probed_at: AtomicU64::new(0),
            ask_at: AtomicU64::new(0),
            begun: AtomicUsize::new(0),
            figures: Figures::default(),
        }
    }

    /// The lease in milliseconds. That of the coordinator counts, so that it is the same for all members.
    pub(super) fn lease(&self) -> u64 {
        self.lease.load(SeqCst)
    }

    /// Returns the mirror if this member may serve now.
    #[inline]
    pub(super) fn serving(&self) -> Option<Guard<Option<Arc<Mirror>>>> {
        let now = self.clock.since_boot();
        let current = self.current.load();
        let serves = current.as_ref().is_some_and(|mirror| mirror.serves_at(now));
        serves.then_some(current)
    }

    /// Makes a call in the epoch of a mirror. A failure that shows that this process is no member makes it join again.
    pub(super) fn call(&self, mirror: &Mirror, call: Call) -> Result<Vec<Value>, Failure> {
        let reply = self.link.call(&self.options, self.member, mirror.epoch, call);
        if let Err(failure) = &reply {
            self.lose(mirror.join, failure);
        }
        reply
    }

    /// Stops serving under a join, because of a failure. The member's thread joins again. Returns `false` if the join is
    /// over already.
    pub(super) fn lose(&self, join: u64, failure: &Failure) -> bool {
        let error = failure.to_string();
        let held = self.may_serve_stale_after(failure).then(|| self.held());
        if let Some(held) = &held {
            self.keep(join, held);
        }
        let was_joined = self.withdraw(join, Some(&error));
        drop(held);
        if was_joined {
            self.figures.losses.fetch_add(1, SeqCst);
            self.options.report.send(&Incident::Lost { error });
        }
        was_joined
    }

    /// Stops serving under a join. Returns `false` if it is over already.
    pub(super) fn withdraw(&self, join: u64, error: Option<&str>) -> bool {
        let mut progress = self.progress();
        if !progress.is_member_by(join) {
            return false;
        }
        if let Some(mirror) = self.current.swap(None) {
            mirror.lose();
        }
        progress.is_joined = false;
        progress.lost_at = self.clock.since_boot();
        progress.error = error.map(str::to_owned);
        drop(progress);
        self.changed.notify_all();
        self.figures.was_serving.store(false, SeqCst);
        true
    }

    pub(super) fn held(&self) -> MutexGuard<'_, HeldFences> {
        // Nothing can panic while it is held; the same goes for the others.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn shapes(&self) -> MutexGuard<'_, ShapeLists> {
        self.shapes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change of the progress, at most until then.
    pub(super) fn wait<'a>(&self, progress: MutexGuard<'a, Progress>, until: u64) -> MutexGuard<'a, Progress> {
        let left = until.saturating_sub(self.clock.since_boot()).max(1);
        let waited = self.changed.wait_timeout(progress, Duration::from_millis(left));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Changes the progress, and wakes all who wait for it.
    pub(super) fn advance(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress());
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_goes_on_alone_when_the_coordinator_is_out_of_reach_for_a_lease() {
        let lease = 100;
        let lost = |tried_at| Progress {
            lost_at: 1000,
            tried_at,
            ..Progress::default()
        };
        assert!(
            !lost(1100).is_alone(lease, 1200, false),
            "it might be back within the lease"
        );
        assert!(lost(1101).is_alone(lease, 1201, false));
        assert!(lost(0).is_alone(lease, 1200, true), "for long");
    }

    #[test]
    fn no_write_goes_on_alone_in_a_member_or_before_it_knows_whether_it_is_one() {
        for (is_joined, is_joining) in [(true, false), (false, true)] {
            for age in [Age::New, Age::Young, Age::Mature] {
                let progress = Progress {
                    is_joined,
                    is_joining,
                    age,
                    asked_at: 1000,
                    tried_at: u64::MAX,
                    ..Progress::default()
                };
                assert!(!progress.is_alone(100, 1100, false) && !progress.is_alone(100, 1100, true));
            }
        }
    }

    #[test]
    fn a_request_to_join_without_an_answer_fails_after_a_lease() {
        let mut progress = Progress {
            is_joining: true,
            asked_at: 1101,
            lost_at: 1000,
            ..Progress::default()
        };
        assert!(!progress.is_alone(100, 1201, true));
        assert!(progress.is_alone(100, 1202, false));
        progress.lost_at = 1001;
        assert!(
            !progress.is_alone(100, 1202, false),
            "it might be back within the lease"
        );
        assert!(progress.is_alone(100, 1202, true));
        progress.asked_at = u64::MAX;
        assert!(!progress.is_alone(100, u64::MAX, true), "it is about to be a member");
    }
}
