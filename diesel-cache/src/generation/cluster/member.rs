//! The thread that keeps this process a member: it applies events, and renews the lease by acknowledging them.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use ::redis::PubSub;

use super::commands::{Call, Commands, connect, epoch_name, number};
use super::failure::Failure;
use super::joining::Before;
use super::mirror::Mirror;
use super::options::Incident;
use super::scripts::Script;
use super::state::{Presence, State};
use super::wire::{Age, Happened};
use crate::redis_server::Witness;

/// The pause before another attempt to join.
const FIRST_PAUSE: u64 = 20;
/// The longest such pause, if the lease is not short. Each is twice as long as the one before.
const LONGEST_PAUSE: u64 = 1_000;
/// The share of a lease that a pause takes at most. A new epoch waits for a lease, and whoever may have written alone has
/// to be back by then.
const PAUSES: u64 = 10;

/// Joins and serves until the cache is dropped.
pub(super) fn run(state: &Arc<State>) {
    let mut before = Before::default();
    let mut pause = FIRST_PAUSE;
    loop {
        let began = state.clock.since_boot();
        let joins = state.progress().joins;
        let ended = serve(state, &mut before);
        let Err(failure) = ended else { return };
        let (join, is_first) = {
            let progress = state.progress();
            (progress.joins, progress.attempts == 0)
        };
        if !state.lose(join, &failure) && is_first {
            let error = failure.to_string();
            state.options.report.send(&Incident::Lost { error });
        }
        if join == joins {
            state.not_joined(&failure);
        }
        pause = match state.clock.since_boot() - began > state.lease() {
            true => FIRST_PAUSE,
            false => pause * 2,
        };
        pause = pause.min(LONGEST_PAUSE).min(state.lease() / PAUSES).max(1);
        state.advance(|progress| {
            progress.attempts += 1;
            // A write may have given up this attempt, and counted it, since.
            progress.tried_at = progress.tried_at.max(began);
            progress.error = Some(failure.to_string());
        });
        let until = state.clock.since_boot() + pause;
        let mut progress = state.progress();
        while !progress.is_stopped && (progress.presence != Presence::Wanted || state.clock.since_boot() < until) {
            let again = match progress.presence {
                Presence::Wanted => until,
                Presence::Leaving | Presence::Away => state.clock.since_boot() + LONGEST_PAUSE,
            };
            progress = state.wait(progress, again);
        }
        if progress.is_stopped {
            return;
        }
    }
}

/// Joins once, and serves until that has failed.
fn serve(state: &Arc<State>, before: &mut Before) -> Result<(), Failure> {
    let mut commands = Commands::connect(&state.options, state.member)?;
    let asked_at = state.clock.since_boot();
    let (mut connection, run, witness) = connect(&state.options)?;
    if run != commands.run {
        return Err(Failure::OtherEpoch);
    }
    if witness.is_some() {
        commands.confirmed_at = asked_at;
    }
    let mut events = connection.as_pubsub();
    let key = state.options.key();
    events.subscribe(&[format!("{key}:events"), format!("{key}:to:{}", state.member)])?;
    let ended = serve_on(state, before, commands, &mut events, witness);
    // Its end unsubscribes, and waits for the answer.
    let _ = events.set_read_timeout(Some(Duration::from_millis(1)));
    ended
}

/// Joins and serves on these connections. The `witness` has named their server.
fn serve_on(
    state: &Arc<State>,
    before: &mut Before,
    mut commands: Commands,
    events: &mut PubSub<'_>,
    witness: Option<Witness>,
) -> Result<(), Failure> {
    // The other connection of this process may lead to a server that is none any more.
    state.link.close();
    let (mirror, age) = state.join(&mut commands, before)?;
    before.mirror = Some(Arc::clone(&mirror));
    before.lease_end = 0;
    let _watch = witness
        .map(|witness| super::watch::start(state, &mirror, witness))
        .transpose()?;
    let mut member = Membership {
        state,
        before,
        commands,
        age,
        joined_at: state.clock.since_boot(),
        renew_at: 0,
        missing: None,
        epoch: epoch_name(mirror.epoch),
        mirror,
    };
    member.listen(events)
}

/// One membership, from a join to its loss.
struct Membership<'a> {
    state: &'a State,
    before: &'a mut Before,
    commands: Commands,
    mirror: Arc<Mirror>,
    /// Its name in scripts and messages.
    epoch: String,
    age: Age,
    joined_at: u64,
    /// When to ask for a new lease.
    renew_at: u64,
    /// An event that has been published and not heard, and since when that is known.
    missing: Option<(u64, u64)>,
}

impl Membership<'_> {
    fn listen(&mut self, events: &mut PubSub<'_>) -> Result<(), Failure> {
        self.acknowledge()?;
        self.state.advance(|progress| progress.attempts += 1);
        loop {
            let wait = self.wait_at_most();
            events.set_read_timeout(Some(Duration::from_millis(wait.max(1))))?;
            let message = match events.get_message() {
                Ok(message) => Some(message),
                Err(error) if error.is_timeout() => None,
                Err(error) => return Err(error.into()),
            };
            if self.state.progress().is_stopped {
                return Ok(());
            }
            if self.mirror.is_lost() {
                return Err(Failure::NotMember);
            }
            let must_answer = match &message {
                None => false,
                Some(message) => match message.get_payload_bytes().split_at_checked(16) {
                    // Only to wake this thread.
                    None => false,
                    Some((epoch, _)) if epoch != self.epoch.as_bytes() => {
                        // Of before the join; or there is a new epoch, which the answer will tell.
                        true
                    }
                    Some((_, event)) if message.get_channel_name().ends_with(":events") => self.hear(event)?,
                    Some((_, applied)) => {
                        self.hear_acknowledged(applied)?;
                        false
                    }
                },
            };
            if must_answer || self.state.clock.since_boot() >= self.renew_at {
                self.acknowledge()?;
            }
            self.mature()?;
        }
    }

    /// Returns how long it may wait for an event, in milliseconds.
    fn wait_at_most(&self) -> u64 {
        let now = self.state.clock.since_boot();
        let renewal = self.renew_at.saturating_sub(now);
        let maturity = match self.age {
            Age::New => (self.joined_at + self.state.lease() + 1).saturating_sub(now),
            Age::Young => self
                .joined_at
                .saturating_add(self.state.doubt_grace)
                .saturating_sub(now),
            Age::Mature => u64::MAX,
        };
        renewal.min(maturity).min(self.state.lease() / 6)
    }

    /// Applies an event. Returns `true` if others may wait for it to be applied.
    fn hear(&mut self, event: &[u8]) -> Result<bool, Failure> {
        let (seq, happened) = Happened::read(event).ok_or(Failure::Malformed)?;
        let applied = self.mirror.applied();
        if seq <= self.mirror.first {
            return Ok(false);
        }
        if seq != applied + 1 {
            // Events are missing, or the state has gone back to an earlier one.
            return Err(Failure::Gap);
        }
        self.state.figures.events.fetch_add(1, SeqCst);
        let mut must_answer = false;
        match happened {
            Happened::Fenced(id, record) => {
                // An own fence was set before the coordinator knew of it, and may have grown since. If it is no more, it is
                // lifted by an event that follows, or by the courier.
                self.mirror.fence(id, &record);
                must_answer = id.member != self.state.member;
            }
            Happened::Lifted(id, moved) => {
                self.mirror.lift(id, &moved);
            }
            Happened::Moved(moved) => {
                if moved.is_empty() {
                    self.state.probed_at.store(self.state.clock.since_boot(), SeqCst);
                }
                self.mirror.set_all(&moved);
                must_answer = true;
            }
            Happened::Listed(list, shape) => self.state.shape_listed(list, shape, seq),
            // An earlier request to join, which this process had given up, has arrived after the present one. What the
            // coordinator now has on record for this process is not what this process knows.
            Happened::Joined(member) if member == self.state.member && seq != self.mirror.first + 1 => {
                return Err(Failure::Gap);
            }
            Happened::Joined(member) => {
                self.mirror.roster().joined(member);
            }
            Happened::Gone(member) => {
                self.mirror.roster().members.remove(&member);
                self.state.advance(|progress| progress.has_errand = true);
            }
            Happened::Aged(age) => {
                self.age = age;
                self.state.advance(|progress| progress.age = age);
                must_answer = true;
            }
        }
        self.state.advance(|_| self.mirror.set_applied(seq));
        Ok(must_answer)
    }

    fn hear_acknowledged(&self, message: &[u8]) -> Result<(), Failure> {
        let seq = message.try_into().map_err(|_| Failure::Malformed)?;
        let seq = u64::from_le_bytes(seq);
        self.state
            .advance(|progress| progress.acknowledged = progress.acknowledged.max(seq));
        Ok(())
    }

    /// Tells the coordinator what has been applied, and gets a new lease if that is all that others may wait for.
    fn acknowledge(&mut self) -> Result<(), Failure> {
        // The lease counts from before it was asked for, and a little less, because clocks differ in their rates.
        let asked_at = self.state.clock.since_boot();
        let applied = self.mirror.applied().to_string().into_bytes();
        let call = Call {
            script: Script::Ack,
            arguments: vec![applied],
        };
        let reply = self.commands.call(&self.epoch, &call)?;
        let lease = self.state.lease();
        let [is_granted, published] = &reply[..] else {
            return Err(Failure::Malformed);
        };
        let is_granted = number(is_granted).ok_or(Failure::Malformed)? == 1;
        self.note_published(number(published).ok_or(Failure::Malformed)?, asked_at)?;
        self.renew_at = asked_at + if is_granted { lease / 3 } else { lease / 20 };
        if !is_granted {
            return Ok(());
        }
        if self.age != Age::Mature {
            // It does not know of each doubt, and must not vouch in another epoch.
            return Ok(());
        }
        self.before.lease_end = asked_at.min(self.mirror.confirmed_at()) + lease - lease / 50 - 1;
        if !self.mirror.is_lost() {
            self.mirror.serve_until(self.before.lease_end);
            if self.mirror.is_lost() {
                self.mirror.serve_until(0);
            }
            if !self.state.figures.was_serving.swap(true, SeqCst) {
                self.state.options.report.send(&Incident::Serving);
                self.state.changed.notify_all();
            }
        }
        Ok(())
    }

    /// Notices if a subscription is silent although there are events.
    fn note_published(&mut self, seq: u64, now: u64) -> Result<(), Failure> {
        let applied = self.mirror.applied();
        self.missing = match self.missing {
            Some((missing, since)) if missing > applied => match now > since + self.state.lease() {
                true => return Err(Failure::Gap),
                false => Some((missing, since)),
            },
            _ => (seq > applied).then_some((seq, now)),
        };
        Ok(())
    }

    /// Ends the youth of an epoch when a lease has passed since it began, or a doubt's grace.
    fn mature(&mut self) -> Result<(), Failure> {
        let since = self.state.clock.since_boot().saturating_sub(self.joined_at);
        let passed = match self.age {
            Age::New if since > self.state.lease() => "lease",
            Age::Young if since >= self.state.doubt_grace => "grace",
            _ => return Ok(()),
        };
        let call = Call {
            script: Script::Mature,
            arguments: vec![passed.into()],
        };
        self.commands.call(&self.epoch, &call)?;
        Ok(())
    }
}
