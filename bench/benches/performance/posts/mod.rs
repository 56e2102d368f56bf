//! Posts of people, and comments on posts, as a website reads and writes them by key.

mod load;
mod read;
mod write;

pub(crate) use load::{Load, Step, Weights};
pub(crate) use read::Read;
pub(crate) use write::{Kind, Write};

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Database, Sqlite};

/// The tables, for Diesel.
mod schema {
    diesel::table! {
        post (id) {
            id -> Integer,
            person_id -> Integer,
            title -> Text,
        }
    }

    diesel::table! {
        comment (id) {
            id -> Integer,
            post_id -> Integer,
            body -> Text,
        }
    }

    diesel::joinable!(comment -> post (post_id));
    diesel::allow_tables_to_appear_in_same_query!(post, comment);
}

pub(crate) use schema::{comment, post};

pub(crate) type Post = (i32, i32, String);
pub(crate) type Comment = (i32, i32, String);

/// The number of posts in a new database.
pub(crate) const POSTS: i32 = 500;
/// The number of comments on each of these posts.
const COMMENTS: i32 = 4;
/// The number of people, who are in every [`Database`].
const PEOPLE: i32 = 50;

/// The tables' keys are AUTOINCREMENT, so that no key is used twice and a [`Load`] knows the key of the next row.
const TABLES: &str = "CREATE TABLE post (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, \
        person_id INTEGER NOT NULL REFERENCES person (id), title TEXT NOT NULL); \
    CREATE TABLE comment (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, \
        post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE, body TEXT NOT NULL); \
    CREATE INDEX comment_post ON comment (post_id);";

/// Creates a database with posts and comments, in a file with a write-ahead log.
pub(crate) fn database() -> Database<Sqlite> {
    let database = Database::<Sqlite>::new();
    let posts: Vec<String> = (1..=POSTS)
        .map(|id| format!("({id}, {}, 'post {id}')", author(id)))
        .collect();
    let comments: Vec<String> = (1..=POSTS * COMMENTS)
        .map(|id| format!("({id}, {}, 'comment {id}')", (id - 1) / COMMENTS + 1))
        .collect();
    let rows = format!(
        "INSERT INTO post VALUES {}; INSERT INTO comment VALUES {}",
        posts.join(", "),
        comments.join(", ")
    );
    database
        .connect()
        .batch_execute(&format!("{TABLES} BEGIN; {rows}; COMMIT"))
        .unwrap();
    database
}

fn author(post: i32) -> i32 {
    post % PEOPLE + 1
}
