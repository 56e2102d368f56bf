//! The thread that does what nobody waits for: it tells the coordinator that writes are over, announces shapes, and lifts
//! fences whose doubt is over.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::link::{Call, Failure, number};
use super::replica::Replica;
use super::scripts::Script;
use super::state::State;
use super::wire::{FenceId, encode_slots};

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
    /// When it has first seen each fence of this process that only the coordinator has.
    strays: HashMap<FenceId, u64>,
    /// The question whether all members are still there: its join, its event, and when it was asked.
    probe: Option<(u64, u64, u64)>,
}

/// Runs errands until the cache is dropped, and then leaves the cluster.
pub(super) fn run(state: &State) {
    let mut others = Others::default();
    let mut next = 0;
    loop {
        let replica = {
            let mut progress = state.progress();
            while !(progress.is_stopped || progress.is_joined && progress.has_errand) && state.clock.since_boot() < next
            {
                progress = state.wait(progress, next);
            }
            if progress.is_stopped {
                break;
            }
            progress.has_errand = false;
            state.current.load_full()
        };
        next = state.clock.since_boot() + INTERVAL;
        if let Some(replica) = replica
            && errands(state, &replica, &mut others).is_err()
        {
            // What is left is done after the next join, or by the next errand.
            next = state.clock.since_boot() + PAUSE;
        }
    }
    leave(state);
}

fn errands(state: &State, replica: &Replica, others: &mut Others) -> Result<(), Failure> {
    lift(state, replica)?;
    pay(state, replica)?;
    state.announce(replica)?;
    let now = state.clock.since_boot();
    if state.held().sweep(now) {
        lift(state, replica)?;
    }
    lift_strays(state, replica, others, now)?;
    probe(state, replica, others, now)?;
    recover(state, replica, others, now)
}

/// Tells the coordinator which writes of this process are over.
fn lift(state: &State, replica: &Replica) -> Result<(), Failure> {
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

/// Lifts fences of this process that only the coordinator has: a call arrived late, or when a join was under way.
fn lift_strays(state: &State, replica: &Replica, others: &mut Others, now: u64) -> Result<(), Failure> {
    let strays: Vec<FenceId> = {
        let held = state.held();
        let known = replica.known();
        let own = known.fences.keys().filter(|id| id.member == state.member);
        own.filter(|id| held.record(id.number).is_none()).copied().collect()
    };
    others.strays.retain(|id, _| strays.contains(id));
    for id in strays {
        // Usually the event that lifts it is on its way.
        if *others.strays.entry(id).or_insert(now) + state.lease() > now {
            continue;
        }
        let slots = replica
            .known()
            .fences
            .get(&id)
            .map(|record| encode_slots(&record.slots));
        let arguments = vec![id.to_string().into_bytes(), slots.unwrap_or_default()];
        let script = Script::Lift;
        state.call(replica, Call { script, arguments })?;
        others.strays.insert(id, now);
    }
    Ok(())
}

/// Moves what has been invalidated while there was no coordinator.
fn pay(state: &State, replica: &Replica) -> Result<(), Failure> {
    let (owed, until) = state.held().owed();
    if owed.is_empty() {
        return Ok(());
    }
    let call = Call {
        script: Script::Bump,
        arguments: vec![encode_slots(&owed)],
    };
    state.call(replica, call)?;
    state.held().pay(until);
    Ok(())
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

/// Leaves the cluster, so that no writer has to wait for the end of this member's lease.
fn leave(state: &State) {
    let Some(replica) = state.current.swap(None) else {
        return;
    };
    replica.serve_until(0);
    let is_told = lift(state, &replica).and_then(|()| pay(state, &replica)).is_ok();
    let is_clean = state.held().open().next().is_none();
    if is_told && is_clean {
        let call = Call {
            script: Script::Leave,
            arguments: Vec::new(),
        };
        let _ = state.link.call(&state.options, state.member, replica.epoch, call);
    }
}

/// Starts the threads of a member.
pub(super) fn start(state: &Arc<State>) -> std::io::Result<std::thread::JoinHandle<()>> {
    let theirs = Arc::clone(state);
    let builder = || std::thread::Builder::new();
    builder()
        .name("diesel-cache-member".to_owned())
        .spawn(move || super::member::run(&theirs))?;
    let theirs = Arc::clone(state);
    builder()
        .name("diesel-cache-courier".to_owned())
        .spawn(move || run(&theirs))
}
