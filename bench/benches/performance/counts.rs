//! What was counted instead of timed: loads, and how many of them were hits.

use serde::Serialize;

/// The lines of a picture, the columns of a table.
pub(crate) const SERIES: [&str; 3] = ["possible", "by row", "by table"];

/// The same load under several circumstances.
#[derive(Serialize, Debug)]
pub(crate) struct Counts {
    /// `precision/usual`
    pub(crate) name: String,
    /// What is counted, for people.
    pub(crate) title: String,
    /// What a reader has to know of it.
    pub(crate) note: String,
    /// What the labels of the counts are.
    pub(crate) axis: String,
    /// `true` if the labels follow each other, so that a line can join them.
    pub(crate) is_series: bool,
    pub(crate) counts: Vec<Count>,
}

/// Loads, and how many of them were hits.
#[derive(Serialize, Clone, Debug)]
pub(crate) struct Count {
    /// `5 %`
    pub(crate) label: String,
    pub(crate) loads: u64,
    /// Loads with the same rows as at the last load of that query: the hits of a perfect cache.
    pub(crate) possible: u64,
    /// Hits with row precision.
    pub(crate) by_row: u64,
    /// Hits without.
    pub(crate) by_table: u64,
}

impl Counts {
    /// Hits of one series for each hit of another, each as `by row @ 5 %`.
    pub(crate) fn ratio(&self, one: &str, other: &str) -> Option<f64> {
        Some(self.hits(one)? as f64 / self.hits(other)? as f64)
    }

    /// Hits, by the name of a series and a label.
    pub(crate) fn hits(&self, case: &str) -> Option<u64> {
        let (series, label) = case.split_once(" @ ")?;
        let count = self.counts.iter().find(|count| count.label == label)?;
        let place = SERIES.iter().position(|name| *name == series)?;
        Some(count.series()[place])
    }
}

impl Count {
    /// The hits, in the order of [`SERIES`].
    pub(crate) fn series(&self) -> [u64; 3] {
        [self.possible, self.by_row, self.by_table]
    }

    /// The hits for each load, in the order of [`SERIES`].
    pub(crate) fn shares(&self) -> [f64; 3] {
        self.series().map(|hits| hits as f64 / self.loads as f64)
    }

    /// By row and by table, for each possible hit.
    pub(crate) fn of_possible(&self) -> [f64; 2] {
        [self.by_row, self.by_table].map(|hits| hits as f64 / self.possible as f64)
    }
}

/// `92.4 %`
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
