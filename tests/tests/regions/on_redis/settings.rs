//! Settings from a file and from the environment.

use std::time::Duration;

use diesel_cache::{Cache, CacheConfig, RegionKind, Tier};
use diesel_cache_tests::RedisServer;
use tempfile::TempDir;

#[test]
fn a_region_by_settings() {
    let (server, directory) = (
        RedisServer::start(&["--requirepass", "secret"]),
        TempDir::new().unwrap(),
    );
    let text = "regions.far = { kind = 'redis', redis_url = 'redis://nowhere', memory_capacity = 0, redis_timeout = '60s', \
                redis_connect_timeout = '1m' }";
    let config: CacheConfig = toml::from_str(text).unwrap();
    let url = format!("redis://:secret@127.0.0.1:{}", server.port());
    let path = directory.path().to_str().unwrap();
    let vars = [("DC_REGIONS__FAR__REDIS_URL", &*url), ("DC_DIRECTORY", path)];
    let config = config.with_vars("DC_", vars).unwrap();
    let region = &config.regions["far"];
    assert_eq!(region.kind, RegionKind::Redis);
    assert_eq!(region.redis_timeout, Some(Duration::from_secs(60)));
    assert_eq!(region.redis_url.as_ref().unwrap().as_str(), url);
    let shown = format!("{config:?} {:?}", Cache::builder().config(config.clone()));
    assert!(!shown.contains("secret"), "{shown}");
    let again: CacheConfig = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);

    let cache = Cache::from_config(config).unwrap();
    let far = cache.region("far").unwrap();
    far.set("key", &7);
    assert_eq!(far.get("key"), Some(7));
    assert_eq!(far.stats().hits_in(Tier::Redis), 1);
    assert!(far.stats().to_string().contains("redis 1"));
}
