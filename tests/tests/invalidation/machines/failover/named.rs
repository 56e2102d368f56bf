//! A sentinel whose master the test chooses. The test also determines what the former master knows about the change.

use std::thread;

use diesel::prelude::*;
use diesel_cache_tests::{NamingSentinel, Proxy, RedisServer, Traffic, person};

use super::{Db, Place, epochs, losses, replicates, work};
use crate::machines::world::{Machine, PATIENCE, until};

/// Two servers without a pause before the first replica is sent what it needs.
fn servers() -> [RedisServer; 2] {
    [(); 2].map(|()| RedisServer::start(&["--repl-diskless-sync-delay", "0"]))
}

fn promote(server: &RedisServer) {
    server.command(&["REPLICAOF", "NO", "ONE"]);
}

/// It goes on as before, as after a failover that somebody has asked for. Its members must not stay with it.
#[test]
fn a_former_master_that_does_not_know_of_its_successor() {
    let place = Place::new();
    let [former, successor] = servers();
    replicates(&successor, &former);
    let sentinel = NamingSentinel::of(&former);
    let [mut one, mut two] = place.settled(&sentinel.url());
    promote(&successor);
    sentinel.name(&successor);
    // The first that the successor hears of.
    let mut three = place.starting(&sentinel.url(), "three");
    three.serves();
    three.rename("new");
    one.shows("new");
    two.shows("new");
    assert_eq!(losses(&one), ["the sentinels name another server"]);
    work(&mut [one, two, three], "new");
}

/// Its fence was set before the failover, and neither server passes it on.
#[test]
fn a_write_that_is_under_way() {
    let place = Place::new();
    let [former, successor] = servers();
    replicates(&successor, &former);
    let sentinel = NamingSentinel::of(&former);
    let [mut one, mut two] = place.settled(&sentinel.url());
    promote(&successor);
    let mut lock = place.db.connect();
    let row = person::table.find(1).select(person::name).for_update();
    let fences = |machine: &Machine<Db>| machine.cache.cluster().unwrap().fences();
    thread::scope(|scope| {
        let write = lock
            .transaction(|lock| {
                row.first::<String>(lock)?;
                let write = scope.spawn(|| one.rename("new"));
                until("it writes", || fences(&two) == 1);
                let before = epochs(&two);
                sentinel.name(&successor);
                until("it is in another epoch", || epochs(&two) > before);
                two.serves();
                for _ in 0..2 {
                    two.statements.take();
                    two.shows("person 01");
                    assert_eq!(two.statements.selects(), 5, "its table is fenced");
                }
                QueryResult::Ok(write)
            })
            .unwrap();
        write.join().unwrap();
    });
    two.shows("new");
    work(&mut [one, two], "new");
}

/// What the master has granted and promised last never arrives at its successor.
#[test]
fn a_successor_that_lacks_the_last_writes() {
    let place = Place::new();
    let [former, successor] = servers();
    replicates(&successor, &former);
    let sentinel = NamingSentinel::of(&former);
    let [mut one, mut two] = place.settled(&sentinel.url());
    // From here on, nothing is replicated.
    promote(&successor);
    one.rename("new");
    let before = [epochs(&one), epochs(&two)];
    sentinel.name(&successor);
    for machine in [&mut one, &mut two] {
        // A load before would replace what it has.
        until("it leaves the former master", || !losses(machine).is_empty());
        machine.serves();
        machine.shows("new");
    }
    assert_eq!([epochs(&one), epochs(&two)], before.map(|epochs| epochs + 1));
    work(&mut [one, two], "new");
}

/// All of its data come from the other server in between, which has fewer. It is the same process as before.
#[test]
fn a_master_that_was_a_replica_in_between() {
    let place = Place::new();
    let [server, other] = servers();
    replicates(&other, &server);
    let sentinel = NamingSentinel::of(&server);
    let way = Proxy::before(sentinel.port());
    let url = format!("redis+sentinel://127.0.0.1:{}/rows", way.port());
    let mut machines = ["one", "two"].map(|name| place.with_lease(&url, name, super::LEASE * 5));
    for machine in &mut machines {
        machine.serves();
        machine.settle_all("person 01");
    }
    let before = machines.each_ref().map(epochs);
    promote(&other);
    machines[0].rename("new");
    // Nobody joins meanwhile, and it is over before a lease is.
    way.refuse();
    for kind in ["normal", "pubsub"] {
        server.command(&["CLIENT", "KILL", "TYPE", kind]);
    }
    machines.iter().for_each(Machine::stops_serving);
    replicates(&server, &other);
    promote(&server);
    way.accept();
    for machine in &mut machines {
        // A load before would replace what it has.
        machine.serves();
        machine.shows("new");
    }
    assert_eq!(machines.each_ref().map(epochs), before.map(|epochs| epochs + 1));
    work(&mut machines, "new");
}

/// Nobody knows then whether the server was replaced.
#[test]
fn sentinels_that_do_not_answer() {
    let place = Place::new();
    let server = RedisServer::start(&[]);
    let sentinel = NamingSentinel::of(&server);
    let way = Proxy::before(sentinel.port());
    let url = format!("redis+sentinel://127.0.0.1:{}/rows", way.port());
    let mut machines = place.settled(&url);
    way.set_both(Traffic::Lose);
    for machine in &machines {
        machine.stops_serving();
        until("it says so", || {
            let lost = losses(machine);
            assert!(
                lost.iter()
                    .all(|error| error.starts_with("no sentinel confirms the server")),
                "{lost:?}"
            );
            !lost.is_empty()
        });
    }
    let began = std::time::Instant::now();
    machines[0].rename("new");
    assert!(began.elapsed() < PATIENCE / 2, "a write waits for some leases at most");
    for machine in &mut machines {
        machine.statements.take();
        machine.shows("new");
        assert_eq!(machine.statements.selects(), 5, "nothing is stored");
    }
    way.set_both(Traffic::Pass);
    work(&mut machines, "new");
}
