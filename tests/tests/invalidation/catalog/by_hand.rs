//! Facts given to the builder by hand.

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Database, Sqlite};

use crate::catalog::scene::settings;

#[test]
fn facts_given_by_hand_are_as_good_as_those_found() {
    let db = Database::<Sqlite>::new();
    let told = settings(&db)
        .cascades("main.Person", ["\"Address\""])
        .view("living", ["address"])
        .build();
    let (cache, mut conn, statements) = attached!(db, told.unwrap());
    conn.batch_execute("CREATE VIEW living AS SELECT * FROM address")
        .unwrap();
    for _ in 0..2 {
        count!(conn, statements, "living");
        conn.batch_execute("DELETE FROM person WHERE id = (SELECT min(id) FROM person)")
            .unwrap();
        assert_eq!(count!(conn, statements, "living").0, 1);
        assert_eq!(count!(conn, statements, "living").0, 0);
        count!(conn, statements, "address");
        conn.batch_execute(
            "DROP TRIGGER IF EXISTS t; CREATE TRIGGER t INSTEAD OF DELETE ON living BEGIN \
            DELETE FROM address WHERE id = old.id; END; DELETE FROM living WHERE id = 50",
        )
        .unwrap();
        assert_eq!(count!(conn, statements, "address").0, 1);
        // What is found comes on top.
        cache.introspect(&mut conn).unwrap();
    }
}

#[test]
fn they_hold_in_every_namespace() {
    let db = Database::<Sqlite>::new();
    let cache = settings(&db).cascades("person", ["address"]).build().unwrap();
    let (_, mut conn, statements) = attached!(db, cache.namespace("tenant"));
    count!(conn, statements, "address");
    conn.batch_execute("DELETE FROM person WHERE id = 1").unwrap();
    assert_eq!(count!(conn, statements, "address"), (1, 49));
}
