//! Membership of a cluster of machines.

mod settings;
mod status;

use std::sync::Arc;

pub use self::settings::RedisCluster;
pub use self::status::ClusterStatus;
use crate::event::{ClusterChange, Event};
use crate::generation::{ClusterOptions, ClusterState, GenerationOptions, Generations, Incident, Report};
use crate::redis_server::{Server, Timeouts};
use crate::telemetry::{ClusterFigures, ClusterMeters, Level, Listeners};
use crate::{ClusterConfig, Error};

/// Makes this process a member. It is no error if the server cannot be reached: the process joins as soon as it can.
pub(super) fn join(
    config: &ClusterConfig,
    listeners: &Arc<Listeners>,
    options: GenerationOptions,
) -> Result<Generations, Error> {
    let defect = |path: &str, reason| Error::Config {
        path: path.to_owned(),
        reason,
    };
    if let Some((key, reason)) = config.defect() {
        return Err(defect(&format!("cluster.{key}"), reason));
    }
    let server = Server::parse(config.url.as_str()).map_err(|reason| defect("cluster.url", reason))?;
    let (connect, reply) = config.timeouts();
    let cluster = ClusterOptions {
        server,
        name: config.name_or_default().to_owned(),
        lease: config.lease_or_default(),
        timeouts: Timeouts { connect, reply },
        stale_if_lost: config.stale_if_lost_or_default(),
        waits: config.is_linearizable(),
        report: report_to(Arc::clone(listeners), ClusterMeters::new(config.name_or_default())),
    };
    let address = cluster.server.location();
    Generations::join(cluster, options).map_err(|source| Error::Server { address, source })
}

/// Returns a report that passes incidents to listeners, and figures to meters.
fn report_to(listeners: Arc<Listeners>, meters: ClusterMeters) -> Report {
    Report(Arc::new(move |incident| {
        let (level, change) = match incident {
            Incident::Joined => (Level::Notable, ClusterChange::Joined),
            Incident::NewEpoch => (Level::Failure, ClusterChange::NewEpoch),
            Incident::Serving => (Level::Notable, ClusterChange::Serving),
            Incident::Lost { error } => {
                let error = error.as_str().into();
                (Level::Failure, ClusterChange::Lost { error })
            }
            Incident::Unfenced => (Level::Failure, ClusterChange::Unfenced),
            Incident::Waited(took) => return meters.waited(*took),
            Incident::Observed(status) => return meters.observe(&figures(status)),
        };
        listeners.notify_at(level, || Event::Cluster { change: change.clone() });
    }))
}

fn figures(status: &ClusterState) -> ClusterFigures {
    ClusterFigures {
        now: [
            status.is_serving.into(),
            status.members as u64,
            status.fences as u64,
            status.owed as u64,
        ],
        totals: [
            status.epochs,
            status.losses,
            status.events,
            status.writes,
            status.unfenced,
            status.expired,
        ],
    }
}
