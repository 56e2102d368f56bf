//! What a cache learns from the catalog about columns and keys, and what processes know of each other's columns.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;

use crate::rows::scene::{post, settings};

type Row = crate::rows::scene::Post;

#[test]
fn without_introspection_every_write_counts() {
    let (db, knowing, mut conn, statements) = scene!();
    let ignorant = settings(&db).build().unwrap();
    let mut other = db.connect();
    ignorant.attach(&mut other);
    writes!(
        conn, statements, Row,
        (other.batch_execute("UPDATE post SET title = 'x' WHERE id = 1").unwrap(), stale: post::table.find(1), post::table.find(2)),
    );
    // One that knows the same.
    let mut third = db.connect();
    let peer = settings(&db).build().unwrap();
    peer.introspect(&mut third).unwrap();
    peer.attach(&mut third);
    writes!(
        conn, statements, Row,
        (third.batch_execute("UPDATE post SET title = 'y' WHERE id = 1").unwrap(), kept: post::table.find(2)),
        (third.batch_execute("UPDATE post SET title = 'z' WHERE id = 1").unwrap(), stale: post::table.find(1)),
    );
    ignorant.invalidate_tables(["post"]);
    assert!(!is_hit!(conn, statements, Row, post::table.find(2)));
    knowing.invalidate_table::<post::table>();
    assert!(!is_hit!(conn, statements, Row, post::table.find(2)));
    knowing.invalidate_all();
    assert!(!is_hit!(conn, statements, Row, post::table.find(2)));
}

#[test]
fn processes_that_know_different_columns_share_what_both_know() {
    let (db, _cache, mut conn, statements) = scene!();
    let peer = settings(&db).rows_by("post", ["person_id", "rank"]).build().unwrap();
    let mut other = db.connect();
    peer.introspect(&mut other).unwrap();
    let others = diesel_cache_tests::Statements::new();
    peer.attach_with(&mut other, others.clone());
    let both = || {
        post::table
            .filter(post::person_id.eq(2))
            .filter(post::rank.ne(1))
            .filter(post::rank.eq(102))
    };
    let third = || post::table.filter(post::person_id.eq(3));
    writes!(other, others, Row, (conn.batch_execute("UPDATE post SET title = 'x' WHERE id = 1 AND person_id = 1 AND rank = 101").unwrap(),
        kept: both(), third(), post::table.find(2)));
    writes!(conn, statements, Row, (other.batch_execute("UPDATE post SET title = 'y' WHERE id = 1 AND person_id = 1 AND rank = 101").unwrap(),
        kept: both(), third(), post::table.find(2)));
}

#[test]
fn a_table_that_is_defined_anew_has_no_rows() {
    let (db, cache, mut conn, statements) = scene!();
    let touch = |conn: &mut _| {
        diesel::update(post::table.find(1))
            .set(post::title.eq("new"))
            .execute(conn)
            .unwrap()
    };
    let _other = settings(&db).build().unwrap();
    let mut definer = db.connect();
    _other.attach(&mut definer);
    definer
        .batch_execute("ALTER TABLE post ADD COLUMN extra INTEGER")
        .unwrap();
    writes!(
        conn, statements, (i32, i32, i32, String),
        (touch(&mut conn), stale: post::table.find(2)),
    );
    cache.introspect(&mut conn).unwrap();
    writes!(
        conn, statements, (i32, i32, i32, String),
        (touch(&mut conn), kept: post::table.find(2)),
    );
}

#[test]
fn a_table_that_changes_its_own_rows_counts_as_a_whole_for_these() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.batch_execute(
        "CREATE TABLE node (id INTEGER NOT NULL PRIMARY KEY, parent_id INTEGER, name VARCHAR(20), \
             FOREIGN KEY (parent_id) REFERENCES node (id) ON DELETE CASCADE); \
         INSERT INTO node VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, NULL, 'd'), (5, NULL, 'e')",
    )
    .unwrap();
    diesel::table! { node (id) { id -> Integer, parent_id -> Nullable<Integer>, name -> Nullable<Text>, } }
    cache.introspect(&mut conn).unwrap();
    writes!(
        conn, statements, (i32, Option<i32>, Option<String>),
        (diesel::update(node::table.find(1)).set(node::name.eq("x")).execute(&mut conn).unwrap(), kept: node::table.find(3)),
        (diesel::delete(node::table.find(1)).execute(&mut conn).unwrap(), stale: node::table.find(3)),
    );
}

#[test]
fn what_a_transaction_shows_of_the_catalog_is_not_believed() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.transaction(|conn| cache.introspect(conn)).unwrap();
    conn.batch_execute("BEGIN").unwrap();
    cache.introspect(&mut conn).unwrap();
    conn.batch_execute("COMMIT").unwrap();
    writes!(
        conn,
        statements,
        Row,
        (conn.batch_execute("UPDATE post SET title = 'x' WHERE id = 1").unwrap(), stale: post::table.find(2)),
    );
    cache.introspect(&mut conn).unwrap();
    writes!(
        conn,
        statements,
        Row,
        (conn.batch_execute("UPDATE post SET title = 'y' WHERE id = 1").unwrap(), kept: post::table.find(2)),
    );
}
