//! Settings from a file have the same effect as the builder's methods.

use std::fs;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::{BypassReason, CacheConfig, MissReason, Tier, prelude::*};
use diesel_cache_tests::{Address, Database, Events, ManualClock, Person, Sqlite, address, everyone, people, person};

/// A database, and a cache whose settings are read from a text, with a clock and the events.
struct Scene {
    db: Database<Sqlite>,
    conn: SqliteConnection,
    clock: ManualClock,
    events: Events,
    cache: Cache,
}

fn scene(toml: &str) -> Scene {
    let db = Database::new();
    let mut config: CacheConfig = toml::from_str(toml).unwrap();
    config.directory = Some(db.directory().join("cache"));
    let (clock, events) = (ManualClock::new(), Events::new());
    let builder = Cache::builder().config(config).clock(clock.clone());
    let cache = builder.listener(events.listener()).build().unwrap();
    let mut conn = db.connect();
    cache.attach(&mut conn);
    Scene {
        db,
        conn,
        clock,
        events,
        cache,
    }
}

impl Scene {
    fn load(&mut self, region: &str) -> Vec<String> {
        everyone(region).load::<Person>(&mut self.conn).unwrap();
        self.events.words()
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn time_to_live_and_idle_are_honoured() {
    let mut scene = scene(
        "regions.live = { kind = 'memory', time_to_live = '10m' }\nregions.idle = { kind = 'memory', time_to_idle = '5m' }",
    );
    for region in ["live", "idle"] {
        assert_eq!(scene.load(region), ["miss Absent", "stored"]);
    }
    scene.clock.advance(6 * MINUTE);
    assert_eq!(scene.load("live"), ["hit Memory"]);
    assert_eq!(scene.load("idle"), ["miss Idle", "stored"]);
    scene.clock.advance(5 * MINUTE);
    assert_eq!(scene.load("live"), ["miss Expired", "stored"]);
}

#[test]
fn jitter_is_honoured() {
    let mut scene = scene("regions.a = { kind = 'memory', time_to_live = '10m', jitter = 1 }");
    for round in 0..2 {
        for number in 0..40 {
            let query = everyone("a").key(number.to_string());
            query.load::<Person>(&mut scene.conn).unwrap();
        }
        if round == 0 {
            scene.clock.advance(5 * MINUTE);
        }
    }
    let stats = scene.cache.region("a").unwrap().stats();
    assert!(stats.misses_by(MissReason::Expired) > 5, "{stats}");
    assert!(stats.hits() > 5, "{stats}");
}

#[test]
fn stale_rows_are_honoured() {
    let mut scene = scene(
        "regions.a = { kind = 'memory', time_to_live = '10m', stale_while_revalidate = '5m' }\n\
         regions.b = { kind = 'memory', time_to_live = '10m', stale_if_error = '5m' }",
    );
    scene.load("a");
    scene.load("b");
    scene.clock.advance(11 * MINUTE);
    // One that may not ask takes what there is.
    let rows = everyone("a").only_if_cached().load::<Person>(&mut scene.conn).unwrap();
    assert_eq!(
        (rows, scene.events.words()),
        (people(50), vec!["stale hit Memory".into()])
    );
    scene
        .db
        .connect()
        .batch_execute("ALTER TABLE person RENAME TO gone")
        .unwrap();
    assert_eq!(scene.load("b"), ["miss Expired", "stale hit Memory"]);
}

#[test]
fn bounds_are_honoured() {
    let mut scene = scene(
        "regions.front = { kind = 'disk', memory_capacity = 0 }\n\
         regions.flat = { kind = 'memory', max_entry_size = '100 B' }\n\
         regions.small = { kind = 'memory', max_capacity = '4 kB' }",
    );
    assert_eq!(scene.load("front"), ["miss Absent", "stored"]);
    assert_eq!(scene.load("front"), ["hit Disk"]);
    assert_eq!(scene.load("flat"), ["miss Absent", "refused"]);
    for id in 0..30 {
        person::table
            .find(id)
            .cached("small")
            .load::<Person>(&mut scene.conn)
            .unwrap();
    }
    let stats = scene.cache.region("small").unwrap().stats();
    assert!(
        stats.bytes() <= 4_000 && stats.entries() < 20 && stats.evictions() > 10,
        "{stats}"
    );
    let front = scene.db.directory().join("cache/front");
    assert!(fs::read_dir(front).unwrap().next().is_some());
}

#[test]
fn kinds_and_facts_are_honoured() {
    let mut scene = scene(
        "regions.off = { kind = 'null', time_to_live = '1h', lock_timeout = '1s' }\nregions.local = { kind = 'session' }\n\
         regions.hot = { kind = 'memory' }\ncascades.person = ['address']\nfunction_writes.abs = ['address']\n\
         function_changes_session = ['upper']",
    );
    assert_eq!(scene.load("off"), ["bypass NullRegion"]);
    assert_eq!(scene.load("local"), ["bypass NoSession"]);
    let stats = scene.cache.stats();
    assert_eq!(stats.region("off").unwrap().bypasses_by(BypassReason::NullRegion), 1);
    assert_eq!(stats.regions().len(), 3);

    let mut addresses = || {
        let query = address::table.select(Address::as_select()).cached("hot");
        query.load(&mut scene.conn).unwrap();
        scene.events.words()
    };
    assert_eq!(addresses(), ["miss Absent", "stored"]);
    assert_eq!(addresses(), ["hit Memory"]);
    diesel::delete(person::table.find(50)).execute(&mut scene.conn).unwrap();
    let query = address::table.select(Address::as_select()).cached("hot");
    query.load(&mut scene.conn).unwrap();
    assert_eq!(scene.events.words(), ["miss Invalidated", "stored"]);
    assert_eq!(scene.cache.region("hot").unwrap().stats().hits_in(Tier::Memory), 1);
    for (sql, expected) in [
        ("SELECT abs(1)", "miss Invalidated"),
        ("SELECT upper('a')", "miss Absent"),
    ] {
        diesel::sql_query(sql).execute(&mut scene.conn).unwrap();
        let query = address::table.select(Address::as_select()).cached("hot");
        query.load(&mut scene.conn).unwrap();
        assert_eq!(scene.events.words(), [expected, "stored"], "{sql}");
    }
}

#[test]
fn rows_are_honoured() {
    diesel::table! { visit (id) { id -> Integer, day -> Integer, site -> Integer, page -> Integer } }
    /// Returns the explanations of three queries, which look for visits by id, by day, and by a page of a site.
    fn visits(settings: &str) -> [String; 3] {
        let mut scene = scene(&format!("{settings}\nregions.a = {{ kind = 'memory' }}"));
        let conn = &mut scene.conn;
        conn.batch_execute("CREATE TABLE visit (id INTEGER PRIMARY KEY, day INTEGER, site INTEGER, page INTEGER)")
            .unwrap();
        scene.cache.introspect(conn).unwrap();
        let all = || visit::table.select(visit::id);
        let by_page = all().filter(visit::site.eq(3)).filter(visit::page.eq(4)).cached("a");
        [
            all().find(1).cached("a").explain(conn),
            all().filter(visit::day.eq(2)).cached("a").explain(conn),
            by_page.explain(conn),
        ]
        .map(|explained| {
            let explained = explained.unwrap().to_string();
            let tables = explained.lines().find_map(|line| line.strip_prefix("tables  visit"));
            tables.unwrap().to_owned()
        })
    }
    let all = " (all rows: no condition fixes a key)";
    assert_eq!(visits(""), [" by id = 1", all, all]);
    assert_eq!(
        visits("rows_by.visit = ['day']\nrow_precision = true"),
        [" by id = 1", " by day = 2", all]
    );
    assert_eq!(
        visits("rows_by.visit = [['day'], ['site', 'page']]\nwhole_tables = ['person']"),
        [" by id = 1", " by day = 2", " by page = 4 and site = 3"]
    );
    for off in ["whole_tables = ['address', 'visit']", "row_precision = false"] {
        let whole = visits(&format!("rows_by.visit = ['day']\n{off}"));
        assert!(
            whole.iter().all(|rows| rows.is_empty() || rows == all),
            "{off}: {whole:?}"
        );
    }
}

#[test]
fn volatile_columns_are_honoured() {
    diesel::table! { visit (id) { id -> Integer, day -> Integer } }
    for (settings, expected) in [("volatile.visit = ['seen']", true), ("volatile.visit = ['day']", false)] {
        let mut scene = scene(&format!("{settings}\nregions.a = {{ kind = 'memory' }}"));
        let conn = &mut scene.conn;
        conn.batch_execute(
            "CREATE TABLE visit (id INTEGER PRIMARY KEY, day INTEGER, seen INTEGER); INSERT INTO visit VALUES (1, 2, 3)",
        )
        .unwrap();
        scene.cache.introspect(conn).unwrap();
        let days = || visit::table.cached("a");
        days().load::<(i32, i32)>(conn).unwrap();
        conn.batch_execute("UPDATE visit SET seen = 4").unwrap();
        let held = days().lookup::<(i32, i32)>(conn).unwrap();
        assert_eq!(held.is_some(), expected, "{settings}");
    }
}
