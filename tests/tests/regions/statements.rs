//! Statistics by statement: which counts each statement has, and data that the statistics never show.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel::sql_query;
use diesel_cache::prelude::*;
use diesel_cache::{BypassReason, InvalidationCause, MissReason, RegionStats, StatementStats, Statements};
use diesel_cache_tests::{Address, Database, ManualClock, Person, Setup, address, connect, everyone, person};

use super::Db;

/// Returns the statement of a region whose text ends like this.
#[track_caller]
fn of(statements: &Statements, region: &str, end: &str) -> StatementStats {
    let mut found = statements
        .iter()
        .filter(|statement| statement.region() == region && statement.sql().replace(['`', '"'], "").ends_with(end));
    match (found.next(), found.next()) {
        (Some(one), None) => one.clone(),
        (one, other) => panic!("{end}: {one:?} {other:?} in {statements:#}"),
    }
}

const ONE: &str = "WHERE (person.id = ?)";
const EVERYONE: &str = "ORDER BY person.id";

fn one(id: i32, region: &str, conn: &mut <Db as diesel_cache_tests::Backend>::Conn) -> Person {
    let mut rows = person::table.find(id).cached(region).load(conn).unwrap();
    rows.pop().unwrap()
}

/// Returns the sums over all statements of a region. They must be the figures of the region.
fn sums(statements: &Statements, region: &str) -> [u64; 5] {
    let of = statements.iter().filter(|statement| statement.region() == region);
    of.fold([0; 5], |[hits, misses, bypasses, stores, waits], statement| {
        [
            hits + statement.hits(),
            misses + statement.misses(),
            bypasses + statement.bypasses(),
            stores + statement.stores(),
            waits + statement.coalesced_waits(),
        ]
    })
}

fn sums_of(stats: &RegionStats) -> [u64; 5] {
    [
        stats.hits(),
        stats.misses(),
        stats.bypasses(),
        stats.stores(),
        stats.coalesced_waits(),
    ]
}

#[test]
fn each_statement_of_each_region_counts_for_itself() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let conn = &mut setup.conn;
    for region in ["hot", "default", "files"] {
        for id in [1, 2, 1, 1] {
            assert_eq!(one(id, region, conn).id, id);
        }
        everyone(region).load::<Person>(conn).unwrap();
    }
    one(1, "hot", conn);
    let statements = setup.cache.statements();
    assert_eq!(statements.iter().count(), 6);
    for (region, hits) in [("hot", 3), ("default", 2), ("files", 2)] {
        let find = of(&statements, region, ONE);
        assert_eq!(
            (find.calls(), find.hits(), find.misses()),
            (hits + 2, hits, 2),
            "{find}"
        );
        assert_eq!(find.misses_by(MissReason::Absent), 2);
        assert_eq!((find.queries(), find.stores()), (2, 2));
        assert_eq!(find.tables(), Some(vec!["person"]));
        assert!(find.time_in_database() >= find.mean_query_time());
        assert!((find.hit_ratio() - hits as f64 / (hits + 2) as f64).abs() < 1e-9);
        let all = of(&statements, region, EVERYONE);
        assert_eq!((all.calls(), all.hits(), all.misses(), all.queries()), (1, 0, 1, 1));
        assert!(all.last_size() > find.last_size() && find.bytes_stored() == 2 * find.last_size());
        let here = setup.cache.region(region).unwrap();
        assert_eq!(here.statements().iter().count(), 2);
        assert_eq!(sums(&statements, region), sums_of(&here.stats()), "{region}");
    }
    // The most expensive comes first.
    let times: Vec<Duration> = statements.iter().map(StatementStats::time_in_database).collect();
    assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
}

#[test]
fn every_way_a_load_can_end_is_counted_for_its_statement() {
    let db = Database::<Db>::new();
    let clock = ManualClock::new();
    let minute = Duration::from_secs(60);
    let mut setup = Setup::with(&db, |builder| {
        let stale = Region::memory("stale")
            .time_to_live(minute)
            .stale_while_revalidate(minute);
        builder
            .clock(clock.clone())
            .region(Region::memory("minute").time_to_live(minute))
            .region(stale)
    });
    let conn = &mut setup.conn;
    let load = |region: &str, conn: &mut _| drop(everyone(region).load::<Person>(conn).unwrap());
    load("minute", conn);
    clock.advance(minute);
    load("minute", conn);
    diesel::update(person::table.find(1))
        .set(person::name.eq("Ada"))
        .execute(conn)
        .unwrap();
    load("minute", conn);
    everyone("minute").refresh().load::<Person>(conn).unwrap();
    conn.transaction(|conn| everyone("minute").load::<Person>(conn))
        .unwrap();
    setup.cache.disabled(|| load("minute", conn));
    load("off", conn);
    load("local", conn);
    everyone("hot").only_if_cached().first::<Person>(conn).unwrap_err();

    let statements = setup.cache.statements();
    let all = of(&statements, "minute", EVERYONE);
    let misses = [
        MissReason::Absent,
        MissReason::Expired,
        MissReason::Invalidated,
        MissReason::Refresh,
    ];
    assert_eq!(misses.map(|reason| all.misses_by(reason)), [1; 4], "{all}");
    assert_eq!(all.bypasses_by(BypassReason::Transaction), 1);
    assert_eq!(all.bypasses_by(BypassReason::Disabled), 1);
    assert_eq!((all.calls(), all.misses(), all.bypasses(), all.queries()), (6, 4, 2, 6));
    assert_eq!(
        of(&statements, "off", EVERYONE).bypasses_by(BypassReason::NullRegion),
        1
    );
    assert_eq!(
        of(&statements, "local", EVERYONE).bypasses_by(BypassReason::NoSession),
        1
    );
    let never = statements.iter().find(|statement| statement.region() == "hot").unwrap();
    assert_eq!((never.calls(), never.misses(), never.queries()), (1, 1, 0));
    for region in ["minute", "off", "local", "hot"] {
        let stats = setup.cache.region(region).unwrap().stats();
        assert_eq!(sums(&statements, region), sums_of(&stats), "{region}");
    }
}

#[test]
fn entries_from_files_count_for_their_statements() {
    let db = Database::<Db>::new();
    let mut first = Setup::new(&db);
    one(1, "default", &mut first.conn);
    drop(first);
    let mut second = Setup::new(&db);
    for _ in 0..3 {
        one(1, "default", &mut second.conn);
    }
    let find = of(&second.cache.statements(), "default", ONE);
    assert_eq!((find.calls(), find.hits(), find.misses(), find.queries()), (3, 3, 0, 0));
    // What the first process measured.
    assert!(find.time_saved() > Duration::ZERO && find.time_in_database() == Duration::ZERO);
}

#[test]
fn the_last_invalidation_names_its_table() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let conn = &mut setup.conn;
    let joined = |conn: &mut _| {
        let rows = person::table
            .inner_join(address::table)
            .order(address::id)
            .cached("hot");
        rows.load::<(Person, Address)>(conn).unwrap();
    };
    let last = |setup: &Setup<Db>, end| {
        let last = of(&setup.cache.statements(), "hot", end).last_invalidation()?;
        Some((last.cause(), last.table().map(str::to_owned)))
    };
    const JOINED: &str = "ORDER BY address.id";
    joined(conn);
    one(1, "hot", conn);
    assert_eq!(last(&setup, JOINED), None);
    let conn = &mut setup.conn;
    diesel::update(address::table.find(1))
        .set(address::street.eq("s"))
        .execute(conn)
        .unwrap();
    joined(conn);
    one(1, "hot", conn);
    let written = |cause, table: &str| Some((cause, Some(table.to_owned())));
    assert_eq!(last(&setup, JOINED), written(InvalidationCause::Table, "address"));
    assert_eq!(last(&setup, ONE), None, "it does not read that table");
    setup.cache.invalidate_all();
    one(1, "hot", &mut setup.conn);
    assert_eq!(last(&setup, ONE), Some((InvalidationCause::Everything, None)));
    assert!(setup.cache.statements().to_string().contains("  everything  "));
}

#[test]
fn no_value_is_shown_and_values_make_no_statements() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let conn = &mut setup.conn;
    for name in ["secret", "secret too"] {
        let literal =
            format!("SELECT id, name FROM person WHERE name = '{name}' AND id IN (47114711, 47114712) -- secret\n");
        sql_query(literal).cached("hot").load::<Person>(conn).unwrap();
        let ids = if name == "secret" { vec![1] } else { vec![1, 2, 3] };
        let bound = person::table
            .filter(person::name.eq(name))
            .filter(person::id.eq_any(ids))
            .cached("hot");
        bound.load::<Person>(conn).unwrap();
        setup.cache.region("hot").unwrap().set("secret", &1);
    }
    // Quotes of both kinds, in texts that the parser does not understand: each word may be a table, and may be a value.
    for sql in [
        "SELECT id, name FROM (person) WHERE name = 'secret' UNION ALL VALUES (0, 'secret')",
        "SELECT id, name FROM (person) WHERE name = \"secret\"",
        "SELECT id, name FROM person WHERE name IS NOT DISTINCT FROM \"secret\"",
        "SELECT id, name FROM person WHERE WEIGHT_STRING(\"secret\" AS CHAR(4)) = 'x'",
        "SELECT id, name FROM person WHERE name = @\"secret\"",
    ] {
        // To PostgreSQL, what is in double quotes is a name. Not every database knows every one of the others.
        let is_name = sql.contains('"') && std::any::type_name::<Db>().contains("Postgres");
        if !is_name {
            let _ = sql_query(sql).cached("hot").load::<Person>(conn);
        }
    }
    let unreadable = "SELECT id, name FROM person WHERE name = 'secret";
    sql_query(unreadable).cached("hot").load::<Person>(conn).unwrap_err();

    let statements = setup.cache.statements();
    let literal = "SELECT id, name FROM person WHERE name = ? AND id IN (?, …)";
    assert_eq!(of(&statements, "hot", literal).calls(), 2);
    let bound = statements
        .iter()
        .filter(|statement| statement.sql().contains("name` = ?") || statement.sql().contains("name\" = ?"));
    assert_eq!(bound.map(StatementStats::calls).sum::<u64>(), 2);
    let mut everything = format!("{statements}\n{statements:#}\n{statements:?}\n");
    statements.iter().for_each(|one| everything.push_str(&one.to_string()));
    assert!(
        !everything.contains("secret") && !everything.contains("4711471"),
        "{everything}"
    );
}

#[test]
fn there_are_no_more_statements_than_the_limit() {
    let db = Database::<Db>::new();
    let mut setup = Setup::with(&db, |builder| builder.max_statements(100));
    let conn = &mut setup.conn;
    for number in 0..2_000 {
        let text = format!("SELECT id, name AS n{number}, name FROM person WHERE id = 1");
        sql_query(text).cached("hot").load::<Person>(conn).unwrap();
        one(1, "hot", conn);
    }
    let statements = setup.cache.statements();
    assert!((95..=101).contains(&statements.iter().count()), "{statements}");
    let others: Vec<_> = statements.iter().filter(|statement| statement.is_others()).collect();
    let [others] = others[..] else { panic!("{statements}") };
    assert_eq!((others.sql(), others.tables()), ("others", None));
    assert!(others.calls() >= 1_900 && statements.iter().last().unwrap().is_others());
    assert_eq!(of(&statements, "hot", ONE).calls(), 2_000, "what is used stays");
    assert_eq!(statements.iter().map(StatementStats::calls).sum::<u64>(), 4_000);
    assert_eq!(
        sums(&statements, "hot"),
        sums_of(&setup.cache.region("hot").unwrap().stats())
    );
}

#[test]
fn after_a_reset_statements_begin_anew_and_entries_stay() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    one(1, "hot", &mut setup.conn);
    setup.cache.reset_statements();
    assert_eq!(setup.cache.statements().iter().count(), 0);
    one(1, "hot", &mut setup.conn);
    let find = of(&setup.cache.statements(), "hot", ONE);
    assert_eq!((find.calls(), find.hits()), (1, 1));
    assert_eq!(setup.cache.region("hot").unwrap().stats().misses(), 1);
}

#[test]
fn without_statistics_all_else_is_the_same() {
    let db = Database::<Db>::new();
    let mut setup = Setup::with(&db, |builder| builder.max_statements(0));
    for _ in 0..3 {
        one(1, "hot", &mut setup.conn);
    }
    assert_eq!(setup.cache.statements().iter().count(), 0);
    assert_eq!(setup.cache.region("hot").unwrap().stats().hits(), 2);
}

#[test]
fn threads_lose_no_count() {
    const THREADS: u64 = 8;
    const ROUNDS: u64 = 50;
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let start = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut conn = connect::<Db>(db.url());
                setup.cache.attach(&mut conn);
                start.wait();
                for round in 0..ROUNDS {
                    one(1 + (round % 3) as i32, "default", &mut conn);
                    everyone("hot").load::<Person>(&mut conn).unwrap();
                }
            });
        }
    });
    let statements = setup.cache.statements();
    for (region, end) in [("default", ONE), ("hot", EVERYONE)] {
        assert_eq!(of(&statements, region, end).calls(), THREADS * ROUNDS);
        let stats = setup.cache.region(region).unwrap().stats();
        assert_eq!(sums(&statements, region), sums_of(&stats), "{region}");
    }
}

#[test]
fn loads_from_a_pool_count_whether_they_take_a_connection_or_not() {
    let db = Database::<Db>::new();
    let setup = Setup::<Db>::new(&db);
    let (cache, url) = (setup.cache.clone(), db.url().to_owned());
    let pool = setup.cache.lazy_pool(move || {
        let mut conn = connect::<Db>(&url);
        cache.attach(&mut conn);
        Ok::<_, ConnectionError>(conn)
    });
    for id in [1, 2, 2, 1, 1] {
        let find = person::table.find(id).cached("hot");
        assert_eq!(find.first_from::<Person>(&pool).unwrap().id, id);
    }
    let find = of(&setup.cache.statements(), "hot", &format!("{ONE} LIMIT ?"));
    assert_eq!((find.calls(), find.hits(), find.misses(), find.queries()), (5, 3, 2, 2));
}
