//! The forms of MySQL.

use diesel::dsl::*;
use diesel::mysql::Mysql as DB;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Nullable, Text};
use diesel_cache_tests::Mysql;

use super::{lower, others, send};
use crate::understood::world::World;

diesel::table! {
    things (id) {
        id -> Integer,
        n -> Nullable<Integer>,
        name -> Nullable<Text>,
        at -> Nullable<Datetime>,
    }
}
diesel::allow_tables_to_appear_in_same_query!(things, others);

const SETUP: &str = "CREATE TABLE things (id INTEGER PRIMARY KEY, n INTEGER, name VARCHAR(50) UNIQUE, at DATETIME); \
    CREATE TABLE others (id INTEGER PRIMARY KEY, thing_id INTEGER NOT NULL, name VARCHAR(50) NOT NULL); \
    CREATE TABLE bystander (id INTEGER PRIMARY KEY, x INTEGER); \
    INSERT INTO things VALUES (1, 1, 'one', NOW()), (2, 2, 'two', NULL), (3, NULL, NULL, NULL); \
    INSERT INTO others VALUES (1, 1, 'a'), (2, 2, 'b'); INSERT INTO bystander VALUES (1, 1);";

fn world() -> World<Mysql> {
    World::new(SETUP, &[("things", "id, n, name"), ("others", "id, thing_id, name")])
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
            things::table.select((things::id + 1, things::id - 1, things::id * 2, things::n.nullable())),
            things::table.filter(things::n.is_null().and(not(things::name.is_not_null()))),
            things::table
                .filter(things::name.like("o%").escape('!'))
                .filter(things::name.not_like("x")),
            things::table
                .filter(things::id.between(1, 2))
                .filter(things::id.not_between(5, 6)),
            things::table
                .filter(things::id.eq_any([1, 2]))
                .filter(things::id.ne_all(vec![7, 8])),
            things::table
                .filter(things::id.eq_any(ids()))
                .filter(things::id.ne_all(ids().filter(others::id.gt(5)))),
            things::table.filter(things::id.eq_any(ids().union(ids()))),
            things::table.filter(things::id.eq_any(ids().union_all(ids()).union(ids()))),
            things::table.filter(exists(others::table.filter(others::thing_id.eq(things::id)))),
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
                .group_by(things::n)
                .select((things::n, count_star(), count(things::id), max(things::id)))
                .having(count_star().gt(0)),
            things::table.select(count(things::n).aggregate_distinct()),
            things::table
                .select(things::name)
                .distinct()
                .order((things::name.desc(), things::name.asc()))
                .limit(2)
                .offset(1),
            things::table.select(things::id).into_boxed::<DB>().offset(1),
            things::table.select(
                case_when(things::n.gt(1), "x".into_sql::<Text>())
                    .when(things::n.lt(0), "y".into_sql::<Text>())
                    .otherwise("z".into_sql::<Text>())
            ),
            things::table.select(things::name.concat("x").concat(things::name)),
            things::table.select(things::id.cast::<diesel::sql_types::BigInt>()),
            things::table.select((things::id.cast::<Text>(), things::at)),
            things::table.select(
                sum(things::n)
                    .over()
                    .partition_by(things::name)
                    .window_order(things::id)
                    .frame_by(frame::Rows.frame_start_with(frame::UnboundedPreceding))
            ),
            things::table.select((
                row_number().over().window_order(things::id.desc()),
                lag(things::n).over().window_order(things::id)
            )),
            things::table
                .select(sql::<Integer>("id << 3"))
                .filter(sql::<Bool>("name COLLATE utf8mb4_bin = ").bind::<Text, _>("ONE")),
            things::table
                .select(sql::<Text>("CAST(name AS CHAR CHARACTER SET utf8mb4)"))
                .filter(sql::<Bool>("at < NOW() + INTERVAL '1:30' HOUR_MINUTE")),
            others::table.filter(lower(others::name).eq("a")),
            select(exists(things::table.filter(things::id.gt(0)))),
            select(now),
            things::table.union_all(things::table.filter(things::id.gt(1))),
            things::table.for_update(),
            things::table.for_update().skip_locked(),
            things::table.for_update().no_wait(),
        ]
    );
}

#[test]
fn writes() {
    let mut world = world();
    use diesel::dsl::DuplicatedKeys;
    send!(
        world,
        writes & ["things"],
        [
            insert_into(things::table).values((things::id.eq(10), things::name.eq("ten"))),
            insert_into(things::table).values(vec![
                (things::id.eq(11), things::n.eq(1)),
                (things::id.eq(12), things::n.eq(2))
            ]),
            insert_or_ignore_into(things::table).values((things::id.eq(1), things::n.eq(1))),
            replace_into(things::table).values((things::id.eq(1), things::n.eq(2))),
            insert_into(things::table)
                .values((things::id.eq(1), things::n.eq(1)))
                .on_conflict(DuplicatedKeys)
                .do_update()
                .set(things::n.eq(things::n + 1)),
            insert_into(things::table)
                .values(things::id.eq(1))
                .on_conflict_do_nothing(),
            insert_into(things::table)
                .values(others::table.select(others::id + 50))
                .into_columns(things::id),
            update(things::table).set(things::n.eq(things::n + 1)),
            update(things::table.find(1)).set((things::n.eq(5), things::name.eq(None::<String>))),
            update(things::table.filter(things::id.eq_any(others::table.select(others::id)))).set(things::n.eq(sql::<
                Nullable<Integer>,
            >(
                "n << 1"
            ))),
            delete(things::table.filter(things::id.eq(3))),
            delete(
                things::table.filter(
                    things::id.eq_any(
                        others::table
                            .select(others::id)
                            .union(others::table.select(others::thing_id))
                    )
                )
            ),
            delete(things::table),
        ]
    );
}
