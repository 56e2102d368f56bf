//! Posts of people, and comments on posts.

use diesel_cache::{Cache, CacheBuilder, Region};
use diesel_cache_tests::{Backend, Database};

diesel::table! {
    post (id) {
        id -> Integer,
        person_id -> Integer,
        rank -> Integer,
        title -> Text,
    }
}

diesel::table! {
    comment (id) {
        id -> Integer,
        post_id -> Nullable<Integer>,
        body -> Text,
    }
}

diesel::joinable!(comment -> post (post_id));
diesel::allow_tables_to_appear_in_same_query!(post, comment);

/// Returns the statements that create the tables, with ten posts and two comments on each.
pub(crate) fn tables(generated: &str) -> String {
    let posts: Vec<String> = (1..=10)
        .map(|id| format!("({id}, {id}, {}, 'post {id}')", 100 + id))
        .collect();
    let comments: Vec<String> = (1..=20)
        .map(|id| format!("({id}, {}, 'comment {id}')", (id + 1) / 2))
        .collect();
    format!(
        "CREATE TABLE post (id INTEGER NOT NULL PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (id), \
             rank INTEGER NOT NULL UNIQUE, title VARCHAR(100) NOT NULL); \
         CREATE TABLE comment (id {generated}, post_id INTEGER, body VARCHAR(100) NOT NULL, \
             FOREIGN KEY (post_id) REFERENCES post (id) ON DELETE CASCADE); \
         INSERT INTO post VALUES {}; INSERT INTO comment VALUES {};",
        posts.join(", "),
        comments.join(", ")
    )
}

pub(crate) fn settings<B: Backend>(db: &Database<B>) -> CacheBuilder {
    Cache::builder()
        .directory(db.directory().join("cache"))
        .region(Region::disk("default"))
}

/// Creates a database with posts and comments, a cache that has introspected it, and a connection. Evaluates to all
/// three, and the statements of the connection.
macro_rules! scene {
    () => {
        scene!(|builder: diesel_cache::CacheBuilder| builder)
    };
    ($change:expr) => {{
        let db = super::Db::new();
        db.connect()
            .batch_execute(&crate::rows::scene::tables(super::GENERATED))
            .unwrap();
        let change = $change;
        let cache = change(crate::rows::scene::settings(&db)).build().unwrap();
        let mut conn = db.connect();
        cache.introspect(&mut conn).unwrap();
        let statements = diesel_cache_tests::Statements::new();
        cache.attach_with(&mut conn, statements.clone());
        (db, cache, conn, statements)
    }};
}

/// Loads the query through the cache and directly. Asserts that the rows are the same. Evaluates to `true` if the cache
/// answered.
macro_rules! is_hit {
    ($conn:ident, $statements:ident, $row:ty, $query:expr) => {{
        $statements.take();
        let cached: Vec<$row> = $query.cached("default").load(&mut $conn).unwrap();
        let hit = $statements.selects() == 0;
        let uncached: Vec<$row> = $query.load(&mut $conn).unwrap();
        assert_eq!(cached, uncached);
        hit
    }};
}

/// Asserts for each write that it invalidates the entries of queries (`stale`), or leaves them alone (`kept`).
macro_rules! writes {
    ($conn:ident, $statements:ident, $row:ty, $(($write:expr, $verdict:ident: $($query:expr),+)),+ $(,)?) => {$(
        $(is_hit!($conn, $statements, $row, $query); assert!(is_hit!($conn, $statements, $row, $query), "stored");)+
        $write;
        $(
            let hit = is_hit!($conn, $statements, $row, $query);
            assert_eq!(writes!(@ $verdict), hit, "{} {}: {}", stringify!($verdict), stringify!($write), stringify!($query));
        )+
    )+};
    (@ stale) => { false };
    (@ kept) => { true };
}

pub(crate) type Post = (i32, i32, i32, String);
pub(crate) type Comment = (i32, Option<i32>, String);
