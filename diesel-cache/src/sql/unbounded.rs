//! Explains in words why a SELECT may read any table. `explain` computes this each time it is needed.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{Expr, ObjectName, TableFactor, Visit, Visitor},
    parser::Parser,
};

use super::dialect::Dialect;
use super::split::split;
use super::statement::{is_catalog, is_pure, see_parsed};

/// Returns the first part of a SELECT that makes it depend on every table, or the parser's error message with its
/// position.
pub(crate) fn why_any_table(sql: &str, dialect: Dialect) -> String {
    let statements = split(sql, dialect).unwrap_or_default();
    let found = statements.iter().find_map(|tokens| {
        see_parsed(tokens, dialect, |statement| {
            let mut search = Search {
                running: dialect.syntax().statements.functions_running_texts,
                found: None,
            };
            let _: ControlFlow<()> = statement.visit(&mut search);
            search.found
        })?
    });
    found.unwrap_or_else(|| not_understood(sql, dialect))
}

/// Parses the text once more as it is, since the tokens of its statements do not know their positions.
fn not_understood(sql: &str, dialect: Dialect) -> String {
    match Parser::new(dialect.syntax().parser)
        .try_with_sql(sql)
        .and_then(|mut parser| parser.parse_statements())
    {
        Err(error) => format!("it is not understood ({error})"),
        Ok(_) => "it is not understood".to_owned(),
    }
}

/// The first part of a text that may read any table.
struct Search {
    /// The functions that run a query that they are passed as text, or read a table that they are passed by name.
    running: &'static [&'static str],
    found: Option<String>,
}

impl Search {
    fn find(&mut self, found: String) -> ControlFlow<()> {
        self.found = Some(found);
        ControlFlow::Break(())
    }
}

impl Visitor for Search {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table {
                args: Some(_), name, ..
            }
            | TableFactor::Function { name, .. } => match is_pure(name) {
                true => ControlFlow::Continue(()),
                false => self.find(format!("the function `{name}` stands in place of a table")),
            },
            TableFactor::Table { .. }
            | TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. }
            | TableFactor::UNNEST { .. }
            | TableFactor::JsonTable { .. }
            | TableFactor::XmlTable { .. } => ControlFlow::Continue(()),
            other => self.find(format!("`{other}` stands in place of a table")),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let Expr::Function(function) = expr else {
            return ControlFlow::Continue(());
        };
        let name = function.name.0.last().and_then(|part| part.as_ident());
        let name = name.map(|name| name.value.to_ascii_lowercase()).unwrap_or_default();
        match self.running.contains(&&*name) {
            true => self.find(format!("`{name}` runs the text, or reads the table, that it is given")),
            false => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        match is_catalog(name) {
            true => self.find(format!("`{name}` shows the state of the database")),
            false => ControlFlow::Continue(()),
        }
    }
}
