//! What the statistics and a recorder of `metrics` show about a cluster of machines.

use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_cache::{Cache, RedisCluster, Region};
use diesel_cache_tests::{Database, Peer, RedisServer, Sqlite, alone, is_peer, person, serve};
use metrics::{Unit, set_global_recorder};

use super::metrics::Book;

/// Longer than a test ever has to wait on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const WAIT: &str = "diesel_cache_cluster_wait_duration_seconds";

fn member(url: &str) -> Cache {
    let cluster = RedisCluster::new(url).name("shop").lease(Duration::from_secs(2));
    // When the server has lost its memory, and no lease was valid, nobody serves for the grace.
    let cache = Cache::builder()
        .cluster(cluster)
        .doubt_grace(Duration::from_millis(500));
    let cache = cache.region(Region::memory("hot")).build().unwrap();
    assert!(cache.wait_for_cluster(PATIENCE));
    cache
}

/// The entry point of the other process. Not a test by itself.
#[test]
fn peer() {
    if is_peer() {
        let cache = member(&std::env::var("URL").unwrap());
        serve(|_| cache.cluster().unwrap().members().to_string());
    }
}

/// Waits until the figures are these, without the name of the cluster.
#[track_caller]
fn until(what: impl Fn() -> Vec<String>, expected: &[&str]) {
    let start = Instant::now();
    loop {
        let lines: Vec<String> = what()
            .into_iter()
            .filter_map(|line| {
                Some(
                    line.strip_prefix("diesel_cache_cluster_")?
                        .replace("{cluster=shop}", ""),
                )
            })
            .filter(|line| !line.starts_with("events_total "))
            .collect();
        if lines == expected {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{lines:#?} instead of {expected:#?}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_recorder_receives_the_figures_of_the_cluster() {
    alone!();
    let book = Book::default();
    set_global_recorder(book.clone()).unwrap();
    let gauges = |expected: [&str; 4]| until(|| book.gauges(), &expected);
    let counters = |expected: &[&str]| until(|| book.counters(), expected);

    let db = Database::<Sqlite>::new();
    let mut server = RedisServer::start(&[]);
    let cache = member(&server.url());
    let mut conn = db.connect();
    cache.attach(&mut conn);
    let mut rename = |name: &str| {
        let rename = diesel::update(person::table.find(1)).set(person::name.eq(name));
        rename.execute(&mut conn).unwrap();
    };
    gauges(["fences 0", "members 1", "owed 0", "serving 1"]);
    counters(&["epochs_total 1"]);

    let mut peer = Peer::spawn(module_path!(), &[("URL", &server.url())]);
    assert_eq!(peer.ask("members"), "2");
    gauges(["fences 0", "members 2", "owed 0", "serving 1"]);
    rename("one");
    rename("two");
    cache.invalidate_all();
    counters(&["epochs_total 1", "writes_total 2"]);
    let waits = book.recorded(&format!("{WAIT}{{cluster=shop}}"));
    assert_eq!(waits.len(), 3, "with the invalidation: {waits:?}");
    assert!(waits.iter().all(|took| (0.0..60.0).contains(took)), "{waits:?}");

    peer.kill();
    rename("three");
    counters(&["epochs_total 1", "expired_total 1", "writes_total 3"]);
    gauges(["fences 0", "members 1", "owed 0", "serving 1"]);

    server.kill();
    rename("four");
    counters(&[
        "epochs_total 1",
        "expired_total 1",
        "losses_total 1",
        "unfenced_total 1",
        "writes_total 4",
    ]);
    gauges(["fences 0", "members 0", "owed 4", "serving 0"]);
    server.restart();
    gauges(["fences 0", "members 1", "owed 0", "serving 1"]);

    let described = book.described();
    let of_cluster = |name: &&String| name.starts_with("diesel_cache_cluster_");
    assert_eq!(described.keys().filter(of_cluster).count(), 11);
    assert_eq!(described[WAIT], Some(Unit::Seconds));
    drop(conn);
    drop(cache);
    gauges(["fences 0", "members 0", "owed 0", "serving 0"]);
}

#[test]
fn statistics_have_a_section_for_the_cluster() {
    let server = RedisServer::start(&[]);
    let cache = member(&server.url());
    cache.invalidate_all();
    let stats = cache.stats();
    let status = stats.cluster().unwrap();
    assert!(status.is_serving() && status.members() == 1 && status.longest_wait() > Duration::ZERO);
    let text = stats.to_string();
    let (table, section) = text.split_once("\n\n").unwrap();
    assert!(table.lines().nth(1).unwrap().starts_with("hot "), "{text}");
    let expected = format!(
        "cluster shop at {}: serving, 1 member\n  epochs            1  lost 0\n",
        server.url()
    );
    assert!(section.starts_with(&expected), "{text}");

    let without = Cache::builder().region(Region::memory("hot")).build().unwrap().stats();
    assert!(without.cluster().is_none());
    assert_eq!(without.to_string().lines().count(), 2);
}
