//! A service in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::variant::Variant;

/// A running service, which is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// The numbers of lookups in the service's cache.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lookups {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

impl Service {
    pub(crate) fn start(variant: Variant, url: &str, directory: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--service", variant.name(), url])
            .arg(directory)
            .stdin(Stdio::piped()) // the service ends when this pipe is closed
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.trim().parse().expect("the service's address");
        Self { child, address }
    }

    /// Asks the service for its counts.
    pub(crate) fn lookups(&self) -> Lookups {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .write_all(b"GET /lookups HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (_, body) = response.split_once("\r\n\r\n").unwrap();
        let mut counts = body.split_whitespace().map(|count| count.parse().unwrap());
        Lookups {
            hits: counts.next().unwrap(),
            misses: counts.next().unwrap(),
        }
    }
}

impl Lookups {
    /// Returns the hits per lookup since an earlier count, or NaN if there was no lookup.
    pub(crate) fn hit_ratio_since(self, before: Self) -> f64 {
        let (hits, misses) = (self.hits - before.hits, self.misses - before.misses);
        hits as f64 / (hits + misses) as f64
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
