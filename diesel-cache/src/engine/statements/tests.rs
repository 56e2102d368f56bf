use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use super::super::counters::stripe;
use super::*;
use crate::cacheable::{Cacheable, encode_rows};
use crate::clock::Millis;
use crate::entry::Header;
use crate::generation::{GenerationOptions, Generations, Slot};
use crate::key::{CacheKey, MemoryKey};
use crate::telemetry::Count;

/// How long the entry's query took.
const COST: Duration = Duration::from_micros(7);

fn entry() -> Entry {
    let key = CacheKey::from_bytes([7; 32]);
    let slot = Slot::key(key.as_bytes());
    let header = Header {
        key,
        layout: i32::LAYOUT,
        stored_at: Millis(0),
        expires_at: Millis::NEVER,
        soft: 0,
        cost: COST.into(),
        stamp: Generations::in_process(GenerationOptions::default())
            .stamp([slot])
            .unwrap(),
    };
    Entry::new(MemoryKey::of_value(key), slot, header, encode_rows(&[1]).unwrap())
}

fn statement(name: impl fmt::Display) -> Statement {
    Statement::new("sqlite", format!("SELECT a FROM {name} WHERE b = 'secret'").into())
}

/// Returns the calls and hits by table; those of the others under `-`.
fn calls(statements: &CountedStatements) -> BTreeMap<String, (u64, u64)> {
    let all = statements.now().into_iter().map(|now| {
        let name = match &now.statement {
            Some((sql, _)) => sql
                .strip_prefix("SELECT a FROM ")
                .and_then(|rest| rest.strip_suffix(" WHERE b = ?"))
                .unwrap()
                .to_owned(),
            None => "-".into(),
        };
        let hits = [crate::event::Tier::Memory].map(|tier| now.counts.get(Count::Hit(tier)));
        (name, (now.counts.calls, hits[0]))
    });
    all.collect()
}

fn total(statements: &CountedStatements) -> u64 {
    calls(statements).values().map(|(calls, _)| calls).sum()
}

#[test]
fn hits_and_other_calls_add_up() {
    let statements = CountedStatements::new(10);
    let (one, other) = (statement("one"), statement("other"));
    let entries = [entry(), entry()];
    for entry in &entries {
        statements.hit(entry, &one);
        statements.hit(entry, &one);
    }
    statements.count(&one, Counts::called);
    statements.count(&other, Counts::called);
    let counted = calls(&statements);
    assert_eq!((counted["one"], counted["other"]), ((5, 4), (1, 0)));
    let now = statements.now();
    let one = now.iter().find(|now| now.counts.calls == 5).unwrap();
    assert_eq!(one.counts.time(Count::SavedTime), 4 * COST);
}

#[test]
fn a_list_has_no_more_statements_than_its_limit_and_loses_no_count() {
    for limit in [1, 2, 100] {
        let statements = CountedStatements::new(limit);
        let entry = entry();
        for number in 0..10_000 {
            let statement = statement(format!("t{number}"));
            statements.count(&statement, Counts::called);
            statements.hit(&entry, &statement);
        }
        let counted = calls(&statements);
        assert!(counted.len() <= limit + 1, "{limit}: {}", counted.len());
        assert!(counted.contains_key("-") && counted.contains_key("t9999"));
        assert_eq!(total(&statements), 20_000, "{limit}");
    }
}

#[test]
fn those_that_are_called_least_of_late_leave() {
    let statements = CountedStatements::new(20);
    let busy = [statement("busy"), statement("busy_too")];
    let entries = [entry(), entry()];
    for number in 0..1_000 {
        for (entry, statement) in entries.iter().zip(&busy) {
            statements.hit(entry, statement);
        }
        statements.count(&statement(format!("t{number}")), Counts::called);
    }
    let counted = calls(&statements);
    assert_eq!((counted["busy"], counted["busy_too"]), ((1_000, 1_000), (1_000, 1_000)));

    // What was called often, and is not any more, leaves after all.
    for number in 0..1_000 {
        let now = statement(format!("now{}", number / 10));
        statements.count(&now, Counts::called);
    }
    assert!(!calls(&statements).contains_key("busy"));
    assert_eq!(total(&statements), 2 * 1_000 + 2 * 1_000);
}

#[test]
fn an_entry_finds_its_statement_again_after_that_has_left() {
    let statements = CountedStatements::new(1);
    let (one, other) = (statement("one"), statement("other"));
    let entry = entry();
    statements.hit(&entry, &one);
    statements.count(&other, Counts::called); // takes the only place
    statements.hit(&entry, &one); // takes it back
    let counted = calls(&statements);
    assert_eq!((counted["one"], counted["-"]), ((1, 1), (2, 1)));
    assert_eq!(counted.len(), 2);
}

#[test]
fn a_hit_that_counts_while_its_statement_leaves_is_one_of_the_others() {
    for reused in [false, true] {
        let statements = CountedStatements::new(1);
        let entry = entry();
        statements.hit(&entry, &statement("one"));
        // A thread has looked for its cell, and stops there.
        let stripe = stripe();
        let tenancy = Tenancy::of(entry.statement.load(Relaxed));
        let cell = statements.cells.of(tenancy, stripe).unwrap();
        statements.count(&statement("two"), Counts::called);
        cell.count(stripe, 0);
        for number in 0..if reused { 20 } else { 0 } {
            statements.count(&statement(format!("t{number}")), Counts::called);
        }
        let counted = calls(&statements);
        let hits: u64 = counted.values().map(|(_, hits)| hits).sum();
        assert_eq!((hits, counted["-"].1), (2, 2), "{counted:?}");
    }
}

#[test]
fn no_count_is_lost_between_threads() {
    const THREADS: u64 = 20;
    const ROUNDS: u64 = 500;
    // Without a statement that leaves, and with many that do.
    for limit in [10, 3] {
        let statements = CountedStatements::new(limit);
        let own: Vec<_> = (0..5).map(|number| statement(format!("t{number}"))).collect();
        let entries: Vec<_> = own.iter().map(|_| entry()).collect();
        let start = Barrier::new(THREADS as usize);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..ROUNDS {
                        for (entry, statement) in entries.iter().zip(&own) {
                            statements.hit(entry, statement);
                            statements.count(statement, Counts::called);
                        }
                    }
                });
            }
        });
        assert_eq!(total(&statements), THREADS * ROUNDS * 2 * 5, "{limit}");
        if limit == 10 {
            assert!(
                calls(&statements)
                    .values()
                    .all(|counted| *counted == (2 * THREADS * ROUNDS, THREADS * ROUNDS))
            );
        }
    }
}

#[test]
fn after_a_reset_all_begins_anew() {
    let statements = CountedStatements::new(2);
    let entry = entry();
    for name in ["a", "b", "c"] {
        statements.count(&statement(name), Counts::called);
    }
    statements.hit(&entry, &statement("c"));
    statements.reset();
    assert!(calls(&statements).is_empty());
    statements.hit(&entry, &statement("c"));
    assert_eq!(calls(&statements), BTreeMap::from([("c".into(), (1, 1))]));
}

#[test]
fn with_a_limit_of_zero_nothing_is_counted() {
    let statements = CountedStatements::new(0);
    statements.hit(&entry(), &statement("a"));
    statements.count(&statement("a"), Counts::called);
    assert!(statements.now().is_empty());
}
