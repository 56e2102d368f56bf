//! An entry whose rows may change with their parent (through ON DELETE or ON UPDATE) depends on that parent, and on no
//! other.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;

use crate::rows::scene::{comment, post, settings};

type Comment = crate::rows::scene::Comment;

diesel::table! { team (id) { id -> Integer, lead_id -> Nullable<Integer>, name -> Nullable<Text>, } }
diesel::table! { room (id) { id -> Integer, name -> Nullable<Text>, } }
diesel::table! { seat (id) { id -> Integer, team_id -> Nullable<Integer>, room_id -> Nullable<Integer>, } }

diesel::joinable!(seat -> team (team_id));
diesel::allow_tables_to_appear_in_same_query!(seat, team);

type Seat = (i32, Option<i32>, Option<i32>);

/// Makes ten teams and ten rooms, and a seat of each team in the room of the same number. A team's lead is the one
/// before it.
fn tables(team: &str, room: &str, lead: &str) -> String {
    let rows = |row: fn(i32) -> String| (1..=10).map(row).collect::<Vec<_>>().join(", ");
    format!(
        "CREATE TABLE team (id INTEGER NOT NULL PRIMARY KEY, lead_id INTEGER, name VARCHAR(20){lead}); \
         CREATE TABLE room (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20)); \
         CREATE TABLE seat (id INTEGER NOT NULL PRIMARY KEY, team_id INTEGER, room_id INTEGER, \
             FOREIGN KEY (team_id) REFERENCES team (id) {team}, FOREIGN KEY (room_id) REFERENCES room (id) {room}); \
         INSERT INTO team VALUES {}; INSERT INTO room VALUES {}; INSERT INTO seat VALUES {}",
        rows(|id| match id {
            1 => "(1, NULL, 'a')".to_owned(),
            _ => format!("({id}, {}, 'a')", id - 1),
        }),
        rows(|id| format!("({id}, 'b')")),
        rows(|id| format!("({id}, {id}, {id})")),
    )
}

fn run(conn: &mut impl SimpleConnection, sql: &str) {
    conn.batch_execute(sql).unwrap();
}

#[test]
fn a_row_goes_with_its_own_parent() {
    let (_db, _cache, mut conn, statements) = scene!();
    let of_post = |id: i32| comment::table.filter(comment::post_id.eq(id)).order(comment::id);
    writes!(
        conn, statements, Comment,
        (run(&mut conn, "DELETE FROM post WHERE id = 1"), kept: of_post(2)),
        (run(&mut conn, "DELETE FROM post WHERE id = 3"), stale: of_post(3)),
        (run(&mut conn, "DELETE FROM post WHERE id IN (4, 5)"), kept: of_post(6)),
        (diesel::delete(post::table.find(4)).execute(&mut conn).unwrap(), kept: of_post(6)),
        (run(&mut conn, "DELETE FROM post WHERE title = 'post 6'"), stale: of_post(6)),
        // Whose comment this is is not in the query: any post may be its own.
        (run(&mut conn, "DELETE FROM post WHERE id = 7"), stale: comment::table.find(19)),
        // The other unique key of the row is not in the text.
        (run(&mut conn, "DELETE FROM post WHERE rank = 108"), stale: of_post(9)),
        (run(&mut conn, "DELETE FROM post"), stale: of_post(10)),
    );
}

#[test]
fn each_foreign_key_counts() {
    let (_db, cache, mut conn, statements) = scene!();
    run(&mut conn, &tables("ON DELETE CASCADE", "ON DELETE CASCADE", ""));
    cache.introspect(&mut conn).unwrap();
    let of_team = |id: i32| seat::table.filter(seat::team_id.eq(id));
    let of_both = |id: i32| of_team(id).filter(seat::room_id.eq(id));
    writes!(
        conn, statements, Seat,
        (run(&mut conn, "DELETE FROM team WHERE id = 2"), kept: of_team(1), of_both(1)),
        (run(&mut conn, "DELETE FROM room WHERE id = 3"), stale: of_team(1)),
        (run(&mut conn, "DELETE FROM room WHERE id = 4"), kept: of_both(1)),
        (run(&mut conn, "DELETE FROM room WHERE id = 1"), stale: of_both(1)),
        (run(&mut conn, "DELETE FROM team WHERE id = 5"), stale: of_both(5)),
        (run(&mut conn, "UPDATE team SET name = 'c' WHERE id = 6"), kept: of_team(7)),
    );
}

#[test]
fn a_row_that_gets_another_parent_is_found_under_both() {
    let (_db, cache, mut conn, statements) = scene!();
    run(&mut conn, &tables("ON UPDATE CASCADE ON DELETE SET NULL", "", ""));
    cache.introspect(&mut conn).unwrap();
    let of_team = |id: i32| seat::table.filter(seat::team_id.eq(id)).order(seat::id);
    let of_none = || seat::table.filter(seat::team_id.is_null()).order(seat::id);
    writes!(
        conn, statements, Seat,
        (run(&mut conn, "UPDATE team SET id = 31 WHERE id = 1"), stale: of_team(1)),
        (run(&mut conn, "UPDATE team SET id = 32 WHERE id = 2"), stale: of_team(32)),
        (run(&mut conn, "UPDATE team SET id = 33 WHERE id = 3"), kept: of_team(4)),
        (run(&mut conn, "UPDATE team SET id = id + 30 WHERE id = 4"), stale: of_team(34)),
        (run(&mut conn, "DELETE FROM team WHERE id = 5"), stale: of_team(5)),
        (run(&mut conn, "DELETE FROM team WHERE id = 6"), kept: of_team(7)),
        (run(&mut conn, "DELETE FROM team WHERE id = 8"), stale: of_none()),
    );
}

#[test]
fn what_removes_the_parent_counts() {
    let (_db, cache, mut conn, statements) = scene!();
    let lead = ", FOREIGN KEY (lead_id) REFERENCES team (id) ON DELETE CASCADE";
    run(&mut conn, &tables("ON DELETE CASCADE", "", lead));
    run(
        &mut conn,
        "CREATE TABLE firm (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20)); \
         CREATE TABLE branch (id INTEGER NOT NULL PRIMARY KEY, firm_id INTEGER, \
             FOREIGN KEY (firm_id) REFERENCES firm (id) ON DELETE CASCADE); \
         CREATE TABLE desk (id INTEGER NOT NULL PRIMARY KEY, branch_id INTEGER, \
             FOREIGN KEY (branch_id) REFERENCES branch (id) ON DELETE CASCADE); \
         INSERT INTO firm VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO branch VALUES (1, 1), (2, 2), (3, 3), (4, 1); \
         INSERT INTO desk VALUES (1, 1), (2, 2), (3, 3)",
    );
    cache.introspect(&mut conn).unwrap();
    diesel::table! { desk (id) { id -> Integer, branch_id -> Nullable<Integer>, } }
    let of_branch = |id: i32| desk::table.filter(desk::branch_id.eq(id));
    writes!(
        conn, statements, (i32, Option<i32>),
        (run(&mut conn, "DELETE FROM branch WHERE id = 4"), kept: of_branch(2)),
        (run(&mut conn, "UPDATE firm SET name = 'd' WHERE id = 2"), kept: of_branch(2)),
        (run(&mut conn, "DELETE FROM firm WHERE id = 2"), stale: of_branch(2)),
    );
    let of_team = |id: i32| seat::table.filter(seat::team_id.eq(id));
    writes!(
        conn, statements, Seat,
        // All teams behind it go, too.
        (run(&mut conn, "DELETE FROM team WHERE id = 5"), stale: of_team(9)),
    );
}

#[test]
fn a_join_tells_the_parent() {
    let (_db, cache, mut conn, statements) = scene!();
    run(&mut conn, &tables("ON DELETE CASCADE", "", ""));
    cache.introspect(&mut conn).unwrap();
    let of_team = |id: i32| {
        seat::table
            .inner_join(team::table)
            .filter(team::id.eq(id))
            .select(seat::all_columns)
    };
    writes!(
        conn, statements, Seat,
        (run(&mut conn, "DELETE FROM team WHERE id = 2"), kept: of_team(1)),
        (run(&mut conn, "DELETE FROM team WHERE id = 1"), stale: of_team(1)),
    );
}

#[test]
fn a_parent_that_is_defined_anew_counts_as_a_whole() {
    let (db, cache, mut conn, statements) = scene!();
    let of_post = |id: i32| comment::table.filter(comment::post_id.eq(id)).order(comment::id);
    let other = settings(&db).build().unwrap();
    let mut definer = db.connect();
    other.attach(&mut definer);
    run(&mut definer, "ALTER TABLE post ADD COLUMN extra INTEGER");
    writes!(
        conn, statements, Comment,
        (run(&mut conn, "DELETE FROM post WHERE id = 1"), stale: of_post(2)),
    );
    cache.introspect(&mut conn).unwrap();
    writes!(
        conn, statements, Comment,
        (run(&mut conn, "DELETE FROM post WHERE id = 3"), kept: of_post(2)),
    );
}

#[test]
fn columns_of_a_key_are_paired_in_its_order() {
    let (_db, cache, mut conn, statements) = scene!();
    run(
        &mut conn,
        "CREATE TABLE site (x INTEGER, a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (b, a)); \
         CREATE TABLE spot (id INTEGER NOT NULL PRIMARY KEY, s INTEGER, t INTEGER, \
             FOREIGN KEY (s, t) REFERENCES site (b, a) ON DELETE CASCADE); \
         CREATE TABLE dot (id INTEGER NOT NULL PRIMARY KEY, t INTEGER, s INTEGER, \
             FOREIGN KEY (s, t) REFERENCES site (b, a) ON UPDATE CASCADE); \
         INSERT INTO site VALUES (0, 1, 2), (0, 2, 1), (0, 3, 4), (0, 4, 3), (0, 5, 6), (0, 6, 5); \
         INSERT INTO spot VALUES (1, 2, 1), (2, 1, 2), (3, 4, 3); INSERT INTO dot VALUES (1, 5, 6), (2, 6, 5)",
    );
    cache.introspect(&mut conn).unwrap();
    diesel::table! { spot (id) { id -> Integer, s -> Nullable<Integer>, t -> Nullable<Integer>, } }
    diesel::table! { dot (id) { id -> Integer, s -> Nullable<Integer>, t -> Nullable<Integer>, } }
    let spots = |s: i32, t: i32| spot::table.filter(spot::s.eq(s)).filter(spot::t.eq(t));
    let dots = |s: i32, t: i32| dot::table.filter(dot::s.eq(s)).filter(dot::t.eq(t));
    writes!(
        conn, statements, Seat,
        (run(&mut conn, "DELETE FROM site WHERE a = 1 AND b = 2"), kept: spots(1, 2)),
        (run(&mut conn, "DELETE FROM site WHERE a = 3 AND b = 4"), stale: spots(4, 3)),
        (run(&mut conn, "UPDATE site SET a = 50 WHERE a = 5 AND b = 6"), stale: dots(6, 5), dots(6, 50)),
        (run(&mut conn, "UPDATE site SET a = 51 WHERE a = 50 AND b = 6"), kept: dots(5, 6)),
    );
}
