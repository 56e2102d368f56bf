//! Connection strings of `name=value` pairs, as libpq and tokio-postgres parse them.

/// The decoded parameters, in order. If two have the same name, the caller decides which of them counts.
pub(crate) type Pairs = Vec<(String, String)>;

/// Names of parameters that only occur in connection strings. A text in which all names are among these is unlikely to
/// be a path.
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

/// Returns `true` if the text is a list of `name=value` pairs with libpq's names.
pub(crate) fn is_conninfo(text: &str) -> bool {
    pairs(text).is_some_and(|pairs| !pairs.is_empty() && pairs.iter().all(|(name, _)| KEYWORDS.contains(&&**name)))
}

/// Parses `host=… dbname='a b' options='-c search_path=x'`. Returns `None` if the text is not such a list.
pub(crate) fn pairs(text: &str) -> Option<Pairs> {
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
