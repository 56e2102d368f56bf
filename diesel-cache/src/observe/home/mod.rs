//! The *home* of a connection: where its URL leads. It is the part of every key that tells databases apart.
//!
//! A home consists of server, database, user and every option that may change what a text means or which rows it shows.
//! Passwords are no part of it, nor are options that are known to be harmless: a name for the process list, a timeout,
//! TLS. An option that is not listed as harmless is part of the home.
//!
//! Keys hold a digest of it. Two URLs with the same digest lead to one database under one user. Two URLs that lead to
//! one database may have different digests; then their connections share no entries, which is all it costs. A URL that
//! cannot be read, or whose database belongs to its connection alone (`:memory:`), has a home that no other connection
//! has.

mod conninfo;
mod mysql;
mod postgres;
mod service;
mod sqlite;
mod uri;

use std::env;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::unique::unique;
use crate::sql::Dialect;
use crate::sql::conninfo::is_conninfo;

/// How many bytes of the SHA-256 are kept: enough that no two homes collide, and few, since every key in memory begins
/// with them.
const DIGEST_BYTES: usize = 16;

/// The library that connects. The two read the same URL in different ways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Client {
    /// Diesel's own connections. Their libpq takes from the environment what a URL leaves out.
    Blocking,
    /// diesel-async's connections. Their tokio-postgres does not.
    Async,
}

/// What a connection takes from its process.
pub(super) struct Surroundings<'a> {
    /// The variables of the environment.
    pub(super) var: &'a dyn Fn(&str) -> Option<String>,
    /// The user that the process runs as, in some spelling; `None` where that is not known.
    pub(super) user: &'a dyn Fn() -> Option<String>,
}

/// Returns the home that this URL leads to, in the present surroundings of the process.
pub(super) fn of(url: &str, client: Client) -> String {
    let var = |name: &str| {
        let value = env::var_os(name)?;
        // Values that are not Unicode are told apart, too.
        Some(value.into_string().unwrap_or_else(|value| format!("{value:?}")))
    };
    within(
        url,
        client,
        &Surroundings {
            var: &var,
            user: &process_user,
        },
    )
}

/// Returns the home of the file of this name, as SQLite's ATTACH takes it; `None` for one that belongs to its
/// connection alone.
pub(super) fn file(name: &str) -> Option<String> {
    sqlite::identity(name).map(|identity| identity.digest())
}

fn within(url: &str, client: Client, surroundings: &Surroundings<'_>) -> String {
    let identity = match Dialect::of_url(url) {
        Some(Dialect::Postgres) => postgres::identity(url, client, surroundings),
        Some(Dialect::Mysql) => mysql::identity(url, surroundings),
        Some(Dialect::Sqlite) => sqlite::identity(url),
        None => other(url, client, surroundings),
    };
    identity.map_or_else(unique, |identity| identity.digest())
}

/// Identifies a URL of an unknown backend, or one that two backends would take.
fn other(url: &str, client: Client, surroundings: &Surroundings<'_>) -> Option<Identity> {
    if url.contains("://") {
        let parts = uri::Parts::of(url)?;
        let mut identity = Identity::of(parts.scheme);
        identity.add("user", parts.user.unwrap_or_default());
        identity.add("rest", parts.rest);
        return Some(identity);
    }
    if is_conninfo(url) {
        // It is a file with an odd name, or a server.
        let mut identity = postgres::identity(url, client, surroundings)?;
        identity.add_all(sqlite::identity(url)?);
        return Some(identity);
    }
    // Without SQLite, the empty string is libpq's. Otherwise it may be a database of this connection alone.
    if url.is_empty() {
        let libpq = cfg!(not(feature = "sqlite"));
        return libpq.then(|| postgres::identity(url, client, surroundings)).flatten();
    }
    sqlite::identity(url)
}

/// Returns the user that the process runs as, which logs in where a URL names none.
fn process_user() -> Option<String> {
    #[cfg(unix)]
    return Some(format!("uid {}", rustix::process::geteuid().as_raw()));
    #[cfg(not(unix))]
    None
}

/// What distinguishes a home: names and values, in order.
#[derive(Debug, PartialEq, Eq)]
struct Identity(Vec<(String, String)>);

impl Identity {
    fn of(kind: &str) -> Self {
        let mut identity = Self(Vec::new());
        identity.add("kind", kind);
        identity
    }

    fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.into(), value.into()));
    }

    fn add_all(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Hashes every part with its length, so that no two lists of parts look alike.
    fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for part in self.0.iter().flat_map(|(name, value)| [name, value]) {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        URL_SAFE_NO_PAD.encode(&hasher.finalize()[..DIGEST_BYTES])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
