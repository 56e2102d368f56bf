//! The thread that does what nobody waits for: it tells the coordinator that writes are over, announces shapes, and lifts
//! fences whose doubt is over.

use std::sync::Arc;

use super::arrears::{lift, pay};
use super::failure::Failure;
use super::leaving::leave;
use super::mirror::Mirror;
use super::state::{Presence, Progress, State};
use super::upkeep::Upkeep;
use crate::exit;

/// How often it looks for fences whose doubt is over, in milliseconds.
const INTERVAL: u64 = 250;
/// The pause after a call that has failed.
const PAUSE: u64 = 20;

/// Runs errands until the cache is dropped, and then leaves the cluster.
pub(super) fn run(state: &State) {
    let mut upkeep = Upkeep::default();
    let mut next = 0;
    let mut observe_at = 0;
    loop {
        let (mirror, is_wanted) = {
            let mut progress = state.progress();
            // What joins meanwhile has to leave as well.
            let must_leave = |it: &Progress| !it.is_joining && (it.is_stopped || it.presence == Presence::Leaving);
            let has_work = |it: &Progress| must_leave(it) || (it.is_joined && it.has_errand);
            while !has_work(&progress) && state.clock.since_boot() < next {
                progress = state.wait(progress, next);
            }
            if progress.is_stopped && must_leave(&progress) {
                break;
            }
            progress.has_errand = false;
            let is_wanted = progress.presence == Presence::Wanted || progress.is_joining;
            (state.current.load_full(), is_wanted)
        };
        let now = state.clock.since_boot();
        next = now + INTERVAL;
        if now >= observe_at {
            observe_at = next;
            state.observe();
        }
        if let Some(mirror) = mirror {
            if errands(state, &mirror, &mut upkeep).is_err() {
                // What is left is done after the next join, or by the next errand.
                next = state.clock.since_boot() + PAUSE;
            } else if !is_wanted {
                leave(state, &mirror);
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
    if let Some(mirror) = state.current.load_full() {
        leave(state, &mirror);
    }
    state.observe();
}

fn errands(state: &State, mirror: &Mirror, upkeep: &mut Upkeep) -> Result<(), Failure> {
    lift(state, mirror)?;
    pay(state, mirror)?;
    state.announce(mirror)?;
    let now = state.clock.since_boot();
    if state.held().sweep(now) {
        lift(state, mirror)?;
    }
    upkeep.look_after(state, mirror, now)
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
    let courier = builder()
        .name("diesel-cache-courier".to_owned())
        .spawn(move || run(&theirs));
    if courier.is_err() {
        // The first thread would stay a member for which nobody leaves.
        state.advance(|progress| progress.is_stopped = true);
    }
    courier
}
