//! Turning row precision off, and declaring more columns by hand.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;

use crate::rows::scene::post;

type Row = crate::rows::scene::Post;

fn touch(conn: &mut impl SimpleConnection) {
    conn.batch_execute("UPDATE post SET title = 'new' WHERE id = 1")
        .unwrap();
}

#[test]
fn rows_can_be_turned_off() {
    let (_db, _cache, mut conn, statements) =
        scene!(|builder: diesel_cache::CacheBuilder| builder.row_precision(false));
    writes!(conn, statements, Row, (touch(&mut conn), stale: post::table.find(2)));
    let (_db, _cache, mut conn, statements) =
        scene!(|builder: diesel_cache::CacheBuilder| builder.whole_table("public.Post"));
    writes!(conn, statements, Row, (touch(&mut conn), stale: post::table.find(2)));
    let (_db, _cache, mut conn, statements) =
        scene!(|builder: diesel_cache::CacheBuilder| builder.whole_table("comment"));
    writes!(conn, statements, Row, (touch(&mut conn), kept: post::table.find(2)));
}

#[test]
fn columns_can_be_named_by_hand() {
    let by =
        |columns: &'static [&'static str]| move |builder: diesel_cache::CacheBuilder| builder.rows_by("post", columns);
    let rename = |conn: &mut _, rank: i32, id: i32| {
        diesel::update(post::table.filter(post::rank.eq(rank)).filter(post::person_id.eq(id)))
            .set(post::title.eq("new"))
            .execute(conn)
            .unwrap()
    };
    let query = |rank: i32, id: i32| post::table.filter(post::person_id.eq(id)).filter(post::rank.ge(rank));
    let (_db, _cache, mut conn, statements) = scene!(by(&["title"]));
    writes!(conn, statements, Row, (rename(&mut conn, 101, 1), kept: query(0, 2)));
    let (_db, _cache, mut conn, statements) = scene!(by(&["Rank", "person_id"]));
    writes!(
        conn, statements, Row,
        (rename(&mut conn, 101, 1), kept: post::table.filter(post::person_id.eq(2)).filter(post::rank.eq(102))),
        (rename(&mut conn, 101, 1), stale: post::table.filter(post::person_id.eq(1)).filter(post::rank.eq(101))),
    );
}
