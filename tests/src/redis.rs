//! Redis: the server that all tests share, and servers of a test's own, which it may stop.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use diesel_cache::{Region, RegionBuilder};
use redis::Client;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Longer than any pause of a machine that is busy with tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the URL of the server that all tests share. The entries of a cache are its own, so tests do not meet there.
pub fn redis_url() -> String {
    env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".into())
}

/// Begins a region on the server that all tests share. It waits for replies as long as it takes.
pub fn redis_region(name: &str) -> RegionBuilder {
    Region::redis(name)
        .redis_url(redis_url())
        .redis_timeout(PATIENCE)
        .redis_connect_timeout(PATIENCE)
}

/// A server of a test's own, with a free port.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    directory: TempDir,
    /// `None` while it is down.
    process: Option<Child>,
    options: Vec<String>,
}

impl RedisServer {
    /// Starts a server, with options such as `["--requirepass", "secret"]`.
    pub fn start(options: &[&str]) -> Self {
        // Another process may take the port in between, so this is tried again.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut server = Self {
                port,
                directory: TempDir::new().unwrap(),
                process: None,
                options: options.iter().map(|&option| option.to_owned()).collect(),
            };
            if server.begin() {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    /// Starts the server again, after a [kill](Self::kill). It has forgotten everything.
    pub fn restart(&mut self) {
        assert!(self.begin(), "redis-server does not start again");
    }

    fn begin(&mut self) -> bool {
        let log = self.directory.path().join("log");
        let _ = fs::remove_file(&log);
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--save", "", "--bind", "127.0.0.1"])
            .arg("--dir")
            .arg(self.directory.path())
            .arg("--logfile")
            .arg(&log)
            .args(&self.options)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let child = self.process.insert(child);
        loop {
            if fs::read_to_string(&log).is_ok_and(|log| log.contains("eady to accept connections")) {
                return true;
            }
            if child.try_wait().unwrap().is_some() {
                self.process = None;
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns the URL, without a password.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Opens a connection of the test's own.
    pub fn connect(&self) -> redis::Connection {
        Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    /// Sends a command, and ignores its reply.
    pub fn command(&self, words: &[&str]) {
        let (name, arguments) = words.split_first().unwrap();
        redis::cmd(name).arg(arguments).exec(&mut self.connect()).unwrap();
    }

    /// Stops the process, which keeps its connections and answers nothing.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets the process go on.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Kills the process.
    pub fn kill(&mut self) {
        let mut child = self.process.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(self.process.as_ref().unwrap());
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}
