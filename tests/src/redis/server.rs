//! A Redis server process.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use redis::{Client, FromRedisValue, RedisResult};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::certificates::Certificates;

/// The log has one of these lines once the server is ready: a Redis server logs the first, a sentinel the second.
const READY: [&str; 2] = ["eady to accept connections", "Sentinel ID is"];

/// A server for one test, on a free port and a Unix socket.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    directory: TempDir,
    /// `None` while the server is down.
    process: Option<Child>,
    arguments: Vec<String>,
}

impl RedisServer {
    /// Starts a server, with options such as `["--requirepass", "secret"]`.
    pub fn start(options: &[&str]) -> Self {
        Self::start_with(|port, _| {
            let port = port.to_string();
            ["--port", &port]
                .into_iter()
                .chain(options.iter().copied())
                .map(str::to_owned)
                .collect()
        })
    }

    /// Starts a server that accepts only TLS on its port. It asks clients for a certificate if `asks` is `"yes"`.
    pub fn start_with_tls(certificates: &Certificates, asks: &str) -> Self {
        let file = |name: &str| certificates.file(name).to_str().unwrap().to_owned();
        Self::start_with(|port, _| {
            let options = [
                ("--port", "0".to_owned()),
                ("--tls-port", port.to_string()),
                ("--tls-cert-file", file("server.pem")),
                ("--tls-key-file", file("server.key")),
                ("--tls-ca-cert-file", file("ca.pem")),
                ("--tls-auth-clients", asks.to_owned()),
            ];
            options
                .into_iter()
                .flat_map(|(name, value)| [name.to_owned(), value])
                .collect()
        })
    }

    /// Starts a server on a free port and in a new directory. `arguments` makes its command line from both.
    pub(super) fn start_with(arguments: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        // Another process may take the port before the server does; then this tries another one.
        for _ in 0..20 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            // A node of a cluster also takes the port that is 10,000 higher.
            if port > 55_000 {
                continue;
            }
            let directory = TempDir::new().unwrap();
            let mut server = Self {
                port,
                arguments: arguments(port, directory.path()),
                directory,
                process: None,
            };
            if server.begin() {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    /// Starts the server again, without its former data, after a [kill](Self::kill).
    pub fn restart(&mut self) {
        assert!(self.begin(), "redis-server does not start again");
    }

    fn begin(&mut self) -> bool {
        let log = self.directory.path().join("log");
        let _ = fs::remove_file(&log);
        let child = Command::new("redis-server")
            .args(&self.arguments)
            .args(["--save", "", "--bind", "127.0.0.1", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(self.directory.path())
            .arg("--logfile")
            .arg(&log)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let child = self.process.insert(child);
        loop {
            if fs::read_to_string(&log).is_ok_and(|log| READY.iter().any(|ready| log.contains(ready))) {
                return true;
            }
            if child.try_wait().unwrap().is_some() {
                self.process = None;
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns the URL, without a password or TLS.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Returns the host and the port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the path of the socket.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    /// Opens a connection through the socket, which needs no certificate.
    pub fn connect(&self) -> redis::Connection {
        self.try_connect().unwrap()
    }

    /// Opens a connection through the socket, which needs no certificate.
    ///
    /// # Errors
    ///
    /// If the server is down.
    pub fn try_connect(&self) -> RedisResult<redis::Connection> {
        let url = format!("redis+unix://{}", self.socket().display());
        Client::open(url)?.get_connection()
    }

    /// Sends a command, and ignores its reply.
    pub fn command(&self, words: &[&str]) {
        self.ask::<redis::Value>(words).unwrap();
    }

    /// Sends a command.
    ///
    /// # Errors
    ///
    /// If the reply is an error.
    pub fn ask<T: FromRedisValue>(&self, words: &[&str]) -> RedisResult<T> {
        let (name, arguments) = words.split_first().unwrap();
        redis::cmd(name).arg(arguments).query(&mut self.connect())
    }

    /// Pauses the process until [`resume`](Self::resume): it keeps its connections, but does not answer.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Resumes the process after a [pause](Self::pause).
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
