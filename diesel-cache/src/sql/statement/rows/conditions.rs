//! The conjuncts of an expression that are equalities.

use sqlparser::ast::{BinaryOperator, Expr, Ident, UnaryOperator, Value as Literal};

use crate::sql::facts::{Operand, Value};

/// A column as an expression names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnRef<'a> {
    /// The qualifier: the name of a table, with its schema if there is one, or an alias.
    pub(super) qualifier: &'a [Ident],
    pub(super) column: &'a Ident,
}

/// A condition that all rows must meet.
#[derive(Debug)]
pub(super) enum Condition<'a> {
    /// The column is equal to one of these.
    OneOf(ColumnRef<'a>, Vec<Operand>),
    /// Two columns are equal.
    Same(ColumnRef<'a>, ColumnRef<'a>),
}

/// Calls `see` with each conjunct of an expression that is understood. There may be others.
pub(super) fn conjuncts<'a>(expression: &'a Expr, see: &mut impl FnMut(Condition<'a>)) {
    let mut next = vec![expression];
    while let Some(expression) = next.pop() {
        match expression {
            Expr::Nested(inner) => next.push(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => next.extend([&**right, &**left]),
            other => equality(other).into_iter().for_each(&mut *see),
        }
    }
}

fn equality(expression: &Expr) -> Option<Condition<'_>> {
    match expression {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => match (column(left), column(right)) {
            (Some(left), Some(right)) => Some(Condition::Same(left, right)),
            (Some(left), None) => Some(Condition::OneOf(left, vec![operand(right)?])),
            (None, Some(right)) => Some(Condition::OneOf(right, vec![operand(left)?])),
            (None, None) => None,
        },
        Expr::InList {
            expr,
            list,
            negated: false,
        } => {
            let operands: Option<Vec<_>> = list.iter().map(operand).collect();
            Some(Condition::OneOf(column(expr)?, operands?))
        }
        Expr::AnyOp {
            left,
            compare_op: BinaryOperator::Eq,
            right,
            is_some: _,
        } => match operand(bare(right))? {
            Operand::Bind(number) => Some(Condition::OneOf(column(left)?, vec![Operand::Elements(number)])),
            _ => None,
        },
        _ => None,
    }
}

fn bare(mut expression: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expression {
        expression = inner;
    }
    expression
}

fn column(expression: &Expr) -> Option<ColumnRef<'_>> {
    match bare(expression) {
        Expr::Identifier(column) => Some(ColumnRef { qualifier: &[], column }),
        Expr::CompoundIdentifier(parts) => {
            let (column, qualifier) = parts.split_last()?;
            Some(ColumnRef { qualifier, column })
        }
        _ => None,
    }
}

/// Reads a bind, or a literal that can identify rows.
pub(super) fn operand(expression: &Expr) -> Option<Operand> {
    match bare(expression) {
        Expr::Value(literal) => match &literal.value {
            Literal::Number(digits, false) => Value::integer(digits).map(Operand::Value),
            Literal::Boolean(value) => Some(Operand::Value(Value::Bool(*value))),
            Literal::Placeholder(name) => bind(name).map(Operand::Bind),
            _ => None,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => match &**expr {
            Expr::Value(literal) => match &literal.value {
                Literal::Number(digits, false) if digits != "0" => {
                    Value::integer(&format!("-{digits}")).map(Operand::Value)
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Returns the number of a bind, counted from 0. Placeholders have been numbered before the statement was parsed.
fn bind(name: &str) -> Option<usize> {
    let number: usize = name.strip_prefix('$')?.parse().ok()?;
    number.checked_sub(1)
}
