//! Settings from files and from the environment: read alike, refused by name, and honoured.

mod honoured;

use std::time::Duration;

use diesel_cache::{CacheConfig, Error, RegionConfig, RegionKind, prelude::*};

const TOML: &str = r#"
directory = "data/cache"
doubt_grace = "90s"
function_changes_session = ["enter", "leave"]

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
"#;

const JSON: &str = r#"{
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
    "doubt_grace": "1m 30s", "directory": "data/cache"
}"#;

const VARS: [(&str, &str); 20] = [
    ("DC_DIRECTORY", "data/cache"),
    ("DC_DOUBT_GRACE", "90s"),
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
}

#[test]
fn the_environment_has_the_last_word() {
    let vars = [
        ("DC_REGIONS__DEFAULT__TIME_TO_LIVE", "7s"),
        ("DC_REGIONS__HOT__KIND", "null"),
        ("DC_REGIONS__NEW__KIND", "memory"),
        ("DC_CASCADES__PERSON", "address"),
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
    assert_eq!(config, wanted);
}

/// Faulty settings, and how the message of the error begins.
const DEFECTS: [(&str, &str); 30] = [
    (
        r#"{ "function_changes_session": "enter,," }"#,
        "function_changes_session: expected a list of function names, found an empty name",
    ),
    (
        r#"{ "function_writes": { "f": 1 } }"#,
        "function_writes.f: expected a list of table names, found the number 1",
    ),
    (
        r#"{ "regionz": {} }"#,
        "regionz: unknown key, expected one of `directory`, `doubt_grace`, `regions`, ",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "time_to_life": "1h" } } }"#,
        "regions.a.time_to_life: unknown key, expected one of `kind`, `time_to_live`, ",
    ),
    (
        r#"{ "regions": { "a": { "time_to_live": "1h" } } }"#,
        "regions.a.kind: missing",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disc" } } }"#,
        "regions.a.kind: expected one of \"disk\", \"memory\", \"session\", \"null\", found \"disc\"",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "time_to_live": "5 parsecs" } } }"#,
        "regions.a.time_to_live: invalid duration \"5 parsecs\": unknown time unit \"parsecs\"",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "time_to_idle": 90 } } }"#,
        "regions.a.time_to_idle: a duration needs a unit, as in \"90s\"; this is the number 90",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "lock_timeout": -1.5 } } }"#,
        "regions.a.lock_timeout: a duration needs a unit, ",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "time_to_idle": "-5 s" } } }"#,
        "regions.a.time_to_idle: invalid duration \"-5 s\": ",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "stale_if_error": true } } }"#,
        "regions.a.stale_if_error: expected a duration such as \"1h 30m\", found `true`",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "max_capacity": "1e400 MiB" } } }"#,
        "regions.a.max_capacity: invalid size \"1e400 MiB\": ",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "max_capacity": -1 } } }"#,
        "regions.a.max_capacity: invalid size -1: ",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "max_capacity": "99999999 PiB" } } }"#,
        "regions.a.max_capacity: invalid size \"99999999 PiB\": that is more than can be counted",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "max_entry_size": 1.5 } } }"#,
        "regions.a.max_entry_size: expected a size such as \"64 MiB\", ",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "max_entry_size": [1] } } }"#,
        "regions.a.max_entry_size: expected a size such as ",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "jitter": 1.5 } } }"#,
        "regions.a.jitter: expected a number from 0.0 to 1.0, found 1.5",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "jitter": -1 } } }"#,
        "regions.a.jitter: expected a number from 0.0 to 1.0, found -1",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "jitter": "NaN" } } }"#,
        "regions.a.jitter: expected a number from 0.0 to 1.0, found NaN",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "jitter": "some" } } }"#,
        "regions.a.jitter: expected a number from 0.0 to 1.0, found \"some\"",
    ),
    (
        r#"{ "regions": { "a": { "memory_capacity": "1 MiB", "kind": "memory" } } }"#,
        "regions.a.memory_capacity: a memory region has no such setting: its bound is `max_capacity`",
    ),
    (
        r#"{ "regions": { "a": { "kind": "session", "max_capacity": 1 } } }"#,
        "regions.a.max_capacity: a session region has no such setting",
    ),
    (
        r#"{ "regions": { "a": { "kind": "session", "memory_capacity": 1 } } }"#,
        "regions.a.memory_capacity: a session region has no such setting",
    ),
    (
        r#"{ "regions": { "a": { "kind": "session", "lock_timeout": "1s" } } }"#,
        "regions.a.lock_timeout: a session region has no such setting",
    ),
    (
        r#"{ "regions": { "a": 5 } }"#,
        "regions.a: expected a table, found the number 5",
    ),
    (r#"{ "regions": ["a"] }"#, "regions: expected a table, found a list"),
    (r#"{ "directory": "" }"#, "directory: expected a path, found \"\""),
    (
        r#"{ "doubt_grace": { "s": 1 } }"#,
        "doubt_grace: expected a duration such as \"1h 30m\", found a table",
    ),
    (
        r#"{ "cascades": { "person": [1] } }"#,
        "cascades.person: expected a list of table names, found the number 1",
    ),
    (
        r#"{ "views": { "a\nb": "x,,y" } }"#,
        "views.a\\nb: expected a list of table names, found an empty name",
    ),
];

#[test]
fn every_defect_is_named_in_every_format() {
    for (json, expected) in DEFECTS {
        let error = serde_json::from_str::<CacheConfig>(json).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{json}: {error}");
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let error = serde_json::from_value::<CacheConfig>(value.clone())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{json}: {error}");
        // TOML shows the line first, where it can.
        let toml: toml::Table = serde_json::from_value(value).unwrap();
        let error = toml.try_into::<CacheConfig>().unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
    for json in [
        r#"{ "regions": { "a": { "kind": "disk", "kind": "disk" } } }"#,
        r#"{ "regions": {}, "regions": {} }"#,
    ] {
        let error = serde_json::from_str::<CacheConfig>(json).unwrap_err().to_string();
        assert!(error.contains(": given twice"), "{error}");
    }
    assert!(
        serde_json::from_str::<CacheConfig>("[]")
            .unwrap_err()
            .to_string()
            .starts_with("expected a table")
    );
}

#[test]
fn toml_shows_the_line_too() {
    let error = toml::from_str::<CacheConfig>("[regions.a]\nkind = 'disk'\ntime_to_live = '5 parsecs'\n").unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("line 3") && text.contains("regions.a.time_to_live: invalid duration"),
        "{text}"
    );
}

#[test]
fn variables_are_named() {
    for (name, value, expected) in [
        (
            "DC_REGIONS__A__TIME_TO_LIFE",
            "1h",
            "regions.a.time_to_life: unknown key",
        ),
        (
            "DC_REGIONS__A__TIME_TO_LIVE",
            "90",
            "regions.a.time_to_live: invalid duration \"90\": time unit needed",
        ),
        ("DC_REGIONS__A", "disk", "regions.a: expected a table, found \"disk\""),
        (
            "DC_REGIONS__A____KIND",
            "disk",
            "DC_REGIONS__A____KIND: the name lacks a part",
        ),
        ("DC_", "disk", "DC_: the name lacks a part"),
        (
            "DC_DIRECTORY__X",
            "y",
            "DC_DIRECTORY__X: both a setting and a table of settings",
        ),
        (
            "DC_directory",
            "y",
            "DC_directory: given twice, or both a setting and a table of settings",
        ),
    ] {
        let error = CacheConfig::from_vars("DC_", [("DC_DIRECTORY", "x"), (name, value)]).unwrap_err();
        assert!(matches!(error, Error::Config { .. }));
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn what_is_written_in_code_is_checked_too() {
    let mut config = CacheConfig::default();
    let mut region = RegionConfig::new(RegionKind::Memory);
    region.memory_capacity = Some(1);
    config.regions.insert("hot".into(), region);
    let error = Cache::from_config(config).unwrap_err();
    assert!(
        error.to_string().starts_with("regions.hot.memory_capacity: "),
        "{error}"
    );
}
