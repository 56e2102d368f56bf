//! The statements that write.

use diesel::prelude::*;

use super::{author, comment, post};

/// A statement, without its values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Rename,
    Edit,
    EditWithin,
    EditAll,
    AddPost,
    AddPostAs,
    AddComment,
    AddCommentAs,
    RemoveComment,
    RemovePost,
}

impl Kind {
    /// Returns its name in the report.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Rename => "UPDATE post SET title WHERE id",
            Self::Edit => "UPDATE comment SET body WHERE id",
            Self::EditWithin => "UPDATE comment SET body WHERE id AND post_id",
            Self::EditAll => "UPDATE comment SET body WHERE post_id",
            Self::AddPost => "INSERT INTO post (person_id, title)",
            Self::AddPostAs => "INSERT INTO post (id, person_id, title)",
            Self::AddComment => "INSERT INTO comment (post_id, body)",
            Self::AddCommentAs => "INSERT INTO comment (id, post_id, body)",
            Self::RemoveComment => "DELETE FROM comment WHERE id",
            Self::RemovePost => "DELETE FROM post WHERE id",
        }
    }
}

/// A statement with its values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    pub(crate) kind: Kind,
    pub(crate) post: i32,
    pub(crate) comment: i32,
    /// A number that each write has for itself, so that its text is new.
    pub(crate) serial: u32,
}

impl Write {
    /// Executes the write. Returns the number of rows that the statement has written.
    pub(crate) fn execute(self, conn: &mut SqliteConnection) -> usize {
        let (id, post) = (self.comment, self.post);
        let body = comment::body.eq(format!("text {}", self.serial));
        let title = post::title.eq(format!("title {}", self.serial));
        let author = post::person_id.eq(author(post));
        let within = comment::post_id.eq(post);
        match self.kind {
            Kind::Rename => diesel::update(post::table.find(post)).set(title).execute(conn),
            Kind::Edit => diesel::update(comment::table.find(id)).set(body).execute(conn),
            Kind::EditWithin => diesel::update(comment::table.find(id).filter(within))
                .set(body)
                .execute(conn),
            Kind::EditAll => diesel::update(comment::table.filter(within)).set(body).execute(conn),
            Kind::AddPost => diesel::insert_into(post::table).values((author, title)).execute(conn),
            Kind::AddPostAs => diesel::insert_into(post::table)
                .values((post::id.eq(post), author, title))
                .execute(conn),
            Kind::AddComment => diesel::insert_into(comment::table).values((within, body)).execute(conn),
            Kind::AddCommentAs => diesel::insert_into(comment::table)
                .values((comment::id.eq(id), within, body))
                .execute(conn),
            Kind::RemoveComment => diesel::delete(comment::table.find(id)).execute(conn),
            Kind::RemovePost => diesel::delete(post::table.find(post)).execute(conn),
        }
        .unwrap()
    }
}
