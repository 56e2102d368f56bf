//! The clients, which form a closed loop: each sends its next request as soon as it has the response to the last one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel_cache_bench::Random;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::keys::Zipf;
use crate::model::Versioned;
use crate::outcome::Seen;
use crate::versions::Versions;

const CLIENTS: u64 = 32;

/// What the clients request.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) service: SocketAddr,
    pub(crate) zipf: Arc<Zipf>,
    pub(crate) versions: Arc<Versions>,
    /// The number of writes among 100 requests.
    pub(crate) writes: i32,
}

/// Puts the service under load for this time. Returns what the clients saw, and how long it really took.
pub(crate) async fn run(load: &Load, time: Duration, seed: u64) -> (Seen, Duration) {
    let started = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let random = Random(seed.wrapping_mul(1_000_003) + client);
            tokio::spawn(Client::run(load.clone(), random, started + time))
        })
        .collect();
    let mut seen = Seen::default();
    for client in clients {
        seen.add(client.await.unwrap());
    }
    (seen, started.elapsed())
}

/// A client, which keeps one connection.
struct Client {
    requests: SendRequest<Full<Bytes>>,
    load: Load,
    seen: Seen,
}

impl Client {
    async fn run(load: Load, mut random: Random, end: Instant) -> Seen {
        let stream = TcpStream::connect(load.service).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (requests, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let seen = Seen::default();
        let mut client = Self { requests, load, seen };
        while Instant::now() < end {
            let id = client.load.zipf.id(random.next_u32());
            match random.below(100) < client.load.writes {
                true => client.write(id).await,
                false => client.read(id).await,
            }
        }
        client.seen
    }

    async fn read(&mut self, id: i32) {
        let oldest = self.load.versions.oldest(id);
        let started = Instant::now();
        let answer = self.request(Method::GET, id, Bytes::new()).await;
        self.seen.reads.push(started.elapsed());
        let answer: Versioned = serde_json::from_slice(&answer).unwrap();
        self.seen.stale += u64::from(answer.version < oldest);
    }

    /// Writes the row, or reads it if another client is writing it.
    async fn write(&mut self, id: i32) {
        let versions = Arc::clone(&self.load.versions);
        let Some(write) = versions.write(id) else {
            return self.read(id).await;
        };
        let version = Versioned { version: write.version };
        let body = serde_json::to_vec(&version).unwrap();
        let started = Instant::now();
        self.request(Method::PUT, id, body.into()).await;
        self.seen.writes.push(started.elapsed());
        write.answered();
    }

    async fn request(&mut self, method: Method, id: i32, body: Bytes) -> Bytes {
        let request = Request::builder()
            .method(method)
            .uri(format!("/people/{id}"))
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Full::new(body))
            .unwrap();
        self.requests.ready().await.unwrap();
        let response = self.requests.send_request(request).await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        response.into_body().collect().await.unwrap().to_bytes()
    }
}
