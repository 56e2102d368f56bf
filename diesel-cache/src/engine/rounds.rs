//! The rounds of a batch: of values, or of queries.
//!
//! In each round a batch takes the lead of every key that is missing and that no other caller is loading. It loads
//! those, and gives all leads back. Only when nothing is left for it to load does it [wait](Rounds::wait) for others.
//! No caller ever waits while others wait for it, so overlapping batches cannot deadlock, in whatever order their keys
//! are.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::flight::Flight;
use super::lead::{FIRST_PAUSE, LONGEST_PAUSE};
use super::member::{Member, Turn};
use super::request::Request;
use crate::entry::Entry;
use crate::generation::Stamp;
use crate::wait::Wait;

/// The keys of a batch, each with its request.
#[derive(Debug)]
pub(crate) struct Rounds {
    members: Vec<Member>,
    /// The members without an answer, and possibly some with one.
    open: Vec<usize>,
    is_answered: Vec<bool>,
    /// When the batch stops waiting for others; `None` if that is later than any time that the clock can express.
    deadline: Option<Instant>,
    pause: Duration,
}

impl Rounds {
    /// Begins the rounds of these members, which are of one region.
    pub(crate) fn new(members: Vec<Member>) -> Self {
        let longest_wait = members
            .first()
            .map(|member| member.request.core().settings.longest_wait());
        Self {
            open: (0..members.len()).collect(),
            is_answered: vec![false; members.len()],
            deadline: Instant::now().checked_add(longest_wait.unwrap_or_default()),
            pause: FIRST_PAUSE,
            members,
        }
    }

    /// Takes a stamp of everything on which the entries of these requests depend; `None` if something is being written.
    pub(crate) fn stamp_of(requests: &[Arc<Request>]) -> Option<Stamp> {
        let core = requests.first()?.core();
        let slots = requests.iter().flat_map(|request| request.entry.slots());
        let stamp = core.cache.generations.stamp(slots).ok()?;
        let permits = |request: &Arc<Request>| match &request.entry.requirements.rows {
            Some(rows) => rows.permits(&stamp),
            None => true,
        };
        requests.iter().all(permits).then_some(stamp)
    }

    pub(crate) fn request(&self, at: usize) -> &Arc<Request> {
        &self.members[at].request
    }

    pub(crate) fn requests(&self) -> impl Iterator<Item = &Arc<Request>> {
        self.members.iter().map(|member| &member.request)
    }

    /// Records that a member has its answer. It takes no further turns.
    pub(crate) fn answered(&mut self, at: usize) {
        self.is_answered[at] = true;
    }

    /// Lets every member without an answer take its turn. Members that memory can answer are served on the caller's own
    /// thread, up to the first that memory cannot answer; the rest runs where it may block.
    pub(crate) async fn turns<W: Wait>(&mut self, wait: &W) -> Vec<(usize, Turn)> {
        let (is_answered, open) = (&self.is_answered, &mut self.open);
        open.retain(|at| !is_answered[*at]);
        let (mut turns, mut rest) = (Vec::new(), Vec::new());
        for at in self.open.iter().copied() {
            match rest.is_empty().then(|| self.members[at].probe_memory()).flatten() {
                Some(entry) => turns.push((at, Turn::Hit(entry))),
                None => rest.push(at),
            }
        }
        if !rest.is_empty() {
            let mut members = mem::take(&mut self.members);
            let (members, found) = wait
                .blocking(move || {
                    let found: Vec<_> = rest.into_iter().map(|at| (at, members[at].turn())).collect();
                    (members, found)
                })
                .await;
            self.members = members;
            turns.extend(found);
        }
        turns
    }

    /// Waits for the caller that loads a member's key, and returns its entry if the entry answers the member. If that
    /// caller is in another process, there is nothing to wait for, and this pauses instead. Once the deadline has
    /// passed, the batch no longer waits for others.
    pub(crate) async fn wait<W: Wait>(
        &mut self,
        wait: &W,
        at: usize,
        flight: Option<Arc<Flight>>,
    ) -> Option<Arc<Entry>> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            for member in &mut self.members {
                member.give_up_waiting();
            }
            return None;
        }
        let Some(flight) = flight else {
            wait.pause(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            return None;
        };
        self.members[at].wait(wait, flight, self.deadline).await
    }
}
