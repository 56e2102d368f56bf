//! What all groups share: the databases, the directory of the caches, and the figures.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel_cache::{Cache, CacheBuilder, Region};
use diesel_cache_bench::load_average;
use diesel_cache_tests::{Mysql, Postgres, Sqlite};
use tempfile::TempDir;

use crate::arguments::Arguments;
use crate::counts::Counts;
use crate::figures::Group;
use crate::harness::Pace;
use crate::servers::World;

/// The numbers of rows in the results that are measured.
pub(crate) const SIZES: [i32; 4] = [1, 11, 273, 10_000];

/// A run of the benchmark.
pub(crate) struct Bench {
    pub(crate) arguments: Arguments,
    pub(crate) pace: Pace,
    pub(crate) groups: Vec<Group>,
    pub(crate) counts: Vec<Counts>,
    pub(crate) sqlite: World<Sqlite>,
    pub(crate) postgres: World<Postgres>,
    pub(crate) mysql: World<Mysql>,
    /// How busy the machine was when the run began.
    pub(crate) load: Option<String>,
    /// The directory in which caches are created.
    pub(crate) at: PathBuf,
    directories: TempDir,
}

impl Bench {
    /// Creates the databases. Caches will be below `directory`, which so determines their file system.
    pub(crate) fn new(arguments: Arguments, directory: &Path) -> Self {
        Self {
            load: load_average(),
            pace: Pace::of(&arguments),
            arguments,
            groups: Vec::new(),
            counts: Vec::new(),
            sqlite: World::new(),
            postgres: World::new(),
            mysql: World::new(),
            at: directory.to_owned(),
            directories: TempDir::with_prefix_in("run-", directory).unwrap(),
        }
    }

    /// Creates a directory for a group. It stays until the run is over: file systems create files slowly after many
    /// have been removed, and removing the files of one group must not slow down the next.
    pub(crate) fn directory(&self) -> PathBuf {
        TempDir::with_prefix_in("cache-", &self.directories).unwrap().keep()
    }

    /// Keeps the figures of a group.
    pub(crate) fn add(&mut self, group: Group) {
        crate::report::print(&group);
        self.groups.push(group);
    }

    /// Keeps what was counted.
    pub(crate) fn add_counts(&mut self, counts: Counts) {
        crate::report::print_counts(&counts);
        self.counts.push(counts);
    }
}

/// Begins a cache with the regions `hot` (memory), `default` (disk with memory in front), `bounded` (like `default`,
/// with a capacity and a time to idle, so that it records when entries are used) and `files` (disk only). No region is
/// too small for its entries.
pub(crate) fn regions(directory: &Path) -> CacheBuilder {
    const CAPACITY: u64 = 8 << 30;
    Cache::builder()
        .directory(directory)
        .region(Region::memory("hot").max_capacity(CAPACITY))
        .region(Region::disk("default").memory_capacity(CAPACITY))
        .region(
            Region::disk("bounded")
                .memory_capacity(CAPACITY)
                .max_capacity(CAPACITY)
                .time_to_idle(Duration::from_secs(24 * 3600)),
        )
        .region(Region::disk("files").memory_capacity(0))
}
