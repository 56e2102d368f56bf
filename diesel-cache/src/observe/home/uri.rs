//! The parts of a URI, and percent-encoding.

/// The parts of `scheme://[user[:password]@]rest`, without the password.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    /// As it is written.
    pub(super) user: Option<&'a str>,
    pub(super) rest: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits a URL. Returns `None` if it has no scheme.
    pub(super) fn of(url: &'a str) -> Option<Self> {
        let (scheme, after) = url.split_once("://")?;
        // The last `@` counts: a password may hold one that is not encoded.
        let authority = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (user, rest) = match after[..authority].rfind('@') {
            None => (None, after),
            Some(at) => {
                let user = after[..at].split(':').next();
                (user, &after[at + 1..])
            }
        };
        Some(Self { scheme, user, rest })
    }
}

/// Decodes percent-encoding. Returns `None` for an invalid escape, a NUL, or a result that is not Unicode.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok().filter(|byte| *byte != 0)?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

/// Splits `name=value&…`, without decoding it. A name without a value has an empty one.
pub(super) fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Returns an address in one spelling: numbers as the standard library writes them, names in lower case, paths as they
/// are.
pub(super) fn host(host: &str) -> String {
    if host.starts_with(['/', '@']) {
        return host.to_owned();
    }
    match host.parse::<std::net::IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => host.to_lowercase(),
    }
}
