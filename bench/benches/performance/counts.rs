//! Figures that are counted instead of timed: loads, and how many of them were hits.

use serde::Serialize;

/// The lines of a plot and the columns of a table.
pub(crate) const SERIES: [&str; 3] = ["possible", "by row", "by table"];

/// Counts of the same load under several circumstances.
#[derive(Serialize, Debug)]
pub(crate) struct Counts {
    /// `precision/usual`
    pub(crate) name: String,
    /// What is counted, for human readers.
    pub(crate) title: String,
    /// What a reader has to know about it.
    pub(crate) note: String,
    /// What the labels of the counts mean.
    pub(crate) axis: String,
    /// `true` if the labels are ordered, so that a line can connect the counts.
    pub(crate) is_series: bool,
    pub(crate) counts: Vec<Count>,
}

/// The number of loads, and how many of them were hits.
#[derive(Serialize, Clone, Debug)]
pub(crate) struct Count {
    /// `5 %`
    pub(crate) label: String,
    pub(crate) loads: u64,
    /// The hits of a perfect cache: loads that return the same rows as the last load of the same query.
    pub(crate) possible: u64,
    /// Hits with row precision.
    pub(crate) by_row: u64,
    /// Hits without row precision.
    pub(crate) by_table: u64,
}

impl Counts {
    /// Returns the hits of one case per hit of another. A case is named like `by row @ 5 %`.
    pub(crate) fn ratio(&self, one: &str, other: &str) -> Option<f64> {
        Some(self.hits(one)? as f64 / self.hits(other)? as f64)
    }

    /// Returns the hits of a case, which is named by its series and its label.
    pub(crate) fn hits(&self, case: &str) -> Option<u64> {
        let (series, label) = case.split_once(" @ ")?;
        let count = self.counts.iter().find(|count| count.label == label)?;
        let place = SERIES.iter().position(|name| *name == series)?;
        Some(count.series()[place])
    }
}

impl Count {
    /// Returns the hits, in the order of [`SERIES`].
    pub(crate) fn series(&self) -> [u64; 3] {
        [self.possible, self.by_row, self.by_table]
    }

    /// Returns the hits per load, in the order of [`SERIES`].
    pub(crate) fn shares(&self) -> [f64; 3] {
        self.series().map(|hits| hits as f64 / self.loads as f64)
    }

    /// Returns the hits by row and by table, per possible hit.
    pub(crate) fn of_possible(&self) -> [f64; 2] {
        [self.by_row, self.by_table].map(|hits| hits as f64 / self.possible as f64)
    }
}

/// Formats a share: `92.4 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
