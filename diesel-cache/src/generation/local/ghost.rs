//! The ghost: a writer id that belongs to no process, and always counts as dead and in doubt. It stands for writers
//! whose state was lost.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering::SeqCst;

use super::identity::FileId;
use super::layout::{GHOST, record};
use super::lock::Locked;
use super::map::Map;
use super::writer_lock;

/// Records that the state of writers was lost: they are in doubt for `grace` from `died` on, or longer if the record
/// says so already.
pub(super) fn record_lost_writers(map: &Map, directory: &Path, grace: u64, died: u64) -> io::Result<()> {
    let lock = Locked::patiently(writer_lock::open(directory, GHOST)?, File::try_lock)?; // keeps a recovery out
    let file = FileId::of(&lock.metadata()?);
    // Nothing is cleared here: processes that cannot take this lock may be prolonging the doubt at the same time, and
    // the record was cleared when it was last taken out of use.
    writer_lock::set_on_record(map.record(GHOST), file);
    prolong(map, grace, died);
    Ok(())
}

/// Prolongs the doubt about lost writers.
pub(super) fn prolong(map: &Map, grace: u64, died: u64) {
    let record = map.record(GHOST);
    record[record::UNNAMED].store(1, SeqCst);
    record[record::GRACE].fetch_max(grace, SeqCst);
    record[record::DIED].fetch_max(died, SeqCst);
    record[record::IN_USE].store(1, SeqCst);
}
