//! Settings from files and from the environment: both are read in the same way, have their effect, and are refused by
//! name if they are faulty.

mod cluster;
mod defects;
mod honoured;

use std::time::Duration;

use diesel_cache::{CacheConfig, ClusterConfig, Coherence, RegionConfig, RegionKind};

const TOML: &str = r#"
directory = "data/cache"
doubt_grace = "90s"
max_statements = 200
function_changes_session = ["enter", "leave"]
row_precision = true
whole_tables = ["audit_log", "visit"]

[cluster]
url = "redis://app:secret@cache.internal:6379/1"
name = "shop"
lease = "1500ms"
timeout = "200ms"
connect_timeout = "300ms"
coherence = "bounded"
stale_if_lost = "1m 15s"

[regions.default]
time_to_live = "1h 30m"
time_to_idle = "20m"
jitter = 0.25
stale_while_revalidate = "30s"
stale_if_error = "1h"
max_capacity = "64 MiB"
memory_capacity = 8388608
max_entry_size = "1.5 MiB"
lock_timeout = "250ms"
kind = "disk"

[regions.hot]
kind = "memory"

[regions.local]
kind = "session"

[regions.off]
kind = "null"

[cascades]
person = ["address", "phone"]

[views]
order_view = ["orders"]

[function_writes]
refresh = ["downloads", "log"]

[rows_by]
comment = ["thread", "author"]
post = [["day"], ["site", "page"]]

[volatile]
person = ["seen_at", "visits"]
"#;

const JSON: &str = r#"{
    "rows_by": { "comment": [["thread", "author"]], "post": "day; site, page", "none": null },
    "volatile": { "person": "seen_at, visits", "none": null },
    "whole_tables": "audit_log, visit", "row_precision": true,
    "function_writes": { "refresh": "downloads, log" },
    "function_changes_session": ["enter", "leave"],
    "views": { "order_view": ["orders"] },
    "cascades": { "person": ["address", "phone"] },
    "regions": {
        "off": { "kind": "null", "time_to_live": null },
        "local": { "kind": "session" },
        "hot": { "kind": "memory" },
        "default": {
            "kind": "disk", "time_to_live": "90m", "time_to_idle": "20 min", "jitter": 0.25,
            "stale_while_revalidate": "30000ms", "stale_if_error": "1h", "max_capacity": 67108864,
            "memory_capacity": "8 MiB", "max_entry_size": "1536 KiB", "lock_timeout": "0.25s"
        }
    },
    "cluster": {
        "stale_if_lost": "75s", "coherence": "bounded", "connect_timeout": "0.3s", "timeout": "200 ms",
        "lease": "1.5s", "name": "shop",
        "url": "redis://app:secret@cache.internal:6379/1"
    },
    "doubt_grace": "1m 30s", "max_statements": "200", "directory": "data/cache"
}"#;

const VARS: [(&str, &str); 33] = [
    ("DC_VOLATILE__PERSON", "seen_at,visits"),
    ("DC_DIRECTORY", "data/cache"),
    ("DC_DOUBT_GRACE", "90s"),
    ("DC_MAX_STATEMENTS", "200"),
    ("DC_CLUSTER__URL", "redis://app:secret@cache.internal:6379/1"),
    ("DC_CLUSTER__NAME", "shop"),
    ("DC_CLUSTER__LEASE", "1500ms"),
    ("DC_CLUSTER__TIMEOUT", "200ms"),
    ("DC_CLUSTER__CONNECT_TIMEOUT", "300ms"),
    ("DC_CLUSTER__COHERENCE", "bounded"),
    ("DC_CLUSTER__STALE_IF_LOST", "75s"),
    ("DC_REGIONS__DEFAULT__KIND", "disk"),
    ("DC_REGIONS__DEFAULT__TIME_TO_LIVE", "1h30m"),
    ("DC_REGIONS__DEFAULT__TIME_TO_IDLE", "20m"),
    ("DC_REGIONS__DEFAULT__JITTER", "0.25"),
    ("DC_REGIONS__DEFAULT__STALE_WHILE_REVALIDATE", "30s"),
    ("DC_REGIONS__DEFAULT__STALE_IF_ERROR", "1h"),
    ("DC_REGIONS__DEFAULT__MAX_CAPACITY", "67108864"),
    ("DC_REGIONS__DEFAULT__MEMORY_CAPACITY", "8 MiB"),
    ("DC_REGIONS__DEFAULT__MAX_ENTRY_SIZE", "1.5 MiB"),
    ("DC_REGIONS__DEFAULT__LOCK_TIMEOUT", "250ms"),
    ("DC_REGIONS__HOT__KIND", "memory"),
    ("DC_REGIONS__LOCAL__KIND", "session"),
    ("DC_regions__off__kind", "null"),
    ("DC_CASCADES__PERSON", "address, phone"),
    ("DC_VIEWS__ORDER_VIEW", "orders"),
    ("DC_FUNCTION_WRITES__REFRESH", "downloads, log"),
    ("DC_FUNCTION_CHANGES_SESSION", "enter,leave"),
    ("DC_ROW_PRECISION", "true"),
    ("DC_WHOLE_TABLES", "audit_log,visit"),
    ("DC_ROWS_BY__COMMENT", "thread, author"),
    ("DC_ROWS_BY__POST", "day; site, page"),
    ("ANOTHER_DC_DIRECTORY", "elsewhere"),
];

fn expected() -> CacheConfig {
    let mut region = RegionConfig::new(RegionKind::Disk);
    region.time_to_live = Some(Duration::from_secs(5400));
    region.time_to_idle = Some(Duration::from_secs(1200));
    region.jitter = Some(0.25);
    region.stale_while_revalidate = Some(Duration::from_secs(30));
    region.stale_if_error = Some(Duration::from_secs(3600));
    region.max_capacity = Some(64 << 20);
    region.memory_capacity = Some(8 << 20);
    region.max_entry_size = Some(3 << 19);
    region.lock_timeout = Some(Duration::from_millis(250));
    let mut config = CacheConfig::default();
    config.directory = Some("data/cache".into());
    config.doubt_grace = Some(Duration::from_secs(90));
    config.max_statements = Some(200);
    let mut cluster = ClusterConfig::new("redis://app:secret@cache.internal:6379/1");
    cluster.name = Some("shop".into());
    cluster.lease = Some(Duration::from_millis(1500));
    cluster.timeout = Some(Duration::from_millis(200));
    cluster.connect_timeout = Some(Duration::from_millis(300));
    cluster.coherence = Some(Coherence::Bounded);
    cluster.stale_if_lost = Some(Duration::from_secs(75));
    config.cluster = Some(cluster);
    config.regions.insert("default".into(), region);
    for (name, kind) in [
        ("hot", RegionKind::Memory),
        ("local", RegionKind::Session),
        ("off", RegionKind::Null),
    ] {
        config.regions.insert(name.into(), RegionConfig::new(kind));
    }
    let changed = vec!["address".into(), "phone".into()];
    config.cascades.insert("person".into(), changed);
    config.views.insert("order_view".into(), vec!["orders".into()]);
    let written = vec!["downloads".into(), "log".into()];
    config.function_writes.insert("refresh".into(), written);
    config.function_changes_session = vec!["enter".into(), "leave".into()];
    config.row_precision = Some(true);
    config.whole_tables = vec!["audit_log".into(), "visit".into()];
    let (thread, page) = (
        vec!["thread".into(), "author".into()],
        vec!["site".into(), "page".into()],
    );
    config.rows_by.insert("comment".into(), vec![thread]);
    config.rows_by.insert("post".into(), vec![vec!["day".into()], page]);
    let volatile = vec!["seen_at".into(), "visits".into()];
    config.volatile.insert("person".into(), volatile);
    config
}

#[test]
fn every_source_gives_the_same() {
    assert_eq!(toml::from_str::<CacheConfig>(TOML).unwrap(), expected());
    assert_eq!(serde_json::from_str::<CacheConfig>(JSON).unwrap(), expected());
    let value: serde_json::Value = serde_json::from_str(JSON).unwrap();
    assert_eq!(serde_json::from_value::<CacheConfig>(value).unwrap(), expected());
    assert_eq!(CacheConfig::from_vars("DC_", VARS).unwrap(), expected());
    assert_eq!(toml::from_str::<CacheConfig>("").unwrap(), CacheConfig::default());
    assert_eq!(
        serde_json::from_str::<CacheConfig>("{}").unwrap(),
        CacheConfig::default()
    );
}

#[test]
fn what_is_written_reads_back() {
    let json = serde_json::to_string(&expected()).unwrap();
    assert_eq!(serde_json::from_str::<CacheConfig>(&json).unwrap(), expected());
    assert!(json.contains(r#""time_to_live":"1h 30m""#) && json.contains(r#""max_capacity":"64 MiB""#));
    assert!(
        json.contains(r#""lease":"1s 500ms""#) && json.contains(r#""coherence":"bounded""#),
        "{json}"
    );
}

#[test]
fn the_environment_has_the_last_word() {
    let vars = [
        ("DC_REGIONS__DEFAULT__TIME_TO_LIVE", "7s"),
        ("DC_REGIONS__HOT__KIND", "null"),
        ("DC_REGIONS__NEW__KIND", "memory"),
        ("DC_CASCADES__PERSON", "address"),
        ("DC_ROW_PRECISION", "false"),
        ("DC_MAX_STATEMENTS", "0"),
        ("DC_CLUSTER__LEASE", "3s"),
        ("DC_CLUSTER__COHERENCE", "linearizable"),
        ("DC_WHOLE_TABLES", "visit"),
        ("DC_ROWS_BY__POST", "page"),
        ("DC_VOLATILE__PERSON", "visits"),
    ];
    let config = toml::from_str::<CacheConfig>(TOML)
        .unwrap()
        .with_vars("DC_", vars)
        .unwrap();
    let mut wanted = expected();
    wanted.regions.get_mut("default").unwrap().time_to_live = Some(Duration::from_secs(7));
    wanted.regions.get_mut("hot").unwrap().kind = RegionKind::Null;
    wanted
        .regions
        .insert("new".into(), RegionConfig::new(RegionKind::Memory));
    wanted.cascades.insert("person".into(), vec!["address".into()]);
    wanted.row_precision = Some(false);
    wanted.max_statements = Some(0);
    let cluster = wanted.cluster.as_mut().unwrap();
    (cluster.lease, cluster.coherence) = (Some(Duration::from_secs(3)), Some(Coherence::Linearizable));
    wanted.whole_tables = vec!["visit".into()];
    wanted.rows_by.insert("post".into(), vec![vec!["page".into()]]);
    wanted.volatile.insert("person".into(), vec!["visits".into()]);
    assert_eq!(config, wanted);
}
