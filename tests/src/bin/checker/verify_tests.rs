//! Tests that good histories pass and bad ones do not.

use super::*;
use crate::history::{Record, Source};

const A: Row = Row(0);
const B: Row = Row(1);

#[derive(Default)]
struct Story(History);

impl Story {
    fn begun(mut self, writer: Writer, at: Time, rows: &[Row]) -> Self {
        self.0.add(Record::Begun {
            writer,
            at,
            intent: Intent::Commit,
            rows: rows.to_vec(),
            how: "update".into(),
        });
        self
    }

    fn rolling_back(mut self, writer: Writer, at: Time, rows: &[Row]) -> Self {
        self.0.add(Record::Begun {
            writer,
            at,
            intent: Intent::Rollback,
            rows: rows.to_vec(),
            how: "update".into(),
        });
        self
    }

    fn ended(mut self, writer: Writer, at: Time, outcome: Outcome) -> Self {
        self.0.add(Record::Ended {
            writer,
            at,
            outcome,
            seen: Vec::new(),
        });
        self
    }

    fn committed(self, writer: Writer, from: Time, to: Time, rows: &[Row]) -> Self {
        self.begun(writer, from, rows).ended(writer, to, Outcome::Committed)
    }

    fn load(mut self, from: Time, to: Time, seen: &[(Row, u64, Writer)]) -> Self {
        let seen = seen
            .iter()
            .map(|&(row, version, writer)| Seen { row, version, writer })
            .collect();
        self.0.add(Record::Loaded {
            from,
            to,
            source: Source::Hit,
            query: "q".into(),
            seen,
        });
        self
    }

    /// The process of the writers below lets its writes proceed without the other machines.
    fn unfenced(mut self, at: Time) -> Self {
        self.0.add(Record::Unfenced { process: 0, at });
        self
    }

    #[track_caller]
    fn excuses(self, expected: bool) {
        let found = verify(&self.0);
        let [violation] = &*found else {
            panic!("not one violation: {found:?}");
        };
        assert_eq!(violation.is_excused, expected, "{violation}");
    }

    #[track_caller]
    fn passes(self) {
        let found = verify(&self.0);
        assert!(found.is_empty(), "{}", found[0]);
    }

    #[track_caller]
    fn fails(self, why: &str) {
        let found = verify(&self.0);
        assert!(
            found.iter().any(|violation| violation.what.contains(why)),
            "not {why:?}: {found:?}"
        );
    }
}

fn story() -> Story {
    Story::default()
}

#[test]
fn a_load_during_a_write_may_show_either() {
    let write = || story().committed(1, 10, 20, &[A]);
    write().load(12, 15, &[(A, 0, 0)]).passes();
    write().load(12, 15, &[(A, 1, 1)]).passes();
    write().load(19, 30, &[(A, 0, 0)]).passes();
    write().load(5, 11, &[(A, 1, 1)]).passes();
}

#[test]
fn a_load_after_a_commit_shows_it() {
    story()
        .committed(1, 10, 20, &[A])
        .load(21, 30, &[(A, 0, 0)])
        .fails("not after  20");
    // No load has shown either write, but two commits make two versions.
    story()
        .committed(1, 10, 20, &[A])
        .committed(2, 21, 30, &[A])
        .load(31, 32, &[(A, 1, 1)])
        .fails("2 commits");
}

#[test]
fn a_load_after_a_load_shows_no_less() {
    let seen = || story().begun(1, 10, &[A]).load(11, 12, &[(A, 1, 1)]);
    seen().load(13, 14, &[(A, 0, 0)]).fails("had returned: load");
    seen().load(11, 14, &[(A, 0, 0)]).passes();
}

#[test]
fn nothing_is_shown_before_it_was_written() {
    story()
        .committed(1, 10, 20, &[A])
        .load(1, 9, &[(A, 1, 1)])
        .fails("not before 10");
    story().load(1, 9, &[(A, 1, 1)]).fails("no such write");
    story()
        .committed(1, 1, 2, &[A])
        .load(3, 9, &[(A, 2, 1)])
        .fails("not that many writes");
}

#[test]
fn nothing_is_shown_that_was_rolled_back() {
    story()
        .rolling_back(1, 1, &[A])
        .load(2, 3, &[(A, 1, 1)])
        .fails("rolled back");
    story().rolling_back(1, 1, &[A]).load(2, 3, &[(A, 0, 0)]).passes();
    story()
        .begun(1, 1, &[A])
        .ended(1, 5, Outcome::RolledBack)
        .load(6, 7, &[(A, 1, 1)])
        .fails("rolled back");
}

#[test]
fn an_unknown_outcome_may_be_any_and_late() {
    let killed = || story().begun(1, 10, &[A]);
    killed().load(100, 110, &[(A, 0, 0)]).passes();
    killed()
        .load(100, 110, &[(A, 0, 0)])
        .load(111, 120, &[(A, 1, 1)])
        .passes();
    killed()
        .ended(1, 50, Outcome::Unknown)
        .load(100, 110, &[(A, 0, 0)])
        .load(111, 120, &[(A, 1, 1)])
        .passes();
    killed()
        .load(111, 120, &[(A, 1, 1)])
        .load(121, 130, &[(A, 0, 0)])
        .fails("not after  120");
}

#[test]
fn rows_of_one_load_are_of_one_moment() {
    // A is proven to be at 1 from 20 on, and B reached 1 at 30 at the earliest.
    let both = || story().committed(1, 10, 20, &[A]).committed(2, 30, 40, &[B]);
    both().load(5, 50, &[(A, 0, 0), (B, 1, 2)]).fails("not before 30");
    both().load(5, 50, &[(A, 1, 1), (B, 0, 0)]).passes();
    both().load(5, 50, &[(A, 0, 0), (B, 0, 0)]).passes();
}

#[test]
fn what_was_written_together_is_seen_together() {
    let both = || story().begun(1, 10, &[A, B]).load(11, 99, &[(A, 1, 1), (B, 1, 1)]);
    both()
        .load(12, 98, &[(A, 1, 1), (B, 0, 0)])
        .fails("the transaction that made");
    both().load(12, 98, &[(A, 0, 0), (B, 0, 0)]).passes();
    // The same holds if another write has overwritten it.
    both()
        .begun(2, 15, &[A])
        .load(16, 98, &[(A, 2, 2), (B, 0, 0)])
        .fails("the transaction that made");
}

#[test]
fn a_version_has_one_writer() {
    let two = || story().committed(1, 10, 20, &[A]).committed(2, 11, 21, &[A]);
    two()
        .load(12, 15, &[(A, 1, 1)])
        .load(12, 15, &[(A, 1, 2)])
        .fails("but that version was");
    two().load(12, 15, &[(A, 1, 2)]).load(12, 18, &[(A, 2, 1)]).passes();
    two().load(12, 15, &[(A, 1, 0)]).fails("without its writer");
}

#[test]
fn what_misses_unfenced_writes_is_excused() {
    let unfenced = || {
        let written = story().unfenced(15).committed(1, 10, 20, &[A]);
        written.load(12, 19, &[(A, 1, 1)])
    };
    unfenced().load(21, 30, &[(A, 0, 0)]).excuses(true);
    unfenced()
        .committed(2, 16, 19, &[B])
        .load(21, 30, &[(A, 0, 0), (B, 1, 2)])
        .excuses(true);
    // Another machine heard of the second write.
    unfenced()
        .committed(2, 21, 25, &[A])
        .load(26, 30, &[(A, 0, 0)])
        .excuses(false);
    story()
        .committed(1, 10, 20, &[A])
        .load(21, 30, &[(A, 0, 0)])
        .excuses(false);
}

#[test]
fn what_the_database_never_was_is_not_excused() {
    let unfenced = || story().unfenced(15).committed(1, 10, 20, &[A]);
    let rolled_back = || unfenced().rolling_back(2, 12, &[B]);
    rolled_back().load(21, 30, &[(B, 1, 2)]).excuses(false);
    unfenced().load(21, 30, &[(B, 1, 3)]).excuses(false);
    unfenced().load(1, 9, &[(A, 1, 1)]).excuses(false);
    // Parts of two moments, neither of which is that of the load.
    unfenced()
        .committed(2, 30, 40, &[B])
        .load(41, 50, &[(A, 0, 0), (B, 1, 2)])
        .excuses(false);
    story()
        .unfenced(15)
        .begun(1, 10, &[A, B])
        .load(11, 20, &[(A, 1, 1), (B, 1, 1)])
        .load(21, 30, &[(A, 1, 1), (B, 0, 0)])
        .excuses(false);
}
