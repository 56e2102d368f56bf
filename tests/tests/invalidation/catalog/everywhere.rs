//! Facts of the catalog that exist on all three databases, read on blocking and on asynchronous connections.

macro_rules! on {
    ($($module:ident: $backend:ident by $introspect:ident),* $(,)?) => {$(
        mod $module {
            use diesel::connection::SimpleConnection;

            use crate::catalog::scene::$introspect as introspect;

            type Db = diesel_cache_tests::Database<diesel_cache_tests::$backend>;

            #[test]
            fn a_delete_cascades_through_two_levels() {
                let db = Db::new();
                let found = cures!(
                    by $introspect: db,
                    "CREATE TABLE Visit (id INTEGER PRIMARY KEY, address_id INTEGER, \
                         FOREIGN KEY (address_id) REFERENCES address (id) ON DELETE CASCADE); \
                     INSERT INTO Visit VALUES (1, 1), (2, 2), (3, 3);",
                    ("Visit", "DELETE FROM person WHERE id = 1", 3 => 2),
                    ("address", "DELETE FROM person WHERE id = 2", 49 => 48),
                );
                assert_eq!((found.cascades(), found.opaque().len()), (2, 0), "{found}");
            }

            #[test]
            fn an_update_cascades_and_sets_null() {
                let db = Db::new();
                cures!(
                    by $introspect: db,
                    "CREATE TABLE visit (id INTEGER PRIMARY KEY, person_id INTEGER, guide_id INTEGER, \
                         FOREIGN KEY (person_id) REFERENCES person (id) ON UPDATE CASCADE, \
                         FOREIGN KEY (guide_id) REFERENCES person (id) ON DELETE SET NULL); \
                     DELETE FROM address WHERE id IN (1, 2); \
                     INSERT INTO visit VALUES (1, 1, 2)",
                    ("visit WHERE person_id = 100", "UPDATE person SET id = 100 WHERE id = 1", 0 => 1),
                    ("visit WHERE guide_id IS NULL", "DELETE FROM person WHERE id = 2", 0 => 1),
                );
            }

            #[test]
            fn a_key_that_refuses_connects_nothing() {
                let db = Db::new();
                let (cache, mut conn, statements) = attached!(db);
                conn.batch_execute("CREATE TABLE visit (id INTEGER PRIMARY KEY, person_id INTEGER, \
                    FOREIGN KEY (person_id) REFERENCES person (id))").unwrap();
                introspect(&cache, &db);
                count!(conn, statements, "visit");
                conn.batch_execute("DELETE FROM person").unwrap();
                assert_eq!(count!(conn, statements, "visit"), (0, 0));
            }

            #[test]
            fn views_of_views_show_their_tables() {
                let db = Db::new();
                let found = cures!(
                    by $introspect: db,
                    "CREATE VIEW living AS SELECT p.id, p.name, a.street FROM person p JOIN address a ON a.person_id = p.id; \
                     CREATE VIEW Streets AS SELECT street FROM living WHERE id > 0 GROUP BY street;",
                    ("Streets", "UPDATE address SET street = 'here' WHERE id < 11", 50 => 41),
                    ("living", "DELETE FROM address WHERE id = 50", 50 => 49),
                );
                assert_eq!((found.views(), found.opaque().len()), (2, 0), "{found}");
            }

            #[test]
            fn tables_that_a_view_joins_stay_apart() {
                let db = Db::new();
                let (cache, mut conn, statements) = attached!(db);
                conn.batch_execute("CREATE VIEW living AS \
                    SELECT p.id, a.street FROM person p JOIN address a ON a.person_id = p.id").unwrap();
                introspect(&cache, &db);
                count!(conn, statements, "person");
                conn.batch_execute("UPDATE address SET street = 'here'").unwrap();
                assert_eq!(count!(conn, statements, "person"), (0, 50));
            }

            #[test]
            fn reading_a_catalog_changes_nothing() {
                let db = Db::new();
                let (cache, mut conn, statements) = attached!(db);
                introspect(&cache, &db);
                count!(conn, statements, "person");
                introspect(&cache, &db);
                assert_eq!(count!(conn, statements, "person"), (0, 50));
                conn.batch_execute("UPDATE address SET street = 'here'").unwrap();
                assert_eq!(count!(conn, statements, "person"), (0, 50));
            }
        }
    )*};
}

on! {
    sqlite: Sqlite by blocking,
    sqlite_async: Sqlite by asynchronous,
    postgres: PostgresDatabase by blocking,
    postgres_async: PostgresDatabase by asynchronous,
    mysql: Mysql by blocking,
    mysql_async: Mysql by asynchronous,
}
