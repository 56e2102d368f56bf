//! A Redis Cluster: the slot of the state moves to another node, or its owner is replaced.

use diesel_cache_tests::RedisCluster;

use super::{Place, epochs, work};

/// The key of the state.
const STATE: &str = "diesel-cache:1:{default}";

#[test]
fn a_slot_that_moves() {
    let place = Place::new();
    let cluster = RedisCluster::start();
    let mut machines = place.settled(&cluster.url());
    for round in 0..2 {
        let before = machines.each_ref().map(epochs);
        let from = cluster.owner();
        let to = (from + 1) % 3;
        let name = format!("name {round}");
        cluster.begin_move(STATE, from, to);
        machines[0].rename(&name);
        machines[1].shows(&name);
        machines[1].settle_all(&name);
        cluster.end_move(STATE, from, to);
        assert_eq!(cluster.owner(), to);
        let next = format!("next {round}");
        machines[1].rename(&next);
        for machine in &mut machines {
            machine.shows(&next);
        }
        work(&mut machines, &next);
        let after = machines.each_ref().map(epochs);
        assert!(
            after[0] > before[0] && after[1] > before[1],
            "the state has another server"
        );
        machines[0].rename("person 01");
    }
}

/// The keys have left the one node, and the slot has not: nobody takes calls.
#[test]
fn a_slot_that_takes_long_to_move() {
    let place = Place::new();
    let cluster = RedisCluster::start();
    let mut machines = place.settled(&cluster.url());
    let from = cluster.owner();
    let to = (from + 1) % 3;
    cluster.begin_move(STATE, from, to);
    let port = cluster.masters[to].port().to_string();
    cluster.masters[from].command(&["MIGRATE", "127.0.0.1", &port, STATE, "0", "60000"]);
    machines[0].rename("new");
    for machine in &mut machines {
        machine.shows("new");
        machine.stops_serving();
        machine.shows("new");
    }
    cluster.end_move(STATE, from, to);
    work(&mut machines, "new");
}

mod long {
    use super::*;

    #[test]
    fn an_owner_that_is_replaced_and_killed() {
        let place = Place::new();
        let mut cluster = RedisCluster::start_with_replicas();
        let mut machines = place.settled(&cluster.url());
        let owner = cluster.owner();
        let before = machines.each_ref().map(epochs);
        cluster.replicas[owner].command(&["CLUSTER", "FAILOVER"]);
        machines[0].rename("new");
        for machine in &mut machines {
            machine.shows("new");
        }
        cluster.is_promoted(owner);
        machines[1].rename("newer");
        for machine in &mut machines {
            machine.shows("newer");
        }
        work(&mut machines, "newer");
        let after = machines.each_ref().map(epochs);
        assert!(after[0] > before[0] && after[1] > before[1]);

        cluster.replicas[owner].kill();
        machines[0].rename("newest");
        for machine in &mut machines {
            machine.shows("newest");
        }
        work(&mut machines, "newest");
    }
}
