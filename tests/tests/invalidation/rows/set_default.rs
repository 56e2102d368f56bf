//! Foreign keys with SET DEFAULT: when a parent goes, rows refer to another parent.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;

diesel::table! { seat (id) { id -> Integer, team_id -> Nullable<Integer>, } }

#[test]
fn every_parent_counts() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.batch_execute(
        "CREATE TABLE team (id INTEGER NOT NULL PRIMARY KEY); \
         CREATE TABLE seat (id INTEGER NOT NULL PRIMARY KEY, team_id INTEGER DEFAULT 9, \
             FOREIGN KEY (team_id) REFERENCES team (id) ON DELETE SET DEFAULT ON UPDATE CASCADE); \
         INSERT INTO team VALUES (1), (2), (9); INSERT INTO seat VALUES (1, 1), (2, 2)",
    )
    .unwrap();
    cache.introspect(&mut conn).unwrap();
    writes!(
        conn, statements, (i32, Option<i32>),
        (conn.batch_execute("DELETE FROM team WHERE id = 1").unwrap(),
            stale: seat::table.filter(seat::team_id.eq(9)), seat::table.filter(seat::team_id.eq(2))),
    );
}
