//! One of many conditions: `a OR b OR …`, for keys of several columns.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

/// The condition that one of several conditions holds.
#[derive(Clone, Debug)]
pub struct AnyOf<P>(Vec<P>);

impl<P> AnyOf<P> {
    pub(super) fn new(conditions: Vec<P>) -> Self {
        Self(conditions)
    }
}

impl<P: Expression> Expression for AnyOf<P> {
    type SqlType = P::SqlType;
}

impl<P: ValidGrouping<GB>, GB> ValidGrouping<GB> for AnyOf<P> {
    type IsAggregate = P::IsAggregate;
}

impl<P: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for AnyOf<P> {}

impl<P: SelectableExpression<QS>, QS> SelectableExpression<QS> for AnyOf<P> {}

/// The text varies with the number of conditions.
impl<P> QueryId for AnyOf<P> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<P, DB> QueryFragment<DB> for AnyOf<P>
where
    P: QueryFragment<DB>,
    DB: Backend,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        any(&self.0, &mut out)
    }
}

/// Renders a balanced tree: SQLite refuses an expression that is more than 1,000 levels deep.
fn any<'b, P, DB>(conditions: &'b [P], out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
where
    P: QueryFragment<DB>,
    DB: Backend,
{
    match conditions {
        [] => out.push_sql("1=0"),
        [only] => {
            out.push_sql("(");
            only.walk_ast(out.reborrow())?;
            out.push_sql(")");
        }
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            out.push_sql("(");
            any(left, out)?;
            out.push_sql(" OR ");
            any(right, out)?;
            out.push_sql(")");
        }
    }
    Ok(())
}
