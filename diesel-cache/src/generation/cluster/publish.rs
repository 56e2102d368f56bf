//! How a write makes sure that no member serves what it is about to change.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Instant;

use ::redis::Value;

use super::commands::{Call, bytes, number};
use super::failure::Failure;
use super::held::HeldFences;
use super::mirror::Mirror;
use super::options::Incident;
use super::scripts::Script;
use super::shapes;
use super::state::{Presence, Progress, State};
use super::wire::{Age, encode_slots, read_moved};
use crate::fault::{self, Mutation};
use crate::generation::Slot;
use crate::generation::stamp::{Claim, Mark};

/// After this many leases a write goes on as soon as this process is no member.
const PATIENCE: u64 = 4;
/// How often it looks after that, in milliseconds, if nothing happens.
const INTERVAL: u64 = 10;

impl State {
    /// Returns when all members have applied a fence, or cannot serve any more. `known` is what was known of shapes when
    /// its slots were computed.
    ///
    /// If the coordinator cannot be reached, it returns after a lease. By then, other members that have lost the
    /// coordinator do not serve either. The fence reaches the coordinator at the next join.
    pub(super) fn publish_fence(&self, fence: u64, mut known: shapes::ShapesSeen) {
        self.figures.fences.fetch_add(1, SeqCst);
        let attempt = |state: &Self, mirror: &Mirror, (): &mut ()| state.fence_once(mirror, fence, &mut known);
        self.persist(&mut (), attempt, |_, ()| {});
    }

    /// Moves slots at the coordinator. Returns the new generations when all members have them, or cannot serve any more;
    /// `None` if the coordinator could not be reached.
    ///
    /// A call whose reply is lost is made again, and moves the slots twice. A claim is of the last move.
    pub(super) fn publish_bump(&self, slots: Box<[Slot]>, mut known: shapes::ShapesSeen) -> Option<Claim> {
        let (mut claim, mut is_claimed) = (None, false);
        let attempt = |state: &Self, mirror: &Mirror, slots: &mut Box<[Slot]>| {
            let (claimed, listed) = state.bump_once(mirror, slots)?;
            if !is_claimed {
                claim = Some(claimed);
            }
            let more = state.listed_since(mirror, &mut known, listed)?;
            if more.is_empty() {
                return Ok(true);
            }
            // What follows is not the caller's.
            is_claimed = true;
            *slots = more.into();
            Ok(false)
        };
        let mut slots = slots;
        let is_done = self.persist(&mut slots, attempt, |held, slots| self.owe(held, slots));
        claim.filter(|_| is_done)
    }

    /// Tries until an attempt returns `true`, all in one epoch, or until the coordinator has been out of reach for a lease.
    /// Then the caller goes on alone, `owe` has noted what the next join has to tell of it, and the result is `false`.
    fn persist<W>(
        &self,
        write: &mut W,
        mut attempt: impl FnMut(&Self, &Mirror, &mut W) -> Result<bool, Failure>,
        owe: impl Fn(&mut HeldFences, &W),
    ) -> bool {
        let began = Instant::now();
        let deadline = self.clock.since_boot() + PATIENCE * self.lease();
        let is_done = loop {
            let Some(mirror) = self.wait_until_sendable(deadline, |held| owe(held, write)) else {
                break false;
            };
            match attempt(self, &mirror, write) {
                Ok(true) => break true,
                Ok(false) => {}
                Err(failure) => {
                    self.lose(mirror.join, &failure);
                }
            }
        };
        let took = began.elapsed();
        self.options.report.send(&Incident::Waited(took));
        let waited = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.figures.waited.fetch_add(waited, SeqCst);
        self.figures.longest_wait.fetch_max(waited, SeqCst);
        if !is_done {
            self.figures.unfenced.fetch_add(1, SeqCst);
            self.options.report.send(&Incident::Unfenced);
        }
        is_done
    }

    /// Waits until this process is a member in an epoch in which writes may be sent; `None` if the write goes on alone, as
    /// [`is_alone`](Progress::is_alone) says. Then `owe` has noted it.
    pub(super) fn wait_until_sendable(&self, deadline: u64, owe: impl Fn(&mut HeldFences)) -> Option<Arc<Mirror>> {
        loop {
            let mut progress = self.progress();
            if progress.presence != Presence::Wanted {
                // Others do not wait for this process any more, nor does it know of their fences.
                progress.presence = Presence::Wanted;
                progress.lost_at = self.clock.since_boot();
                self.changed.notify_all();
            }
            if progress.is_joined
                && progress.age > Age::New
                && let Some(mirror) = self.current.load_full()
            {
                return Some(mirror);
            }
            let is_alone = |progress: &Progress| {
                let now = self.clock.since_boot();
                progress.is_alone(self.lease(), now, now >= deadline)
            };
            if !is_alone(&progress) {
                let mut until = deadline;
                if progress.is_joining {
                    until = until.min(progress.asked_at.saturating_add(self.lease() + 1));
                }
                let until = until.max(self.clock.since_boot() + INTERVAL);
                drop(self.wait(progress, until));
                continue;
            }
            drop(progress);
            // A join that begins after this tells of it.
            let mut held = self.held();
            let mut progress = self.progress();
            if is_alone(&progress) {
                progress.give_up_join();
                self.changed.notify_all();
                held.wrote_alone = true;
                owe(&mut held);
                return None;
            }
        }
    }

    fn fence_once(&self, mirror: &Mirror, fence: u64, known: &mut shapes::ShapesSeen) -> Result<bool, Failure> {
        let (id, record) = {
            let held = self.held();
            let Some(record) = held.record(fence) else {
                return Ok(true);
            };
            (held.id(fence), record.encode())
        };
        let arguments = vec![id.to_string().into_bytes(), record];
        let call = Call {
            script: Script::Fence,
            arguments,
        };
        let (_, event) = self.tell(mirror, call)?;
        let more = self.listed_since(mirror, known, event.listed)?;
        if !more.is_empty() {
            self.extend(fence, &more);
            return Ok(false);
        }
        self.wait_for_all(mirror, &event).map(|()| true)
    }

    /// Makes a call that publishes an event. Returns the reply, and what it says of the event.
    fn tell(&self, mirror: &Mirror, call: Call) -> Result<(Vec<Value>, Published), Failure> {
        let last_known = mirror.applied().max(self.progress().acknowledged);
        let reply = self.call(mirror, call)?;
        let called_at = self.clock.since_boot();
        let [seq, applied, listed] = three(&reply)?;
        if seq <= last_known {
            // The state has gone back, and what others have acknowledged is not what it was.
            return Err(Failure::Gap);
        }
        let event = Published {
            seq,
            applied,
            listed,
            called_at,
        };
        Ok((reply, event))
    }

    /// Sets a fence here: from now on this process serves nothing of it.
    pub(super) fn fence_here(&self, held: &HeldFences, fence: u64) {
        let Some(record) = held.record(fence) else { return };
        if let Some(mirror) = self.current.load_full() {
            mirror.fence(held.id(fence), record);
        }
        // It hears of no end, and need not remember whose fences these are.
        if let Some(mirror) = self.lost.load_full() {
            mirror.close(&record.slots);
        }
    }

    /// Adds slots to a fence, here.
    fn extend(&self, fence: u64, more: &[Slot]) {
        let mut held = self.held();
        held.extend(fence, more);
        self.fence_here(&held, fence);
    }

    fn bump_once(&self, mirror: &Mirror, slots: &[Slot]) -> Result<(Claim, u64), Failure> {
        let call = Call {
            script: Script::Bump,
            arguments: vec![encode_slots(slots)],
        };
        let (reply, event) = self.tell(mirror, call)?;
        let moved = moved(&reply)?;
        mirror.set_all(&moved);
        self.wait_for_all(mirror, &event)?;
        let marks = moved.into_iter().map(|(slot, generation)| Mark { slot, generation });
        let epoch = mirror.epoch;
        let marks = marks.collect();
        Ok((Claim { epoch, marks }, event.listed))
    }

    /// Waits until all other members have applied an event, at a coordinator that nobody can have taken the place of.
    fn wait_for_all(&self, mirror: &Mirror, event: &Published) -> Result<(), Failure> {
        self.wait_for_members(mirror, event)?;
        if !self.progress().is_member_by(mirror.join) {
            return Err(Failure::OtherEpoch);
        }
        // Another server would begin a new epoch, in which nobody serves for a lease.
        match self.clock.since_boot() < mirror.confirmed_at().saturating_add(self.lease()) {
            true => Ok(()),
            false => Err(Failure::Replaced(Some("no answer for a lease".to_owned()))),
        }
    }

    /// Waits until all other members have applied an event. Those that have not within a lease are none any more: their
    /// leases were granted before it.
    fn wait_for_members(&self, mirror: &Mirror, event: &Published) -> Result<(), Failure> {
        let &Published {
            seq,
            applied,
            called_at,
            ..
        } = event;
        if !self.options.waits || applied >= seq || fault::is_mutated(Mutation::NoAcknowledgement) {
            return Ok(());
        }
        let end = called_at + self.lease() + 1;
        let mut progress = self.progress();
        loop {
            if !progress.is_member_by(mirror.join) {
                return Err(Failure::OtherEpoch);
            }
            if progress.acknowledged >= seq {
                return Ok(());
            }
            if self.clock.since_boot() >= end {
                break;
            }
            progress = self.wait(progress, end);
        }
        drop(progress);
        self.figures.expired.fetch_add(1, SeqCst);
        let call = Call {
            script: Script::Expire,
            arguments: vec![seq.to_string().into_bytes()],
        };
        let reply = self.call(mirror, call)?;
        match reply.first().and_then(number) {
            Some(applied) if applied >= seq => Ok(()),
            _ => Err(Failure::Malformed),
        }
    }
}

/// An event that a call of this process has published.
#[derive(Debug)]
struct Published {
    seq: u64,
    /// What all other members had applied by then.
    applied: u64,
    /// The last event that has listed a shape.
    listed: u64,
    /// When the reply was there, in milliseconds since the boot.
    called_at: u64,
}

/// Reads the new generations in the reply to [`Script::Bump`].
pub(super) fn moved(reply: &[Value]) -> Result<Vec<(Slot, u64)>, Failure> {
    let moved = reply.get(3).and_then(bytes).and_then(read_moved);
    moved.ok_or(Failure::Malformed)
}

/// Reads the numbers of a reply: of the event, of what all others have applied, and of the last listed shape.
fn three(reply: &[Value]) -> Result<[u64; 3], Failure> {
    let mut numbers = reply.iter().take(3).map(number);
    let mut next = || numbers.next().flatten().ok_or(Failure::Malformed);
    Ok([next()?, next()?, next()?])
}

/// Tests that need the server of `REDIS_URL`.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod on_redis {
    use super::*;
    use crate::generation::cluster::testing::{members, slot, until};
    use crate::generation::{ShapeId, ShapeList};

    #[test]
    fn a_claim_is_of_the_slots_that_were_asked_for() {
        let [one, other] = members();
        let (list, shape) = (ShapeList::from_number(1).unwrap(), ShapeId::new("", "t", ["c"]));
        until(|| other.use_shape(list, shape, slot()).is_some());
        // It knows nothing of the shape when it begins, and so moves what stands for it in a second call.
        let claim = one
            .state()
            .publish_bump([slot()].into(), shapes::ShapesSeen::default())
            .unwrap();
        assert_eq!(claim.marks.iter().map(|mark| mark.slot).collect::<Vec<_>>(), [slot()]);
        assert_eq!(one.read().generation(slot()), Some(claim.marks[0].generation));
    }

    /// The members of its successor may serve by now.
    #[test]
    fn a_server_that_may_have_been_replaced_is_not_trusted() {
        let [member, _other] = members();
        let state = member.state();
        let mirror = state.current.load_full().unwrap();
        assert!(state.bump_once(&mirror, &[slot()]).is_ok());
        mirror.confirm(state.clock.since_boot() - state.lease());
        let refused = state.bump_once(&mirror, &[slot()]).map(|_| ());
        assert!(matches!(refused, Err(Failure::Replaced(Some(_)))), "{refused:?}");
    }
}
