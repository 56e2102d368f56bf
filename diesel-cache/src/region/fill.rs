//! Storing rows: the leave that is taken before they are read, and what becomes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::engine::Step;
use super::flight::Lead;
use super::freshness::{Aged, expiry};
use super::request::{Look, Request};
use super::wait::Wait;
use crate::cacheable::Layout;
use crate::entry::{Entry, Header};
use crate::event::{BypassReason, RefusalReason, Tier};
use crate::fault::{self, Mutation, Point};
use crate::generation::Stamp;

/// Leave to store rows: with the stamp that was taken before they are read.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(super) stamp: Stamp,
    soft: u64,
    started: Instant,
    /// Who waits for the rows.
    pub(super) lead: Option<Lead>,
    /// What may serve if there are none.
    fallback: Option<Arc<Entry>>,
    /// No other caller waits for these rows, so the entry must reach the disk before the call returns.
    in_haste: bool,
}

impl Ticket {
    /// Its rows are to be in the files when its caller returns.
    pub(super) fn in_haste(mut self) -> Self {
        self.in_haste = true;
        self
    }
}

impl Request {
    /// The caller's turn, with leave to store its rows.
    pub(super) fn fill(&self, lead: Option<Lead>, fallback: Option<Arc<Entry>>) -> Step {
        let (context, state) = self.parts();
        // Before the stamp: a soft invalidation between the two makes the rows outdated, not fresh.
        let soft = context.generations.generation(self.region.own.soft);
        // The stamp comes before the query: what changes from here on makes the rows stale.
        match context.generations.stamp(self.accept.slots()) {
            Some(stamp) => Step::Fill(Ticket {
                stamp,
                soft: soft.unwrap_or_default(),
                started: Instant::now(),
                lead,
                fallback,
                in_haste: false,
            }),
            None => {
                state.bypass(context, BypassReason::BeingWritten);
                Step::Fenced
            }
        }
    }

    /// Rows in the place of an error: old, and still valid.
    pub(crate) fn rescue(&self, ticket: &Ticket) -> Option<Arc<Entry>> {
        let (context, state) = self.parts();
        let entry = ticket.fallback.as_ref()?;
        let valid = matches!(
            self.verdict(Arc::clone(entry), Tier::Memory),
            Look::Fresh(..) | Look::Aged(_, _, Aged { if_error: true, .. })
        );
        valid.then(|| {
            state.stale_hit(context, entry, Tier::Memory);
            Arc::clone(entry)
        })
    }

    /// Stores rows, unless something they came from has changed since the stamp was taken.
    ///
    /// Returns the entry all the same: the caller's own load may have begun before the change.
    pub(crate) async fn finish<W: Wait>(
        &self,
        wait: &W,
        ticket: Ticket,
        layout: Layout,
        rows: Vec<u8>,
        empty: bool,
    ) -> Arc<Entry> {
        let (context, state) = self.parts();
        let settings = state.settings();
        let stamp = match fault::is_mutated(Mutation::StampAfterQuery) {
            true => context.generations.stamp(self.accept.slots()),
            false => None,
        };
        let stamp = stamp.unwrap_or(ticket.stamp);
        let valid = context.generations.is_valid(&stamp);
        fault::at(Point::BeforeStore);
        let (key, stored_at) = (self.accept.key, context.now());
        let time_to_live = self.terms.time_to_live.or(settings.time_to_live);
        let header = Header {
            key,
            layout,
            stored_at,
            expires_at: expiry(key, stored_at, time_to_live, settings.jitter.unwrap_or(0.0)),
            soft: ticket.soft,
            cost: ticket.started.elapsed().into(),
            stamp,
        };
        let entry = Arc::new(Entry::new(self.accept.near.clone(), self.accept.key_slot, header, rows));
        let refusal = if !valid {
            Some(RefusalReason::Invalidated)
        } else if settings.max_entry_size.is_some_and(|max| entry.len() as u64 > max) || state.outweighs(&entry) {
            Some(RefusalReason::TooLarge)
        } else {
            None
        };
        if let Some(reason) = refusal {
            state.refused(context, key, reason);
        }
        let kept = refusal.is_none() && !(empty && self.terms.skip_empty);
        if kept {
            state.store_near(self.session.as_deref(), &entry);
        }
        if let Some(lead) = &ticket.lead {
            lead.land(&entry);
        }
        if kept && state.has_files() {
            let handed_over = match ticket.in_haste {
                true => Err(ticket.lead),
                false => state.store_behind(context, &entry, ticket.lead),
            };
            if let Err(lead) = handed_over {
                let (context, state, entry) = (Arc::clone(context), Arc::clone(state), Arc::clone(&entry));
                // The lead goes along: other processes wait until they can find the entry.
                wait.blocking(move || {
                    state.store_far(&context, &entry);
                    drop(lead);
                })
                .await;
            }
        } else if kept {
            state.stored(context, &entry);
        }
        if kept {
            fault::at(Point::AfterStore);
        }
        entry
    }

    /// The caller has asked, and been answered, in this time.
    pub(crate) fn asked(&self, took: Duration) {
        let (_, state) = self.parts();
        state.asked(took);
    }

    /// Rows could not be encoded, and are not stored.
    pub(crate) fn not_encoded(&self, error: &impl ToString) {
        let (context, state) = self.parts();
        state.write_failed(context, Some(self.accept.key), &error.to_string());
    }
}
