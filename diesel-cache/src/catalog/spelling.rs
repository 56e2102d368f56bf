//! Calls that are not spelled as calls: PostgreSQL's operators and casts, and functions of a row that look like its columns.

use crate::tables::{TableName, folded};

/// How a text calls a function without its name in front of a bracket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `a ~~~ b`
    Operator(Box<str>),
    /// `person.full_name`
    Attribute(TableName),
    /// `CAST(a AS mood)`, `a::mood`, `mood 'sad'`
    Type(TableName),
    /// The same of a table's type, which is more often named for the table's sake.
    RowType(TableName),
}

impl Spelling {
    /// Does the text hold it? In a literal or a comment it counts too.
    pub(super) fn is_in(&self, sql: &str) -> bool {
        match self {
            Self::Operator(symbol) => sql.contains(&**symbol),
            Self::Type(name) => occurs(name, sql, |_| true),
            Self::Attribute(name) => occurs(name, sql, |before| {
                before.trim_end_matches(['"', ' ', '\t', '\n', '\r']).ends_with('.')
            }),
            Self::RowType(name) => occurs(name, sql, |before| is_cast(before)),
        }
    }
}

/// Does a text end as one does before a type, or the schema of one?
fn is_cast(before: &str) -> bool {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_between = |c: char| c == '"' || c.is_whitespace();
    let mut before = before.trim_end_matches(is_between);
    while let Some(qualified) = before.strip_suffix('.') {
        let schema = qualified.trim_end_matches(is_between);
        before = schema.trim_end_matches(is_of_word).trim_end_matches(is_between);
    }
    before.ends_with("::") || before.rsplit(|c| !is_of_word(c)).next() == Some("as")
}

/// Is the name a word of the text, behind something that `fits`?
fn occurs(name: &TableName, sql: &str, fits: impl Fn(&str) -> bool) -> bool {
    let sql = folded(sql);
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    sql.match_indices(name.as_str()).any(|(place, found)| {
        let (before, after) = (&sql[..place], &sql[place + found.len()..]);
        !before.ends_with(is_of_word) && !after.starts_with(is_of_word) && fits(before)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_stand_behind_a_period() {
        let spelling = Spelling::Attribute(TableName::new("full_name"));
        for sql in [
            "SELECT p.full_name FROM person p",
            "SELECT \"p\" . \"Full_Name\" FROM p",
            "SELECT (p).full_name",
        ] {
            assert!(spelling.is_in(sql), "{sql}");
        }
        for sql in [
            "SELECT full_name FROM person",
            "SELECT p.full_names",
            "SELECT p.not_full_name",
        ] {
            assert!(!spelling.is_in(sql), "{sql}");
        }
    }

    #[test]
    fn types_of_rows_are_cast_to() {
        let person = Spelling::RowType(TableName::new("person"));
        for sql in [
            "SELECT '(1)'::person",
            "SELECT NULL :: public . \"Person\"",
            "SELECT CAST(a AS person)",
            "SELECT CAST(a AS\tpublic.person)",
        ] {
            assert!(person.is_in(sql), "{sql}");
        }
        for sql in [
            "SELECT * FROM person",
            "SELECT id::int FROM person",
            "UPDATE person SET id = 1",
        ] {
            assert!(!person.is_in(sql), "{sql}");
        }
    }

    #[test]
    fn types_and_operators_stand_anywhere() {
        let mood = Spelling::Type(TableName::new("mood"));
        assert!(mood.is_in("SELECT 'sad'::Mood") && mood.is_in("SELECT CAST(1 AS \"mood\")"));
        assert!(!mood.is_in("SELECT moods"));
        let operator = Spelling::Operator("~~~".into());
        assert!(operator.is_in("SELECT 1~~~2") && !operator.is_in("SELECT 1 ~ 2"));
    }
}
