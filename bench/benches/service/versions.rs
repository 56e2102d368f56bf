//! The version of every row, from which the clients recognise outdated responses.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use crate::database::PEOPLE;

/// For each row, the last version whose write the service has answered.
#[derive(Debug)]
pub(crate) struct Versions {
    answered: Vec<AtomicI32>,
    being_written: Vec<AtomicBool>,
}

/// The exclusive permission to write a row. Because only one client writes a row at a time, it is known which version
/// is the last.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    versions: &'a Versions,
    place: usize,
    pub(crate) version: i32,
}

impl Versions {
    /// Creates the versions of a new database.
    pub(crate) fn new() -> Self {
        Self {
            answered: (0..PEOPLE).map(|_| AtomicI32::new(0)).collect(),
            being_written: (0..PEOPLE).map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// Returns the oldest version that a read which begins now may return.
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
    /// Records that the write has been answered, so that older versions are outdated from now on.
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
