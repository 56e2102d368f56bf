//! Texts that are long, or deeply nested.

use std::time::{Duration, Instant};

use super::{ALL, one, show};
use crate::sql::{Dialect, StatementKind};

/// Runs on a thread with Rust's default stack size, and measures the time.
fn timed<T: Send>(run: impl FnOnce() -> T + Send) -> (T, Duration) {
    let start = Instant::now();
    let result = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn_scoped(scope, run)
            .unwrap()
            .join()
            .unwrap()
    });
    (result, start.elapsed())
}

#[test]
fn depth_is_bounded() {
    for (&dialect, depth) in ALL
        .iter()
        .flat_map(|dialect| [30, 300, 10_000].map(|depth| (dialect, depth)))
    {
        for (open, close) in [
            ("(", ")"),
            ("(SELECT ", ")"),
            ("(SELECT x FROM ", ")"),
            ("NOT ", ""),
            ("- ", ""),
            ("CASE WHEN ", " THEN 1 END"),
            ("CASE ", " END"),
            ("f(", ")"),
            ("ARRAY[", "]"),
            ("EXISTS (", ")"),
            ("CAST(", " AS INT)"),
            ("x IN (", ")"),
        ] {
            let expression = format!("{}a{}", open.repeat(depth), close.repeat(depth));
            for sql in [
                format!("SELECT {expression} FROM a"),
                format!("SELECT * FROM {expression}"),
            ] {
                let (facts, time) = timed(|| one(&sql, dialect));
                if sql.ends_with(" FROM a") {
                    let reads = show(&facts.reads);
                    assert!(reads == "*" || reads.contains('a'), "{dialect:?} {open}");
                }
                assert!(time < Duration::from_secs(10), "{dialect:?} {depth} {open} {time:?}");
            }
        }
    }
}

#[test]
fn what_diesel_nests_is_known() {
    for &dialect in ALL {
        let filter = format!("{}x = 1{}", "(".repeat(200), " AND (y = 2))".repeat(200));
        let (facts, time) = timed(|| one(&format!("SELECT id FROM a WHERE {filter}"), dialect));
        assert_eq!(show(&facts.reads), "a");
        assert!(time < Duration::from_secs(10), "{time:?}");

        let joins: String = (1..=20)
            .map(|n| format!(" INNER JOIN t{n} ON (t{n}.id = a.id))"))
            .collect();
        let (facts, time) = timed(|| one(&format!("SELECT a.id FROM {}a{joins}", "(".repeat(20)), dialect));
        assert_eq!(show(&facts.reads).split(' ').count(), 21);
        assert!(time < Duration::from_secs(10), "{time:?}");
    }
}

#[test]
fn long_lists_are_known() {
    let placeholders = vec!["$1"; 50_000].join(", ");
    let rows = vec!["($1, DEFAULT, 'x')"; 20_000].join(", ");
    let (facts, time) = timed(|| {
        one(
            &format!("SELECT id FROM a WHERE id IN ({placeholders})"),
            Dialect::Postgres,
        )
    });
    assert_eq!(show(&facts.reads), "a");
    assert!(time < Duration::from_secs(10), "{time:?}");
    let (facts, time) = timed(|| one(&format!("INSERT INTO a (x, y, z) VALUES {rows}"), Dialect::Postgres));
    assert_eq!(show(&facts.writes.tables()), "a");
    assert!(time < Duration::from_secs(10), "{time:?}");
}

#[test]
fn long_chains_are_known() {
    for &dialect in ALL {
        for link in [" OR x = 1", " + 1", " IS NULL", " || ''"] {
            let sql = format!("SELECT id FROM a WHERE x = 1{}", link.repeat(20_000));
            let (facts, time) = timed(|| one(&sql, dialect));
            assert_eq!(
                (&facts.kind, show(&facts.reads)),
                (&StatementKind::Select { locks: false }, "a".into()),
                "{dialect:?} {link}"
            );
            assert!(time < Duration::from_secs(10), "{time:?}");
        }
        let sql = format!("SELECT 1 FROM a{}", " UNION SELECT 1 FROM b".repeat(5_000));
        let (facts, time) = timed(|| one(&sql, dialect));
        assert_eq!(show(&facts.reads), "a b");
        assert!(time < Duration::from_secs(10), "{time:?}");
    }
    let sql = format!("SELECT id FROM a WHERE x = 1{}", " OR x = 1".repeat(200_000));
    let (facts, time) = timed(|| one(&sql, Dialect::Sqlite));
    assert_eq!(
        (facts.kind, show(&facts.reads)),
        (StatementKind::Select { locks: false }, "a id x".into())
    );
    assert!(time < Duration::from_secs(10), "{time:?}");
}
