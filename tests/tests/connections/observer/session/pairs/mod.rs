//! Two sessions whose statements look alike and are not: neither receives what the other has stored.

mod mysql;
mod postgres;
mod sqlite;

use diesel_cache_tests::{Database, Setup};

use super::{Asks, tell, wrong};

/// The query, the statements of the first session, and those of the second.
type Pair<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

/// The first session stores its answer; then the second asks, and then others.
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
