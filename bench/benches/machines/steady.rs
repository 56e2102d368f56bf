//! The cost of a hit and of a write while nothing fails.

use std::time::{Duration, Instant};

use diesel_cache::{Cache, Region};
use diesel_cache_tests::RedisServer;

use crate::arguments::Arguments;
use crate::figures::{Steady, Subject, percentile};
use crate::member::{LEASE, Member, join};

/// The numbers of members that are measured.
const MEMBERS: [usize; 5] = [1, 2, 4, 8, 16];
/// The number of hits that are timed together.
const BLOCK: u32 = 200;

pub(crate) fn all(arguments: &Arguments) -> Vec<Steady> {
    let server = RedisServer::start(&[]);
    MEMBERS.map(|members| with(&server, members, arguments.samples)).into()
}

fn with(server: &RedisServer, members: usize, samples: usize) -> Steady {
    let (url, name) = (server.url(), format!("bench-{members}"));
    let mut clustered = Subject::new(join(&url, &name));
    let _others: Vec<Member> = (1..members).map(|_| Member::start(&url, &name)).collect();
    assert!(clustered.cache.wait_for_cluster(10 * LEASE));
    let directory = tempfile::tempdir().unwrap();
    let alone = Cache::builder()
        .directory(directory.path())
        .region(Region::memory("hot"));
    let mut alone = Subject::new(alone.build().unwrap());
    let mut redis = server.connect();

    let mut times: [Vec<Duration>; 3] = Default::default();
    for _ in 0..samples {
        times[0].push(time(|| redis::cmd("PING").exec(&mut redis).unwrap()));
        times[1].push(time(|| clustered.write()));
        times[2].push(time(|| alone.write()));
    }
    let mut hits: [Vec<Duration>; 2] = Default::default();
    // Waits until the work that the writes have left behind is done.
    clustered.cache.flush().unwrap();
    for subject in [&mut clustered, &mut alone] {
        while subject.hits() == 0 {
            subject.read();
        }
    }
    for _ in 0..samples / 10 {
        for (subject, times) in [&mut clustered, &mut alone].into_iter().zip(&mut hits) {
            let before = subject.hits();
            times.push(time(|| (0..BLOCK).for_each(|_| subject.read())) / BLOCK);
            assert_eq!(subject.hits(), before + u64::from(BLOCK));
        }
    }
    let [mut ping, mut write, mut write_alone] = times;
    let [mut hit, mut hit_alone] = hits;
    let steady = Steady {
        members,
        ping: percentile(&mut ping, 50),
        write: percentile(&mut write, 50),
        write_p99: percentile(&mut write, 99),
        write_alone: percentile(&mut write_alone, 50),
        hit: percentile(&mut hit, 50),
        hit_alone: percentile(&mut hit_alone, 50),
    };
    println!("{members:2} members: {steady:?}, {:.2} pings", steady.pings());
    steady
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
