//! Interleaved measurement: all cases of a group take turns within a round.
//!
//! If a machine changes its speed, this affects all cases of a round alike. So a ratio of two cases is taken within
//! each round, and the reported ratio is the median over all rounds.

use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::figures::{Case, Group};
use diesel_cache_bench::Random;

/// Runs an operation this many times, and returns how long that took.
type Work<'a> = Box<dyn FnMut(u64) -> Duration + 'a>;

/// The pace of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The approximate time of one case in a round. An operation that takes longer runs once.
    batch: Duration,
    /// The time of the group, unless `least` rounds take longer or `most` rounds are over before.
    budget: Duration,
    least: usize,
    most: usize,
}

impl Pace {
    /// Returns the default pace, for operations that can be repeated at will.
    pub(crate) fn of(arguments: &Arguments) -> Self {
        if arguments.quick {
            Self {
                batch: Duration::from_micros(100),
                budget: Duration::ZERO,
                least: 3,
                most: 3,
            }
        } else {
            Self {
                batch: Duration::from_millis(1),
                budget: Duration::from_secs(6),
                least: 9,
                most: 101,
            }
        }
    }

    /// Changes the time of the group, except in a quick run.
    pub(crate) fn budget(mut self, budget: Duration) -> Self {
        if !self.budget.is_zero() {
            self.budget = budget;
        }
        self
    }

    /// Changes the time of one case in a round.
    pub(crate) fn batch(mut self, batch: Duration) -> Self {
        self.batch = batch;
        self
    }
}

/// Cases that are measured in turn.
pub(crate) struct Turns<'a> {
    figures: Group,
    cases: Vec<(Case, Work<'a>)>,
}

impl<'a> Turns<'a> {
    /// Begins a group, which has no cases yet.
    pub(crate) fn new(figures: Group) -> Self {
        Self {
            figures,
            cases: Vec::new(),
        }
    }

    /// Adds a case. All of its work is timed.
    pub(crate) fn case<T>(&mut self, name: impl Into<String>, mut work: impl FnMut() -> T + 'a) {
        self.timed(name, move |times| {
            let start = Instant::now();
            for _ in 0..times {
                std::hint::black_box(work());
            }
            start.elapsed()
        });
    }

    /// Adds a case that times itself. `work` runs the operation as often as its argument says, and returns the time.
    pub(crate) fn timed(&mut self, name: impl Into<String>, work: impl FnMut(u64) -> Duration + 'a) {
        self.cases.push((Case::new(name), Box::new(work)));
    }

    /// Measures all cases.
    pub(crate) fn run(mut self, pace: Pace) -> Group {
        let times: Vec<u64> = self
            .cases
            .iter_mut()
            .map(|(_, work)| calibrate(work, pace.batch))
            .collect();
        let start = Instant::now();
        for round in 0..pace.most {
            if round >= pace.least && start.elapsed() > pace.budget {
                break;
            }
            for place in shuffled(self.cases.len(), round as u64) {
                let ((case, work), times) = (&mut self.cases[place], times[place]);
                case.push(work(times), times);
            }
        }
        self.figures.cases = self.cases.into_iter().map(|(case, _)| case).collect();
        self.figures
    }
}

/// Returns the order of the cases in a round. It differs between rounds but not between runs. With a fixed order, a
/// case that follows one that leaves the CPU's caches cold or the disk busy would always be slow.
fn shuffled(count: usize, round: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut random = Random(round);
    for end in (2..=count).rev() {
        order.swap(end - 1, random.below(end as i32) as usize);
    }
    order
}

/// Returns how often an operation fits into a batch, at least once. This also warms the operation up.
fn calibrate(work: &mut Work<'_>, batch: Duration) -> u64 {
    let mut times = 1;
    loop {
        let took = work(times);
        if took * 2 > batch || times >= 1 << 20 {
            let fits = batch.as_nanos() * u128::from(times) / took.as_nanos().max(1);
            return u64::try_from(fits).unwrap_or(u64::MAX).clamp(1, 1 << 20);
        }
        times *= 2;
    }
}
