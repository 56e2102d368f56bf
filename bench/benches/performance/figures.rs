//! The figures that were measured: groups of cases, with one figure for each round.

use std::time::Duration;

use serde::Serialize;

/// Cases that were measured in turn.
#[derive(Serialize, Debug)]
pub(crate) struct Group {
    /// `memory/person/11`
    pub(crate) name: String,
    /// What is measured, for human readers.
    pub(crate) title: String,
    /// What a reader has to know about this group.
    pub(crate) note: String,
    pub(crate) cases: Vec<Case>,
}

impl Group {
    pub(crate) fn new(name: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            note: String::new(),
            cases: Vec::new(),
        }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub(crate) fn case(&self, name: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.name == name)
    }

    /// Returns the ratios of two cases in each round, the smallest first.
    pub(crate) fn ratios(&self, one: &str, other: &str) -> Option<Vec<f64>> {
        let (one, other) = (self.case(one)?, self.case(other)?);
        let mut ratios: Vec<f64> = one
            .micros
            .iter()
            .zip(&other.micros)
            .map(|(one, other)| one / other)
            .collect();
        ratios.sort_by(f64::total_cmp);
        Some(ratios)
    }
}

/// One of the things compared.
#[derive(Serialize, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The time of one operation in each round, in µs.
    pub(crate) micros: Vec<f64>,
}

impl Case {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            micros: Vec::new(),
        }
    }

    /// Adds a round in which the operation ran `times` times.
    pub(crate) fn push(&mut self, took: Duration, times: u64) {
        self.micros.push(took.as_secs_f64() * 1e6 / times as f64);
    }

    /// Returns the median time of one operation, in µs.
    pub(crate) fn median(&self) -> f64 {
        median(self.micros.iter().copied()).unwrap_or(f64::NAN)
    }
}

/// Returns the median. If there are two values in the middle, this is the lower one.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}
