//! A web service for the demo's data: cached reads, writes that invalidate them, and statistics of the cache.
//!
//! ```console
//! $ cargo run --example web_service
//! listening on http://127.0.0.1:3000
//! $ curl 'http://127.0.0.1:3000/people?from=person%2002&to=person%2012'
//! $ curl -X PUT -H 'content-type: application/json' -d '{"name": "person 5b"}' http://127.0.0.1:3000/people/5
//! ```
//!
//! The page `/cache` shows the regions and the statements, `/metrics` is for Prometheus, and the log on standard error has
//! every hit and miss.
//!
//! | variable | what it sets | default |
//! | --- | --- | --- |
//! | `LISTEN` | the address; port 0 chooses a free port | `127.0.0.1:3000` |
//! | `DATABASE_URL` | `postgres://…`, or the path of a SQLite file | the demo's SQLite database |
//! | `RUST_LOG` | the log filter | `info,diesel_cache=trace` |
//! | `WEB_SERVICE_CACHE_…` | the cache's settings, which override `cache.toml` | |
//! | `WEB_SERVICE_CACHE_CLUSTER__URL` | `redis://…`, the Redis or Valkey that connects instances on several machines | |
//! | `DIESEL_CACHE_DEMO_DIR` | the directory of the cache, and of the demo's SQLite database | `data` in the repository |

mod database;
mod failure;
mod model;
mod page;
mod routes;
mod telemetry;

use std::env;
use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;

use diesel_cache::{Cache, CacheConfig};
use diesel_cache_examples::environment;
use tokio::net::TcpListener;

use crate::database::Database;
use crate::routes::App;

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("web_service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    telemetry::log()?;
    // Before the cache counts anything, because a recorder does not receive what happened before.
    let metrics = telemetry::record()?;

    let (url, cache) = match env::var("DATABASE_URL") {
        // These keys do not contain the database. The namespace separates databases that share a directory.
        Ok(url) => (url.clone(), cache()?.namespace(&url)),
        // The database and the cache of the other examples, which share their entries with this one.
        Err(_) => (environment::database()?, cache()?),
    };
    let database = Database::open(&url, &cache).await?;
    let app = App {
        cache,
        database,
        metrics,
    };

    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".into());
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    writeln!(stdout(), "listening on http://{}", listener.local_addr()?)?;
    axum::serve(listener, routes::router(app))
        .with_graceful_shutdown(stop())
        .await?;
    Ok(())
}

fn cache() -> Result<Cache, Box<dyn Error>> {
    let mut config: CacheConfig = toml::from_str(include_str!("cache.toml"))?;
    config.directory = Some(environment::directory()?.join("cache"));
    Ok(Cache::from_config(config.with_env("WEB_SERVICE_CACHE_")?)?)
}

/// Returns when the service should stop: after an interrupt from a terminal, or the signal of `kill` and containers.
async fn stop() {
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();

    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
