//! The part of a URL that may be shown: never a password, and no parameters, which may hold secrets too.
//!
//! A password may contain any character, encoded or not. So whatever might be part of a password is left out.

use crate::sql::conninfo::{is_conninfo, pairs};

/// Stands for what is left out.
const ELLIPSIS: &str = "…";

/// Returns what may be shown of a connection's URL: `postgres://user@host:5432/database`, or a file's path.
pub(crate) fn of(url: &str) -> String {
    if let Some((scheme, rest)) = url.split_once("://") {
        return match is_name(scheme) {
            true => format!("{scheme}://{}", address(rest)),
            false => ELLIPSIS.into(),
        };
    }
    if is_conninfo(url) {
        return of_pairs(url);
    }
    if url.starts_with("file:") {
        return url.split(['?', '#']).next().unwrap_or_default().into();
    }
    match url.contains(['=', '@']) {
        // It may be a misspelt list of names and values, or a URL without a scheme.
        true => ELLIPSIS.into(),
        false => url.into(),
    }
}

fn is_name(scheme: &str) -> bool {
    !scheme.is_empty()
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Shows `[user[:password]@][host[:port]][/database][?parameters]`.
fn address(rest: &str) -> String {
    // A password may hold any of these without encoding, an `@` before its end and a `?` too.
    let (credentials, place) = match rest.rsplit_once('@') {
        Some((credentials, place)) => (Some(credentials), place),
        None => (None, rest),
    };
    let user = credentials.map(|credentials| match credentials.split_once(':') {
        Some((user, _)) => user,
        None => credentials,
    });
    let is_doubtful = user.is_some_and(|user| user.contains(['?', '#', '@', '/']))
        || credentials.is_some_and(|credentials| credentials.contains(['?', '#', '@']));
    let end = place.find(['?', '#']).unwrap_or(place.len());
    let place = &place[..end];
    let (server, _) = place.split_once('/').unwrap_or((place, ""));
    let is_server = server.split(',').all(|server| {
        let port = match server.rsplit_once(']') {
            Some((_, port)) => port.strip_prefix(':').unwrap_or(port),
            None => server.split_once(':').map_or("", |(_, port)| port),
        };
        port.chars().all(|c| c.is_ascii_digit())
    });
    match (user, is_doubtful || !is_server) {
        (None, false) => place.into(),
        (Some(user), false) => format!("{user}@{place}"),
        (_, true) => ELLIPSIS.into(),
    }
}

/// Shows the parameters that say where a connection string leads.
fn of_pairs(text: &str) -> String {
    let shown = |(name, value): (String, String)| {
        let is_shown = matches!(&*name, "host" | "hostaddr" | "port" | "dbname" | "user" | "service");
        // A database's name may be a connection string of its own.
        let is_plain = !value.contains(['=', '@', ':']) || matches!(&*name, "host" | "hostaddr");
        (is_shown && is_plain).then(|| format!("{name}={value}"))
    };
    let shown: Vec<_> = pairs(text).unwrap_or_default().into_iter().filter_map(shown).collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_shown() {
        for (url, shown) in [
            ("postgres://ada@db:5432/app", "postgres://ada@db:5432/app"),
            ("postgres://db/app?options=-c%20search_path%3Dx", "postgres://db/app"),
            ("postgres://ada@[::1]:5432/app", "postgres://ada@[::1]:5432/app"),
            ("postgres://a:5432,b:5433/app", "postgres://a:5432,b:5433/app"),
            ("mysql://root@127.0.0.1/test", "mysql://root@127.0.0.1/test"),
            (
                "host=db port=5432 dbname=app user=ada",
                "host=db port=5432 dbname=app user=ada",
            ),
            ("/var/app.db", "/var/app.db"),
            ("file:/var/app.db?mode=ro", "file:/var/app.db"),
            ("sqlite:///var/app.db", "sqlite:///var/app.db"),
            (":memory:", ":memory:"),
            ("", ""),
        ] {
            assert_eq!(of(url), shown, "{url}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        for secret in [
            "hunter2",
            "hunter2@x",
            "hunter2/x",
            "hunter2?x",
            "hunter2#x",
            "hunter2:x",
            "x@hunter2",
            "x/hunter2",
            "x?hunter2",
            "x:hunter2@y",
            "x=hunter2",
        ] {
            for url in [
                format!("postgres://ada:{secret}@db/app"),
                format!("mysql://ada:{secret}@db:3306/app?x=1"),
                format!("postgres://db/app?password={secret}"),
                format!("postgres://ada@db/app?user=x&password={secret}"),
                format!("postgres://:{secret}@db/app"),
                format!("postgres://ada:{secret}@"),
                format!("host=db password='{secret}' user=ada"),
                format!("host=db pasword={secret}"),
                format!("password {secret} = x"),
                format!("dbname='postgres://ada:{secret}@db/app' user=ada"),
                format!("file:app.db?key={secret}"),
                format!("ada:{secret}@db/app"),
            ] {
                assert!(!of(&url).contains("hunter2"), "{url}: {}", of(&url));
            }
        }
        for url in ["postgres://ada:hunter2", "postgres://ada:hunter2/app", "hunter2=x"] {
            assert!(!of(url).contains("hunter2"), "{url}");
        }
        assert_eq!(of("postgres://ada:hunter2@db/app"), "postgres://ada@db/app");
        assert_eq!(of("host=db password=hunter2 user=ada"), "host=db user=ada");
    }
}
