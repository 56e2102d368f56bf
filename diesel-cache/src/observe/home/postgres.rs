//! PostgreSQL: what a connection string, a service file and libpq's environment say together.

use std::collections::BTreeMap;

use super::conninfo;
use super::{Client, Identity, Surroundings, service, uri};
use crate::sql::Dialect;
use crate::sql::conninfo::Pairs;

/// Parameters that change neither where a connection leads nor what its session means by a text: names for the process
/// list, timeouts, how the connection is encrypted, and secrets.
const HARMLESS: &[&str] = &[
    "application_name",
    "channel_binding",
    "connect_timeout",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_secret",
    "passfile",
    "password",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "ssl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "tcp_user_timeout",
];

/// The variables of libpq's environment that are not harmless, each with the parameter that it replaces. The last two
/// are settings of the session.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGOPTIONS", "options"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGDATESTYLE", "datestyle"),
    ("PGTZ", "timezone"),
];

/// Identifies where a connection string leads; `None` where that is not known.
pub(super) fn identity(url: &str, client: Client, surroundings: &Surroundings<'_>) -> Option<Identity> {
    let mut parameters = merged(conninfo::read(url, client)?, client);
    if client == Client::Blocking {
        complete(&mut parameters, surroundings)?;
    }
    let mut take = |name: &str| parameters.remove(name).unwrap_or_default();
    let servers = servers(&take("host"), &take("hostaddr"), &take("port"))?;
    let (mut user, mut database) = (take("user"), take("dbname"));
    let options = take("options");
    if user.is_empty() {
        user = (surroundings.user)()?;
    }
    if database.is_empty() {
        database.clone_from(&user);
    }
    let mut identity = Identity::of("postgres");
    servers.iter().for_each(|server| identity.add("server", server));
    identity.add("user", &user);
    identity.add("database", &database);
    for (name, value) in settings(&options) {
        identity.add(&format!("-c {name}"), &value);
    }
    for (name, value) in &parameters {
        let is_default = name == "target_session_attrs" && matches!(&**value, "" | "any");
        if !HARMLESS.contains(&&**name) && !is_default {
            identity.add(name, value);
        }
    }
    Some(identity)
}

/// Returns one value for each name. The last one counts, but tokio-postgres takes all servers that it is given.
fn merged(pairs: Pairs, client: Client) -> BTreeMap<String, String> {
    let mut merged = BTreeMap::<String, String>::new();
    for (name, value) in pairs {
        match merged.get_mut(&name) {
            Some(list) if client == Client::Async && matches!(&*name, "host" | "hostaddr" | "port") => {
                list.push(',');
                list.push_str(&value);
            }
            _ => {
                merged.insert(name, value);
            }
        }
    }
    merged
}

/// Adds what the connection string leaves out, which libpq takes from a service file, and then from the environment.
fn complete(parameters: &mut BTreeMap<String, String>, surroundings: &Surroundings<'_>) -> Option<()> {
    let service = parameters
        .remove("service")
        .or_else(|| (surroundings.var)("PGSERVICE"))
        .filter(|service| !service.is_empty());
    let file = parameters.remove("servicefile");
    if let Some(service) = service {
        for (name, value) in service::read(&service, file, surroundings.var)? {
            parameters.entry(name).or_insert(value);
        }
    }
    for (variable, name) in ENVIRONMENT {
        if !parameters.contains_key(*name)
            && let Some(value) = (surroundings.var)(variable)
        {
            parameters.insert((*name).into(), value);
        }
    }
    Some(())
}

/// Returns addresses and ports, in the order in which they are tried. An address by number takes precedence over a
/// name.
fn servers(hosts: &str, addresses: &str, ports: &str) -> Option<Vec<String>> {
    let hosts: Vec<&str> = hosts.split(',').collect();
    let addresses: Vec<&str> = addresses.split(',').collect();
    let ports: Vec<&str> = ports.split(',').collect();
    let count = hosts.len().max(addresses.len());
    let of_many = |list: &[&str]| list.len() == 1 || list.len() == count;
    if !of_many(&ports) || (hosts != [""] && !of_many(&hosts)) || (addresses != [""] && addresses.len() != count) {
        return None;
    }
    let at = |list: &[&str], place: usize| list.get(place).copied().unwrap_or_default().trim().to_owned();
    (0..count)
        .map(|place| {
            let address = Some(at(&addresses, place)).filter(|address| !address.is_empty());
            let host = uri::host(&address.unwrap_or_else(|| at(&hosts, place)));
            let port = match &*at(&ports, if ports.len() == 1 { 0 } else { place }) {
                "" => 5432,
                port => port.parse::<u16>().ok()?,
            };
            Some(format!("{host} {port}"))
        })
        .collect()
}

/// Reads the server's command line in `options`: its settings without the harmless ones, and everything else as it is
/// written.
fn settings(options: &str) -> Vec<(String, String)> {
    let mut settings: Vec<(String, String)> = Vec::new();
    let mut arguments = arguments(options).into_iter();
    while let Some(argument) = arguments.next() {
        let setting = match argument.strip_prefix("--").or_else(|| argument.strip_prefix("-c")) {
            Some("") => arguments.next(),
            Some(setting) => Some(setting.to_owned()),
            None => None,
        };
        match setting.as_deref().and_then(|setting| setting.split_once('=')) {
            Some((name, value)) => {
                let name = name.replace('-', "_").to_ascii_lowercase();
                if !Dialect::Postgres.is_harmless_setting(&name) {
                    settings.retain(|(earlier, _)| *earlier != name);
                    settings.push((name, value.to_owned()));
                }
            }
            None => settings.push(("argument".into(), setting.unwrap_or(argument))),
        }
    }
    settings
}

/// Splits a command line into its arguments at white space. A backslash escapes the next character.
fn arguments(options: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut chars = options.chars().peekable();
    while chars.peek().is_some() {
        let mut argument = String::new();
        while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        while let Some(c) = chars.next_if(|c| !c.is_ascii_whitespace()) {
            argument.extend(if c == '\\' { chars.next() } else { Some(c) });
        }
        if !argument.is_empty() {
            arguments.push(argument);
        }
    }
    arguments
}
