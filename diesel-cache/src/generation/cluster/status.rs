//! How things stand with the cluster, for people.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use super::state::State;
use super::wire::Age;

/// See [`ClusterStatus`](crate::ClusterStatus).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) location: String,
    pub(crate) name: String,
    pub(crate) is_joined: bool,
    pub(crate) is_serving: bool,
    /// Whether others may still serve, or be in doubt, under the epoch before.
    pub(crate) is_young: bool,
    pub(crate) epoch: Option<u64>,
    pub(crate) members: usize,
    /// Of all members.
    pub(crate) fences: usize,
    /// Writes of this process of which the coordinator has not been told that they are over.
    pub(crate) owed: usize,
    pub(crate) error: Option<String>,
    pub(crate) epochs: u64,
    pub(crate) losses: u64,
    pub(crate) events: u64,
    pub(crate) writes: u64,
    pub(crate) unfenced: u64,
    pub(crate) expired: u64,
    pub(crate) waited: Duration,
    pub(crate) longest_wait: Duration,
}

impl Status {
    pub(super) fn of(state: &State) -> Self {
        let replica = state.current.load_full();
        let (members, fences) = replica.as_ref().map_or((0, 0), |replica| {
            let known = replica.known();
            (known.members.len(), known.fences.len())
        });
        let owed = {
            let held = state.held();
            held.over().len() + held.owed().0.len()
        };
        let is_serving = state.serving().is_some();
        let progress = state.progress();
        let figures = &state.figures;
        Self {
            location: state.options.server.location(),
            name: state.options.name.clone(),
            is_joined: progress.is_joined,
            is_serving,
            is_young: progress.is_joined && progress.age != Age::Mature,
            epoch: replica.map(|replica| replica.epoch),
            members,
            fences,
            owed,
            error: progress.error.clone(),
            epochs: figures.epochs.load(SeqCst),
            losses: figures.losses.load(SeqCst),
            events: figures.events.load(SeqCst),
            writes: figures.fences.load(SeqCst),
            unfenced: figures.unfenced.load(SeqCst),
            expired: figures.expired.load(SeqCst),
            waited: Duration::from_micros(figures.waited.load(SeqCst)),
            longest_wait: Duration::from_micros(figures.longest_wait.load(SeqCst)),
        }
    }
}
