//! The forms of SQLite.

use diesel::dsl::*;
use diesel::prelude::*;
use diesel::query_dsl::methods;
use diesel::sql_types::{Integer, Json, Nullable, Text};
use diesel::sqlite::Sqlite as DB;
use diesel_cache_tests::Sqlite;

use super::{lower, others, send};
use crate::understood::world::World;

diesel::table! {
    things (id) {
        id -> Integer,
        n -> Nullable<Integer>,
        name -> Nullable<Text>,
        data -> Json,
        bytes -> Nullable<Binary>,
    }
}
diesel::allow_tables_to_appear_in_same_query!(things, others);

const SETUP: &str = "CREATE TABLE things (id INTEGER PRIMARY KEY, n INTEGER, name TEXT UNIQUE, data TEXT NOT NULL, bytes BLOB); \
    CREATE TABLE others (id INTEGER PRIMARY KEY, thing_id INTEGER NOT NULL, name TEXT NOT NULL); \
    CREATE TABLE bystander (id INTEGER PRIMARY KEY, x INTEGER); CREATE UNIQUE INDEX others_name ON others (name) WHERE id > 0; \
    INSERT INTO things VALUES (1, 1, 'one', '{}', x'00'), (2, 2, 'two', '[1]', NULL), (3, NULL, NULL, '{\"a\": 1}', NULL); \
    INSERT INTO others VALUES (1, 1, 'a'), (2, 2, 'b'); INSERT INTO bystander VALUES (1, 1);";

fn world() -> World<Sqlite> {
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
            things::table.select((
                things::id + 1,
                things::id - 1,
                things::id * 2,
                things::id / 2,
                things::n.nullable()
            )),
            things::table
                .filter(things::name.is("one"))
                .or_filter(things::name.is_not("two")),
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
            things::table
                .filter(things::id.eq_any(ids().intersect(ids())))
                .filter(things::id.ne_all(ids().except(ids()))),
            things::table.filter(things::id.eq_any(ids().union_all(ids()).union(ids()))),
            things::table.filter(exists(others::table.filter(others::thing_id.eq(things::id)))),
            things::table.filter(things::id.eq(ids().limit(1).single_value().assume_not_null())),
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
            things::table.select((sum(things::n), avg(things::n), min(things::name))),
            things::table
                .select(things::name)
                .distinct()
                .order((things::name.desc(), things::name.asc()))
                .limit(2)
                .offset(1),
            things::table.select(things::id).offset(1),
            things::table.select(
                case_when(things::n.gt(1), "x".into_sql::<Text>())
                    .when(things::n.lt(0), "y".into_sql::<Text>())
                    .otherwise("z".into_sql::<Text>())
            ),
            things::table.select(things::name.concat("x").concat(things::name)),
            things::table.select((things::id.cast::<diesel::sql_types::BigInt>(), things::name)),
            things::table.select(json_type(things::data)),
            things::table.select(
                sum(things::n)
                    .over()
                    .partition_by(things::name)
                    .window_order(things::id)
                    .frame_by(frame::Rows.frame_start_with(frame::UnboundedPreceding))
            ),
            things::table
                .select(
                    sum(things::n)
                        .over()
                        .window_order(things::id)
                        .frame_by(frame::Groups.frame_start_with_exclusion(frame::CurrentRow, frame::ExcludeTies))
                )
                .order(things::id),
            things::table.select(count(things::n).aggregate_filter(things::id.gt(1))),
            things::table.select(count(things::n).aggregate_distinct()),
            things::table.select((
                row_number().over().window_order(things::id.desc()),
                lag(things::n).over().window_order(things::id)
            )),
            things::table.select(first_value(things::n).over().window_order(things::id)),
            things::table
                .into_boxed::<DB>()
                .filter(things::id.gt(0))
                .order(things::id)
                .limit(1),
            things::table
                .select(sql::<Integer>("id << 3"))
                .filter(sql::<diesel::sql_types::Bool>("name COLLATE NOCASE = ").bind::<Text, _>("ONE")),
            others::table.filter(lower(others::name).eq("a")),
            select(exists(things::table.filter(things::id.gt(0)))),
            select(date(now)),
            select(
                "x".into_sql::<Text>()
                    .nullable()
                    .is_null()
                    .or(1.into_sql::<Integer>().eq(1))
            ),
            things::table.union_all(things::table.filter(things::id.gt(1))),
        ]
    );
}

#[test]
fn writes() {
    let mut world = world();
    use diesel::upsert::excluded;
    send!(
        world,
        writes & ["things"],
        [
            insert_into(things::table).values((
                things::id.eq(10),
                things::name.eq("ten"),
                things::data.eq(serde_json::json!({}))
            )),
            insert_into(things::table).values(vec![(things::id.eq(11), things::data.eq(serde_json::json!(1)))]),
            insert_or_ignore_into(things::table).values((things::id.eq(1), things::data.eq(serde_json::json!(1)))),
            replace_into(things::table).values((things::id.eq(1), things::data.eq(serde_json::json!(2)))),
            methods::FilterDsl::filter(
                insert_into(things::table)
                    .values((
                        things::id.eq(1),
                        things::name.eq("uno"),
                        things::data.eq(serde_json::json!(1))
                    ))
                    .on_conflict(things::id)
                    .do_update()
                    .set((things::name.eq(excluded(things::name)), things::n.eq(things::n + 1))),
                things::id.gt(0)
            ),
            insert_into(things::table)
                .values((things::id.eq(1), things::data.eq(serde_json::json!(1))))
                .on_conflict_do_nothing(),
            insert_into(things::table)
                .values((things::id.eq(1), things::data.eq(serde_json::json!(1))))
                .on_conflict((things::id,))
                .do_nothing(),
            insert_into(things::table)
                .values(others::table.select((others::id + 50, sql::<Json>("'{}'"))))
                .into_columns((things::id, things::data)),
            update(things::table).set(things::n.eq(things::n + 1)),
            update(things::table.find(1)).set((things::n.eq(5), things::name.eq(None::<String>))),
            update(things::table.filter(things::id.eq_any(others::table.select(others::id)))).set(things::n.eq(sql::<
                Nullable<Integer>,
            >(
                "n << 1"
            ))),
            update(things::table).set(things::n.eq(9)),
            delete(things::table.filter(things::id.eq(3))),
            delete(things::table.filter(things::name.is("x"))),
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
