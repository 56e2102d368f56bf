//! Memoised statements have the same key as others.

use std::cell::Cell;
use std::sync::Barrier;

use diesel::backend::Backend;
use diesel::dsl::OnlyDsl;
use diesel::dsl::{avg, count_star, exists, max, not};
use diesel::mysql::Mysql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AsQuery, AstPass, QueryFragment, QueryId};
use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl;
use diesel::sqlite::Sqlite;
use diesel_cache::{CacheKey, KeyBackend};

use super::schema::{Fresh, item, key, mysql, part, pg, sqlite};

diesel::alias!(item as other: Other, item as third: Third);

#[derive(Queryable, Selectable)]
#[diesel(table_name = item)]
#[allow(dead_code)]
struct IdName {
    id: i32,
    name: Option<String>,
}

/// Returns the key of a query through the memo, and the key that is rendered without it.
fn both<DB, Q>(query: &Q) -> (CacheKey, CacheKey)
where
    DB: KeyBackend,
    Q: QueryFragment<DB> + QueryId,
{
    (key::<DB, Q>(query), key::<DB, _>(&Fresh(query)))
}

/// Every shape, as a function: called in any order, from any thread.
macro_rules! shapes {
    ($db:ty; $($query:expr),+ $(,)?) => {{
        let shapes: Vec<fn() -> (CacheKey, CacheKey)> = vec![$(|| both::<$db, _>(&$query)),+];
        shapes
    }};
}

/// Those that all backends know.
macro_rules! common_shapes {
    ($db:ty) => {
        shapes!($db;
            item::table.as_query(),
            item::table.select(item::id),
            item::table.select(item::name),
            item::table.select((item::id,)),
            item::table.select((item::id, item::name)),
            item::table.select((item::name, item::id)),
            item::table.select(IdName::as_select()),
            item::table.find(1),
            item::table.find(2),
            item::table.filter(item::id.eq(1)),
            item::table.filter(item::id.ne(1)),
            item::table.filter(item::id.lt(1)),
            item::table.filter(item::id.between(1, 2)),
            item::table.filter(item::name.is_null()),
            item::table.filter(item::name.is_not_null()),
            item::table.filter(item::name.eq("a")),
            item::table.filter(item::name.eq(None::<&str>)),
            item::table.filter(item::name.eq(item::name)),
            item::table.filter(item::name.like("a%")),
            item::table.filter(item::name.not_like("a%")),
            item::table.filter(not(item::active)),
            item::table.filter(item::active),
            item::table.filter(item::id.eq(1).and(item::stock.eq(2))),
            item::table.filter(item::id.eq(1).or(item::stock.eq(2))),
            item::table.filter(item::id.eq(1)).or_filter(item::stock.eq(2)),
            item::table.filter(item::id.eq(1)).filter(item::stock.eq(2)),
            item::table.filter(item::total.eq(item::total + 1)),
            item::table.filter(item::total.eq(item::total - 1)),
            item::table.order(item::id),
            item::table.order(item::id.asc()),
            item::table.order(item::id.desc()),
            item::table.order((item::id, item::name.desc())),
            item::table.order(item::id).then_order_by(item::name.desc()),
            item::table.limit(1),
            item::table.limit(2),
            item::table.limit(1).offset(2),
            item::table.distinct(),
            item::table.select(item::name).distinct(),
            item::table.count(),
            item::table.select(count_star()),
            item::table.select(max(item::id)),
            item::table.select(avg(item::price)),
            item::table.group_by(item::active).select((item::active, count_star())),
            item::table.group_by(item::active).select(item::active).having(count_star().gt(1)),
            item::table.inner_join(part::table),
            item::table.left_join(part::table),
            part::table.inner_join(item::table),
            item::table.inner_join(part::table).select((item::id, part::label)),
            item::table.left_join(part::table).select((item::id, part::label.nullable())),
            item::table.inner_join(part::table.on(part::id.eq(item::id))),
            item::table.filter(item::id.eq_any(part::table.select(part::item_id))),
            item::table.filter(item::id.ne_all(part::table.select(part::item_id))),
            item::table.filter(exists(part::table.filter(part::item_id.eq(item::id)))),
            diesel::select(exists(item::table.filter(item::id.eq(1)))),
            item::table.select(item::id).union(part::table.select(part::id)),
            item::table.select(item::id).union_all(part::table.select(part::id)),
            part::table.select(part::id).union(item::table.select(item::id)),
            item::table.select(item::id).union(part::table.select(part::id)).positional_order_by(1),
            item::table.select((item::id, item::stock.nullable())).union(item::table.select((item::id, item::stock.nullable()))).positional_order_by((1, 2)),
            other.as_query(),
            third.as_query(),
            other.select(other.field(item::id)),
            third.select(third.field(item::id)),
            other.filter(other.field(item::id).eq(1)),
            third.filter(third.field(item::id).eq(1)),
            item::table.inner_join(other.on(other.field(item::id).eq(item::id))).select(item::id),
            item::table.filter(item::id.eq_any(vec![1, 2, 3])),
            item::table.filter(item::id.eq_any(vec![1])),
            item::table.filter(item::id.eq_any(Vec::<i32>::new())),
            item::table.into_boxed::<$db>(),
            item::table.into_boxed::<$db>().filter(item::id.eq(1)),
            item::table.into_boxed::<$db>().filter(item::id.eq(1)).limit(3),
            item::table.into_boxed::<$db>().order(item::id).offset(3),
            item::table.select(diesel::dsl::sql::<diesel::sql_types::Integer>("1")),
            item::table.select(diesel::dsl::sql::<diesel::sql_types::Integer>("2")),
            item::table.filter(diesel::dsl::sql::<diesel::sql_types::Bool>("id = ").bind::<diesel::sql_types::Integer, _>(1)),
            diesel::sql_query("SELECT 1"),
            diesel::sql_query("SELECT 2"),
            diesel::sql_query("SELECT ?").bind::<diesel::sql_types::Integer, _>(1),
        )
    };
}

fn every_shape() -> Vec<fn() -> (CacheKey, CacheKey)> {
    let mut shapes = common_shapes!(Sqlite);
    shapes.extend(common_shapes!(Pg));
    shapes.extend(common_shapes!(Mysql));
    shapes.extend(shapes!(Sqlite;
        item::table.offset(1),
        item::table.select(item::id).intersect(part::table.select(part::id)),
        item::table.select(item::id).except(part::table.select(part::id)),
        item::table.filter(item::name.is(None::<&str>)),
    ));
    shapes.extend(shapes!(Pg;
        item::table.offset(1),
        item::table.select(item::id).intersect(part::table.select(part::id)),
        item::table.select(item::id).except(part::table.select(part::id)),
        item::table.distinct_on(item::name),
        item::table.distinct_on(item::stock),
        item::table.distinct_on((item::name, item::stock)).order((item::name, item::stock)),
        item::table.filter(item::name.ilike("a")),
        item::table.filter(item::name.is_not_distinct_from("a")),
        item::table.filter(item::id.eq_any(diesel::dsl::array((1, 2)))),
        item::table.only(),
        item::table.order(item::id.desc().nulls_first()),
        item::table.order(item::id.desc().nulls_last()),
    ));
    shapes
}

fn check(shapes: impl IntoIterator<Item = fn() -> (CacheKey, CacheKey)>) {
    for (shape, keys) in shapes.into_iter().map(|shape| shape()).enumerate() {
        assert_eq!(keys.0, keys.1, "shape {shape}");
    }
}

#[test]
fn remembered_and_rendered_statements_make_one_key() {
    // Forwards fills the memo, backwards and forwards again read it.
    check(every_shape());
    check(every_shape().into_iter().rev());
    check(every_shape());
}

#[test]
fn threads_share_the_memo() {
    const THREADS: usize = 4;
    let barrier = Barrier::new(THREADS);
    let keys: Vec<Vec<_>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let mut shapes = every_shape();
                    let shift = thread * shapes.len() / THREADS;
                    shapes.rotate_left(shift);
                    barrier.wait();
                    let mut keys: Vec<_> = shapes.iter().map(|shape| shape()).collect();
                    keys.rotate_right(shift);
                    keys
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (memo, fresh) in keys.iter().flatten() {
        assert_eq!(memo, fresh);
    }
    assert!(keys.iter().all(|others| *others == keys[0]));
}

/// A query with a given text, which counts how often it is rendered.
struct Counted<'a> {
    text: &'a str,
    rendered: &'a Cell<usize>,
    keep: bool,
}

impl<DB: Backend> QueryFragment<DB> for Counted<'_> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.rendered.set(self.rendered.get() + 1);
        if !self.keep {
            pass.unsafe_to_cache_prepared();
        }
        pass.push_sql(self.text);
        Ok(())
    }
}

/// The same query with a static id.
struct Static<'a>(Counted<'a>);
impl QueryId for Static<'_> {
    type QueryId = Static<'static>;
}
impl<DB: Backend> QueryFragment<DB> for Static<'_> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

#[test]
fn a_static_query_is_rendered_once() {
    let rendered = Cell::new(0);
    let query = Static(Counted {
        text: "SELECT 1",
        rendered: &rendered,
        keep: true,
    });
    let first = sqlite(&query);
    let of_first = rendered.get();
    let second = sqlite(&query);
    // One walk collects the binds; the first key took more: may it be kept, what is its text.
    assert_eq!(rendered.get() - of_first, 1);
    assert!(of_first > 1);
    assert_eq!(first, second);
}

/// A node that derives `QueryId` although its text varies, and tells Diesel not to keep its statement: Diesel runs it
/// right, so must we.
#[test]
fn what_diesel_does_not_keep_is_not_remembered() {
    let rendered = Cell::new(0);
    let keys = ["SELECT 1", "SELECT 2"].map(|text| {
        let counted = Counted {
            text,
            rendered: &rendered,
            keep: false,
        };
        (pg(&Varying(counted)), text)
    });
    assert_ne!(keys[0].0, keys[1].0);
    assert_eq!(keys[1].0, pg(&diesel::sql_query("SELECT 2")));
}

struct Varying<'a>(Counted<'a>);
impl QueryId for Varying<'_> {
    type QueryId = Varying<'static>;
}
impl<DB: Backend> QueryFragment<DB> for Varying<'_> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

#[test]
fn a_query_without_an_id_is_rendered_every_time() {
    let rendered = Cell::new(0);
    let counted = |text| Counted {
        text,
        rendered: &rendered,
        keep: true,
    };
    let first = mysql(&Fresh(&counted("SELECT 1")));
    let second = mysql(&Fresh(&counted("SELECT 2")));
    assert_ne!(first, second);
    // Text and binds, twice.
    assert_eq!(rendered.get(), 4);
}
