//! The columns that a statement reads, if it names each of them.

use std::collections::BTreeSet;

use sqlparser::ast::{Expr, Ident, TableFactor};
use sqlparser::tokenizer::Token;

use crate::sql::facts::{Column, NamedColumn, TableName};
use crate::sql::tokens::word;

/// Words that make it unknown which columns are read: those by which a statement reads columns that it does not name,
/// columns that change with any other column, and aliases of a key.
const UNNAMED: &[&str] = &[
    "CMAX", "CMIN", "CTID", "NATURAL", "OID", "ROWID", "TABLE", "XMAX", "XMIN", "_ROWID", "_ROWID_",
];

/// Returns `true` if the statement names every column that it reads: there is no `*` except in `count(*)`, and no word
/// that reads or stands for other columns.
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

/// The names in the expressions and FROM clauses of a statement.
#[derive(Debug, Default)]
pub(in crate::sql::statement) struct Names {
    /// The columns, each with its qualifier.
    columns: BTreeSet<(Option<TableName>, Column)>,
    /// The tables, under each name that they have in the statement; `None` for a query in place of a table.
    sources: BTreeSet<(TableName, Option<TableName>)>,
    /// Whether the statement may read something that it does not name.
    is_more: bool,
}

/// What a name in a FROM clause refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sql::statement) enum Source {
    Table,
    /// A CTE.
    Query,
    Unknown,
}

impl Names {
    pub(in crate::sql::statement) fn add_expression(&mut self, expression: &Expr) {
        match expression {
            Expr::Identifier(name) => self.add(None, name),
            Expr::CompoundIdentifier(parts) => match &**parts {
                [.., qualifier, name] => self.add(Some(TableName::new(&qualifier.value)), name),
                _ => self.is_more = true,
            },
            Expr::CompoundFieldAccess { .. } | Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => self.is_more = true,
            _ => {}
        }
    }

    pub(in crate::sql::statement) fn add_source(&mut self, factor: &TableFactor, named: Source) {
        match factor {
            // The alias renames the columns.
            TableFactor::Table { alias: Some(alias), .. } if !alias.columns.is_empty() => self.is_more = true,
            TableFactor::Table { name, alias, .. } => {
                let own = name.0.last().and_then(|part| part.as_ident());
                let (Some(own), Source::Table | Source::Query) = (own.map(|own| TableName::new(&own.value)), named)
                else {
                    self.is_more = true;
                    return;
                };
                let table = (named == Source::Table).then(|| own.clone());
                let alias = alias.as_ref().map(|alias| TableName::new(&alias.name.value));
                self.sources.extend(alias.map(|alias| (alias, table.clone())));
                self.sources.insert((own, table));
            }
            TableFactor::Derived { alias, .. } => {
                let alias = alias.iter().map(|alias| TableName::new(&alias.name.value));
                self.sources.extend(alias.map(|alias| (alias, None)));
            }
            TableFactor::NestedJoin { alias: None, .. } => {}
            _ => self.is_more = true,
        }
    }

    /// Returns the columns; `None` if a name may refer to a whole row, or to something unknown.
    pub(in crate::sql::statement) fn columns(self) -> Option<Box<[NamedColumn]>> {
        let is_source = |name: &TableName| self.sources.iter().any(|(source, _)| source == name);
        if self.is_more || self.columns.iter().any(|(_, column)| is_source(column)) {
            return None;
        }
        let mut columns = Vec::new();
        for (qualifier, column) in self.columns {
            let Some(qualifier) = qualifier else {
                columns.push(NamedColumn { table: None, column });
                continue;
            };
            let mut sources = self.sources.iter().filter(|(name, _)| *name == qualifier).peekable();
            sources.peek()?;
            // The columns of a query in place of a table are named in that query.
            columns.extend(sources.filter_map(|(_, table)| {
                Some(NamedColumn {
                    table: Some(table.clone()?),
                    column: column.clone(),
                })
            }));
        }
        Some(columns.into())
    }

    fn add(&mut self, qualifier: Option<TableName>, name: &Ident) {
        self.columns.insert((qualifier, Column::new(&name.value)));
    }
}
