//! The tables of a FROM clause, by the names that qualify columns.

use sqlparser::ast::{Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, TableFactor, TableWithJoins};

use super::conditions::ColumnRef;
use crate::sql::facts::TableName;
use crate::sql::statement::identifiers::is_same;

/// Something that a SELECT reads from.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// The name that qualifies its columns; `None` if that is not known.
    name: Option<&'a Ident>,
    /// The table; `None` for a query, a function or the like.
    pub(super) table: Option<TableName>,
    /// Whether the result may contain rows for which this source has none: the right side of a LEFT JOIN.
    pub(super) is_optional: bool,
}

/// All sources of a SELECT, and the conditions that join them.
#[derive(Debug, Default)]
pub(super) struct Sources<'a> {
    pub(super) all: Vec<Source<'a>>,
    /// Conditions that every row of the result meets.
    pub(super) filters: Vec<&'a Expr>,
    /// For each optional source, the condition that only its rows have to meet.
    pub(super) optional: Vec<(usize, &'a Expr)>,
}

impl<'a> Sources<'a> {
    /// Reads a FROM clause. Returns `None` if a join is not understood.
    pub(super) fn of(from: &'a [TableWithJoins], is_table: impl Fn(&ObjectName) -> bool + Copy) -> Option<Self> {
        let mut sources = Self::default();
        for tables in from {
            sources.add_joined(tables, is_table)?;
        }
        Some(sources)
    }

    fn add_joined(&mut self, tables: &'a TableWithJoins, is_table: impl Fn(&ObjectName) -> bool + Copy) -> Option<()> {
        self.add(&tables.relation, false, is_table)?;
        for Join {
            relation,
            global,
            join_operator,
        } in &tables.joins
        {
            let (constraint, is_optional) = match join_operator {
                JoinOperator::Join(constraint)
                | JoinOperator::Inner(constraint)
                | JoinOperator::CrossJoin(constraint)
                | JoinOperator::StraightJoin(constraint) => (constraint, false),
                JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => (constraint, true),
                _ => return None,
            };
            if *global {
                return None;
            }
            self.add(relation, is_optional, is_table)?;
            match (constraint, is_optional) {
                (JoinConstraint::On(condition), false) => self.filters.push(condition),
                (JoinConstraint::On(condition), true) => self.optional.push((self.all.len() - 1, condition)),
                (JoinConstraint::Using(_) | JoinConstraint::Natural | JoinConstraint::None, _) => {}
            }
        }
        Some(())
    }

    fn add(
        &mut self,
        factor: &'a TableFactor,
        is_optional: bool,
        is_table: impl Fn(&ObjectName) -> bool + Copy,
    ) -> Option<()> {
        let source = match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample: None,
                index_hints: _,
            } if with_hints.is_empty() && partitions.is_empty() => {
                let own = name.0.last().and_then(|part| part.as_ident());
                let table = own.filter(|_| is_table(name)).map(|own| TableName::new(&own.value));
                let name = match alias {
                    // The alias may rename the columns.
                    Some(alias) if !alias.columns.is_empty() || alias.at.is_some() => None,
                    Some(alias) => Some(&alias.name),
                    None => own,
                };
                Source {
                    name,
                    table,
                    is_optional,
                }
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } if !is_optional => return self.add_joined(table_with_joins, is_table),
            TableFactor::Derived {
                alias, sample: None, ..
            } => Source {
                name: alias.as_ref().map(|alias| &alias.name),
                table: None,
                is_optional,
            },
            _ => return None,
        };
        self.all.push(source);
        Some(())
    }

    /// Returns the source of a column; `None` where it is not known.
    pub(super) fn of_column(&self, column: ColumnRef<'_>) -> Option<usize> {
        match (column.qualifier, &*self.all) {
            // If this table has a column of this name, the name refers to it rather than to a column of an enclosing
            // query. The catalog knows whether the table has one.
            ([], [source]) => source.name.is_some().then_some(0),
            ([.., qualifier], _) => {
                let matching = |source: &Source<'_>| match source.name {
                    Some(name) => folded(name) == folded(qualifier),
                    // The unknown name may be this one.
                    None => true,
                };
                let mut found = self.all.iter().enumerate().filter(|(_, source)| matching(source));
                let (place, source) = found.next()?;
                let is_exact = source.name.is_some_and(|name| is_same(name, qualifier));
                (is_exact && found.next().is_none()).then_some(place)
            }
            _ => None,
        }
    }
}

fn folded(name: &Ident) -> TableName {
    TableName::new(&name.value)
}
