//! How a process becomes a member.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use ::redis::Value;

use super::commands::{Call, Commands, epoch_name, number, text};
use super::failure::Failure;
use super::mirror::Mirror;
use super::options::Incident;
use super::scripts::Script;
use super::snapshot::{Lists, fill, members_of};
use super::state::{Presence, State};
use super::wire::{Age, FenceId, Record, encode_slots};
use crate::generation::clock::millis;
use crate::generation::{ShapeId, ShapePart, Slot};

/// The leases that a cluster can have, in milliseconds. Others are not of this crate.
const LEASES: std::ops::RangeInclusive<u64> = 100..=60_000;

/// How long a process waits for the answer to a request to join, if replies may not take longer. It has the whole state,
/// and nobody waits for it to serve. Writes wait for a lease at most.
const LONGEST_ANSWER: Duration = Duration::from_secs(5);

/// What a request to join tells of this process's own writes.
#[derive(Debug)]
pub(super) struct Told {
    /// Their fences.
    own: Vec<(FenceId, Record)>,
    last_own: FenceId,
    /// What has to be moved, with the slots of the writes that are over.
    owed: (Vec<Slot>, u64),
}

/// What the member's thread has to remember of its last join.
#[derive(Debug, Default)]
pub(super) struct Before {
    pub(super) mirror: Option<Arc<Mirror>>,
    /// When its lease ends, by its own clock, whether or not it serves.
    pub(super) lease_end: u64,
}

impl State {
    /// Joins, on a connection to the same server as that of the subscription. The lease is not granted yet.
    pub(super) fn join(&self, commands: &mut Commands, before: &Before) -> Result<(Arc<Mirror>, Age), Failure> {
        let told = self.begin_to_join()?;
        let joined = self.ask_to_join(commands, before, told);
        if joined.is_err() {
            self.advance(|progress| progress.is_joining = false);
        }
        joined
    }

    /// Collects what a request to join contains. It contains no fence that is added after this call: that one stays in
    /// `held`, and its writer sends it. No such writer goes on alone before the request has succeeded or failed.
    ///
    /// # Errors
    ///
    /// If this process does not want to be a member any more. Nobody would leave for it.
    pub(super) fn begin_to_join(&self) -> Result<Told, Failure> {
        // Locked together, as by a writer that goes on alone: what it leaves to the next join is told by this one, or it
        // waits for this one.
        let mut held = self.held();
        let mut progress = self.progress();
        if progress.is_stopped || progress.presence != Presence::Wanted {
            return Err(Failure::Unwanted);
        }
        held.sweep(self.clock.since_boot());
        held.owe_all_over();
        progress.is_joining = true;
        progress.asked_at = self.clock.since_boot();
        Ok(Told {
            own: held.open().map(|(id, record)| (id, record.clone())).collect(),
            last_own: held.id(held.last()),
            owed: held.owed(),
        })
    }

    pub(super) fn ask_to_join(
        &self,
        commands: &mut Commands,
        before: &Before,
        told: Told,
    ) -> Result<(Arc<Mirror>, Age), Failure> {
        let Told {
            own,
            last_own,
            owed: (owed, owed_until),
        } = told;
        let others = before.mirror.as_ref().map_or_else(Vec::new, |mirror| {
            let roster = mirror.roster();
            let others = roster.fences.iter().filter(|(id, _)| id.member != self.member);
            others.map(|(id, record)| (*id, record.clone())).collect()
        });
        let proposed = crate::generation::hash::random();
        let last = before
            .mirror
            .as_ref()
            .map_or_else(String::new, |mirror| epoch_name(mirror.epoch));
        let mut arguments = vec![
            epoch_name(proposed).into_bytes(),
            millis(self.options.lease).to_string().into_bytes(),
            encode_slots(&owed),
            own.len().to_string().into_bytes(),
            last_own.to_string().split_off(16).into_bytes(),
        ];
        for (id, record) in own.iter().chain(&others) {
            arguments.push(id.to_string().into_bytes());
            arguments.push(record.encode());
        }
        let script = Script::Join;
        let call = Call { script, arguments };
        let patience = self.options.timeouts.reply.max(LONGEST_ANSWER);
        let reply = commands.call_patiently(&last, &call, patience, &self.readers, |waited| self.awaits_join(waited));
        self.heard(reply.as_ref().err());
        let reply = reply?;
        let joined = self.become_member(commands, before, &reply, owed_until);
        if matches!(joined, Err(Failure::Malformed)) {
            self.discard(commands, &reply);
        }
        joined
    }

    /// Returns `true` if the answer to a request to join is still wanted.
    fn awaits_join(&self, waited: Duration) -> bool {
        let reply = self.options.timeouts.reply;
        let progress = self.progress();
        let is_wanted = !progress.is_stopped && progress.presence == Presence::Wanted;
        progress.is_joining && waited < if is_wanted { reply.max(LONGEST_ANSWER) } else { reply }
    }

    /// Ends an epoch whose state cannot be read, for all: whoever is in would go on without those who cannot join.
    fn discard(&self, commands: &mut Commands, reply: &[Value]) {
        let Some(epoch) = reply.first().and_then(text) else {
            return;
        };
        let script = Script::Discard;
        let arguments = Vec::new();
        if commands.call(&epoch, &Call { script, arguments }).is_ok() {
            let error = "the cluster's state could not be read, and was deleted".to_owned();
            self.options.report.send(&Incident::Lost { error });
        }
    }

    fn become_member(
        &self,
        commands: &mut Commands,
        before: &Before,
        reply: &[Value],
        owed_until: u64,
    ) -> Result<(Arc<Mirror>, Age), Failure> {
        let [epoch, seq, age, lease, members, snapshot] = reply else {
            return Err(Failure::Malformed);
        };
        let epoch = text(epoch).and_then(|name| u64::from_str_radix(&name, 16).ok());
        let (epoch, seq) = epoch.zip(number(seq)).ok_or(Failure::Malformed)?;
        let age = number(age).and_then(Age::from_number).ok_or(Failure::Malformed)?;
        let lease = number(lease).filter(|lease| LEASES.contains(lease));
        let lease = lease.ok_or(Failure::Malformed)?;
        self.lease.store(lease, SeqCst);
        let is_new = before.mirror.as_ref().is_none_or(|mirror| mirror.epoch != epoch);
        let was_member = before.mirror.as_ref().is_some_and(|mirror| !mirror.has_left());
        if is_new && was_member && self.clock.since_boot() < before.lease_end {
            // Its lease was valid when the join was processed, so it knows every fence that can be in doubt.
            let script = Script::Vouch;
            let arguments = Vec::new();
            commands.call(&epoch_name(epoch), &Call { script, arguments })?;
        }
        let join = self.progress().joins + 1;
        let mirror = Arc::new(Mirror::new(epoch, join, seq));
        mirror.confirm(commands.confirmed_at);
        mirror.roster().members.extend(members_of(members)?);
        let lists = fill(&mirror, snapshot)?;
        {
            let mut progress = self.progress();
            if !progress.is_joining {
                // A write has gone on alone, of which it has not told.
                return Err(Failure::TimedOut);
            }
            // None does from here on.
            progress.asked_at = u64::MAX;
        }
        self.take_over(&mirror, lists);
        {
            let mut held = self.held();
            held.pay(owed_until);
            for (id, record) in held.open() {
                mirror.fence(id, record);
            }
            self.current.store(Some(Arc::clone(&mirror)));
        }
        self.advance(|progress| {
            progress.joins = join;
            progress.is_joined = true;
            progress.is_joining = false;
            progress.age = age;
            progress.acknowledged = 0;
            progress.error = None;
            progress.has_errand = true;
        });
        if is_new {
            self.figures.epochs.fetch_add(1, SeqCst);
        }
        let incident = match is_new && before.mirror.is_some() {
            true => Incident::NewEpoch,
            false => Incident::Joined,
        };
        self.options.report.send(&incident);
        Ok((mirror, age))
    }

    /// Takes the coordinator's lists of shapes in the place of those that were known.
    fn take_over(&self, mirror: &Mirror, lists: Lists) {
        let all: HashSet<ShapeId> = lists.iter().flat_map(|(_, shapes)| shapes).copied().collect();
        let mut shapes = self.shapes();
        let mut held = self.held();
        if std::mem::take(&mut held.wrote_alone) {
            // Writes without a coordinator did not move the rows of shapes that were listed meanwhile.
            let new = all.difference(&shapes.all);
            let slots: Vec<_> = new.map(|shape| Slot::of_shape(*shape, ShapePart::Unknown)).collect();
            held.owe(&slots);
        }
        drop(held);
        shapes.takes += 1;
        shapes.all = Arc::new(all);
        shapes.lists = lists.into_iter().collect();
        shapes.seq = mirror.applied();
        shapes.announced.retain(|_, (epoch, _)| *epoch == mirror.epoch);
        shapes.wanted.clear();
    }
}

/// Tests that need the server of `REDIS_URL`.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod on_redis {
    use super::*;
    use crate::generation::cluster::testing::{member, options, slot, until};
    use crate::generation::cluster::wire::MemberId;
    use crate::generation::{DoubtPolicy, GenerationOptions, hash};

    /// A process without threads, which has not joined yet.
    fn absent(name: &str) -> (State, Commands) {
        let state = State::new(MemberId(hash::random()), options(name), GenerationOptions::default());
        let commands = Commands::connect(&state.options, state.member).unwrap();
        (state, commands)
    }

    /// A member would serve until the end of its lease, and writers wait for it.
    #[test]
    fn a_lease_that_no_cluster_has_is_refused() {
        let (state, mut commands) = absent(&format!("unit/joining/{:x}", hash::random()));
        state.join(&mut commands, &Before::default()).unwrap();
        for lease in ["60001", "9223372036854775807", "many"] {
            let mut command = ::redis::cmd("HSET");
            let (mut connection, ..) = super::super::commands::connect(&state.options).unwrap();
            command.arg(state.options.key()).arg("lease").arg(lease);
            command.exec(&mut connection).unwrap();
            let joined = state.join(&mut commands, &Before::default());
            assert!(joined.is_err(), "{lease}");
            assert_eq!(state.lease(), 2_000, "{lease}");
        }
    }

    /// A request with more slots would block the tests' server for too long.
    const FEW: u32 = 6_000;

    #[test]
    fn however_much_was_written_alone_each_slot_is_told_once() {
        let name = format!("unit/joining/{:x}", hash::random());
        let other = member(options(&name));
        let (state, mut commands) = absent(&name);
        // Those that are over when the request is made, because nobody has noticed yet.
        for at in 0..300_000 {
            let slots = (0..5).map(|more| Slot::from_index((at + more * 1000) % FEW).unwrap());
            let slots = crate::generation::cluster::mirror::union(&slots.collect::<Vec<_>>(), &[]);
            let number = state.held().add(slots, DoubtPolicy::AtDeath, 0);
            state.held().end(number);
        }
        let told = state.begin_to_join().unwrap();
        assert!(told.owed.0.len() <= FEW as usize && told.own.is_empty());
        state.ask_to_join(&mut commands, &Before::default(), told).unwrap();
        assert!(state.held().is_settled());
        until(|| other.status().members == 2 && other.read().generation(slot()) == Some(1));
    }

    /// A request that is under way has told of its fence, which the coordinator has when the answer comes.
    #[test]
    fn a_write_that_ends_while_its_process_joins_is_lifted() {
        let name = format!("unit/joining/{:x}", hash::random());
        let other = member(options(&name));
        let (state, mut commands) = absent(&name);
        let number = state.held().add([slot()].into(), DoubtPolicy::AtDeath, 0);
        let told = state.begin_to_join().unwrap();
        state.end([number]);
        assert_eq!(state.held().over().count(), 1);
        let (mirror, _) = state.ask_to_join(&mut commands, &Before::default(), told).unwrap();
        until(|| other.read().generation(slot()).is_none());
        crate::generation::cluster::arrears::lift(&state, &mirror).unwrap();
        until(|| other.read().generation(slot()) == Some(1));
    }

    #[test]
    fn a_write_that_ends_without_a_coordinator_leaves_its_slots() {
        let (state, _) = absent("unit/joining");
        for _ in 0..10 {
            let number = state.held().add([slot()].into(), DoubtPolicy::AtDeath, 0);
            state.end([number]);
        }
        let held = state.held();
        assert_eq!((held.over().count(), held.arrears()), (0, 1));
    }
}
