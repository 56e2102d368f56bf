//! Homes of processes with different environments.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::AsyncConnection;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Peer, PostgresDatabase, is_peer, serve};

use super::{Answer, MARK, install, mark};

#[test]
fn peer() {
    if !is_peer() {
        return;
    }
    let (cache, _) = install(Path::new(&std::env::var("DIRECTORY").unwrap()));
    let url = std::env::var("URL").unwrap();
    serve(|client| {
        let by_hand = client.ends_with("by hand");
        match by_hand {
            true => cache.watch_unattached().unwrap(),
            false => cache.install().unwrap(),
        }
        if client.starts_with("blocking") {
            let mut conn = PgConnection::establish(&url).unwrap();
            if by_hand {
                cache.attach(&mut conn);
            }
            return ask!(&mut conn);
        }
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut conn = diesel_async::AsyncPgConnection::establish(&url).await.unwrap();
            if by_hand {
                cache.attach(&mut conn);
            }
            ask_async!(&mut conn)
        })
    });
}

/// libpq takes from the environment what the URL omits; tokio-postgres does not.
#[test]
fn processes_with_other_environments() {
    let db = Database::<PostgresDatabase>::new();
    let directory = db.directory().join("cache").display().to_string();
    let vars = [("DIRECTORY", &*directory), ("URL", db.url())];
    let plain = "public";
    mark::<PostgresDatabase>(db.url(), plain);
    for schema in ["one", "two"] {
        db.connect().batch_execute(&format!("CREATE SCHEMA {schema}")).unwrap();
        let separator = if db.url().contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}options=--search_path%3D{schema}", db.url()).replace("?&", "?");
        mark::<PostgresDatabase>(&url, schema);
    }
    for options in ["-c search_path=one", "--search_path=two", "-c application_name=x"] {
        let expected = options
            .strip_suffix("=x")
            .map_or(options.rsplit('=').next().unwrap(), |_| plain);
        let [directory, url] = vars;
        let mut peer = Peer::spawn(module_path!(), &[directory, url, ("PGOPTIONS", options)]);
        for _ in 0..2 {
            assert_eq!(peer.ask("blocking"), expected);
            assert_eq!(peer.ask("async"), plain);
            assert_eq!(peer.ask("async by hand"), plain);
            assert_eq!(peer.ask("blocking by hand"), expected);
        }
    }
    let mut peer = Peer::spawn(module_path!(), &vars);
    assert_eq!((peer.ask("async"), peer.ask("blocking")), (plain.into(), plain.into()));
}
