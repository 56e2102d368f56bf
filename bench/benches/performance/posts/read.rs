//! The queries.

use diesel::prelude::*;
use diesel_cache::prelude::*;

use super::{Comment, Post, comment, post};

/// A query, with the value of its bind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Read {
    /// `SELECT … FROM post WHERE id = ?`
    Post(i32),
    /// `SELECT … FROM comment WHERE id = ?`
    Comment(i32),
    /// `SELECT … FROM comment WHERE post_id = ? ORDER BY id`
    Comments(i32),
    /// `SELECT … FROM post JOIN comment ON … WHERE post.id = ? ORDER BY comment.id`
    Joined(i32),
}

/// The rows that a query returned.
#[derive(PartialEq, Debug)]
pub(crate) enum Rows {
    Posts(Vec<Post>),
    Comments(Vec<Comment>),
    Joined(Vec<(i32, String, i32, String)>),
}

macro_rules! rows {
    ($read:expr, $conn:expr $(, $region:literal)?) => {
        match $read {
            Read::Post(id) => Rows::Posts(post::table.find(id)$(.cached($region))?.load($conn).unwrap()),
            Read::Comment(id) => Rows::Comments(comment::table.find(id)$(.cached($region))?.load($conn).unwrap()),
            Read::Comments(post) => {
                let query = comment::table.filter(comment::post_id.eq(post)).order(comment::id);
                Rows::Comments(query$(.cached($region))?.load($conn).unwrap())
            }
            Read::Joined(post) => {
                let query = post::table
                    .inner_join(comment::table)
                    .filter(post::id.eq(post))
                    .order(comment::id)
                    .select((post::id, post::title, comment::id, comment::body));
                Rows::Joined(query$(.cached($region))?.load($conn).unwrap())
            }
        }
    };
}

impl Read {
    /// Runs the query without a cache.
    pub(crate) fn ask(self, conn: &mut SqliteConnection) -> Rows {
        rows!(self, conn)
    }

    /// Loads the rows through a region in memory.
    pub(crate) fn load(self, conn: &mut SqliteConnection) -> Rows {
        rows!(self, conn, "hot")
    }
}
