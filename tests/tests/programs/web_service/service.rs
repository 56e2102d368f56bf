//! The example as a process, with a database and a directory of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use diesel_cache_tests::{Backend, Postgres, examples};
use tempfile::TempDir;

use crate::web_service::client::Client;
use crate::web_service::exposition::Exposition;

/// A directory, and, on PostgreSQL, an empty schema.
pub(crate) struct Place {
    pub(crate) directory: TempDir,
    schema: Option<(String, String)>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
            schema: None,
        }
    }

    pub(crate) fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let directory = TempDir::new().unwrap();
        let name = format!("dc_web_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let url = Postgres::create(&name, directory.path());
        Self {
            directory,
            schema: Some((name, url)),
        }
    }

    /// Returns the URL of the database, if it is not the default one.
    pub(crate) fn url(&self) -> Option<&str> {
        self.schema.as_ref().map(|(_, url)| &**url)
    }

    pub(crate) fn start(&self) -> Service {
        self.start_with(&[])
    }

    /// Starts a service. All services of a place share a database and a cache, unless the variables name others.
    pub(crate) fn start_with(&self, vars: &[(&str, &str)]) -> Service {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let log = format!("log-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let log = self.directory.path().join(log);
        let mut command = Command::new(examples().join("web_service"));
        command
            .env_remove("DATABASE_URL")
            .env_remove("RUST_LOG")
            .env("LISTEN", "127.0.0.1:0")
            .env("DIESEL_CACHE_DEMO_DIR", self.directory.path())
            .envs(self.url().map(|url| ("DATABASE_URL", url)))
            .envs(vars.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            panic!("it does not listen: {line:?}, {}", read(&log));
        };
        let address = address.to_owned();
        Service { child, address, log }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((name, _)) = &self.schema {
            Postgres::remove(name);
        }
    }
}

pub(crate) struct Service {
    child: Child,
    pub(crate) address: String,
    log: PathBuf,
}

impl Service {
    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.address)
    }

    /// Returns the sum of all samples of a metric for a region.
    pub(crate) fn metric(&self, name: &str, region: &str) -> f64 {
        let answer = self.client().get("/metrics");
        Exposition::parse(&answer.body).sum(name, &[("region", region)])
    }

    /// Returns the number of queries that a region has sent to the database.
    pub(crate) fn asked(&self, region: &str) -> f64 {
        self.metric("diesel_cache_query_duration_seconds_count", region)
    }

    pub(crate) fn log(&self) -> String {
        read(&self.log)
    }

    /// Kills the process, whatever it is doing.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM to the process, and waits until it has ended.
    #[cfg(unix)]
    pub(crate) fn stop(mut self) -> ExitStatus {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(log: &Path) -> String {
    fs::read_to_string(log).unwrap()
}
