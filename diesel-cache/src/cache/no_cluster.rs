//! In the place of `cluster`, without the feature `redis`.

use std::sync::Arc;

use crate::generation::{GenerationOptions, Generations};
use crate::telemetry::Listeners;
use crate::{ClusterConfig, Error};

/// Refuses.
pub(super) fn join(_: &ClusterConfig, _: &Arc<Listeners>, _: GenerationOptions) -> Result<Generations, Error> {
    Err(Error::Config {
        path: "cluster".to_owned(),
        reason: "a cluster needs the feature `redis` of diesel-cache".to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::{Cache, CacheConfig, Error};

    #[test]
    fn a_cluster_without_the_feature_is_an_error() {
        let config = CacheConfig::from_vars("DC_", [("DC_CLUSTER__URL", "redis://app:secret@host")]).unwrap();
        let error = Cache::from_config(config).map(drop).unwrap_err();
        assert!(matches!(&error, Error::Config { path, .. } if path == "cluster"));
        assert_eq!(
            error.to_string(),
            "cluster: a cluster needs the feature `redis` of diesel-cache"
        );
    }
}
