//! Faults at the points of the protocol, in a worker.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use diesel_cache::fault::{self, Mutation, Point};
use diesel_cache_tests::hook_shared_tiers;
use rustix::process::{Signal, getpid, kill_process};

use crate::history::{Record, Scribe};
use diesel_cache_tests::Rng;

/// Every point of the protocol.
pub const POINTS: [Point; 13] = [
    Point::AfterStamp,
    Point::AfterQuery,
    Point::BeforeStore,
    Point::AfterStore,
    Point::BeforeFence,
    Point::FenceSet,
    Point::AfterFence,
    Point::BeforeLift,
    Point::Moved,
    Point::AfterLift,
    Point::RecoveryBegins,
    Point::RecoveryMoved,
    Point::RecoveryLifted,
];

/// The mutations that the checker can apply. Each leaves out one safeguard, and comes with the points at which a pause
/// or a death exposes the omission.
pub const MUTATIONS: [(Mutation, &[Point]); 9] = [
    (Mutation::StampAfterQuery, &[Point::AfterQuery]),
    (Mutation::NoFence, &[Point::BeforeLift]),
    (Mutation::BumpAtStatement, &[Point::AfterFence]),
    (Mutation::LiftDoubtAtOnce, &[]),
    (Mutation::WaiterTakesOldRows, &[Point::AfterQuery]),
    (Mutation::RecoverUnmoved, &[Point::BeforeLift]),
    (Mutation::NoAcknowledgement, &[Point::BeforeLift]),
    (Mutation::NoLease, &[]),
    (Mutation::NoWitness, &[]),
];

pub fn point(name: &str) -> Option<Point> {
    POINTS.into_iter().find(|point| format!("{point:?}") == name)
}

pub fn mutation(name: &str) -> Option<(Mutation, &'static [Point])> {
    MUTATIONS
        .into_iter()
        .find(|(mutation, _)| format!("{mutation:?}") == name)
}

/// The faults of one process.
#[derive(Clone, Debug)]
pub struct Faults {
    pub seed: u64,
    /// Where to pause often and long.
    pub pauses: Vec<Point>,
    /// Where to die, and on which arrival there.
    pub die_at: Option<(Point, u64)>,
    /// Where to record the death.
    pub history: PathBuf,
    pub process: u32,
}

thread_local! {
    static RNG: RefCell<Option<Rng>> = const { RefCell::new(None) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

impl Faults {
    /// Activates the faults in this process.
    pub fn install(self) {
        let faults = Arc::new(self);
        let threads = Arc::new(AtomicU32::new(0));
        let left = AtomicU64::new(faults.die_at.map_or(0, |(_, times)| times));
        let (theirs, their_threads) = (Arc::clone(&faults), Arc::clone(&threads));
        hook_shared_tiers(move |_| {
            theirs.pause(&their_threads, None);
            Ok(())
        });
        fault::set_hook(move |at| {
            if faults.die_at.is_some_and(|(point, _)| point == at) && left.fetch_sub(1, Relaxed) == 1 {
                faults.die(at);
            }
            faults.pause(&threads, Some(at));
        });
    }

    /// Pauses now and then, at a point of the protocol or at an access to a shared tier.
    fn pause(&self, threads: &AtomicU32, at: Option<Point>) {
        if QUIET.get() {
            return;
        }
        let thread = || u64::from(threads.fetch_add(1, Relaxed));
        let nap = RNG.with_borrow_mut(|rng| {
            let rng = rng.get_or_insert_with(|| Rng::new(self.seed ^ (thread() << 48)));
            self.nap(rng, at)
        });
        match nap {
            Some(Duration::ZERO) => thread::yield_now(),
            Some(nap) => thread::sleep(nap),
            None => {}
        }
    }

    fn nap(&self, rng: &mut Rng, at: Option<Point>) -> Option<Duration> {
        if at.is_some_and(|at| self.pauses.contains(&at)) {
            return (!rng.one_in(3)).then(|| Duration::from_micros(rng.below(8_000)));
        }
        match rng.below(64) {
            0 => Some(Duration::from_micros(rng.below(1_500))),
            1..8 => Some(Duration::ZERO),
            _ => None,
        }
    }

    fn die(&self, at: Point) -> ! {
        if let Ok(mut scribe) = Scribe::new(&self.history, self.process, u32::MAX) {
            scribe.write(&Record::Dies(format!("{at:?}")));
        }
        let _ = kill_process(getpid(), Signal::KILL);
        loop {
            thread::park();
        }
    }
}

/// Disables pauses on this thread.
pub fn be_quiet() {
    QUIET.set(true);
}
