//! Two sessions that were told what looks alike and is not: neither is answered what the other has stored.

mod mysql;
mod postgres;
mod sqlite;

use diesel_cache_tests::{Database, Setup};

use super::{Asks, tell, wrong};

/// What is asked, what the first session is told before, what the second is.
type Pair<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

/// The first stores its answer, then the second asks, then others.
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
