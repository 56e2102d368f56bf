//! A fake sentinel, for which the test chooses the master.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering::SeqCst};
use std::thread;

use super::server::RedisServer;

/// A thread that answers like a sentinel. It names the same master for every service; its URL asks for `rows`.
#[derive(Debug)]
pub struct NamingSentinel {
    port: u16,
    master: Arc<AtomicU16>,
}

impl NamingSentinel {
    /// Starts a sentinel that names this server as the master.
    pub fn of(master: &RedisServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let master = Arc::new(AtomicU16::new(master.port()));
        let named = Arc::clone(&master);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let named = Arc::clone(&named);
                thread::spawn(move || answer(stream.unwrap(), &named));
            }
        });
        Self { port, master }
    }

    /// Names this server as the master from now on.
    pub fn name(&self, master: &RedisServer) {
        self.master.store(master.port(), SeqCst);
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL.
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/rows", self.port)
    }
}

fn answer(mut stream: TcpStream, master: &AtomicU16) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        let reply = match line.trim_end() {
            "SETINFO" => "+OK\r\n".to_owned(),
            "get-master-addr-by-name" => {
                let port = master.load(SeqCst).to_string();
                format!("*2\r\n$9\r\n127.0.0.1\r\n${}\r\n{port}\r\n", port.len())
            }
            _ => String::new(),
        };
        // The client may have disconnected.
        let _ = stream.write_all(reply.as_bytes());
        line.clear();
    }
}
