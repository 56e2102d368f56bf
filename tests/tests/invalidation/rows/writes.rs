//! Which entries each form of a write invalidates.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;

use crate::rows::scene::{comment, post};

type Row = crate::rows::scene::Post;

#[test]
fn an_update_by_key_leaves_other_rows_alone() {
    let (_db, _cache, mut conn, statements) = scene!();
    let by_id = |id: i32| post::table.find(id);
    writes!(
        conn, statements, Row,
        (diesel::update(post::table.find(1)).set(post::title.eq("new")).execute(&mut conn).unwrap(), kept: by_id(2)),
        (diesel::update(post::table.find(1)).set(post::title.eq("newer")).execute(&mut conn).unwrap(), stale: by_id(1)),
        (diesel::update(post::table.find(1)).set(post::title.eq("newest")).execute(&mut conn).unwrap(),
            stale: post::table.filter(post::title.ne("x"))),
        // The other unique key of the row is not in the text.
        (diesel::update(post::table.find(1)).set(post::title.eq("again")).execute(&mut conn).unwrap(),
            stale: post::table.filter(post::rank.eq(101))),
        (diesel::update(post::table.filter(post::rank.eq(102))).set(post::title.eq("r")).execute(&mut conn).unwrap(),
            kept: post::table.filter(post::rank.eq(103))),
        (diesel::update(post::table.find(1).filter(post::rank.eq(101))).set(post::title.eq("both")).execute(&mut conn).unwrap(),
            kept: post::table.filter(post::rank.eq(102)), by_id(3)),
    );
}

#[test]
fn a_row_that_gets_another_key_is_found_under_both() {
    let (_db, _cache, mut conn, statements) = scene!();
    conn.batch_execute("DELETE FROM comment").unwrap();
    writes!(
        conn, statements, Row,
        (diesel::update(post::table.find(1)).set(post::id.eq(31)).execute(&mut conn).unwrap(), stale: post::table.find(1)),
        (diesel::update(post::table.find(2)).set(post::id.eq(32)).execute(&mut conn).unwrap(), stale: post::table.find(32)),
        (diesel::update(post::table.find(3)).set(post::id.eq(33)).execute(&mut conn).unwrap(), kept: post::table.find(4)),
        (diesel::update(post::table.find(4)).set(post::id.eq(post::id + 30)).execute(&mut conn).unwrap(), stale: post::table.find(34)),
        (diesel::update(post::table.find(5)).set(post::person_id.eq(1)).execute(&mut conn).unwrap(),
            stale: post::table.filter(post::person_id.eq(1)).order(post::id)),
    );
}

#[test]
fn inserts_and_deletes_by_key_leave_other_rows_alone() {
    let (_db, _cache, mut conn, statements) = scene!();
    let new = |id: i32| {
        (
            post::id.eq(id),
            post::person_id.eq(1),
            post::rank.eq(1000 + id),
            post::title.eq("new"),
        )
    };
    writes!(
        conn, statements, Row,
        (diesel::insert_into(post::table).values(new(41)).execute(&mut conn).unwrap(), kept: post::table.find(1), post::table.find(40)),
        (diesel::insert_into(post::table).values(new(42)).execute(&mut conn).unwrap(), stale: post::table.find(42)),
        (diesel::insert_into(post::table).values(new(43)).execute(&mut conn).unwrap(),
            stale: post::table.filter(post::person_id.eq(1)).order(post::id)),
        (diesel::insert_into(post::table).values(vec![new(44), new(45)]).execute(&mut conn).unwrap(), stale: post::table.find(45)),
        (diesel::insert_into(post::table).values(vec![new(46), new(47)]).execute(&mut conn).unwrap(), kept: post::table.find(48)),
        (diesel::delete(post::table.find(41)).execute(&mut conn).unwrap(), kept: post::table.find(42)),
        (diesel::delete(post::table.find(42)).execute(&mut conn).unwrap(), stale: post::table.find(42)),
        (diesel::delete(post::table.filter(post::id.eq_any([43, 44]))).execute(&mut conn).unwrap(), stale: post::table.find(44)),
        (conn.batch_execute("DELETE FROM post WHERE id IN (45, 46)").unwrap(), kept: post::table.find(47)),
        (diesel::delete(post::table.filter(post::title.eq("new"))).execute(&mut conn).unwrap(), stale: post::table.find(47)),
    );
}

#[test]
fn a_row_with_a_generated_key_changes_what_is_not_there() {
    let (_db, _cache, mut conn, statements) = scene!();
    type Row = crate::rows::scene::Comment;
    let new = |post_id: i32| (comment::post_id.eq(post_id), comment::body.eq("new"));
    writes!(
        conn, statements, Row,
        (diesel::insert_into(comment::table).values(new(1)).execute(&mut conn).unwrap(), kept: comment::table.find(3)),
        (diesel::insert_into(comment::table).values(new(1)).execute(&mut conn).unwrap(), stale: comment::table.find(77)),
        (diesel::insert_into(comment::table).values(new(1)).execute(&mut conn).unwrap(),
            kept: comment::table.filter(comment::post_id.eq(2)).order(comment::id)),
        (diesel::insert_into(comment::table).values(new(1)).execute(&mut conn).unwrap(),
            stale: comment::table.filter(comment::post_id.eq(1)).order(comment::id)),
        // Nothing is known of the row.
        (conn.batch_execute("INSERT INTO comment (body) SELECT 'x'").unwrap(),
            stale: comment::table.filter(comment::post_id.eq(2)).order(comment::id)),
        // A key that is there is not inserted again.
        (conn.batch_execute("INSERT INTO comment (body) SELECT 'x'").unwrap(), kept: comment::table.find(3)),
    );
}

#[test]
fn what_is_not_understood_changes_every_row() {
    let (_db, _cache, mut conn, statements) = scene!();
    writes!(
        conn, statements, Row,
        (conn.batch_execute("UPDATE post SET title = 'a' WHERE id = 1 OR id = 2").unwrap(), stale: post::table.find(3)),
        (conn.batch_execute("UPDATE post SET title = 'a' WHERE id = 1 + 0").unwrap(), stale: post::table.find(3)),
        (conn.batch_execute("UPDATE post SET title = 'a' WHERE id = 1").unwrap(), kept: post::table.find(3)),
        (conn.batch_execute("UPDATE post SET title = 'b' WHERE id = 1; UPDATE post SET title = 'b' WHERE id = 2").unwrap(),
            kept: post::table.find(3)),
        (conn.batch_execute("UPDATE post SET title = 'c' WHERE id = 1; UPDATE post SET title = 'b' WHERE id = 3").unwrap(),
            stale: post::table.find(3)),
        (conn.batch_execute("UPDATE post SET title = 'd' WHERE id IN (SELECT id FROM person WHERE id = 1)").unwrap(),
            stale: post::table.find(3)),
    );
}

#[test]
fn a_transaction_changes_the_rows_of_all_its_statements() {
    let (_db, _cache, mut conn, statements) = scene!();
    let rename = |conn: &mut _, id: i32| {
        diesel::update(post::table.find(id))
            .set(post::title.eq("new"))
            .execute(conn)
    };
    writes!(
        conn, statements, Row,
        (conn.transaction(|conn| rename(conn, 1).and(rename(conn, 2))).unwrap(), kept: post::table.find(3)),
        (conn.transaction(|conn| rename(conn, 3).and(rename(conn, 4))).unwrap(), stale: post::table.find(3), post::table.find(4)),
        (conn.transaction(|conn| {
            let _ = conn.transaction(|conn| rename(conn, 5).and(Err::<(), _>(diesel::result::Error::RollbackTransaction)));
            rename(conn, 6)
        }).unwrap(), kept: post::table.find(5), post::table.find(7)),
        (conn.transaction(|conn| {
            let _ = conn.transaction(|conn| rename(conn, 5));
            rename(conn, 6)
        }).unwrap(), stale: post::table.find(5)),
        (conn.transaction(|conn| {
            (1..=80).try_for_each(|id| rename(conn, id % 5).map(drop))
        }).unwrap(), kept: post::table.find(7)),
    );
}

#[test]
fn a_child_goes_with_its_parent() {
    let (_db, _cache, mut conn, statements) = scene!();
    type Row = crate::rows::scene::Comment;
    writes!(
        conn, statements, Row,
        (diesel::update(post::table.find(1)).set(post::title.eq("new")).execute(&mut conn).unwrap(),
            kept: comment::table.find(1), comment::table.filter(comment::post_id.eq(1)).order(comment::id)),
        (diesel::delete(post::table.find(1)).execute(&mut conn).unwrap(),
            stale: comment::table.find(1), comment::table.filter(comment::post_id.eq(1)).order(comment::id)),
    );
}
