//! A master, its replica and three sentinels, as in production.

mod long {
    use diesel_cache_tests::Sentinels;

    use crate::machines::failover::{Place, epochs, work};
    use crate::machines::world::PATIENCE;

    /// The former master takes writes until a sentinel demotes it, some ten seconds later.
    #[test]
    fn a_failover_that_somebody_has_asked_for() {
        let place = Place::new();
        let sentinels = Sentinels::start();
        let [mut one, mut two] = place.settled(&sentinels.url());
        let before = [epochs(&one), epochs(&two)];
        sentinels.begin_switch();
        let mut three = place.starting(&sentinels.url(), "three");
        three.rename("new");
        for machine in [&mut one, &mut two, &mut three] {
            machine.shows("new");
        }
        let mut machines = [one, two, three];
        work(&mut machines, "new");
        let after = [epochs(&machines[0]), epochs(&machines[1])];
        assert_eq!(after, before.map(|epochs| epochs + 1));

        sentinels.end_switch();
        machines[1].rename("newest");
        for machine in &mut machines {
            machine.shows("newest");
        }
        work(&mut machines, "newest");
        assert_eq!(
            [epochs(&machines[0]), epochs(&machines[1])],
            after,
            "nobody has noticed"
        );
    }

    #[test]
    fn a_master_that_is_killed() {
        let place = Place::new();
        let mut sentinels = Sentinels::start();
        let mut machines = place.settled(&sentinels.url());
        let before = machines.each_ref().map(epochs);
        sentinels.nodes[0].kill();
        // Before anybody has noticed, and while there is no master.
        for round in 0..4 {
            let name = format!("name {round}");
            let began = std::time::Instant::now();
            machines[round % 2].rename(&name);
            assert!(began.elapsed() < PATIENCE / 2, "a write waits for some leases at most");
            for machine in &mut machines {
                machine.shows(&name);
            }
        }
        sentinels.has_switched();
        for machine in &mut machines {
            machine.shows("name 3");
        }
        work(&mut machines, "name 3");
        let after = machines.each_ref().map(epochs);
        assert!(after[0] > before[0] && after[1] > before[1]);
        // It comes back as a replica, and nobody notices.
        sentinels.nodes[0].restart();
        work(&mut machines, "name 3, by 1");
    }
}
