//! An UPDATE of volatile columns leaves those queries alone that do not read these columns.

use diesel::connection::SimpleConnection;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_cache::prelude::*;

use crate::rows::scene::{comment, post, settings};

type Rank = (i32, i32);

fn volatile(builder: diesel_cache::CacheBuilder) -> diesel_cache::CacheBuilder {
    builder.volatile("post", ["title"])
}

fn run(conn: &mut impl SimpleConnection, sql: &str) {
    conn.batch_execute(sql).unwrap();
}

#[derive(QueryableByName, Debug, PartialEq, Clone, diesel_cache::Cacheable)]
struct Number {
    #[diesel(sql_type = Integer)]
    n: i32,
}

#[test]
fn an_update_of_them_leaves_other_columns_alone() {
    let (_db, _cache, mut conn, statements) = scene!(volatile);
    let by_id = |id: i32| post::table.find(id).select((post::id, post::rank));
    let all = || post::table.select((post::id, post::rank)).order(post::id);
    writes!(
        conn, statements, Rank,
        (run(&mut conn, "UPDATE post SET title = 'a' WHERE id = 1"), kept: by_id(1), by_id(2), all()),
        (diesel::update(post::table.find(1)).set(post::title.eq("b")).execute(&mut conn).unwrap(), kept: by_id(1), all()),
        (run(&mut conn, "UPDATE post SET title = 'c'"), kept: by_id(1), all()),
        (run(&mut conn, "UPDATE post SET title = 'd' WHERE title = 'c' OR rank > 104"), kept: by_id(6), all()),
        (run(&mut conn, "UPDATE post SET rank = 200 WHERE id = 1"), stale: by_id(1), all()),
        (run(&mut conn, "UPDATE post SET rank = 201 WHERE id = 1"), kept: by_id(2)),
        (run(&mut conn, "UPDATE post SET title = 'e', rank = 202 WHERE id = 1"), stale: by_id(1), all()),
        (run(&mut conn, "DELETE FROM comment; DELETE FROM post WHERE id = 9"), stale: all()),
        (run(&mut conn, "DELETE FROM post WHERE id = 2"), stale: by_id(2), all()),
        (run(&mut conn, "INSERT INTO post VALUES (2, 2, 102, 'f')"), stale: by_id(2), all()),
        (run(&mut conn, "BEGIN; UPDATE post SET title = 'g' WHERE id = 3; COMMIT"), kept: by_id(3), all()),
        (run(&mut conn, "BEGIN; UPDATE post SET title = 'h' WHERE id = 3; UPDATE post SET rank = 203 WHERE id = 3; COMMIT"),
            stale: by_id(3), all()),
    );
    writes!(
        conn, statements, i64,
        (run(&mut conn, "UPDATE post SET title = 'i'"), kept: post::table.select(count_star())),
        (run(&mut conn, "DELETE FROM post WHERE id = 10"), stale: post::table.select(count_star())),
    );
}

#[test]
fn a_query_that_reads_one_is_stale() {
    let (_db, _cache, mut conn, statements) = scene!(volatile);
    let ranks = || post::table.select((post::id, post::rank));
    let raw = |sql: &str| diesel::sql_query(sql);
    writes!(
        conn, statements, (i32, String),
        (run(&mut conn, "UPDATE post SET title = 'a' WHERE id = 1"),
            stale: post::table.find(1).select((post::id, post::title)), post::table.select((post::id, post::title))),
    );
    writes!(
        conn, statements, Rank,
        (run(&mut conn, "UPDATE post SET title = 'b' WHERE id = 1"),
            stale: ranks().filter(post::title.ne("c")), ranks().order(post::title.desc()).filter(post::id.eq(1))),
    );
    for (number, sql) in [
        "SELECT rank AS n FROM (SELECT * FROM post) AS p WHERE id = 1",
        "SELECT rank AS n FROM (SELECT p.* FROM post AS p) AS p",
        "SELECT CAST(count(DISTINCT title) AS INTEGER) AS n FROM post".replace("AS INTEGER", super::CAST).leak(),
        "SELECT rank AS n FROM post WHERE EXISTS (SELECT 1 FROM post AS q WHERE q.title = 'z' AND q.id = post.id) OR id = 1",
        "SELECT rank AS n FROM (SELECT id, title, rank FROM post) AS p WHERE id = 1",
    ]
    .into_iter()
    .enumerate()
    {
        writes!(
            conn, statements, Number,
            (run(&mut conn, &format!("UPDATE post SET title = 'r{number}' WHERE id = 1")), stale: raw(sql)),
        );
    }
}

#[test]
fn a_join_reads_none() {
    let (_db, _cache, mut conn, statements) = scene!(volatile);
    let bodies = |id: i32| {
        comment::table
            .inner_join(post::table)
            .filter(post::id.eq(id))
            .select((comment::id, post::rank))
            .order(comment::id)
    };
    writes!(
        conn, statements, Rank,
        (run(&mut conn, "UPDATE post SET title = 'a' WHERE id = 1"), kept: bodies(1)),
        (run(&mut conn, "UPDATE post SET rank = 300 WHERE id = 1"), stale: bodies(1)),
    );
}

#[test]
fn processes_may_declare_different_columns() {
    let (db, cache, mut conn, statements) = scene!(volatile);
    let ranks = || post::table.select((post::id, post::rank)).order(post::id);
    let others: Vec<_> = [&[][..], &["title", "rank"], &["rank"], &["title"]]
        .into_iter()
        .map(|columns| {
            let other = settings(&db).volatile("post", columns).build().unwrap();
            let mut conn = db.connect();
            other.introspect(&mut conn).unwrap();
            other.attach(&mut conn);
            (other, conn, columns)
        })
        .collect();
    for (_cache, mut other, columns) in others {
        writes!(
            conn, statements, Rank,
            (run(&mut other, "UPDATE post SET rank = rank + 100"), stale: ranks(), ranks().filter(post::id.eq(4))),
        );
        is_hit!(conn, statements, Rank, ranks());
        run(&mut other, &format!("UPDATE post SET title = 'by {}'", columns.len()));
        let hit = is_hit!(conn, statements, Rank, ranks());
        assert_eq!(hit, columns == ["title"], "{columns:?}");
    }
    // One that has not introspected knows nothing.
    let stranger = settings(&db).volatile("post", ["title"]).build().unwrap();
    let mut other = db.connect();
    stranger.attach(&mut other);
    is_hit!(conn, statements, Rank, ranks());
    run(&mut other, "UPDATE post SET title = 'strange'");
    assert!(!is_hit!(conn, statements, Rank, ranks()));
    drop(cache);
}

#[test]
fn columns_that_change_others_are_not_believed() {
    let (_db, cache, mut conn, statements) =
        scene!(|builder: diesel_cache::CacheBuilder| builder.volatile("visit", ["times"]).volatile("post", ["id"]));
    run(
        &mut conn,
        "CREATE TABLE visit (id INTEGER NOT NULL PRIMARY KEY, times INTEGER, \
             twice INTEGER GENERATED ALWAYS AS (times * 2) STORED); \
         INSERT INTO visit (id, times) VALUES (1, 1), (2, 2)",
    );
    cache.introspect(&mut conn).unwrap();
    diesel::table! { visit (id) { id -> Integer, twice -> Nullable<Integer>, } }
    writes!(
        conn, statements, (i32, Option<i32>),
        (run(&mut conn, "UPDATE visit SET times = 3 WHERE id = 1"), stale: visit::table.find(1), visit::table),
    );
    // A key, which others refer to.
    let comments = || {
        comment::table
            .select((comment::id, comment::id))
            .filter(comment::post_id.eq(7))
    };
    run(&mut conn, "DELETE FROM comment WHERE post_id <> 7");
    writes!(
        conn, statements, Rank,
        (run(&mut conn, "UPDATE post SET id = 77 WHERE id = 1"), kept: comments()),
        (run(&mut conn, "DELETE FROM post WHERE id = 7"), stale: comments()),
    );
}
