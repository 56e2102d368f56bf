//! A miss reports what has invalidated the entry, and the statistics count the causes.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache::{Event, InvalidationCause, MissReason};
use diesel_cache_tests::Events;

use crate::rows::scene::{comment, post, settings};

type Row = crate::rows::scene::Post;

/// Returns the cause of the only miss since the last call; `None` if there was a hit.
fn cause(events: &Events) -> Option<InvalidationCause> {
    let misses: Vec<_> = events
        .take()
        .into_iter()
        .filter_map(|event| match event {
            Event::Miss { reason, cause, .. } => Some((reason, cause)),
            _ => None,
        })
        .collect();
    match *misses {
        [] => None,
        [(MissReason::Invalidated, cause)] => Some(cause.unwrap()),
        _ => panic!("{misses:?}"),
    }
}

/// For each query: by what a write invalidates its entry.
macro_rules! causes {
    ($conn:ident, $events:ident, $write:expr; $($row:ty: $query:expr => $expected:expr),+ $(,)?) => {{
        $(let _: Vec<$row> = $query.cached("default").load(&mut $conn).unwrap();)+
        $write;
        $events.take();
        $(
            let _: Vec<$row> = $query.cached("default").load(&mut $conn).unwrap();
            assert_eq!(cause(&$events), $expected, "{}: {}", stringify!($write), stringify!($query));
        )+
    }};
}

#[test]
fn a_write_is_the_cause_by_what_it_says_of_its_rows() {
    use InvalidationCause::{Cascade, Insert, Row as OfRow, Table, UnknownRows};
    type Comment = crate::rows::scene::Comment;

    let events = Events::new();
    let (_db, cache, mut conn, _) = scene!(|builder: diesel_cache::CacheBuilder| builder.listener(events.listener()));
    causes!(
        conn, events, diesel::update(post::table.find(1)).set(post::title.eq("new")).execute(&mut conn).unwrap();
        Row: post::table.find(1) => Some(OfRow),
        Row: post::table.find(2) => None,
        Row: post::table.filter(post::rank.eq(102)) => Some(UnknownRows),
        Row: post::table.filter(post::title.ne("x")) => Some(Table),
    );
    let new = (comment::post_id.eq(1), comment::body.eq("new"));
    causes!(
        conn, events, diesel::insert_into(comment::table).values(new).execute(&mut conn).unwrap();
        Comment: comment::table.find(7) => None,
        Comment: comment::table.find(7_000) => Some(Insert),
        Comment: comment::table.filter(comment::post_id.eq(1)) => Some(OfRow),
        Comment: comment::table.filter(comment::post_id.eq(2)) => None,
        Comment: comment::table => Some(Table),
    );
    causes!(
        conn, events, diesel::delete(post::table.find(10)).execute(&mut conn).unwrap();
        Comment: comment::table.find(7) => Some(Cascade),
        Row: post::table.find(9) => None,
    );
    causes!(
        conn, events, {
            // The entry would be invalid without the other two.
            diesel::update(post::table).set(post::title.eq("all")).execute(&mut conn).unwrap();
            diesel::update(post::table.find(3)).set(post::title.eq("three")).execute(&mut conn).unwrap();
            cache.region("default").unwrap().invalidate();
        };
        Row: post::table.find(3) => Some(OfRow),
        Row: post::table.find(4) => Some(UnknownRows),
    );

    let stats = cache.region("default").unwrap().stats();
    let counts = [OfRow, Insert, UnknownRows, Cascade, Table].map(|cause| stats.invalidated_by(cause));
    assert_eq!(counts, [3, 1, 2, 1, 2], "{stats}");
    assert_eq!(stats.misses_by(MissReason::Invalidated), 9, "{stats}");
    assert!(
        stats
            .to_string()
            .contains("9  row 3, insert 1, unknown rows 2, cascade 1, table 2\n"),
        "{stats}"
    );
}

#[test]
fn an_invalidation_by_hand_is_a_cause() {
    use InvalidationCause::{Everything, Key, Region, Table, UnknownRows};

    let events = Events::new();
    let (db, cache, mut conn, _) = scene!(|builder: diesel_cache::CacheBuilder| builder.listener(events.listener()));
    let peer = settings(&db).build().unwrap();
    let mut other = db.connect();
    peer.attach(&mut other);
    let one = || post::table.find(1);
    causes!(conn, events, one().cached("default").invalidate(&mut other).unwrap(); Row: one() => Some(Key));
    causes!(conn, events, peer.region("default").unwrap().invalidate(); Row: one() => Some(Region));
    causes!(conn, events, peer.region("default").unwrap().clear(); Row: one() => Some(Region));
    causes!(conn, events, cache.invalidate_all(); Row: one() => Some(Everything));
    causes!(
        conn, events, cache.invalidate_tables(["post"]);
        Row: one() => Some(UnknownRows),
        Row: post::table => Some(Table),
    );
}

#[test]
fn an_entry_that_depends_on_something_else_is_stale() {
    let events = Events::new();
    let (db, cache, mut conn, _) = scene!(|builder: diesel_cache::CacheBuilder| builder.listener(events.listener()));
    // It has not introspected.
    let peer = settings(&db).build().unwrap();
    let mut other = db.connect();
    peer.attach(&mut other);
    let one = || post::table.find(1).cached("default");
    one().load::<Row>(&mut other).unwrap();
    peer.flush().unwrap();
    one().load::<Row>(&mut conn).unwrap();
    assert_eq!(cause(&events), Some(InvalidationCause::Dependencies));

    let define = "ALTER TABLE post ADD COLUMN extra INTEGER";
    causes!(
        conn, events, conn.batch_execute(define).unwrap();
        Row: post::table.find(2) => Some(InvalidationCause::Dependencies),
    );
    let stats = cache.region("default").unwrap().stats();
    assert_eq!(stats.invalidated_by(InvalidationCause::Dependencies), 2, "{stats}");
}

/// The statistics by statement name the table whose write it was.
#[test]
fn the_last_invalidation_of_a_statement_has_its_table() {
    type Comment = crate::rows::scene::Comment;

    let (_db, cache, mut conn, _) = scene!(|builder| builder);
    macro_rules! last {
        ($write:expr; $($row:ty: $query:expr => $expected:expr),+ $(,)?) => {{
            cache.reset_statements();
            $(let _: Vec<$row> = $query.cached("default").load(&mut conn).unwrap();)+
            $write.execute(&mut conn).unwrap();
            $(
                cache.reset_statements();
                let _: Vec<$row> = $query.cached("default").load(&mut conn).unwrap();
                let statements = cache.statements();
                let last = statements.iter().next().unwrap().last_invalidation();
                assert_eq!(last.map(|last| last.to_string()).as_deref(), $expected, "{}", stringify!($query));
            )+
        }};
    }
    last!(
        diesel::update(post::table.find(1)).set(post::title.eq("new"));
        Row: post::table.find(1) => Some("row of post"),
        Row: post::table.find(2) => None,
        Row: post::table.filter(post::rank.eq(102)) => Some("unknown rows of post"),
        Row: post::table.filter(post::title.ne("x")) => Some("post"),
    );
    last!(
        diesel::delete(post::table.find(10));
        Comment: comment::table.find(7) => Some("cascade of post"),
        Row: post::table.find(9) => None,
    );
}
