//! Recovers the fences of dead writers.

use std::io;
use std::sync::atomic::Ordering::SeqCst;

use super::file::MappedFile;
use super::identity::FileId;
use super::layout::{WRITERS, record};
use super::line;
use super::lock::Locked;
use super::map::Map;
use super::writer_lock;
use crate::fault::{self, Mutation, Point};
use crate::generation::DatabaseSession;
use crate::generation::doubt::{Doubt, DoubtfulFences};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// The writer's lock is held, by the writer or by a process that recovers it.
    Alive,
    /// The writer is dead, but a server may still run its statement.
    InDoubt,
    /// The writer is dead, and its fences are lifted.
    Recovered,
    /// The lock file is missing, or is another file than the one on record. Then no process can tell living writers
    /// from dead ones in this directory.
    Damaged,
}

/// Lifts the fences of `writer` if it is dead and not in doubt.
pub(super) fn recover(mapped: &MappedFile, writer: usize, now: u64) -> io::Result<Recovery> {
    locked(mapped, writer, |map| recover_locked(map, writer, now))
}

/// Lifts the fences of a dead writer if all sessions on its record are among `gone`, which the caller has found to be
/// gone.
pub(super) fn settle(mapped: &MappedFile, writer: usize, claim: u64, gone: &[DatabaseSession]) -> io::Result<Recovery> {
    locked(mapped, writer, |map| {
        let record = map.record(writer);
        let same = record[record::CLAIM].load(SeqCst) == claim && record[record::UNNAMED].load(SeqCst) == 0;
        if !same || sessions(map, writer) != gone {
            return Recovery::InDoubt;
        }
        lift_all(map, writer);
        Recovery::Recovered
    })
}

/// Returns the doubts about dead writers whose sessions are all known.
pub(super) fn doubts(map: &Map) -> Vec<Doubt> {
    (0..WRITERS)
        .filter(|&writer| {
            let record = map.record(writer);
            let [in_use, died, unnamed] =
                [record::IN_USE, record::DIED, record::UNNAMED].map(|word| record[word].load(SeqCst));
            in_use != 0 && died != 0 && unnamed == 0
        })
        .map(|writer| Doubt {
            fences: DoubtfulFences::OfDead {
                writer,
                claim: map.record(writer)[record::CLAIM].load(SeqCst),
            },
            sessions: sessions(map, writer),
            begun: None,
        })
        .filter(|doubt| !doubt.sessions.is_empty())
        .collect()
}

fn sessions(map: &Map, writer: usize) -> Vec<DatabaseSession> {
    let (pairs, _) = map.record(writer)[record::SESSIONS..].as_chunks::<2>();
    let pairs = pairs.iter().map(|[server, id]| DatabaseSession {
        server: server.load(SeqCst),
        id: id.load(SeqCst),
    });
    pairs.filter(|session| session.id != 0).collect()
}

fn locked(mapped: &MappedFile, id: usize, then: impl FnOnce(&Map) -> Recovery) -> io::Result<Recovery> {
    let Some(directory) = mapped.directory() else {
        return Ok(Recovery::Alive);
    };
    let lock = match writer_lock::open_existing(directory, id) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Recovery::Damaged),
        other => other?,
    };
    let Some(lock) = Locked::exclusively(lock)? else {
        return Ok(Recovery::Alive);
    };
    // The record is read under the lock, because the process that holds the lock may be writing it.
    if !writer_lock::is_on_record(mapped.map.record(id), FileId::of(&lock.metadata()?)) {
        return Ok(Recovery::Damaged);
    }
    Ok(then(&mapped.map))
}

/// Like [`recover`]. The caller holds the writer's lock.
pub(super) fn recover_locked(map: &Map, writer: usize, now: u64) -> Recovery {
    let record = map.record(writer);
    let [grace, died] = [record::GRACE, record::DIED].map(|word| record[word].load(SeqCst));
    match verdict(grace, died, now) {
        Verdict::Settled => {
            lift_all(map, writer);
            Recovery::Recovered
        }
        Verdict::DiesNow => {
            record[record::DIED].store(now, SeqCst);
            Recovery::InDoubt
        }
        Verdict::InDoubt => Recovery::InDoubt,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Settled,
    /// The writer is dead, and its grace begins now. An earlier beginning is not possible: it must not lie before the
    /// death, and no other moment is known to be after it.
    DiesNow,
    InDoubt,
}

fn verdict(grace: u64, died: u64, now: u64) -> Verdict {
    match now.checked_sub(died) {
        _ if grace == 0 => Verdict::Settled,
        _ if died == 0 => Verdict::DiesNow,
        Some(since) if since >= grace => Verdict::Settled,
        Some(_) => Verdict::InDoubt,
        None => Verdict::DiesNow, // a death in the future: the clock has started again
    }
}

/// Lifts all fences of a writer. If the process is killed at any step, the record stays in use, and the next recovery
/// lifts the fences that are left. A generation may then move twice, which costs a query.
fn lift_all(map: &Map, writer: usize) {
    for slot in map.lines() {
        if line::is_fenced_by(slot, writer) {
            fault::at(Point::RecoveryBegins);
            if !fault::is_mutated(Mutation::RecoverUnmoved) {
                line::bump(slot);
            }
            fault::at(Point::RecoveryMoved);
            line::unfence(slot, writer);
        }
    }
    fault::at(Point::RecoveryLifted);
    let record = map.record(writer);
    record[record::GRACE..record::IN_USE]
        .iter()
        .for_each(|word| word.store(0, SeqCst));
    record[record::SESSIONS..].iter().for_each(|word| word.store(0, SeqCst));
    record[record::IN_USE].store(0, SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        assert_eq!(verdict(0, 0, 5), Verdict::Settled);
        assert_eq!(verdict(10, 0, 5), Verdict::DiesNow);
        assert_eq!(verdict(10, 5, 14), Verdict::InDoubt);
        assert_eq!(verdict(10, 5, 15), Verdict::Settled);
        assert_eq!(verdict(10, 50, 5), Verdict::DiesNow);
        assert_eq!(verdict(u64::MAX, 1, u64::MAX), Verdict::InDoubt);
    }
}
