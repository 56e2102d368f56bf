//! URLs that lead to one database, and URLs that do not.

use std::collections::HashMap;
use std::fs;

use super::*;

const BOTH: [Client; 2] = [Client::Blocking, Client::Async];

/// The home of a URL, where these variables are all there are.
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

/// All of them have one home, whichever library connects.
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

/// Each has a home of its own.
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

/// It leads where nobody else can know.
fn own(url: &str) {
    for client in BOTH {
        let homes = [home(url, client, &[]), home(url, client, &[])];
        assert!(homes[0].starts_with('?') && homes[0] != homes[1], "{url}: {homes:?}");
    }
}

#[test]
fn postgres_urls_of_one_database() {
    one(&[
        "postgres://ada@db.example/shop",
        "postgresql://ada@db.example/shop",
        "postgres://ada:secret@db.example/shop",
        "postgres://ada:s%3Aec%40ret@db.example/shop",
        "postgres://%61da@DB.Example:5432/s%68op",
        "postgres://ada@db.example/shop?password=secret&passfile=/x",
        "postgres://ada@db.example/shop?application_name=a&connect_timeout=3&keepalives=0&keepalives_idle=1",
        "postgres://ada@db.example/shop?sslmode=require&channel_binding=prefer&load_balance_hosts=random",
        "postgres://ada@db.example/shop?sslrootcert=/a&sslcert=/b&sslkey=/c&gssencmode=disable&requirepeer=x",
        "postgres://ada@db.example/shop?target_session_attrs=any",
        "postgres://ada@db.example/shop?options=",
        "postgres://ada@db.example/shop?options=-c%20application_name%3Dx%20--statement_timeout=5s",
        "postgres://ada@db.example/?dbname=shop",
        "postgres://db.example/shop?user=ada",
        "postgres:///shop?user=ada&host=db.example&port=5432",
        "host=db.example user=ada dbname=shop",
        "  dbname = 'shop'  user=ada\thost=db.example port=5432 ",
        r"host=d\b.example user='a\da' dbname=shop password='it\'s \\' connect_timeout=1",
        "host=ignored.example hostaddr='' user=ada dbname=shop host=db.example"
            .split_once(' ')
            .unwrap()
            .1,
    ]);
    one(&[
        "postgres://ada@db/",
        "postgres://ada@db",
        "postgres://ada@db/ada",
        "user=ada host=db dbname=''",
    ]);
    one(&[
        "postgres://ada@%2Frun%2Fpg/x",
        "postgres://ada@/x?host=/run/pg",
        "postgresql:///x?host=%2Frun%2Fpg&user=ada",
    ]);
    one(&[
        "postgres://a@[::1]/x",
        "postgres://a@[0:0:0:0:0:0:0:1]:5432/x",
        "host=::1 user=a dbname=x",
    ]);
    one(&[
        "postgres://a@b,c:5433/x",
        "postgres://a@b:5432,c:5433/x",
        "host=b,c port=,5433 user=a dbname=x",
    ]);
    one(&["host=a,b port=7 user=u dbname=d", "host=a,b port=7,7 user=u dbname=d"]);
    one(&[
        "host=name hostaddr=10.0.0.1 user=u dbname=d",
        "hostaddr=10.0.0.1 user=u dbname=d",
        "host=10.0.0.1 user=u dbname=d",
    ]);
    one(&[
        "postgres://u@h/d?options=-c%20search_path%3Da",
        "postgres://u@h/d?options=--search_path=a",
        "postgres://u@h/d?options=--search-path%3Da",
        "postgres://u@h/d?options=-csearch_path=a",
        "postgres://u@h/d?options=-c%20search_path%3Db%20-c%20Search_Path%3Da",
        "host=h user=u dbname=d options='-c search_path=a  -c statement_timeout=1'",
    ]);
    one(&["postgres://h/d", "postgres://h:5432/d"]);
}

#[test]
fn postgres_urls_of_several_databases() {
    several(&[
        "postgres://ada@db/shop",
        "postgres://ada@db/other",
        "postgres://ada@db/SHOP",
        "postgres://bob@db/shop",
        "postgres://db/shop",
        "postgres://ada@other/shop",
        "postgres://ada@db:5433/shop",
        "postgres://ada@db,other/shop",
        "postgres://ada@other,db/shop",
        "postgres://ada@%2Fdb/shop",
        "postgres://ada@db/shop?target_session_attrs=read-write",
        "postgres://ada@db/shop?target_session_attrs=read-only",
        "postgres://ada@db/shop?client_encoding=latin1",
        "postgres://ada@db/shop?replication=database",
        "postgres://ada@db/shop?not_known_to_anybody=1",
        "postgres://ada@db/shop?not_known_to_anybody=2",
        "postgres://ada@db/shop?options=--search_path=one",
        "postgres://ada@db/shop?options=--search_path=two",
        "postgres://ada@db/shop?options=--search_path=one%20--role=x",
        "postgres://ada@db/shop?options=--search_path=o\\%20ne",
        "postgres://ada@db/shop?options=-B%20100",
        "postgres://ada@db/shop?options=-c%20app.tenant%3D1",
        "postgres://ada@db/shop?hostaddr=10.0.0.1",
    ]);
    // What looks like one part of another.
    several(&[
        "postgres://a@b/c?options=--x=1",
        "postgres://a@b/c?options=--x=1%20-c%20y=2",
        "postgres://a@b/c?x=1",
    ]);
    several(&["user=a dbname='b c'", "user=a dbname=b options=c", "user='a dbname=b'"]);
}

#[test]
fn what_libpq_takes_from_its_environment() {
    let url = "postgres://h/d";
    let plain = home(url, Client::Blocking, &[]);
    for variable in [
        "PGUSER",
        "PGOPTIONS",
        "PGHOSTADDR",
        "PGTZ",
        "PGDATESTYLE",
        "PGCLIENTENCODING",
        "PGTARGETSESSIONATTRS",
    ] {
        let value = match variable {
            "PGOPTIONS" => "-c search_path=x",
            "PGHOSTADDR" => "10.0.0.1",
            _ => "x",
        };
        let vars = [(variable, value)];
        assert_ne!(home(url, Client::Blocking, &vars), plain, "{variable}");
        assert_eq!(
            home(url, Client::Async, &vars),
            plain,
            "tokio-postgres does not read {variable}"
        );
    }
    for vars in [
        [("PGHOST", "other")],
        [("PGDATABASE", "other")],
        [("PGPASSWORD", "secret")],
        [("PGAPPNAME", "x")],
        [("PGSSLMODE", "require")],
        [("PGCONNECT_TIMEOUT", "1")],
        [("PGOPTIONS", "-c application_name=x")],
    ] {
        assert_eq!(home(url, Client::Blocking, &vars), plain, "{vars:?}");
    }
    let said = "postgres://ada@db/shop?options=--search_path=a";
    for empty in ["postgres://", "postgresql://?", "password=secret"] {
        let vars = [
            ("PGHOST", "db"),
            ("PGPORT", "5432"),
            ("PGUSER", "ada"),
            ("PGDATABASE", "shop"),
            ("PGOPTIONS", "--search_path=a"),
        ];
        assert_eq!(
            home(empty, Client::Blocking, &vars),
            home(said, Client::Blocking, &[]),
            "{empty}"
        );
        for (place, _) in vars.iter().enumerate() {
            let mut other = vars;
            other[place].1 = if vars[place].0 == "PGPORT" { "7" } else { "other" };
            assert_ne!(
                home(empty, Client::Blocking, &other),
                home(empty, Client::Blocking, &vars),
                "{other:?}"
            );
        }
    }
}

#[test]
fn services_are_looked_up() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("services");
    let (path, home_directory) = (file.to_str().unwrap(), directory.path().to_str().unwrap());
    fs::write(
        &file,
        "# all\n[other]\nhost=x\n\n[shop]\nhost=db\ndbname=shop\nuser=ada\n# more\nport=5432\n[last]\n",
    )
    .unwrap();
    fs::copy(&file, directory.path().join("pg_service.conf")).unwrap();
    fs::copy(&file, directory.path().join(".pg_service.conf")).unwrap();
    let said = home("postgres://ada@db/shop", Client::Blocking, &[]);
    for vars in [
        ("PGSERVICEFILE", path),
        ("PGSYSCONFDIR", home_directory),
        ("HOME", home_directory),
    ] {
        assert_eq!(home("service=shop", Client::Blocking, &[vars]), said, "{vars:?}");
        assert_eq!(
            home("postgres://?service=shop", Client::Blocking, &[vars, ("PGHOST", "no")]),
            said
        );
        assert_eq!(
            home("postgres://", Client::Blocking, &[vars, ("PGSERVICE", "shop")]),
            said
        );
        assert_ne!(home("dbname=x service=shop", Client::Blocking, &[vars]), said);
        assert!(home("service=missing", Client::Blocking, &[vars]).starts_with('?'));
        assert!(!home("service=last user=a", Client::Blocking, &[vars]).starts_with('?'));
    }
    assert!(
        home("service=shop", Client::Blocking, &[]).starts_with('?'),
        "there is no file"
    );
    fs::write(&file, "[shop]\nldap://x/y\n").unwrap();
    let vars = [("PGSERVICEFILE", path)];
    assert!(home("service=shop", Client::Blocking, &vars).starts_with('?'));
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
    assert_eq!(dialect_of(&url), Some(Dialect::Postgres));
    assert_eq!(dialect_of("host=localhost dbname=x"), Some(Dialect::Postgres));
    assert_eq!(dialect_of("a=b.db"), None);
    assert_eq!(dialect_of(""), None);
    assert_eq!(dialect_of("redshift://x"), None);
    for name in ["a.db", ":memory:", "file:x=y", "/a/b.db"] {
        assert_eq!(dialect_of(name), Some(Dialect::Sqlite), "{name}");
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
