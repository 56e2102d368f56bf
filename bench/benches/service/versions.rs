//! The version of every row, by which stale responses are recognised.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use crate::database::PEOPLE;

/// The last version of each row whose write has been answered.
#[derive(Debug)]
pub(crate) struct Versions {
    answered: Vec<AtomicI32>,
    being_written: Vec<AtomicBool>,
}

/// The permission to write a row. Others do not, so it is known which version is the last.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    versions: &'a Versions,
    place: usize,
    pub(crate) version: i32,
}

impl Versions {
    /// Those of the new database.
    pub(crate) fn new() -> Self {
        Self {
            answered: (0..PEOPLE).map(|_| AtomicI32::new(0)).collect(),
            being_written: (0..PEOPLE).map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// The oldest version that a read which begins now may return.
    pub(crate) fn oldest(&self, id: i32) -> i32 {
        self.answered[id as usize - 1].load(Ordering::Acquire)
    }

    /// Begins a write of the next version, unless another client is writing the row.
    pub(crate) fn write(&self, id: i32) -> Option<Write<'_>> {
        let place = id as usize - 1;
        let is_free = !self.being_written[place].swap(true, Ordering::AcqRel);
        is_free.then(|| Write {
            versions: self,
            place,
            version: self.oldest(id) + 1,
        })
    }
}

impl Write<'_> {
    /// The write has been answered: from now on, older versions are stale.
    pub(crate) fn answered(self) {
        let Self {
            versions,
            place,
            version,
        } = self;
        versions.answered[place].store(version, Ordering::Release);
        versions.being_written[place].store(false, Ordering::Release);
    }
}
