//! The steps of a load: how often it looks into memory, and when it need not do more.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, UNIX_EPOCH};

use crate::cacheable::Cacheable;
use crate::engine::probe::Probe;
use crate::engine::{Access, FirstProbe, LoadOptions, LoadSpec, MemoryProbe, Request, Requirements, Terms};
use crate::key::{MemoryKey, value_key};
use crate::{Cache, Error, Region, RegionBuilder};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A region alone in its cache, and the time as that cache sees it, in milliseconds.
struct World {
    region: Region,
    now: Arc<AtomicU64>,
    _directory: tempfile::TempDir,
}

impl World {
    fn new(region: RegionBuilder) -> Self {
        let directory = tempfile::TempDir::new().unwrap();
        let now = Arc::new(AtomicU64::new(1_000_000_000_000));
        let clock = Arc::clone(&now);
        let cache = Cache::builder()
            .directory(directory.path())
            .region(region)
            .clock(move || UNIX_EPOCH + Duration::from_millis(clock.load(Relaxed)))
            .build()
            .unwrap();
        Self {
            region: cache.region("it").unwrap(),
            now,
            _directory: directory,
        }
    }

    fn pass(&self, time: Duration) {
        self.now.fetch_add(time.as_millis() as u64, Relaxed);
    }

    fn create(&self) -> i32 {
        self.region.get_or_create("key", || Ok::<_, Error>(1)).unwrap()
    }

    /// Counts the looks into memory during `work`.
    fn looks(&self, work: impl FnOnce()) -> u64 {
        let looks = || self.region.scope.core.front.memory().unwrap().looks.load(Relaxed);
        let before = looks();
        work();
        looks() - before
    }

    fn request(&self) -> Arc<Request> {
        let scope = &self.region.scope;
        let key = value_key(&scope.namespace, self.region.name(), "key");
        let spec = LoadSpec {
            statement: None,
            memory_key: MemoryKey::of_value(key),
            requirements: Requirements {
                terms: Terms {
                    layout: Some(i32::LAYOUT),
                    ..Terms::default()
                },
                footprint: None,
                slots: scope.reader().with_region(&[]),
                rows: None,
            },
            options: LoadOptions::default(),
            access: Access::Full,
        };
        Arc::new(Request::new(scope, None, key, spec))
    }

    /// Returns `true` if a load is answered at once.
    fn is_at_once(&self) -> bool {
        matches!(self.request().probe_memory(), MemoryProbe::Hit(_))
    }
}

/// Returns a region of each kind that has memory, by what it records about uses.
fn kinds() -> Vec<(&'static str, RegionBuilder)> {
    vec![
        ("memory", Region::memory("it")),
        ("memory, idle", Region::memory("it").time_to_idle(HOUR)),
        ("disk", Region::disk("it")),
        ("disk, bounded", Region::disk("it").max_capacity(1 << 30)),
        ("disk, idle", Region::disk("it").time_to_idle(HOUR)),
        (
            "disk, bounded, idle",
            Region::disk("it").max_capacity(1 << 30).time_to_idle(HOUR),
        ),
    ]
}

#[test]
fn a_miss_looks_into_memory_twice_and_a_hit_once() {
    for (kind, region) in kinds() {
        let world = World::new(region);
        assert_eq!(world.looks(|| assert_eq!(world.create(), 1)), 2, "{kind}: a miss");
        assert_eq!(world.looks(|| assert_eq!(world.create(), 1)), 1, "{kind}: a hit");
        world.region.invalidate();
        assert_eq!(
            world.looks(|| assert_eq!(world.create(), 1)),
            2,
            "{kind}: an invalid entry"
        );
        world.pass(2 * HOUR);
        assert_eq!(
            world.looks(|| assert_eq!(world.create(), 1)),
            if kind.contains("idle") { 2 } else { 1 },
            "{kind}"
        );
    }
}

#[test]
fn regions_that_keep_notes_answer_at_once() {
    for (kind, region) in kinds() {
        let world = World::new(region);
        world.create();
        let has_notes = world.region.scope.core.backing.is_some() && world.region.scope.core.uses.is_some();
        for _ in 0..3 {
            for _ in 0..59 {
                world.pass(SECOND);
                assert!(world.is_at_once(), "{kind}");
            }
            // The use is noted in the file once a minute.
            world.pass(SECOND);
            assert_eq!(world.is_at_once(), !has_notes, "{kind}");
            assert_eq!(world.create(), 1);
            assert!(world.is_at_once(), "{kind}");
        }
    }
}

#[test]
fn a_use_that_is_answered_at_once_counts() {
    for (kind, region) in kinds().into_iter().filter(|(kind, _)| kind.contains("idle")) {
        let world = World::new(region);
        world.create();
        world.pass(MINUTE - SECOND);
        assert!(world.is_at_once(), "{kind}");
        world.pass(HOUR - SECOND);
        let seen = world.request().probe_memory();
        assert!(
            matches!(
                seen,
                MemoryProbe::Hit(_) | MemoryProbe::Open(FirstProbe(Some(Probe::Fresh(..))))
            ),
            "{kind}: {seen:?}, not an hour after the last use"
        );
    }
}

#[test]
fn unused_entries_expire() {
    for (kind, region) in kinds().into_iter().filter(|(kind, _)| kind.contains("idle")) {
        let world = World::new(region);
        world.create();
        world.pass(MINUTE - SECOND);
        assert!(world.is_at_once(), "{kind}");
        world.pass(HOUR);
        let seen = world.request().probe_memory();
        assert!(
            matches!(seen, MemoryProbe::Open(FirstProbe(Some(Probe::Stale(..))))),
            "{kind}: {seen:?}"
        );
    }
}
