//! Which processes and namespaces know which facts, and catalogs that change.

use std::sync::{Arc, Mutex};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel_cache::Event;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Database, Mysql, PostgresDatabase, Sqlite, address};

use crate::catalog::scene::settings;

#[test]
fn namespaces_have_facts_of_their_own() {
    let (one, two) = (Database::<Sqlite>::new(), Database::<Sqlite>::new());
    two.connect()
        .batch_execute("DROP TABLE address; CREATE TABLE address (id INTEGER PRIMARY KEY)")
        .unwrap();
    let cache = settings(&one).build().unwrap();
    let (cache_one, mut conn_one, statements_one) = attached!(one, cache.namespace("one"));
    let (cache_two, mut conn_two, statements_two) = attached!(two, cache.namespace("two"));
    assert_eq!(cache_one.introspect(&mut conn_one).unwrap().cascades(), 1);
    assert_eq!(cache_two.introspect(&mut conn_two).unwrap().cascades(), 0);
    count!(conn_one, statements_one, "address");
    count!(conn_two, statements_two, "address");
    conn_one.batch_execute("DELETE FROM person WHERE id = 1").unwrap();
    conn_two.batch_execute("DELETE FROM person WHERE id = 1").unwrap();
    assert_eq!(count!(conn_one, statements_one, "address"), (1, 49));
    assert_eq!(count!(conn_two, statements_two, "address"), (0, 0));
}

#[test]
fn a_second_introspection_replaces_the_first() {
    let db = Database::<Sqlite>::new();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let cache = settings(&db).listener(move |event| match event {
        Event::Introspected { found, .. } => told.lock().unwrap().push(found.to_string()),
        Event::CatalogChanged { verb, .. } => told.lock().unwrap().push(verb.to_string()),
        _ => {}
    });
    let (cache, mut conn, statements) = attached!(db, cache.build().unwrap());
    conn.batch_execute("CREATE VIEW old AS SELECT * FROM person").unwrap();
    cache.introspect(&mut conn).unwrap();
    conn.batch_execute("UPDATE person SET id = id; DROP TABLE address")
        .unwrap();
    conn.batch_execute("CREATE TABLE address (id INTEGER PRIMARY KEY)")
        .unwrap();
    count!(conn, statements, "address");
    conn.batch_execute("DELETE FROM person WHERE id = 1").unwrap();
    assert_eq!(count!(conn, statements, "address").0, 1);
    cache.introspect(&mut conn).unwrap();
    // Entries keep the stamps they have; those made from now on depend on less.
    cache.invalidate_tables(["address"]);
    count!(conn, statements, "address");
    conn.batch_execute("DELETE FROM person WHERE id = 2").unwrap();
    assert_eq!(count!(conn, statements, "address").0, 0);
    assert_eq!(
        *events.lock().unwrap(),
        ["1 cascading foreign key, 1 view", "DROP TABLE", "1 view"],
        "told once for each introspection"
    );
}

#[test]
fn hits_in_a_transaction_are_not_for_what_its_writes_cascade_to() {
    let db = Database::<Sqlite>::new();
    let (cache, mut conn, _) = attached!(db);
    cache.introspect(&mut conn).unwrap();
    address::table.cached("default").load::<Address>(&mut conn).unwrap();
    conn.transaction(|conn| {
        conn.batch_execute("DELETE FROM person WHERE id = 1")?;
        let left = address::table
            .cached("default")
            .in_transaction()
            .load::<Address>(conn)?;
        assert_eq!(left.len(), 49);
        QueryResult::Ok(())
    })
    .unwrap();
}

#[test]
fn explain_shows_all_that_a_query_depends_on() {
    let db = Database::<Sqlite>::new();
    let (cache, mut conn, _) = attached!(db);
    cache.introspect(&mut conn).unwrap();
    let explanation = address::table.cached("default").explain(&mut conn).unwrap();
    assert_eq!(explanation.tables().unwrap(), ["address", "person"]);
    let printed = explanation.to_string();
    let tables = "\ntables  address (all rows: no condition fixes a key), person (DELETE)\n";
    assert!(printed.contains(tables), "{printed}");
}

#[test]
fn any_connection_will_do() {
    let (sqlite, postgres, mysql) = (
        Database::<Sqlite>::new(),
        Database::<PostgresDatabase>::new(),
        Database::<Mysql>::new(),
    );
    let cache = settings(&sqlite).build().unwrap();
    macro_rules! pooled {
        ($db:ident, $conn:ty) => {{
            let pool = Pool::builder()
                .max_size(1)
                .build(ConnectionManager::<$conn>::new($db.url()))
                .unwrap();
            let found = cache
                .namespace(stringify!($db))
                .introspect(&mut pool.get().unwrap())
                .unwrap();
            assert_eq!(found.to_string(), "1 cascading foreign key");
        }};
    }
    pooled!(sqlite, SqliteConnection);
    pooled!(postgres, PgConnection);
    pooled!(mysql, MysqlConnection);
}
