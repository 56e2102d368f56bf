//! Pairs of sessions whose statements look alike but differ: neither session receives what the other has stored.

mod mysql;
mod postgres;
mod sqlite;

use diesel_cache_tests::{Database, Setup};

use super::{Asks, tell, wrong};

/// The query, the statements of the first session, and those of the second.
type Pair<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

/// Asserts that each session loads what it would get without a cache: one without statements, the first and the second
/// of the pair, then the first and the one without statements again, and at last a new one.
fn are_told_apart<B: Asks>(db: &Database<B>, pairs: &[Pair<'_>]) {
    let mut wrongs = Vec::new();
    for (n, (query, first, second)) in pairs.iter().enumerate() {
        let query = &format!("{query} /* {n} */");
        let mut plain = Setup::new(db);
        wrongs.extend(wrong(&mut plain, query, &[]));
        let mut told: Vec<_> = [first, second]
            .into_iter()
            .map(|statements| {
                let mut setup = Setup::<B>::new(db);
                tell(&mut setup, statements);
                wrongs.extend(wrong(&mut setup, query, statements));
                setup
            })
            .collect();
        wrongs.extend(wrong(&mut told[0], query, first));
        wrongs.extend(wrong(&mut plain, query, &[]));
        wrongs.extend(wrong(&mut Setup::new(db), query, &[]));
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}
