//! Looking up the entries of a region, and explaining a query, without querying the database.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_cache::{Clock, Tier, prelude::*};
use diesel_cache_tests::{Address, Backend, Database, ManualClock, Person, Setup, address, everyone, people, person};

use super::Db;

#[test]
fn lookup_tells_age_time_freshness_and_tier() {
    let db = Database::<Db>::new();
    let clock = ManualClock::new();
    let minute = Duration::from_secs(60);
    let with_clock = || {
        Setup::with(&db, |builder| {
            builder
                .region(Db::shared_region("minute").time_to_live(minute))
                .clock(clock.clone())
        })
    };
    let mut setup = with_clock();
    assert!(everyone("minute").lookup::<Person>(&mut setup.conn).unwrap().is_none());
    let stored_at = clock.now();
    everyone("minute").load::<Person>(&mut setup.conn).unwrap();
    setup.statements.take();
    setup.events.take();

    clock.advance(Duration::from_millis(1234));
    let held = everyone("minute").lookup::<Person>(&mut setup.conn).unwrap().unwrap();
    assert_eq!(*held.rows(), people(50));
    assert_eq!(held.age(), Duration::from_millis(1234));
    assert_eq!(held.stored_at(), stored_at);
    assert!(held.is_fresh());
    assert_eq!(held.tier(), Tier::Memory);
    assert_eq!(*held.into_rows(), people(50));

    let brief = everyone("minute").time_to_live(Duration::from_secs(1));
    assert!(!brief.lookup::<Person>(&mut setup.conn).unwrap().unwrap().is_fresh());

    clock.advance(minute);
    let held = everyone("minute").lookup::<Person>(&mut setup.conn).unwrap().unwrap();
    assert!(!held.is_fresh(), "stale, and still there");

    setup.cache.flush().unwrap();
    let mut other = with_clock();
    let held = everyone("minute").lookup::<Person>(&mut other.conn).unwrap().unwrap();
    assert_eq!(held.tier(), Db::SHARED);

    clock.rewind(2 * minute);
    let held = everyone("minute").lookup::<Person>(&mut setup.conn).unwrap().unwrap();
    assert!(!held.is_fresh(), "from the future");
    assert_eq!(held.age(), Duration::ZERO);

    setup.cache.invalidate_all();
    assert!(everyone("minute").lookup::<Person>(&mut setup.conn).unwrap().is_none());
    assert!(setup.statements.take().is_empty(), "the database was never asked");
    assert!(
        !setup
            .events
            .words()
            .iter()
            .any(|word| word.starts_with("hit") || word.starts_with("miss")),
        "a look is neither hit nor miss"
    );
}

#[test]
fn lookup_as_another_type_finds_nothing() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    assert!(
        everyone("default")
            .lookup::<(i32, String)>(&mut setup.conn)
            .unwrap()
            .is_none()
    );
    assert!(everyone("default").lookup::<Person>(&mut setup.conn).unwrap().is_some());
}

#[test]
fn explain_tells_key_sql_tables_and_region() {
    let db = Database::<Db>::new();
    let clock = ManualClock::new();
    let mut setup = Setup::with(&db, |builder| builder.clock(clock.clone()));
    let query = || {
        person::table
            .inner_join(address::table)
            .filter(person::id.eq(1))
            .cached("default")
    };
    let explanation = query().explain(&mut setup.conn).unwrap();
    assert_eq!(explanation.region(), "default");
    assert_eq!(explanation.tables().unwrap(), ["address", "person"]);
    assert!(explanation.sql().starts_with("SELECT") && explanation.sql().contains("JOIN"));
    assert!(explanation.to_string().ends_with("\nentry   none"));

    query().load::<(Person, Address)>(&mut setup.conn).unwrap();
    clock.advance(Duration::from_millis(2500));
    setup.statements.take();
    let text = query().explain(&mut setup.conn).unwrap().to_string();
    assert!(text.contains(" B in memory, 2.5s old"), "{text}");
    assert_eq!(query().explain(&mut setup.conn).unwrap().key(), explanation.key());
    let other = query().key("other").explain(&mut setup.conn).unwrap();
    assert_ne!(other.key(), explanation.key());
    assert!(setup.statements.take().is_empty());
}

#[test]
fn an_explanation_prints_as_a_few_lines() {
    let db = Database::<Db>::new();
    let setup = Setup::new(&db);
    let mut conn = db.connect();
    setup.cache.namespace("tenant-42").attach(&mut conn);
    let query = diesel::sql_query("SELECT id, name FROM person")
        .cached("hot")
        .depends_on(["audit"]);
    let explanation = query.explain(&mut conn).unwrap();
    let backend = match () {
        () if std::any::type_name::<Db>().contains("::Sqlite") => "sqlite",
        () if std::any::type_name::<Db>().ends_with("Postgres") => "postgres",
        () => "mysql",
    };
    assert_eq!(
        explanation.to_string(),
        format!(
            "region  hot\nspace   tenant-42\nkey     {}\nsql     SELECT id, name FROM person ({backend})\n\
             tables  audit, person\nnext    miss (absent); the rows would be stored\n\
             why     the region has no entry under this key\nentry   none",
            explanation.key()
        )
    );
}

#[test]
fn an_explanation_holds_no_bind_values() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let secret = "hunter2-hunter2";
    let query = person::table.filter(person::name.eq(secret)).cached("default");
    assert!(!format!("{:?}", query.explain(&mut setup.conn).unwrap()).contains(secret));
    let raw = diesel::sql_query(match std::any::type_name::<Db>() {
        name if name.ends_with("Postgres") => "SELECT id, name FROM person WHERE id = $1",
        _ => "SELECT id, name FROM person WHERE id = ?",
    });
    let raw = raw.bind::<Integer, _>(918_273_645).cached("default");
    assert!(!raw.explain(&mut setup.conn).unwrap().to_string().contains("918273645"));
}
