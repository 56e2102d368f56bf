//! The costs of the store, in microseconds. Prints a table, and checks nothing:
//! `cargo test --release -p diesel-cache --lib disk::tests::costs -- --ignored --nocapture`

use std::time::Instant;

use super::*;

fn median(what: &str, count: u64, mut work: impl FnMut(u64)) -> f64 {
    let mut times: Vec<_> = (0..count)
        .map(|number| {
            let start = Instant::now();
            work(number);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (median, mean) = (times[times.len() / 2], times.iter().sum::<f64>() / times.len() as f64);
    println!("{what:<52} median {median:>7.1} µs, mean {mean:>7.1} µs");
    median
}

#[test]
#[ignore = "prints a table"]
fn table() {
    let count = 5000;
    let scene = Scene::new(None);
    let store = &scene.store;
    for size in [155, 400, 2800, 4200, 8000, 200_000] {
        let base = size as u64 * 1_000_000;
        let count = if size > 10_000 { 300 } else { count };
        let put = |number: u64, version: u64| {
            let key = key(base + number);
            store.put(&key, &entry(&key, version, size), now(), &useful).unwrap();
        };
        let build = median(&format!("{size} B: (making the entry)"), count, |number| {
            std::hint::black_box(entry(&key(number), 1, size));
        });
        println!("    put below includes {build:.1}");
        median(&format!("{size} B: put, new"), count, |number| put(number, 1));
        for version in 2..6 {
            median(&format!("{size} B: put, existing, {version}."), count, |number| {
                put(number, version)
            });
        }
        median(&format!("{size} B: get"), count, |number| {
            store.get(&key(base + number)).unwrap().unwrap();
        });
        let small = super::super::store::INLINE >= size;
        if small {
            median(&format!("{size} B: cacache::index::find"), count, |number| {
                let (name, _) = store.bucket_of(&key(base + number));
                cacache::index::find(&store.directory, &name).unwrap().unwrap();
            });
        }
        median(
            &format!("{size} B: cacache::read_sync (another store)"),
            count,
            |number| {
                let directory = scene.root.path().join("cacache");
                let name = format!("{size}-{}", number % 50);
                if number < 50 {
                    cacache::write_sync(&directory, &name, entry(&key(number), 1, size)).unwrap();
                }
                cacache::read_sync(&directory, &name).unwrap();
            },
        );
    }
    median("touch", count, |number| store.touch(&key(155_000_000 + number), now()));
    median("used_at", count, |number| {
        store.used_at(&key(155_000_000 + number)).unwrap();
    });
    median("get, absent", count, |number| {
        store.get(&key(number)).unwrap();
    });
}

#[test]
#[ignore = "prints a table"]
fn at_capacity() {
    for (size, bound) in [(400, 16 << 20), (4200, 16 << 20), (9000, 32 << 20)] {
        let scene = Scene::new(Some(bound));
        let mut evicted = 0;
        let mut put = |number: u64| {
            let key = key(number);
            evicted += scene
                .store
                .put(&key, &entry(&key, 1, size), now(), &useful)
                .unwrap()
                .entries;
        };
        median(
            &format!("{size} B: put, new, filling"),
            bound / 4096 / [1, 2, 4][size / 4000],
            &mut put,
        );
        median(&format!("{size} B: put, new, at capacity"), 4000, |number| {
            put(1_000_000 + number)
        });
        println!("    evicted {evicted}; {:?}", scene.store.held());
    }
}

#[test]
#[ignore = "prints a table"]
fn overwritten_often() {
    let scene = Scene::new(None);
    let get = |what: &str| median(what, 5000, |_| drop(scene.store.get(&key(1)).unwrap().unwrap()));
    let put = |version| {
        scene
            .store
            .put(&key(1), &entry(&key(1), version, 400), now(), &useful)
            .unwrap()
    };
    put(0);
    let once = get("get after one put");
    (0..100_000).for_each(|version| {
        put(version);
    });
    let often = get("get after 100,000");
    println!(
        "P7: {:.2}; bucket {} bytes",
        often / once,
        fs::metadata(scene.bucket(&key(1))).unwrap().len()
    );
}

#[test]
#[ignore = "prints a table"]
fn with_many_entries() {
    let scene = Scene::new(None);
    let put = |number| {
        scene
            .store
            .put(&key(number), &entry(&key(number), 1, 200), now(), &useful)
            .unwrap()
    };
    let mut state = 1_u64;
    let mut get = |what: &str, count: u64| {
        median(what, 20_000, |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            scene.store.get(&key((state >> 33) % count)).unwrap().unwrap();
        })
    };
    (0..1000).for_each(|number| {
        put(number);
    });
    let few = get("get, of 1,000 entries", 1000);
    let many: u64 = std::env::var("ENTRIES").map_or(1_000_000, |count| count.parse().unwrap());
    let start = Instant::now();
    (1000..many).for_each(|number| {
        put(number);
    });
    println!("{:.1} µs a put", start.elapsed().as_secs_f64() * 1e6 / many as f64);
    let all = get(&format!("get, of {many}"), many);
    let hot = get(&format!("get, of {many}, the first 1,000"), 1000);
    println!("P8: {:.2}; hot {:.2}", all / few, hot / few);
}
