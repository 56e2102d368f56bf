//! Stores on disk: this cache, and others that hold the same rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use diesel::prelude::*;
use diesel_cache::Cache;
use diesel_cache_bench::Ask;
use foyer::{BlockEngineConfig, DeviceBuilder, FsDeviceBuilder, HybridCache, HybridCacheBuilder, HybridCachePolicy};
use redb::{Database, ReadableDatabase, TableDefinition};
use tokio::runtime::Runtime;

use crate::bench::regions;
use crate::figures::median;
use crate::groups::fresh::Task;
use crate::peers::{decode, encode};
use crate::pin;

const TABLE: TableDefinition<'_, i32, &[u8]> = TableDefinition::new("rows");

/// The number of keys that are loaded from one store before the next store has its turn.
const TURN: i32 = 8;

/// The capacity of foyer on disk, in bytes. All entries fit.
const FOYER: usize = 256 << 20;

fn ours(directory: &Path, task: &Task) -> (Cache, SqliteConnection) {
    let cache = regions(&directory.join("diesel-cache")).build().unwrap();
    let mut conn = SqliteConnection::establish(&task.sqlite).unwrap();
    cache.attach(&mut conn);
    (cache, conn)
}

fn foyer(directory: &Path, runtime: &Runtime) -> HybridCache<i32, Vec<u8>> {
    let device = FsDeviceBuilder::new(directory.join("foyer"))
        .with_capacity(FOYER)
        .build()
        .unwrap();
    let builder = HybridCacheBuilder::new()
        .with_policy(HybridCachePolicy::WriteOnInsertion)
        .memory(64 << 20)
        .with_weighter(|_: &i32, bytes: &Vec<u8>| bytes.len())
        .storage()
        .with_engine_config(BlockEngineConfig::new(device));
    runtime.block_on(builder.build()).unwrap()
}

fn file(directory: &Path, key: i32) -> PathBuf {
    directory.join("files").join(key.to_string())
}

fn text<R: Ask<SqliteConnection>>(key: i32, task: &Task) -> String {
    R::text(key, task.rows)
}

/// Puts every key into every store.
pub(crate) fn fill<R: Ask<SqliteConnection>>(directory: &Path, task: &Task) {
    let (_cache, mut conn) = ours(directory, task);
    fs::create_dir(directory.join("files")).unwrap();
    let redb = Database::create(directory.join("redb")).unwrap();
    let runtime = Runtime::new().unwrap();
    let foyer = foyer(directory, &runtime);
    for key in 0..task.keys {
        let rows = R::load(&mut conn, "default", key, task.rows);
        assert_eq!(rows.len(), task.rows as usize);
        assert!(R::is_cached(&mut conn, "default", key, task.rows));
        let bytes = encode(&rows);
        cacache::write_sync(directory.join("cacache"), text::<R>(key, task), &bytes).unwrap();
        fs::write(file(directory, key), &bytes).unwrap();
        let write = redb.begin_write().unwrap();
        write.open_table(TABLE).unwrap().insert(key, &*bytes).unwrap();
        write.commit().unwrap();
        foyer.insert(key, bytes);
    }
    runtime.block_on(foyer.close()).unwrap();
}

/// Loads every key once from every store. Returns the median time of each store, in µs.
pub(crate) fn first_loads<R: Ask<SqliteConnection>>(directory: &Path, task: &Task) -> Vec<(String, f64)> {
    let runtime = Runtime::new().unwrap();
    let foyer = foyer(directory, &runtime);
    pin::this_thread(&pin::cpus()[..pin::cpus().len().min(1)]);
    let redb = Database::open(directory.join("redb")).unwrap();
    let mut plain = SqliteConnection::establish(&task.sqlite).unwrap();

    let start = Instant::now();
    let (_cache, mut conn) = ours(directory, task);
    R::load(&mut conn, "default", 0, task.rows);
    let first = start.elapsed();

    type Load<'a, R> = Box<dyn FnMut(i32) -> Vec<R> + 'a>;
    let cacache = directory.join("cacache");
    let mut stores: Vec<(&str, Load<'_, R>)> = vec![
        (
            "diesel-cache",
            Box::new(|key| R::load(&mut conn, "default", key, task.rows)),
        ),
        (
            "cacache by key",
            Box::new(|key| decode(&cacache::read_sync(&cacache, text::<R>(key, task)).unwrap())),
        ),
        (
            "fs::read",
            Box::new(|key| decode(&fs::read(file(directory, key)).unwrap())),
        ),
        (
            "redb",
            Box::new(|key| {
                let table = redb.begin_read().unwrap().open_table(TABLE).unwrap();
                let bytes = table.get(key).unwrap().unwrap();
                decode(bytes.value())
            }),
        ),
        (
            "foyer hybrid",
            Box::new(|key| {
                decode(
                    runtime
                        .block_on(foyer.get(&key))
                        .unwrap()
                        .expect("foyer has lost it")
                        .value(),
                )
            }),
        ),
        (
            "SQLite WAL, uncached",
            Box::new(|key| R::ask(&mut plain, key, task.rows)),
        ),
    ];
    let mut micros = vec![Vec::new(); stores.len()];
    let keys: Vec<i32> = (1..task.keys).collect();
    for keys in keys.chunks(TURN as usize) {
        for ((_, load), micros) in stores.iter_mut().zip(&mut micros) {
            for &key in keys {
                let start = Instant::now();
                let rows = load(key);
                micros.push(start.elapsed().as_secs_f64() * 1e6);
                assert_eq!(rows.len(), task.rows as usize);
            }
        }
    }
    let opened = ("diesel-cache, opened for it".to_owned(), first.as_secs_f64() * 1e6);
    let medians = stores
        .iter()
        .zip(micros)
        .map(|((name, _), micros)| ((*name).to_owned(), median(micros).unwrap()));
    std::iter::once(opened).chain(medians).collect()
}
