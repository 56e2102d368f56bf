//! The columns that a statement reads, where it names each of them.

use std::collections::BTreeSet;

use sqlparser::ast::{Expr, Ident, TableFactor};
use sqlparser::tokenizer::Token;

use crate::sql::facts::{Column, TableName};
use crate::sql::tokens::word;

/// Words by which columns are read that the statement does not name, and the names of columns that change with any
/// other.
const UNNAMED: &[&str] = &["CMAX", "CMIN", "CTID", "NATURAL", "TABLE", "XMAX", "XMIN"];

/// Returns `true` if no token stands for columns that it does not name: no `*` but that of `count(*)`.
pub(in crate::sql::statement) fn names_columns(tokens: &[Token]) -> bool {
    let tokens: Vec<&Token> = (tokens.iter())
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    let is_word = |token: &Token, expected: &[&str]| {
        word(token).is_some_and(|word| expected.iter().any(|expected| word.eq_ignore_ascii_case(expected)))
    };
    tokens.iter().enumerate().all(|(place, token)| match token {
        Token::Mul => {
            let before = place.checked_sub(2).map(|before| &tokens[before..place]);
            let counts = matches!(before, Some([name, Token::LParen]) if is_word(name, &["COUNT"]));
            counts && tokens.get(place + 1) == Some(&&Token::RParen)
        }
        Token::Word(name) => !UNNAMED.iter().any(|unnamed| name.value.eq_ignore_ascii_case(unnamed)),
        _ => true,
    })
}

/// The names in the expressions of a statement.
#[derive(Debug, Default)]
pub(in crate::sql::statement) struct Names {
    columns: BTreeSet<Column>,
    sources: BTreeSet<TableName>,
    /// Whether something else may be read than what is named.
    is_more: bool,
}

impl Names {
    pub(in crate::sql::statement) fn add_expression(&mut self, expression: &Expr) {
        match expression {
            Expr::Identifier(name) => self.add(name),
            Expr::CompoundIdentifier(parts) => match parts.last() {
                Some(name) => self.add(name),
                None => self.is_more = true,
            },
            Expr::CompoundFieldAccess { .. } | Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => self.is_more = true,
            _ => {}
        }
    }

    pub(in crate::sql::statement) fn add_source(&mut self, factor: &TableFactor) {
        match factor {
            // The columns have other names.
            TableFactor::Table { alias: Some(alias), .. } if !alias.columns.is_empty() => self.is_more = true,
            TableFactor::Table { name, alias, .. } => {
                let own = name.0.last().and_then(|part| part.as_ident());
                let alias = alias.as_ref().map(|alias| &alias.name);
                let names = own.into_iter().chain(alias);
                self.sources.extend(names.map(|name| TableName::new(&name.value)));
            }
            TableFactor::Derived { alias, .. } => {
                let alias = alias.iter().map(|alias| TableName::new(&alias.name.value));
                self.sources.extend(alias);
            }
            TableFactor::NestedJoin { alias: None, .. } => {}
            _ => self.is_more = true,
        }
    }

    /// Returns the names of columns; `None` if one may stand for a row as a whole.
    pub(in crate::sql::statement) fn columns(self) -> Option<Box<[Column]>> {
        let is_known = !self.is_more && self.columns.is_disjoint(&self.sources);
        is_known.then(|| self.columns.into_iter().collect())
    }

    fn add(&mut self, name: &Ident) {
        self.columns.insert(Column::new(&name.value));
    }
}
