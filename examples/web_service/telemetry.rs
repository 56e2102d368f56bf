//! Logging and metrics.

use std::error::Error;
use std::io::{self, IsTerminal};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Logs to standard error. Hits are logged at `trace`, so set `RUST_LOG=info` under load.
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

/// Installs a recorder for the feature `metrics`. The service already listens for HTTP, so the exporter does not.
pub(crate) fn record() -> Result<PrometheusHandle, Box<dyn Error>> {
    let handle = PrometheusBuilder::new()
        // Without buckets this would be a summary, which cannot be summed over several processes.
        .set_buckets_for_metric(
            Matcher::Suffix("_duration_seconds".into()),
            &[0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0],
        )?
        .install_recorder()?;
    // Durations accumulate until they are sorted into buckets, even if nobody reads them.
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
