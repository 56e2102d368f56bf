//! Where the cache's events and figures go.

use std::error::Error;
use std::io::{self, IsTerminal};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Logs to standard error. Hits are told at `trace`: under load, set `RUST_LOG=info`.
pub(crate) fn log() -> Result<(), Box<dyn Error>> {
    let filter = match std::env::var(EnvFilter::DEFAULT_ENV) {
        Ok(filter) => EnvFilter::try_new(filter)?,
        Err(_) => EnvFilter::new("info,diesel_cache=trace"),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .try_init()
        .map_err(|error| -> Box<dyn Error> { error })
}

/// Takes what the feature `metrics` tells. The service has a listener already, so the exporter needs none.
pub(crate) fn record() -> Result<PrometheusHandle, Box<dyn Error>> {
    let handle = PrometheusBuilder::new()
        // Without buckets it would be a summary, which cannot be added up over several processes.
        .set_buckets_for_metric(
            Matcher::Full("diesel_cache_query_duration_seconds".into()),
            &[0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0],
        )?
        .install_recorder()?;
    // Durations pile up until they are sorted into buckets, even if nobody ever asks for them.
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(Duration::from_secs(5));
        loop {
            interval.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}
