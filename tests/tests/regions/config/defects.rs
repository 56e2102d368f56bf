//! Faulty settings are refused with an error that names the setting, whatever source they come from.

use diesel_cache::{Cache, CacheConfig, Error, RegionConfig, RegionKind};

/// Faulty settings, and how the message of the error begins.
const DEFECTS: [(&str, &str); 57] = [
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
        "regionz: unknown key, expected one of `directory`, `doubt_grace`, `max_statements`, `cluster`, `regions`, ",
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
        "regions.a.kind: expected one of \"disk\", \"redis\", \"memory\", \"session\", \"null\", found \"disc\"",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "time_to_live": "5 parsecs" } } }"#,
        "regions.a.time_to_live: invalid duration \"5 parsecs\": unknown time unit \"parsecs\"",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "time_to_idle": 90 } } }"#,
        "regions.a.time_to_idle: expected a duration with a unit, such as \"90s\", found the number 90",
    ),
    (
        r#"{ "regions": { "a": { "kind": "disk", "lock_timeout": -1.5 } } }"#,
        "regions.a.lock_timeout: expected a duration with a unit, ",
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
        "regions.a.max_capacity: invalid size \"99999999 PiB\": the number of bytes is too large",
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
        r#"{ "regions": { "a": { "kind": "disk", "redis_timeout": "1s" } } }"#,
        "regions.a.redis_timeout: a disk region has no such setting: only Redis regions have it",
    ),
    (
        r#"{ "regions": { "a": { "kind": "redis", "max_capacity": 1 } } }"#,
        "regions.a.max_capacity: a redis region has no such setting: the server's `maxmemory` bounds it",
    ),
    (
        r#"{ "regions": { "a": { "kind": "redis", "redis_url": 6379 } } }"#,
        "regions.a.redis_url: expected a URL such as \"redis://host:6379/0\"",
    ),
    (
        r#"{ "regions": { "a": 5 } }"#,
        "regions.a: expected a table, found the number 5",
    ),
    (r#"{ "regions": ["a"] }"#, "regions: expected a table, found a list"),
    (
        r#"{ "cluster": "redis://host" }"#,
        "cluster: expected a table, found \"redis://host\"",
    ),
    (r#"{ "cluster": { "name": "shop" } }"#, "cluster.url: missing"),
    (
        r#"{ "cluster": { "url": "" } }"#,
        "cluster.url: expected a URL such as \"redis://host:6379/0\"",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "leese": "1s" } }"#,
        "cluster.leese: unknown key, expected one of `url`, `name`, `lease`, `timeout`, `connect_timeout`, `coherence`, \
         `stale_if_lost`",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "lease": "99ms" } }"#,
        "cluster.lease: expected a duration from 100ms to 60s, found 99ms",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "lease": "60001ms" } }"#,
        "cluster.lease: expected a duration from 100ms to 60s, found 60.001s",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "timeout": 5 } }"#,
        "cluster.timeout: expected a duration with a unit, ",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "name": "a{b}" } }"#,
        "cluster.name: expected 1 to 100 letters, digits, `-`, `_`, `.` or `/`, found \"a{b}\"",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "name": "" } }"#,
        "cluster.name: expected 1 to 100 letters, ",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "name": 1 } }"#,
        "cluster.name: expected text, found the number 1",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "coherence": "eventual" } }"#,
        "cluster.coherence: expected one of \"linearizable\", \"bounded\", found \"eventual\"",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "stale_if_lost": 30 } }"#,
        "cluster.stale_if_lost: expected a duration with a unit, ",
    ),
    (
        r#"{ "cluster": { "url": "redis://host", "stale_if_lost": "25h" } }"#,
        "cluster.stale_if_lost: expected a duration of at most 24h, found 90000s",
    ),
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
    (
        r#"{ "row_precision": "yes" }"#,
        "row_precision: expected `true` or `false`, found \"yes\"",
    ),
    (
        r#"{ "max_statements": -1 }"#,
        "max_statements: expected a whole number from 0, found the number -1",
    ),
    (
        r#"{ "max_statements": "many" }"#,
        "max_statements: expected a whole number from 0, found \"many\"",
    ),
    (
        r#"{ "row_precision": 1 }"#,
        "row_precision: expected `true` or `false`, found the number 1",
    ),
    (
        r#"{ "whole_tables": { "person": true } }"#,
        "whole_tables: expected a list of table names, found a table",
    ),
    (
        r#"{ "rows_by": ["person"] }"#,
        "rows_by: expected a table, found a list",
    ),
    (
        r#"{ "rows_by": { "person": 1 } }"#,
        "rows_by.person: expected a list of column names, found the number 1",
    ),
    (
        r#"{ "rows_by": { "person": [["a"], "b"] } }"#,
        "rows_by.person: expected a list of column names beside the others, found \"b\"",
    ),
    (
        r#"{ "rows_by": { "person": [["a"], []] } }"#,
        "rows_by.person: expected a list of column names, found an empty list",
    ),
    (
        r#"{ "volatile": { "person": 1 } }"#,
        "volatile.person: expected a list of column names, found the number 1",
    ),
    (
        r#"{ "rows_by": { "person": "a;" } }"#,
        "rows_by.person: expected a list of column names, found an empty name",
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
        ("DC_CLUSTER__LEASE", "1s", "cluster.url: missing"),
        ("DC_CLUSTER__LEESE", "1s", "cluster.leese: unknown key"),
        ("DC_REGIONS__A", "disk", "regions.a: expected a table, found \"disk\""),
        (
            "DC_REGIONS__A____KIND",
            "disk",
            "DC_REGIONS__A____KIND: a part of the name is empty",
        ),
        ("DC_", "disk", "DC_: a part of the name is empty"),
        (
            "DC_DIRECTORY__X",
            "y",
            "DC_DIRECTORY__X: used both as a setting and as a table of settings",
        ),
        (
            "DC_directory",
            "y",
            "DC_directory: given twice, or used both as a setting and as a table of settings",
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
