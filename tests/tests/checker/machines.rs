//! Runs the checker with machines: processes that share a database and a Redis server, but no directory.
//!
//! `cargo run --package diesel-cache-tests --bin checker -- --machines all --seconds 600` runs for longer.

use crate::run::passes;

#[test]
fn no_machine_on_postgres_shows_what_it_may_not() {
    passes("--backend postgres --machines all --seconds 6 --threads 2 --tasks 1");
}

#[test]
fn no_machine_on_mysql_shows_what_it_may_not() {
    passes("--backend mysql --machines all --seconds 6 --threads 2 --tasks 1");
}

mod long {
    use super::passes;

    #[test]
    fn machines_that_nothing_happens_to() {
        passes("--backend all --machines calm --seconds 1 --processes 4");
    }

    #[test]
    fn machines_that_stop_and_die() {
        passes("--backend all --machines members --seconds 3");
    }

    #[test]
    fn machines_whose_messages_are_late_or_lost() {
        passes("--backend all --machines network --seconds 2");
    }

    #[test]
    fn a_coordinator_that_dies_stops_and_forgets() {
        passes("--backend all --machines coordinator --seconds 3");
    }

    /// What a process writes while it alone is cut off is not promised to reach the others, so these only read.
    #[test]
    fn machines_that_are_cut_off_and_do_not_write() {
        passes("--backend all --machines cut-off --seconds 2 --processes 4");
    }

    #[test]
    fn a_coordinator_that_is_replaced() {
        passes("--backend postgres --machines failover --seconds 15 --threads 2 --tasks 1");
        passes("--backend mysql --machines failover --seconds 15 --threads 2 --tasks 1");
    }

    #[test]
    fn machines_that_die_in_a_write() {
        passes("--backend all --machines calm --doubt killed");
        passes("--backend postgres --machines calm --doubt cut");
    }

    /// Each safeguard left out once.
    mod without {
        use crate::run::{fails, fails_within};

        #[test]
        fn the_fence() {
            fails("--backend postgres --machines calm --seconds 2 --rounds 20 --mutation NoFence");
        }

        #[test]
        fn the_acknowledgements() {
            fails("--backend postgres --machines network --seconds 3 --rounds 20 --mutation NoAcknowledgement");
        }

        #[test]
        fn the_word_of_the_sentinels() {
            // It takes a process that is killed between two switches. This seed has that in about every second run.
            fails_within(
                20,
                "--backend postgres --machines failover --seconds 15 --seed 8765298294962 --mutation NoWitness",
            );
        }

        #[test]
        fn the_doubt_of_a_machine_that_died() {
            fails("--backend postgres --machines calm --rounds 5 --doubt killed --mutation LiftDoubtAtOnce");
        }
    }
}
