//! What libpq and tokio-postgres read off a connection string: URIs, and `name=value` pairs.

use super::Client;
use super::uri::decoded;

/// Parameters in order, decoded. Of two with one name, who reads them decides.
pub(super) type Pairs = Vec<(String, String)>;

/// Names of parameters that only a connection string has; a text with nothing else is hardly a path.
const KEYWORDS: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "passfile",
    "service",
    "servicefile",
    "options",
    "application_name",
    "fallback_application_name",
    "client_encoding",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "keepalives_retries",
    "tcp_user_timeout",
    "replication",
    "sslmode",
    "sslnegotiation",
    "sslcompression",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcertmode",
    "sslrootcert",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "requirepeer",
    "require_auth",
    "requiressl",
    "channel_binding",
    "gssencmode",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "target_session_attrs",
    "load_balance_hosts",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "min_protocol_version",
    "max_protocol_version",
    "scram_client_key",
    "scram_server_key",
    "sslkeylogfile",
    "oauth_issuer",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_scope",
];

/// Is it a list of `name=value` pairs with libpq's names?
pub(super) fn is_conninfo(text: &str) -> bool {
    pairs(text).is_some_and(|pairs| !pairs.is_empty() && pairs.iter().all(|(name, _)| KEYWORDS.contains(&&**name)))
}

/// Reads a connection string. `None` for one that the client would refuse.
pub(super) fn read(text: &str, client: Client) -> Option<Pairs> {
    let rest = ["postgres://", "postgresql://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match rest {
        Some(rest) => uri(rest, client),
        None => pairs(text),
    }
}

/// `host=… dbname='a b' options='-c search_path=x'`
fn pairs(text: &str) -> Option<Pairs> {
    let mut chars = text.chars().peekable();
    let mut pairs = Pairs::new();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let mut name = String::new();
        while let Some(c) = chars.next_if(|c| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if name.is_empty() && chars.peek().is_none() {
            return Some(pairs);
        }
        chars.next_if_eq(&'=').filter(|_| !name.is_empty())?;
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = chars.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match chars.peek() {
                None if quoted => return None,
                None => break,
                Some('\'') if quoted => {
                    chars.next();
                    break;
                }
                Some(c) if !quoted && c.is_whitespace() => break,
                Some('\\') => {
                    chars.next();
                    value.extend(chars.next());
                }
                Some(c) => {
                    value.push(*c);
                    chars.next();
                }
            }
        }
        pairs.push((name, value));
    }
}

/// `[user[:password]@][host[:port][,…]][/dbname][?name=value[&…]]`
fn uri(rest: &str, client: Client) -> Option<Pairs> {
    let mut pairs = Pairs::new();
    // libpq looks for the mark up to the path, tokio-postgres everywhere.
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
    // A name with a comma in it would be taken for two.
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
