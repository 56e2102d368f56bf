//! Many keys at once: a page of 50 authors with their posts and comments, and batches of 1 to 10,000 keys.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_bench::{Person, person};

use super::growth::case;
use crate::bench::{Bench, regions};
use crate::figures::Group;
use crate::harness::Turns;
use crate::posts::{comment, post};

diesel::table! {
    #[sql_name = "person"]
    author (id) {
        id -> Integer,
        name -> Text,
    }
}
diesel::joinable!(post -> author (person_id));
diesel::allow_tables_to_appear_in_same_query!(author, post);
diesel::allow_tables_to_appear_in_same_query!(author, comment);

#[derive(Queryable, Selectable, Identifiable, Cacheable, Clone, PartialEq, Debug)]
#[diesel(table_name = author)]
struct Author {
    id: i32,
    name: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Cacheable, Clone, PartialEq, Debug)]
#[diesel(table_name = post, belongs_to(Author, foreign_key = person_id))]
struct Post {
    id: i32,
    person_id: i32,
    title: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Cacheable, Clone, PartialEq, Debug)]
#[diesel(table_name = comment, belongs_to(Post))]
struct Comment {
    id: i32,
    post_id: i32,
    body: String,
}

/// The authors on a page, the posts of each author, and the comments on each post.
const AUTHORS: i32 = 50;
const POSTS: i32 = 2;
const COMMENTS: i32 = 2;

/// A page: authors with their posts, and posts with their comments.
type Page = Vec<(Author, Vec<(Post, Vec<Comment>)>)>;

pub(crate) fn run(bench: &mut Bench) {
    if bench.arguments.wants("relations/page") {
        sqlite::page(bench);
        postgres::page(bench);
    }
    for percent in [0, 50, 100] {
        keys(bench, percent);
    }
}

fn install(conn: &mut impl SimpleConnection) {
    let posts = (1..=AUTHORS * POSTS).map(|id| format!("({id}, {}, 'post {id}')", (id - 1) / POSTS + 1));
    let comments =
        (1..=AUTHORS * POSTS * COMMENTS).map(|id| format!("({id}, {}, 'comment {id}')", (id - 1) / COMMENTS + 1));
    let (posts, comments) = (
        posts.collect::<Vec<_>>().join(", "),
        comments.collect::<Vec<_>>().join(", "),
    );
    conn.batch_execute(&format!(
        "CREATE TABLE post (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (id), title TEXT NOT NULL);
         CREATE TABLE comment (id INTEGER PRIMARY KEY, post_id INTEGER NOT NULL REFERENCES post (id), body TEXT NOT NULL);
         CREATE INDEX post_person ON post (person_id); CREATE INDEX comment_post ON comment (post_id);
         INSERT INTO post VALUES {posts}; INSERT INTO comment VALUES {comments}; ANALYZE;"
    ))
    .unwrap();
}

fn put_together(authors: Vec<Author>, posts: Vec<Vec<Post>>, comments: Vec<Vec<Comment>>) -> Page {
    let mut comments = comments.into_iter();
    let mut with_comments = |post| (post, comments.next().unwrap_or_default());
    let posts = posts
        .into_iter()
        .map(|posts| posts.into_iter().map(&mut with_comments).collect());
    authors.into_iter().zip(posts.collect::<Vec<_>>()).collect()
}

/// The ways to load a page, on one database.
macro_rules! on {
    ($name:ident, $conn:ty, $title:literal) => {
        mod $name {
            use super::*;

            pub(super) fn page(bench: &mut Bench) {
                let world = &bench.$name;
                let mut plain = world.connect();
                install(&mut plain);
                let cache = regions(&bench.directory()).build().unwrap();
                cache.introspect(&mut plain).unwrap();
                let [mut batch, mut single] = std::array::from_fn(|_| {
                    let mut conn = world.connect();
                    cache.attach(&mut conn);
                    conn
                });
                let joined = join(&mut plain);
                assert_eq!(queries(&mut plain), joined);
                assert_eq!(batches(&mut batch), joined);
                let stored = cache.region("hot").unwrap().stats();
                assert_eq!(stored.stores(), 1 + AUTHORS as u64 * (1 + POSTS as u64));
                assert_eq!(lazy(&mut single), joined);
                let shared = cache.region("hot").unwrap().stats();
                assert_eq!(
                    shared.stores(),
                    stored.stores(),
                    "lazy loads find the entries of batches"
                );

                let group = Group::new(
                    concat!("relations/page ", stringify!($name)),
                    concat!("50 people, their 100 posts and 200 comments, ", $title),
                );
                let mut turns =
                    Turns::new(group.note("The cache is warm. Cold, `batches` sends 3 statements, and `lazy` 151."));
                let [mut a, mut b] = std::array::from_fn(|_| world.connect());
                turns.case("join, uncached", move || join(&mut a));
                turns.case("queries for each level, uncached", move || queries(&mut b));
                turns.case("batches, warm", move || batches(&mut batch));
                turns.case("lazy, warm", move || lazy(&mut single));
                let group = turns.run(bench.pace);
                plain
                    .batch_execute("DROP TABLE comment; DROP TABLE post")
                    .unwrap();
                bench.add(group);
            }

            fn join(conn: &mut $conn) -> Page {
                let rows: Vec<(Author, Option<Post>, Option<Comment>)> = author::table
                    .left_join(post::table.left_join(comment::table))
                    .filter(author::id.le(AUTHORS))
                    .order((author::id, post::id, comment::id))
                    .select((
                        Author::as_select(),
                        Option::<Post>::as_select(),
                        Option::<Comment>::as_select(),
                    ))
                    .load(conn)
                    .unwrap();
                let mut page = Page::new();
                for (author, post, comment) in rows {
                    if page.last().is_none_or(|(last, _)| last.id != author.id) {
                        page.push((author, Vec::new()));
                    }
                    let posts = &mut page.last_mut().unwrap().1;
                    let Some(post) = post else { continue };
                    if posts.last().is_none_or(|(last, _)| last.id != post.id) {
                        posts.push((post, Vec::new()));
                    }
                    posts.last_mut().unwrap().1.extend(comment);
                }
                page
            }

            fn queries(conn: &mut $conn) -> Page {
                let authors: Vec<Author> = authors().load(conn).unwrap();
                let posts = Post::belonging_to(&authors).order(post::id).load(conn).unwrap();
                let posts: Vec<Vec<Post>> = posts.grouped_by(&authors);
                let all: Vec<Post> = posts.iter().flatten().cloned().collect();
                let comments = Comment::belonging_to(&all).order(comment::id).load(conn).unwrap();
                put_together(authors, posts, comments.grouped_by(&all))
            }

            fn batches(conn: &mut $conn) -> Page {
                let authors: Vec<Author> = authors().cached("hot").load(conn).unwrap();
                let posts = post::table
                    .order(post::id)
                    .cached("hot")
                    .children_of::<Post, _>(&authors);
                let posts: Vec<Vec<Post>> = posts.load_in_order(conn).unwrap();
                let all: Vec<Post> = posts.iter().flatten().cloned().collect();
                let comments = comment::table
                    .order(comment::id)
                    .cached("hot")
                    .children_of::<Comment, _>(&all);
                put_together(authors, posts, comments.load_in_order(conn).unwrap())
            }

            fn lazy(conn: &mut $conn) -> Page {
                let authors: Vec<Author> = authors().cached("hot").load(conn).unwrap();
                let comments = |post: Post, conn: &mut $conn| {
                    let comments = Comment::belonging_to(&post)
                        .order(comment::id)
                        .cached("hot")
                        .load(conn);
                    (post, comments.unwrap())
                };
                let posts = |author: Author, conn: &mut $conn| {
                    let posts: Vec<Post> = Post::belonging_to(&author)
                        .order(post::id)
                        .cached("hot")
                        .load(conn)
                        .unwrap();
                    (
                        author,
                        posts.into_iter().map(|post| comments(post, conn)).collect(),
                    )
                };
                authors.into_iter().map(|author| posts(author, conn)).collect()
            }
        }
    };
}

fn authors() -> diesel::dsl::Order<diesel::dsl::Filter<author::table, diesel::dsl::LtEq<author::id, i32>>, author::id> {
    author::table.filter(author::id.le(AUTHORS)).order(author::id)
}

on!(sqlite, SqliteConnection, "SQLite WAL");
on!(postgres, PgConnection, "PostgreSQL");

/// Measures batches of keys, of which `percent` % are in the cache.
fn keys(bench: &mut Bench, percent: i32) {
    let name = format!("relations/keys, {percent} % hits");
    if !bench.arguments.wants(&name) {
        return;
    }
    let sizes: &[i32] = match bench.arguments.quick {
        true => &[1, 10, 100],
        false => &[1, 10, 100, 1_000, 10_000],
    };
    let title = format!("Rows by many primary keys on SQLite WAL, {percent} % of them cached");
    let mut turns = Turns::new(Group::new(name, title).note(
        "`moka` is a loop over `get`, one query with `eq_any` for what is missing, and a loop over `insert`. It \
         invalidates nothing.",
    ));
    let cache = regions(&bench.directory()).build().unwrap();
    for &size in sizes {
        let all: Vec<i32> = (1..=size).collect();
        // Every other key is missing, rather than one half of the range.
        let is_missing = |key: &&i32| percent == 0 || percent == 50 && *key % 2 == 1;
        let missing: Vec<i32> = all.iter().filter(is_missing).copied().collect();
        let [mut conn, mut plain, mut behind] = std::array::from_fn(|_| bench.sqlite.connect());
        cache.attach(&mut conn);
        let moka = moka::sync::Cache::new(100_000);
        let (keys, absent) = (all.clone(), missing.clone());
        turns.timed(case("find_many", size), move |times| {
            let many = |keys: &[i32]| person::table.cached("hot").find_many(keys.iter().copied());
            let invalidate = |conn: &mut SqliteConnection| many(&absent).invalidate(conn).map(|_| ()).unwrap();
            let load = |conn: &mut SqliteConnection| many(&keys).load_by_key::<Person>(conn).unwrap();
            repeated(times, &mut conn, invalidate, load)
        });
        let keys = all.clone();
        turns.case(case("eq_any, uncached", size), move || by_id(ask(&keys, &mut plain)));
        turns.timed(case("moka", size), move |times| {
            let invalidate = |_: &mut SqliteConnection| missing.iter().for_each(|key| moka.invalidate(key));
            repeated(times, &mut behind, invalidate, |conn| by_hand(&moka, &all, conn))
        });
    }
    let group = turns.run(bench.pace);
    bench.add(group);
}

/// Times `work`, without `before`, which precedes it each time.
fn repeated<T>(
    times: u64,
    conn: &mut SqliteConnection,
    before: impl Fn(&mut SqliteConnection),
    work: impl Fn(&mut SqliteConnection) -> T,
) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..times {
        before(conn);
        let started = Instant::now();
        std::hint::black_box(work(conn));
        took += started.elapsed();
    }
    took
}

fn ask(keys: &[i32], conn: &mut SqliteConnection) -> Vec<Person> {
    let query = person::table.filter(person::id.eq_any(keys));
    query.select(Person::as_select()).load(conn).unwrap()
}

fn by_id(people: Vec<Person>) -> HashMap<i32, Person> {
    people.into_iter().map(|person| (person.id, person)).collect()
}

fn by_hand(cache: &moka::sync::Cache<i32, Person>, keys: &[i32], conn: &mut SqliteConnection) -> HashMap<i32, Person> {
    let mut found = HashMap::with_capacity(keys.len());
    let mut missing = Vec::new();
    for key in keys {
        match cache.get(key) {
            Some(person) => _ = found.insert(*key, person),
            None => missing.push(*key),
        }
    }
    if !missing.is_empty() {
        for person in ask(&missing, conn) {
            cache.insert(person.id, person.clone());
            found.insert(person.id, person);
        }
    }
    found
}
