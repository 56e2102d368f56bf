//! Features that only MySQL has.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_cache::prelude::*;

#[derive(QueryableByName, Debug, PartialEq, Clone, diesel_cache::Cacheable)]
struct Number {
    #[diesel(sql_type = Integer)]
    n: i32,
}

#[test]
fn a_table_of_another_database_is_not_in_the_catalog() {
    let (_db, cache, mut conn, statements) =
        scene!(|builder: diesel_cache::CacheBuilder| builder.volatile("leaf", ["title"]));
    let other = super::Db::new();
    let mut there = other.connect();
    there
        .batch_execute(
            "CREATE TABLE leaf (id INTEGER PRIMARY KEY, title VARCHAR(20), \
                 size INTEGER AS (CHAR_LENGTH(title)) STORED); INSERT INTO leaf (id, title) VALUES (1, 'a')",
        )
        .unwrap();
    let name: String = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("DATABASE()"))
        .get_result(&mut there)
        .unwrap();
    conn.batch_execute("CREATE TABLE leaf (id INTEGER PRIMARY KEY, title VARCHAR(20), size INTEGER)")
        .unwrap();
    cache.introspect(&mut conn).unwrap();
    writes!(
        conn, statements, Number,
        (conn.batch_execute(&format!("UPDATE {name}.leaf SET title = 'abc' WHERE id = 1")).unwrap(),
            stale: diesel::sql_query(format!("SELECT size AS n FROM {name}.leaf WHERE id = 1"))),
    );
}
