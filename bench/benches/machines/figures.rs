//! The figures that are measured.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::Cache;
use diesel_cache::prelude::*;

pub(crate) struct Figures {
    pub(crate) load_average: Option<String>,
    pub(crate) steady: Vec<Steady>,
    pub(crate) faults: Faults,
}

/// The times with one number of members, measured in turn: medians, and for writes the 99th percentile as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steady {
    pub(crate) members: usize,
    pub(crate) ping: Duration,
    pub(crate) write: Duration,
    pub(crate) write_p99: Duration,
    /// The same write with a cache in a directory.
    pub(crate) write_alone: Duration,
    pub(crate) hit: Duration,
    /// The same hit with a cache in a directory.
    pub(crate) hit_alone: Duration,
}

/// How long writes and hits waited because of a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    /// The first write after a member was paused, and the next one.
    pub(crate) paused: Duration,
    pub(crate) after_pause: Duration,
    /// The time from the restart of a server, which was killed just before, until this process serves again.
    pub(crate) restarted: Duration,
    /// A write that begins when the server has just been killed.
    pub(crate) without_server: Duration,
}

impl Steady {
    /// Returns how long a write waits because of the cluster, in PINGs.
    pub(crate) fn pings(&self) -> f64 {
        (self.write.as_secs_f64() - self.write_alone.as_secs_f64()) / self.ping.as_secs_f64()
    }

    pub(crate) fn hit_ratio(&self) -> f64 {
        self.hit.as_secs_f64() / self.hit_alone.as_secs_f64()
    }
}

diesel::table! {
    person (id) {
        id -> Integer,
        name -> Text,
    }
}

/// A connection that is attached to a cache. Its database is in memory, so that its writes take next to no time.
pub(crate) struct Subject {
    pub(crate) cache: Cache,
    conn: SqliteConnection,
}

impl Subject {
    pub(crate) fn new(cache: Cache) -> Self {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        cache.attach(&mut conn);
        conn.batch_execute(
            "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             INSERT INTO person VALUES (1, 'Ada')",
        )
        .unwrap();
        Self { cache, conn }
    }

    pub(crate) fn write(&mut self) {
        let person = diesel::update(person::table.find(1));
        person.set(person::name.eq("Grace")).execute(&mut self.conn).unwrap();
    }

    pub(crate) fn read(&mut self) {
        let rows = person::table
            .find(1)
            .cached("hot")
            .load::<(i32, String)>(&mut self.conn);
        assert_eq!(rows.unwrap().len(), 1);
    }

    pub(crate) fn hits(&self) -> u64 {
        self.cache.region("hot").unwrap().stats().hits()
    }
}

/// Returns a percentile.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[times.len() * percent / 100]
}
