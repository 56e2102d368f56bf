//! MySQL and MariaDB: the URLs of mysqlclient and of mysql_async, each of which has its own parameters.

use super::uri::{self, Parts, decoded};
use super::{Identity, Surroundings};

/// Parameters that change neither where a connection leads nor what its session means by a text: pools, timeouts, how
/// the connection is encrypted.
const HARMLESS: &[&str] = &[
    "abs_conn_ttl",
    "abs_conn_ttl_jitter",
    "built_in_roots",
    "client_found_rows",
    "compression",
    "conn_ttl",
    "enable_cleartext_plugin",
    "inactive_connection_ttl",
    "max_allowed_packet",
    "password",
    "pool_max",
    "pool_min",
    "prefer_socket",
    "require_ssl",
    "reset_connection",
    "secure_auth",
    "ssl_ca",
    "ssl_cert",
    "ssl_key",
    "ssl_mode",
    "stmt_cache_size",
    "tcp_connect_timeout_ms",
    "tcp_keepalive",
    "tcp_nodelay",
    "ttl_check_interval",
    "verify_ca",
    "verify_identity",
    "wait_timeout",
];

/// Identifies where a URL leads; `None` where that is not known.
pub(super) fn identity(url: &str, surroundings: &Surroundings<'_>) -> Option<Identity> {
    let parts = Parts::of(url.trim())?;
    let rest = parts.rest.split('#').next().unwrap_or_default();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (server, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match server.strip_prefix('[') {
        Some(bracketed) => {
            let (host, after) = bracketed.split_once(']')?;
            (host, after.strip_prefix(':').unwrap_or(after))
        }
        None => server.rsplit_once(':').unwrap_or((server, "")),
    };
    let mut identity = Identity::of("mysql");
    identity.add("host", &uri::host(&decoded(host)?));
    // mysqlclient takes from the environment what the URL leaves out, and mysql_async does not. So both count.
    let port = match port {
        "" => (surroundings.var)("MYSQL_TCP_PORT").filter(|port| !port.is_empty()),
        port => Some(port.to_owned()),
    };
    let port = port.map_or(Some(3306), |port| port.parse::<u16>().ok())?;
    identity.add("port", &port.to_string());
    identity.add("database", database);
    let user = decoded(parts.user.unwrap_or_default())?;
    if user.is_empty() {
        identity.add("process", &(surroundings.user)()?);
    }
    identity.add("user", &user);
    let mut parameters: Vec<(String, String)> = Vec::new();
    for (name, value) in uri::parameters(query) {
        let (name, value) = (decoded(name)?, decoded(&value.replace('+', " "))?);
        parameters.retain(|(earlier, _)| *earlier != name);
        parameters.push((name, value));
    }
    if !parameters.iter().any(|(name, _)| name == "unix_socket")
        && let Some(socket) = (surroundings.var)("MYSQL_UNIX_PORT")
    {
        parameters.push(("MYSQL_UNIX_PORT".into(), socket));
    }
    parameters.sort();
    for (name, value) in &parameters {
        if !HARMLESS.contains(&&**name) {
            identity.add(name, value);
        }
    }
    Some(identity)
}
