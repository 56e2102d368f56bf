//! Chooses the person that a request is about.

use crate::database::PEOPLE;

/// Zipf's law with exponent 1: the `n`-th person gets 1/`n` times as many requests as the first.
#[derive(Debug)]
pub(crate) struct Zipf {
    /// The cumulative share of requests up to each person, as a fraction of [`u32::MAX`].
    sums: Vec<u32>,
}

impl Zipf {
    pub(crate) fn new() -> Self {
        let total: f64 = (1..=PEOPLE).map(|n| 1.0 / f64::from(n)).sum();
        let mut sum = 0.0;
        let sums = (1..=PEOPLE).map(|n| {
            sum += 1.0 / f64::from(n) / total;
            (sum * f64::from(u32::MAX)) as u32
        });
        Self { sums: sums.collect() }
    }

    /// Chooses an id. The ids that are chosen often are scattered over the table.
    pub(crate) fn id(&self, random: u32) -> i32 {
        let (rank, people) = (self.sums.partition_point(|&sum| sum < random), PEOPLE as usize);
        // 7,919 is prime and no divisor of the number of people, so each rank has an id of its own.
        (rank.min(people - 1) * 7_919 % people) as i32 + 1
    }
}
