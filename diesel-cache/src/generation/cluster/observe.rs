//! Takes stock of how things stand with the cluster.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use super::options::Incident;
use super::state::State;
use super::status::Status;
use super::wire::Age;

impl State {
    pub(super) fn status(&self) -> Status {
        let mirror = self.current.load_full();
        let (members, fences) = mirror.as_ref().map_or((0, 0), |mirror| {
            let roster = mirror.roster();
            (roster.members.len(), roster.fences.len())
        });
        let owed = self.held().arrears();
        let is_serving = self.serving().is_some();
        let progress = self.progress();
        let figures = &self.figures;
        Status {
            location: self.options.server.location(),
            name: self.options.name.clone(),
            is_joined: progress.is_joined,
            is_serving,
            is_serving_stale: self.lost().is_some(),
            is_young: progress.is_joined && progress.age != Age::Mature,
            epoch: mirror.map(|mirror| mirror.epoch),
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

    /// Reports how things stand.
    pub(super) fn observe(&self) {
        let status = Box::new(self.status());
        self.options.report.send(&Incident::Observed(status));
    }
}
