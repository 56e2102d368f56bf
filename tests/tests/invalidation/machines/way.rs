//! Faults of the network between a machine and Redis: messages that are late or lost, in one direction or in both, and
//! connections that are cut.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use diesel_cache::{CacheBuilder, RedisCluster};
use diesel_cache_tests::{Database, RedisServer, Sqlite as Db, Towards, Traffic};

use crate::machines::world::{LEASE, Machine, PATIENCE, until};

const BOTH: [Towards; 2] = [Towards::Server, Towards::Client];

/// Creates two machines that have the first person in all regions.
fn settled(db: &Database<Db>, server: &RedisServer) -> [Machine<Db>; 2] {
    let mut machines = ["one", "two"].map(|name| Machine::new(db, server, name));
    for machine in &mut machines {
        machine.settle_all("person 01");
    }
    machines
}

/// A writer waits until the other's lease is over; by then the other knows that it is.
#[test]
fn a_reader_that_is_cut_off_shows_nothing_old() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server);
    for (round, traffic) in [Traffic::Hold, Traffic::Lose].into_iter().cycle().take(6).enumerate() {
        let directions = [&BOTH[..], &BOTH[..1], &BOTH[1..]][round / 2];
        for &towards in directions {
            other.proxy.set(towards, traffic);
        }
        let name = format!("name {round}");
        one.rename(&name);
        other.shows(&name);
        other.stops_serving();
        let next = format!("next {round}");
        one.rename(&next);
        other.shows(&next);
        one.settle_all(&next);
        other.proxy.set_both(Traffic::Pass);
        other.shows(&next);
        other.serves();
        other.settle_all(&next);
    }
}

/// Held messages of a time before arrive when their sender has begun anew.
#[test]
fn what_arrives_late_does_no_harm() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server);
    for round in 0..6 {
        let held = BOTH[round % 2];
        other.proxy.set(held, Traffic::Hold);
        let name = format!("name {round}");
        one.rename(&name);
        other.proxy.set(held, Traffic::Pass);
        for _ in 0..20 {
            other.shows(&name);
        }
        other.settle_all(&name);
        one.settle_all(&name);
    }
}

#[test]
fn a_slow_way_makes_writes_slow_and_nothing_else() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server);
    for (round, [here, there]) in [[0, 30], [30, 0], [30, 30]].into_iter().enumerate() {
        one.proxy.set_both(Traffic::Delay(Duration::from_millis(here)));
        other.proxy.set_both(Traffic::Delay(Duration::from_millis(there)));
        let name = format!("name {round}");
        one.rename(&name);
        other.shows(&name);
        one.settle_all(&name);
        other.settle_all(&name);
    }
}

/// A message that is not there as a whole when somebody stops waiting for it.
#[test]
fn bytes_that_arrive_one_by_one() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server);
    for (round, pause) in [1, 3, 10, 25].into_iter().enumerate() {
        let pause = Duration::from_millis(pause);
        other.proxy.set(Towards::Client, Traffic::Drip(pause));
        for turn in 0..4 {
            let name = format!("name {round} {turn}");
            one.rename(&name);
            other.shows(&name);
        }
        other.proxy.set_both(Traffic::Pass);
        let name = format!("name {round} 3");
        other.serves();
        other.settle_all(&name);
        one.settle_all(&name);
    }
}

#[test]
fn connections_that_are_cut() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = settled(&db, &server);
    for round in 0..20 {
        machines[round % 2].proxy.cut();
        let name = format!("name {round}");
        machines[round / 2 % 2].rename(&name);
        for machine in &mut machines {
            machine.shows(&name);
        }
        // Half of the rounds begin in the middle of what the last one has left.
        if round % 2 == 0 {
            machines.iter_mut().for_each(|machine| machine.settle_all(&name));
        }
    }
}

/// What the other machine may show meanwhile is the hole of the promise. What the writer shows is not, nor is what the
/// other shows when the writer is back.
#[test]
fn a_writer_that_is_cut_off_goes_on_and_owes_the_others() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server);
    for (round, traffic) in [Traffic::Hold, Traffic::Lose, Traffic::Hold, Traffic::Lose]
        .into_iter()
        .enumerate()
    {
        one.proxy.set_both(traffic);
        let name = format!("name {round}");
        one.rename(&name);
        one.shows(&name);
        other.first("hot");
        one.proxy.set_both(Traffic::Pass);
        one.serves();
        one.shows(&name);
        until("what it owed has arrived", || {
            other.statements.take();
            other.first("hot") == name && other.statements.selects() == 0
        });
        other.shows(&name);
        other.settle_all(&name);
        one.settle_all(&name);
    }
}

/// A machine that is cut off for a moment keeps its lease, or loses it and begins anew. A write waits for one or the
/// other.
#[test]
fn a_way_that_is_interrupted_again_and_again() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut one, mut other] = settled(&db, &server);
    let proxy = Arc::clone(&other.proxy);
    let interrupts = thread::spawn(move || {
        for round in 0..30 {
            proxy.set(BOTH[round % 2], Traffic::Hold);
            thread::sleep(LEASE / 5);
            proxy.set_both(Traffic::Pass);
            if round % 3 == 0 {
                proxy.cut();
            }
            thread::sleep(LEASE / 10);
        }
    });
    let mut name = "person 01".to_owned();
    for round in 0.. {
        if interrupts.is_finished() {
            break;
        }
        name = format!("name {round}");
        one.rename(&name);
        other.shows(&name);
    }
    interrupts.join().unwrap();
    other.serves();
    other.settle_all(&name);
    one.settle_all(&name);
}

/// A machine may have been configured otherwise than the others, or not be restarted yet. A writer waits for the leases
/// of others, not for its own.
#[test]
fn leases_of_different_lengths() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let [mut short, mut long] = [LEASE, 6 * LEASE].map(|lease| {
        let name = format!("{lease:?}");
        Machine::<Db>::starting(&db, &server, &name, |builder, url| {
            builder.cluster(RedisCluster::new(url).lease(lease).timeout(LEASE))
        })
    });
    for round in 0..3 {
        let before = if round == 0 {
            "person 01".to_owned()
        } else {
            format!("name {}", round - 1)
        };
        for machine in [&mut short, &mut long] {
            machine.serves();
            machine.settle_all(&before);
        }
        long.proxy.set_both(Traffic::Hold);
        let name = format!("name {round}");
        short.rename(&name);
        long.shows(&name);
        long.proxy.set_both(Traffic::Pass);
    }
}

/// Gives the cluster a timeout so long that the cache waits for the server's answers.
fn patient(builder: CacheBuilder, url: &str) -> CacheBuilder {
    builder.cluster(RedisCluster::new(url).lease(LEASE).timeout(PATIENCE))
}

/// It may have been told as a member of the cluster of which it is about to hear that it is one, without this write.
#[test]
fn a_write_that_begins_while_its_machine_joins_does_not_go_on_alone() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Machine::<Db>::new(&db, &server, "other");
    let mut one = Machine::<Db>::starting(&db, &server, "one", patient);
    one.serves();
    one.proxy.refuse();
    one.stops_serving();
    one.rename("alone");
    other.settle_all("alone");

    let cache = one.cache.clone();
    let status = || cache.cluster().unwrap();
    let (writes, proxy) = (status().writes(), Arc::clone(&one.proxy));
    proxy.hold_the_answer_to(b"EVALSHA");
    proxy.accept();
    until("it asks to join", || proxy.answers() == Traffic::Hold);
    thread::scope(|scope| {
        scope.spawn(|| one.rename("together"));
        until("it writes", || status().writes() > writes);
        proxy.set_both(Traffic::Pass);
    });
    assert_eq!(status().unfenced(), 1, "{}", status());
    other.shows("together");
}

/// The answer may be on its way for as long as the connection lives.
#[test]
fn a_write_waits_for_a_machine_to_join_for_a_lease() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut other = Machine::<Db>::new(&db, &server, "other");
    for traffic in [Traffic::Hold, Traffic::Drip(PATIENCE / 60)] {
        let mut one = Machine::<Db>::starting(&db, &server, "one", patient);
        one.serves();
        one.proxy.refuse();
        one.stops_serving();
        one.proxy.hold_the_answer_to(b"EVALSHA");
        one.proxy.accept();
        until("it asks to join", || one.proxy.answers() == Traffic::Hold);
        one.proxy.set(Towards::Client, traffic);
        let connections = one.proxy.connections();
        let start = Instant::now();
        one.rename("alone");
        assert!(start.elapsed() < PATIENCE / 2, "{:?}", start.elapsed());
        assert_eq!(one.cache.cluster().unwrap().unfenced(), 1);
        until("it asks again", || one.proxy.connections() > connections);
        one.proxy.set_both(Traffic::Pass);
        one.serves();
        one.shows("alone");
        other.settle_all("alone");
        one.rename("person 01");
        other.shows("person 01");
    }
}

/// Even if nobody writes.
#[test]
fn a_machine_that_joins_does_not_wait_for_an_answer_without_an_end() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let one = Machine::<Db>::new(&db, &server, "one");
    one.proxy.refuse();
    one.stops_serving();
    one.proxy.hold_the_answer_to(b"EVALSHA");
    one.proxy.accept();
    until("it asks to join", || one.proxy.answers() == Traffic::Hold);
    one.proxy.set(Towards::Client, Traffic::Drip(LEASE / 2));
    let connections = one.proxy.connections();
    until("it asks again", || one.proxy.connections() > connections);
    one.proxy.set_both(Traffic::Pass);
    one.serves();
}

/// Its answer is longer than others, and nobody waits for it.
#[test]
fn the_answer_to_a_machine_that_joins_may_take_longer_than_others() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let short = |builder: CacheBuilder, url: &str| {
        let timeout = Duration::from_millis(100);
        builder.cluster(RedisCluster::new(url).lease(LEASE).timeout(timeout))
    };
    // Without it, the epoch would end.
    let _other = Machine::<Db>::new(&db, &server, "other");
    let mut one = Machine::<Db>::starting(&db, &server, "one", short);
    one.serves();
    one.proxy.refuse();
    one.stops_serving();
    one.proxy.hold_the_answer_to(b"EVALSHA");
    one.proxy.accept();
    until("it asks to join", || one.proxy.answers() == Traffic::Hold);
    let connections = one.proxy.connections();
    thread::sleep(3 * LEASE);
    one.proxy.set_both(Traffic::Pass);
    one.serves();
    assert_eq!(one.cache.cluster().unwrap().epochs(), 1);
    assert!(
        one.proxy.connections() <= connections + 1,
        "another attempt, or one for its writes"
    );
    one.rename("name");
}
