//! The order of eviction: sampled segmented LRU.
//!
//! As in Redis, there is no list of entries. When room is needed, some entries are sampled at random, and the worst
//! among them and those left from earlier samples are evicted. An entry that was never used since it was stored is on
//! *probation*, and is evicted before those that were used: a scan of rows that are requested only once evicts nothing
//! but itself. Once probation has shrunk to its [`SHARE`], the least recently used of all entries is evicted. Otherwise
//! new entries would never live to be used.

use super::mark::UseMark;

/// The part of all entries that may be on probation without being evicted first.
const SHARE: f64 = 0.2;
/// The weight of the last sample in the running estimate of that part.
const WEIGHT: f64 = 0.2;
/// How many candidates are kept between samples.
const KEPT: usize = 48;

/// An entry that may be evicted.
#[derive(Clone, Debug)]
pub(super) struct Candidate<T> {
    pub(super) entry: T,
    pub(super) mark: UseMark,
}

/// The worst of the entries seen so far.
#[derive(Debug)]
pub(super) struct Pool<T> {
    /// Sorted, with the best last.
    candidates: Vec<Candidate<T>>,
    /// An estimate of the part of all entries that is on probation.
    probation: f64,
    /// How many candidates may be evicted before the next sample.
    credit: usize,
}

impl<T: PartialEq> Pool<T> {
    pub(super) fn new() -> Self {
        Self {
            candidates: Vec::new(),
            probation: 1.0,
            credit: 0,
        }
    }

    /// Returns `true` if a sample is due before the next eviction.
    pub(super) fn is_hungry(&self) -> bool {
        self.credit == 0 || self.candidates.is_empty()
    }

    /// Adds a sample, of which one in `each` may be evicted.
    pub(super) fn offer(&mut self, sample: Vec<Candidate<T>>, each: usize) {
        if sample.is_empty() {
            return;
        }
        let unused = sample.iter().filter(|candidate| !candidate.mark.used).count();
        self.probation += WEIGHT * (unused as f64 / sample.len() as f64 - self.probation);
        self.credit = sample.len().div_ceil(each);
        for candidate in sample {
            match self.candidates.iter_mut().find(|known| known.entry == candidate.entry) {
                Some(known) => *known = candidate,
                None => self.candidates.push(candidate),
            }
        }
        let probation_first = self.probation_first();
        self.candidates
            .sort_by_key(|candidate| order(candidate, probation_first));
        self.candidates.truncate(KEPT);
    }

    /// Removes the entry to evict first. The caller must check that it has not changed since it was sampled.
    pub(super) fn worst(&mut self) -> Option<Candidate<T>> {
        let probation_first = self.probation_first();
        let worst = (0..self.candidates.len()).min_by_key(|at| order(&self.candidates[*at], probation_first))?;
        self.credit = self.credit.saturating_sub(1);
        Some(self.candidates.remove(worst))
    }

    fn probation_first(&self) -> bool {
        self.probation > SHARE
    }
}

fn order<T>(candidate: &Candidate<T>, probation_first: bool) -> (bool, u64) {
    (probation_first && candidate.mark.used, candidate.mark.at.0)
}
