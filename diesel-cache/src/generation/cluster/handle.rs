//! A membership, which ends when its last handle is dropped.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::courier;
use super::options::ClusterOptions;
use super::state::State;
use super::wire::MemberId;
use crate::generation::clock::millis;
use crate::generation::{GenerationOptions, hash};

/// The generations of a cluster. Clones are the same member.
#[derive(Clone, Debug)]
pub(crate) struct Cluster(Arc<Handle>);

/// Leaves the cluster when the last clone is dropped.
#[derive(Debug)]
struct Handle {
    state: Arc<State>,
    courier: Option<JoinHandle<()>>,
}

impl Cluster {
    /// Becomes a member, and waits until the first attempt has succeeded or failed. If it has failed, others follow.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub(in crate::generation) fn join(cluster: ClusterOptions, options: GenerationOptions) -> io::Result<Self> {
        let state = Arc::new(State::new(MemberId(hash::random()), cluster, options));
        let courier = courier::start(&state)?;
        let mut progress = state.progress();
        let timeouts = &state.options.timeouts;
        let patience = timeouts.connect.saturating_add(timeouts.reply).saturating_mul(2);
        let until = state.clock.since_boot().saturating_add(millis(patience));
        while progress.attempts == 0 && state.clock.since_boot() < until {
            progress = state.wait(progress, until);
        }
        drop(progress);
        let courier = Some(courier);
        Ok(Self(Arc::new(Handle { state, courier })))
    }

    pub(super) fn state(&self) -> &State {
        &self.0.state
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.state.advance(|progress| progress.is_stopped = true);
        if let Some(courier) = self.courier.take()
            && courier.thread().id() != std::thread::current().id()
        {
            let _ = courier.join();
        }
    }
}
