//! The thread that does what nobody waits for: it tells the coordinator that writes are over, announces shapes, lifts
//! fences whose doubt is over, and leaves the cluster.

use std::collections::HashMap;
use std::sync::Arc;

use super::leaving::leave;
use super::link::{Call, Failure};
use super::options::Incident;
use super::replica::Replica;
use super::scripts::Script;
use super::state::{Presence, State};
use super::status::Status;
use super::wire::{FenceId, encode_slots};
use crate::exit;

/// How often it looks for fences whose doubt is over, in milliseconds.
const INTERVAL: u64 = 250;
/// The pause after a call that has failed.
const PAUSE: u64 = 20;

/// The fences of writers that are gone, and when this process has noticed it.
type Doubtful = HashMap<FenceId, u64>;

/// Runs errands until the cache is dropped, and then leaves the cluster.
pub(super) fn run(state: &State) {
    let mut doubtful = Doubtful::new();
    let mut next = 0;
    let mut observe_at = 0;
    loop {
        let (replica, is_wanted) = {
            let mut progress = state.progress();
            while !progress.is_stopped
                && progress.presence != Presence::Leaving
                && !(progress.is_joined && progress.has_errand)
                && state.clock.since_boot() < next
            {
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
            if errands(state, &replica, &mut doubtful).is_err() {
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

fn errands(state: &State, replica: &Replica, doubtful: &mut Doubtful) -> Result<(), Failure> {
    lift(state, replica)?;
    pay(state, replica)?;
    state.announce(replica)?;
    let now = state.clock.since_boot();
    if state.held().sweep(now) {
        lift(state, replica)?;
    }
    recover(state, replica, doubtful, now)
}

/// Tells the coordinator which writes of this process are over.
pub(super) fn lift(state: &State, replica: &Replica) -> Result<(), Failure> {
    let over = state.held().over();
    if over.is_empty() {
        return Ok(());
    }
    let mut arguments = Vec::new();
    for (number, slots) in &over {
        arguments.push(state.held().id(*number).to_string().into_bytes());
        arguments.push(encode_slots(slots));
    }
    let script = Script::Lift;
    state.call(replica, Call { script, arguments })?;
    state.held().forget(over.iter().map(|(number, _)| *number));
    Ok(())
}

/// Moves what has been invalidated while there was no coordinator.
pub(super) fn pay(state: &State, replica: &Replica) -> Result<(), Failure> {
    let owed = state.held().owed.clone();
    if owed.is_empty() {
        return Ok(());
    }
    let call = Call {
        script: Script::Bump,
        arguments: vec![encode_slots(&owed)],
    };
    state.call(replica, call)?;
    state.held().owed.drain(..owed.len());
    Ok(())
}

/// Lifts the fences of writers that are gone, if their grace is over.
fn recover(state: &State, replica: &Replica, doubtful: &mut Doubtful, now: u64) -> Result<(), Failure> {
    let over: Vec<FenceId> = {
        let known = replica.known();
        doubtful.retain(|id, _| known.fences.contains_key(id) && !known.members.contains(&id.member));
        let orphans = known.orphans().map(|(id, record)| {
            let since = *doubtful.entry(id).or_insert(now);
            (id, since.saturating_add(record.grace))
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
