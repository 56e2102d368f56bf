//! Interleaved measurement: all cases of a group take turns within a round.
//!
//! A machine that changes its speed changes all of a round. So only ratios of one round are compared, and a ratio is the
//! median of those of all rounds.

use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::figures::{Case, Group};
use diesel_cache_bench::Random;

/// Runs something so many times, and says how long it took.
type Work<'a> = Box<dyn FnMut(u64) -> Duration + 'a>;

/// The pace of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// What one case takes of a round, at least.
    batch: Duration,
    /// What the group takes, unless `least` rounds take longer.
    budget: Duration,
    least: usize,
    most: usize,
}

impl Pace {
    /// For work that can be repeated at will.
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

    /// For as long as that.
    pub(crate) fn budget(mut self, budget: Duration) -> Self {
        if !self.budget.is_zero() {
            self.budget = budget;
        }
        self
    }

    /// With turns of another length.
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
    /// A group without cases.
    pub(crate) fn new(figures: Group) -> Self {
        Self {
            figures,
            cases: Vec::new(),
        }
    }

    /// Adds a case whose work is all that is measured.
    pub(crate) fn case<T>(&mut self, name: impl Into<String>, mut work: impl FnMut() -> T + 'a) {
        self.timed(name, move |times| {
            let start = Instant::now();
            for _ in 0..times {
                std::hint::black_box(work());
            }
            start.elapsed()
        });
    }

    /// Adds a case of which only a part is measured, in each of so many turns.
    pub(crate) fn timed(&mut self, name: impl Into<String>, work: impl FnMut(u64) -> Duration + 'a) {
        self.cases.push((Case::new(name), Box::new(work)));
    }

    /// Measures.
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

/// Another order for each round, the same ones in every run: who always comes after the one that leaves the CPU's caches cold, or the
/// disk busy, is always slow.
fn shuffled(count: usize, round: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut random = Random(round);
    for end in (2..=count).rev() {
        order.swap(end - 1, random.below(end as i32) as usize);
    }
    order
}

/// How often a piece of work fits into a batch, at least once; it is warm after this.
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
