//! Features that only SQLite has.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;

#[test]
fn a_key_may_leave_out_the_columns_to_which_it_refers() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.batch_execute(
        "CREATE TABLE site (a INTEGER, b INTEGER, PRIMARY KEY (b, a)); \
         CREATE TABLE spot (id INTEGER PRIMARY KEY, s INTEGER, t INTEGER, \
             FOREIGN KEY (s, t) REFERENCES site ON DELETE CASCADE); \
         INSERT INTO site VALUES (1, 2), (2, 1), (3, 4); INSERT INTO spot VALUES (1, 2, 1), (2, 1, 2), (3, 4, 3)",
    )
    .unwrap();
    cache.introspect(&mut conn).unwrap();
    diesel::table! { spot (id) { id -> Integer, s -> Nullable<Integer>, t -> Nullable<Integer>, } }
    let spots = |s: i32, t: i32| spot::table.filter(spot::s.eq(s)).filter(spot::t.eq(t));
    writes!(
        conn, statements, (i32, Option<i32>, Option<i32>),
        (conn.batch_execute("DELETE FROM site WHERE a = 1 AND b = 2").unwrap(), kept: spots(1, 2)),
        (conn.batch_execute("DELETE FROM site WHERE a = 3 AND b = 4").unwrap(), stale: spots(4, 3)),
    );
}
