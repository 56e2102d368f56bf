//! The settings of a cluster, and their effects when the cache is built.

use std::time::Duration;

use diesel_cache::{Cache, CacheConfig, Error, RedisCluster};
use diesel_cache_tests::{RedisServer, redis_url};

/// Asserts that the settings were refused. Returns the path of the faulty setting, and the whole message.
fn refused(built: Result<Cache, Error>) -> (String, String) {
    match built.unwrap_err() {
        Error::Config { path, reason } => {
            let text = format!("{path}: {reason}");
            (path, text)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_malformed_url_is_refused_without_its_password() {
    for url in [
        "ftp://app:secret@host",
        "redis://app:secret@host:port",
        "redis://app:secret@host:1/x",
        "app:secret@host",
        "nowhere",
    ] {
        let config = CacheConfig::from_vars("DC_", [("DC_CLUSTER__URL", url)]).unwrap();
        for built in [
            Cache::from_config(config),
            Cache::builder().cluster(RedisCluster::new(url)).build(),
        ] {
            let (path, text) = refused(built);
            assert_eq!(path, "cluster.url", "{url}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
}

#[test]
fn what_is_set_in_code_is_checked_too() {
    let cluster = || RedisCluster::new(redis_url());
    for (cluster, expected) in [
        (
            cluster().lease(Duration::ZERO),
            "cluster.lease: expected a duration from 100ms to 60s, found 0ns",
        ),
        (
            cluster().lease(Duration::from_secs(61)),
            "cluster.lease: expected a duration from 100ms to 60s, found 61s",
        ),
        (
            cluster().stale_if_lost(Duration::MAX),
            "cluster.stale_if_lost: expected a duration of at most 24h, found 18446744073709551615.999999999s",
        ),
        (
            cluster().name("{}"),
            "cluster.name: expected 1 to 100 letters, digits, `-`, `_`, `.` or `/`, found \"{}\"",
        ),
    ] {
        assert_eq!(refused(Cache::builder().cluster(cluster).build()).1, expected);
    }
}

#[test]
fn the_settings_of_a_file_are_honoured() {
    let server = RedisServer::start(&[]);
    let (url, port) = (server.url(), server.port());
    let text = format!("cluster = {{ url = '{url}/0', name = 'shop/eu', lease = '200ms' }}");
    let cache = Cache::from_config(toml::from_str(&text).unwrap()).unwrap();
    assert!(cache.wait_for_cluster(Duration::from_secs(60)));
    let status = cache.cluster().unwrap().to_string();
    let expected = format!("cluster shop/eu at redis://127.0.0.1:{port}: serving, 1 member\n");
    assert!(status.starts_with(&expected), "{status}");
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server.connect()).unwrap();
    assert!(
        keys.iter().all(|key| key.starts_with("diesel-cache:1:{shop/eu}")),
        "{keys:?}"
    );

    let other = Cache::builder()
        .cluster(RedisCluster::new("redis://127.0.0.1:1"))
        .build()
        .unwrap();
    assert!(!other.cluster().unwrap().is_joined(), "nobody is there");
    assert!(Cache::builder().build().unwrap().cluster().is_none());
}
