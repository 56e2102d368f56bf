//! The report of an introspection.

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Database, Sqlite};

#[test]
fn a_report_prints() {
    let db = Database::<Sqlite>::new();
    let (cache, mut conn, _) = attached!(db);
    conn.batch_execute("DROP TABLE address").unwrap();
    assert_eq!(
        cache.introspect(&mut conn).unwrap().to_string(),
        "nothing that connects tables"
    );
    conn.batch_execute("CREATE VIEW v AS SELECT * FROM sqlite_master; CREATE VIEW w AS SELECT * FROM person")
        .unwrap();
    let found = cache.introspect(&mut conn).unwrap();
    assert_eq!(
        found.to_string(),
        "2 views\nview `v` does not tell which tables it reads: taken to show every table"
    );
    assert_eq!((found.opaque()[0].name(), found.opaque()[0].tables()), ("v", None));
}
