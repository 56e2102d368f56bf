//! Comments, by each database's own rules.
//!
//! They are taken out before sqlparser sees the text, since it takes some for parts of operators (`a @-- it's`, `a |/* it's */ b`), and does
//! not end those of PostgreSQL at a carriage return: what stands behind would be read as a literal, or not at all.

use std::borrow::Cow;

use super::Dialect;

/// The text with a space for each comment. `None` if it ends inside a block comment, or inside a literal.
pub(super) fn without_comments(sql: &str, dialect: Dialect) -> Option<Cow<'_, str>> {
    let hash = dialect == Dialect::Mysql && sql.contains('#');
    if !hash && !sql.contains("--") && !sql.contains("/*") {
        return Some(Cow::Borrowed(sql));
    }
    let mut scanner = Scanner { sql, place: 0, dialect };
    let mut result = String::with_capacity(sql.len());
    while let Some(first) = scanner.rest().chars().next() {
        let start = scanner.place;
        if scanner.pass_comment()? {
            result.push(' ');
            continue;
        }
        if !scanner.pass_quoted(first)? {
            scanner.place += first.len_utf8();
        }
        result.push_str(&sql[start..scanner.place]);
    }
    Some(Cow::Owned(result))
}

struct Scanner<'a> {
    sql: &'a str,
    place: usize,
    dialect: Dialect,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.sql[self.place..]
    }

    /// Passes a comment, if one begins here. `None` if it does not end.
    fn pass_comment(&mut self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with("/*") {
            self.place += self.block()?;
            return Some(true);
        }
        let line = match self.dialect {
            // Otherwise it is a minus before another.
            Dialect::Mysql if rest.starts_with("--") => rest[2..]
                .chars()
                .next()
                .is_none_or(|next| next.is_ascii_whitespace() || next.is_ascii_control()),
            Dialect::Mysql => rest.starts_with('#'),
            Dialect::Sqlite | Dialect::Postgres => rest.starts_with("--"),
        };
        if line {
            let ends: &[char] = match self.dialect {
                Dialect::Postgres => &['\n', '\r'],
                Dialect::Sqlite | Dialect::Mysql => &['\n'],
            };
            self.place += rest.find(ends).unwrap_or(rest.len());
        }
        Some(line)
    }

    /// How long the block comment is that begins here.
    fn block(&self) -> Option<usize> {
        let rest = self.rest();
        if self.dialect != Dialect::Postgres {
            return rest[2..].find("*/").map(|end| end + 4);
        }
        // They nest.
        let (mut depth, mut place) = (1_usize, 2);
        while depth > 0 {
            place += rest[place..].find(['/', '*'])?;
            match rest.get(place..place + 2)? {
                "/*" => (depth, place) = (depth + 1, place + 2),
                "*/" => (depth, place) = (depth - 1, place + 2),
                _ => place += 1,
            }
        }
        Some(place)
    }

    /// Passes a literal or a quoted name, if one begins here with `first`. `None` if it does not end.
    fn pass_quoted(&mut self, first: char) -> Option<bool> {
        let close = match (first, self.dialect) {
            ('\'' | '"', _) | ('`', Dialect::Sqlite | Dialect::Mysql) => first,
            ('[', Dialect::Sqlite) => ']',
            ('$', Dialect::Postgres) => return self.pass_dollar_quoted(),
            _ => return Some(false),
        };
        let escapes = match self.dialect {
            Dialect::Sqlite => false,
            Dialect::Mysql => first != '`',
            Dialect::Postgres => first == '\'' && self.follows_e(),
        };
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((place, c)) = chars.next() {
            let doubled = |next: &(usize, char)| next.1 == close && close != ']';
            if escapes && c == '\\' {
                chars.next();
            } else if c == close && chars.next_if(doubled).is_none() {
                self.place += place + 1;
                return Some(true);
            }
        }
        None
    }

    /// The quote here has an `E` before it, which is no part of a longer word.
    fn follows_e(&self) -> bool {
        let mut before = self.sql[..self.place].chars().rev();
        matches!(before.next(), Some('e' | 'E')) && !before.next().is_some_and(is_word)
    }

    /// `$$…$$`, `$tag$…$tag$`
    fn pass_dollar_quoted(&mut self) -> Option<bool> {
        let rest = self.rest();
        let end = rest[1..]
            .find(|c: char| !is_word(c) || c == '$')
            .unwrap_or(rest.len() - 1);
        let tag = rest.get(..end + 2).unwrap_or_default();
        let inside_word = self.sql[..self.place].chars().next_back().is_some_and(is_word);
        if !tag.ends_with('$') || tag.len() < 2 || rest[1..].starts_with(|c: char| c.is_ascii_digit()) || inside_word {
            return Some(false);
        }
        let length = rest[tag.len()..].find(tag)?;
        self.place += length + 2 * tag.len();
        Some(true)
    }
}

/// May it be part of a word? (A dollar too, but not the first.)
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}
