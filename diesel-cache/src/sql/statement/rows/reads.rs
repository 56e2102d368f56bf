//! The rows that one SELECT reads of each table in its FROM clause.
//!
//! A row takes part only if it meets the conjuncts of WHERE, and those of the ON of each inner join. If two columns are
//! equal, the known values of one are also values of the other. The ON of a LEFT JOIN filters only the rows of its
//! right side. So values are inferred from the left side for the right, but not the reverse.

use sqlparser::ast::{Distinct, Expr, GroupByExpr, ObjectName, OrderByKind, Query, Select, SelectItem, SetExpr};

use super::conditions::{ColumnRef, Condition, conjuncts};
use super::sources::Sources;
use crate::sql::dialect::Dialect;
use crate::sql::facts::{Column, Image, Occurrence, Operand};
use crate::sql::statement::operations::column;

/// A column of a source, with the position of the source.
type Place = (usize, Column);

/// A column, its values, and the columns from which they were inferred.
type Fixed = (Place, Vec<Operand>, Vec<Place>);

/// Everything that is known of the columns of the sources.
#[derive(Default)]
struct ColumnFacts {
    /// The columns whose values are known.
    fixed: Vec<Fixed>,
    /// Columns that are equal in every row of the result.
    same: Vec<(Place, Place)>,
    /// Columns that are equal in every row of an optional source. The first column of each pair belongs to that source.
    follows: Vec<(Place, Place)>,
}

/// Returns one occurrence for each table in the FROM clause of a SELECT, with the conditions that are known; none if
/// the clause is not understood.
pub(in crate::sql::statement) fn occurrences(
    select: &Select,
    dialect: Dialect,
    is_table: impl Fn(&ObjectName) -> bool + Copy,
) -> Vec<Occurrence> {
    let is_odd = !select.lateral_views.is_empty() || !select.connect_by.is_empty() || select.prewhere.is_some();
    let sources = match is_odd {
        true => None,
        false => Sources::of(&select.from, is_table),
    };
    let Some(sources) = sources else { return Vec::new() };
    let known = ColumnFacts::of(&sources, select.selection.as_ref(), dialect);
    let all = sources.all.iter().enumerate();
    let occurrence = |(place, source): (usize, &super::sources::Source<'_>)| {
        let mut rows = Image::default();
        let mut through = Vec::new();
        for ((of, column), operands, places) in &known.fixed {
            if *of == place {
                rows.fix(column.clone(), operands.clone());
                let tables = places
                    .iter()
                    .filter_map(|(source, column)| Some((sources.all[*source].table.clone()?, column.clone())));
                through.extend(tables);
            }
        }
        source.table.clone().map(|table| Occurrence {
            table,
            rows,
            through,
            proves: !source.is_optional,
        })
    };
    all.filter_map(occurrence).collect()
}

/// Returns the SELECT of a query, if a result that is not empty shows that each table of the FROM clause has a row that
/// meets the conditions. `None` if the query may return rows without them: by an aggregate or a UNION, for example.
pub(in crate::sql::statement) fn proving_select(query: &Query) -> Option<&Select> {
    let SetExpr::Select(select) = &*query.body else {
        return None;
    };
    let is_grouped = match &select.group_by {
        GroupByExpr::Expressions(expressions, modifiers) => !expressions.is_empty() || !modifiers.is_empty(),
        GroupByExpr::All(_) => true,
    };
    let is_plain = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } => {
            is_column(expression)
        }
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        SelectItem::ExprWithAliases { .. } => false,
    };
    let is_ordered_by_columns = match query.order_by.as_ref().map(|order| &order.kind) {
        None => true,
        Some(OrderByKind::Expressions(order)) => order.iter().all(|order| is_column(&order.expr)),
        Some(OrderByKind::All(_)) => false,
    };
    let is_simple = query.with.is_none()
        && is_ordered_by_columns
        && !is_grouped
        && select.having.is_none()
        && select.qualify.is_none()
        && !matches!(select.distinct, Some(Distinct::On(_)))
        && select.projection.iter().all(is_plain);
    is_simple.then_some(select)
}

/// Returns `true` for a column or a constant: an expression without aggregates.
fn is_column(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_)
    )
}

impl ColumnFacts {
    fn of(sources: &Sources<'_>, selection: Option<&Expr>, dialect: Dialect) -> Self {
        let mut known = Self::default();
        // Nothing is known of a source that is not a table.
        let place = |named: ColumnRef<'_>| {
            let source = sources.of_column(named)?;
            sources.all[source].table.as_ref()?;
            Some((source, column(&named.column.value, dialect)?))
        };
        for expression in sources.filters.iter().copied().chain(selection) {
            conjuncts(expression, &mut |condition| match condition {
                Condition::OneOf(named, operands) => {
                    known
                        .fixed
                        .extend(place(named).map(|place| (place, operands, Vec::new())));
                }
                Condition::Same(left, right) => known.same.extend(place(left).zip(place(right))),
            });
        }
        for &(source, expression) in &sources.optional {
            conjuncts(expression, &mut |condition| match condition {
                Condition::OneOf(named, operands) => {
                    let own = place(named).filter(|(of, _)| *of == source);
                    known.fixed.extend(own.map(|place| (place, operands, Vec::new())));
                }
                Condition::Same(left, right) => {
                    if let Some((left, right)) = place(left).zip(place(right)) {
                        for (own, other) in [(&left, &right), (&right, &left)] {
                            if own.0 == source {
                                known.follows.push((own.clone(), other.clone()));
                            }
                        }
                    }
                }
            });
        }
        known.spread();
        known
    }

    /// Infers values through equalities until there is nothing new.
    fn spread(&mut self) {
        loop {
            let is_new = |place: &Place| !self.fixed.iter().any(|(known, ..)| known == place);
            let of = |place: &Place| self.fixed.iter().find(|(known, ..)| known == place);
            let both = self.same.iter().flat_map(|(one, other)| [(one, other), (other, one)]);
            let one_way = self.follows.iter().map(|(to, from)| (to, from));
            let more: Vec<Fixed> = both
                .chain(one_way)
                .filter(|(to, _)| is_new(to))
                .filter_map(|(to, from)| {
                    let (_, operands, places) = of(from)?;
                    let places = places.iter().chain([from]).cloned().collect();
                    Some((to.clone(), operands.clone(), places))
                })
                .collect();
            if more.is_empty() {
                return;
            }
            for (place, operands, places) in more {
                if !self.fixed.iter().any(|(known, ..)| *known == place) {
                    self.fixed.push((place, operands, places));
                }
            }
        }
    }
}
