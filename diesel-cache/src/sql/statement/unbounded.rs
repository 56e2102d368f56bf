//! Why a SELECT may read any table, in words. Computed anew each time, for people.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{ObjectName, TableFactor, Visit, Visitor},
    parser::Parser,
};

use super::functions;
use crate::sql::{
    dialect::Dialect,
    facts::{Calls, StatementFacts},
};

/// Returns what makes a SELECT depend on every table: the first part of its text that may read any, or the parser's
/// message with the position where it has stopped.
pub(crate) fn why_any_table(sql: &str, facts: &[StatementFacts], dialect: Dialect) -> String {
    let statements = match Parser::new(dialect.syntax().parser)
        .try_with_sql(sql)
        .and_then(|mut parser| parser.parse_statements())
    {
        Ok(statements) => statements,
        Err(error) => return format!("it is not understood ({error})"),
    };
    let mut search = Search(None);
    let _: ControlFlow<()> = statements.visit(&mut search);
    let running = dialect.syntax().statements.functions_running_texts;
    let calls = facts.iter().map(|facts| &facts.calls);
    let mut names = calls.flat_map(|calls| match calls {
        Calls::Known(_) => calls.into_iter().collect::<Vec<_>>(),
        Calls::Anything => Vec::new(),
    });
    search
        .0
        .or_else(|| {
            let name = names.find(|name| running.contains(&name.as_str()))?;
            Some(format!("`{name}` runs the text that it is given"))
        })
        .unwrap_or_else(|| "it is not understood".to_owned())
}

/// The first table that may be any.
struct Search(Option<String>);

impl Search {
    fn find(&mut self, found: String) -> ControlFlow<()> {
        self.0 = Some(found);
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
            | TableFactor::Function { name, .. } => match functions::is_pure(name) {
                true => ControlFlow::Continue(()),
                false => self.find(format!("the function `{name}` stands in the place of a table")),
            },
            TableFactor::Table { .. }
            | TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. }
            | TableFactor::UNNEST { .. }
            | TableFactor::JsonTable { .. }
            | TableFactor::XmlTable { .. } => ControlFlow::Continue(()),
            other => self.find(format!("`{other}` stands in the place of a table")),
        }
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        match functions::is_catalog(name) {
            true => self.find(format!("`{name}` shows the state of the database")),
            false => ControlFlow::Continue(()),
        }
    }
}
