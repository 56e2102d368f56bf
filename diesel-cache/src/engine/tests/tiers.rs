//! The engine sees a shared tier only through its trait: here it runs on one that keeps nothing, one in memory, and one
//! that fails.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::RegionKind;
use crate::cache_core::CacheCore;
use crate::cacheable::Cacheable;
use crate::catalog::{Facts, SideEffects};
use crate::clock::Time;
use crate::config::RegionConfig;
use crate::engine::{
    Access, FirstProbe, LoadOptions, LoadSpec, RegionCore, Request, Requirements, Scope, Step, Terms, WriterHandle,
};
use crate::event::Event;
use crate::footprint::{Catalogs, RowSettings};
use crate::generation::{GenerationOptions, Generations};
use crate::key::{MemoryKey, value_key};
use crate::namespace::Namespace;
use crate::telemetry::Listeners;
use crate::tier::{TestLock, TestTier};
use crate::wait::{Blocking, Signal, Wait, now};

/// The caches of a test, like those of several processes: they share only generations and a tier.
pub(crate) struct World {
    generations: Generations,
    pub(crate) tier: TestTier,
}

/// One of these caches, with a single region.
pub(crate) struct Peer {
    pub(crate) scope: Scope,
    words: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(Generations::in_process(GenerationOptions::default()))
    }

    pub(crate) fn of(generations: Generations) -> Self {
        Self {
            generations,
            tier: TestTier::default(),
        }
    }

    pub(crate) fn peer(&self, change: impl FnOnce(&mut RegionConfig)) -> Peer {
        let words = Arc::<Mutex<Vec<String>>>::default();
        let theirs = Arc::clone(&words);
        let mut listeners = Listeners::default();
        listeners.add(Box::new(move |event| theirs.lock().unwrap().push(word(event))));
        let cache = Arc::new(CacheCore {
            generations: self.generations.clone(),
            clock: Time::System,
            listeners: listeners.into(),
            catalogs: Catalogs::new(Facts::default(), SideEffects::default(), RowSettings::default()),
            max_statements: 0,
        });
        let mut config = RegionConfig::new(RegionKind::Disk);
        change(&mut config);
        let writer = WriterHandle::new();
        let tier = Box::new(self.tier.clone());
        let core = RegionCore::new(&cache, "it".into(), config, Some(tier), &writer);
        Peer {
            scope: Scope::new(Arc::new(writer), Arc::new(core), Namespace::new("")),
            words,
        }
    }
}

fn word(event: &Event) -> String {
    match event {
        Event::Hit { tier, .. } => format!("hit {tier:?}"),
        Event::Miss { reason, .. } => format!("miss {reason:?}"),
        Event::Stored { .. } => "stored".into(),
        Event::ReadFailed { .. } => "read failed".into(),
        Event::WriteFailed { .. } => "write failed".into(),
        event => format!("{event:?}"),
    }
}

impl Peer {
    pub(crate) fn request(&self) -> Arc<Request> {
        let key = value_key("", self.scope.core.name(), "key");
        let spec = LoadSpec {
            statement: None,
            memory_key: MemoryKey::of_value(key),
            requirements: Requirements {
                terms: Terms {
                    layout: Some(i32::LAYOUT),
                    ..Terms::default()
                },
                footprint: None,
                slots: self.scope.reader().with_region(&[]),
                rows: None,
            },
            options: LoadOptions::default(),
            access: Access::Full,
        };
        Arc::new(Request::new(&self.scope, None, key, spec))
    }

    /// Loads the only value, which is `value` if it has to be queried.
    pub(crate) fn load(&self, value: i32) -> i32 {
        let request = self.request();
        match now(request.begin(&Blocking, FirstProbe::NONE)) {
            Step::Hit(entry) => entry.decode::<i32>().unwrap()[0],
            Step::Fill(ticket) => {
                let rows = crate::cacheable::encode_rows(&[value]).unwrap();
                now(request.store(&Blocking, ticket, i32::LAYOUT, rows, false));
                value
            }
            step => panic!("{step:?}"),
        }
    }

    /// Waits until everything is in the tier, and returns the words of all events since the last call.
    fn settle(&self) -> Vec<String> {
        self.scope.core.backing.as_ref().unwrap().wait(None);
        std::mem::take(&mut *self.words.lock().unwrap())
    }
}

/// The memory capacities of the tests: with and without memory in front.
const MEMORY: [Option<u64>; 2] = [None, Some(0)];

#[test]
fn peers_share_what_one_has_stored() {
    for memory in MEMORY {
        let world = World::new();
        let [one, other] = [(), ()].map(|()| world.peer(|config| config.memory_capacity = memory));
        assert_eq!(one.load(1), 1);
        assert_eq!(one.settle(), ["miss Absent", "stored"]);
        assert_eq!(other.load(2), 1);
        assert_eq!(other.settle(), ["hit Disk"]);
        world.generations.bump(&[one.scope.slots.region]);
        assert_eq!((other.load(3), one.load(4)), (3, 3), "{memory:?}");
    }
}

#[test]
fn a_tier_that_keeps_nothing_costs_queries_alone() {
    for memory in MEMORY {
        let world = World::new();
        world.tier.keeps_nothing.store(true, SeqCst);
        let [one, other] = [(), ()].map(|()| world.peer(|config| config.memory_capacity = memory));
        assert_eq!((one.load(1), other.load(2)), (1, 2));
        let again = if memory.is_none() { 1 } else { 3 };
        one.settle();
        assert_eq!(one.load(3), again, "{memory:?}");
    }
}

#[test]
fn a_tier_that_fails_is_reported_and_costs_queries_alone() {
    for memory in MEMORY {
        let world = World::new();
        let peer = world.peer(|config| config.memory_capacity = memory);
        world.tier.fails.store(true, SeqCst);
        assert_eq!(peer.load(1), 1);
        let stored: &[&str] = if memory.is_none() { &["stored"] } else { &[] };
        let expected = [&["read failed", "miss Corrupt"], stored, &["write failed"]].concat();
        assert_eq!(peer.settle(), expected, "{memory:?}");
        assert!(peer.scope.core.backing.as_ref().unwrap().sweep().is_err());
        // The tier works again, and so do shared entries.
        world.tier.fails.store(false, SeqCst);
        world.generations.bump(&[peer.scope.slots.region]);
        assert_eq!(peer.load(2), 2);
        peer.settle();
        assert_eq!(world.peer(|config| config.memory_capacity = memory).load(3), 2);
    }
}

#[test]
fn without_locks_every_peer_queries_and_none_waits() {
    let world = World::new();
    world.tier.has_no_locks.store(true, SeqCst);
    let [one, other] = [(), ()].map(|()| world.peer(|_| {}));
    let request = one.request();
    let Step::Fill(_ticket) = now(request.begin(&Blocking, FirstProbe::NONE)) else {
        panic!("nothing is stored yet");
    };
    assert_eq!(other.load(2), 2, "it cannot know that the other one queries");
}

/// Releases another process's lock as soon as a caller waits for it.
struct Releasing(Mutex<Option<TestLock>>);

impl Wait for Releasing {
    const YIELDS: bool = false;

    async fn blocking<T, F>(&self, work: F) -> T
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        work()
    }

    async fn signal<T>(&self, signal: Arc<Signal<T>>, deadline: Option<Instant>) -> Option<T>
    where
        T: Clone + Send + 'static,
    {
        Blocking.signal(signal, deadline).await
    }

    async fn pause(&self, _: Duration) {
        self.0.lock().unwrap().take();
    }
}

#[test]
fn peers_that_waited_for_one_that_failed_do_not_wait_for_each_other() {
    let world = World::new();
    let peer = world.peer(|_| {});
    let request = peer.request();
    let key = request.entry.key;
    let is_locked = || world.tier.is_locked(&key);
    let fill = |wait: &Releasing| match now(request.begin(wait, FirstProbe::NONE)) {
        Step::Fill(ticket) => ticket,
        step => panic!("{step:?}"),
    };

    let failing = Releasing(Mutex::new(Some(world.tier.lock_of_another_process(&key))));
    let ticket = fill(&failing);
    assert!(failing.0.lock().unwrap().is_none(), "it was waited for");
    assert!(!is_locked(), "the next peer that waited goes on as well");
    drop(ticket);

    let ticket = fill(&Releasing(Mutex::new(None)));
    assert!(is_locked(), "a peer that did not wait lets the others wait");
    drop(ticket);
    assert!(!is_locked());
}

/// `Values` and `Prepared` are public, and show the region that they are of.
#[test]
fn debug_output_shows_a_region_and_not_what_is_behind_it() {
    let text = format!("{:?}", World::new().peer(|_| {}).scope);
    assert_eq!(text, r#"Scope { name: "it", kind: Disk, namespace: "", .. }"#);
}
