//! PostgreSQL's arrays, JSON, ranges and networks; aggregates and windows.

use ipnetwork::IpNetwork;

use super::*;

fn network() -> IpNetwork {
    "10.0.0.0/8".parse().unwrap()
}

#[test]
fn arrays_and_json() {
    let mut world = world();
    send!(
        world,
        writes & [],
        [
            things::table.select((things::tags.index(1), things::tags.index(things::id))),
            things::table
                .filter(things::tags.contains(vec!["a"]))
                .filter(things::tags.is_contained_by(vec!["a", "b"])),
            things::table.filter(things::tags.overlaps_with(vec!["a"])),
            things::table.select(things::tags.concat(vec!["c"])),
            things::table.select(array((things::n, things::id.nullable()))),
            select(array::<Integer, _>((1, 2, 3))),
            select(array(others::table.select(others::id))),
            things::table.select((
                array_append(things::tags, "x"),
                array_length(things::tags, 1),
                cardinality(things::tags)
            )),
            things::table.filter("a".into_sql::<Text>().eq(any(things::tags))),
            things::table
                .filter(things::data.contains(json!({})))
                .filter(things::data.is_contained_by(json!({"a": 1}))),
            things::table.filter(
                things::data
                    .has_key("a")
                    .or(things::data.has_any_key(vec!["a"]))
                    .or(things::data.has_all_keys(vec!["a"]))
            ),
            things::table.select((things::data.retrieve_as_object("a"), things::data.retrieve_as_text("a"))),
            things::table.select((
                things::data.retrieve_by_path_as_object(vec!["a"]),
                things::data.retrieve_by_path_as_text(vec!["a"])
            )),
            things::table.select((things::data.remove("a"), things::data.remove_by_path(vec!["a"]))),
            things::table.select((
                things::data.remove(vec!["a", "b"]),
                things::data.concat(json!({"x": 1}))
            )),
            things::table.select((things::raw.retrieve_as_object(0), things::raw.retrieve_as_text(0))),
            things::table.select((
                jsonb_typeof(things::data),
                jsonb_pretty(things::data),
                to_jsonb(things::name)
            )),
        ]
    );
}

#[test]
fn ranges_and_networks() {
    let mut world = world();
    let range = || (Included(1), Excluded(3));
    send!(
        world,
        writes & [],
        [
            things::table
                .filter(things::span.contains(2))
                .filter(things::span.contains_range(range())),
            things::table.filter(things::span.is_contained_by((Included(0), Excluded(9)))),
            things::table.filter(3.into_sql::<Integer>().is_contained_by_range(things::span)),
            things::table.filter(things::span.overlaps_with(range())),
            things::table.filter(
                things::span
                    .range_extends_right_to(range())
                    .or(things::span.range_extends_left_to(range()))
            ),
            things::table.filter(things::span.lesser_than(range()).or(things::span.greater_than(range()))),
            things::table.filter(things::span.range_adjacent(range())),
            things::table.select((
                things::span.union_range(range()),
                things::span.intersection_range(range())
            )),
            things::table.select(things::span.difference_range((Included(1), Excluded(2)))),
            things::table.select((
                diesel::dsl::lower(things::span),
                upper(things::span),
                isempty(things::span)
            )),
            things::table.filter(things::spans.contains(2).or(things::spans.overlaps_with(vec![range()]))),
            things::table.select((
                things::spans.union_range(vec![range()]),
                range_merge(things::span, things::span)
            )),
            things::table.filter(
                things::addr
                    .contains(network())
                    .or(things::addr.contains_or_eq(network()))
            ),
            things::table.filter(
                things::addr
                    .is_contained_by(network())
                    .or(things::addr.is_contained_by_or_eq(network()))
            ),
            things::table.filter(things::addr.overlaps_with(network())),
            things::table.select((things::addr.and(network()), things::addr.or(network()))),
            things::table.select((things::addr.diff(network()), host(things::addr), masklen(things::addr))),
        ]
    );
}

#[test]
fn aggregates_and_windows() {
    let mut world = world();
    send!(
        world,
        writes & [],
        [
            things::table.select(count(things::n).aggregate_filter(things::id.gt(1))),
            things::table.select(count(things::n).aggregate_distinct().aggregate_filter(things::id.gt(1))),
            things::table.select(sum(things::n).aggregate_order(things::id.desc())),
            things::table.select(
                sum(things::n)
                    .over()
                    .partition_by(things::name)
                    .window_order(things::id)
            ),
            things::table.select(
                sum(things::n)
                    .over()
                    .window_order(things::id)
                    .frame_by(frame::Rows.frame_start_with(frame::UnboundedPreceding))
            ),
            things::table.select(
                sum(things::n)
                    .over()
                    .window_order(things::id)
                    .frame_by(frame::Groups.frame_start_with_exclusion(frame::CurrentRow, frame::ExcludeTies))
            ),
            things::table.select(
                sum(things::n)
                    .over()
                    .window_order(things::id)
                    .frame_by(frame::Rows.frame_between_with_exclusion(
                        2.preceding(),
                        1.following(),
                        frame::ExcludeGroup
                    ))
            ),
            things::table.select((
                row_number().over().window_order(things::id),
                rank().over().window_order(things::n),
                lag(things::n).over().window_order(things::id)
            )),
            things::table.select((
                first_value(things::n).over().window_order(things::id),
                nth_value(things::n, 2).over(),
                ntile(2).over()
            )),
            things::table.select((
                percent_rank().over().window_order(things::id),
                cume_dist().over().window_order(things::id),
                dense_rank().over()
            )),
        ]
    );
}
