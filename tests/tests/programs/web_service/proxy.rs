//! A proxy between the service and the database, which can simulate that the database goes down.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Forwards bytes in both directions until it is cut.
pub(crate) struct Proxy {
    /// The database's URL, through the proxy.
    pub(crate) url: String,
    is_cut: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    pub(crate) fn to(url: &str) -> Self {
        let host = url.find('@').map_or_else(|| url.find("//").unwrap() + 2, |at| at + 1);
        let end = url[host..].find('/').map_or(url.len(), |end| host + end);
        let server = match &url[host..end] {
            server if server.contains(':') => server.to_owned(),
            server => format!("{server}:5432"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{}{}{}", &url[..host], listener.local_addr().unwrap(), &url[end..]);
        let (is_cut, streams) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Vec<TcpStream>>>::default());
        let (cut, open) = (Arc::clone(&is_cut), Arc::clone(&streams));
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let mut open = open.lock().unwrap();
                if cut.load(Ordering::SeqCst) {
                    continue; // this closes the connection
                }
                let server = TcpStream::connect(&server).unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                open.extend([client, server]);
            }
        });
        Self { url, is_cut, streams }
    }

    /// Ends all connections, and accepts no more.
    pub(crate) fn cut(&self) {
        let mut streams = self.streams.lock().unwrap();
        self.is_cut.store(true, Ordering::SeqCst);
        for stream in streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
