//! Whether the coordinator's server was replaced, which it may not know itself.
//!
//! A former master that takes writes would grant leases beside its successor. So behind sentinels, the lease of a member also
//! counts from the moment at which a sentinel has last named the server, and a member whose sentinels name another has
//! lost the coordinator.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::failure::Failure;
use super::mirror::Mirror;
use super::state::State;
use crate::fault::{self, Mutation};
use crate::redis_server::{Witness, explain};

/// Ends the watch when it is dropped.
#[derive(Debug)]
pub(super) struct Watch(#[expect(dead_code, reason = "its end is the message")] Sender<()>);

/// Watches in a thread of its own: a sentinel that does not answer must not delay acknowledgements.
pub(super) fn start(state: &Arc<State>, mirror: &Arc<Mirror>, witness: Witness) -> Result<Watch, Failure> {
    let (sender, receiver) = channel();
    let (state, mirror) = (Arc::clone(state), Arc::clone(mirror));
    let thread = std::thread::Builder::new().name("diesel-cache-watch".to_owned());
    thread
        .spawn(move || {
            if let Some(failure) = watch(&state, &mirror, witness, &receiver) {
                state.lose(mirror.join, &failure);
            }
        })
        .map_err(|error| Failure::Server(error.to_string()))?;
    Ok(Watch(sender))
}

/// Returns why the membership is lost; `None` if it has ended otherwise.
fn watch(state: &State, mirror: &Mirror, mut witness: Witness, is_over: &Receiver<()>) -> Option<Failure> {
    // The join may have taken long.
    let mut pause = 0;
    loop {
        match is_over.recv_timeout(Duration::from_millis(pause)) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) | Ok(()) => return None,
        }
        let lease = state.lease();
        let asked_at = state.clock.since_boot();
        let left = (mirror.confirmed_at() + lease).saturating_sub(asked_at);
        let patience = Duration::from_millis(left.max(lease / 3));
        match witness.confirms(state.options.timeouts.connect.min(patience)) {
            Ok(is_it) if is_it || fault::is_mutated(Mutation::NoWitness) => {
                mirror.confirm(asked_at);
                pause = lease / 3;
            }
            Ok(_) => return Some(Failure::Replaced(None)),
            Err(error) if left == 0 => return Some(Failure::Replaced(Some(explain(&error)))),
            Err(_) => pause = (lease / 20).min(left),
        }
    }
}
