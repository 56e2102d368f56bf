//! Fences that nobody would lift otherwise: of writers that are gone, and of calls that arrived late.

use std::collections::HashMap;
use std::sync::atomic::Ordering::SeqCst;

use super::commands::{Call, number};
use super::failure::Failure;
use super::mirror::Mirror;
use super::scripts::Script;
use super::state::State;
use super::wire::{FenceId, encode_slots};

/// What the courier remembers of fences.
#[derive(Default)]
pub(super) struct Upkeep {
    /// When it first saw each fence of another member.
    seen: HashMap<FenceId, u64>,
    /// When it first saw each fence of this process that only the coordinator has.
    strays: HashMap<FenceId, u64>,
    /// The question whether all members are still there: its join, its event, and when it was asked.
    probe: Option<(u64, u64, u64)>,
}

impl Upkeep {
    /// Lifts what can be lifted now.
    pub(super) fn look_after(&mut self, state: &State, mirror: &Mirror, now: u64) -> Result<(), Failure> {
        self.lift_strays(state, mirror, now)?;
        self.probe(state, mirror, now)?;
        let over = mirror.roster().over(now);
        state.recover(mirror, &over)
    }

    /// Lifts fences of this process that only the coordinator has: a call arrived late, or when a join was under way.
    fn lift_strays(&mut self, state: &State, mirror: &Mirror, now: u64) -> Result<(), Failure> {
        let strays: Vec<FenceId> = {
            let held = state.held();
            let roster = mirror.roster();
            let own = roster.fences.keys().filter(|id| id.member == state.member);
            own.filter(|id| held.record(id.number).is_none()).copied().collect()
        };
        self.strays.retain(|id, _| strays.contains(id));
        for id in strays {
            // Usually the event that lifts it is on its way.
            if *self.strays.entry(id).or_insert(now) + state.lease() > now {
                continue;
            }
            let slots = mirror
                .roster()
                .fences
                .get(&id)
                .map(|record| encode_slots(&record.slots));
            let arguments = vec![id.to_string().into_bytes(), slots.unwrap_or_default()];
            let script = Script::Lift;
            state.call(mirror, Call { script, arguments })?;
            self.strays.insert(id, now);
        }
        Ok(())
    }

    /// Finds out whether the writers of fences that stand for long are still there. Otherwise only a write would: it waits for
    /// all members, and finds those that are not.
    fn probe(&mut self, state: &State, mirror: &Mirror, now: u64) -> Result<(), Failure> {
        let lease = state.lease();
        if let Some((join, seq, at)) = self.probe {
            if join == mirror.join && now <= at + lease {
                return Ok(());
            }
            self.probe = None;
            if join == mirror.join {
                let arguments = vec![seq.to_string().into_bytes()];
                let script = Script::Expire;
                state.call(mirror, Call { script, arguments })?;
            }
            return Ok(());
        }
        let is_long = {
            let roster = mirror.roster();
            self.seen.retain(|id, _| roster.fences.contains_key(id));
            let theirs = roster.fences.keys().filter(|id| id.member != state.member);
            let since = theirs.map(|id| *self.seen.entry(*id).or_insert(now)).min();
            since.is_some_and(|since| since + lease < now)
        };
        // Not all members at the same time: whoever asks, asks for all.
        let pause = lease + state.member.0 % lease.max(1);
        if !is_long || state.probed_at.load(SeqCst) + pause > now {
            return Ok(());
        }
        let script = Script::Bump;
        let arguments = vec![encode_slots(&[])];
        let reply = state.call(mirror, Call { script, arguments })?;
        let seq = reply.first().and_then(number).ok_or(Failure::Malformed)?;
        self.probe = Some((mirror.join, seq, state.clock.since_boot()));
        Ok(())
    }
}

impl State {
    /// Lifts fences of writers that are gone, and no longer in doubt.
    pub(super) fn recover(&self, mirror: &Mirror, ids: &[FenceId]) -> Result<(), Failure> {
        if ids.is_empty() {
            return Ok(());
        }
        let arguments = ids.iter().map(|id| id.to_string().into_bytes()).collect();
        let script = Script::Recover;
        self.call(mirror, Call { script, arguments }).map(drop)
    }
}
