//! Calls that are not spelled as calls: PostgreSQL's operators and casts, and functions of a row that look like its
//! columns.

use crate::sql::TableName;

/// A way in which a text calls a function other than by its name in front of a bracket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `a ~~~ b`
    Operator(Box<str>),
    /// `person.full_name`
    Attribute(TableName),
    /// `CAST(a AS mood)`, `a::mood`, `mood 'sad'`
    Type(TableName),
    /// The same for a table's type, whose name more often stands for the table.
    RowType(TableName),
}

/// PostgreSQL's operators, with the words that call them.
const BEHIND_WORDS: &[(&str, &[&str])] = &[
    (
        "=",
        &[
            "in",
            "distinct",
            "nullif",
            "case",
            "using",
            "natural",
            "group",
            "union",
            "intersect",
            "except",
        ],
    ),
    ("<", &["order", "distinct", "group", "between", "least", "max", "min"]),
    (
        ">",
        &["order", "distinct", "group", "between", "greatest", "max", "min"],
    ),
    ("<=", &["between"]),
    (">=", &["between"]),
    ("~~", &["like"]),
    ("!~~", &["like"]),
    ("~~*", &["ilike"]),
    ("!~~*", &["ilike"]),
    ("~", &["similar"]),
    ("!~", &["similar"]),
];

/// Words that precede a table's name, and never a type's.
const BEFORE_TABLES: &[&str] = &[
    "from", "into", "join", "on", "only", "table", "truncate", "update", "using", "view",
];

impl Spelling {
    /// Returns `true` if the text, in folded letters, contains such a call. A call in a literal or a comment counts,
    /// too.
    pub(super) fn is_in(&self, sql: &str) -> bool {
        match self {
            Self::Operator(symbol) => {
                let words = BEHIND_WORDS.iter().find(|(operator, _)| **operator == **symbol);
                sql.contains(&**symbol)
                    || words.is_some_and(|(_, words)| sql.split(|c| !is_of_word(c)).any(|word| words.contains(&word)))
            }
            Self::Type(name) => occurs(name, sql, |_, _| true),
            Self::Attribute(name) => {
                // What precedes a comment is not looked for.
                let has_comments = sql.contains("/*") || sql.contains("--");
                occurs(name, sql, |before, _| {
                    has_comments || before.trim_end_matches(is_between).ends_with('.')
                })
            }
            Self::RowType(name) => {
                let populates = sql.contains("populate_record");
                occurs(name, sql, |before, after| populates || !is_table(before, after))
            }
        }
    }
}

fn is_between(c: char) -> bool {
    c == '"' || c.is_whitespace()
}

/// Returns `true` if the name between these two pieces is that of a table, or qualifies a column.
fn is_table(before: &str, after: &str) -> bool {
    if after.trim_start_matches(is_between).starts_with('.') {
        return true;
    }
    let mut before = before.trim_end_matches(is_between);
    while let Some(qualified) = before.strip_suffix('.') {
        let schema = qualified.trim_end_matches(is_between);
        before = schema.trim_end_matches(is_of_word).trim_end_matches(is_between);
    }
    let last = before.rsplit(|c| !is_of_word(c)).next().unwrap_or_default();
    BEFORE_TABLES.contains(&last)
}

/// Returns `true` if the name occurs in the text as a whole word, with text before and after it that `fit` accepts.
fn occurs(name: &TableName, sql: &str, fit: impl Fn(&str, &str) -> bool) -> bool {
    sql.match_indices(name.as_str()).any(|(place, found)| {
        let (before, after) = (&sql[..place], &sql[place + found.len()..]);
        !before.ends_with(is_of_word) && !after.starts_with(is_of_word) && fit(before, after)
    })
}

/// Returns `true` if the character may be part of a word.
pub(super) fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::folded;

    #[test]
    fn attributes_follow_a_period() {
        let spelling = Spelling::Attribute(TableName::new("full_name"));
        for sql in [
            "SELECT p.full_name FROM person p",
            "SELECT \"p\" . \"Full_Name\" FROM p",
            "SELECT (p).full_name",
            "SELECT p./* of */full_name",
        ] {
            assert!(spelling.is_in(&folded(sql)), "{sql}");
        }
        for sql in [
            "SELECT full_name FROM person",
            "SELECT p.full_names",
            "SELECT p.not_full_name",
        ] {
            assert!(!spelling.is_in(&folded(sql)), "{sql}");
        }
    }

    #[test]
    fn casts_to_row_types_are_found() {
        let person = Spelling::RowType(TableName::new("person"));
        for sql in [
            "SELECT '(1)'::person",
            "SELECT NULL :: public . \"Person\"",
            "SELECT CAST(a AS person)",
            "SELECT CAST(a AS\tpublic.person)",
            "SELECT person '(1)'",
            "SELECT '(1)'::/* a */person",
            "SELECT * FROM json_to_record('{}') AS x(f person)",
            "SELECT jsonb_populate_record(p, '{}') FROM person p",
        ] {
            assert!(person.is_in(&folded(sql)), "{sql}");
        }
        for sql in [
            "SELECT * FROM person",
            "SELECT id::int FROM person",
            "UPDATE person SET id = 1",
        ] {
            assert!(!person.is_in(&folded(sql)), "{sql}");
        }
    }

    #[test]
    fn types_and_operators_are_found_anywhere() {
        let mood = Spelling::Type(TableName::new("mood"));
        assert!(mood.is_in(&folded("SELECT 'sad'::Mood")) && mood.is_in(&folded("SELECT CAST(1 AS \"mood\")")));
        assert!(!mood.is_in(&folded("SELECT moods")));
        let operator = Spelling::Operator("~~~".into());
        assert!(operator.is_in(&folded("SELECT 1~~~2")) && !operator.is_in(&folded("SELECT 1 ~ 2")));
        let equals = Spelling::Operator("=".into());
        assert!(
            equals.is_in(&folded("SELECT o IN (1)"))
                && equals.is_in(&folded("SELECT 1=1"))
                && !equals.is_in(&folded("SELECT inner_id"))
        );
    }
}
