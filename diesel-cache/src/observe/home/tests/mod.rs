//! URLs that lead to one database, and URLs that do not.

mod postgres;

use std::collections::HashMap;
use std::fs;

use super::*;

const BOTH: [Client; 2] = [Client::Blocking, Client::Async];

/// Returns the home of a URL in an environment of these variables alone.
fn home(url: &str, client: Client, vars: &[(&str, &str)]) -> String {
    let vars: HashMap<&str, &str> = vars.iter().copied().collect();
    within(
        url,
        client,
        &Surroundings {
            var: &|name| vars.get(name).map(ToString::to_string),
            user: &|| Some("uid 7".into()),
        },
    )
}

/// Asserts that all have one home, whichever library connects.
fn one(urls: &[&str]) -> String {
    let first = home(urls[0], Client::Blocking, &[]);
    for url in urls {
        for client in BOTH {
            assert_eq!(home(url, client, &[]), first, "{url} by {client:?}, {}", urls[0]);
        }
    }
    assert!(!first.starts_with('?'), "{urls:?} are nobody's");
    first
}

/// Asserts that each has a home of its own.
fn several(urls: &[&str]) {
    for client in BOTH {
        let homes: Vec<_> = urls.iter().map(|url| home(url, client, &[])).collect();
        for (at, one) in homes.iter().enumerate() {
            assert!(!one.starts_with('?'), "{}", urls[at]);
            for (before, other) in homes[..at].iter().enumerate() {
                assert_ne!(one, other, "{} and {}", urls[at], urls[before]);
            }
        }
    }
}

/// Asserts that it has a home that no other connection has.
fn own(url: &str) {
    for client in BOTH {
        let homes = [home(url, client, &[]), home(url, client, &[])];
        assert!(homes[0].starts_with('?') && homes[0] != homes[1], "{url}: {homes:?}");
    }
}

#[test]
fn mysql_urls() {
    one(&[
        "mysql://ada@db/shop",
        "mysql://ada:secret@db/shop",
        "mysql://ada:p%40ss@DB:3306/shop",
        "mysql://ada:p@ss@db/shop",
        "mysql://%61da@db/shop?ssl_mode=required&ssl_ca=/x&pool_min=1&wait_timeout=7&stmt_cache_size=0",
        "mysql://ada@db/shop?prefer_socket=false&tcp_keepalive=1&compression=fast&require_ssl=true&conn_ttl=5",
        "mysql://ada@db/shop#part",
    ]);
    one(&["mysql://a@[::1]/x", "mysql://a@[0::1]:3306/x"]);
    several(&[
        "mysql://ada@db/shop",
        "mysql://ada@db/SHOP",
        "mysql://ada@db/other",
        "mysql://ada@db",
        "mysql://bob@db/shop",
        "mysql://db/shop",
        "mysql://ada@other/shop",
        "mysql://ada@db:3307/shop",
        "mysql://ada@db/shop?unix_socket=/a",
        "mysql://ada@db/shop?unix_socket=/b",
        "mysql://ada@db/shop?socket=/a",
        "mysql://ada@db/shop?init=SET%20x%3D1",
        "mysql://ada@db/shop?not_known_to_anybody=1",
    ]);
    let url = "mysql://ada@localhost/shop";
    let plain = home(url, Client::Blocking, &[]);
    assert_ne!(home(url, Client::Blocking, &[("MYSQL_TCP_PORT", "3307")]), plain);
    assert_ne!(home(url, Client::Blocking, &[("MYSQL_UNIX_PORT", "/a")]), plain);
    assert_eq!(
        home(url, Client::Blocking, &[("MYSQL_TCP_PORT", "3306"), ("MYSQL_PWD", "x")]),
        plain
    );
}

#[test]
fn sqlite_names() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("one.db");
    let path = path.to_str().unwrap();
    fs::create_dir(directory.path().join("sub")).unwrap();
    let spellings = [
        path.to_owned(),
        format!("file:{path}"),
        format!("file://{path}"),
        format!("file://localhost{path}"),
        format!("sqlite://{path}"),
        format!("file:{path}?mode=rwc&cache=shared&psow=1"),
        format!("file:{path}?key=secret#part"),
        path.replace("one.db", "sub/../one.db"),
        path.replace("one.db", "./one.db"),
        format!("file:{}", path.replace("one", "%6fne")),
    ];
    let spellings: Vec<&str> = spellings.iter().map(String::as_str).collect();
    let missing = one(&spellings);
    fs::write(path, "").unwrap();
    assert_eq!(one(&spellings), missing, "the file is made by whoever opens it first");
    #[cfg(unix)]
    {
        let link = directory.path().join("link.db");
        std::os::unix::fs::symlink(path, &link).unwrap();
        one(&[path, link.to_str().unwrap()]);
    }
    several(&[
        path,
        &path.replace("one", "two"),
        &path.replace("one", "ONE"),
        &format!("{path}?mode=ro"),
        &format!("file:{path}?immutable=1"),
        &format!("file:{path}?nolock=1"),
        &format!("file:{path}?vfs=other"),
        "file::memory:?cache=shared",
        "file:a?mode=memory&cache=shared",
        "file:b?mode=memory&cache=shared",
        "file:/c?vfs=memdb",
    ]);
    one(&[
        "file:a?mode=memory&cache=shared",
        "file:a?cache=shared&mode=memory",
        "sqlite://a?mode=memory&cache=shared",
    ]);
    one(&[
        "relative.db",
        "./relative.db",
        "file:relative.db",
        "sqlite://relative.db",
    ]);
    for name in [
        "",
        ":memory:",
        "file:",
        "file::memory:",
        "sqlite://:memory:",
        "file:a?mode=memory",
        "file:a?mode=memory&cache=private",
        "file:a?vfs=memdb",
        "file:?cache=shared",
        "/no/such/directory/a.db",
    ] {
        own(name);
    }
}

#[test]
fn names_that_two_backends_would_take() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("host={}", directory.path().join("x").display());
    assert_eq!(Dialect::of_url(&url), Some(Dialect::Postgres));
    assert_eq!(Dialect::of_url("host=localhost dbname=x"), Some(Dialect::Postgres));
    assert_eq!(Dialect::of_url("a=b.db"), None);
    assert_eq!(Dialect::of_url(""), None);
    assert_eq!(Dialect::of_url("redshift://x"), None);
    for name in ["a.db", ":memory:", "file:x=y", "/a/b.db"] {
        assert_eq!(Dialect::of_url(name), Some(Dialect::Sqlite), "{name}");
    }
    several(&[
        "redshift://u@h/d",
        "redshift://u@h/e",
        "redshift://v@h/d",
        "redshift://u@h/d?x=1",
    ]);
    one(&["redshift://u@h/d", "redshift://u:secret@h/d"]);
}

#[test]
fn no_url_is_too_strange() {
    for url in [
        "postgres://%zz@h/d",
        "postgres://%00@h/d",
        "postgres://u@h/%ff",
        "postgres://u@[::1/d",
        "postgres://u@[::1]x/d",
        "postgres://u@h:port/d",
        "postgres://u@h:99999/d",
        "postgres://u@a,b:1,2:3,4/d?port=1,2",
        "postgres://u@h/d?options",
        "host=a,b,c port=1,2",
        "mysql://u@[::1/d",
        "mysql://u@h:port/d",
        "mysql://u@h/d?%zz=1",
    ] {
        own(url);
    }
    let parts = [
        "postgres://",
        "mysql://",
        "file:",
        "sqlite://",
        "host=",
        "user=",
        "@",
        ":",
        "/",
        "?",
        "&",
        "=",
        "%",
        "%4",
        "%41",
        "%ff",
        "%00",
        "[",
        "]",
        ",",
        "'",
        "\\",
        " ",
        "#",
        "é",
        "\0",
        "\n",
        ":memory:",
        "a",
        "options=-c%20",
        "--",
        "..",
    ];
    let mut seed = 1_u64;
    for _ in 0..20_000 {
        let mut url = String::new();
        for _ in 0..seed % 7 + 1 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            url.push_str(parts[(seed >> 33) as usize % parts.len()]);
        }
        for client in BOTH {
            assert!(!home(&url, client, &[("PGHOST", &url), ("PGOPTIONS", &url)]).is_empty());
        }
    }
}

#[test]
fn no_home_shows_what_it_was_made_of() {
    for url in [
        "postgres://ada:secret@db/shop",
        "mysql://ada:secret@db/shop",
        "password=secret user=ada",
    ] {
        let home = home(url, Client::Blocking, &[]);
        assert_eq!(home.len(), 22);
        assert!(!home.contains("secret") && !home.contains("ada"));
    }
}
