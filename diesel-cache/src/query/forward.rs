//! Diesel's query methods, forwarded. Each changes the inner query and keeps the options.

use diesel::dsl;
use diesel::expression::Expression;
#[cfg(feature = "postgres")]
use diesel::query_dsl::methods::DistinctOnDsl;
use diesel::query_dsl::methods::{
    BoxedDsl, DistinctDsl, FilterDsl, FindDsl, GroupByDsl, HavingDsl, LimitDsl, OffsetDsl, OrFilterDsl, OrderDsl,
    SelectDsl, SelectNullableDsl, ThenOrderDsl,
};
use diesel::query_dsl::positional_order_dsl::{IntoPositionalOrderExpr, PositionalOrderDsl};
use diesel::query_dsl::{InternalJoinDsl, QueryDsl};
use diesel::query_source::JoinTo;

use super::Cached;

impl<Q> QueryDsl for Cached<Q> {}

macro_rules! forward {
    ($($dsl:ident :: $method:ident;)*) => {$(
        impl<Q: $dsl> $dsl for Cached<Q> {
            type Output = Cached<Q::Output>;

            fn $method(self) -> Self::Output {
                self.map($dsl::$method)
            }
        }
    )*};
    ($($dsl:ident<$arg:ident $(: $bound:ident)?> :: $method:ident;)*) => {$(
        impl<Q, $arg $(: $bound)?> $dsl<$arg> for Cached<Q>
        where
            Q: $dsl<$arg>,
        {
            type Output = Cached<Q::Output>;

            fn $method(self, argument: $arg) -> Self::Output {
                self.map(|query| $dsl::$method(query, argument))
            }
        }
    )*};
}

impl<Q: LimitDsl> LimitDsl for Cached<Q> {
    type Output = Cached<Q::Output>;

    fn limit(self, limit: i64) -> Self::Output {
        self.map(|query| query.limit(limit))
    }
}

impl<Q: OffsetDsl> OffsetDsl for Cached<Q> {
    type Output = Cached<Q::Output>;

    fn offset(self, offset: i64) -> Self::Output {
        self.map(|query| query.offset(offset))
    }
}

impl<'a, Q: BoxedDsl<'a, DB>, DB> BoxedDsl<'a, DB> for Cached<Q> {
    type Output = Cached<Q::Output>;

    fn internal_into_boxed(self) -> dsl::IntoBoxed<'a, Self, DB> {
        self.map(BoxedDsl::internal_into_boxed)
    }
}

impl<Q, Rhs, Kind, On> InternalJoinDsl<Rhs, Kind, On> for Cached<Q>
where
    Q: InternalJoinDsl<Rhs, Kind, On>,
{
    type Output = Cached<Q::Output>;

    fn join(self, rhs: Rhs, kind: Kind, on: On) -> Self::Output {
        self.map(|query| query.join(rhs, kind, on))
    }
}

impl<Q: JoinTo<Rhs>, Rhs> JoinTo<Rhs> for Cached<Q> {
    type FromClause = Q::FromClause;
    type OnClause = Q::OnClause;

    fn join_target(rhs: Rhs) -> (Self::FromClause, Self::OnClause) {
        Q::join_target(rhs)
    }
}

forward! {
    DistinctDsl::distinct;
    SelectNullableDsl::nullable;
}

#[cfg(feature = "postgres")]
forward! {
    DistinctOnDsl<Selection>::distinct_on;
}

forward! {
    FilterDsl<Predicate>::filter;
    OrFilterDsl<Predicate>::or_filter;
    FindDsl<PK>::find;
    GroupByDsl<Expr: Expression>::group_by;
    HavingDsl<Predicate>::having;
    OrderDsl<Expr: Expression>::order;
    ThenOrderDsl<Expr>::then_order_by;
    SelectDsl<Selection: Expression>::select;
    PositionalOrderDsl<Expr: IntoPositionalOrderExpr>::positional_order_by;
}
