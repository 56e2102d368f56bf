//! `get` returns the value that was set or created.

use diesel_cache::{Error, MissReason, Region, Tier};
use diesel_cache_tests::{Person, people};

use super::world::{Counter, KEEPING, World, fine};

#[test]
fn values_of_any_cacheable_type() {
    let world = World::new();
    for name in KEEPING {
        let region = world.region(name);
        region.set("number", &-7_i64);
        region.set("text", &"ö\0".to_owned());
        region.set("people", &people(50));
        region.set("option", &None::<String>);
        region.set("unit", &());
        region.set("large", &vec![7_u8; 100_000]);
        region.set("", &(1_i32, 2_i32));
        assert_eq!(region.get("number"), Some(-7_i64), "{name}");
        assert_eq!(region.get("text"), Some("ö\0".to_owned()), "{name}");
        assert_eq!(region.get::<Vec<Person>>("people"), Some(people(50)), "{name}");
        assert_eq!(
            region.get("option"),
            Some(None::<String>),
            "{name}: a `None` that is there"
        );
        assert_eq!(region.get("unit"), Some(()), "{name}");
        assert_eq!(region.get("large"), Some(vec![7_u8; 100_000]), "{name}");
        assert_eq!(region.get(""), Some((1_i32, 2_i32)), "{name}");
        assert_eq!(region.get::<i64>("nothing"), None, "{name}");
    }
}

#[test]
fn another_type_under_a_key_is_not_there() {
    let world = World::new();
    for name in KEEPING {
        let region = world.region(name);
        region.set("key", &1_i32);
        world.events.take();
        assert_eq!(region.get::<u32>("key"), None, "{name}");
        assert_eq!(world.events.words(), ["miss Layout"], "{name}");
        assert!(region.lookup::<u32>("key").is_none(), "{name}");
        assert_eq!(region.get_or_create("key", || fine(2_u32)).unwrap(), 2, "{name}");
        assert_eq!(region.get::<u32>("key"), Some(2), "{name}");
    }
}

#[test]
fn regions_namespaces_and_keys_are_apart() {
    let world = World::new();
    let default = world.region("default");
    default.set("key", &1_i32);
    world.region("files").set("key", &2_i32);
    world.region("hot").set("key", &3_i32);
    let tenant = world.cache.namespace("tenant").region("default").unwrap();
    assert_eq!(tenant.get::<i32>("key"), None);
    tenant.set("key", &4_i32);
    assert_eq!(default.get("key"), Some(1_i32));
    assert_eq!(default.get::<i32>("key "), None);
    assert_eq!(world.region("files").get("key"), Some(2_i32));
    assert_eq!(world.region("hot").get("key"), Some(3_i32));
    assert!(tenant.delete("key"));
    assert_eq!(default.get("key"), Some(1_i32));
    world.region("files").invalidate();
    assert_eq!(world.region("files").get::<i32>("key"), None);
    assert_eq!(default.get("key"), Some(1_i32));
    world.cache.invalidate_all();
    assert_eq!(default.get::<i32>("key"), None);
}

#[test]
fn what_is_there_is_not_created() {
    let world = World::new();
    for name in KEEPING {
        let region = world.region(name);
        let count = Counter::default();
        for _ in 0..3 {
            assert_eq!(region.get_or_create("key", || fine(count.add())).unwrap(), 1, "{name}");
        }
        region.delete("key");
        assert_eq!(region.get_or_create("key", || fine(count.add())).unwrap(), 2, "{name}");
    }
}

#[test]
fn deletions_tell_what_was_there() {
    let world = World::new();
    for name in KEEPING {
        let region = world.region(name);
        region.set_multi([("a", &1_i32), ("b", &2), ("a", &3)]);
        assert_eq!(
            region.get_multi(["b", "a", "c"]),
            [Some(2_i32), Some(3), None],
            "{name}"
        );
        assert_eq!(region.delete_multi(["c", "a", "a"]), [false, true, false], "{name}");
        assert_eq!(region.get_multi::<i32>(["a", "b"]), [None, Some(2)], "{name}");
        assert!(region.delete("b") && !region.delete("b"), "{name}");
    }
}

#[test]
fn where_nothing_is_kept_creators_always_run() {
    let world = World::new();
    for name in ["off", "local"] {
        let region = world.region(name);
        region.set("key", &1_i32);
        region.prepare("key").set(&1_i32);
        assert_eq!(region.get::<i32>("key"), None, "{name}");
        assert!(!region.delete("key"), "{name}");
        let count = Counter::default();
        for round in 1..=2 {
            assert_eq!(
                region.get_or_create("key", || fine(count.add())).unwrap(),
                round,
                "{name}"
            );
        }
        let all = region.get_or_create_multi(["a", "b", "a"], |keys| {
            assert_eq!(keys, ["a", "b"], "{name}");
            fine(vec![count.add(); keys.len()])
        });
        assert_eq!(all.unwrap(), [3, 3, 3], "{name}");
        let within = region.get_or_create("key", || region.get_or_create("key", || fine(1_i32)));
        assert!(matches!(within, Err(Error::AsksForItself { .. })), "{name}");
        assert!(
            world
                .events
                .words()
                .iter()
                .all(|word| word.starts_with("bypass") || word == "invalidated")
        );
    }
}

#[test]
fn a_lookup_tells_the_facts() {
    let world = World::new();
    for (name, tier) in [("default", Tier::Memory), ("files", Tier::Disk), ("hot", Tier::Memory)] {
        let region = world.region(name);
        assert!(region.lookup::<i32>("key").is_none(), "{name}");
        region.set("key", &5_i32);
        world.events.take();
        let held = region.lookup::<i32>("key").unwrap();
        assert_eq!(
            (held.value(), held.is_fresh(), held.tier()),
            (Some(&5), true, tier),
            "{name}"
        );
        assert!(world.events.take().is_empty(), "{name}: neither hit nor miss");
    }
}

#[test]
fn it_counts_and_tells_like_a_load() {
    let world = World::new();
    let region = world.region("hot");
    region.get::<i32>("key");
    region.get_or_create("key", || fine(1_i32)).unwrap();
    region.get::<i32>("key");
    assert_eq!(
        world.events.words(),
        ["miss Absent", "miss Absent", "stored", "hit Memory"]
    );
    let stats = region.stats();
    assert_eq!(
        (stats.hits(), stats.misses_by(MissReason::Absent), stats.stores()),
        (1, 2, 1)
    );
}

#[test]
fn too_large_a_value_is_not_stored_and_what_was_there_is_gone() {
    let world = World::with(|builder| builder.region(Region::disk("small").max_entry_size(100)));
    let region = world.region("small");
    region.set("key", &"small".to_owned());
    region.set("key", &"x".repeat(200));
    assert_eq!(region.get::<String>("key"), None);
    assert_eq!(world.events.words(), ["stored", "refused", "miss Invalidated"]);
    assert_eq!(
        region.get_or_create("key", || fine("x".repeat(200))).unwrap().len(),
        200
    );
}

#[test]
fn a_value_outlives_its_process() {
    let world = World::new();
    for name in ["default", "files"] {
        world.region(name).set("key", &"kept".to_owned());
        assert_eq!(
            world.other().region(name).unwrap().get("key"),
            Some("kept".to_owned()),
            "{name}"
        );
    }
}
