//! Which rows each form of a query depends on.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;

use crate::rows::scene::{comment, post};

#[test]
fn lists_and_joins_depend_on_their_rows() {
    let (_db, _cache, mut conn, statements) = scene!();
    type Row = (i32, i32);
    let touch = |conn: &mut _, id: i32| {
        diesel::update(comment::table.find(id).filter(comment::post_id.eq((id + 1) / 2)))
            .set(comment::body.eq("new"))
            .execute(conn)
            .unwrap();
    };
    let joined = |id: i32| {
        post::table
            .inner_join(comment::table)
            .filter(post::id.eq(id))
            .order(comment::id)
            .select((post::id, comment::id))
    };
    let left = |id: i32| {
        post::table
            .left_join(comment::table)
            .filter(post::id.eq(id))
            .order(comment::id)
            .select((post::id, comment::id.assume_not_null()))
    };
    let some = |ids: [i32; 2]| {
        comment::table
            .filter(comment::id.eq_any(ids))
            .order(comment::id)
            .select((comment::id, comment::id))
    };
    let boxed = |id: i32| {
        comment::table
            .into_boxed()
            .filter(comment::id.eq(id))
            .select((comment::id, comment::id))
    };
    writes!(
        conn, statements, Row,
        (touch(&mut conn, 1), stale: joined(1), left(1), some([1, 9]), boxed(1)),
        (touch(&mut conn, 1), kept: joined(2), left(2), some([2, 9]), boxed(2)),
        (diesel::update(post::table.find(1)).set(post::title.eq("x")).execute(&mut conn).unwrap(), stale: joined(1), left(1)),
        (diesel::update(post::table.find(1)).set(post::title.eq("y")).execute(&mut conn).unwrap(), kept: joined(2), left(2)),
    );
}

#[test]
fn aggregates_and_absent_rows_see_what_comes() {
    let (_db, _cache, mut conn, statements) = scene!();
    type Row = i64;
    let count = |id: i32| comment::table.filter(comment::post_id.eq(id)).count();
    let insert = |conn: &mut _, post_id: i32| {
        diesel::insert_into(comment::table)
            .values((comment::post_id.eq(post_id), comment::body.eq("new")))
            .execute(conn)
            .unwrap();
    };
    writes!(
        conn, statements, Row,
        (insert(&mut conn, 1), stale: count(1)),
        (insert(&mut conn, 1), kept: count(2)),
        (conn.batch_execute("DELETE FROM comment WHERE post_id = 1").unwrap(), stale: count(1)),
        (insert(&mut conn, 1), stale: count(1)),
        (conn.batch_execute("DELETE FROM comment WHERE post_id = 1").unwrap(), kept: count(3)),
    );
}

#[test]
fn other_queries_depend_on_the_whole_table() {
    let (_db, _cache, mut conn, statements) = scene!();
    type Row = crate::rows::scene::Comment;
    let touch = |conn: &mut _| {
        diesel::update(comment::table.find(1).filter(comment::post_id.eq(1)))
            .set(comment::body.eq("new"))
            .execute(conn)
            .unwrap()
    };
    writes!(
        conn, statements, Row,
        (touch(&mut conn), stale: comment::table.order(comment::id)),
        (touch(&mut conn), stale: comment::table.filter(comment::id.gt(19)).order(comment::id)),
        (touch(&mut conn), stale: comment::table.filter(comment::id.eq(7).or(comment::id.eq(8))).order(comment::id)),
        (touch(&mut conn), stale: comment::table.filter(comment::body.eq("comment 7")).order(comment::id)),
        (touch(&mut conn), stale: comment::table.filter(comment::id.eq_any(2..=80)).order(comment::id)),
    );
    let extra = || comment::table.find(9).cached("default").depends_on(["comment"]);
    let _: Vec<Row> = extra().load(&mut conn).unwrap();
    touch(&mut conn);
    statements.take();
    let _: Vec<Row> = extra().load(&mut conn).unwrap();
    assert_eq!(statements.selects(), 1);
}

#[test]
fn explain_says_which_rows_count() {
    let (_db, _cache, mut conn, _statements) =
        scene!(|builder: diesel_cache::CacheBuilder| builder.volatile("post", ["title"]));
    macro_rules! tables {
        ($query:expr) => {{
            let text = $query.cached("default").explain(&mut conn).unwrap().to_string();
            let line = text.lines().find_map(|line| line.strip_prefix("tables  "));
            line.unwrap().to_owned()
        }};
    }
    assert_eq!(tables!(post::table.find(7)), "post by id = 7");
    assert_eq!(
        tables!(post::table.inner_join(comment::table).filter(post::id.eq(7))),
        "comment by post_id = 7, post by id = 7"
    );
    assert_eq!(tables!(post::table), "post (all rows: no condition fixes a key)");
    assert_eq!(
        tables!(comment::table.filter(comment::id.eq_any([3, 5]))),
        "comment by id in (3, 5), post (DELETE)"
    );
    assert_eq!(
        tables!(comment::table.filter(comment::post_id.eq(5))),
        "comment by post_id = 5, post by id = 5 (DELETE)"
    );
    let ranks = || post::table.select((post::id, post::rank));
    assert_eq!(tables!(ranks().filter(post::id.eq(7))), "post without title by id = 7");
    assert_eq!(
        tables!(ranks()),
        "post without title (all rows: no condition fixes a key)"
    );
}

/// Two values may share a slot: with 2,000 of them, some pairs do.
#[test]
fn a_row_does_not_stand_for_another_that_shares_its_slot() {
    let (_db, _cache, mut conn, statements) = scene!();
    type Row = crate::rows::scene::Comment;
    conn.batch_execute("DELETE FROM comment; INSERT INTO comment VALUES (1, 1, 'first')")
        .unwrap();
    for id in 2..80 {
        let both = || comment::table.filter(comment::id.eq_any([1, id])).order(comment::id);
        is_hit!(conn, statements, Row, both());
    }
    conn.batch_execute("INSERT INTO comment (post_id, body) SELECT 1, 'new'")
        .unwrap();
    for id in 2..80 {
        let both = || comment::table.filter(comment::id.eq_any([1, id])).order(comment::id);
        assert!(!is_hit!(conn, statements, Row, both()));
    }
}
