//! TLS: which certificates are trusted, and which are not.

use std::time::Duration;

use diesel_cache::{Cache, RegionBuilder};
use diesel_cache_tests::{Certificates, Database, RedisServer};

use super::{Db, FAILED, at, failures, load, setup};

/// A region with files of certificates, such as `[("ca", "ca.pem")]`.
fn with(server: &RedisServer, certificates: &Certificates, files: &[(&str, &str)]) -> RegionBuilder {
    let parameters: Vec<String> = files
        .iter()
        .map(|(name, file)| format!("{name}={}", certificates.file(file).display()))
        .collect();
    at(format!("rediss://{}?{}", server.address(), parameters.join("&")))
}

#[test]
fn a_server_with_a_certificate_of_the_authority() {
    let db = Database::<Db>::new();
    let certificates = Certificates::new();
    let server = RedisServer::start_with_tls(&certificates, "no");
    let mut setup = setup(&db, with(&server, &certificates, &[("ca", "ca.pem")]));
    assert_eq!(load(&mut setup), ["miss Absent", "stored"]);
    assert_eq!(load(&mut setup), ["hit Redis"]);
}

#[test]
fn a_server_of_another_authority() {
    let db = Database::<Db>::new();
    let certificates = Certificates::new();
    let server = RedisServer::start_with_tls(&certificates, "no");
    let others = Certificates::new();
    for region in [
        with(&server, &others, &[("ca", "ca.pem")]),
        // The system's authorities.
        at(format!("rediss://{}", server.address())),
    ] {
        let mut setup = setup(&db, region);
        let seen = failures(&mut setup);
        assert!(seen[0].contains("invalid peer certificate"), "{seen:?}");
        assert_eq!(load(&mut setup), FAILED);
    }
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), Ok(0));
}

/// The certificate is one of 127.0.0.1.
#[test]
fn a_server_of_another_name() {
    let db = Database::<Db>::new();
    let certificates = Certificates::new();
    let server = RedisServer::start_with_tls(&certificates, "no");
    let (port, ca) = (server.port(), certificates.file("ca.pem"));
    let mut setup = setup(&db, at(format!("rediss://localhost:{port}?ca={}", ca.display())));
    let seen = failures(&mut setup);
    assert!(seen[0].contains("not valid for name"), "{seen:?}");
    assert_eq!(load(&mut setup), FAILED);
}

#[test]
fn a_server_that_asks_for_a_certificate() {
    let db = Database::<Db>::new();
    let certificates = Certificates::new();
    let server = RedisServer::start_with_tls(&certificates, "yes");
    let mut without = setup(&db, with(&server, &certificates, &[("ca", "ca.pem")]));
    assert_eq!(load(&mut without), FAILED);
    let files = [("ca", "ca.pem"), ("cert", "client.pem"), ("key", "client.key")];
    let mut with = setup(&db, with(&server, &certificates, &files));
    assert_eq!(load(&mut with), ["miss Absent", "stored"]);
    assert_eq!(load(&mut with), ["hit Redis"]);
}

#[test]
fn a_server_without_tls() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let certificates = Certificates::new();
    let region = with(&server, &certificates, &[("ca", "ca.pem")]);
    // The server waits for the end of a command.
    let mut setup = setup(&db, region.redis_connect_timeout(Duration::from_millis(100)));
    assert_eq!(load(&mut setup), FAILED);
}

/// What the client sends is no command to a server that speaks TLS.
#[test]
fn a_url_without_tls() {
    let db = Database::<Db>::new();
    let server = RedisServer::start_with_tls(&Certificates::new(), "no");
    let mut setup = setup(&db, at(server.url()));
    assert_eq!(load(&mut setup), FAILED);
}

#[test]
fn files_that_are_no_certificates_are_errors_of_build() {
    let db = Database::<Db>::new();
    let certificates = Certificates::new();
    let file = |name: &str| certificates.file(name).display().to_string();
    std::fs::write(file("empty"), "").unwrap();
    for (parameters, said) in [
        (format!("ca={}", file("missing")), "cannot read the file of `ca`"),
        (format!("ca={}", file("server.key")), "no `BEGIN CERTIFICATE`"),
        (format!("ca={}", file("empty")), "no `BEGIN CERTIFICATE`"),
        (
            format!("cert={}", file("client.pem")),
            "`cert` and `key` must be given together",
        ),
        (
            format!("key={}", file("client.key")),
            "`cert` and `key` must be given together",
        ),
        (
            format!("cert={}&key={}", file("client.pem"), file("client.pem")),
            "no `PRIVATE KEY`",
        ),
    ] {
        let region = at(format!("rediss://:secret@127.0.0.1?{parameters}"));
        let builder = Cache::builder().directory(db.directory().join("cache"));
        let error = builder.region(region).build().unwrap_err().to_string();
        assert!(error.contains(said) && !error.contains("secret"), "{error}");
    }
}
