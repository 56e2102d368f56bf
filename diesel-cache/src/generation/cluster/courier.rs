//! The thread that does what nobody waits for: it tells the coordinator that writes are over, announces shapes, and lifts
//! fences whose doubt is over.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::arrears::{lift, pay};
use super::leaving::leave;
use super::link::{Call, Failure, number};
use super::options::Incident;
use super::replica::Replica;
use super::scripts::Script;
use super::state::{Presence, Progress, State};
use super::status::Status;
use super::wire::{FenceId, encode_slots};
use crate::exit;
use crate::fault::{self, Mutation};

/// How often it looks for fences whose doubt is over, in milliseconds.
const INTERVAL: u64 = 250;
/// The pause after a call that has failed.
const PAUSE: u64 = 20;

/// What the courier remembers of the fences of others.
#[derive(Default)]
struct Others {
    /// When it has first seen each of them.
    seen: HashMap<FenceId, u64>,
    /// When it has noticed that their writers are gone.
    gone: HashMap<FenceId, u64>,
    /// The question whether all members are still there: its join, its event, and when it was asked.
    probe: Option<(u64, u64, u64)>,
}

/// Runs errands until the cache is dropped, and then leaves the cluster.
pub(super) fn run(state: &State) {
    let mut others = Others::default();
    let mut next = 0;
    let mut observe_at = 0;
    loop {
        let (replica, is_wanted) = {
            let mut progress = state.progress();
            let has_work =
                |it: &Progress| it.is_stopped || it.presence == Presence::Leaving || (it.is_joined && it.has_errand);
            while !has_work(&progress) && state.clock.since_boot() < next {
                progress = state.wait(progress, next);
            }
            if progress.is_stopped {
                break;
            }
            progress.has_errand = false;
            (state.current.load_full(), progress.presence == Presence::Wanted)
        };
        let now = state.clock.since_boot();
        next = now + INTERVAL;
        if now >= observe_at {
            observe_at = next;
            observe(state);
        }
        if let Some(replica) = replica {
            if errands(state, &replica, &mut others).is_err() {
                // What is left is done after the next join, or by the next errand.
                next = state.clock.since_boot() + PAUSE;
            } else if !is_wanted {
                leave(state, &replica);
            }
        }
        if !is_wanted {
            state.advance(|progress| {
                if progress.presence == Presence::Leaving {
                    progress.presence = Presence::Away;
                }
            });
        }
    }
    if let Some(replica) = state.current.load_full() {
        leave(state, &replica);
    }
    observe(state);
}

/// Reports how things stand.
fn observe(state: &State) {
    let status = Box::new(Status::of(state));
    state.options.report.send(&Incident::Observed(status));
}

fn errands(state: &State, replica: &Replica, others: &mut Others) -> Result<(), Failure> {
    lift(state, replica)?;
    pay(state, replica)?;
    state.announce(replica)?;
    let now = state.clock.since_boot();
    if state.held().sweep(now) {
        lift(state, replica)?;
    }
    probe(state, replica, others, now)?;
    recover(state, replica, others, now)
}

/// Finds out whether the writers of fences that stand for long are still there. Otherwise only a write would: it waits for
/// all members, and finds those that are not.
fn probe(state: &State, replica: &Replica, others: &mut Others, now: u64) -> Result<(), Failure> {
    let lease = state.lease();
    if let Some((join, seq, at)) = others.probe {
        if join == replica.join && now <= at + lease {
            return Ok(());
        }
        others.probe = None;
        if join == replica.join {
            let arguments = vec![seq.to_string().into_bytes()];
            let script = Script::Expire;
            state.call(replica, Call { script, arguments })?;
        }
        return Ok(());
    }
    let is_long = {
        let known = replica.known();
        others.seen.retain(|id, _| known.fences.contains_key(id));
        let theirs = known.fences.keys().filter(|id| id.member != state.member);
        let since = theirs.map(|id| *others.seen.entry(*id).or_insert(now)).min();
        since.is_some_and(|since| since + lease < now)
    };
    // Not all members at the same time: whoever asks, asks for all.
    let pause = lease + state.member.0 % lease.max(1);
    if !is_long || state.probed_at.load(SeqCst) + pause > now {
        return Ok(());
    }
    let script = Script::Bump;
    let arguments = vec![encode_slots(&[])];
    let reply = state.call(replica, Call { script, arguments })?;
    let seq = reply.first().and_then(number).ok_or(Failure::Malformed)?;
    others.probe = Some((replica.join, seq, state.clock.since_boot()));
    Ok(())
}

/// Lifts the fences of writers that are gone, if their grace is over.
fn recover(state: &State, replica: &Replica, others: &mut Others, now: u64) -> Result<(), Failure> {
    let over: Vec<FenceId> = {
        let known = replica.known();
        let gone = &mut others.gone;
        gone.retain(|id, _| known.fences.contains_key(id) && !known.members.contains(&id.member));
        let orphans = known.orphans().map(|(id, record)| {
            let since = *gone.entry(id).or_insert(now);
            let grace = match fault::is_mutated(Mutation::LiftDoubtAtOnce) {
                true => 0,
                false => record.grace,
            };
            (id, since.saturating_add(grace))
        });
        orphans.filter(|(_, until)| *until <= now).map(|(id, _)| id).collect()
    };
    state.recover(replica, &over)
}

impl State {
    /// Lifts fences of writers that are gone, and no longer in doubt.
    pub(super) fn recover(&self, replica: &Replica, ids: &[FenceId]) -> Result<(), Failure> {
        if ids.is_empty() {
            return Ok(());
        }
        let arguments = ids.iter().map(|id| id.to_string().into_bytes()).collect();
        let script = Script::Recover;
        self.call(replica, Call { script, arguments }).map(drop)
    }
}

/// Starts the threads of a member.
pub(super) fn start(state: &Arc<State>) -> std::io::Result<std::thread::JoinHandle<()>> {
    let theirs = Arc::clone(state);
    let builder = || std::thread::Builder::new();
    builder()
        .name("diesel-cache-member".to_owned())
        .spawn(move || super::member::run(&theirs))?;
    exit::register(state);
    let theirs = Arc::clone(state);
    builder()
        .name("diesel-cache-courier".to_owned())
        .spawn(move || run(&theirs))
}
