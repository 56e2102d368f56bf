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
mod identity;
mod mysql;
mod postgres;
mod service;
mod sqlite;
mod uri;

use std::env;

use identity::Identity;
pub(super) use identity::{Client, Surroundings};

use super::unique::unique;
use crate::sql::Dialect;
use crate::sql::conninfo::is_conninfo;

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

/// Returns `true` if the URL does not name its backend, and another one might understand it differently.
pub(super) fn is_guess(url: &str) -> bool {
    !url.contains("://")
}

/// Returns the home of a connection that is established, of which `before` was computed when its client had not read
/// its environment. Among PostgreSQL's connections, only diesel-async's let their set-up be seen (`is_async`).
pub(super) fn once_connected(url: &str, dialect: Option<Dialect>, is_async: bool, before: Option<String>) -> String {
    match (dialect, before) {
        (Some(Dialect::Postgres), _) if is_async => of(url, Client::Async),
        (_, Some(home)) => home,
        (_, None) => of(url, Client::Blocking),
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
