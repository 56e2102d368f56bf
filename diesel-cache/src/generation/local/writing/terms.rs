//! The record of this process in the file. If the process dies, it tells other processes how long its fences are in
//! doubt, and in which sessions.

use std::sync::atomic::Ordering::SeqCst;

use super::Writing;
use super::hold::DoubtTerms;
use crate::generation::clock::millis;
use crate::generation::local::claimed_writer::ClaimedWriter;
use crate::generation::local::ghost;
use crate::generation::local::layout::{GHOST, record};
use crate::generation::{DOUBT_GRACE, DatabaseSession};

impl Writing {
    /// Claims a writer id, unless this process has one.
    pub(super) fn claim_writer(&mut self, now: &impl Fn() -> u64) {
        let Some(mapped) = &self.mapped else {
            return;
        };
        if self.writer.is_none() {
            self.writer = Some(ClaimedWriter::claim(mapped, now()));
            self.terms = DoubtTerms::default(); // the terms of a new record
        }
        if self.writer.as_ref().is_some_and(|writer| writer.id == GHOST) {
            ghost::prolong(&mapped.map, self.terms.grace.max(millis(DOUBT_GRACE)), now());
        }
    }

    /// Puts the terms on record, before the fence to which they apply is set.
    pub(super) fn agree(&mut self, terms: DoubtTerms) {
        if self.terms == terms {
            return;
        }
        self.terms = terms;
        let (Some(mapped), Some(writer)) = (&self.mapped, &self.writer) else {
            return;
        };
        let record = mapped.map.record(writer.id);
        if writer.is_shared() {
            record[record::GRACE].fetch_max(terms.grace, SeqCst);
        } else {
            record[record::GRACE].store(terms.grace, SeqCst);
            record[record::UNNAMED].store(terms.unnamed.into(), SeqCst);
        }
    }

    pub(super) fn name(&mut self, session: DatabaseSession) -> Option<usize> {
        let place = self.sessions.iter().position(Option::is_none)?;
        self.sessions[place] = Some(session);
        self.record_session(place);
        Some(place)
    }

    pub(super) fn record_session(&self, place: usize) {
        let (Some(mapped), Some(writer)) = (&self.mapped, &self.writer) else {
            return;
        };
        if writer.is_shared() {
            return;
        }
        let words = &mapped.map.record(writer.id)[record::SESSIONS + 2 * place..];
        if let Some(session) = self.sessions[place] {
            words[0].store(session.server, SeqCst);
        }
        words[1].store(self.sessions[place].map_or(0, |session| session.id), SeqCst);
    }
}
