//! The canonical name of a table.

use std::fmt;

/// PostgreSQL truncates longer identifiers to this many bytes, so two spellings of one name may differ after them.
const SIGNIFICANT_BYTES: usize = 63;

/// The name of a table as stamps and invalidations use it: its last component, in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TableName(Box<str>);

/// The canonical name of a column, folded like that of a table.
pub(crate) type Column = TableName;

/// A column that an expression names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedColumn {
    /// The table that qualifies it. `None` if the name has no qualifier, so that it may be a column of any table of the
    /// statement.
    pub(crate) table: Option<TableName>,
    pub(crate) column: Column,
}

impl TableName {
    /// Returns the canonical name of a table whose unquoted last component is `component`.
    pub(crate) fn new(component: &str) -> Self {
        let mut folded = String::with_capacity(component.len());
        let mut bytes = 0;
        for c in component.chars() {
            bytes += c.len_utf8();
            if bytes > SIGNIFICANT_BYTES {
                break;
            }
            fold_into(c, &mut folded);
        }
        Self(folded.into_boxed_str())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Folds letters that a database may consider equal into the same text. The letter is lowercased, uppercased and
/// lowercased again: `ẞ` has to become `ß` before its uppercase is `SS`, and uppercase unites more letters than
/// lowercase (`ς` and `σ`, `ı` and `i`). The combining dot that `İ` leaves behind is dropped.
fn fold_into(c: char, folded: &mut String) {
    if c.is_ascii() {
        folded.push(c.to_ascii_lowercase());
    } else {
        let lower = c
            .to_lowercase()
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase);
        folded.extend(lower.filter(|&c| c != '\u{307}'));
    }
}

/// Returns the significant part of an identifier.
pub(in crate::sql) fn cut(identifier: &str) -> &str {
    let mut end = identifier.len().min(SIGNIFICANT_BYTES);
    while !identifier.is_char_boundary(end) {
        end -= 1;
    }
    &identifier[..end]
}

/// Folds the letters of a text like those of a name.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    text.chars().for_each(|c| fold_into(c, &mut folded));
    folded
}

/// Returns the canonical name of a table from a user's spelling: `person`, `public.person`, `"Person"` or ``
/// `shop`.`person` ``.
pub(crate) fn canonical(spelling: &str) -> TableName {
    TableName::new(&last_component(spelling))
}

fn last_component(spelling: &str) -> String {
    let mut component = String::new();
    let mut chars = spelling.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let close = match c {
            '"' | '`' if component.is_empty() => c,
            '[' if component.is_empty() => ']',
            '.' => {
                component.clear();
                continue;
            }
            _ => {
                component.push(c);
                continue;
            }
        };
        while let Some(c) = chars.next() {
            if c != close {
                component.push(c);
            } else if chars.peek() == Some(&close) {
                chars.next();
                component.push(close);
            } else {
                break;
            }
        }
    }
    component
}

impl fmt::Debug for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_table_agree() {
        for spelling in [
            "person",
            "Person",
            "PERSON",
            " person ",
            "public.person",
            "\"Person\"",
            "\"public\".\"Person\"",
            "`shop`.`person`",
            "main.[Person]",
            "a.b.person",
            "\"odd.schema\".person",
        ] {
            assert_eq!(canonical(spelling).as_str(), "person", "{spelling}");
        }
    }

    #[test]
    fn a_dot_or_quote_inside_quotes_belongs_to_the_name() {
        assert_eq!(canonical("\"a.b\"").as_str(), "a.b");
        assert_eq!(canonical("x.\"a\"\"b\"").as_str(), "a\"b");
    }

    #[test]
    fn letters_beyond_ascii_fold() {
        assert_eq!(canonical("STRAẞE"), canonical("strasse"));
        assert_eq!(canonical("ΣΑΣ"), canonical("σας"));
        assert_eq!(canonical("İl"), canonical("il"));
    }

    #[test]
    fn what_postgres_cuts_off_does_not_count() {
        let long = "x".repeat(80);
        assert_eq!(canonical(&long), canonical(&long[..63]));
        assert_ne!(canonical(&long), canonical(&long[..62]));
    }
}
