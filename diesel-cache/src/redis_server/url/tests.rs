//! URLs, what they lead to, and that no message shows a password.

use crate::redis_server::Server;

fn location(url: &str) -> String {
    let server = Server::parse(url).unwrap();
    let shown = server.location();
    assert_eq!(format!("{server:?}"), format!("Server({shown:?})"));
    assert!(!shown.contains("secret"), "{shown}");
    shown
}

#[test]
fn urls_of_every_kind() {
    for (url, shown) in [
        ("redis://host", "redis://host:6379"),
        ("redis://user:secret@host:1/2", "redis://host:1"),
        ("redis://:secret@host?protocol=resp3", "redis://host:6379"),
        ("redis://user:sec:ret%2F@host/", "redis://host:6379"),
        ("VALKEY://[::1]", "redis://[::1]:6379"),
        (
            "redis+unix:///run/redis?pass=secret&db=1&user=app",
            "redis+unix:///run/redis",
        ),
        ("unix:///run/redis", "redis+unix:///run/redis"),
        (
            "redis+sentinel://app:secret@one,two:6379,[::1]:1/my-rows_1.a/2?sentinel_password=secret",
            "redis+sentinel://one:26379,two:6379,[::1]:1/my-rows_1.a",
        ),
        ("valkey+sentinel://one/rows/", "redis+sentinel://one:26379/rows"),
        (
            "redis+cluster://:secret@one:7000,two,[::1]:1",
            "redis+cluster://one:7000,two:6379,[::1]:1",
        ),
        ("valkey+cluster://one/", "redis+cluster://one:6379"),
    ] {
        assert_eq!(location(url), shown);
    }
}

#[cfg(feature = "redis-tls")]
#[test]
fn urls_with_tls() {
    for (url, shown) in [
        ("rediss://:secret@host", "rediss://host:6379"),
        ("valkeys://host:1", "rediss://host:1"),
        (
            "rediss+sentinel://one,two/rows",
            "rediss+sentinel://one:26379,two:26379/rows",
        ),
        ("rediss+cluster://one,two:1", "rediss+cluster://one:6379,two:1"),
    ] {
        assert_eq!(location(url), shown);
    }
}

#[cfg(not(feature = "redis-tls"))]
#[test]
fn tls_needs_a_feature() {
    for url in [
        "rediss://host",
        "valkeys://host",
        "rediss+sentinel://one/rows",
        "rediss+cluster://one",
    ] {
        assert!(Server::parse(url).unwrap_err().contains("feature `redis-tls`"));
    }
}

#[test]
fn malformed_urls_and_what_is_wrong() {
    for (url, said) in [
        ("", "expected a URL"),
        ("secret", "expected a URL"),
        ("http://secret@host", "expected a URL"),
        ("redis+secret://host", "expected a URL"),
        ("secret+sentinel://host/rows", "expected a URL"),
        ("redis://", "a host is missing"),
        ("redis://:secret@", "a host is missing"),
        ("redis://:secret@:6379", "a host is missing"),
        ("redis://:secret@host:port", "did not parse"),
        ("redis://:secret@host/secret", "Invalid database number"),
        ("redis://:secret@host?protocol=secret", "Invalid protocol version"),
        ("redis://:secret@0.0.0.0", "wildcard address"),
        ("redis://:secret@one,two", "take several hosts"),
        (
            "redis://host?secret=1",
            "unknown parameter; this URL may have `protocol`",
        ),
        ("redis://host?ca=secret", "unknown parameter"),
        ("redis+cluster://host?sentinel_password=secret", "unknown parameter"),
        ("redis+unix:///run/redis?ca=secret", "`db`, `user`, `pass`, `protocol`"),
        ("redis+cluster://:secret@one,", "a host is missing"),
        ("redis+cluster://,one", "a host is missing"),
        ("redis+sentinel://:secret@one", "the name of a service"),
        ("redis+sentinel://one/", "the name of a service"),
        ("redis+sentinel://one/sec%20ret", "the name of a service"),
        ("redis+sentinel://one/rows/secret", "Invalid database number"),
        (
            "redis+sentinel://one/rows?sentinel_secret=1",
            "`sentinel_username`, `sentinel_password`",
        ),
        ("redis://user:12?secret@host", "write `%2F`"),
        ("redis://user:12/secret@host", "write `%2F`"),
        ("redis+sentinel://user:12/secret@host/rows", "write `%2F`"),
        ("redis://user:12#secret@host", "write `%23`"),
    ] {
        let error = Server::parse(url).unwrap_err();
        assert!(error.contains(said) && !error.contains("secret"), "{url}: {error}");
    }
}
