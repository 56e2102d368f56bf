//! Faults of Redis: it has not started yet, is killed, is paused, loses its data, evicts keys, or closes connections.

use std::time::Duration;

use diesel_cache_tests::{Database, RedisServer, Sqlite as Db};

use crate::machines::world::{LEASE, Machine, PATIENCE, until};

fn settled(db: &Database<Db>, server: &RedisServer) -> [Machine<Db>; 2] {
    let mut machines = ["one", "two"].map(|name| Machine::new(db, server, name));
    for machine in &mut machines {
        machine.settle_all("person 01");
    }
    machines
}

/// Asserts that both machines serve and cache, and that the second sees a write of the first.
fn works(machines: &mut [Machine<Db>; 2], before: &str) {
    for machine in &mut *machines {
        machine.serves();
    }
    for machine in &mut *machines {
        machine.settle_all(before);
    }
    let [one, other] = machines;
    let name = format!("{before}, again");
    one.rename(&name);
    other.shows(&name);
    one.settle_all(&name);
    other.settle_all(&name);
}

/// Returns how long the work takes.
fn time(work: impl FnOnce()) -> Duration {
    let start = std::time::Instant::now();
    work();
    start.elapsed()
}

#[test]
fn a_server_that_is_not_there_yet() {
    let db = Database::<Db>::new();
    let mut server = RedisServer::start(&[]);
    server.kill();
    let mut machines = ["one", "two"].map(|name| Machine::<Db>::starting(&db, &server, name, |builder, _| builder));
    for round in 0..2 {
        let name = format!("name {round}");
        machines[round].rename(&name);
        for machine in &mut machines {
            assert!(!machine.is_serving());
            for _ in 0..2 {
                machine.statements.take();
                machine.shows(&name);
                assert_eq!(machine.statements.selects(), 5, "nothing is stored");
            }
        }
    }
    server.restart();
    works(&mut machines, "name 1");
}

#[test]
fn a_server_that_is_killed() {
    let db = Database::<Db>::new();
    let mut server = RedisServer::start(&[]);
    let mut machines = settled(&db, &server);
    let mut name = "person 01".to_owned();
    for round in 0..3 {
        server.kill();
        name = format!("name {round}");
        // Nobody says how long the other's lease is, so this waits for the longest.
        machines[round % 2].rename(&name);
        for machine in &mut machines {
            machine.shows(&name);
        }
        machines.iter().for_each(Machine::stops_serving);
        name = format!("next {round}");
        let waited = time(|| machines[0].rename(&name));
        assert!(
            waited < PATIENCE / 2,
            "a write waits for some leases at most: {waited:?}"
        );
        for machine in &mut machines {
            machine.shows(&name);
        }
        server.restart();
        for machine in &mut machines {
            machine.shows(&name);
        }
        works(&mut machines, &name);
        name += ", again";
    }
    assert!(name.ends_with("again"));
}

/// So soon that nobody's lease is over.
#[test]
fn a_server_that_starts_again_at_once() {
    let db = Database::<Db>::new();
    let mut server = RedisServer::start(&[]);
    let mut machines = settled(&db, &server);
    for round in 0..5 {
        server.kill();
        server.restart();
        let name = format!("name {round}");
        machines[round % 2].rename(&name);
        for machine in &mut machines {
            machine.shows(&name);
        }
        if round % 2 == 0 {
            machines.iter_mut().for_each(|machine| machine.settle_all(&name));
        }
    }
    works(&mut machines, "name 4");
}

#[test]
fn a_server_that_forgets_or_closes_connections() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = settled(&db, &server);
    for (round, command) in [
        &["FLUSHALL"][..],
        &["CLIENT", "KILL", "TYPE", "normal"],
        &["CLIENT", "KILL", "TYPE", "pubsub"],
        &["SCRIPT", "FLUSH"],
        &["FLUSHDB", "ASYNC"],
    ]
    .into_iter()
    .enumerate()
    {
        for turn in 0..3 {
            server.command(command);
            let name = format!("name {round} {turn}");
            machines[turn % 2].rename(&name);
            for machine in &mut machines {
                machine.shows(&name);
            }
            if turn > 0 {
                machines.iter_mut().for_each(|machine| machine.settle_all(&name));
            }
        }
    }
    works(&mut machines, "name 4 2");
}

/// It starts with what it was told to save, which is not the last that it knew.
#[test]
fn a_server_that_starts_with_an_old_state() {
    let db = Database::<Db>::new();
    let mut server = RedisServer::start(&[]);
    let mut machines = settled(&db, &server);
    for round in 0..4 {
        server.command(&["SAVE"]);
        let name = format!("name {round}");
        machines[round % 2].rename(&name);
        if round < 2 {
            machines.iter_mut().for_each(|machine| machine.settle_all(&name));
        }
        server.kill();
        server.restart();
        for machine in &mut machines {
            machine.shows(&name);
        }
        machines.iter_mut().for_each(|machine| machine.settle_all(&name));
    }
    works(&mut machines, "name 3");
}

/// The same without a new process: another database takes the place, and gives it back.
#[test]
fn an_old_state_that_comes_back() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = settled(&db, &server);
    for round in 0..4 {
        server.command(&["SWAPDB", "0", "1"]);
        let name = format!("name {round}");
        machines[round % 2].rename(&name);
        for machine in &mut machines {
            machine.shows(&name);
        }
        machines.iter_mut().for_each(|machine| machine.settle_all(&name));
    }
    works(&mut machines, "name 3");
}

/// Keys are evicted in any order, or all of them.
#[test]
fn a_server_that_evicts() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&["--maxmemory-policy", "allkeys-random"]);
    let mut machines = settled(&db, &server);
    let used = || -> u64 {
        let info: String = redis::cmd("INFO").arg("memory").query(&mut server.connect()).unwrap();
        let line = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
        line.trim().parse().unwrap()
    };
    for round in 0..8 {
        let limit = if round % 2 == 0 { 1 } else { used() - 1000 };
        server.command(&["CONFIG", "SET", "maxmemory", &limit.to_string()]);
        let name = format!("name {round}");
        machines[round / 2 % 2].rename(&name);
        for machine in &mut machines {
            machine.shows(&name);
        }
        server.command(&["CONFIG", "SET", "maxmemory", "0"]);
        for machine in &mut machines {
            machine.shows(&name);
        }
        machines.iter_mut().for_each(|machine| machine.settle_all(&name));
    }
    works(&mut machines, "name 7");
}

#[test]
fn a_server_that_stops_for_a_moment() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = settled(&db, &server);
    for round in 0..4 {
        server.pause();
        let name = format!("name {round}");
        std::thread::scope(|scope| {
            let [one, _] = &mut machines;
            let write = scope.spawn(|| one.rename(&name));
            std::thread::sleep(LEASE / 4 * round);
            server.resume();
            write.join().unwrap();
        });
        for machine in &mut machines {
            machine.shows(&name);
        }
        machines.iter_mut().for_each(|machine| machine.settle_all(&name));
    }
}

/// Longer than writers wait: what they owe arrives when it goes on.
#[test]
fn a_server_that_stops_for_long() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = settled(&db, &server);
    for round in 0..2 {
        server.pause();
        let name = format!("name {round}");
        let waited = time(|| machines[0].rename(&name));
        assert!(waited < PATIENCE / 2, "{waited:?}");
        machines.iter().for_each(Machine::stops_serving);
        for machine in &mut machines {
            machine.statements.take();
            // Regions in Redis would wait for it, and for its answer about entries.
            assert_eq!(machine.first("hot"), name);
            assert_eq!(machine.first("disk"), name);
            assert_eq!(machine.statements.selects(), 2);
        }
        server.resume();
        let [one, other] = &mut machines;
        one.serves();
        until("what was owed has arrived", || {
            other.statements.take();
            other.first("hot") == name && other.statements.selects() == 0
        });
        works(&mut machines, &name);
        machines[0].rename(&name);
    }
}
