//! URLs of servers.
//!
//! | URL | port |
//! | --- | --- |
//! | `redis://[[user]:password@]host[:port][/database]` | 6379 |
//! | `redis+unix:///path[?db=database][&user=user][&pass=password]`, or `unix://` | – |
//! | `redis+sentinel://[[user]:password@]host[:port],…/service[/database]` | 26379 |
//! | `redis+cluster://[[user]:password@]host[:port],…` | 6379 |
//!
//! The scheme may begin with `valkey` in place of `redis`, and with `rediss` or `valkeys` for TLS. Parameters are
//! `protocol`; with TLS `ca`, `cert` and `key`; for sentinels `sentinel_username` and `sentinel_password`. The user and
//! the password of `redis+sentinel://` are those of the service's nodes. This is the form that the Python packages
//! redis_sentinel_url, redisvl and prefect-redis read.
//!
//! No error message shows a text that may be part of a password.

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use ::redis::{ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, parse_redis_url};

use super::cluster::Cluster;
use super::node::Node;
use super::sentinel::Sentinels;
use super::target::Target;

const EXPECTED: &str = "expected a URL such as `redis://host:6379/0`";
const SENTINEL_PORT: u16 = 26379;

const SOCKET: &[&str] = &["db", "user", "pass"];
const SENTINEL: &[&str] = &["sentinel_username", "sentinel_password"];
const TLS: &[&str] = &["ca", "cert", "key"];

pub(super) fn parse(text: &str) -> Result<Target, String> {
    let (scheme, rest) = text.split_once("://").ok_or(EXPECTED)?;
    let scheme = scheme.to_ascii_lowercase();
    let (protocol, kind) = match scheme.split_once('+') {
        Some(both) => both,
        None if scheme == "unix" => ("redis", "unix"),
        None => (&*scheme, ""),
    };
    let tls = match protocol {
        "redis" | "valkey" => false,
        "rediss" | "valkeys" => true,
        _ => return Err(EXPECTED.to_owned()),
    };
    if tls && cfg!(not(feature = "redis-tls")) {
        return Err(format!("`{protocol}://` needs the feature `redis-tls` of diesel-cache"));
    }
    if rest.contains('#') {
        return Err("the URL must not contain `#`: write `%23` for a `#` in a password".to_owned());
    }
    match kind {
        "unix" if !tls => node(&format!("redis+unix://{rest}"), SOCKET).map(Target::Node),
        "" => {
            let parts = Parts::of(rest, tls)?;
            let [host] = parts.hosts[..] else {
                return Err("only `redis+sentinel://` and `redis+cluster://` take several hosts".to_owned());
            };
            parts.node(host, parts.path, &[]).map(Target::Node)
        }
        "cluster" => {
            let parts = Parts::of(rest, tls)?;
            let nodes = parts.hosts.iter().map(|host| parts.node(host, parts.path, &[]));
            Ok(Target::Cluster(Cluster::new(nodes.collect::<Result<_, _>>()?)))
        }
        "sentinel" => sentinels(&Parts::of(rest, tls)?),
        _ => Err(EXPECTED.to_owned()),
    }
}

/// The parts of a URL, which may name several nodes.
struct Parts<'a> {
    scheme: &'static str,
    /// `user:password@`, or an empty string.
    login: &'a str,
    hosts: Vec<&'a str>,
    /// Without the first `/`.
    path: &'a str,
    /// With its `?`, if there is one.
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(rest: &'a str, tls: bool) -> Result<Self, String> {
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if tail.contains('@') {
            return Err(
                "an `@` follows the host: write `%2F`, `%3F` and `%40` for `/`, `?` and `@` in a password".to_owned(),
            );
        }
        let (login, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        let hosts: Vec<&str> = hosts.split(',').collect();
        if hosts.iter().any(|host| host.is_empty() || host.starts_with(':')) {
            return Err("a host is missing".to_owned());
        }
        let (path, query) = tail.split_at(tail.find('?').unwrap_or(tail.len()));
        Ok(Self {
            scheme: if tls { "rediss" } else { "redis" },
            login,
            hosts,
            path: path.strip_prefix('/').unwrap_or(path),
            query,
        })
    }

    /// Reads the node at one of the hosts.
    fn node(&self, host: &str, database: &str, parameters: &[&str]) -> Result<Node, String> {
        let Self {
            scheme, login, query, ..
        } = self;
        node(&format!("{scheme}://{login}{host}/{database}{query}"), parameters)
    }
}

fn sentinels(parts: &Parts<'_>) -> Result<Target, String> {
    let (service, database) = parts.path.split_once('/').unwrap_or((parts.path, ""));
    let is_name = |service: &str| service.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    if service.is_empty() || !is_name(service) {
        return Err(
            "expected the name of a service after the sentinels: `redis+sentinel://host:26379/service`".to_owned(),
        );
    }
    let service_node = parts.node(parts.hosts[0], database, SENTINEL)?;
    let login = sentinel_login(parts);
    let sentinel = |host: &&str| {
        // The port of this sentinel, if the URL gives one.
        let plain = parse_redis_url(&format!("redis://{host}"));
        let port = plain.and_then(|url| url.port()).unwrap_or(SENTINEL_PORT);
        let found = parts.node(host, "", SENTINEL)?;
        Ok(found.with_login(login.clone()).at(found.host(), port))
    };
    let sentinels = parts.hosts.iter().map(sentinel).collect::<Result<_, String>>()?;
    Ok(Target::Sentinels(Sentinels::new(
        sentinels,
        service.to_owned(),
        service_node,
    )))
}

/// Returns the login for the sentinels.
fn sentinel_login(parts: &Parts<'_>) -> RedisConnectionInfo {
    let mut login = RedisConnectionInfo::default();
    for (name, value) in parameters(&format!("redis://host{}", parts.query)) {
        match &*name {
            "sentinel_username" => login = login.set_username(value),
            "sentinel_password" => login = login.set_password(value),
            _ => {}
        }
    }
    login
}

/// Reads the URL of one node. It may have the parameters in `known`, and those that every URL may have.
fn node(url: &str, known: &[&str]) -> Result<Node, String> {
    let info = url.into_connection_info().map_err(|error| {
        // Without details, which may be parts of a password.
        error.to_string().split(" - ").next().unwrap_or_default().to_owned()
    })?;
    let is_tls = url.starts_with("rediss");
    let mut given = parameters(url);
    let is_known = |name: &str| name == "protocol" || known.contains(&name) || is_tls && TLS.contains(&name);
    if given.iter().any(|(name, _)| !is_known(name)) {
        return Err(unknown(known, is_tls));
    }
    given.retain(|(name, _)| TLS.contains(&&**name) && is_tls);
    Ok(Node::new(certified(info, &given)?))
}

fn parameters(url: &str) -> Vec<(String, String)> {
    let url = parse_redis_url(url);
    let pairs = url.iter().flat_map(|url| url.query_pairs());
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn unknown(known: &[&str], is_tls: bool) -> String {
    let tls = if is_tls { TLS } else { &[] };
    let names: Vec<String> = known
        .iter()
        .chain(tls)
        .chain(&["protocol"])
        .map(|name| format!("`{name}`"))
        .collect();
    format!("unknown parameter; this URL may have {}", names.join(", "))
}

#[cfg(feature = "redis-tls")]
fn certified(info: ConnectionInfo, parameters: &[(String, String)]) -> Result<ConnectionInfo, String> {
    let value = |wanted: &str| {
        parameters
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| &**value)
    };
    match info.addr() {
        ::redis::ConnectionAddr::TcpTls { .. } => super::tls::certified(info, value("ca"), value("cert"), value("key")),
        _ => Ok(info),
    }
}

#[cfg(not(feature = "redis-tls"))]
fn certified(info: ConnectionInfo, _: &[(String, String)]) -> Result<ConnectionInfo, String> {
    Ok(info)
}
