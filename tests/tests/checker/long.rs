//! Runs the checker for a minute: the cache passes, and a cache without any one of its safeguards does not.
//!
//! `cargo run --package diesel-cache-tests --bin checker -- --help` explains longer runs.

use crate::run::passes;

#[test]
fn no_load_on_sqlite_shows_what_it_may_not() {
    passes("--backend sqlite --seconds 5");
}

#[test]
fn no_load_on_postgres_shows_what_it_may_not() {
    passes("--backend postgres --seconds 5");
}

#[test]
fn no_load_on_mysql_shows_what_it_may_not() {
    passes("--backend mysql --seconds 5");
}

#[test]
fn killed_processes_leave_no_old_rows() {
    passes("--backend sqlite --seconds 6 --kill");
}

#[test]
fn killed_clients_of_servers_leave_no_old_rows() {
    passes("--backend postgres --seconds 6 --kill");
    passes("--backend mysql --seconds 6 --kill");
}

#[test]
fn a_server_that_goes_on_for_a_killed_client_is_waited_for() {
    passes("--backend all --doubt killed");
}

#[test]
fn a_server_that_goes_on_after_the_connection_was_cut_is_waited_for() {
    passes("--backend all --doubt cut");
}

#[test]
fn no_load_by_a_task_shows_what_it_may_not() {
    passes("--backend all --seconds 1.5 --threads 1 --tasks 1");
}

/// Futures are dropped with a connection of the pool in hand, and while one is waited for.
#[test]
fn no_load_on_a_pools_connection_shows_what_it_may_not() {
    passes("--backend all --seconds 1.5 --threads 1 --tasks 4 --pool deadpool");
    passes("--backend all --seconds 1 --threads 0 --tasks 4 --pool bb8");
    passes("--backend all --seconds 1 --threads 0 --tasks 4 --pool mobc");
}

#[test]
fn killed_processes_with_tasks_leave_no_old_rows() {
    passes("--backend all --seconds 2.5 --threads 0 --tasks 4 --kill");
}

/// Each safeguard left out once.
mod without {
    use crate::run::fails;

    #[test]
    fn the_stamp_before_the_query() {
        fails("--backend sqlite --seconds 1 --rounds 100 --mutation StampAfterQuery");
    }

    #[test]
    fn the_fence() {
        fails("--backend sqlite --seconds 1 --rounds 100 --mutation NoFence");
    }

    #[test]
    fn the_new_generation_after_the_statement() {
        fails("--backend sqlite --seconds 1 --rounds 100 --mutation BumpAtStatement");
    }

    /// By tasks alone: what they load counts.
    #[test]
    fn the_fences_of_tasks() {
        fails("--backend sqlite --seconds 1 --rounds 100 --threads 0 --tasks 4 --mutation NoFence");
        fails("--backend postgres --seconds 1 --rounds 100 --threads 0 --tasks 4 --mutation BumpAtStatement");
    }

    /// Few writes: as a table stays fenced behind a row that was returned, or a future that was dropped, until its
    /// connection is used again, nothing would be stored with more of them, old or new.
    #[test]
    fn the_stamp_of_tasks_before_the_query() {
        fails(
            "--backend postgres --seconds 1 --rounds 100 --threads 0 --tasks 4 --writes 4 --mutation StampAfterQuery",
        );
    }

    #[test]
    fn the_doubt_of_a_killed_client() {
        fails("--backend postgres --rounds 5 --doubt killed --mutation LiftDoubtAtOnce");
        fails("--backend mysql --rounds 5 --doubt killed --mutation LiftDoubtAtOnce");
    }

    #[test]
    fn the_doubt_of_a_connection_that_was_cut() {
        fails("--backend postgres --rounds 5 --doubt cut --mutation LiftDoubtAtOnce");
        fails("--backend mysql --rounds 5 --doubt cut --mutation LiftDoubtAtOnce");
    }

    #[test]
    fn the_waiters_own_judgement() {
        fails("--backend sqlite --seconds 1 --rounds 100 --threads 6 --mutation WaiterTakesOldRows");
    }

    #[test]
    fn the_new_generation_after_a_death() {
        fails("--backend sqlite --seconds 2 --rounds 100 --writes 2 --kill --mutation RecoverUnmoved");
    }
}
