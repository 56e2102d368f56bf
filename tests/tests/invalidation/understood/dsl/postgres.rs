//! The forms of PostgreSQL.

mod types;

use std::collections::Bound::{Excluded, Included};

use diesel::dsl::*;
use diesel::pg::Pg as DB;
use diesel::prelude::*;
use diesel::query_dsl::methods;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Record, Text};
use diesel_cache_tests::Postgres;
use serde_json::json;

use super::{lower, others, send};
use crate::understood::world::World;

diesel::table! {
    things (id) {
        id -> Integer,
        n -> Nullable<Integer>,
        name -> Nullable<Text>,
        tags -> Array<Text>,
        data -> Jsonb,
        raw -> Json,
        span -> Int4range,
        spans -> Int4multirange,
        addr -> Inet,
        at -> Timestamptz,
        big -> BigInt,
    }
}
diesel::allow_tables_to_appear_in_same_query!(things, others);

const SETUP: &str = "CREATE TABLE things (id INTEGER PRIMARY KEY, n INTEGER, name TEXT UNIQUE, tags TEXT[] NOT NULL DEFAULT '{a,b}', \
        data JSONB NOT NULL DEFAULT '{}', raw JSON NOT NULL DEFAULT '[1]', span INT4RANGE NOT NULL DEFAULT '[1,5)', \
        spans INT4MULTIRANGE NOT NULL DEFAULT '{[1,5)}', addr INET NOT NULL DEFAULT '10.0.0.1/8', at TIMESTAMPTZ NOT NULL DEFAULT now(), \
        big BIGINT NOT NULL DEFAULT 1); \
    CREATE TABLE others (id INTEGER PRIMARY KEY, thing_id INTEGER NOT NULL, name TEXT NOT NULL); \
    CREATE TABLE bystander (id INTEGER PRIMARY KEY, x INTEGER); CREATE UNIQUE INDEX others_name ON others (name) WHERE id > 0; \
    INSERT INTO things (id, n, name) VALUES (1, 1, 'one'), (2, 2, 'two'), (3, NULL, NULL); \
    INSERT INTO others VALUES (1, 1, 'a'), (2, 2, 'b'); INSERT INTO bystander VALUES (1, 1);";

fn world() -> World<Postgres> {
    World::new(SETUP, &[("things", ""), ("others", "")])
}

#[test]
fn selects() {
    let mut world = world();
    let ids = || others::table.select(others::thing_id);
    let more = diesel::alias!(things as more);
    send!(
        world,
        writes & [],
        [
            things::table.select(things::all_columns),
            things::table.select((things::id + 1, things::id - 1, things::id * 2, things::id / 2)),
            things::table.filter(
                things::name
                    .is_distinct_from("one")
                    .or(things::name.is_not_distinct_from("two"))
            ),
            things::table.filter(things::n.is_null().and(not(things::name.is_not_null()))),
            things::table
                .filter(things::name.like("o%").escape('!'))
                .filter(things::name.not_like("x").escape('#')),
            things::table.filter(things::name.ilike("o%").or(things::name.not_ilike("x"))),
            things::table.filter(things::name.similar_to("o%").or(things::name.not_similar_to("x"))),
            things::table
                .filter(things::id.between(1, 2))
                .filter(things::id.not_between(5, 6)),
            things::table
                .inner_join(others::table.on(others::thing_id.eq(things::id)))
                .select((things::id, others::name)),
            things::table
                .left_join(others::table.on(others::thing_id.eq(things::id)))
                .select(others::name.nullable()),
            things::table
                .inner_join(more.on(more.field(things::id).eq(things::id)))
                .select(more.field(things::name)),
            things::table
                .select(things::name)
                .distinct_on(things::name)
                .order((things::name.desc(), things::id.asc().nulls_last())),
            things::table
                .select(things::id)
                .distinct_on((things::name, things::n))
                .order((things::name.asc(), things::n, things::id.asc().nulls_first())),
            things::table
                .select(things::name)
                .distinct()
                .order(things::name)
                .limit(2)
                .offset(1),
            things::table.select(things::id).offset(1),
            things::table
                .group_by(things::n)
                .select((things::n, count_star(), count(things::id), max(things::id)))
                .having(count_star().gt(0)),
            things::table.select((count(things::n).aggregate_distinct(), sum(things::n), avg(things::n))),
            things::table.select(
                case_when(things::n.gt(1), "x".into_sql::<Text>())
                    .when(things::n.lt(0), "y".into_sql::<Text>())
                    .otherwise("z".into_sql::<Text>())
            ),
            things::table.select(things::name.concat("x").concat(things::name)),
            things::table.select((things::id.cast::<BigInt>(), things::id.cast::<Text>())),
            things::table.select(things::at.at_time_zone("Europe/Vienna")),
            things::table.select(now - 1.days()),
            select(date(now)),
            things::table.only().select(things::id),
            things::table.tablesample_bernoulli(50).select(things::id),
            things::table.tablesample_system(50).with_seed(3.0).select(things::id),
            things::table
                .into_boxed::<DB>()
                .filter(things::id.gt(0))
                .order(things::id)
                .limit(1),
            things::table
                .select(sql::<Integer>("id << 3"))
                .filter(sql::<Bool>("name::text COLLATE \"C\" = ").bind::<Text, _>("ONE")),
            others::table.filter(lower(others::name).eq("a")),
            things::table.filter(
                (things::id, things::big)
                    .into_sql::<Record<(Integer, BigInt)>>()
                    .eq((1, 1_i64))
            ),
            things::table.filter(
                (things::id, things::big)
                    .into_sql::<Record<(Integer, BigInt)>>()
                    .ne((1, 1_i64))
            ),
            select(exists(things::table.filter(things::id.gt(0)))),
            select(now),
            things::table
                .select(things::id)
                .union_all(ids())
                .except(ids())
                .intersect_all(ids()),
        ]
    );
}

#[test]
fn comparisons_with_queries() {
    let mut world = world();
    let ids = || others::table.select(others::thing_id);
    send!(
        world,
        writes & [],
        [
            things::table
                .filter(things::id.eq_any([1, 2]))
                .filter(things::id.ne_all(vec![7, 8])),
            things::table
                .filter(things::id.eq_any(ids()))
                .filter(things::id.ne_all(ids().filter(others::id.gt(5)))),
            things::table.filter(things::id.eq_any(ids().union(ids()))),
            things::table.filter(things::id.eq_any(ids().intersect(ids()))),
            things::table.filter(things::id.eq_any(ids().except_all(ids()))),
            things::table.filter(things::id.ne_all(ids().union(ids()))),
            things::table.filter(things::id.ne_all(ids().intersect_all(ids()).union(ids()))),
            things::table.filter(things::id.eq(any(vec![1, 2])).or(things::id.ne(all(vec![3])))),
            things::table.filter(exists(others::table.filter(others::thing_id.eq(things::id)))),
            things::table.filter(things::id.eq(ids().limit(1).single_value().assume_not_null())),
            things::table.filter(things::id.nullable().gt(ids().limit(1).single_value())),
        ]
    );
}

#[test]
fn locks() {
    let mut world = world();
    send!(
        world,
        writes & [],
        [
            things::table.for_update(),
            things::table.for_no_key_update().skip_locked(),
            things::table.for_share().no_wait(),
            things::table.for_key_share(),
        ]
    );
}

#[test]
fn writes() {
    let mut world = world();
    use diesel::upsert::{excluded, on_constraint};
    send!(
        world,
        writes & ["things"],
        [
            insert_into(things::table).values((things::id.eq(10), things::name.eq("ten"))),
            insert_into(things::table)
                .values(vec![
                    (things::id.eq(11), things::n.eq(1)),
                    (things::id.eq(12), things::n.eq(2))
                ])
                .returning(things::all_columns),
            methods::FilterDsl::filter(
                insert_into(things::table)
                    .values((things::id.eq(1), things::name.eq("uno")))
                    .on_conflict(things::id)
                    .do_update()
                    .set((
                        things::name.eq(excluded(things::name)),
                        things::n.eq(things::n + 1),
                        things::tags.index(1).eq("z")
                    )),
                things::id.gt(0)
            )
            .returning(things::id),
            insert_into(things::table)
                .values((things::id.eq(1), things::n.eq(1)))
                .on_conflict_do_nothing(),
            insert_into(things::table)
                .values((things::id.eq(1), things::n.eq(1)))
                .on_conflict(on_constraint("things_pkey"))
                .do_nothing(),
            insert_into(things::table)
                .values(others::table.select(others::id + 50))
                .into_columns(things::id)
                .on_conflict(things::id)
                .do_update()
                .set(things::n.eq(1)),
            update(things::table).set(things::n.eq(things::n + 1)),
            update(things::table).set(things::tags.index(1).eq("b")),
            update(things::table.find(1)).set((
                things::tags.index(2).eq("c"),
                things::n.eq(5),
                things::tags.index(things::id).eq("d")
            )),
            update(
                things::table.filter(
                    things::id.eq_any(
                        others::table
                            .select(others::id)
                            .union(others::table.select(others::thing_id))
                    )
                )
            )
            .set(things::data.eq(things::data.concat(json!({"a": 2})))),
            update(things::table)
                .set(things::n.eq(sql::<Nullable<Integer>>("n << 1")))
                .returning(things::tags.index(1)),
            update(things::table.filter(things::id.gt(1)))
                .set(things::span.eq(things::span.union_range((Included(4), Excluded(7))))),
            delete(things::table.filter(things::id.eq(3))),
            delete(
                things::table.filter(
                    things::id.eq_any(
                        others::table
                            .select(others::id)
                            .except(others::table.select(others::thing_id))
                    )
                )
            ),
            delete(things::table.filter(things::tags.contains(vec!["a"]))).returning(things::id),
            delete(things::table),
        ]
    );
    send!(
        world,
        writes & ["others"],
        [insert_into(others::table)
            .values((others::id.eq(9), others::thing_id.eq(1), others::name.eq("a")))
            .on_conflict(others::name)
            .filter_target(others::id.gt(0))
            .do_update()
            .set(others::thing_id.eq(excluded(others::thing_id))),]
    );
}

/// Loading such a query is not a write, and its rows are kept.
#[test]
fn a_query_with_a_union_inside_is_cached() {
    use diesel_cache::prelude::*;
    let mut world = world();
    let either = || {
        others::table
            .select(others::id)
            .union(others::table.select(others::thing_id))
    };
    let query = || {
        things::table
            .filter(things::id.eq_any(either()))
            .select(things::id)
            .order(things::id)
    };
    for _ in 0..2 {
        let rows: Vec<i32> = query().cached("hot").load(&mut world.writer).unwrap();
        assert_eq!(rows, [1, 2]);
    }
    let hits = |world: &World<Postgres>| world.cache().region("hot").unwrap().stats().hits();
    assert_eq!(hits(&world), 1);
    // The connection keeps its key.
    update(things::table)
        .set(things::tags.index(1).eq("b"))
        .execute(&mut world.writer)
        .unwrap();
    let rows: Vec<i32> = others::table
        .select(others::id)
        .order(others::id)
        .cached("hot")
        .load(&mut world.writer)
        .unwrap();
    let again: Vec<i32> = others::table
        .select(others::id)
        .order(others::id)
        .cached("hot")
        .load(&mut world.writer)
        .unwrap();
    assert_eq!((rows, hits(&world)), (again, 2));
}
