//! The parts of a home: the client, its surroundings, and the server.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// How many bytes of the SHA-256 are kept: enough that no two homes collide, and few, since every key in memory begins
/// with them.
const DIGEST_BYTES: usize = 16;

/// The library that connects. The two read the same URL in different ways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::observe) enum Client {
    /// Diesel's own connections. Their libpq takes from the environment what a URL leaves out.
    Blocking,
    /// diesel-async's connections. Their tokio-postgres does not.
    Async,
}

/// What a connection takes from its process.
pub(in crate::observe) struct Surroundings<'a> {
    /// The variables of the environment.
    pub(in crate::observe) var: &'a dyn Fn(&str) -> Option<String>,
    /// The user that the process runs as, in some spelling; `None` where that is not known.
    pub(in crate::observe) user: &'a dyn Fn() -> Option<String>,
}

/// What distinguishes a home: names and values, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity(Vec<(String, String)>);

impl Identity {
    pub(super) fn of(kind: &str) -> Self {
        let mut identity = Self(Vec::new());
        identity.add("kind", kind);
        identity
    }

    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.into(), value.into()));
    }

    pub(super) fn add_all(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Hashes every part with its length, so that no two lists of parts look alike.
    pub(super) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for part in self.0.iter().flat_map(|(name, value)| [name, value]) {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        URL_SAFE_NO_PAD.encode(&hasher.finalize()[..DIGEST_BYTES])
    }
}
