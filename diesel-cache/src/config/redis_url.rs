//! The address of a server, which may hold a password.

use std::fmt;

/// The URL of a Redis or Valkey server; see `RegionBuilder::redis_url`.
///
/// `Debug` prints it without its password.
///
/// ```
/// use diesel_cache::RedisUrl;
///
/// let url = RedisUrl::from("redis://app:secret@cache.internal:6379/1");
/// assert_eq!(url.as_str(), "redis://app:secret@cache.internal:6379/1");
/// assert_eq!(format!("{url:?}"), r#""redis://***@cache.internal:6379/1""#);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// Returns the URL, with its password.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for RedisUrl {
    fn from(url: T) -> Self {
        Self(url.into())
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = match self.0.split_once("://") {
            Some((scheme, rest)) => (format!("{scheme}://"), rest),
            None => (String::new(), &*self.0),
        };
        let without_query = |rest: &str| rest.split('?').next().unwrap_or_default().to_owned();
        // The password is in the query of a socket's URL, and before the last `@` of any other.
        match rest.rsplit_once('@').filter(|_| !scheme.contains("unix")) {
            Some((_, address)) => write!(f, "\"{scheme}***@{}\"", without_query(address)),
            None => write!(f, "\"{scheme}{}\"", without_query(rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RedisUrl;

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            ("redis://localhost", "redis://localhost"),
            ("redis://:pass?word@host:1/2", "redis://***@host:1/2"),
            ("redis://:p@ss@host/2", "redis://***@host/2"),
            ("redis+unix:///run/redis?db=1&pass=sec@ret", "redis+unix:///run/redis"),
            ("user:secret@host", "***@host"),
        ] {
            let debug = format!("{:?}", RedisUrl::from(url));
            assert!(!debug.contains("secret") && !debug.contains("word"), "{debug}");
            assert_eq!(debug, format!("\"{shown}\""));
        }
    }
}
