//! Explains in words why a SELECT may read any table. `explain` computes this each time it is needed.

use std::mem;
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, ObjectName, Query, TableFactor, Visit, Visitor};

use super::dialect::Dialect;
use super::split::split;
use super::statement::{is_call, is_catalog, parser_error, reads_named_tables, see_parsed, table_commands};

const NOT_UNDERSTOOD: &str = "it is not understood";

/// Returns the first part of a SELECT that makes it depend on every table, or the parser's error message with its
/// position.
pub(crate) fn why_any_table(sql: &str, dialect: Dialect) -> String {
    let Ok(statements) = split(sql, dialect) else {
        return NOT_UNDERSTOOD.to_owned();
    };
    for tokens in &statements {
        match see_parsed(tokens, dialect, |statement| Search::in_statement(statement, dialect)) {
            Some(None) => {}
            Some(Some(found)) => return found,
            // The tokens do not know their positions, so the text is parsed as it is.
            None => {
                return match parser_error(sql, tokens, dialect) {
                    Some(error) => format!("{NOT_UNDERSTOOD} ({error})"),
                    None => NOT_UNDERSTOOD.to_owned(),
                };
            }
        }
    }
    NOT_UNDERSTOOD.to_owned()
}

/// The first part of a statement that may read any table.
struct Search {
    /// The functions that run a query that they are passed as text, or read a table that they are passed by name.
    running: &'static [&'static str],
    /// Whether the relation about to be visited is the name of a function.
    function: bool,
    found: Option<String>,
}

impl Search {
    fn in_statement(statement: &impl Visit, dialect: Dialect) -> Option<String> {
        let mut search = Self {
            running: dialect.syntax().statements.functions_running_texts,
            function: false,
            found: None,
        };
        let _: ControlFlow<()> = statement.visit(&mut search);
        search.found
    }

    fn find(&mut self, found: String) -> ControlFlow<()> {
        self.found = Some(found);
        ControlFlow::Break(())
    }
}

impl Visitor for Search {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let names = table_commands(&query.body);
        names.iter().try_for_each(|name| self.pre_visit_relation(name))
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        self.function |= is_call(factor);
        if reads_named_tables(factor) {
            return ControlFlow::Continue(());
        }
        self.find(match factor {
            TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => {
                format!("the function `{name}` stands in place of a table")
            }
            other => format!("`{other}` stands in place of a table"),
        })
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
        match !mem::take(&mut self.function) && is_catalog(name) {
            true => self.find(format!("`{name}` shows the state of the database")),
            false => ControlFlow::Continue(()),
        }
    }
}
