//! How libpq and tokio-postgres read a connection string: a URI, or `name=value` pairs.

use super::Client;
use super::uri::decoded;
use crate::sql::conninfo::{Pairs, pairs};

/// Reads a connection string. Returns `None` for one that the client would refuse.
pub(super) fn read(text: &str, client: Client) -> Option<Pairs> {
    let rest = ["postgres://", "postgresql://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match rest {
        Some(rest) => uri(rest, client),
        None => pairs(text),
    }
}

/// Reads `[user[:password]@][host[:port][,…]][/dbname][?name=value[&…]]`.
fn uri(rest: &str, client: Client) -> Option<Pairs> {
    let mut pairs = Pairs::new();
    // libpq looks for the `@` before the path, tokio-postgres everywhere.
    let before = match client {
        Client::Blocking => rest.find('/').unwrap_or(rest.len()),
        Client::Async => rest.len(),
    };
    let (credentials, rest) = match rest[..before].find('@') {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => ("", rest),
    };
    let user = decoded(credentials.split(':').next().unwrap_or_default())?;
    if !user.is_empty() {
        pairs.push(("user".into(), user));
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    if !authority.is_empty() {
        servers(authority, client, &mut pairs)?;
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let dbname = decoded(path.strip_prefix('/').unwrap_or(path))?;
    if !dbname.is_empty() {
        pairs.push(("dbname".into(), dbname));
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        pairs.push((decoded(name)?, decoded(value)?));
    }
    Some(pairs)
}

fn servers(authority: &str, client: Client, pairs: &mut Pairs) -> Option<()> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for server in authority.split(',') {
        let (host, port) = match server.strip_prefix('[') {
            Some(bracketed) => {
                let (host, after) = bracketed.split_once(']')?;
                (host, after.strip_prefix(':').or(after.is_empty().then_some(""))?)
            }
            None => server.split_once(':').unwrap_or((server, "")),
        };
        hosts.push(decoded(host)?);
        ports.push(decoded(port)?);
    }
    // A name with a comma in it would look like two.
    if hosts.iter().any(|host| host.contains(',')) {
        return None;
    }
    let named = |list: &[String]| list.iter().any(|part| !part.is_empty());
    if named(&hosts) || client == Client::Async {
        pairs.push(("host".into(), hosts.join(",")));
    }
    if named(&ports) || client == Client::Async {
        let ports: Vec<_> = ports
            .into_iter()
            .map(|port| match client {
                Client::Async if port.is_empty() => "5432".into(),
                _ => port,
            })
            .collect();
        pairs.push(("port".into(), ports.join(",")));
    }
    Some(())
}
