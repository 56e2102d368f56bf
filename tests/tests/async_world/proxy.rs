//! A proxy in front of PostgreSQL. It counts the queries that pass, and can hold back the answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Proxy {
    queries: Arc<AtomicUsize>,
    held: Arc<watch::Sender<usize>>,
}

impl Proxy {
    /// Starts a proxy for one connection. Returns it, and a URL that leads through it.
    pub async fn before(url: &str) -> (Self, String) {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap();
        let (user, server) = match authority.rsplit_once('@') {
            Some((user, server)) => (format!("{user}@"), server),
            None => (String::new(), authority),
        };
        let server = match server.contains(':') {
            true => server.to_owned(),
            false => format!("{server}:5432"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let through = format!("{scheme}://{user}{}/{path}", listener.local_addr().unwrap());
        let proxy = Self {
            queries: Arc::default(),
            held: Arc::new(watch::Sender::new(0)),
        };
        let (queries, held) = (Arc::clone(&proxy.queries), Arc::clone(&proxy.held));
        tokio::spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(server).await.unwrap();
            forward(client, server, queries, held).await;
        });
        (proxy, through)
    }

    /// Holds back all answers until this many queries have passed from now on.
    pub fn hold_until(&self, queries: usize) {
        self.queries.store(0, Ordering::SeqCst);
        self.held.send_replace(queries);
    }

    /// Returns the number of queries since the last [`hold_until`](Self::hold_until).
    pub fn queries(&self) -> usize {
        self.queries.load(Ordering::SeqCst)
    }
}

async fn forward(client: TcpStream, server: TcpStream, queries: Arc<AtomicUsize>, held: Arc<watch::Sender<usize>>) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut gate = held.subscribe();
    let passed = Arc::clone(&queries);
    tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let length = from_server.read(&mut buffer).await.unwrap_or(0);
            let open = gate
                .wait_for(|held| passed.load(Ordering::SeqCst) >= *held)
                .await
                .is_ok();
            if length == 0 || !open || to_client.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    });
    let mut messages = Messages::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = from_client.read(&mut buffer).await.unwrap_or(0);
        if length == 0 || to_server.write_all(&buffer[..length]).await.is_err() {
            return;
        }
        queries.fetch_add(messages.binds(&buffer[..length]), Ordering::SeqCst);
        held.send_modify(|_| {}); // wakes the task that holds back answers
    }
}

/// The messages of a client. The first has only a length; each later one has a type and a length.
#[derive(Default)]
struct Messages {
    begun: bool,
    pending: Vec<u8>,
}

impl Messages {
    /// Counts the messages that bind values to a statement. Each query has one.
    fn binds(&mut self, bytes: &[u8]) -> usize {
        self.pending.extend_from_slice(bytes);
        let mut binds = 0;
        loop {
            let start = usize::from(self.begun);
            let Some(length) = self.pending.get(start..start + 4) else {
                return binds;
            };
            let end = start + u32::from_be_bytes(length.try_into().unwrap()) as usize;
            if self.pending.len() < end {
                return binds;
            }
            binds += usize::from(self.begun && self.pending[0] == b'B');
            self.begun = true;
            self.pending.drain(..end);
        }
    }
}
