//! In the place of `cluster`, without the feature `redis`.

use std::sync::Arc;

use crate::generation::{Generations, Options};
use crate::telemetry::Listeners;
use crate::{ClusterConfig, Error};

/// Refuses.
pub(super) fn join(_: &ClusterConfig, _: &Arc<Listeners>, _: Options) -> Result<Generations, Error> {
    Err(Error::Config {
        path: "cluster".to_owned(),
        reason: "a cluster needs the feature `redis` of diesel-cache".to_owned(),
    })
}
