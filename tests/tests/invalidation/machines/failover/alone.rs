//! A master that is cut off from its replicas, and from the members that have connected to its successor.

mod long {
    use diesel_cache_tests::{Proxy, RedisServer, Towards, Traffic};

    use crate::machines::failover::{Place, epochs, losses, replicates, work};
    use crate::machines::world::{LEASE, until};

    /// As the guide asks for it.
    const SETTINGS: [&str; 4] = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "1"];

    /// A member that stays with it stops before anybody writes without it.
    #[test]
    fn a_master_that_needs_replicas() {
        let place = Place::new();
        let fast = ["--repl-diskless-sync-delay", "0"];
        let master = RedisServer::start(&[&fast[..], &SETTINGS[..]].concat());
        let successor = RedisServer::start(&fast);
        let between = Proxy::before(master.port());
        let to_master = between.port().to_string();
        successor.command(&["REPLICAOF", "127.0.0.1", &to_master]);
        until("the replica is there", || {
            let info: String = master.ask(&["INFO", "replication"]).unwrap();
            info.contains("min_slaves_good_slaves:1")
        });
        let way = Proxy::before(master.port());
        let mut one = place.starting(&master.url(), "one");
        let mut two = place.starting(&way.redis_url(), "two");
        for machine in [&mut one, &mut two] {
            machine.serves();
            machine.settle_all("person 01");
        }
        losses(&one);

        between.set_both(Traffic::Lose);
        way.refuse();
        one.stops_serving();
        // Its lease may be over before it has noticed why.
        let mut lost = Vec::new();
        until("it says why", || {
            lost = losses(&one);
            !lost.is_empty()
        });
        assert!(lost[0].contains("NOREPLICAS"), "{lost:?}");
        successor.command(&["REPLICAOF", "NO", "ONE"]);
        way.lead_to(successor.port());
        way.accept();
        two.serves();
        two.rename("new");
        one.shows("new");
        two.settle_all("new");
        one.shows("new");

        // It comes back as a replica. A URL of one server does not lead from there to the master, but it says so.
        master.command(&["REPLICAOF", "127.0.0.1", &successor.port().to_string()]);
        until("it is one", || {
            let info: String = master.ask(&["INFO", "replication"]).unwrap();
            info.contains("master_link_status:up")
        });
        until("it says so", || {
            let status = one.cache.cluster().unwrap();
            status.error().is_some_and(|error| error.contains("read-only replica"))
        });
        one.shows("new");
        work(&mut [two], "new");
    }

    /// Too short for its members to notice. Its data were replaced by older ones, and its connections are still there.
    #[test]
    fn a_server_that_was_a_replica_for_a_moment() {
        let place = Place::new();
        let [server, other] = [(); 2].map(|()| RedisServer::start(&["--repl-diskless-sync-delay", "0"]));
        replicates(&other, &server);
        let way = Proxy::before(server.port());
        let urls = [("one", server.url()), ("two", way.redis_url())];
        let mut machines = urls.map(|(name, url)| place.with_lease(&url, name, LEASE * 15));
        for machine in &mut machines {
            machine.serves();
            machine.settle_all("person 01");
        }
        let before = machines.each_ref().map(epochs);
        let promote = |server: &RedisServer| server.command(&["REPLICAOF", "NO", "ONE"]);
        promote(&other);
        for round in 0..4 {
            machines[0].rename(&format!("name {round}"));
        }
        machines[1].settle_all("name 3");
        replicates(&server, &other);
        promote(&server);
        // It has applied events of these numbers before, and does not hear of the new ones.
        way.set(Towards::Client, Traffic::Hold);
        machines[0].rename("new");
        machines[1].shows("new");
        way.set_both(Traffic::Pass);
        machines[1].serves();
        machines[1].shows("new");
        assert_eq!(machines.each_ref().map(epochs), before.map(|epochs| epochs + 1));
        work(&mut machines, "new");
    }
}
